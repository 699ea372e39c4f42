"""Flags and codes of frames in a row: stretches that are set, short gaps closed, short stretches left out."""

from __future__ import annotations

import itertools

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


def lasting(flags: Bools, gap: int, least: int) -> Bools:
    """Flags with short gaps closed, then without what is shorter than `least`."""
    result = flags.copy()
    for low, high in stretches_of(~result):
        if low > 0 and high < len(result) and high - low <= gap:
            result[low:high] = True
    for low, high in stretches_of(result):
        if high - low < min(least, len(result)):
            result[low:high] = False
    return result


def around(sure: Bools, likely: Bools) -> Bools:
    """What is sure (N,), and the stretches of what is likely that hold or touch some of it."""
    result = sure.copy()
    for low, high in stretches_of(likely | sure):
        if sure[low:high].any():
            result[low:high] = True
    return result


def without_slivers(code: NDArray[np.int64], least: int) -> NDArray[np.int64]:
    """Codes (N,) without stretches of fewer than `least` frames; those take their neighbour's."""
    result = code.copy()
    edges = [0, *(np.flatnonzero(np.diff(code)) + 1).tolist(), len(code)]
    for low, high in itertools.pairwise(edges):
        if high - low < least and len(code) > least:
            result[low:high] = result[low - 1] if low else code[min(high, len(code) - 1)]
    return result
