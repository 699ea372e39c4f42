"""What is left between pairs of thumbnails once brightness and contrast are taken out, with bounded memory."""

import tracemalloc

import numpy as np
import pytest

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals, residuals_of_most


def test_residuals_are_what_a_fit_of_gain_and_level_leaves() -> None:
    rng = np.random.default_rng(1)
    a = rng.integers(40, 200, (5, 28, 48), np.uint8)
    b = np.clip(np.rint(0.8 * a + 20 + rng.normal(0, 4, a.shape)), 0, 255).astype(np.uint8)
    numbers = np.arange(5)
    found = residuals(Seen(a, b, [], np.full(5, -1, np.int32)), numbers, numbers[::-1])
    for left, of_a, of_b in zip(found, a[::-1], b, strict=True):
        x, y = of_a.ravel().astype(float), of_b.ravel().astype(float)
        gain = np.clip(np.polyfit(x, y, 1)[0], 0.3, 3)
        rest = (y - y.mean()) - gain * (x - x.mean())
        assert left == pytest.approx(np.sqrt((rest**2).mean()), rel=1e-4)


def test_residuals_of_some_points_are_what_a_fit_to_them_leaves() -> None:
    rng = np.random.default_rng(1)
    a = rng.integers(40, 200, (5, 28, 48), np.uint8)
    b = np.clip(np.rint(0.8 * a + 20 + rng.normal(0, 4, a.shape)), 0, 255).astype(np.uint8)
    points = rng.random(a.shape) < 0.8
    b[~points] = 255
    numbers = np.arange(5)
    found = residuals(Seen(a, b, [], np.full(5, -1, np.int32)), numbers, numbers, of=points)
    for left, of_a, of_b, of in zip(found, a, b, points, strict=True):
        x, y = of_a[of].astype(float), of_b[of].astype(float)
        assert left == pytest.approx(np.sqrt(((y - np.polyval(np.polyfit(x, y, 1), x)) ** 2).mean()), rel=1e-4)


def test_what_lies_over_a_fifth_of_the_picture_is_no_part_of_most_of_it() -> None:
    """Also not through the brightness and contrast that are fitted."""
    rng = np.random.default_rng(1)
    a = rng.integers(40, 200, (5, 28, 48), np.uint8)
    b = np.clip(np.rint(0.8 * a + 20 + rng.normal(0, 4, a.shape)), 0, 255).astype(np.uint8)
    numbers = np.arange(5)
    plain = residuals_of_most(Seen(a, b, [], np.full(5, -1, np.int32)), numbers, numbers)
    b[:, 20:26] = 255
    over = residuals_of_most(Seen(a, b, [], np.full(5, -1, np.int32)), numbers, numbers)
    kept = rng.normal(0, 4, 100_000)
    for found, share in ((plain, 0.75), (over, 0.75 / (22 / 28))):
        nearest = kept[np.abs(kept) <= np.quantile(np.abs(kept), share)]
        assert found == pytest.approx(nearest.std(), rel=0.06)


def test_residuals_of_many_frames_take_no_more_memory_than_of_some() -> None:
    thumbs = np.random.default_rng(2).integers(0, 256, (8_000, 28, 48), np.uint8)
    numbers = np.arange(len(thumbs))
    seen = Seen(thumbs, thumbs, [], np.full(len(thumbs), -1, np.int32))
    tracemalloc.start()
    try:
        assert np.allclose(residuals(seen, numbers, numbers), 0, atol=0.01)
        assert tracemalloc.get_traced_memory()[1] < 30e6  # all at once: 170 MB
    finally:
        tracemalloc.stop()
