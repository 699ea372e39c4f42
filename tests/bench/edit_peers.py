"""Simpler ways of mapping one version on another, each with the threshold that suits the pair best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vidstudio.engine.alignment.appearance import descriptors

THRESHOLDS = np.linspace(0.0, 1.2, 25)


def oracles(pair, score: Callable[[np.ndarray], float]) -> dict[str, np.ndarray]:
    """Frame maps by name: the best of all thresholds by `score`, which knows the truth."""
    near = _distances(pair)
    natural = np.searchsorted(pair.a.starts_us, pair.b.starts_us + 1, side="right") - 1
    natural = np.where(pair.b.starts_us < pair.a.duration_us, natural, -1)
    result = {}
    for name, shown in (("index by index", natural), ("DTW", _warped(near))):
        apart = np.where(shown >= 0, near[np.arange(len(near)), np.maximum(shown, 0)], 9)
        maps = [np.where(apart <= limit, shown, -1) for limit in THRESHOLDS]
        result[name] = max(maps, key=score)
    return result


def _distances(pair) -> np.ndarray:
    """1 - cosine of the descriptors (frames of B, frames of A)."""
    a, b = descriptors.features(pair.a.thumbs), descriptors.features(pair.b.thumbs)
    mean = descriptors.common_mean(a, b)
    return 1 - descriptors.center(b, mean) @ descriptors.center(a, mean).T


def _warped(near: np.ndarray) -> np.ndarray:
    """Dynamic time warping from the first frames to the last; of several frames of A the one most alike."""
    height, width = near.shape
    total = np.full((height + 1, width + 1), np.inf)
    total[0, 0] = 0
    for diagonal in range(height + width - 1):
        row = np.arange(max(0, diagonal - width + 1), min(height, diagonal + 1))
        column = diagonal - row
        total[row + 1, column + 1] = near[row, column] + np.minimum(
            np.minimum(total[row, column], total[row, column + 1]), total[row + 1, column]
        )
    row, column = height, width
    best = np.full(height, -1)
    value = np.full(height, np.inf)
    while row > 0 and column > 0:
        if near[row - 1, column - 1] < value[row - 1]:
            value[row - 1], best[row - 1] = near[row - 1, column - 1], column - 1
        ways = ((row - 1, column - 1), (row - 1, column), (row, column - 1))
        row, column = min(ways, key=lambda at: total[at])
    return best
