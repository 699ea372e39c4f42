"""What lies over B all through: where it is, and what is found without it."""

from collections.abc import Callable

import numpy as np
import pytest
from programmes import pictures, recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.overlays import behind, filled_in, overlaid, uncovered
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.results import Window

LOGO = (slice(2, 7), slice(36, 45))


def _programme(shots: int = 6) -> np.ndarray:
    return np.concatenate([shot(seed, 40) for seed in range(shots)])


def _with_logo(thumbs: np.ndarray) -> np.ndarray:
    result = thumbs.astype(float)
    result[:, *LOGO] = 0.25 * result[:, *LOGO] + 0.75 * 235
    return np.rint(result).astype(np.uint8)


def _overlaid(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return overlaid(np.arange(len(b), dtype=np.int32), Seen(a, b, [], np.full(len(b), -1, np.int32)))


def test_a_logo_is_found_point_by_point() -> None:
    a = _programme()
    truth = np.zeros((28, 48), bool)
    truth[LOGO] = True
    graded = np.rint(0.8 * a + 20).astype(np.uint8)
    for b in (a, graded):
        found = _overlaid(a, recoded(_with_logo(b)))
        assert not (found & ~truth).any()
        assert (found & truth).sum() >= 0.9 * truth.sum()


def test_nothing_is_found_where_nothing_lies_over_most_shots() -> None:
    a = _programme()
    once = a.copy()
    once[40:80] = _with_logo(a[40:80])
    tiny = a.copy()
    tiny[:, 2:4, 36:39] = 235
    for b in (a, once, tiny, a[::-1].copy()):
        assert not _overlaid(a, recoded(b)).any()


def test_of_few_shots_nothing_is_said() -> None:
    a = _programme(2)
    assert not _overlaid(a, recoded(_with_logo(a))).any()


def test_what_is_filled_in_is_like_what_is_around_it() -> None:
    slope = np.tile(np.linspace(20, 220, 48), (1100, 28, 1)).astype(np.uint8)
    points = np.zeros((28, 48), bool)
    points[10:13, 20:24] = True
    broken = slope.copy()
    broken[:, points] = 255
    found = filled_in(broken, points)
    assert np.abs(found[:, points].astype(int) - slope[:, points]).max() <= 8
    assert np.array_equal(found[:, ~points], slope[:, ~points])


def test_what_is_behind_it_in_a_wider_picture() -> None:
    points = np.zeros((28, 48), bool)
    points[:, :24] = True
    found = behind(points, Window(0.5, 0.0, 1.0, 1.0))
    assert found[:, 24:36].all()
    assert found.sum() == 28 * 12
    assert np.array_equal(behind(points, Window()), points)


def _with_subtitles(thumbs: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(1)
    result = thumbs.copy()
    for at in range(0, len(result), 45):
        result[at : at + 40, 22:27, 4:44] = np.where(random.random((5, 40)) < 0.5, 235, 10)
    return result


def _with_a_bar(thumbs: np.ndarray) -> np.ndarray:
    result = thumbs.copy()
    result[:, 20:28] = 0.1 * thumbs[:, 20:28] + 0.9 * 235
    return result


@pytest.mark.parametrize("overlay", [_with_logo, _with_subtitles, _with_a_bar])
def test_a_dark_film_is_found_under_what_is_far_brighter(overlay: Callable[[np.ndarray], np.ndarray]) -> None:
    dark = [np.rint(0.12 * shot(seed, 40) + 30).astype(np.uint8) for seed in range(6)]
    new = np.rint(0.12 * shot(9, 40) + 30).astype(np.uint8)
    a = np.concatenate(dark)
    b = recoded(overlay(np.concatenate([*dark[:2], new, dark[2], *dark[4:]])), noise=0.5)
    truth = np.concatenate([np.arange(80), np.full(40, -1), np.arange(80, 120), np.arange(160, 240)])
    assert np.array_equal(match(pictures(a), pictures(b)).frame_map, truth)


def test_only_what_differs_on_every_way_lies_over_a_frame() -> None:
    """A lamp that A shows elsewhere at the time of one of the ways does not; in some frames nothing does."""
    room = shot(7, 1).repeat(60, axis=0)
    lamp = room.copy()
    for number, picture in enumerate(lamp):
        picture[8:14, number // 2 : number // 2 + 5] = 250
    b = np.rint(0.8 * lamp[10:40] + 20).astype(np.uint8)
    truth = np.zeros(b.shape, bool)
    b[:20, 22:26, 8:30], truth[:20, 22:26, 8:30] = 240, True
    seen = Seen(lamp, recoded(b, noise=1.0), [], np.full(len(b), -1, np.int32))
    frames = np.arange(30)
    found = ~uncovered(seen, frames, [frames + 30, frames + 10, frames])
    assert (found == truth).mean() > 0.995
    assert not found[20:].any()
    aside = ~uncovered(seen, frames, [frames + 30])
    assert aside[20:, 8:14].any(), "it is where the lamp stands otherwise"
