"""Stretches of flags that are set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def stretches_of(flags: Bools) -> list[tuple[int, int]]:
    """First and one past the last of each stretch of flags (N,) that are set, in order."""
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def leading(flags: Bools) -> int:
    """How many are set before the first that is not."""
    return len(flags) if flags.all() else int(np.argmin(flags))
