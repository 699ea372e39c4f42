"""Grades of pictures that are mostly grey, and of what coding does to colours."""

import clips
import cv2
import numpy as np
import pytest
from differed import differed

from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.picture.changes import gathered, heat_of, stretches
from vidstudio.engine.picture.grade import Grader

SIZE = (320, 180)
PATCHES = [(20, 30), (30, 150), (40, 260), (110, 40), (120, 170), (130, 270)]


def _muted(count: int = 24) -> list[np.ndarray]:
    """Grey pictures with a few small coloured things all over."""
    result = []
    for picture in clips.shot(4, count, SIZE):
        grey = np.repeat(picture[:, :, 1:2], 3, axis=2).astype(float)
        for number, (top, left) in enumerate(PATCHES):
            tint = np.array([(70, -20, -30), (-30, 40, -30), (-30, -20, 70)][number % 3])
            grey[top : top + 18, left : left + 18] += tint
        result.append(np.clip(grey, 0, 255).astype(np.uint8))
    return result


def _desaturated(picture: np.ndarray, by: float) -> np.ndarray:
    luma = picture.astype(float) @ [0.299, 0.587, 0.114]
    return np.clip(luma[:, :, None] + by * (picture - luma[:, :, None]), 0, 255).astype(np.uint8)


def _coded(picture: np.ndarray, seed: int, noise: float) -> np.ndarray:
    """With errors in blocks of 8 x 8, as coarse coding makes."""
    random = np.random.default_rng(seed)
    blocks = random.normal(0, noise, (picture.shape[0] // 8 + 1, picture.shape[1] // 8 + 1))
    error = np.kron(blocks, np.ones((8, 8)))[: picture.shape[0], : picture.shape[1], None]
    return np.clip(picture + error, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("by", [0.0, 0.4, 0.6, 1.5])
def test_few_coloured_things_tell_the_saturation_of_a_grey_picture(by: float) -> None:
    a = _muted()
    found = differed(a, [_desaturated(picture, by) for picture in a])
    assert np.median(found.chroma[:, 0]) == pytest.approx(by, abs=0.12)
    assert len(found.spot_points) == 0


def test_one_thing_that_lost_its_colour_is_no_grade() -> None:
    a = _muted()
    b = [picture.copy() for picture in a]
    top, left = PATCHES[3]
    for picture in b:
        picture[top : top + 18, left : left + 18] = _desaturated(picture[top : top + 18, left : left + 18], 0)
    found = differed(a, b)
    assert np.median(found.chroma[:, 0]) == pytest.approx(1, abs=0.12)
    rows, columns = np.nonzero(heat_of(gathered([found], len(a)), Range(0, len(a))))
    across, down = found.grid
    middle = (columns.mean() + 0.5) / across * SIZE[0], (rows.mean() + 0.5) / down * SIZE[1]
    assert middle == pytest.approx((left + 9, top + 9), abs=5)


def _kinds(a: list[np.ndarray], b: list[np.ndarray]) -> set[str]:
    from vidstudio.engine.alignment.appearance.active import Active

    parts = stretches(gathered([differed(a, b)], len(a)), Range(0, len(a)), Active(0, 0, *SIZE, *SIZE))
    return {kind for part in parts for kind in part.change}


def test_a_mild_grade_of_a_clean_copy_is_seen_and_what_coarse_coding_does_is_not() -> None:
    a = list(clips.shot(4, 24, SIZE))
    warmer = [np.clip(picture * [1.05, 1, 0.95], 0, 255).astype(np.uint8) for picture in a]
    assert _kinds(a, warmer) == {"colour"}
    coarse = [_coded(_desaturated(picture, 0.93), number, 12) for number, picture in enumerate(a)]
    assert "colour" not in _kinds(a, coarse)
    assert _kinds(a, a) == set()


def _speckled(count: int = 24) -> list[np.ndarray]:
    """Pictures full of small dark and coloured grains, such as grass or gravel."""
    random = np.random.default_rng(11)
    result = []
    for picture in clips.shot(6, count, SIZE):
        grains = random.random((*SIZE[::-1], 1)) < 0.25
        tint = random.integers(-60, 61, (*SIZE[::-1], 3))
        dark = picture * 0.35 + tint
        result.append(np.clip(np.where(grains, dark, 90 + picture * 0.4), 0, 255).astype(np.uint8))
    return result


def test_details_that_coding_took_are_no_grade() -> None:
    """What is lost between neighbours pulls each point to the mean of its surroundings, but no level to another."""
    a = _speckled()
    b = [cv2.blur(picture, (5, 5)) for picture in a]
    found = differed(a, b)
    assert np.abs(found.curves[:, 1] - found.curves[:, 0]).max() < 6
    assert "colour" not in _kinds(a, b)


@pytest.mark.parametrize(("gain", "gamma"), [(1.2, 1.0), (1.35, 1.0), (1.3, 1.2)])
def test_a_grade_is_told_right_where_it_goes_beyond_white(gain: float, gamma: float) -> None:
    a = [(80 + picture * (175 / 255)).astype(np.uint8) for picture in clips.shot(6, 24, SIZE)]
    b = [np.clip(gain * 255 * (picture / 255.0) ** gamma, 0, 255).astype(np.uint8) for picture in a]
    clipped = np.mean([picture == 255 for picture in b])
    assert 0.02 < clipped < 0.6
    found = differed(a, b)
    level, becomes = found.curves[10:, 0] / 255, found.curves[10:, 1]
    wanted = gain * 255 * level**gamma
    inside = wanted < 250
    assert np.abs(becomes - wanted)[inside].max() < 5
    assert len(found.spot_points) == 0


def _one_large_thing(count: int = 24) -> list[np.ndarray]:
    """Grey pictures with one large green thing and a few small red ones all over."""
    result = []
    for picture in clips.shot(4, count, SIZE):
        grey = np.repeat(picture[:, :, 1:2], 3, axis=2).astype(float)
        grey[100:160, 190:290] += (0, 20, -60)
        for top, left in [*PATCHES[:4], (60, 90), (140, 20), (20, 220)]:
            grey[top : top + 14, left : left + 14] += (70, -20, -10)
        result.append(np.clip(grey, 0, 255).astype(np.uint8))
    return result


def test_where_one_thing_has_most_of_the_colour_the_others_lose_theirs_by_the_same_grade() -> None:
    a = _one_large_thing()
    b = [np.clip(_desaturated(picture, 0.25) * 0.7 + 20, 0, 255).astype(np.uint8) for picture in a]
    assert len(differed(a, b).spot_points) == 0


DARK = [(20, 30), (30, 150), (110, 40)]


def _bright(dark: list[tuple[int, int]], count: int = 24) -> list[np.ndarray]:
    """Pictures of bright and middle tones, with a few things that are nearly black."""
    result = []
    for picture in clips.shot(4, count, SIZE):
        light = 100 + picture * 0.55
        for number, (top, left) in enumerate(dark):
            light[top : top + 24, left : left + 24] = 3 + 6 * number + 0.1 * picture[:24, :24]
        result.append(np.clip(light, 0, 255).astype(np.uint8))
    return result


def _curved(picture: np.ndarray, gamma: float, gain: float, lift: float) -> np.ndarray:
    return np.clip(255 * (picture / 255.0) ** gamma * gain + lift, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("curve", [(0.65, 0.8, 22), (0.7, 1.2, -12), (1.4, 0.8, 20), (1.5, 1.2, 0)])
def test_the_few_darkest_things_follow_the_grade_of_all_others(curve: tuple[float, float, float]) -> None:
    a = _bright(DARK)
    assert _kinds(a, [_curved(picture, *curve) for picture in a]) == {"colour"}


def test_a_dark_thing_that_became_brighter_on_its_own_is_no_grade() -> None:
    a = _bright(DARK[:1])
    b = [_curved(picture, 0.65, 0.8, 22) for picture in a]
    for picture in b:
        picture[20:44, 30:54] = 125
    assert _kinds(a, b) == {"colour", "local"}


def _strong(picture: np.ndarray) -> np.ndarray:
    """Darker in the middle, with more contrast and colour."""
    return _desaturated(_curved(picture, 1.3, 1.2, -6), 1.5)


def _with_a_pale_thing(count: int = 60) -> list[np.ndarray]:
    """Dark brown pictures into which something pale comes from the side, far brighter than all else."""
    result = []
    for number, picture in enumerate(clips.shot(4, count, SIZE)):
        brown = 20 + picture.mean(axis=2, keepdims=True) * [0.45, 0.3, 0.22] + picture * 0.08
        wide = int(np.clip(10 * (number - 10), 0, 40))
        shade = np.linspace(0.8, 1, 60)[:, None, None]
        brown[60:120, 320 - wide - 40 : 320 - 40] = np.broadcast_to([232, 206, 172] * shade, (60, 40, 3))[:, :wide]
        result.append(np.clip(brown, 0, 255).astype(np.uint8))
    return result


def test_what_comes_into_the_picture_in_colours_of_its_own_follows_the_grade() -> None:
    a = _with_a_pale_thing()
    assert _kinds(a, [_strong(picture) for picture in a]) == {"colour"}


@pytest.mark.parametrize("curve", [(0.75, 1.2, -14), (0.85, 1.2, -14), (1.3, 1.2, -14)])
def test_the_grade_of_the_first_picture_is_as_good_as_that_of_those_after(curve: tuple[float, float, float]) -> None:
    picture = next(iter(clips.shot(4, 2, SIZE)))
    grey = picture.mean(axis=2, keepdims=True)
    a = np.clip(90 + grey * [0.6, 0.54, 0.57] + (picture - grey) * 0.12, 0, 255).astype(np.uint8)
    a[8:34, 280:310] = (252, 115, 191)
    b = _desaturated(_curved(a, *curve), 1.5)
    grader = Grader()
    off = [np.abs(grader.graded(a, b)[0].astype(float) - b).mean() for _ in range(30)]
    assert off[0] < 1.15 * off[-1]
