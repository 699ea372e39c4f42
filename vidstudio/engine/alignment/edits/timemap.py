"""Which moment of each side belongs to a moment of the shared (master) time axis. Pure arithmetic.

The master axis is cut into rows that follow one another without gaps. In a row each side either runs
linearly through one of its spans, forward or backward, or is missing, and then holds a neighbouring picture.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from vidstudio.engine.time import Span
from vidstudio.engine.types import Edit, VideoInfo


@dataclass(frozen=True, slots=True)
class SidePoint:
    """A moment of one side, on that side's own clock; `held` when the side has nothing of its own there."""

    time_us: int
    held: bool = False


@dataclass(frozen=True, slots=True)
class MapRow:
    """A stretch of the master axis and what each side shows in it (None: nothing of its own); backward: which sides."""

    master: Span
    sides: tuple[Span | None, ...]
    backward: frozenset[int] = frozenset()

    def side_time(self, side: int, master_us: int) -> int:
        """Time of a present side, rounded down; the row's end gives the span's end, or its start where it runs back."""
        span = self._span(side)
        inside = (master_us - self.master.start_us) * span.duration_us // self.master.duration_us
        return max(span.start_us, span.end_us - 1 - inside) if side in self.backward else span.start_us + inside

    def master_time(self, side: int, time_us: int) -> int:
        """First master moment that shows `time_us` of a present side; exact wherever the side is not sped up."""
        span = self._span(side)
        if not span.duration_us:
            return self.master.start_us
        inside = min(max(time_us, span.start_us), span.end_us) - span.start_us
        if side in self.backward:
            inside = max(0, span.duration_us - 1 - inside)
        return self.master.start_us - (-inside * self.master.duration_us // span.duration_us)

    def _span(self, side: int) -> Span:
        span = self.sides[side]
        if span is None:
            raise ValueError(f"side {side} is missing in the row at {self.master.start_us}")
        return span


@dataclass(frozen=True, slots=True)
class TimeMap:
    """Master time <-> time of each side. Rows tile the master axis from 0, all with the same sides.

    ValueError for no rows, rows of no length, gaps, overlaps or unequal numbers of sides.
    """

    rows: tuple[MapRow, ...]
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _by_side: tuple[tuple[tuple[int, int], ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.rows:
            raise ValueError("a time map needs a row")
        end, count = 0, len(self.rows[0].sides)
        for row in self.rows:
            if row.master.start_us != end or row.master.duration_us <= 0 or len(row.sides) != count:
                raise ValueError(f"rows must tile the master axis, each with {count} sides: {row}")
            end = row.master.end_us
        by_side = (
            tuple(sorted((span.start_us, number) for number, row in enumerate(self.rows) if (span := row.sides[side])))
            for side in range(count)
        )
        object.__setattr__(self, "_starts", tuple(row.master.start_us for row in self.rows))
        object.__setattr__(self, "_by_side", tuple(by_side))

    @property
    def sides(self) -> int:
        """How many sides there are."""
        return len(self.rows[0].sides)

    @property
    def duration_us(self) -> int:
        """Length of the master axis."""
        return self.rows[-1].master.end_us

    def agrees(self, other: TimeMap) -> bool:
        """Whether another map shows the same moments of the same sides, however it is cut into rows."""
        if (self.sides, self.duration_us) != (other.sides, other.duration_us):
            return False
        edges = sorted({row.master.start_us for one in (self, other) for row in one.rows})
        moments = [*edges, *(edge - 1 for edge in edges[1:]), self.duration_us - 1]
        for side in range(self.sides):
            for moment in moments:
                mine, its = self.side_time(side, moment), other.side_time(side, moment)
                if mine.held != its.held or abs(mine.time_us - its.time_us) > 1:
                    return False
        return True

    def row_at(self, master_us: int) -> int:
        """Number of the row at a master time, clamped to the axis."""
        return max(0, bisect_right(self._starts, master_us) - 1)

    def side_time(self, side: int, master_us: int) -> SidePoint:
        """What a side shows at a master time (clamped to the axis).

        A missing side holds the last moment it had before; at the very start, the first it will have.
        """
        master_us = min(max(master_us, 0), self.duration_us)
        number = self.row_at(master_us)
        row = self.rows[number]
        if row.sides[side] is not None:
            return SidePoint(row.side_time(side, master_us))
        for earlier in range(number - 1, -1, -1):
            span = self.rows[earlier].sides[side]
            if span is not None:
                return SidePoint(max(span.start_us, span.end_us - 1), held=True)
        for later in range(number + 1, len(self.rows)):
            span = self.rows[later].sides[side]
            if span is not None:
                return SidePoint(span.start_us, held=True)
        return SidePoint(0, held=True)

    def master_time(self, side: int, time_us: int) -> int:
        """First master moment of the row that shows `time_us` of a side; for a time no row shows, the nearest edge."""
        spans = self._by_side[side]
        if not spans:
            return 0
        after = bisect_right(spans, (time_us, len(self.rows)))
        nearest: tuple[int, int] | None = None
        for _, number in spans[max(0, after - 1) : after + 1]:
            span = self.rows[number].sides[side]
            assert span is not None
            away = max(span.start_us - time_us, time_us - span.end_us + 1, 0)
            if nearest is None or away < nearest[0]:
                nearest = (away, number)
        assert nearest is not None
        return self.rows[nearest[1]].master_time(side, time_us)


def aligned_map(edits: Sequence[Edit], a: VideoInfo, b: VideoInfo) -> TimeMap:
    """One row for each edit, in order, as long as the longer side; a missing side holds, a reversed A runs back.

    Edits of no length are left out; with none left the sides simply run side by side.
    """
    rows: list[MapRow] = []
    end = 0
    for edit in edits:
        spans = tuple(span if span and span.duration_us else None for span in (edit.a, edit.b))
        length = max(span.duration_us if span else 0 for span in spans)
        if length:
            backward = frozenset({0}) if edit.speed is not None and edit.speed < 0 else frozenset()
            rows.append(MapRow(Span(end, end + length), spans, backward))
            end += length
    return TimeMap(tuple(rows)) if rows else clock_map((a.duration_us, b.duration_us))


def clock_map(durations: Sequence[int], cuts: Sequence[int] = ()) -> TimeMap:
    """Every side at the same time of its own clock; a side that has ended holds its last picture.

    A row ends where a side does, and at each of the cuts inside.
    """
    rows: list[MapRow] = []
    start, ends = 0, {max(1, duration) for duration in durations}
    for end in sorted(ends | {cut for cut in cuts if 0 < cut < max(ends)}):
        piece = Span(start, end)
        rows.append(MapRow(piece, tuple(piece if duration >= end else None for duration in durations)))
        start = end
    return TimeMap(tuple(rows))
