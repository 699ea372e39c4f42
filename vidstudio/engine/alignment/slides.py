"""Where else a cut could be: what stands still does not say which of its frames were put in, or left out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.looks import Seen
from vidstudio.engine.alignment.unlike import residuals
from vidstudio.engine.flags import leading, stretches_of

Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_FARTHEST = 250
_AS_LIKE = 1.15
_NOISE = 0.3
"""In levels: what two places of a cut may differ by and still be as good as one another."""
_ROUNDED = 2
"""Frames of A that may be left out where something was only put in."""


def slides(frame_map: Map, natural: Ints, seen: Seen) -> NDArray[np.int32]:
    """int32 (N, 4), a row for each place where frames were put in or left out, and could be as well a bit elsewhere.

    The first frame of A and of B beyond what was shown before it; by how many frames it could be earlier, and later.
    natural: int64 (frames of B,), the frame of A at the time of each.
    """
    found = []
    for border in _borders(frame_map, natural, len(seen.a)):
        earlier, later = border.slide(frame_map, seen)
        if earlier or later:
            found.append((border.before + 1, border.low, earlier, later))
    return np.array(found, np.int32).reshape(-1, 4)


@dataclass(frozen=True, slots=True)
class _Border:
    """Frames `low..high-1` of B are new between what shows A up to `before`, and from `after` on.

    start, end: the stretches beside it are frames `start..low-1` and `high..end-1` of B.
    """

    start: int
    low: int
    high: int
    end: int
    before: int
    after: int

    def slide(self, frame_map: Map, seen: Seen) -> tuple[int, int]:
        """By how many frames it could be earlier, and later."""
        past = np.arange(self.low - 1, max(self.start, self.low - _FARTHEST) - 1, -1)
        coming = np.arange(self.high, min(self.end, self.high + _FARTHEST))
        if self.high > self.low:
            # put in: other frames of B would be the new ones
            new = self.high - self.low
            return (
                _as_like(seen, past, frame_map[past], past + new, frame_map[past]),
                _as_like(seen, coming, frame_map[coming], coming - new, frame_map[coming]),
            )
        # left out: other frames of A would be the missing ones
        gone = self.after - self.before - 1
        return (
            _as_like(seen, past, frame_map[past], past, frame_map[past] + gone),
            _as_like(seen, coming, frame_map[coming], coming, frame_map[coming] - gone),
        )


def _borders(frame_map: Map, natural: Ints, a_frames: int) -> Iterator[_Border]:
    """Where frames were put in or left out, and not both, between stretches at one speed."""
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
    sides.append((count, count, a_frames - 1, a_frames))
    for (start, low, before, _), (high, end, _, after) in itertools.pairwise(sides):
        gone, new = after - before - 1, high - low
        if (new and 0 <= gone <= _ROUNDED) or (not new and gone > _ROUNDED):
            yield _Border(start, low, high, end, before, after)


def _as_like(seen: Seen, at: Ints, now: Map, b_then: Ints, a_then: Map) -> int:
    """For how many of these frames of B, from the first on, frames `b_then` of B and `a_then` of A are as alike."""
    if not len(at):
        return 0
    is_, would_be = residuals(seen, at, now), residuals(seen, b_then, a_then, at)
    return leading(would_be <= _AS_LIKE * is_ + _NOISE)
