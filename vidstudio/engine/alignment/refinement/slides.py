"""Where else a cut could be: what stands still does not say which of its frames were put in, or left out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.flags import leading, stretches_of

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_FARTHEST = 250
_AS_LIKE = 1.3
_NOISE = 1.0
"""In levels: what two places of a cut may differ by and still be as good as one another."""
_ROUNDED = 2
"""Frames of A that may be left out where something was only put in."""


def slides(frame_map: Map, natural: Ints, seen: Seen) -> NDArray[np.int32]:
    """int32 (N, 4), a row for each place where frames were put in or left out, and could be as well a bit elsewhere.

    The first frame of A and of B beyond what was shown before it; by how many frames it could be earlier, and later: of
    B what was put in, of A what was left out.
    natural: int64 (frames of B,), the frame of A at the time of each.
    """
    shown = np.zeros(len(seen.a), bool)
    shown[frame_map[frame_map >= 0]] = True
    every = [slid for border in _borders(frame_map, natural, shown) for slid in border.slides(frame_map, seen)]
    return np.array([slid for slid in every if any(slid[2:])], np.int32).reshape(-1, 4)


@dataclass(frozen=True, slots=True)
class _Border:
    """Frames `low..high-1` of B are new between what shows A up to `before`, and from `after` on.

    start, end: the stretches beside it are frames `start..low-1` and `high..end-1` of B. coming, past: frames of A that
    are shown nowhere, from `before` on and up to `after`; what lies between them was moved.
    """

    start: int
    low: int
    high: int
    end: int
    before: int
    after: int
    coming: int
    past: int

    def slides(self, frame_map: Map, seen: Seen) -> Iterator[tuple[int, int, int, int]]:
        """The rows of `slides` for it."""
        before = np.arange(self.low - 1, max(self.start, self.low - _FARTHEST) - 1, -1)
        after = np.arange(self.high, min(self.end, self.high + _FARTHEST))
        if self.high > self.low and self.after - self.before - 1 <= _ROUNDED:
            # put in: other frames of B would be the new ones
            new = self.high - self.low
            earlier = _as_like(seen, before, frame_map[before], before + new, frame_map[before])
            later = _as_like(seen, after, frame_map[after], after - new, frame_map[after])
            yield self.before + 1, self.low, earlier, later
        elif self.high == self.low:
            # left out: other frames of A would be the missing ones, as many as are shown by what would be elsewhere
            earlier = later = 0
            if self.coming:
                alike = _as_like(seen, before, frame_map[before], before, frame_map[before] + self.coming)
                earlier = self.before + 1 - int(frame_map[self.low - alike]) if alike else 0
            if self.past:
                alike = _as_like(seen, after, frame_map[after], after, frame_map[after] - self.past)
                later = int(frame_map[self.high + alike - 1]) + 1 - self.after if alike else 0
            if self.coming == self.after - self.before - 1:
                yield self.before + 1, self.low, earlier, later
            else:
                yield self.before + 1, self.low, earlier, 0
                yield self.after - self.past, self.low, 0, later


def _borders(frame_map: Map, natural: Ints, shown: Bools) -> Iterator[_Border]:
    """Between stretches of B that show A at its pace, one further on than the other.

    shown: bool (frames of A,).
    """
    matched = frame_map >= 0
    offsets = np.where(matched, frame_map - natural, 0)
    count = len(frame_map)
    runs: list[tuple[int, int]] = []
    for low, high in stretches_of(matched):
        edges = [low, *(low + 1 + np.flatnonzero(np.diff(offsets[low:high]))).tolist(), high]
        runs += itertools.pairwise(edges)
    if not runs:
        return
    # the ends of both are borders too
    sides = [(0, 0, -1, 0), *((low, high, int(frame_map[high - 1]), int(frame_map[low])) for low, high in runs)]
    sides.append((count, count, len(shown) - 1, len(shown)))
    for (start, low, before, _), (high, end, _, after) in itertools.pairwise(sides):
        free = ~shown[before + 1 : max(before + 1, after)]
        if after > before and (high > low or len(free) > _ROUNDED):
            yield _Border(start, low, high, end, before, after, leading(free), leading(free[::-1]))


def _as_like(seen: Seen, at: Ints, now: Map, b_then: Ints, a_then: Map) -> int:
    """For how many of these frames of B, from the first on, frames `b_then` of B and `a_then` of A are as alike."""
    if not len(at):
        return 0
    is_, would_be = residuals(seen, at, now), residuals(seen, b_then, a_then, at)
    return leading(would_be <= _AS_LIKE * is_ + _NOISE)
