"""Short slips by a frame that what goes on around them explains as well: no frame was doubled and none dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.looks import Seen
from vidstudio.engine.alignment.unlike import residuals

Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_NONE = -(2**40)
_LONGEST = 25
_AROUND = 8
_AS_LIKE, _AS_LIKE_REFRAMED = 1.15, 1.6


def steadied(frame_map: Map, natural: Ints, seen: Seen, *, reframed: bool) -> Map:
    """The map without slips by one frame that are made up soon, unless the pictures clearly ask for them.

    Where little moves, a frame and its neighbour are alike, and noise decides which is nearer. A real hiccup, a frame
    that is doubled and later one that is dropped, is seen where something moves.
    reframed: whether one side shows a moving window of the other; where that is hardly known, likeness says less.
    """
    most = _AS_LIKE_REFRAMED if reframed else _AS_LIKE
    matched = frame_map >= 0
    offsets = np.where(matched, frame_map - natural, _NONE)
    edges = np.flatnonzero(np.diff(offsets)) + 1
    result = frame_map.copy()
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        before, after = offsets[max(0, low - _AROUND) : low], offsets[high : high + _AROUND]
        around = offsets[low - 1]
        if high - low > _LONGEST or not matched[low - 1] or abs(offsets[low] - around) != 1:
            continue
        if min(len(before), len(after)) < _AROUND or (before != around).any() or (after != around).any():
            continue
        numbers = np.arange(low, high)
        straight_on = natural[numbers] + around
        now, straight = (residuals(seen, numbers, shown) for shown in (frame_map[low:high], straight_on))
        if straight.mean() <= most * now.mean():
            result[low:high] = straight_on
    return result
