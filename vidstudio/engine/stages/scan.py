"""One pass over both versions side by side: every frame is decoded once, and what is at hand is measured at once.

While both are read, `alignment.follow` guesses which frame of A each frame of B shows, so that pairs are measured
when both frames are in memory. Where the guess turns out wrong, the stage `measure` makes it good.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.follow import MEMORY, Ribbon, meeting, trusted
from vidstudio.engine.alignment.results import Fingerprint, Window
from vidstudio.engine.alignment.scanned import GLIMPSE, Course, Glimpses, Scanned
from vidstudio.engine.alignment.search.pace import natural_frames
from vidstudio.engine.flags import leading
from vidstudio.engine.media.stills import Squeezer, Still, Stills
from vidstudio.engine.picture.measuring import Looked, Measurer
from vidstudio.engine.picture.views import View, views
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_STEP = 8
_PAST = 250
_FAR = 48
_FAR_ON = 256
_LEAD = MEMORY - 256
_GLIMPSE_US = 250_000
_PATIENCE = 4
_AT_HAND = 8
"""Frames from where both got lost that the one that waits has read: enough to see that it goes on there."""
_MOST_WAITED = 500
"""For so many frames of A's rate one waits for the other: to have waited in vain costs as many that are read again."""


@dataclass(frozen=True, slots=True)
class ScanParams:
    """goes_on: whether there is a chunk before."""

    goes_on: bool = False


def run(inputs: tuple[str, ...], params: ScanParams, span: Span | None, env: Env) -> Iterator[Scanned]:
    """One Scanned of the frames of B = `inputs[1]` that start within `span`, and the frames of A read beside them.

    Needs: times of A and B, active pictures of A and B, and the scan of the chunk before, if there is one.
    """
    a_times, b_times = env.needed(0)[0], env.needed(1)[0]
    before: Scanned | None = env.needed(4)[0] if params.goes_on else None
    span = span or Span(0, b_times.duration_us)
    first, after = (int(n) for n in np.searchsorted(b_times.starts_us, (span.start_us, span.end_us)))
    seen = views(env.needed(2)[0], env.needed(3)[0], Window())
    paths = (env.media(inputs[0]), env.media(inputs[1]))
    opened = env.warm.take((inputs, first))
    if not isinstance(opened, _Opened):
        opened = _Opened.of(paths, (a_times, b_times), seen)
    try:
        with Measurer((paths[0], seen[0]), (paths[1], seen[1])) as measurer:
            chunk = _Chunk.begun(opened, seen, a_times, b_times, measurer, (first, after), before)
            while chunk.step():
                env.tick(chunk.b.seen - first, after - first, "Looking at every frame")
            scanned = chunk.finish()
        yield scanned
        if after < len(b_times):
            env.warm.leave((inputs, after), opened)
            opened = None
    finally:
        if opened is not None:
            opened.close()


@dataclass(frozen=True, slots=True)
class _Opened:
    """Both videos, open."""

    a: Stills
    b: Stills

    @classmethod
    def of(cls, paths: tuple[Path, Path], times: tuple[FrameTimes, FrameTimes], seen: tuple[View, View]) -> _Opened:
        """Open them."""
        a = Stills(paths[0], times[0], seen[0].size)
        try:
            return cls(a, Stills(paths[1], times[1], seen[1].size))
        except BaseException:
            a.close()
            raise

    def close(self) -> None:
        """Close both."""
        try:
            self.a.close()
        finally:
            self.b.close()


