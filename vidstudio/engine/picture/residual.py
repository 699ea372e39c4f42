"""Where two pictures of one moment differ beyond grade, coding noise, and a point's or a frame's misplacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture import detail
from vidstudio.engine.picture.grade import spread_out

Bytes = NDArray[np.uint8]
Signed = NDArray[np.int8]
Floats = NDArray[np.float32]

LUMA, RED, BLUE, STRUCTURE, GONE = range(5)
"""Planes of a residual: B above (+) or below (-) what A allows in luma and chroma; structure that is not A's; detail
that is gone (+), or more than is usual (-)."""
PLANES = 5
UNIT = 24
"""What stands in a plane where a difference is just beyond what noise explains, over some frames."""

_MIDDLE = 128
_FLAT = 5.0
_RICH = 5.0
_BINS = np.array([0, 8, 12, 18, 28, 44], np.float32)
_LEAST_BIN = 40
_STRIDE = 3
_GRADE_SHARE = 0.25
_LUMA, _CHROMA, _STRUCTURE, _GONE = 6.0, 6.0, 0.44, 4.0
_MOST_NOISE = 6.0
_NOISE_SHARE = 0.85
_WEAK_FINE, _STRONG_FINE = (3, 6), 12
_LEAST_FINE = 60
_LEAST_PIXELS = 3
_WELL_CODED, _EVENLY, _COARSE = 0.4, 1.15, 1.4
_COLOURED, _GREY = 10, 3
_LEAST_COLOURED, _STILL_COLOURED = 0.05, 0.2
_TINTED, _TINTED_PARTS = 5, 6
_CLASSES = np.array([6, 14, 30], np.float32)


@dataclass(frozen=True, slots=True)
class Look:
    """One moment as it is compared: A with B's grade, and B.

    a, b: uint8 (rows, columns, 3) YCrCb; with the least and greatest value half a point around each point.
    slack: uint8, how far the grade may be off at each point. a_fine, b_fine: see `fine_of`. detail: coarser than
    those. rim: points at each edge of the picture where one may show what the other cuts off.
    """

    number: int
    a: Bytes
    b: Bytes
    a_range: tuple[Bytes, Bytes]
    b_range: tuple[Bytes, Bytes]
    slack: Bytes
    a_fine: Bytes
    b_fine: Bytes
    detail: detail.Detail
    rim: int


def look(number: int, a: Bytes, b: Bytes, slack: Bytes, a_fine: Bytes, b_fine: Bytes, rim: int) -> Look:
    """The moment of frame `number`; pictures (rows, columns, 3) YCrCb, fine ones twice as large."""
    coarser = detail.detail_of(a[:, :, 0], b[:, :, 0], rim)
    return Look(number, a, b, _range(a), _range(b), slack, a_fine, b_fine, coarser, rim)


def fine_of(luma: Bytes) -> Bytes:
    """What of a luma picture is finer than five of its points, around 128."""
    import cv2

    return np.asarray(cv2.addWeighted(luma, 1, cv2.blur(luma, (5, 5)), -1, _MIDDLE), np.uint8)


def slack_of(plain: Bytes, graded: Bytes) -> Bytes:
    """How far a grade may be off where it moves a point from `plain` to `graded`, both (rows, columns, 3)."""
    import cv2

    apart = cv2.absdiff(plain, graded)
    return np.asarray(cv2.addWeighted(apart, _GRADE_SHARE, apart, 0, 0), np.uint8)


def bleached(plain: Bytes, graded: Bytes, b: Bytes) -> Bytes:
    """A with B's grade, without colours where B is black and white; all YCrCb.

    A few coloured things have no say in a fit, and would seem to have changed on their own.
    """
    of_a, of_b = (_colour_of(x[1::_STRIDE, 1::_STRIDE]) for x in (plain, b))
    coloured = of_a > _COLOURED
    several = coloured.mean() >= _LEAST_COLOURED or spread_out(np.flatnonzero(coloured), coloured.shape)
    # where only few are strong, a tint that was wider than any one thing says as much
    tinted = coloured if several else of_a > _TINTED
    if not coloured.any() or not (several or spread_out(np.flatnonzero(tinted), tinted.shape, _TINTED_PARTS)):
        return graded
    if any((of_b[some] > _GREY).mean() > _STILL_COLOURED for some in (coloured, tinted)):
        return graded
    result = graded.copy()
    result[:, :, 1:] = _MIDDLE
    return result


def _colour_of(picture: Bytes) -> Bytes:
    """How far from grey each point of a YCrCb picture is."""
    import cv2

    _, red, blue = cv2.split(np.ascontiguousarray(picture))
    return np.asarray(cv2.max(cv2.absdiff(red, _MIDDLE), cv2.absdiff(blue, _MIDDLE)), np.uint8)


def residual(before: Look | None, now: Look, after: Look | None) -> Signed:
    """Planes int8 (5, rows, columns) of one moment, given its neighbours in B where they follow it."""
    import cv2

    around = [one for one in (before, now, after) if one is not None]
    a_low, a_high = _widest([one.a_range for one in around])
    b_low, b_high = _widest([one.b_range for one in around])
    above = cv2.max(cv2.subtract(now.b, a_high), cv2.subtract(b_low, now.a))
    below = cv2.max(cv2.subtract(a_low, now.b), cv2.subtract(now.a, b_high))
    above, below = cv2.subtract(above, now.slack), cv2.subtract(below, now.slack)
    planes = np.zeros((PLANES, *now.a.shape[:2]), np.int8)
    luma, red, blue = (one.astype(np.float32) for one in cv2.split(cv2.subtract(above, below, dtype=cv2.CV_16S)))
    own, other = _structure([one.a_fine for one in around], now)
    inner = (slice(None), slice(now.rim, -now.rim), slice(now.rim, -now.rim))
    scaled = np.empty(planes.shape, np.float32)
    scaled[LUMA] = luma * (np.float32(UNIT) / (np.float32(_LUMA) * _luma_noise(np.abs(luma), own)))
    colour = np.float32(UNIT / (_CHROMA * _noise(np.maximum(np.abs(red), np.abs(blue)), _CHROMA)))
    scaled[RED], scaled[BLUE] = red * colour, blue * colour
    scaled[STRUCTURE] = other * np.float32(UNIT / (_STRUCTURE * _noise(other, _STRUCTURE, np.inf)))
    scaled[GONE] = _gone(around, now)
    planes[inner] = np.clip(scaled[inner], -127, 127)
    return planes


def _gone(around: list[Look], now: Look) -> Floats:
    """What detail is gone around each point, in the unit of planes."""
    import cv2

    areas = detail.gone([one.detail for one in around], now.detail, now.rim) * np.float32(UNIT / _GONE)
    size = (now.a.shape[1], now.a.shape[0])
    return np.asarray(cv2.resize(areas, size, interpolation=cv2.INTER_NEAREST), np.float32)


def _noise(size: Floats, unit: float, most: float = _MOST_NOISE) -> float:
    """By how much noise makes a difference harder to see (1: not), judged by most points of the picture."""
    some = size[1::_STRIDE, 1::_STRIDE].ravel()
    at = int(_NOISE_SHARE * len(some))
    return max(1.0, 0.5 + 3 * min(most, float(np.partition(some, at)[at])) / unit)


def _luma_noise(size: Floats, own: Floats) -> Floats:
    """The same for each point: rich ones are coded worse than flat ones."""
    some, rich = size[1::_STRIDE, 1::_STRIDE].ravel(), own[1::_STRIDE, 1::_STRIDE].ravel()
    every = float(np.partition(some, int(_NOISE_SHARE * len(some)))[int(_NOISE_SHARE * len(some))])
    which = np.searchsorted(_CLASSES, rich)
    levels = np.full(len(_CLASSES) + 1, every, np.float32)
    for i in range(len(levels)):
        inside = some[which == i]
        if len(inside) >= _LEAST_BIN:
            at = int(_NOISE_SHARE * len(inside))
            levels[i] = min(float(np.partition(inside, at)[at]), 1.5 * every + 1)
    levels = np.minimum(np.maximum.accumulate(levels), _MOST_NOISE)
    table = np.maximum(1, 0.5 + 3 * np.interp(np.arange(256), [0, 10, 22, 40], levels) / _LUMA)
    return _looked_up(own, table)


def _looked_up(own: Floats, table: NDArray[np.float64]) -> Floats:
    """The entry of a table (256,) for each value."""
    import cv2

    return np.asarray(cv2.LUT(own.astype(np.uint8), table.astype(np.float32)), np.float32)


def _range(picture: Bytes) -> tuple[Bytes, Bytes]:
    """Least and greatest value half a point around each point."""
    import cv2

    box = np.ones((3, 3), np.uint8)
    low = cv2.addWeighted(picture, 0.5, cv2.erode(picture, box), 0.5, 0)
    high = cv2.addWeighted(picture, 0.5, cv2.dilate(picture, box), 0.5, 0)
    return np.asarray(low, np.uint8), np.asarray(high, np.uint8)


def _widest(ranges: list[tuple[Bytes, Bytes]]) -> tuple[Bytes, Bytes]:
    low, high = ranges[0]
    for lower, higher in ranges[1:]:
        low, high = np.minimum(low, lower), np.maximum(high, higher)
    return low, high


def _structure(candidates: list[Bytes], now: Look) -> tuple[Floats, Floats]:
    """How much structure each point has, and which share is not A's beyond what points as rich lose to coding."""
    import cv2

    grid = (now.a.shape[1], now.a.shape[0])
    own = _mean(cv2.absdiff(now.a_fine, _MIDDLE), grid) + _mean(cv2.absdiff(now.b_fine, _MIDDLE), grid)
    apart = _mean(cv2.absdiff(candidates[0], now.b_fine), grid)
    for other in candidates[1:]:
        apart = cv2.min(apart, _mean(cv2.absdiff(other, now.b_fine), grid))
    ratio = apart / (own + np.float32(_FLAT))
    usual = _usual(own[::_STRIDE, 1::_STRIDE].ravel(), ratio[::_STRIDE, 1::_STRIDE].ravel())
    at = _looked_up(own, np.interp(np.arange(256), _BINS, usual))
    beyond = (ratio - at) / (np.float32(1.1) - at)
    beyond[own < _RICH] = 0
    return own, np.maximum(beyond, 0)


