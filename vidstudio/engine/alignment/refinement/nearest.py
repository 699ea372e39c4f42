"""What hardly moves is shown where A is most alike: a coarse run goes on through any picture of the same room.

A still shot is much like what A has where it would be in order. Where A has the very pictures elsewhere, that is where
they are from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import motion_along
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.refinement.verify import in_order, pieces

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_LEAST = 12
_MOST_PIECES = 40
_SAMPLES = 7
_HARDLY_MOVES = 1.0
_NEARER, _LEVELS = 0.5, 0.5
_AS_USUAL = 1.2
_LIMITS_OF = 2000
_BLOCK = 2048


def nearest(frame_map: Map, seen: Seen, a_frame_us: float, b_frame_us: float) -> Map:
    """The map int32 (frames of B,) with still pieces at the place of A that is clearly more alike, where there is one.

    Only those in order that are less alike than is usual for these two, and in the same steps as they had; for others
    see `elsewhere`.
    """
    matched = np.flatnonzero(frame_map >= 0)
    if not len(matched):
        return frame_map
    some = matched[:: 1 + len(matched) // _LIMITS_OF]
    usual = float(np.median(residuals(seen, some, frame_map[some])))
    moves = motion_along(frame_map, seen).around()[1]
    result, looked_at = frame_map.copy(), 0
    parts = pieces(frame_map, matched, a_frame_us, b_frame_us, seen.cuts_b)
    for part, expected in zip(parts, in_order(frame_map, parts), strict=True):
        plain = seen.plain(part[0], part[-1] + 1).all()
        if not expected or not plain or len(part) < _LEAST or np.median(moves[part]) > _HARDLY_MOVES:
            continue
        chosen = part[np.linspace(0, len(part) - 1, _SAMPLES).astype(int)]
        here = float(np.median(residuals(seen, chosen, frame_map[chosen])))
        if here <= usual or here < _LEVELS or looked_at == _MOST_PIECES:
            continue
        looked_at += 1
        by, there = _most_alike(chosen, frame_map[chosen], seen)
        if there < _NEARER * here and there <= _AS_USUAL * usual:
            result[part] += np.int32(by)
    return result


def _most_alike(chosen: Ints, shown: Map, seen: Seen) -> tuple[int, float]:
    """By how many frames of A to move on what these frames of B show to be most like it, and how alike: a residual."""
    offsets = np.arange(-int(shown.min()), len(seen.a) - int(shown.max()))
    best, least = 0, np.inf
    for start in range(0, len(offsets), _BLOCK):
        block = offsets[start : start + _BLOCK]
        left = np.stack([
            residuals(seen, np.full(len(block), frame), at + block) for frame, at in zip(chosen, shown, strict=True)
        ])  # fmt: skip
        apart = np.median(left, axis=0)
        at = int(np.argmin(apart))
        if apart[at] < least:
            best, least = int(block[at]), float(apart[at])
    return best, least
