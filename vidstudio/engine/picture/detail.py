"""Where more detail is gone than coding takes elsewhere from what is as rich: blurred, a mosaic, painted over.

Coding takes detail from all parts of a picture alike, and more of what is weak. What an editor hides loses it
whatever its strength, and all of it within one area, so a loss that is small at each point is plain over many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_BAND = 5
"""Detail is what is finer than so many points: coarse enough to outlast coding, and a resize."""
_FAINT = 4.0
_RICHNESS = np.array([2.5, 4, 6.5, 10, 16, 26], np.float32)
"""Classes of areas, by the root mean square of their detail, in levels; below the first it is not told from noise."""
_MIDDLES = np.array([3.2, 5.2, 8, 12.5, 20, 32], np.float32)
_LEAST_AREAS = 20
_LEAST_SPREAD = 0.05
_LEAST_KEPT = 0.3
"""Where coding takes more than the rest of all detail as rich, what one place lost is not told from that."""
_SIZE_SAYS = 2.0
"""A mosaic has structure of its own: of size it loses less than of what follows A."""
_STEPS = 4
"""Of richness in each level, in tables."""
_AROUND = np.array([0.5, 1, 1, 1, 0.5], np.float32) / 4
_OWN = 2.0
"""Half as rich as its area, a point fully belongs to it."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Detail of A with B's grade and of B: float32 (rows, columns) in levels, and how rich areas are in it.

    Areas are 8 x 8 points around every second point each way: (rows // 2, columns // 2), root mean squares.
    """

    a: Floats
    b: Floats
    a_rich: Floats
    b_rich: Floats


def detail_of(a: Bytes, b: Bytes, rim: int) -> Detail:
    """Of luma pictures (rows, columns). rim: points at each edge where one may show what the other cuts off."""
    fine_a, fine_b = _fine(a, rim), _fine(b, rim)
    return Detail(fine_a, fine_b, np.sqrt(_area(fine_a * fine_a)), np.sqrt(_area(fine_b * fine_b)))


def gone(around: Sequence[Detail], now: Detail, rim: int) -> Floats:
    """How much less of A's detail B has in each area than areas as rich, in their usual spreads: (rows // 2, ...).

    0: as much as usual, or it cannot be told. around: the moment and its neighbours, each may be the right one.
    rim: points at each edge that have no say.
    """
    together = [_area(one.a * now.b) / (one.a_rich * one.a_rich + np.float32(_FAINT)) for one in around]
    follows = np.asarray(np.maximum.reduce(together), np.float32)
    # where A lies a little beside B it no longer follows, but is as large
    size = np.asarray(now.b_rich / np.maximum(now.a_rich, np.float32(1)), np.float32)
    edge = rim // 2 + 1
    classes = _classes(now.a_rich[edge:-edge, edge:-edge])
    beyond = [_beyond(kept, now.a_rich, edge, classes) for kept in (follows, size)]
    # what is flat itself lost nothing: it only lies beside what did
    own = np.sqrt(_cells(now.a * now.a)) * np.float32(_OWN) / np.maximum(now.a_rich, np.float32(1))
    most = np.minimum(beyond[0], np.float32(_SIZE_SAYS) * beyond[1])
    return np.asarray(most * np.minimum(own, np.float32(1)), np.float32)


def _area(values: Floats) -> Floats:
    """Mean of values (rows, columns) over 8 x 8 points around every 2 x 2, in their middle."""
    import cv2

    return np.asarray(cv2.sepFilter2D(_cells(values), cv2.CV_32F, _AROUND, _AROUND), np.float32)


def _cells(values: Floats) -> Floats:
    import cv2

    size = (max(1, values.shape[1] // 2), max(1, values.shape[0] // 2))
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _fine(luma: Bytes, rim: int) -> Floats:
    import cv2

    picture = luma.astype(np.float32)
    rim += _BAND // 2 + 1
    inner = (slice(rim, -rim), slice(rim, -rim))
    result = np.zeros_like(picture)
    np.subtract(picture[inner], cv2.blur(picture, (_BAND, _BAND))[inner], out=result[inner])
    return result


def _classes(rich: Floats) -> list[NDArray[np.int64]]:
    """Every second area of each class of richness, from poor to rich."""
    which = np.searchsorted(_RICHNESS, rich[:, ::2].ravel(), side="right") - 1
    return [np.flatnonzero(which == i) for i in range(len(_RICHNESS))]


def _beyond(kept: Floats, rich: Floats, edge: int, classes: list[NDArray[np.int64]]) -> Floats:
    """By how many spreads each area keeps less than areas as rich usually do."""
    import cv2

    usual, spread = _usual(kept[edge:-edge, edge:-edge][:, ::2].ravel(), classes)
    levels = np.arange(256) / _STEPS
    at = np.interp(levels, _MIDDLES, usual)
    told = (levels >= _RICHNESS[0]) & (at >= _LEAST_KEPT)
    scale = np.where(told, 1 / np.interp(levels, _MIDDLES, spread), 0)
    index = np.minimum(rich * np.float32(_STEPS), 255).astype(np.uint8)
    at_each, scale_each = (cv2.LUT(index, table.astype(np.float32)) for table in (at, scale))
    return np.asarray((at_each - kept) * scale_each, np.float32)


def _usual(kept: Floats, classes: list[NDArray[np.int64]]) -> tuple[list[float], list[float]]:
    """What half of the areas of each class keep, and how far below most stay; richer ones lose no more than poorer."""
    usual, spread = [], []
    most, least = 0.0, 1.0
    for inside in classes:
        if len(inside) >= _LEAST_AREAS:
            low, middle = int(0.15 * len(inside)), len(inside) // 2
            some = np.partition(kept[inside], (low, middle))
            most = max(most, float(some[middle]))
            least = min(least, max(_LEAST_SPREAD, float(some[middle] - some[low])))
        usual.append(most)
        spread.append(least)
    return usual, spread
