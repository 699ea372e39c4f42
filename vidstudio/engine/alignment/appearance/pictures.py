"""What alignment is given of a video, and what its pictures usually show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.cadence import usual_frame_us

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pictures:
    """What alignment needs of one video: grey thumbnails uint8 (N, 28, 48), starts int64 (N,), and its shape.

    aspect: width over height of the active picture as it is shown.
    """

    thumbs: Bytes
    starts_us: Ints
    duration_us: int
    aspect: float

    @property
    def frame_us(self) -> float:
        """See `usual_frame_us`."""
        return usual_frame_us(self.starts_us, self.duration_us)


@dataclass(frozen=True, slots=True)
class Usual:
    """Raw descriptors (D,) of what frames of A and of B usually show: it says nothing about which frame is which."""

    a: Floats
    b: Floats

    @classmethod
    def common(cls, a: Floats, b: Floats) -> Usual:
        """What all of both share, from raw descriptors (N, D) of each."""
        mean = descriptors.common_mean(a, b)
        return cls(mean, mean)

    @classmethod
    def apart(cls, a: Floats, b: Floats) -> Usual:
        """What most frames of A share, and most of B's.

        Where a scene stands still, what a version has all through (a turn, a logo) is more than what moves in it.
        """
        return cls(np.median(a, axis=0).astype(np.float32), np.median(b, axis=0).astype(np.float32))
