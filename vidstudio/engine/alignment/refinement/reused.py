"""Shots of B that are new, and yet are whole shots of A from elsewhere: the search had found something else for them.

Two shots are rarely as long as one another to the frame; so those of A that are as long as one of B are the first to
look at, wherever they are.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.refinement.usual import Usual
from vidstudio.engine.flags import stretches_of

Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_LEAST = 12
_SAMPLES = 5
_NEAREST = 3
_PLAINLY = 0.5


def with_whole_shots(frame_map: Map, natural: Ints, usual: Usual, seen: Seen) -> Map:
    """The map int32 (frames of B,) with new shots given the whole shot of A, as long, that they are, if there is one.

    natural: int64 (frames of B,), the frame of A at the time of each.
    """
    result = frame_map.copy()
    of_a = _shots(seen.cuts_a)
    begins, lengths = (np.array(values) for values in zip(*((low, high - low) for low, high in of_a), strict=True))
    # a cut may not be seen, of a film that is woven or between shots of one room
    for low, high in dict.fromkeys([*_shots(seen.cuts_b), *stretches_of(frame_map < 0)]):
        if high - low < _LEAST or (result[low:high] >= 0).any():
            continue
        steps = natural[low:high] - natural[low]
        part, taken = np.arange(low, high), int(steps[-1]) + 1
        as_long = begins[(np.abs(lengths - taken) <= 1) & (begins + taken <= len(seen.a))]
        for shown in _nearest(part, steps, as_long, usual, seen):
            trial = result.copy()
            trial[part] = shown
            if _lasts_longer(part, shown, seen):
                continue
            if usual.goes_along(part, trial) and not usual.is_otherwise(part, trial):
                result = trial
                break
    return result


def _lasts_longer(part: Ints, shown: Map, seen: Seen) -> bool:
    """Whether the last frame of a shot of B would be of A's next shot, and is plainly not.

    Where frames are woven, or the rate is another, a shot may seem a frame longer than it is.
    """
    if not seen.cuts_a[shown[-1]]:
        return False
    last = part[[-1, -1]]
    before, there = residuals(seen, last, shown[-1] + np.array([-1, 0]))
    return bool(before < _PLAINLY * there)


def _shots(cuts: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last frame of each shot."""
    return list(itertools.pairwise([0, *(1 + np.flatnonzero(cuts[1:])).tolist(), len(cuts)]))


def _nearest(part: Ints, steps: Ints, begins: Ints, usual: Usual, seen: Seen) -> list[Map]:
    """What frames of B show if it is A's from one of these on: the few that are most alike, the most alike first."""
    some = np.unique(np.linspace(0, len(part) - 1, _SAMPLES).astype(int))
    shown = begins[:, None] + steps[some]
    left = residuals(seen, np.tile(part[some], len(begins)), shown.ravel()).reshape(shown.shape)
    far = np.median(left, axis=1)
    return [(begins[at] + steps).astype(np.int32) for at in np.argsort(far)[:_NEAREST] if not usual.is_farther(far[at])]
