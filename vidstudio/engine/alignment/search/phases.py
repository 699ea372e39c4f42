"""How far into a frame of A those of B begin: at another rate that says which of two frames is on screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.search.pace import Timed, natural_frames

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_PHASES = tuple(number / 8 for number in range(1, 8))
_FINER = (1 / 16, 1 / 32)
_SAMPLES = 2000
_LEAST = 20
_CLEARLY_BETTER = 0.85


def phase(frame_map: Map, a: Timed, b: Timed, speed: float, seen: Seen) -> float:
    """The share of a frame of A by which its clock is ahead in B, by the pictures; 0 where they do not clearly say so.

    A converter may show what is nearest in time, or what began last; each gives other frames.
    frame_map: int32 (frames of B,), at A's clock. speed: how much faster A runs in B than it did.
    """
    matched = np.flatnonzero(frame_map >= 0)
    matched = matched[:: 1 + len(matched) // _SAMPLES]
    plain = natural_frames(a, b, speed)[matched]
    offsets = frame_map[matched] - plain
    begins = np.flatnonzero(np.diff(offsets, prepend=offsets[:1] - 1))
    now = residuals(seen, matched, frame_map[matched])

    def cost(one: float) -> float:
        """What is left of the difference in that phase, as a share of what there is now; 1 where that is not clear."""
        ahead = natural_frames(a, b, speed, one)[matched] - plain
        if not len(matched) or not 0 < ahead.mean() < 1:
            return 1.0
        shown = _nearer(offsets + plain + ahead, begins, matched, seen)
        other = shown != frame_map[matched]
        if np.count_nonzero(other) < _LEAST:
            return 1.0
        then = residuals(seen, matched[other], shown[other])
        # what all of them differ by says which phase is best, what those differ by that would change, whether it is
        gain = float((now[other].sum() - then.sum()) / max(1e-6, float(now.sum())))
        return 1 - gain if then.sum() < _CLEARLY_BETTER * now[other].sum() else 1.0

    best = min(_PHASES, key=cost)
    for finer in _FINER:
        # at ten frames for eleven an eighth of a frame is not enough
        best = min((best, best - finer, best + finer), key=cost)
    return best if cost(best) < 1 else 0.0


def _nearer(shown: Ints, begins: Ints, numbers: Ints, seen: Seen) -> Ints:
    """For each run of frames of B, that begin there, these frames of A or those before them: what is more alike."""
    ways = [(shown - back).clip(0, len(seen.a) - 1) for back in (0, 1)]
    costs = [np.add.reduceat(residuals(seen, numbers, way), begins) for way in ways]
    back = np.repeat(costs[1] < costs[0], np.diff(np.append(begins, len(shown))))
    return np.where(back, ways[1], ways[0])