def _mean(fine: Bytes, grid: tuple[int, int]) -> Floats:
    """Mean over 3 x 3 points of the grid around each."""
    import cv2

    small = cv2.resize(fine, grid, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.blur(small.astype(np.float32), (3, 3)), np.float32)


def _usual(own: Floats, ratio: Floats) -> Floats:
    """The share that most points lose, by how rich they are; richer ones lose no more than poorer ones."""
    which = np.searchsorted(_BINS, own, side="right") - 1
    usual = np.zeros(len(_BINS), np.float32)
    last = 0.95
    for i in range(len(_BINS)):
        inside = ratio[which == i]
        if len(inside) >= _LEAST_BIN:
            at = int(0.7 * len(inside))
            last = min(last, float(np.partition(inside, at)[at]))
        usual[i] = last
    return usual


def kept(now: Look, pixels: float) -> float:
    """How much of A's structure B still has; 1 where A has none to lose. pixels: across one point of the grid.

    Coarse coding loses weak structure first and spares what is coarser; a mosaic takes more of the strong.
    """
    if pixels < _LEAST_PIXELS:
        return 1.0  # so small a picture has nothing but what coding takes
    fine_a, fine_b = now.a_fine[::2, ::2], now.b_fine[::2, ::2]
    weak, strong = _follows(fine_a, fine_b), _size_kept(fine_a, fine_b)
    if weak is not None and strong is not None and weak > max(_WELL_CODED, _EVENLY * strong):
        return strong
    coarse = _size_kept(fine_of(now.a[:, :, 0]), fine_of(now.b[:, :, 0]))
    return 1.0 if coarse is None else min(1.0, _COARSE * coarse)


def _follows(a: Bytes, b: Bytes) -> float | None:
    """By how much B follows A where A's structure is weak: 1 fully, 0 not at all; None where there is none."""
    x = a.ravel().astype(np.float32) - np.float32(_MIDDLE)
    at = np.flatnonzero((np.abs(x) >= _WEAK_FINE[0]) & (np.abs(x) < _WEAK_FINE[1]))
    if len(at) < _LEAST_FINE:
        return None
    x = x[at]
    return float(x @ (b.ravel()[at].astype(np.float32) - np.float32(_MIDDLE)) / (x @ x))


def _size_kept(a: Bytes, b: Bytes) -> float | None:
    """How large B's structure is where A's is strong, even if a frame beside the right one is looked at."""
    x, y = (np.abs(one.ravel().astype(np.int16) - _MIDDLE) for one in (a, b))
    at = np.flatnonzero(x >= _STRONG_FINE)
    return float(y[at].mean() / x[at].mean()) if len(at) >= _LEAST_FINE else None
