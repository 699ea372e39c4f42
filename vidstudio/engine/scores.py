"""Scores of many frames or pieces in one. A PSNR is that of the mean error, as FFmpeg's summary says it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

PSNR_TOP = 100.0
"""What a measured pair of equal pictures has, in dB; FFmpeg says "inf" of it."""


def mean_psnr(
    values: NDArray[np.floating] | Sequence[float], weights: NDArray[np.floating] | Sequence[float] | None = None
) -> float:
    """The PSNR in dB of the mean of the squared errors that `values` (N,) stand for, N > 0; inf where there is none.

    Values from PSNR_TOP on stand for equal pictures. weights: how much each counts; all the same without.
    """
    each = np.asarray(values, np.float64)
    errors = np.where(each >= PSNR_TOP, 0.0, 10.0 ** (-np.minimum(each, PSNR_TOP) / 10))
    mean = float(np.average(errors, weights=None if weights is None else np.asarray(weights, np.float64)))
    return -10 * float(np.log10(mean)) if mean > 0 else float("inf")


def plain_mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """The weighted mean of N > 0 values."""
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def mean_of_known(
    values: Sequence[float | None],
    weights: Sequence[int],
    mean: Callable[[Sequence[float], Sequence[float]], float] = plain_mean,
) -> float | None:
    """The `mean` of those that are not None, or None; each counts for something, whatever its weight."""
    known = [(value, max(1, weight)) for value, weight in zip(values, weights, strict=True) if value is not None]
    if not known:
        return None
    if len({value for value, _ in known}) == 1:
        return known[0][0]  # exactly: a mean of equal numbers is not always one of them
    return mean([value for value, _ in known], [weight for _, weight in known])
