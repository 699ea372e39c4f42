"""How two pictures of one moment differ: grade, place, and where beyond all that and coding noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import Measures
from vidstudio.engine.picture import grade, registration, residual, spots

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_POINTS = 160 * 90
_BLOCK = 96
_STEPS = 3
"""Of a fade that runs a few frames earlier or later, no grade is made."""


class Differ:
    """Takes aligned pictures one after the other, then says how they differ. Memory is bounded by what is found.

    scale: how many pixels of the videos go across one of the pictures'.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._grid = (0, 0)
        self._grader = grade.Grader()
        self._tracker = registration.Tracker()
        self._looks: list[residual.Look] = []
        self._planes: list[residual.Signed] = []
        self._known = 0  # of the planes, how many at the start are context only
        self._frames: list[int] = []
        self._tones: list[grade.Tones] = []
        self._levels: list[float] = []
        self._kept: list[float] = []
        self._places: list[Floats] = []
        self._flips: list[int] = []
        self._found: list[tuple[int, spots.Spots]] = []
        self._wide: list[Floats] = []

    def add(self, number: int, a: Bytes, b: Bytes) -> None:
        """Frame `number` of B and its counterpart, RGB (height, width, 3) of one size; numbers rise."""
        import cv2

        half_a, half_b = (_shrunk(one) for one in (a, b))
        small_a, small_b = (_halved(one) for one in (half_a, half_b))
        luma_a, luma_b = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (small_a, small_b))
        self._levels.append(float(cv2.mean(luma_a)[0]))
        if self._tones:
            luma_a = cv2.LUT(luma_a, self._grader.luma_table())
        self._tracker.follow(luma_a.astype(np.float32), luma_b.astype(np.float32))
        laid = self._tracker.lay(half_a)
        if laid is not half_a:
            half_a, small_a = laid, _halved(laid)
        graded, tones = self._grader.graded(small_a, small_b)
        fine_a = residual.fine_of(cv2.LUT(cv2.cvtColor(half_a, cv2.COLOR_RGB2GRAY), self._grader.luma_table()))
        fine_b = residual.fine_of(cv2.cvtColor(half_b, cv2.COLOR_RGB2GRAY))
        plain, graded, small_b = (cv2.cvtColor(one, cv2.COLOR_RGB2YCrCb) for one in (small_a, graded, small_b))
        graded = residual.bleached(plain, graded, small_b)
        slack = residual.slack_of(plain, graded)
        self._grid = (graded.shape[1], graded.shape[0])
        self._frames.append(number)
        self._tones.append(tones)
        self._places.append(self._tracker.place if self._tracker.sure else registration.IDENTITY)
        self._flips.append(self._tracker.flip)
        self._looks.append(residual.look(number, graded, small_b, slack, fine_a, fine_b, self._rim()))
        self._kept.append(residual.kept(self._looks[-1], self._scale * a.shape[1] / self._grid[0]))
        if len(self._looks) > 1:
            self._settle()

    def _rim(self) -> int:
        """Points at the edges that A and B do not share, and the one beside them."""
        across = registration.reach(self._tracker.place) * max(self._grid) / 2
        return min(1 + math.ceil(across), min(self._grid) // 6)

    def finish(self) -> Measures:
        """What was found in all frames added; psnr and ssim are for others to fill in."""
        if self._looks:
            self._settle(last=True)
            self._flush(last=True)
        return self._measures()

    def _settle(self, last: bool = False) -> None:
        """The residual of the frame before the newest, whose neighbours are known now; of the newest at the end."""
        looks = self._looks
        at = len(looks) - (1 if last else 2)
        now = looks[at]
        before = looks[at - 1] if at > 0 and looks[at - 1].number == now.number - 1 else None
        after = looks[at + 1] if at + 1 < len(looks) and looks[at + 1].number == now.number + 1 else None
        self._planes.append(residual.residual(before, now, after))
        del looks[: max(0, len(looks) - 2)]
        if len(self._planes) - self._known >= _BLOCK + spots.CONTEXT:
            self._flush()

    def _flush(self, last: bool = False) -> None:
        """Find the spots of the planes that have enough context on both sides, and let those go."""
        low = self._known
        high = len(self._planes) - (0 if last else spots.CONTEXT)
        found, wide = spots.spots(np.stack(self._planes), low, high)
        first = sum(len(part) for part in self._wide)
        self._found.append((first, found))
        self._wide.append(wide)
        del self._planes[: max(0, high - spots.CONTEXT)]
        self._known = min(high, spots.CONTEXT)

    def _measures(self) -> Measures:
        count = len(self._frames)
        frames = np.array(self._frames, np.int32)
        unknown = np.full(count, np.nan, np.float32)
        levels = np.array(self._levels, np.float32)
        moved = np.array([tones.moved for tones in self._tones], np.float32)
        colour = np.maximum(moved - _STEPS * _fading(levels, np.diff(frames, prepend=-9) == 1), 0)
        return Measures(
            frames=frames,
            psnr=unknown,
            ssim=unknown,
            colour=colour.astype(np.float32),
            wide=np.concatenate([np.zeros(0, np.float32), *self._wide]),
            detail=np.array(self._kept, np.float32),
            curves=np.array([tones.curve for tones in self._tones], np.float32).reshape(count, 2, grade.KNOTS),
            chroma=np.array([tones.chroma for tones in self._tones], np.float32).reshape(count, 4),
            places=np.array(self._places, np.float32).reshape(count, 2, 3),
            flips=np.array(self._flips, np.uint8),
            grid=self._grid,
            spot_points=np.concatenate([np.zeros(0, np.uint16), *(part.points for _, part in self._found)]).astype(
                np.uint16
            ),
            spot_first=_numbers(frames, [(first, part.first) for first, part in self._found], 0),
            spot_after=_numbers(frames, [(first, part.after) for first, part in self._found], 1),
            spot_level=np.concatenate([np.zeros(0, np.uint8), *(part.level for _, part in self._found)]),
        )


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


def _numbers(frames: NDArray[np.int32], parts: list[tuple[int, NDArray[np.int32]]], after: int) -> NDArray[np.int32]:
    """Frame numbers for positions in blocks that begin at `first`; with after=1 one past them."""
    if not parts or not len(frames):
        return np.zeros(0, np.int32)
    at = np.concatenate([first + positions for first, positions in parts]) - after
    return np.asarray(frames[at] + after, np.int32)


def _fading(level: Floats, follows: NDArray[np.bool_]) -> Floats:
    """By how many levels the whole picture gets brighter or darker from frame to frame, around each; (N,)."""
    step = np.where(follows, np.abs(np.diff(level, prepend=level[:1])), 0)
    both: Floats = np.maximum(step, np.append(step[1:], 0)).astype(np.float32)
    # a cut is no fade: what lasts for one frame only does not count
    around = np.stack([np.append(both[2:], both[-2:])[: len(both)], both, np.append(both[:2], both[:-2])[: len(both)]])
    result: Floats = np.sort(around, axis=0)[1]
    return result
