from typing import ClassVar

import clips
import cv2
import numpy as np
import pytest
from differed import differed

from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.alignment.results import Measures
from vidstudio.engine.picture import differ, residual
from vidstudio.engine.picture.changes import gathered, heat_of
from vidstudio.engine.picture.differ import Differ
from vidstudio.engine.picture.looking import Looker, Pair, Shown
from vidstudio.engine.picture.residual import Look
from vidstudio.engine.recipes.demo_scenes import LOWER_THIRD, planet, with_lower_third

SIZE = (240, 135)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    return [np.ascontiguousarray(picture) for picture in clips.shot(4, 12, SIZE)]


def _noisy(picture: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 3, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _hot(found: Measures) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what differs, as shares of the picture."""
    rows, columns = np.nonzero(heat_of(gathered([found], 40), Range(0, 40)))
    across, down = found.grid
    return columns.min() / across, rows.min() / down, (columns.max() + 1) / across, (rows.max() + 1) / down


def test_noise_is_no_difference(pictures: list[np.ndarray]) -> None:
    found = differed(pictures, [_noisy(picture, i) for i, picture in enumerate(pictures)])
    assert len(found.spot_points) == 0
    assert found.colour.max() < 2
    assert found.frames.tolist() == list(range(12))


def test_a_grade_is_colour_and_nothing_local(pictures: list[np.ndarray]) -> None:
    graded = [np.clip(255 * (p / 255.0) ** 0.7 * [1.05, 1, 0.85], 0, 255).astype(np.uint8) for p in pictures]
    found = differed(pictures, graded)
    assert found.colour.min() > 8
    assert found.wide.max() < 0.02


@pytest.mark.parametrize("graded", [False, True])
def test_a_patch_is_found_where_it_is(pictures: list[np.ndarray], graded: bool) -> None:
    changed = []
    for picture in pictures:
        other = picture * 0.85 + 12 if graded else picture.astype(float)
        other[90:115, 50:110] = (240, 240, 240)
        changed.append(np.clip(other, 0, 255).astype(np.uint8))
    found = differed(pictures, changed)
    assert found.spot_first.min() == 0
    assert found.spot_after.max() == 12
    assert _hot(found) == pytest.approx((50 / 240, 90 / 135, 110 / 240, 115 / 135), abs=0.04)


def test_a_blurred_patch_is_found(pictures: list[np.ndarray]) -> None:
    random = np.random.default_rng(2)
    texture = random.normal(0, 18, (*pictures[0].shape[:2], 1))
    a = [np.clip(picture + texture, 0, 255).astype(np.uint8) for picture in pictures]
    b = [picture.copy() for picture in a]
    for rich, plain in zip(b, pictures, strict=True):
        rich[40:80, 100:160] = plain[40:80, 100:160]
    found = differed(a, b)
    assert _hot(found) == pytest.approx((100 / 240, 40 / 135, 160 / 240, 80 / 135), abs=0.04)


def test_a_black_and_white_version_did_not_lose_its_few_coloured_things_on_their_own() -> None:
    grey = [np.repeat(picture[:, :, 1:2], 3, axis=2) for picture in clips.shot(4, 12, SIZE)]
    coloured = [picture.copy() for picture in grey]
    for picture in coloured:
        picture[20:60, 20:70] = (40, 160, 70)
    white = [np.repeat((p @ [0.299, 0.587, 0.114])[:, :, None], 3, axis=2).astype(np.uint8) for p in coloured]
    assert len(differed(coloured, white).spot_points) == 0
    logo = [picture.copy() for picture in white]
    for picture in logo:
        picture[90:110, 160:190] = (200, 30, 30)
    found = differed(coloured, logo)
    assert _hot(found) == pytest.approx((160 / 240, 90 / 135, 190 / 240, 110 / 135), abs=0.04)


def test_a_black_and_white_version_takes_all_colours_from_a() -> None:
    plain = np.full((60, 90, 3), 128, np.uint8)
    plain[:, :30, 1] = 160
    half, white = plain.copy(), np.full((60, 90, 3), 128, np.uint8)
    half[:, :30, 1] = 144
    assert (residual.bleached(plain, half, white) == white).all()
    # B still has colours; or A has hardly more of them than one change may take
    assert residual.bleached(plain, half, half) is half
    few = white.copy()
    few[:10, :15, 1] = 160
    assert residual.bleached(few, few, white) is few


@pytest.mark.parametrize("tinted", [60, 25])
def test_a_version_without_a_tint_wider_than_one_thing_takes_the_colours_of_its_one_thing_too(tinted: int) -> None:
    plain = np.full((60, 90, 3), 128, np.uint8)
    plain[:tinted, :, 2] = 121
    plain[:10, :15, 1] = 160
    white = np.full((60, 90, 3), 128, np.uint8)
    assert (residual.bleached(plain, plain, white) == white).all()
    # another white balance takes the tint alone
    balanced = white.copy()
    balanced[:10, :15, 1] = 160
    assert residual.bleached(plain, balanced, balanced) is balanced


def test_light_that_falls_off_to_the_edges_is_not_mirrored() -> None:
    down = np.abs(np.linspace(-1, 1, SIZE[1]))[:, None, None]
    a = np.tile(150 - 50 * down**2, (1, SIZE[0], 3)).astype(np.uint8)
    b = a.copy()
    a[100:125, 10:40], b[100:125, 10:40] = 178, 78
    found = differed([a] * 12, [b] * 12)
    assert not found.flips.any()


def test_an_overlay_on_a_dark_sparse_picture_does_not_seem_to_move_the_rest() -> None:
    """It raises the upper levels of the whole picture, as a grade would."""
    paint = planet()
    a = [paint(number / 25) for number in range(20)]
    left, top, right, bottom = LOWER_THIRD
    found = differed(a, [with_lower_third(picture) for picture in a])
    height, width = a[0].shape[:2]
    assert _hot(found) == pytest.approx((left / width, top / height, right / width, bottom / height), abs=0.04)
    assert (found.places == np.array([[1, 0, 0], [0, 1, 0]], np.float32)).all()


def test_another_picture_differs_widely_and_lists_no_cells(pictures: list[np.ndarray]) -> None:
    other = [np.ascontiguousarray(picture) for picture in clips.shot(77, 12, SIZE)]
    found = differed(pictures, other)
    assert np.median(found.wide) > 0.3


def test_nothing_added() -> None:
    found = Differ().finish()
    assert len(found.frames) == len(found.psnr) == len(found.spot_points) == 0


def _patched(pictures: list[np.ndarray], first: int, after: int, level: float = 60) -> list[np.ndarray]:
    """The pictures with a noise of their own, and a brighter patch in some of them."""
    result = [_noisy(picture, number).astype(float) for number, picture in enumerate(pictures)]
    for picture in result[first:after]:
        picture[60:100, 80:140] += level
    return [np.clip(picture, 0, 255).astype(np.uint8) for picture in result]


class _Counted(Looker):
    """Counts how many pairs are looked at closely."""

    looks: ClassVar[list[int]] = []

    def look(self, pair: Pair) -> tuple[Look, Shown]:
        self.looks.append(pair.number)
        return super().look(pair)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(differ, "Looker", _Counted)
    monkeypatch.setattr(_Counted, "looks", [])
    return _Counted.looks


@pytest.fixture(scope="module")
def course() -> list[np.ndarray]:
    return [np.ascontiguousarray(picture) for picture in clips.shot(4, 90, SIZE)]


def test_while_nothing_differs_few_pairs_are_looked_at_closely(course: list[np.ndarray], looks: list[int]) -> None:
    found = differed(course, _patched(course, 0, 0))
    assert len(looks) < len(course) / 4
    assert found.frames.tolist() == list(range(90))
    assert found.colour.shape == found.wide.shape == found.detail.shape == (90,)
    assert found.wide.max() == 0
    assert len(found.spot_points) == 0


@pytest.mark.parametrize("first", [40, 41, 43, 46])
def test_a_change_is_found_at_its_frames_after_a_calm_course(
    course: list[np.ndarray], monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    changed = _patched(course, first, first + 25)
    sparse = differed(course, changed)
    monkeypatch.setattr(differ, "_PASSED", 0)
    dense = differed(course, changed)
    assert np.median(sparse.spot_first) == np.median(dense.spot_first) == pytest.approx(first, abs=1)
    assert np.median(sparse.spot_after) == np.median(dense.spot_after) == pytest.approx(first + 25, abs=1)
    assert len(sparse.spot_points) == pytest.approx(len(dense.spot_points), rel=0.1)


def test_what_flashes_up_between_two_looks_is_looked_at(course: list[np.ndarray], looks: list[int]) -> None:
    for flash in range(48, 56):
        looks.clear()
        differed(course, _patched(course, flash, flash + 1))
        assert {flash - 1, flash, flash + 1} <= set(looks)


def test_a_faint_change_is_found_at_its_frames_too(course: list[np.ndarray]) -> None:
    found = differed(course, _patched(course, 44, 80, 11))
    assert len(found.spot_points) > 20
    assert np.median(found.spot_first) == pytest.approx(44, abs=2)
    assert np.median(found.spot_after) == pytest.approx(80, abs=2)


def test_after_a_gap_pairs_are_looked_at_anew(course: list[np.ndarray], looks: list[int]) -> None:
    measured = Differ()
    for number in [*range(30), *range(60, 90)]:
        measured.add(number, course[number], course[number])
    assert {29, 60} <= set(looks)
    assert measured.finish().frames.tolist() == [*range(30), *range(60, 90)]


def test_a_grade_that_sets_in_is_seen_from_its_first_frame(course: list[np.ndarray]) -> None:
    graded = [picture if n < 45 else (picture * 0.8 + 20).astype(np.uint8) for n, picture in enumerate(course)]
    colour = differed(course, graded).colour
    assert colour[:42].max() < 1
    assert colour[48:].min() > 5


@pytest.mark.parametrize("first", [31, 44, 61])
def test_a_faint_grade_that_sets_in_is_told_by_few_looks(
    course: list[np.ndarray], looks: list[int], first: int
) -> None:
    graded = [picture if n < first else cv2.add(picture, (2, 2, 2, 0)) for n, picture in enumerate(course)]
    curve = differed(course, graded).curves
    lift = np.median(curve[:, 1] - curve[:, 0], axis=1)
    assert np.abs(lift[:first]).max() < 0.5
    assert lift[first:].min() > 1.5
    assert len(looks) < len(course) / 4
