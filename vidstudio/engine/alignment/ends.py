"""B's first and last frames: a step aside costs nothing there, so one within is taken for one at the very end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.looks import Seen
from vidstudio.engine.alignment.unlike import residuals
from vidstudio.engine.flags import leading

Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_MOST_LEFT_OUT = 3
_LEAST, _LONGEST = 6, 500
_CLEARLY = 1.5
_NOISE = 0.1
"""In levels: what two places may differ by and still be as good as one another."""


def kept(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map with A's first and last frames shown by B's, where the pictures say that what is left out is within."""
    if not len(frame_map):
        return frame_map
    numbers = np.arange(min(len(frame_map), _LONGEST))
    result = _moved(frame_map, natural, seen, numbers, -int(frame_map[0]))
    return _moved(result, natural, seen, len(frame_map) - 1 - numbers, len(seen.a) - 1 - int(frame_map[-1]))


def _moved(frame_map: Map, natural: Ints, seen: Seen, numbers: Ints, by: int) -> Map:
    """The map with as many of these frames, from an end of B on, moved in A as are clearly more like what is there."""
    offsets = frame_map[numbers] - natural[numbers]
    numbers = numbers[: leading((frame_map[numbers] >= 0) & (offsets == offsets[0]))]
    if not 0 < abs(by) <= _MOST_LEFT_OUT or len(numbers) < _LEAST:
        return frame_map
    now = residuals(seen, numbers, frame_map[numbers])
    there = residuals(seen, numbers, (frame_map[numbers] + by).clip(0, len(seen.a) - 1))
    count = int(np.argmax(np.cumsum(now - there))) + 1
    if count < _LEAST or now[:count].mean() <= _CLEARLY * there[:count].mean() + _NOISE:
        return frame_map
    result = frame_map.copy()
    result[numbers[:count]] += by
    return result
