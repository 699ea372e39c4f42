"""The median where it is taken of every frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def median(values: NDArray[np.float32]) -> float:
    """The upper of the two in the middle, 0 of nothing; several times faster than numpy's."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2]) if len(values) else 0.0
