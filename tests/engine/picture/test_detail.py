"""Pictures of which detail was taken, all over as coding does and from one place."""

import cv2
import numpy as np
import pytest

from vidstudio.engine.picture.detail import Detail, detail_of, gone

ROWS, COLUMNS = 90, 160
PATCH = (slice(32, 56), slice(60, 96))
INNER = (slice(18, 26), slice(33, 45))
"""Areas of which all points lie in the patch."""


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """Luma with detail of every strength, from flat on the left to rich on the right."""
    random = np.random.default_rng(5)
    texture = cv2.GaussianBlur(random.normal(0, 60, (ROWS, COLUMNS)).astype(np.float32), (0, 0), 0.8)
    return np.clip(128 + texture * np.linspace(0, 2, COLUMNS), 0, 255).astype(np.uint8)


def _coded(picture: np.ndarray, step: float) -> np.ndarray:
    """Each 8 x 8 block without the frequencies that are weaker than `step`."""
    result = picture.astype(np.float32)
    for y in range(0, ROWS - 7, 8):
        for x in range(0, COLUMNS - 7, 8):
            block = cv2.dct(result[y : y + 8, x : x + 8])
            block[np.abs(block) < step] = 0
            result[y : y + 8, x : x + 8] = cv2.idct(block)
    return np.clip(result + 0.5, 0, 255).astype(np.uint8)


def _blurred(picture: np.ndarray) -> np.ndarray:
    result = picture.copy()
    result[PATCH] = cv2.GaussianBlur(picture[PATCH], (0, 0), 2)
    return result


def _gone(a: np.ndarray, b: np.ndarray, *others: np.ndarray) -> np.ndarray:
    now = detail_of(a, b, 1)
    around: list[Detail] = [now, *(detail_of(other, b, 1) for other in others)]
    return gone(around, now, 1)


@pytest.mark.parametrize("step", [4, 30])
def test_what_one_place_lost_is_told_from_what_coding_took_all_over(picture: np.ndarray, step: float) -> None:
    lost = _gone(picture, _coded(_blurred(picture), step))
    elsewhere = lost.copy()
    elsewhere[12:32, 26:52] = 0
    assert np.median(lost[INNER]) > 4
    assert np.quantile(elsewhere, 0.99) < 0.6 * np.median(lost[INNER])


@pytest.mark.parametrize("step", [0, 4, 30, 120])
def test_what_coding_takes_all_over_is_as_usual(picture: np.ndarray, step: float) -> None:
    lost = _gone(picture, _coded(picture, step))
    assert np.quantile(lost, 0.98) < 4


def test_the_moment_beside_it_may_be_the_right_one(picture: np.ndarray) -> None:
    beside = picture.copy()
    beside[PATCH] = np.roll(picture, 3, axis=1)[PATCH]
    assert np.median(_gone(beside, picture, picture)[INNER]) <= np.median(_gone(beside, picture)[INNER])
    assert np.quantile(_gone(beside, picture, picture), 0.99) < 1


def test_where_as_much_is_there_but_a_little_aside_nothing_is_gone(picture: np.ndarray) -> None:
    aside = picture.copy()
    aside[PATCH] = np.roll(picture, 2, axis=1)[PATCH]
    hidden = np.median(_gone(picture, _blurred(picture))[INNER])
    assert np.median(_gone(picture, aside)[INNER]) < 0.2 * hidden


def test_flat_pictures_say_nothing() -> None:
    flat = np.full((ROWS, COLUMNS), 90, np.uint8)
    assert not _gone(flat, flat).any()
