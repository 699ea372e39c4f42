"""Time to pixels and back, ticks, and what each pixel column shows."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidstudio.engine.time import US, us_to_frame
from vidstudio.ui.views.timeline_model import (
    TimeText,
    TimeView,
    column_edges,
    column_peaks,
    ruler_ticks,
    scale_distance,
    scale_position,
)

DURATIONS = st.integers(1, 24 * 3600 * US)
WIDTHS = st.integers(1, 5000)


@st.composite
def views(draw: st.DrawFn) -> TimeView:
    duration, width = draw(DURATIONS), draw(WIDTHS)
    view = TimeView.fitted(duration, width)
    for _ in range(draw(st.integers(0, 4))):
        view = view.zoomed(draw(st.floats(0.2, 8)), draw(st.floats(0, width)))
    return view.panned(draw(st.floats(-5000, 5000)))


@given(views())
def test_a_view_never_shows_time_that_is_not_there(view: TimeView) -> None:
    assert view.start_us >= 0
    assert view.end_us <= view.duration_us + max(1e-3, view.duration_us * 1e-9) or view.is_fitted


@given(views(), st.floats(0, 1))
def test_a_time_comes_back_from_its_pixel(view: TimeView, part: float) -> None:
    time_us = round(view.start_us + part * (view.end_us - view.start_us))
    time_us = min(max(time_us, 0), view.duration_us)
    assert abs(view.time_at(view.x_of(time_us)) - time_us) <= 1


@given(views(), st.floats(0, 1), st.floats(1, 8))
def test_zooming_in_keeps_the_time_under_the_cursor(view: TimeView, part: float, factor: float) -> None:
    x = part * view.width
    closer = view.zoomed(factor, x)
    before = view.start_us + x * view.us_per_px
    assert closer.us_per_px <= view.us_per_px * (1 + 1e-9)
    assert abs(closer.x_of(before) - x) < 1e-3 + view.width * 1e-6


@given(views(), st.floats(0, 1), st.floats(0.1, 1))
def test_zooming_out_keeps_it_as_far_as_the_ends_allow(view: TimeView, part: float, factor: float) -> None:
    x = part * view.width
    wider = view.zoomed(factor, x)
    before = view.start_us + x * view.us_per_px
    at_an_end = wider.start_us == 0 or wider.end_us >= wider.duration_us - 1 - wider.us_per_px
    assert at_an_end or abs(wider.x_of(before) - x) < 1e-3 + view.width * 1e-6
    assert -1e-3 <= wider.x_of(before) <= wider.width + 1e-3


@given(views(), WIDTHS)
def test_resizing_keeps_the_scale_or_the_whole(view: TimeView, width: int) -> None:
    other = view.resized(width)
    assert other.is_fitted if view.is_fitted else other.us_per_px <= max(view.us_per_px, other.widest)
    assert other.width == width


@given(st.floats(0, 2))
def test_the_scale_of_distances_is_turned_back(distance: float) -> None:
    assert scale_distance(scale_position(distance)) == pytest.approx(distance, abs=1e-9)
    assert 0 <= scale_position(distance) <= 1


def test_half_of_the_scale_is_for_small_distances() -> None:
    assert scale_position(0.25) > 0.45
    assert scale_position(0.5) < 0.7


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(0, 30), st.one_of(st.none(), st.floats(0, 2, width=32)))),
    views(),
)
def test_column_peaks_equal_looking_at_every_span(pieces: list[tuple[int, int, float | None]], view: TimeView) -> None:
    starts, ends, values, now = [], [], [], 0
    for length, gap, value in pieces:
        starts.append(now)
        ends.append(now + length * US)
        values.append(np.nan if value is None else value)
        now += (length + gap) * US
    edges = column_edges(view, min(view.width, 60))
    peaks = column_peaks(np.array(starts, np.int64), np.array(ends, np.int64), np.array(values, np.float32), edges)
    for column in range(len(edges) - 1):
        inside = [
            v
            for s, e, v in zip(starts, ends, values, strict=True)
            if s < edges[column + 1] and e > edges[column] and not np.isnan(v)
        ]
        assert np.isnan(peaks[column]) if not inside else peaks[column] == np.float32(max(inside))


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60)])
@given(view=views())
def test_ticks_are_frames_inside_the_view_and_few(rate: Fraction, view: TimeView) -> None:
    ticks = ruler_ticks(view, TimeText(rate), 90)
    assert len(ticks) <= view.width / 4 + 16
    labels = [tick.time_us for tick in ticks if tick.text]
    steps = np.diff([us_to_frame(t, rate) for t in labels])
    assert len(set(steps.tolist())) <= 1
    if len(labels) > 1 and view.duration_us < 10 * 3600 * US:
        assert np.diff(labels).min() / view.us_per_px > 80


def test_times_are_read_as_they_are_written() -> None:
    for display, text, us in (("timecode", "00:00:02:12", 2_480_000), ("frames", "f62", 2_480_000)):
        times = TimeText(Fraction(25), display)
        assert times.text(us) == text
        assert times.parse(text) == us
    assert TimeText(Fraction(25), "frames").parse("62") == 2_480_000
    assert TimeText(Fraction(25), "seconds").parse("2.480 s") == 2_480_000
    assert TimeText(Fraction(25)).parse("-5") == 0
    with pytest.raises(ValueError, match="no time"):
        TimeText(Fraction(25)).parse("soon")
