"""What the stages of a comparison hand to one another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Thumbnails uint8 (N, 28, 48) of the active picture of frames `first..first+N-1`."""

    first: int
    thumbs: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Window:
    """The part of A's active picture that B's shows, as shares 0..1 of its width and height."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether it is (as good as) everything."""
        return max(self.left, self.top, 1 - self.right, 1 - self.bottom) < 0.006


@dataclass(frozen=True, slots=True)
class Alignment:
    """frame_map: int32 (frames of B,), frame of A or -1; likeness: float32, similarity of what is matched (0..1).

    likeness_new: below it frames were taken for new. window: what of A's picture B shows, when that is the same
    all through. reframed: one side shows a moving window of the other's, so that points cannot be compared.
    mirrored: bool (frames of B,), where A's picture is seen from behind. distinct: float32 (frames of B,), 0..1, how
    much less alike the next best place in A is: near 0 the material is still or repeated, and the place a choice.
    """

    frame_map: NDArray[np.int32]
    likeness: NDArray[np.float32]
    likeness_new: float
    window: Window
    reframed: bool
    mirrored: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    distinct: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class Measures:
    """How matched frames differ. All arrays are by frame (N,) but for the last two.

    frames: int32, numbers of frames of B. psnr (dB, at most 100) and ssim of luma: float32. colour: float32, by
    how many of 255 levels the grade moves a typical point. wide: float32, share of the picture that differs
    beyond grade and noise. hot_frames int32 and hot_cells uint16 (M,): which cells those are, numbered along
    rows of a 27 x 48 grid over B's active picture; left out where most of the picture differs.
    """

    frames: NDArray[np.int32]
    psnr: NDArray[np.float32]
    ssim: NDArray[np.float32]
    colour: NDArray[np.float32]
    wide: NDArray[np.float32]
    hot_frames: NDArray[np.int32]
    hot_cells: NDArray[np.uint16]
