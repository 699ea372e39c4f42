from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidstudio.engine.alignment.edits.timemap import MapRow, TimeMap, aligned_map, clock_map
from vidstudio.engine.time import Span
from vidstudio.engine.types import Edit, VideoInfo

S = 1_000_000


def info(duration_us: int) -> VideoInfo:
    return VideoInfo(
        "id", "x.mp4", 1, "mp4", duration_us, 192, 108, 0, Fraction(1), Fraction(25), Fraction(1, 12800), 1, False, 0,
        "h264", "yuv420p", 8, "", "", "", "", False, 1, (), 0,
    )  # fmt: skip


@st.composite
def maps(draw: st.DrawFn) -> TimeMap:
    """What an alignment gives: any order of equal, retimed, one-sided and moved rows, longer side 1:1."""
    rows, end, clocks = [], 0, [0, 0]
    for kind in draw(st.lists(st.sampled_from(["same", "retimed", "a", "b", "jump"]), min_size=1, max_size=8)):
        spans: list[Span | None] = []
        for side in (0, 1):
            if kind == "ab"[1 - side]:
                spans.append(None)
                continue
            if kind == "jump":
                clocks[side] = draw(st.integers(0, 10**10))
            length = draw(st.integers(1, 10**7)) if kind == "retimed" or not spans or not spans[0] else 0
            if spans and spans[0] and kind != "retimed":
                length = spans[0].duration_us
            spans.append(Span(clocks[side], clocks[side] + length))
            clocks[side] += length
        length = max(span.duration_us for span in spans if span)
        rows.append(MapRow(Span(end, end + length), tuple(spans)))
        end += length
    return TimeMap(tuple(rows))


@given(maps(), st.data())
def test_side_to_master_and_back_is_exact(time_map: TimeMap, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(time_map.rows) - 1))
    row = time_map.rows[number]
    for side, span in enumerate(row.sides):
        if span is None:
            continue
        time_us = data.draw(st.integers(span.start_us, span.end_us - 1))
        master = row.master_time(side, time_us)
        assert master in row.master
        assert time_map.side_time(side, master).time_us == time_us


@given(maps(), st.data())
def test_each_side_runs_forward_within_a_row_and_stays_in_its_span(time_map: TimeMap, data: st.DataObject) -> None:
    row = time_map.rows[data.draw(st.integers(0, len(time_map.rows) - 1))]
    early, late = sorted(data.draw(st.tuples(*[st.integers(row.master.start_us, row.master.end_us - 1)] * 2)))
    for side, span in enumerate(row.sides):
        first, second = time_map.side_time(side, early), time_map.side_time(side, late)
        assert first.held is second.held is (span is None)
        assert first.time_us <= second.time_us
        if span is not None:
            assert first.time_us in span
            assert second.time_us in span


@given(maps(), st.integers(0, 1), st.integers(0, 2 * 10**10))
def test_master_time_of_anything_lies_on_the_axis(time_map: TimeMap, side: int, time_us: int) -> None:
    assert 0 <= time_map.master_time(side, time_us) <= time_map.duration_us


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=4), st.integers(0, 10**11))
def test_clock_map_shows_each_side_at_its_own_time(durations: list[int], master_us: int) -> None:
    time_map = clock_map(durations)
    assert time_map.duration_us == max([1, *durations])
    for side, duration in enumerate(durations):
        point = time_map.side_time(side, min(master_us, time_map.duration_us - 1))
        if master_us < duration:
            assert (point.time_us, point.held) == (master_us, False)
        elif duration:
            assert (point.time_us, point.held) == (duration - 1, max(durations) > duration)


def test_an_inserted_span_holds_the_other_side_on_the_frame_before_it() -> None:
    edits = [
        Edit("same", Span(0, 4 * S), Span(0, 4 * S)),
        Edit("inserted", None, Span(4 * S, 6 * S)),
        Edit("same", Span(4 * S, 10 * S), Span(6 * S, 12 * S)),
    ]
    time_map = aligned_map(edits, info(10 * S), info(12 * S))
    assert time_map.duration_us == 12 * S
    held = time_map.side_time(0, 5 * S)
    assert (held.time_us, held.held) == (4 * S - 1, True)
    assert time_map.side_time(1, 5 * S).time_us == 5 * S
    assert time_map.side_time(0, 6 * S).time_us == 4 * S
    assert time_map.master_time(0, 4 * S) == 6 * S
    assert time_map.master_time(1, 5 * S) == 5 * S


def test_material_removed_at_the_start_holds_the_frame_to_come() -> None:
    edits = [Edit("removed", Span(0, S), None), Edit("same", Span(S, 2 * S), Span(0, S))]
    time_map = aligned_map(edits, info(2 * S), info(S))
    point = time_map.side_time(1, S // 2)
    assert (point.time_us, point.held) == (0, True)


def test_a_moved_row_jumps_and_a_retimed_one_is_as_long_as_its_longer_side() -> None:
    edits = [
        Edit("moved", Span(6 * S, 8 * S), Span(0, 2 * S)),
        Edit("retimed", Span(0, 4 * S), Span(2 * S, 4 * S)),
    ]
    time_map = aligned_map(edits, info(8 * S), info(4 * S))
    assert [row.master.duration_us for row in time_map.rows] == [2 * S, 4 * S]
    assert time_map.side_time(0, 2 * S - 1).time_us == 8 * S - 1
    assert time_map.side_time(0, 2 * S).time_us == 0
    assert time_map.side_time(1, 4 * S).time_us == 3 * S
    assert time_map.master_time(1, 3 * S) == 4 * S
    assert time_map.master_time(0, 7 * S) == S


def test_no_edits_run_side_by_side() -> None:
    assert aligned_map([], info(2 * S), info(3 * S)) == clock_map([2 * S, 3 * S])


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (MapRow(Span(1, 2), (None,)),),
        (MapRow(Span(0, 0), (None,)),),
        (MapRow(Span(0, 2), (None,)), MapRow(Span(3, 4), (None,))),
        (MapRow(Span(0, 2), (None,)), MapRow(Span(2, 4), (None, None))),
    ],
)
def test_rows_that_do_not_tile_are_refused(rows: tuple[MapRow, ...]) -> None:
    with pytest.raises(ValueError, match="row"):
        TimeMap(rows)


def test_a_reversed_edit_runs_back_through_a() -> None:
    edits = (
        Edit("same", Span(0, 200_000), Span(0, 200_000)),
        Edit("retimed", Span(200_000, 600_000), Span(200_000, 600_000), speed=-1.0),
        Edit("retimed", Span(600_000, 800_000), Span(600_000, 1_000_000), speed=0.5),
    )
    made = aligned_map(edits, info(800_000), info(1_000_000))
    times = [made.side_time(0, at).time_us for at in (100_000, 200_000, 300_000, 599_999, 800_000)]
    assert times == [100_000, 599_999, 499_999, 200_000, 700_000]
    assert [made.side_time(1, at).time_us for at in (200_000, 300_000)] == [200_000, 300_000]
    for at in (200_000, 345_678, 599_999):
        assert made.master_time(0, made.side_time(0, at).time_us) == at
