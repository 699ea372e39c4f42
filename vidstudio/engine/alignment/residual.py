"""Where two pictures of one moment differ beyond grade, coding noise, and a point's or a frame's misplacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Signed = NDArray[np.int8]
Floats = NDArray[np.float32]

LUMA, BLUE, RED, STRUCTURE = range(4)
"""Planes of a residual: B above (+) or below (-) what A allows in luma and chroma; structure that is not A's."""
UNIT = 24
"""What stands in a plane where a difference is just beyond what noise explains, over some frames."""

_MIDDLE = 128
_FLAT = 5.0
_RICH = 5.0
_BINS = np.array([0, 8, 12, 18, 28, 44], np.float32)
_LEAST_BIN = 40
_STRIDE = 3
_GRADE_SHARE = 0.15
_LUMA, _CHROMA, _STRUCTURE = 6.0, 6.0, 0.44
_MOST_NOISE = 6.0
_NOISE_SHARE = 0.85
_CLASSES = np.array([6, 14, 30], np.float32)


@dataclass(frozen=True, slots=True)
class Look:
    """One moment as it is compared: A with B's grade, and B.

    a, b: uint8 (rows, columns, 3) YCbCr. slack: uint8, how far the grade may be off at each point.
    a_fine, b_fine: uint8 (2 rows, 2 columns), what is finer than five of its points, around 128.
    """

    number: int
    a: Bytes
    b: Bytes
    slack: Bytes
    a_fine: Bytes
    b_fine: Bytes


def fine_of(luma: Bytes) -> Bytes:
    """What of a luma picture is finer than five of its points, around 128."""
    import cv2

    return np.asarray(cv2.addWeighted(luma, 1, cv2.blur(luma, (5, 5)), -1, _MIDDLE), np.uint8)


def slack_of(plain: Bytes, graded: Bytes) -> Bytes:
    """How far a grade may be off where it moves a point from `plain` to `graded`, both (rows, columns, 3)."""
    import cv2

    apart = cv2.absdiff(plain, graded)
    return np.asarray(cv2.addWeighted(apart, _GRADE_SHARE, apart, 0, 0), np.uint8)


def residual(before: Look | None, now: Look, after: Look | None) -> Signed:
    """Planes int8 (4, rows, columns) of one moment, given its neighbours in B where they follow it."""
    import cv2

    around = [look for look in (before, now, after) if look is not None]
    a_low, a_high = _range([look.a for look in around])
    b_low, b_high = _range([look.b for look in around])
    above = cv2.max(cv2.subtract(now.b, a_high), cv2.subtract(b_low, now.a))
    below = cv2.max(cv2.subtract(a_low, now.b), cv2.subtract(now.a, b_high))
    above, below = cv2.subtract(above, now.slack), cv2.subtract(below, now.slack)
    planes = np.zeros((4, *now.a.shape[:2]), np.int8)
    apart = cv2.subtract(above, below, dtype=cv2.CV_16S).transpose(2, 0, 1)
    own, other = _structure([look.a_fine for look in around], now)
    inner = (slice(None), slice(1, -1), slice(1, -1))
    scaled = np.empty(planes.shape, np.float32)
    scaled[LUMA] = apart[LUMA] / (_LUMA * _luma_noise(np.abs(apart[LUMA]), own))
    scaled[BLUE:STRUCTURE] = apart[BLUE:] / (_CHROMA * _noise(np.abs(apart[BLUE:]).max(axis=0), _CHROMA))
    scaled[STRUCTURE] = other / (_STRUCTURE * _noise(other, _STRUCTURE, np.inf))
    # at the edge of the picture one may show what the other cuts off
    planes[inner] = np.clip(scaled[inner] * UNIT, -127, 127)
    return planes


def _noise(size: NDArray[np.generic], unit: float, most: float = _MOST_NOISE) -> float:
    """By how much noise makes a difference harder to see (1: not), judged by most points of the picture."""
    some = size[1::_STRIDE, 1::_STRIDE].ravel()
    at = int(_NOISE_SHARE * len(some))
    return max(1.0, 0.5 + 3 * min(most, float(np.partition(some, at)[at])) / unit)


def _luma_noise(size: NDArray[np.int16], own: Floats) -> Floats:
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
    at_each = np.interp(own.ravel(), [0, 10, 22, 40], levels).reshape(own.shape)
    result: Floats = np.maximum(1, 0.5 + 3 * at_each / _LUMA).astype(np.float32)
    return result


def _range(pictures: list[Bytes]) -> tuple[Bytes, Bytes]:
    """Least and greatest value half a point around each point, in any of the pictures."""
    import cv2

    box = np.ones((3, 3), np.uint8)
    low = high = None
    for picture in pictures:
        least = cv2.addWeighted(picture, 0.5, cv2.erode(picture, box), 0.5, 0)
        most = cv2.addWeighted(picture, 0.5, cv2.dilate(picture, box), 0.5, 0)
        low = least if low is None else cv2.min(low, least)
        high = most if high is None else cv2.max(high, most)
    assert low is not None
    assert high is not None
    return np.asarray(low, np.uint8), np.asarray(high, np.uint8)


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
    at = np.interp(own.ravel(), _BINS, usual).reshape(own.shape).astype(np.float32)
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


def kept(a: Bytes, b: Bytes) -> float:
    """How much of A's finest structure, where it is strongest, B has too; 1 where A has none to lose."""
    import cv2

    a_size, b_size = (cv2.absdiff(one, _MIDDLE) for one in (a, b))
    strong = np.partition(a_size[1::5, ::5].ravel(), -max(1, a_size.size // 500))[-max(1, a_size.size // 500)]
    if strong < 2 * _RICH:
        return 1.0
    at = a_size >= strong
    return float(cv2.mean(b_size, at.astype(np.uint8))[0] / cv2.mean(a_size, at.astype(np.uint8))[0])
