"""Planes of residuals with known spots in them."""

import numpy as np
import pytest

from vidstudio.engine.picture.residual import BLUE, GONE, LUMA, PLANES, STRUCTURE, UNIT
from vidstudio.engine.picture.spots import spots

FRAMES, ROWS, COLUMNS = 60, 60, 100
SPAN = slice(20, 50)
PATCH = (slice(24, 40), slice(30, 54))


def _planes(structure: float, luma: float) -> np.ndarray:
    """Noise all over, in parts of what stands out on its own."""
    random = np.random.default_rng(4)
    planes = np.zeros((FRAMES, PLANES, ROWS, COLUMNS), np.float32)
    planes[:, STRUCTURE] = np.abs(random.normal(0, structure, (FRAMES, ROWS, COLUMNS)))
    planes[:, LUMA] = random.normal(0, luma, (FRAMES, ROWS, COLUMNS))
    return planes


def _coded(planes: np.ndarray) -> np.ndarray:
    return np.clip(planes * UNIT, -127, 127).astype(np.int8)


def _box(planes: np.ndarray) -> tuple[int, int, int, int]:
    """First and last + 1 of rows and columns with something in them."""
    found, _ = spots(_coded(planes), 0, FRAMES)
    rows, columns = np.unique(found.points) // COLUMNS, np.unique(found.points) % COLUMNS
    return int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1


def _patch_is_found(planes: np.ndarray) -> None:
    found, wide = spots(_coded(planes), 0, FRAMES)
    rows, columns = np.unique(found.points) // COLUMNS, np.unique(found.points) % COLUMNS
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == pytest.approx((24, 40, 30, 54), abs=3)
    assert np.median(found.first) == pytest.approx(SPAN.start, abs=1)
    assert np.median(found.after) == pytest.approx(SPAN.stop, abs=1)
    assert found.level.max() > 32
    assert wide.max() < 0.12


def test_what_is_weak_at_each_point_is_found_where_all_points_around_agree() -> None:
    planes = _planes(0.1, 0.1)
    planes[SPAN, STRUCTURE, *PATCH] += 0.55
    _patch_is_found(planes)


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_as_much_in_a_large_part_of_the_picture_is_noise(share: float) -> None:
    planes = _planes(0.1, 0.1)
    planes[:, STRUCTURE, :, : round(share * COLUMNS)] += 0.4
    found, _ = spots(_coded(planes), 0, FRAMES)
    assert found.level.max(initial=0) <= 32


def test_detail_that_is_gone_in_one_place_is_found_there() -> None:
    planes = _planes(0.1, 0.1)
    planes[:, GONE] = np.random.default_rng(2).normal(0, 0.2, (FRAMES, ROWS, COLUMNS))
    planes[SPAN, GONE, *PATCH] += 1.4
    _patch_is_found(planes)


@pytest.mark.parametrize(("rows", "columns"), [(4, 4), (4, 40), (30, 4)])
def test_around_strokes_no_detail_is_gone(rows: int, columns: int) -> None:
    planes = _planes(0.1, 0.1)
    planes[:, GONE] = np.random.default_rng(2).normal(0, 0.2, (FRAMES, ROWS, COLUMNS))
    planes[SPAN, GONE, 18 : 22 + rows, 28 : 32 + columns] += 1.4
    planes[SPAN, STRUCTURE, 20 : 20 + rows, 30 : 30 + columns] = 3
    assert _box(planes) == pytest.approx((20, 20 + rows, 30, 30 + columns), abs=1)


def test_farther_from_strokes_than_an_area_reaches_detail_is_gone() -> None:
    planes = _planes(0.1, 0.1)
    planes[:, GONE] = np.random.default_rng(2).normal(0, 0.2, (FRAMES, ROWS, COLUMNS))
    planes[SPAN, GONE, 18:26, 28:42] += 1.4
    planes[SPAN, STRUCTURE, 20:24, 30:34] = 3
    assert _box(planes)[3] == 42


def test_around_what_is_plain_all_over_no_detail_is_gone() -> None:
    planes = _planes(0.1, 0.1)
    planes[:, GONE] = np.random.default_rng(2).normal(0, 0.2, (FRAMES, ROWS, COLUMNS))
    planes[SPAN, GONE, 20:44, 26:58] += 4
    planes[SPAN, LUMA, *PATCH] = 4
    assert _box(planes) == pytest.approx((24, 40, 30, 54), abs=1)
    # but where something blurred is plain at some strokes only, it is
    planes[SPAN, LUMA, *PATCH] = 0
    planes[SPAN, LUMA, 24:40, 34:38] = 4
    left, right = _box(planes)[2:]
    assert left <= 30
    assert right >= 54


@pytest.mark.parametrize("plane", [LUMA, BLUE])
def test_what_is_plain_is_no_larger_for_what_is_judged_over_several_points(plane: int) -> None:
    planes = _planes(0.1, 0.1)
    planes[SPAN, plane, *PATCH] = 5
    if plane == LUMA:
        planes[SPAN, STRUCTURE, 22:42, 28:56] = 1.3
    assert _box(planes) == (24, 40, 30, 54)


def test_narrow_detail_that_is_gone_is_found_where_nothing_else_is() -> None:
    planes = _planes(0.1, 0.1)
    planes[:, GONE] = np.random.default_rng(2).normal(0, 0.2, (FRAMES, ROWS, COLUMNS))
    planes[SPAN, GONE, 20:28, 30:36] += 1.4
    found, _ = spots(_coded(planes), 0, FRAMES)
    assert found.level.max(initial=0) > 32


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_detail_that_is_gone_in_a_large_part_of_the_picture_was_taken_by_coding(share: float) -> None:
    planes = _planes(0.1, 0.1)
    planes[:, GONE, :, : round(share * COLUMNS)] = 0.9
    found, _ = spots(_coded(planes), 0, FRAMES)
    assert found.level.max(initial=0) <= 32


def test_what_coding_leaves_of_it_after_a_change_is_no_part_of_a_run() -> None:
    planes = _planes(0.05, 0.05)
    planes[SPAN, LUMA, *PATCH] += 5
    planes[SPAN.stop :, LUMA, *PATCH] += 0.8
    _patch_is_found(planes)
