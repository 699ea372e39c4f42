"""The pictures of a comparison video, against the same put together in numpy."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import comparisons
import numpy as np
import pytest

from vidstudio.engine.exports.video_frames import DIM, GAP, Composer, geometry
from vidstudio.engine.exports.video_plan import LAYOUTS, Moment, Picture, VideoLayout


def pictures(layout: VideoLayout, **moment: object) -> tuple[Picture, Picture, Picture, int]:
    """A, B, the picture drawn, and how high its pictures are; A is 4:3 and B 16:9."""
    made = comparisons.comparison()
    a, b = replace(made.a, width=480, height=360), replace(made.b, width=640, height=360)
    place = geometry(layout, a, b, 1920)
    random = np.random.default_rng(5)
    of_a, of_b = (random.integers(0, 256, (box[3], box[2], 3), dtype=np.uint8) for box in (place.a, place.b))
    now = Moment(of_a, of_b, False, False, ("00:00:01:00", "00:00:02:00"), "changed", "3 · changed", 0.5)
    drawn = Composer(place, ("a.mp4", "b.mp4"), 4.0).draw(replace(now, **moment))  # type: ignore[arg-type]
    assert drawn.shape == (place.size[1], place.size[0], 3)
    return of_a, of_b, drawn[: place.picture_height], place.picture_height


def test_side_by_side_is_both_as_they_are() -> None:
    a, b, drawn, _ = pictures("side")
    assert np.array_equal(drawn[:, :480], a)
    assert np.array_equal(drawn[:, 480 + GAP :], b)


def test_wipe_is_a_left_of_the_line_and_b_right_of_it() -> None:
    a, b, drawn, _ = pictures("wipe", line=0.75)
    assert np.array_equal(drawn[:, 80:478], a[:, :398])  # 4:3 in 16:9 begins at 80
    assert not drawn[:, :80].any()
    assert np.array_equal(drawn[:, 482:], b[:, 482:])
    assert (drawn[:, 479:481] == 255).all()


@pytest.mark.parametrize("line", [0.0, 1.0])
def test_a_wipe_at_the_edge(line: float) -> None:
    a, b, drawn, _ = pictures("wipe", line=line)
    whole = np.zeros_like(b)
    whole[:, 80:560] = a
    assert np.array_equal(drawn[:, 2:-2], (whole if line else b)[:, 2:-2])


def test_difference_is_the_absolute_difference_times_the_gain() -> None:
    a, b, drawn, _ = pictures("difference")
    whole = np.zeros_like(b)
    whole[:, 80:560] = a
    expected = np.clip(np.abs(whole.astype(int) - b.astype(int)) * 4, 0, 255)
    assert np.array_equal(drawn, expected)


def test_a_side_without_a_counterpart_is_dimmed_and_says_so() -> None:
    a, _, drawn, high = pictures("side", a_held=True)
    dark = (a.astype(int) * DIM) >> 8
    sign = np.zeros((high, 480), bool)
    sign[high // 2 - 20 : high // 2 + 20, 150:330] = True
    assert np.array_equal(drawn[:, :480][~sign], dark[~sign])
    assert (drawn[:, :480][sign].max(axis=1) > 200).sum() > 50


@pytest.mark.parametrize("layout", LAYOUTS)
def test_sizes_are_even_and_within_bounds(layout: VideoLayout) -> None:
    made = comparisons.comparison()
    sizes = ((3840, 2160), (720, 576), (1080, 1920), (101, 57), (16, 16))
    for a_size in sizes:
        for b_size in sizes:
            a = replace(made.a, width=a_size[0], height=a_size[1], pixel_aspect=Fraction(16, 15))
            b = replace(made.b, width=b_size[0], height=b_size[1])
            place = geometry(layout, a, b, 1920)
            assert not any(value % 2 for value in (*place.size, *place.a[2:], *place.b[2:]))
            assert place.size[0] <= 1922
            assert place.size[1] <= 1080 + 120
            for x, y, width, height in (place.a, place.b):
                assert 0 <= x <= x + width <= place.width
                assert 0 <= y <= y + height <= place.picture_height
            Composer(place, ("映" * 90, "\udcff\n"), 1.0)._strip(
                np.zeros((place.size[1], place.size[0], 3), np.uint8),
                Moment(
                    *(np.zeros((2, 2, 3), np.uint8),) * 2, False, False, ("00:00:00:00",) * 2, "same", "1 · same", 0.0
                ),
            )
