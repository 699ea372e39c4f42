"""What B dissolves or fades through: nothing stands out in such frames, as the whole picture is another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.flags import Bools, lasting, stretches_of

_UNLIKE, _LEAST = 1.5, 0.6
"""Levels that frames are unlike in a dissolve, and at its very ends."""
_TIMES_USUAL, _STILL_TIMES = 4.0, 2.5
"""The same, as times what is usual around it."""
_SHORTEST, _LONGEST, _AROUND = 4, 75, 40
_GAP = 3


def dissolved(unlike: NDArray[np.float32]) -> Bools:
    """Frames that for a while are far more unlike what any grade makes of A's than those around; see `grade.Tones`.

    unlike: float32 (N,), of frames in a row.
    """
    result = np.zeros(len(unlike), bool)
    for low, high in stretches_of(lasting(unlike > _UNLIKE, _GAP, _SHORTEST)):
        around = np.concatenate([unlike[max(0, low - _AROUND) : low], unlike[high : high + _AROUND]])
        # where A moves fast and B runs at another speed, some of its frames fit and some do not
        if unlike[low:high].min() <= _UNLIKE or high - low > _LONGEST or len(around) < _SHORTEST:
            continue
        usual = float(np.median(around))
        if float(np.median(unlike[low:high])) < _TIMES_USUAL * usual:
            continue
        still = max(_LEAST, _STILL_TIMES * usual)
        while low > 0 and unlike[low - 1] > still:
            low -= 1
        while high < len(unlike) and unlike[high] > still:
            high += 1
        result[low:high] = True
    return result
