"""How two pictures of one moment differ: grade, place, and where beyond all that and coding noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import Measures
from vidstudio.engine.picture import grade, residual, spots
from vidstudio.engine.picture.finder import SpotFinder
from vidstudio.engine.picture.looking import Looker, Pair, Shown
from vidstudio.engine.picture.registration import IDENTITY

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_STEPS = 3
"""Of a fade that runs a few frames earlier or later, no grade is made."""
_CODED, _MOST_CODED = 0.55, 5.0
"""By how many levels coding alone moves colours, for each by which it moves luma; and at most."""
_PASSED = 22
"""Pairs that are not looked at closely between two that are, while nothing differs: less than a second's."""
_FOLLOWED = 8
"""Pairs looked at closely after one of which it is asked whether nothing differs."""
_LEAST_APART, _FURTHER = 8.0, 1.5
"""Levels, and times as many as the last pair: so far may a pair be apart that is passed by."""


class Differ:
    """Takes aligned pictures one after the other, then says how they differ. Memory is bounded by what is found.

    Where nothing differs only every few pairs are looked at closely, until one of them shows something; since when is
    found by halving then. scale: how many pixels of the videos go across one of the pictures'. usual: where A
    lies on B if nothing says otherwise, as of `registration.Tracker`.
    """

    def __init__(self, scale: float = 1.0, usual: Floats = IDENTITY) -> None:
        self._looker = Looker(scale, usual)
        self._finder = SpotFinder()
        self._grid = (0, 0)
        self._frames: list[int] = []
        self._levels: list[float] = []
        self._shown: list[Shown] = []
        self._calm: Shown | None = None  # what the last pair looked at shows, if nothing differs
        self._apart = 0.0  # how far that pair is apart where it is most
        self._passed: list[Pair] = []  # not looked at closely since
        self._followed = 0

    def add(self, number: int, a: Bytes, b: Bytes) -> None:
        """Frame `number` of B and its counterpart, RGB (height, width, 3) of one size; numbers rise."""
        pair = Pair.of(number, a, b)
        self._grid = pair.grid
        if self._calm is not None and number != self._latest() + 1:
            self._wake()
        self._take(pair)

    def finish(self) -> Measures:
        """What was found in all frames added; psnr and ssim are for others to fill in."""
        self._wake()
        self._finder.finish()
        return self._measures()

    def _latest(self) -> int:
        return self._passed[-1].number if self._passed else self._frames[-1]

    def _take(self, pair: Pair) -> None:
        if self._calm is None:
            self._follow(pair)
        elif len(self._passed) < _PASSED and self._is_near(pair, self._calm):
            self._passed.append(pair)
        else:
            self._check([*self._let_go(), pair], self._calm)

    def _let_go(self) -> list[Pair]:
        passed, self._passed = self._passed, []
        return passed

    def _is_near(self, pair: Pair, calm: Shown) -> bool:
        """Whether a pair is hardly further apart anywhere than the last one looked at closely."""
        return self._looker.apart(pair, calm.tones) <= max(_LEAST_APART, _FURTHER * self._apart)

    def _wake(self) -> None:
        """Look at each pair closely from here on, after those that were passed by."""
        while self._calm is not None and self._passed:
            self._check(self._let_go(), self._calm)
        self._calm = None

    def _follow(self, pair: Pair) -> None:
        """Look at a pair closely; of the first, and of every few, say whether nothing differs."""
        self._calm = None
        look, shown = self._looker.look(pair)
        self._keep(pair, shown)
        self._followed += 1
        if self._followed % _FOLLOWED == 1:
            planes = residual.residual(None, look, None)
            if spots.calm(planes):
                self._rest(pair, shown)
                self._finder.add_quiet(look, planes, 1)
                return
        self._finder.add(look)

    def _check(self, pairs: list[Pair], calm: Shown) -> None:
        """If the last of these pairs shows nothing new, neither do those before it; else the first half is asked."""
        pair = pairs[-1]
        before = self._looker.copy()
        look, shown = self._looker.look(pair)
        planes = residual.residual(None, look, None)
        if (len(pairs) == 1 or shown.like(calm)) and spots.calm(planes):
            self._rest(pair, shown)
            self._finder.add_quiet(look, planes, len(pairs))
            for one in pairs:
                self._keep(one, shown)
            return
        self._looker = before
        if len(pairs) == 1:
            self._followed = 1
            self._follow(pair)
            return
        half = len(pairs) // 2
        self._check(pairs[:half], calm)
        for one in pairs[half:]:
            self._take(one)

    def _rest(self, pair: Pair, shown: Shown) -> None:
        """Nothing differs in this pair."""
        self._calm, self._apart = shown, self._looker.apart(pair, shown.tones)

    def _keep(self, pair: Pair, shown: Shown) -> None:
        self._frames.append(pair.number)
        self._levels.append(pair.level())
        self._shown.append(shown)

    def _measures(self) -> Measures:
        count = len(self._frames)
        frames = np.array(self._frames, np.int32)
        unknown = np.full(count, np.nan, np.float32)
        levels = np.array(self._levels, np.float32)
        kept, found = self._shown, self._finder.found
        moved = np.array([one.tones.moved for one in kept], np.float32)
        noise = np.array([one.tones.noise for one in kept], np.float32)
        moved -= np.minimum(_CODED * noise, _MOST_CODED)
        colour = np.maximum(moved - _STEPS * _fading(levels, np.diff(frames, prepend=-9) == 1), 0)
        return Measures(
            frames=frames,
            psnr=unknown,
            ssim=unknown,
            colour=colour.astype(np.float32),
            wide=np.concatenate([np.zeros(0, np.float32), *self._finder.wide]),
            detail=np.array([one.detail for one in kept], np.float32),
            unlike=np.array([one.tones.unlike for one in kept], np.float32),
            curves=np.array([one.tones.curve for one in kept], np.float32).reshape(count, 2, grade.KNOTS),
            chroma=np.array([one.tones.chroma for one in kept], np.float32).reshape(count, 4),
            places=np.array([one.place for one in kept], np.float32).reshape(count, 2, 3),
            flips=np.array([one.flip for one in kept], np.uint8),
            grid=self._grid,
            spot_points=np.concatenate([np.zeros(0, np.uint16), *(part.points for _, part in found)]).astype(np.uint16),
            spot_first=_numbers(frames, [(first, part.first) for first, part in found], 0),
            spot_after=_numbers(frames, [(first, part.after) for first, part in found], 1),
            spot_level=np.concatenate([np.zeros(0, np.uint8), *(part.level for _, part in found)]),
        )


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
