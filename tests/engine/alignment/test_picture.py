import clips
import numpy as np
import pytest

from vidstudio.engine.alignment.picture import COLUMNS, ROWS, Differ

SIZE = (240, 135)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return [np.ascontiguousarray(picture) for picture in clips.shot(4, 12, SIZE)]


def _noisy(picture: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 3, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _measure(a: list[np.ndarray], b: list[np.ndarray]):
    differ = Differ()
    for number, (of_a, of_b) in enumerate(zip(a, b, strict=True)):
        differ.add(number, of_a, of_b)
    return differ.finish()


def test_noise_is_no_difference(pictures: list[np.ndarray]) -> None:
    found = _measure(pictures, [_noisy(picture, i) for i, picture in enumerate(pictures)])
    assert len(found.hot_cells) == 0
    assert found.colour.max() < 2
    assert found.frames.tolist() == list(range(12))


def test_a_grade_is_colour_and_nothing_local(pictures: list[np.ndarray]) -> None:
    graded = [np.clip(255 * (p / 255.0) ** 0.7 * [1.05, 1, 0.85], 0, 255).astype(np.uint8) for p in pictures]
    found = _measure(pictures, graded)
    assert found.colour.min() > 8
    assert found.wide.max() < 0.02


@pytest.mark.parametrize("graded", [False, True])
def test_a_patch_is_found_where_it_is(pictures: list[np.ndarray], graded: bool) -> None:
    changed = []
    for picture in pictures:
        other = picture * 0.85 + 12 if graded else picture.astype(float)
        other[90:115, 50:110] = (240, 240, 240)
        changed.append(np.clip(other, 0, 255).astype(np.uint8))
    found = _measure(pictures, changed)
    rows, columns = np.divmod(found.hot_cells, COLUMNS)
    assert set(found.hot_frames.tolist()) == set(range(12))
    assert 17 <= rows.min() <= 18
    assert 22 <= rows.max() <= 23
    assert 9 <= columns.min() <= 10
    assert 21 <= columns.max() <= 22
    assert rows.max() < ROWS


def test_a_blurred_patch_is_found(pictures: list[np.ndarray]) -> None:
    random = np.random.default_rng(2)
    texture = random.normal(0, 18, (*pictures[0].shape[:2], 1))
    a = [np.clip(picture + texture, 0, 255).astype(np.uint8) for picture in pictures]
    b = [picture.copy() for picture in a]
    for rich, plain in zip(b, pictures, strict=True):
        rich[40:80, 100:160] = plain[40:80, 100:160]
    found = _measure(a, b)
    rows, columns = np.divmod(found.hot_cells, COLUMNS)
    assert len(found.hot_cells) > 12 * 30
    assert (rows.min(), columns.min()) == (8, 20)
    assert (rows.max(), columns.max()) == (15, 31)


def test_another_picture_differs_widely_and_lists_no_cells(pictures: list[np.ndarray]) -> None:
    other = [np.ascontiguousarray(picture) for picture in clips.shot(77, 12, SIZE)]
    found = _measure(pictures, other)
    assert np.median(found.wide) > 0.3


def test_nothing_added() -> None:
    found = Differ().finish()
    assert len(found.frames) == len(found.psnr) == len(found.hot_cells) == 0