class _Side:
    """One video as it is read: which frames were seen, and what they look like."""

    def __init__(self, stills: Stills, view: View, past: Fingerprint) -> None:
        self._stills = stills
        self._view = view
        self._squeezer = Squeezer()
        self._last: Still | None = None
        self._new: list[Bytes] = []
        self._thumbs: list[Bytes] = []
        self.ribbon = Ribbon(past.first)
        self.ribbon.add(past.thumbs)
        self.first = self.seen = self.ribbon.after
        self.again = self.damaged = 0

    def at(self, number: int) -> Still:
        """A frame. All frames up to it that were not seen before are seen now."""
        if self._last is not None and self._last.number == number:
            return self._last
        stills = self._stills
        if number < stills.next or stills.next > self.seen or min(number, self.seen) - stills.next > _FAR:
            stills.go_to(min(number, self.seen))
        while True:
            still = stills.take()
            if still is None:
                raise IndexError(f"there is no frame {number}")
            if still.number == self.seen:
                self._new.append(self._squeezer.gray(still.small, self._view.small, (WIDTH, HEIGHT)))
                self.seen += 1
                self.damaged += still.damaged
            else:
                self.again += 1
            if still.number == number:
                self._last = still
                return still

    def settle(self) -> None:
        """Describe the frames that are new."""
        if self._new:
            thumbs = np.stack(self._new)
            self._new.clear()
            self._thumbs.append(thumbs)
            self.ribbon.add(thumbs)

    def fingerprint(self) -> Fingerprint:
        """All frames seen for the first time."""
        thumbs = np.concatenate([np.zeros((0, HEIGHT, WIDTH), np.uint8), *self._thumbs])
        return Fingerprint(self.first, thumbs, self.damaged)


