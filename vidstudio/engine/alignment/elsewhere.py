"""What seems to be shown out of order is looked at twice: another take of the same scene has not moved.

In order, a poor match is more likely a changed shot than another one. Out of order it has nothing but its likeness
to speak for it, so that has to be as good as what this pair of videos has elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment import exact
from vidstudio.engine.alignment.looks import Seen
from vidstudio.engine.alignment.motion import motion_along
from vidstudio.engine.alignment.unlike import residuals
from vidstudio.engine.alignment.verify import in_order, pieces

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_STILL = 0.5
_MOVES = 3.0
_ALIKE_STILL = 0.3
_ALIKE_MOVING = 0.72
_SURELY_ALIKE = 0.9
_USUAL = 0.9
_STRANGE = 3.2
_SAMPLES = 5
_CLEARLY_NEARER = 0.75
_MOST_PIECES = 40
_BLOCK = 4096


def confirmed(frame_map: Map, seen: Seen, a_frame_us: float, b_frame_us: float) -> Map:
    """The map int32 (frames of B,) without what is out of order and not really A; still shots at their best place."""
    matched = np.flatnonzero(frame_map >= 0)
    parts = pieces(frame_map, matched, a_frame_us, b_frame_us) if len(matched) else []
    expected = in_order(frame_map, parts)
    if all(expected):
        return frame_map
    left = np.zeros(len(frame_map), np.float32)
    left[matched] = residuals(*seen.pairs(matched, frame_map[matched]))
    usual = [left[part] for part, fine in zip(parts, expected, strict=True) if fine]
    limit = _STRANGE * float(np.quantile(np.concatenate(usual), _USUAL)) if usual else np.inf
    motion = motion_along(frame_map, seen)
    alike, moves = (values.astype(np.float32) for values in motion.around())
    result = frame_map.copy()
    others = [part for part, fine in zip(parts, expected, strict=True) if not fine]
    for part in sorted(others, key=len, reverse=True)[:_MOST_PIECES]:
        likeness, movement = float(np.median(alike[part])), float(np.median(moves[part]))
        if movement < _STILL:
            result[part] = _best_place(frame_map[part], part, seen)
        least = _ALIKE_MOVING if movement >= _MOVES else _ALIKE_STILL if movement >= _STILL else -1.0
        strange = movement < _MOVES and likeness < _SURELY_ALIKE and np.quantile(left[part], _USUAL) > limit
        if likeness < least or strange:
            result[part] = exact.NEW
    return result


def _best_place(shown: Map, part: Ints, seen: Seen) -> Map:
    """The frames of A that a still piece is most like: those given, or others in the same steps."""
    samples = np.unique(np.linspace(0, len(part) - 1, _SAMPLES).astype(int))
    low, high = int(shown.min()), len(seen.a) - int(shown.max())
    offsets = np.arange(-low, high)
    apart = np.zeros(len(offsets), np.float32)
    for at in samples.tolist():
        picture = seen.b[part[at]].astype(np.int16)
        for start in range(0, len(offsets), _BLOCK):
            some = seen.a[shown[at] + offsets[start : start + _BLOCK]]
            apart[start : start + _BLOCK] += np.abs(some - picture).mean(axis=(1, 2))
    best = int(np.argmin(apart))
    better = apart[best] < _CLEARLY_NEARER * apart[low]
    return (shown + offsets[best]).astype(np.int32) if better else shown
