"""Single shots that run at another speed, backward, or stand still for a while: the straight course through them.

The exact pass goes at the pace of the whole film and pays for every step aside, so through such a shot it leads in
jumps: a little ahead, then back. Here each shot of B that is told so is held against straight courses through the
same part of A, and against standing still for a while; the one whose pictures are clearly most alike is taken.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_SPEEDS = (0.25, 1 / 3, 0.4, 0.5, 0.6, 2 / 3, 0.75, 0.8, 0.9, 1.0, 1.1, 1.25, 4 / 3, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
_SHORTEST, _LEAST_SURE = 12, 25
_NONE = -(2**31)
_LONGEST = 600
_LEAST_MATCHED = 0.5
_ASIDE = 12
_SAME_SHOT = 60
_SAMPLES, _FEW_SAMPLES = 48, 12
_STEPS = 4
_FINER = (-0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03)
_CLEARLY_BETTER, _RATHER_BETTER, _TELLING = 0.9, 0.95, 0.97
_AS_GOOD = 1.08
_NOWHERE_WORSE = 1.5
_AROUND = 8
_STILL = 1.0
_NOISE = 0.15
"""In levels: what two courses may differ by and still be as good as one another."""


def straightened(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map int32 (frames of B,) with straight courses through shots of B where it leads in jumps.

    natural: int64 (frames of B,), the frame of A at the time of each. Only shots of which most is seen as it is (no
    look) are tried; where a course through all of one is found, all of it is seen so.
    """
    result = frame_map.copy()
    for low, high in _shots(frame_map, seen):
        shown = _near(np.where(seen.plain(low, high), frame_map[low:high], -1))
        if (shown >= 0).mean() < _LEAST_MATCHED:
            continue
        backward = _backward(low, shown, seen)
        if not _jumps(shown, natural[low:high]) and not backward:
            continue
        at_pace = _longest_at_pace(shown, natural[low:high])
        course = _Shot.of(low, shown, natural[low:high], seen).best(at_pace, backward=backward)
        if course is not None:
            result[low:high] = course
            seen.see_plainly(low, high)
    return result


def _shots(frame_map: Map, seen: Seen) -> list[tuple[int, int]]:
    """Frames `low..high-1` of B from cut to cut that show parts of A near one another.

    A few frames at either end that seem to show another part belong to them: no cut lies between.
    """
    matched = np.flatnonzero(frame_map >= 0)
    ends = seen.cuts_b.copy()
    far = matched[1:][np.abs(np.diff(frame_map[matched])) > _SAME_SHOT]
    ends[far] = True
    # a stretch of new frames belongs to what is before it, unless there is a cut
    edges = np.concatenate([[0], np.flatnonzero(ends[1:]) + 1, [len(frame_map)]])
    cut = np.concatenate([[True], seen.cuts_b[edges[1:-1]], [True]])
    short = np.diff(edges) < _SHORTEST
    found = []
    for at, (low, high) in enumerate(itertools.pairwise(edges.tolist())):
        share = float((frame_map[low:high] >= 0).mean()) if high > low else 0.0
        if high - low < _SHORTEST or share < _LEAST_MATCHED:
            continue
        if not cut[at] and short[at - 1] and cut[at - 1]:
            low = int(edges[at - 1])
        if not cut[at + 1] and short[at + 1] and cut[at + 2]:
            high = int(edges[at + 2])
        if high - low <= _LONGEST:
            found.append((low, high))
    return found


def _near(shown: Map) -> Map:
    """What most of a shot shows; -1 for what is far from it."""
    middle = np.median(shown[shown >= 0]) if (shown >= 0).any() else 0
    steps = np.flatnonzero(np.abs(np.diff(shown, prepend=shown[:1])) > _SAME_SHOT)
    edges = [0, *steps.tolist(), len(shown)]
    result = shown.copy()
    for low, high in itertools.pairwise(edges):
        if high - low < _SHORTEST and shown[low] >= 0 and abs(shown[low] - middle) > _SAME_SHOT:
            result[low:high] = -1
    return result


