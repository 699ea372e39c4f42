"""The pictures of a comparison video, against the same put together in numpy."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import comparisons
import numpy as np
import pytest

from vidstudio.engine.exports.framing import reframed
from vidstudio.engine.exports.video_frames import DIM, GAP, Composer, geometry
from vidstudio.engine.exports.video_plan import LAYOUTS, Moment, Picture, VideoLayout
from vidstudio.engine.types import Transform


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


@pytest.mark.parametrize("layout", ["wipe", "difference"])
def test_a_smaller_b_does_not_shrink_the_video(layout: VideoLayout) -> None:
    made = comparisons.comparison()
    a, b = replace(made.a, width=480, height=270), replace(made.b, width=384, height=256)
    place = geometry(layout, a, b, 1920)
    assert (place.width, place.picture_height) == (480, 270)
    assert place.a == (0, 0, 480, 270)
    assert place.b == (38, 0, 404, 270)  # 3:2 as large as it can be, in the middle
    of_a, of_b = (np.full((box[3], box[2], 3), level, np.uint8) for box, level in ((place.a, 40), (place.b, 30)))
    now = Moment(of_a, of_b, False, False, ("00:00:00:00",) * 2, "changed", "3 · changed", 0.0)
    drawn = Composer(place, ("a.mp4", "b.mp4"), 4.0).draw(now)[:270]
    inside, beside = (30, 0) if layout == "wipe" else (40, 160)
    assert (drawn[:, 40:440] == inside).all()
    assert (drawn[:, 4:36] == beside).all()


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_difference_is_taken_after_what_is_known_of_the_framing(mirrored: bool) -> None:
    """B is a window of A, a sixteenth larger, and a few of its points were painted."""
    made = comparisons.comparison()
    place = geometry("difference", made.a, made.b, 1920)
    across = np.linspace(0, 6 * np.pi, 640)
    waves = np.sin(across)[None, :, None] * np.sin(np.linspace(0, 4 * np.pi, 360))[:, None, None]
    of_a = np.repeat(np.clip(128 + 100 * waves, 0, 255), 3, axis=2).astype(np.uint8)
    scale = -16 / 17 if mirrored else 16 / 17
    shift = 620.0 if mirrored else 20.0
    # by the meaning of a transform: the colour of each of B's points is that of A's point it comes from
    x, y = (np.arange(640) + 0.5) * scale + shift - 0.5, (np.arange(360) + 0.5) * 16 / 17 + 10 - 0.5
    columns = np.clip(np.rint(x), 0, 639).astype(int)
    of_b = of_a[np.clip(np.rint(y), 0, 359).astype(int)][:, columns].copy()
    of_b[100:120, 200:260] = 255
    transform = Transform(scale, 0, shift, 0, 16 / 17, 10, scale=17 / 16, rotation=0, mirrored=mirrored)
    matrix = reframed(transform, made, place.a, place.b)
    now = Moment(of_a, of_b, False, False, ("00:00:00:00",) * 2, "changed", "3 · changed", 0.0, reframed=matrix)
    composer = Composer(place, ("a.mp4", "b.mp4"), 1.0)
    drawn = composer.draw(now)[:360]
    quiet = np.ones((360, 640), bool)
    quiet[100:120, 200:260] = False
    assert drawn[quiet].max() <= 3
    assert drawn[~quiet].mean() > 60
    plain = composer.draw(replace(now, reframed=None))[:360]
    assert plain[quiet].max() > 30


def test_a_transform_is_of_the_frames_wherever_they_are_shown() -> None:
    made = comparisons.comparison()
    small = replace(made, b=replace(made.b, width=320, height=180))
    # B shows the right lower quarter of A's 640x360
    quarter = Transform(1, 0, 320, 0, 1, 180, scale=2, rotation=0, mirrored=False)
    matrix = reframed(quarter, small, (0, 0, 320, 180), (10, 20, 160, 90))
    corners = np.array([[10, 170], [20, 110]])
    assert matrix[:, :2] @ corners + matrix[:, 2:] == pytest.approx(np.array([[160, 320], [90, 180]]))
