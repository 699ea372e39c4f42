"""Time: exact rescaling, spans, time code against SMPTE's own published cases."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vidstudio.engine.time import (
    Span,
    format_duration,
    format_length,
    format_timecode,
    frame_to_us,
    parse_time,
    rescale_from_us,
    rescale_to_us,
    us_to_frame,
)

TIME_BASES = st.sampled_from(
    [Fraction(1, n) for n in (25, 30, 600, 1000, 12800, 15360, 24000, 30000, 48000, 90000, 1_000_000)]
    + [Fraction(1001, 30000), Fraction(1001, 24000), Fraction(1, 44100)]
)
RATES = st.sampled_from([Fraction(n) for n in (1, 10, 12, 24, 25, 30, 50, 60, 120)] + [
    Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(15, 2)
])  # fmt: skip
NTSC = Fraction(30000, 1001)
spans = st.tuples(st.integers(-(10**12), 10**12), st.integers(0, 10**11)).map(lambda p: Span(p[0], p[0] + p[1]))


@given(st.integers(-(10**10), 10**10), TIME_BASES)
def test_ticks_survive_the_way_to_microseconds_and_back(ticks: int, base: Fraction) -> None:
    assert rescale_from_us(rescale_to_us(ticks, base), base) == ticks


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), TIME_BASES)
def test_rescaling_keeps_order(ticks: int, more: int, base: Fraction) -> None:
    assert rescale_to_us(ticks, base) < rescale_to_us(ticks + more, base)


@given(st.integers(0, 10**7), RATES)
def test_a_frame_is_on_screen_from_its_start_to_the_next(frame: int, rate: Fraction) -> None:
    start, end = frame_to_us(frame, rate), frame_to_us(frame + 1, rate)
    assert us_to_frame(start, rate) == us_to_frame(end - 1, rate) == frame
    assert us_to_frame(end, rate) == frame + 1


@given(spans, spans)
def test_intersection_holds_exactly_what_both_hold(a: Span, b: Span) -> None:
    both = a.intersection(b)
    for time in {a.start_us, a.end_us - 1, b.start_us, b.end_us - 1, a.end_us, b.end_us}:
        assert (both is not None and time in both) == (time in a and time in b)


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**8), st.integers(10**4, 10**8))
def test_pieces_tile_a_span(start: int, length: int, piece: int) -> None:
    assume(length // piece < 1000)
    whole = Span(start, start + length)
    pieces = list(whole.split(piece))
    assert sum(p.duration_us for p in pieces) == length
    assert all(p.duration_us == piece for p in pieces[:-1])
    edges = [whole.start_us, *(p.end_us for p in pieces)]
    assert [p.start_us for p in pieces] == edges[:-1]


def test_a_span_of_negative_length_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Span(2, 1)
    with pytest.raises(ValueError, match="positive"):
        list(Span(0, 1).split(0))


# SMPTE ST 12-1: numbers 0 and 1 are skipped each minute but every tenth
@pytest.mark.parametrize(
    ("frame", "text"),
    [(0, "00:00:00;00"), (1799, "00:00:59;29"), (1800, "00:01:00;02"), (17981, "00:09:59;29"),
     (17982, "00:10:00;00"), (107892, "01:00:00;00"), (2589407, "23:59:59;29")],
)  # fmt: skip
def test_drop_frame_numbers_are_smpte_s(frame: int, text: str) -> None:
    assert format_timecode(frame_to_us(frame, NTSC), NTSC) == text
    assert parse_time(text, NTSC) == frame_to_us(frame, NTSC)


@given(st.integers(0, 24 * 107892), RATES, st.booleans())
def test_time_code_reads_back(frame: int, rate: Fraction, drop: bool) -> None:
    drop = drop and rate in (NTSC, Fraction(60000, 1001))
    time_us = frame_to_us(frame, rate)
    text = format_timecode(time_us, rate, drop)
    assert parse_time(text, rate) == time_us


@given(st.integers(0, 10_000), st.fractions(Fraction(1, 10_000), Fraction(999, 1000)))
def test_below_one_frame_a_second_the_time_code_tells_the_second(frame: int, rate: Fraction) -> None:
    time_us = frame_to_us(frame, rate)
    text = format_timecode(time_us, rate)
    hours, minutes, seconds, none = map(int, text.split(":"))
    assert (3600 * hours + 60 * minutes + seconds, none) == (time_us // 1_000_000, 0)
    assert parse_time(text, rate) == time_us


@pytest.mark.parametrize(
    ("text", "expected"),
    [("62.5", 62_500_000), ("62.5s", 62_500_000), ("1:02.5", 62_500_000), ("1:02:03", 3_723_000_000),
     ("00:00:01:05", 1_200_000), ("-0:01", -1_000_000), (" f50 ", 2_000_000), ("0", 0)],
)  # fmt: skip
def test_what_people_type_is_understood(text: str, expected: int) -> None:
    assert parse_time(text, Fraction(25)) == expected


@pytest.mark.parametrize("text", ["", "abc", "1:2:3:4:5", "00:00:00:25", "1,5", "f", "--1", "00:00;30:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time|frames in a second"):
        parse_time(text, Fraction(25))


def test_durations_for_people() -> None:
    assert [format_duration(s * 1_000_000) for s in (0, 41, 725, 3723)] == ["0:00", "0:41", "12:05", "1:02:03"]
    assert format_timecode(-2_000_000, Fraction(25)) == "-00:00:02:00"


def test_lengths_are_told_to_the_frame_where_that_says_something() -> None:
    lengths = [format_length(round(seconds * 1_000_000)) for seconds in (0.04, 2.04, 599.99, 600, 34_843.36)]
    assert lengths == ["0.04 s", "2.04 s", "599.99 s", "10:00", "9:40:43"]
