"""How the frames of a video follow one another in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LONG = 10


def usual_frame_us(starts_us: NDArray[np.int64], duration_us: int) -> float:
    """How long a frame is shown on average, without those that are shown for many times as long as most; at least 1.

    A slide, an idle screen or a damaged clock shows one for minutes. The median is no mean: of a clock in milliseconds
    that counts 33, 33, 34 it is off by a frame in a hundred. starts_us: int64 (N,), rising; duration_us: when
    the last one ends.
    """
    shown = np.diff(starts_us, append=duration_us)
    usual = shown[shown <= _LONG * np.median(shown)] if len(shown) else shown
    return max(1.0, float(usual.mean())) if len(usual) else 1.0
