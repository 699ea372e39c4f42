"""One pair of pictures after the other: A laid on B and given its grade, so that what is left is what changed."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture import grade, registration, residual

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_POINTS = 160 * 90
_TONES_ALIKE, _PLACE_ALIKE, _DETAIL_ALIKE = 1.0, 2e-3, 0.15
_GRADED = 1.0
_NEARLY = 4e-3
"""So near its place A may be taken as it lies: a third of a point of the grid, at its edges."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Frame `number` of B and its counterpart, RGB: `half` about twice as large as the grid, `small` as large.

    width: of the pictures they were made of, in their pixels.
    """

    number: int
    width: int
    half_a: Bytes
    half_b: Bytes
    small_a: Bytes
    small_b: Bytes

    @classmethod
    def of(cls, number: int, a: Bytes, b: Bytes) -> Pair:
        """Of pictures (height, width, 3) of one size."""
        half_a, half_b = (_shrunk(one) for one in (a, b))
        return cls(number, a.shape[1], half_a, half_b, _halved(half_a), _halved(half_b))

    @property
    def grid(self) -> tuple[int, int]:
        """Points across and down."""
        return self.small_b.shape[1], self.small_b.shape[0]

    def level(self) -> float:
        """Mean luma of A's picture, 0..255."""
        import cv2

        return float(cv2.mean(cv2.cvtColor(self.small_a, cv2.COLOR_RGB2GRAY))[0])


@dataclass(frozen=True, slots=True)
class Shown:
    """What A has to become to look like B. detail: how much of A's structure B still has.

    place, flip: as of `registration.Tracker`.
    """

    tones: grade.Tones
    place: Floats
    flip: int
    detail: float

    def like(self, other: Shown) -> bool:
        """Whether grade, place and detail are the other's."""
        if self.flip != other.flip or abs(self.detail - other.detail) > _DETAIL_ALIKE:
            return False
        if float(np.abs(self.place - other.place).max()) > _PLACE_ALIKE:
            return False
        mine, its = (np.diff(one.tones.curve, axis=0) for one in (self, other))
        return float(np.abs(mine - its).max()) < _TONES_ALIKE and abs(self.tones.moved - other.tones.moved) < _GRADED


class Looker:
    """Fits place and grade of pairs that follow one another; each fit starts where the last ended.

    scale: how many pixels of the videos go across one of the pictures'. usual: as of `registration.Tracker`.
    """

    def __init__(self, scale: float, usual: Floats = registration.IDENTITY) -> None:
        self._scale = scale
        self._grader = grade.Grader()
        self._tracker = registration.Tracker(usual)

    def copy(self) -> Looker:
        """One that goes on from the same place."""
        result = copy.copy(self)
        result._grader, result._tracker = copy.copy(self._grader), copy.copy(self._tracker)
        return result

    def look(self, pair: Pair) -> tuple[residual.Look, Shown]:
        """Look at a pair closely: what its residual is made of, and what is kept of it."""
        import cv2

        half_a, small_a, small_b = pair.half_a, pair.small_a, pair.small_b
        luma_a, luma_b = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (small_a, small_b))
        if self._grader.fitted:
            luma_a = cv2.LUT(luma_a, self._grader.luma_table())
        self._tracker.follow(luma_a.astype(np.float32), luma_b.astype(np.float32))
        laid = self._tracker.lay(half_a)
        if laid is not half_a:
            half_a, small_a = laid, _halved(laid)
        graded, tones = self._grader.graded(small_a, small_b)
        fine_a = residual.fine_of(cv2.LUT(cv2.cvtColor(half_a, cv2.COLOR_RGB2GRAY), self._grader.luma_table()))
        fine_b = residual.fine_of(cv2.cvtColor(pair.half_b, cv2.COLOR_RGB2GRAY))
        plain, graded, small_b = (cv2.cvtColor(one, cv2.COLOR_RGB2YCrCb) for one in (small_a, graded, small_b))
        graded = residual.bleached(plain, graded, small_b)
        slack = residual.slack_of(plain, graded)
        look = residual.look(pair.number, graded, small_b, slack, fine_a, fine_b, self._rim(pair.grid))
        place = self._tracker.place if self._tracker.sure else self._tracker.usual
        return look, Shown(tones, place, self._tracker.flip, residual.kept(look, self._pixels(pair)))

    def apart(self, pair: Pair, tones: grade.Tones) -> float:
        """How far the pair is apart at most, in levels over 3 x 3 points, with the latest place and grade."""
        import cv2

        laid = self._tracker.lay(pair.half_a, _NEARLY)
        small = pair.small_a if laid is pair.half_a else _halved(laid)
        if tones.moved > _GRADED:
            small = self._grader.applied(small)
        return float(cv2.blur(cv2.absdiff(small, pair.small_b), (3, 3)).max())

    def _rim(self, grid: tuple[int, int]) -> int:
        """Points at the edges that A and B do not share, and the one beside them."""
        across = registration.reach(self._tracker.place) * max(grid) / 2
        return min(1 + math.ceil(across), min(grid) // 6)

    def _pixels(self, pair: Pair) -> float:
        """Pixels of the videos across one point of the grid."""
        return self._scale * pair.width / pair.grid[0]


def _shrunk(picture: Bytes) -> Bytes:
    """The picture with about four times as many pixels as the grid has points, an even number each way."""
    import cv2

    height, width = picture.shape[:2]
    by = max(1, round((width * height / (4 * _POINTS)) ** 0.5))
    # by whole pixels is several times faster; what is left over at the edges is repeated
    right, down = -width % (2 * by), -height % (2 * by)
    if right or down:
        picture = cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE)
        height, width = picture.shape[:2]
    if by == 1:
        return picture
    return np.asarray(cv2.resize(picture, (width // by, height // by), interpolation=cv2.INTER_AREA), np.uint8)


def _halved(picture: Bytes) -> Bytes:
    import cv2

    size = (picture.shape[1] // 2, picture.shape[0] // 2)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
