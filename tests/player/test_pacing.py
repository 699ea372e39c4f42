from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidstudio.engine.alignment.edits.timemap import MapRow, TimeMap, clock_map
from vidstudio.engine.time import Span, frame_to_us
from vidstudio.engine.types import FrameTimes
from vidstudio.player.pacing import SLACK_US, Due, Track, looped, stepped


def times(frames: int, rate: Fraction | int, grain_us: int = 1) -> FrameTimes:
    rate = Fraction(rate)
    starts = np.array([frame_to_us(n, rate) // grain_us * grain_us for n in range(frames)], np.int64)
    keys = np.zeros(frames, bool)
    keys[::25] = True
    return FrameTimes(starts, keys, frame_to_us(frames, rate))


def tracks(time_map: TimeMap, *sides: tuple[FrameTimes, Fraction | int]) -> list[Track]:
    return [Track(time_map, n, t, Fraction(rate)) for n, (t, rate) in enumerate(sides)]


def cut_map(rate: int, pieces: list[tuple[int | None, int | None, int]]) -> TimeMap:
    """Rows of (first frame of A, first frame of B, frames)."""
    rows, end = [], 0
    for a, b, count in pieces:
        spans = tuple(
            None if n is None else Span(frame_to_us(n, Fraction(rate)), frame_to_us(n + count, Fraction(rate)))
            for n in (a, b)
        )
        length = max(span.duration_us for span in spans if span)
        rows.append(MapRow(Span(end, end + length), spans))
        end += length
    return TimeMap(tuple(rows))


RATES = st.sampled_from([Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30, 50, Fraction(60000, 1001)])


@given(RATES, RATES, st.lists(st.integers(-60, 60), max_size=12))
def test_a_step_is_one_frame_of_the_side_with_more_frames(
    a: Fraction | int, b: Fraction | int, steps: list[int]
) -> None:
    sides = [(times(200, rate), rate) for rate in (a, b)]
    time_map = clock_map([t.duration_us for t, _ in sides])
    both = tracks(time_map, *sides)
    limit = min(t.duration_us for t, _ in sides)
    faster = 0 if Fraction(a) >= Fraction(b) else 1
    position, number = 0, 0
    for step in steps:
        if number + step > 199 or sides[faster][0].start_of(max(0, number + step)) >= limit:
            break  # behind the end of the other side another one leads
        position = stepped(time_map, both, position, step)
        number = max(0, number + step)
        assert both[faster].due(position).number == number


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_the_same_frames_stay_together_whatever_their_files_round_to(offset: int, number: int) -> None:
    """A has microseconds, B whole milliseconds and starts elsewhere: frame n + offset of B belongs to n of A."""
    a, b = times(1001, 30), times(2002, 30, grain_us=1000)
    row = MapRow(Span(0, a.duration_us), (a.span_of(0, 1001), b.span_of(offset, offset + 1001)))
    length = max(span.duration_us for span in row.sides if span)
    time_map = TimeMap((MapRow(Span(0, length), row.sides),))
    both = tracks(time_map, (a, 30), (b, 30))
    position = both[0].master_start(0, number)
    assert both[0].due(position).number == number
    assert both[1].due(position).number == number + offset


def test_steps_go_through_insertions_and_moves_both_ways() -> None:
    # A: 0-9, hold, 30-39, 10-19 against B: 0-9, 10-14 (inserted), 15-24, 25-34
    time_map = cut_map(25, [(0, 0, 10), (None, 10, 5), (30, 15, 10), (10, 25, 10)])
    both = tracks(time_map, (times(40, 25), 25), (times(35, 25), 25))
    seen, position = [], 0
    for _ in range(35):
        seen.append(tuple((track.due(position).number, track.due(position).held) for track in both))
        position = stepped(time_map, both, position, 1)
    assert [b[0] for _, b in seen] == list(range(35))
    assert [a[0] for a, _ in seen] == [*range(10), *[9] * 5, *range(30, 40), *range(10, 20)]
    assert [a[1] for a, _ in seen] == [False] * 10 + [True] * 5 + [False] * 20
    back = []
    for _ in range(35):
        back.append(tuple((track.due(position).number, track.due(position).held) for track in both))
        position = stepped(time_map, both, position, -1)
    assert back == seen[::-1]
    assert stepped(time_map, both, position, -3) == 0


def test_due_frames_rise_along_the_axis_and_the_plan_names_them_in_that_order() -> None:
    time_map = cut_map(25, [(None, 0, 3), (20, 3, 5), (None, 8, 2), (0, 10, 6)])
    a, b = tracks(time_map, (times(40, 25), 25), (times(16, 25), 25))
    for track in (a, b):
        due = [track.due(t) for t in range(0, time_map.duration_us + 1, 1000)]
        keys = [d.key for d in due]
        assert keys == sorted(keys)
        plan = [d.key for d in track.following(due[0])]
        assert plan == sorted(set(keys))
    assert a.due(0) == Due(1, 20, held=True)
    assert a.due(2_000_000 // 5 - 1) == Due(1, 24, held=True)


def test_a_loop_starts_over_with_a_new_lap() -> None:
    time_map = clock_map([400_000])
    (track,) = tracks(time_map, (times(10, 25), 25))
    keys = list(islice(looped(track, 4, track.due(280_000), (track.due(200_000), track.due(359_999 - SLACK_US))), 6))
    assert [(lap, row, number) for lap, row, _, number in keys] == [
        (4, 0, 7),
        (4, 0, 8),
        (5, 0, 5),
        (5, 0, 6),
        (5, 0, 7),
        (5, 0, 8),
    ]
    assert len(list(looped(track, 0, track.due(0), None))) == 10


def backward_map() -> TimeMap:
    """Five frames forward, A's next six backward beside B's, then A's after those."""
    forward = cut_map(25, [(0, 0, 5), (5, 5, 6), (11, 11, 4)])
    return TimeMap(tuple(replace(row, backward=frozenset({0} if n == 1 else ())) for n, row in enumerate(forward.rows)))


def test_where_a_runs_backward_each_frame_is_beside_the_one_that_b_shows() -> None:
    time_map = backward_map()
    a, b = tracks(time_map, (times(15, 25), 25), (times(15, 25), 25))
    shown = [(a.due(t).number, b.due(t).number) for t in range(20_000, 600_000, 40_000)]
    assert [number for number, _ in shown] == [0, 1, 2, 3, 4, 10, 9, 8, 7, 6, 5, 11, 12, 13, 14]
    assert [number for _, number in shown] == list(range(15))
    keys = [due.key for due in a.following(a.due(0))]
    assert [key[-1] for key in keys] == [number for number, _ in shown]
    assert keys == sorted(keys)
    # also to the microsecond, whatever the roundings of a file
    for t in range(600_000):
        if a.due(t).row == 1:
            assert a.due(t).number == 15 - b.due(t).number or t % 40_000 >= 40_000 - SLACK_US or t % 40_000 < SLACK_US


def test_steps_go_through_every_frame_of_what_runs_backward() -> None:
    time_map = backward_map()
    both = tracks(time_map, (times(15, 25), 25), (times(15, 25), 25))
    position, there = 0, []
    for _ in range(14):
        there.append((both[0].due(position).number, both[1].due(position).number))
        position = stepped(time_map, both, position, 1)
    assert [a for a, _ in there] == [0, 1, 2, 3, 4, 10, 9, 8, 7, 6, 5, 11, 12, 13]
    assert [b for _, b in there] == list(range(14))
    for expected in reversed(there):
        position = stepped(time_map, both, position, -1)
        assert (both[0].due(position).number, both[1].due(position).number) == expected


def test_a_step_through_what_is_slowed_leaves_out_no_frame_of_b() -> None:
    spans = (Span(0, frame_to_us(10, Fraction(25))), Span(0, frame_to_us(20, Fraction(25))))
    time_map = TimeMap((MapRow(spans[1], spans),))
    both = tracks(time_map, (times(10, 25), 25), (times(20, 25), 25))
    position, seen = 0, []
    for _ in range(20):
        seen.append(both[1].due(position).number)
        position = stepped(time_map, both, position, 1)
    assert seen == list(range(20))


def test_an_hour_of_25_against_23976_never_parts() -> None:
    sides = [(times(90_000, 25), 25), (times(86_313, Fraction(24000, 1001)), Fraction(24000, 1001))]
    time_map = clock_map([t.duration_us for t, _ in sides])
    both = tracks(time_map, *sides)
    random = np.random.default_rng(1)
    for position in random.integers(0, 3_599_000_000, 3000):
        starts = [t.start_of(track.due(int(position)).number) for (t, _), track in zip(sides, both, strict=True)]
        assert all(-1500 <= position - start <= 41_709 for start in starts)
