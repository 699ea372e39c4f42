"""Which frame of each side is due at a master time, and where a step leads. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.timemap import TimeMap
from vidstudio.engine.time import US
from vidstudio.engine.types import FrameTimes

SLACK_US = 1500
"""A frame that starts at most so much later is due already: two files round the same moment differently
(time bases of a millisecond are common), and a pair must not fall one frame apart for that."""


@dataclass(frozen=True, slots=True)
class Due:
    """A frame that is due: the row of the map it belongs to, its number, and whether it is held.

    step: -1 where the side runs backward in that row, else 1.
    """

    row: int
    number: int
    held: bool = False
    step: int = 1

    @property
    def key(self) -> tuple[int, int, int]:
        """Row, place in it, number: rises along the master axis, even where a side jumps or runs back in its time."""
        return self.row, self.step * self.number, self.number


class Track:
    """The frames of one side, in the order in which a map shows them. Immutable."""

    def __init__(self, time_map: TimeMap, side: int, times: FrameTimes, rate: Fraction) -> None:
        self.side = side
        self.times = times
        self.period_us = max(1, round(US / rate)) if rate > 0 else 40_000
        gaps = np.diff(times.starts_us)
        # not numpy's median, which loads numpy.ma at first
        typical = int(np.partition(gaps, len(gaps) // 2)[len(gaps) // 2]) if len(gaps) else self.period_us
        self._slack_us = min(SLACK_US, typical // 4)
        self._map = time_map
        self._runs = self._all_runs()
        self._holds = self._held_frames()

    def run(self, row: int) -> tuple[int, int] | None:
        """First and last frame that a row shows, the first above the last where it runs backward; None if missing."""
        return self._runs[row]

    def due(self, master_us: int) -> Due:
        """The frame to be on screen at a master time."""
        row = self._map.row_at(master_us)
        run = self._runs[row]
        if run is None:
            return self._holds[row]
        step, inside = self.step(row), min(max(0, master_us), self._map.duration_us)
        number = self.times.frame_at(self._map.rows[row].side_time(self.side, inside) + step * self._slack_us)
        return Due(row, min(max(number, min(run)), max(run)), step=step)

    def step(self, row: int) -> int:
        """-1 where a row runs backward, else 1."""
        return -1 if self.side in self._map.rows[row].backward else 1

    def master_start(self, row: int, number: int) -> int:
        """Master time at which a frame of a row comes on screen."""
        of_row = self._map.rows[row]
        if self.step(row) > 0:
            return of_row.master_time(self.side, self.times.start_of(number))
        span = of_row.sides[self.side]
        return of_row.master_time(self.side, min(self.times.start_of(number + 1), span.end_us if span else 0) - 1)

    def following(self, due: Due) -> Iterator[Due]:
        """This frame and all that are shown after it."""
        run = self._runs[due.row]
        for number in range(due.number, (run[1] if run else due.number) + due.step, due.step):
            yield Due(due.row, number, step=due.step)
        for row in range(due.row + 1, len(self._runs)):
            run = self._runs[row]
            if run is not None:
                step = self.step(row)
                for number in range(run[0], run[1] + step, step):
                    yield Due(row, number, step=step)

    def _all_runs(self) -> list[tuple[int, int] | None]:
        """First and last frame of each row; a frame of which only roundings reach into the span is not in it."""
        spans = [row.sides[self.side] for row in self._map.rows]
        starts = np.array([span.start_us if span else 0 for span in spans], np.int64)
        ends = np.array([span.end_us if span else 1 for span in spans], np.int64)
        firsts = self._frames_at(np.minimum(starts + self._slack_us, ends - 1))
        lasts = np.maximum(firsts, self._frames_at(np.maximum(starts, ends - 1 - self._slack_us)))
        pairs = zip(spans, firsts.tolist(), lasts.tolist(), strict=True)
        runs = [(first, last) if span else None for span, first, last in pairs]
        return [run[::-1] if run and self.step(row) < 0 else run for row, run in enumerate(runs)]

    def _frames_at(self, times_us: NDArray[np.int64]) -> NDArray[np.int64]:
        numbers = np.searchsorted(self.times.starts_us, times_us, side="right") - 1
        return np.clip(numbers, 0, len(self.times) - 1)

    def _held_frames(self) -> list[Due]:
        """For each row the frame to hold: the last one before, or the first to come."""
        holds: list[Due] = []
        shown = [(row, run) for row, run in enumerate(self._runs) if run]
        held = Due(shown[0][0], shown[0][1][0], True, self.step(shown[0][0])) if shown else Due(0, 0, held=True)
        for row, run in enumerate(self._runs):
            if run is not None:
                held = Due(row, run[1], True, self.step(row))
            holds.append(held)
        return holds


def looped(track: Track, lap: int, start: Due, loop: tuple[Due, Due] | None) -> Iterator[tuple[int, ...]]:
    """Keys (lap, then as of `Due`) from `start` on; with a loop, from its first to its last frame for ever."""
    while True:
        for due in track.following(start):
            yield lap, *due.key
            if loop is not None and due.key >= loop[1].key:
                break
        if loop is None:
            return
        lap, start = lap + 1, loop[0]


def stepped(time_map: TimeMap, tracks: Sequence[Track], master_us: int, by: int) -> int:
    """Master time `by` frames away: of the side with the most frames a second among those present.

    Stays on the first and on the last frame of the axis.
    """
    for _ in range(abs(by)):
        master_us = _forward(time_map, tracks, master_us) if by > 0 else _back(time_map, tracks, master_us)
    return master_us


def _reference(tracks: Sequence[Track], row: int) -> Track | None:
    """The side that shows most frames in a row, so that a step leaves out none."""
    present = [(run, track) for track in tracks if (run := track.run(row)) is not None]
    most = max(present, key=lambda one: (abs(one[0][1] - one[0][0]), -one[1].period_us), default=None)
    return most[1] if most is not None else None


def _forward(time_map: TimeMap, tracks: Sequence[Track], master_us: int) -> int:
    row = time_map.row_at(master_us)
    track = _reference(tracks, row)
    if track is not None:
        run, number = track.run(row), track.due(master_us).number
        assert run is not None
        if number != run[1]:
            return track.master_start(row, number + track.step(row))
    if row + 1 < len(time_map.rows):
        return time_map.rows[row + 1].master.start_us
    return max(time_map.rows[row].master.start_us, track.master_start(row, number)) if track else master_us


def _back(time_map: TimeMap, tracks: Sequence[Track], master_us: int) -> int:
    row = time_map.row_at(master_us)
    track = _reference(tracks, row)
    if track is not None:
        run, number = track.run(row), track.due(master_us).number
        assert run is not None
        if number != run[0]:
            return track.master_start(row, number - track.step(row))
    if row == 0:
        return 0
    before = _reference(tracks, row - 1)
    run = before.run(row - 1) if before is not None else None
    if before is None or run is None:
        return time_map.rows[row - 1].master.start_us
    return before.master_start(row - 1, run[1])
