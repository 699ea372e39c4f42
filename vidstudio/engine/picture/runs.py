"""Runs of hot points of all frames, what they say, and what is left of them beside what is plain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.picture.spots import LEVEL

Ints = NDArray[np.int64]

SAME_ENDS = 6
"""Frames within which what is beside each other begins or ends together, if nothing else speaks against it."""

_TOGETHER = 2
_SAYS_NOTHING = 0.5
_OTHER_TIMES = 100
"""Frames before and after what differs that show what coding does to this picture."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of hot points: number of the point, first frame and one past the last, level (see `spots.LEVEL`)."""

    points: Ints
    first: Ints
    after: Ints
    level: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.points)

    def chosen(self, which: NDArray[np.bool_] | Ints) -> Runs:
        """Some of them."""
        return Runs(self.points[which], self.first[which], self.after[which], self.level[which])

    def within(self, frames: Range) -> Runs:
        """What of them lies within the frames."""
        some = self.chosen((self.first < frames.after) & (self.after > frames.first))
        return Runs(some.points, np.maximum(some.first, frames.first), np.minimum(some.after, frames.after), some.level)

    def about(self, frames: Range) -> Runs:
        """The same as `within` of runs sorted by their first frame, without a look at all of them."""
        longest = int((self.after - self.first).max(initial=0))
        low, high = np.searchsorted(self.first, (frames.first - longest, frames.after))
        return self.chosen(np.arange(low, high)).within(frames)


def weight(runs: Runs) -> NDArray[np.float64]:
    """How much each run says, over all its frames."""
    level = runs.level / LEVEL
    result: NDArray[np.float64] = (runs.after - runs.first) * level * np.maximum(level - _SAYS_NOTHING, 0)
    return result


@dataclass(frozen=True, slots=True)
class Left:
    """What is at none of the plain places; before: how much it says before each of the frames, float64 (N + 1,)."""

    runs: Runs
    frames: Range
    before: NDArray[np.float64]

    @classmethod
    def of(cls, runs: Runs, frames: Range) -> Left:
        """These runs, all within the frames."""
        each = np.zeros(len(frames) + 1)
        a_frame = weight(runs) / np.maximum(runs.after - runs.first, 1)
        np.add.at(each, runs.first - frames.first, a_frame)
        np.add.at(each, runs.after - frames.first, -a_frame)
        return cls(runs, frames, np.concatenate([[0.0], np.cumsum(np.cumsum(each)[:-1])]))

    def without(self, some: NDArray[np.bool_]) -> Left:
        """What is left without some of the runs."""
        return Left.of(self.runs.chosen(~some), self.frames)

    def within(self, span: Range) -> float:
        """How much it says within a span."""
        return float(self.before[span.after - self.frames.first] - self.before[span.first - self.frames.first])

    def at_other_times(self, span: Range) -> float:
        """The most it says in any as many frames that are clearly before or after a span."""
        first = max(self.frames.first, span.first - _OTHER_TIMES) - self.frames.first
        after = min(self.frames.after, span.after + _OTHER_TIMES) - self.frames.first
        low, high = span.first - self.frames.first - SAME_ENDS, span.after - self.frames.first + SAME_ENDS
        most = 0.0
        for part in (self.before[first : max(low, 0) + 1], self.before[high : after + 1]):
            long = min(len(span), len(part) - 1)
            if long > 0:
                most = max(most, float((part[long:] - part[:-long]).max()))
        return most

    def along(self, some: Runs, span: Range, grid: tuple[int, int]) -> Runs:
        """What begins and ends with the span near some: other parts of one thing."""
        row, column = some.points // grid[0], some.points % grid[0]
        reach = max(int(np.ptp(row)), int(np.ptp(column))) + 1
        others = self.runs.chosen(
            (np.abs(self.runs.first - span.first) <= _TOGETHER) & (np.abs(self.runs.after - span.after) <= _TOGETHER)
        )
        at_row, at_column = others.points // grid[0], others.points % grid[0]
        near = (at_row >= row.min() - reach) & (at_row <= row.max() + reach)
        near &= (at_column >= column.min() - reach) & (at_column <= column.max() + reach)
        near &= ~np.isin(others.points, some.points)
        return others.chosen(near).within(span)