def _jumps(shown: Map, natural: Ints) -> bool:
    """Whether A goes back somewhere, or does not go on evenly more than once."""
    at = np.flatnonzero(shown >= 0)
    steps = np.diff(shown[at]) - np.diff(natural[at])
    return bool((np.diff(shown[at]) < 0).any() or (steps != 0).sum() > 1 or len(at) < len(shown))


def _longest_at_pace(shown: Map, natural: Ints) -> Ints:
    """The most frames in a row that go on at A's pace."""
    parts = np.split(np.arange(len(shown)), np.flatnonzero(np.diff(np.where(shown >= 0, shown - natural, _NONE))) + 1)
    return max((part for part in parts if shown[part[0]] >= 0), key=len)


def _backward(low: int, shown: Map, seen: Seen) -> bool:
    """Whether what is shown looks more like the same frames of A the other way round."""
    at = np.flatnonzero(shown >= 0)
    some = np.unique(np.linspace(0, len(at) - 1, _FEW_SAMPLES).astype(int))
    forward, back = (residuals(seen, low + at[some], line[some]) for line in (shown[at], shown[at][::-1]))
    return bool(back.mean() < _CLEARLY_BETTER * forward.mean() - _NOISE)


@dataclass(frozen=True, slots=True)
class _Shot:
    """A shot of B and the part of A that it may show, from frame `first` on.

    shown: the frames of A that it seems to show, from `first` on. pace: frames of A in the time of one of B.
    apart: float32 (frames of B, frames of A), mean difference in levels once A has B's brightness and contrast.
    """

    first: int
    shown: Ints
    pace: float
    apart: Floats

    @classmethod
    def of(cls, low: int, shown: Map, natural: Ints, seen: Seen) -> _Shot:
        """The shot that begins with frame `low` of B."""
        known = shown[shown >= 0]
        pace = max((int(natural[-1]) - int(natural[0])) / max(1, len(natural) - 1), 0.05)
        # what seems to be shown may be but a part of what is
        aside = _ASIDE + max(0, round(len(shown) * pace) - int(np.ptp(known)))
        first, after = max(0, int(known.min()) - aside), min(len(seen.a), int(known.max()) + 1 + aside)
        a, b = seen.a[first:after].astype(np.float32), seen.b[low : low + len(shown)].astype(np.float32)
        at = np.flatnonzero(shown >= 0)
        gain, lift = _grade(a[shown[at] - first], b[at])
        a = a * gain + lift
        apart = np.stack([np.abs(a - picture).mean(axis=(1, 2)) for picture in b])
        return cls(first, np.where(shown >= 0, shown - first, -1).astype(np.int64), pace, apart)

    def best(self, at_pace: Ints, *, backward: bool = False) -> Map | None:
        """The course that is clearly better than what seems to be shown, in frames of A; None where none is.

        at_pace: frames that go on as A does; if they are many, it may be no worse for them: something new may be beside
        them. None too where A stands still: any course is as good there, but for one `backward` that is known to be
        better.
        """
        inner = self.apart[:, self.shown[self.shown >= 0].min() : self.shown.max() + 1]
        still = bool(np.median(inner.max(axis=1) - inner.min(axis=1)) < _STILL)
        if still and not backward:
            return None
        courses = [self._line(), *(one for one in self._freezes() if self._holds(one))]
        course = min(courses, key=self._cost)
        known = np.flatnonzero(self.shown >= 0)
        now, there = self.apart[known, self.shown[known]], self.apart[known, course[known]]
        goes_back = bool((np.diff(self.shown[known]) < 0).any())
        least = _AS_GOOD * now.mean() + _NOISE if goes_back else _CLEARLY_BETTER * now.mean() - _NOISE
        if still:
            least = _RATHER_BETTER * now.mean() if course[-1] < course[0] else -np.inf
        if there.mean() > least or (_calmed(there) > _NOWHERE_WORSE * _calmed(now) + 4 * _NOISE).any():
            return None
        sure, other = (self.apart[at_pace, way[at_pace]].mean() for way in (self.shown, course))
        if len(at_pace) >= _LEAST_SURE and not backward and other > _AS_GOOD * sure + _NOISE:
            return None
        every = self.apart[np.arange(len(course)), course]
        fits = (self.shown >= 0) | (every <= _NOWHERE_WORSE * there.max())
        return np.where(fits, course + self.first, -1).astype(np.int32)

    def _holds(self, course: Ints) -> bool:
        """Whether B is as much like the frame that a course stops at as it is like what goes on before and behind."""
        cost = self.apart[np.arange(len(course)), course]
        held = course == np.bincount(course).argmax()
        if min(np.count_nonzero(held), np.count_nonzero(~held)) < _SHORTEST:
            return True  # of so few frames that cannot be said
        return bool(np.median(cost[held]) <= _NOWHERE_WORSE * np.median(cost[~held]) + _NOISE)

    def _cost(self, course: Ints) -> float:
        return float(self.apart[np.arange(len(course)), course].mean())

    def _line(self) -> Ints:
        """The straight course that is most like."""
        count, width = self.apart.shape
        samples = np.unique(np.linspace(0, count - 1, _SAMPLES).astype(int))
        best: tuple[float, float, float] = (np.inf, 1.0, 0.0)
        for speed in (sign * one * self.pace for one in _SPEEDS for sign in (1, -1)):
            best = min(best, self._nearest(speed, np.arange(-_ASIDE, width + _ASIDE, dtype=float), samples))
        _, speed, start = best
        fine = start + np.arange(-_STEPS, _STEPS + 1) / _STEPS
        every = np.arange(count)
        best = even = self._nearest(speed, fine, every)
        for finer in _FINER:
            other = self._nearest(speed * (1 + finer), fine, every)
            best = min(best, other) if other[0] < _TELLING * even[0] else best
        return self._course(best[1], best[2])

    def _nearest(self, speed: float, starts: NDArray[np.float64], samples: Ints) -> tuple[float, float, float]:
        """Cost of the best start of a course at this speed, the speed, the start."""
        count, width = self.apart.shape
        ends = starts + speed * (count - 1)
        inside = (np.minimum(starts, ends) > -2) & (np.maximum(starts, ends) < width + 1)
        starts = starts[inside]
        if not len(starts):
            return (np.inf, speed, 0.0)
        places = np.clip(np.floor(starts[:, None] + speed * samples[None, :] + 1e-6), 0, width - 1).astype(int)
        costs = self.apart[samples[None, :], places].mean(axis=1)
        at = int(np.argmin(costs))
        return float(costs[at]), speed, float(starts[at])

    def _course(self, speed: float, start: float) -> Ints:
        count, width = self.apart.shape
        course: Ints = np.clip(np.floor(start + speed * np.arange(count) + 1e-6), 0, width - 1).astype(np.int64)
        return course

    def _freezes(self) -> list[Ints]:
        """At the natural pace with a stop: the best one of any place and length, to the end, and from the beginning."""
        count, width = self.apart.shape
        known = np.flatnonzero(self.shown >= 0)
        begin = float(np.median(self.shown[known[:_SHORTEST]] - self.pace * known[:_SHORTEST]))
        end = float(np.median(self.shown[known[-_SHORTEST:]] - self.pace * known[-_SHORTEST:]))
        every = np.arange(count)
        before = np.clip(np.round(begin + self.pace * every), 0, width - 1).astype(np.int64)
        after = np.clip(np.round(end + self.pace * every), 0, width - 1).astype(np.int64)
        stops = range(1, count - 1)
        found = [
            [np.minimum(before, before[stop]) for stop in stops],
            [np.maximum(after, after[stop]) for stop in stops],
        ]
        if begin - end >= 2 * self.pace:
            found.append([np.maximum(one, after) for one in found[0]])
        return [min(some, key=self._cost) for some in found if some]


def _calmed(values: Floats) -> Floats:
    """Running mean."""
    window = np.ones(min(_AROUND, len(values)))
    result: Floats = (np.convolve(values, window, "valid") / len(window)).astype(np.float32)
    return result


def _grade(a: Floats, b: Floats) -> tuple[float, float]:
    """Gain and lift that give A's pictures (N, 28, 48) the contrast and brightness of B's."""
    spread = float(a.std())
    gain = float(np.clip(b.std() / spread, 0.3, 3)) if spread > 2 else 1.0
    return gain, float(b.mean() - gain * a.mean())
