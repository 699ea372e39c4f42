"""What is new where A goes on later, and yet is what A has between: found where the coarse runs lost it.

Shots of one camera look alike; a coarse run may lead through several of them, and what it gives for most of a shot is
thrown away with it. Between two places that are sure little of A is left to search, and that to the frame.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.refinement.verify import in_order, pieces
from vidstudio.engine.flags import stretches_of

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_LEAST = 12
_MOST = 3000
_LIMITS_OF = 2000
_USUAL, _AS_USUAL = 0.9, 1.5
_ROUNDS = 4


def regained(frame_map: Map, natural: Ints, seen: Seen, a_frame_us: float, b_frame_us: float) -> Map:
    """The map int32 (frames of B,) with new stretches given what of A is between what is in order beside them.

    At A's pace, the frames that are most alike, as many as there are of which that may be said. natural: int64 (frames
    of B,), the frame of A at the time of each. What is given back is to be verified: another take is alike as well.
    """
    matched = np.flatnonzero(frame_map >= 0)
    if len(matched) in (0, len(frame_map)):
        return frame_map
    some = matched[:: 1 + len(matched) // _LIMITS_OF]
    limit = _AS_USUAL * float(np.quantile(residuals(seen, some, frame_map[some]), _USUAL))
    result = frame_map.copy()
    for _ in range(_ROUNDS):
        before = result.copy()
        parts = pieces(before, np.flatnonzero(before >= 0), a_frame_us, b_frame_us)
        ordered = [part for part, fine in zip(parts, in_order(before, parts), strict=True) if fine]
        chain = np.concatenate([np.zeros(0, np.int64), *ordered])
        for low, high in stretches_of(before < 0):
            at = int(np.searchsorted(chain, low))
            first = int(before[chain[at - 1]]) + 1 if at else 0
            after = int(before[chain[at]]) if at < len(chain) else len(seen.a)
            if min(high - low, after - first) >= _LEAST and max(high - low, after - first) <= _MOST:
                run = _best_run(np.arange(low, high), first, after, limit, natural, seen)
                if run is not None:
                    numbers, offset = run
                    result[numbers] = natural[numbers] + offset
        if np.array_equal(before, result):
            break
    return result


def _best_run(
    numbers: Ints, first: int, after: int, limit: float, natural: Ints, seen: Seen
) -> tuple[Ints, int] | None:
    """Which frames of B are most clearly A's of `first..after-1`, and how far on A is there; None if none are."""
    costs = _costs(seen.b[numbers[0] : numbers[-1] + 1], seen.a[first:after])
    best, found = 0.0, None
    for offset in range(first - int(natural[numbers[-1]]), after - int(natural[numbers[0]])):
        shown = natural[numbers] + offset - first
        inside = np.flatnonzero((shown >= 0) & (shown < after - first))
        if len(inside) < _LEAST:
            continue
        gain = limit - costs[inside, shown[inside]]
        sums = np.append(0, np.cumsum(gain))
        lowest = np.minimum.accumulate(sums)
        end = int(np.argmax(sums - lowest))
        begin = int(np.argmin(sums[: end + 1]))
        if end - begin >= _LEAST and sums[end] - sums[begin] > best:
            best, found = float(sums[end] - sums[begin]), (numbers[inside[begin:end]], offset)
    return found


def _costs(of_b: NDArray[np.uint8], of_a: NDArray[np.uint8]) -> Floats:
    """What `residuals` says of every pair: float32 (frames of B, frames of A)."""
    b, a = (part.reshape(len(part), -1).astype(np.float32) for part in (of_b, of_a))
    b, a = b - b.mean(axis=1, keepdims=True), a - a.mean(axis=1, keepdims=True)
    size_b, size_a = (np.sqrt((part * part).mean(axis=1)) for part in (b, a))
    alike = (b @ a.T) / (b.shape[1] * np.maximum(size_b, 1e-3)[:, None] * np.maximum(size_a, 1e-3)[None])
    result: Floats = size_b[:, None] * np.sqrt(np.clip(1 - np.square(np.clip(alike, 0, 1)), 0, 1))
    return result
