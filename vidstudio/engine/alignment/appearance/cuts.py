"""Where one shot ends and the next begins, from thumbnails alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_CUT = 6.0
_CUT_TIMES = 2.5
_CUT_MOVING, _CUT_TIMES_MOVING, _CUT_TIMES_STILL = 15.0, 1.4, 10.0
_HALFWAY, _ACROSS = 0.6, 0.9
_BREAK, _BREAK_TIMES = 20.0, 30.0
_BATCH = 512


def cuts(thumbs: Bytes) -> NDArray[np.bool_]:
    """Whether each picture (N, 28, 48) is the first after a cut: another one than before, and not by movement.

    Where one side of it moves fast a cut is still more, and nothing beside what the other side does. Between two
    shots there may be a picture that is a mix of both, as interlaced ones are: that is the first then.
    """
    steps = _steps(thumbs)
    padded = np.pad(steps, 2)
    before, after = np.maximum(padded[:-4], padded[1:-3]), np.maximum(padded[3:-1], padded[4:])
    more, less = np.maximum(before, after), np.minimum(before, after)
    moving = (steps > _CUT_MOVING) & (steps > _CUT_TIMES_MOVING * more) & (steps > _CUT_TIMES_STILL * less)
    result: NDArray[np.bool_] = (steps > _CUT) & (steps > _CUT_TIMES * more) | moving | _mixes(thumbs, steps)
    return result


def breaks(thumbs: Bytes) -> NDArray[np.bool_]:
    """Whether each picture (N, 28, 48) is another than before while it stands still: a cut, or less than one.

    Between two takes of a room something is elsewhere; a title may come just as well.
    """
    steps = _steps(thumbs, partial(np.square, dtype=np.int32))
    padded = np.pad(steps, 1)
    result: NDArray[np.bool_] = (steps > _BREAK) & (steps > _BREAK_TIMES * np.maximum(padded[:-2], padded[2:]))
    return result


def _mixes(thumbs: Bytes, steps: Floats) -> NDArray[np.bool_]:
    """Whether each picture is a mix of two shots: halfway there, and the next is as far on."""
    on = np.append(steps[1:], np.float32(0))[: len(steps)]
    around = np.pad(steps, 3)
    beside = np.maximum.reduce([around[1:-5], around[2:-4], around[5:-1], around[6:]])
    less, more = np.minimum(steps, on), np.maximum(steps, on)
    maybe: NDArray[np.bool_] = (less > _CUT) & (less > _HALFWAY * more) & (less > _CUT_TIMES * beside)
    at = np.flatnonzero(maybe)
    across = np.abs(thumbs[at + 1].astype(np.int16) - thumbs[at - 1]).mean(axis=(1, 2))
    maybe[at] = across > _ACROSS * (steps + on)[at]
    return maybe


def _steps(thumbs: Bytes, size: Callable[[NDArray[np.int16]], NDArray[Any]] = np.abs) -> Floats:
    """How far each picture is from the one before, the mean size of the differences; 0 for the first."""
    steps = np.zeros(len(thumbs), np.float32)
    for start in range(1, len(thumbs), _BATCH):
        now = thumbs[start : start + _BATCH].astype(np.int16)
        steps[start : start + _BATCH] = size(now - thumbs[start - 1 : start - 1 + len(now)]).mean(axis=(1, 2))
    return steps
