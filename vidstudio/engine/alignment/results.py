"""What the stages of a comparison hand to one another."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.types import AudioDifference, Loudness, SoundMatch


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Thumbnails uint8 (N, 28, 48) of the active picture of frames `first..first+N-1`.

    damaged: how many of them are, as of `media.decode.Frame`.
    """

    first: int
    thumbs: NDArray[np.uint8]
    damaged: int = 0


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
class Turn:
    """How A's whole picture has to be turned to be seen as in B: mirrored left to right first, then clockwise.

    degrees: 0, 90, 180 or 270.
    """

    degrees: int = 0
    mirrored: bool = False

    @property
    def none(self) -> bool:
        """Whether it is as it is."""
        return not self.degrees and not self.mirrored


@dataclass(frozen=True, slots=True)
class Alignment:
    """frame_map: int32 (frames of B,), frame of A or -1; likeness: float32, similarity of what is matched (0..1).

    likeness_new: below it frames were taken for new. window: what of A's picture B shows, when that is the same
    all through. reframed: one side shows a moving window of the other's, so that points cannot be compared.
    mirrored: bool (frames of B,), where A's picture is seen from behind. distinct: float32 (frames of B,), 0..1, how
    much less alike the next best place in A is: near 0 the material is still or repeated, and the place a choice.
    others: int32 (N, 4), stretches of B (first, one past the last frame) that fit other frames of A as well.
    slides: int32 (N, 4), cuts that could be earlier or later as well, see `slides.slides`.
    damaged: how many pictures of A and of B are. turn: how A is turned all through; `window` is one of A so turned.
    rotation: by how many degrees A's picture is turned clockwise besides, about the window's middle.
    """

    frame_map: NDArray[np.int32]
    likeness: NDArray[np.float32]
    likeness_new: float
    window: Window
    reframed: bool
    mirrored: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    distinct: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    damaged: tuple[int, int] = (0, 0)
    others: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 4), np.int32))
    turn: Turn = field(default_factory=Turn)
    slides: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 4), np.int32))
    rotation: float = 0.0


@dataclass(frozen=True, slots=True)
class Measures:
    """How matched frames differ. Arrays are by frame (N,), but for those of spots.

    frames: int32, numbers of frames of B. psnr (dB, at most 100) and ssim of luma: float32. colour: float32, by
    how many of 255 levels the grade moves a typical point, beyond what coding may do. wide: float32, share of the
    picture that differs steadily beyond grade and noise. detail: float32, share of A's fine detail that B has.
    unlike: float32, levels of luma that half of all parts stay within of what the grade makes of A's.
    curves float32 (N, 2, 5) and chroma float32 (N, 4): see `grade.Tones`. places float32 (N, 2, 3) and flips uint8:
    where B's points lie in A's picture, see `registration`.
    Spots are runs of single points: number along rows of a `grid` (columns, rows) over B's active picture,
    first frame and one past the last, and how far they are beyond noise (32: just so).
    """

    frames: NDArray[np.int32]
    psnr: NDArray[np.float32]
    ssim: NDArray[np.float32]
    colour: NDArray[np.float32]
    wide: NDArray[np.float32]
    detail: NDArray[np.float32]
    unlike: NDArray[np.float32]
    curves: NDArray[np.float32]
    chroma: NDArray[np.float32]
    places: NDArray[np.float32]
    flips: NDArray[np.uint8]
    grid: tuple[int, int]
    spot_points: NDArray[np.uint16]
    spot_first: NDArray[np.int32]
    spot_after: NDArray[np.int32]
    spot_level: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SoundPrint:
    """How loud a video sounds (see `sound/prints`) in frames `first..first+N-1`.

    bands: uint8 (N, 24), of all channels together. N is 0 without sound.
    """

    first: int
    bands: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SoundFindings:
    """How B sounds against A. curve: float32 (N,), distance 0..1 of each 0.1 s of B from A, nan where that cannot
    be said; the rest as in `Comparison`."""

    audio: tuple[AudioDifference, ...]
    sound_map: tuple[SoundMatch, ...]
    a_loudness: Loudness | None
    b_loudness: Loudness | None
    curve: NDArray[np.float32]
