"""PSNR of many frames: that of their mean error, as the summary of FFmpeg's `psnr` filter says it."""

from __future__ import annotations

from collections.abc import Sequence

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