@dataclass(slots=True)
class _Chunk:
    """The work on one chunk. at: the first frame of B that has no counterpart yet. offset, due: as of `Course`."""

    a: _Side
    b: _Side
    a_frames: int
    natural: Ints
    glimpsed: NDArray[np.bool_]
    measurer: Measurer
    after: int
    at: int
    offset: int | None
    due: int
    steps: int = 0
    frames: list[int] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    glimpses: list[tuple[int, int, Bytes, Bytes]] = field(default_factory=list)

    @classmethod
    def begun(
        cls,
        opened: _Opened,
        seen: tuple[View, View],
        a_times: FrameTimes,
        b_times: FrameTimes,
        measurer: Measurer,
        frames: tuple[int, int],
        before: Scanned | None,
    ) -> _Chunk:
        """The chunk of B's frames `frames[0]..frames[1]-1`, going on from the chunk before."""
        none = np.zeros((0, HEIGHT, WIDTH), np.uint8)
        course = before.course if before is not None else Course(0, 0, Fingerprint(0, none), Fingerprint(0, none))
        cells = b_times.starts_us // _GLIMPSE_US
        return cls(
            _Side(opened.a, seen[0], course.a_past),
            _Side(opened.b, seen[1], course.b_past),
            len(a_times),
            natural_frames(a_times, b_times),
            np.diff(cells, prepend=-1) > 0,
            measurer,
            after=frames[1],
            at=frames[0],
            offset=course.offset,
            due=course.due,
        )

    def step(self) -> bool:
        """Do a little; False when the chunk is done."""
        self.steps += 1
        if self.offset is not None and self.at < self.after:
            self._follow(self.offset)
            return True
        if self.offset is None and (self.b.seen < self.after or self._may_still_meet()):
            self._search()
            return True
        return False

    def _may_still_meet(self) -> bool:
        """Whether B is at its end, and what it shows may come further on in A."""
        ended = self.after == len(self.natural) and self.at < self.after
        return ended and self.a.seen < self._until() and not self._lost()

    def finish(self) -> Scanned:
        """What was found."""
        pictures = [
            np.stack([one[side] for one in self.glimpses]) if self.glimpses else _NO_GLIMPSES for side in (2, 3)
        ]
        glimpses = Glimpses(
            np.array([one[0] for one in self.glimpses], np.int32),
            np.array([one[1] for one in self.glimpses], np.int32),
            *pictures,
        )
        kept = MEMORY if self.offset is None else _PAST
        course = Course(self.offset, self.due, _end_of(self.a, kept), _end_of(self.b, kept))
        shown = np.array(self.shown, np.int32)
        return Scanned(self.a.fingerprint(), self.b.fingerprint(), self.measurer.finish(), shown, glimpses, course)

    def _follow(self, offset: int) -> None:
        """Measure the next pairs, and keep those that are right."""
        numbers = np.arange(self.at, min(self.at + _STEP, self.after))
        counterparts = self.natural[numbers] + offset
        inside = (counterparts >= 0) & (counterparts < self.a_frames)
        numbers, counterparts = numbers[: leading(inside)], counterparts[: leading(inside)]
        pairs: list[tuple[Looked, tuple[Bytes, Bytes] | None]] = []
        for number, counterpart in zip(numbers.tolist(), counterparts.tolist(), strict=True):
            of_b, of_a = self.b.at(number), self.a.at(counterpart)
            looked = self.measurer.look(of_a, of_b)
            pairs.append((looked, _glimpse(looked) if self.glimpsed[number] else None))
        self.a.settle()
        self.b.settle()
        count, slip = trusted(self.a.ribbon, self.b.ribbon, counterparts, numbers)
        for number, counterpart, (pair, glimpse) in zip(
            numbers.tolist(), counterparts.tolist(), pairs[:count], strict=False
        ):
            self.measurer.keep(number, pair)
            self.frames.append(number)
            self.shown.append(counterpart)
            if glimpse is not None:
                self.glimpses.append((counterpart, number, *glimpse))
        self.at += count
        if slip and not self._lost():
            self.offset = offset + slip
        elif slip or count < len(inside):
            self.offset = None
            self.due = int(self.natural[min(self.at, self.after - 1)]) + offset

    def _search(self) -> None:
        """Read on in both, and see whether they meet again."""
        low, high = self.b.seen, min(self.b.seen + _STEP, self.after)
        put_in, left_out = self._is_put_in(), self._is_left_out()
        if left_out and low > self.at + _AT_HAND and self.a.seen < self._until():
            high = low
        on = _STEP
        if high > low:
            self.b.at(high - 1)
            on = min(_FAR_ON, max(1, int(self.natural[high - 1] - self.natural[max(low - 1, 0)])))
        until = min(self.a.seen + on, self._until())
        if until > self.a.seen and not (put_in and high > low and self.a.seen > self.due + _AT_HAND):
            self.a.at(until - 1)
        self.a.settle()
        self.b.settle()
        if self._lost():
            return
        lost = self.due, max(self.at, self.b.first)
        found = meeting(self.a.ribbon, self.b.ribbon, self.natural, max(_STEP, on), lost, onward=put_in or left_out)
        if found is not None:
            self.offset, self.at = found[0] - int(self.natural[found[1]]), found[1]

    def _is_put_in(self) -> bool:
        """Whether what B shows is new, most likely, as more of B is left: then A need not be read on yet.

        What is not read before both meet is not read again.
        """
        in_b = int(self.natural[max(self.b.seen - 1, self.at)] - self.natural[self.at])
        return self._more_left() > 0 and in_b - 2 * _AT_HAND <= min(self._more_left(), _MOST_WAITED)

    def _is_left_out(self) -> bool:
        """Whether what A shows is missing in B, most likely, as less of B is left: then B need not be read on yet."""
        in_a = self.a.seen - self.due
        return self._more_left() < 0 and in_a - 2 * _AT_HAND <= min(-self._more_left(), _MOST_WAITED)

    def _more_left(self) -> int:
        """By how many frames of A more is left of B than of A, from where both got lost."""
        return int(self.natural[-1] - self.natural[self.at]) - (self.a_frames - 1 - self.due)

    def _until(self) -> int:
        """As far as A is read while it is searched for."""
        return min(self.a_frames, self.due + _LEAD)

    def _lost(self) -> bool:
        """Whether so much was decoded or tried again that guessing costs more than it spares."""
        most = _TRIES + _PATIENCE * (self.after - self.b.first + self.a_frames) // _STEP
        return self.steps > most or self.a.again + self.b.again > _PATIENCE * (self.after - self.b.first + _STEP)


def _glimpse(pair: Looked) -> tuple[Bytes, Bytes]:
    import cv2

    a, b = (cv2.resize(one, (GLIMPSE, GLIMPSE), interpolation=cv2.INTER_AREA) for one in (pair.a, pair.b))
    return np.asarray(a, np.uint8), np.asarray(b, np.uint8)


_TRIES = 50
_NO_GLIMPSES = np.zeros((0, GLIMPSE, GLIMPSE, 3), np.uint8)


def _end_of(side: _Side, most: int) -> Fingerprint:
    thumbs = side.ribbon.thumbs()[-most:]
    return Fingerprint(side.ribbon.after - len(thumbs), thumbs)


SCAN = Stage("scan", 16, ScanParams, Scanned, run, weight=10.0)
