"""The whole alignment of two videos from their thumbnails: coarse runs first, then exact frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment import (
    blends,
    cells,
    coarse,
    courses,
    descriptors,
    elsewhere,
    exact,
    framing,
    gaps,
    pace,
    panning,
    regained,
    seeking,
    settling,
    slides,
    slips,
    tracking,
    trims,
    turns,
    verify,
    woven,
    zooming,
)
from vidstudio.engine.alignment.alternatives import alternatives
from vidstudio.engine.alignment.cells import Cells, Pictures
from vidstudio.engine.alignment.looks import PLAIN, Compared, Look, Seen
from vidstudio.engine.alignment.results import Turn, Window

__all__ = ["Match", "Pictures", "match"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_COSTS_OF = 2000
_LEAST_PAIRS = 20
_SURELY_AS_IT_IS = 0.25
_MUCH_ALIKE = 0.96
_LITTLE = 0.5
_AS_GOOD = 0.999
_BETTER = 0.7
_TRIM = 4
_NEARLY = 0.98
_WINDOW_ROUNDS = 3
_GUESS_OF = 100
_SHOT_US = 3_000_000
_PAIRS = 48
_BESIDE = 7
_SURELY_WHOLE = 0.97
_CLEARLY_BETTER = 0.02
_POOR = 0.12
_LEAST_POOR_CELLS = 3
_MIRRORED = Look(mirrored=True)
_LAYERS = (coarse.Layer(), coarse.Layer(-1), coarse.Layer(1, 1), coarse.Layer(1, 2))
_MOST_ZOOMS = 12


@dataclass(frozen=True, slots=True)
class Match:
    """frame_map: int32 (frames of B,), the frame of A or -1. likeness: float32, similarity of what is matched.

    likeness_new: below it frames were taken for new. window: the part of A's picture that B shows.
    reframed: whether B (or A) shows a moving window of the other's picture. mirrored: bool (frames of B,), and
    distinct: float32 (frames of B,), others and slides: int32 (N, 4) and turn as in `results.Alignment`.
    """

    frame_map: NDArray[np.int32]
    likeness: Floats
    likeness_new: float
    window: Window
    reframed: bool
    mirrored: NDArray[np.bool_]
    distinct: Floats
    others: NDArray[np.int32]
    slides: NDArray[np.int32]
    turn: Turn = field(default_factory=Turn)


def match(a: Pictures, b: Pictures, tick: Callable[[float], None] | None = None) -> Match:
    """Which frame of A each frame of B shows. `tick` is told the share done, 0..1."""
    tell = tick or (lambda share: None)
    if not len(a.thumbs) or not len(b.thumbs):
        empty = len(b.thumbs)
        nothing, none = np.full(empty, exact.NEW, np.int32), np.zeros(empty, np.float32)
        nowhere = np.zeros((0, 4), np.int32)
        return Match(nothing, none, 0.0, Window(), False, np.zeros(empty, bool), none, nowhere, nowhere)
    a, b, turn, (pass_, best, window) = _turned(a, b, _framed(a, b, tell), tell)
    best = _at_its_speed(a, b, pass_, best)
    seen = Seen(pass_.a.thumbs, b.thumbs, [one.look for one in pass_.tracks], best.track)
    natural = _natural(a, b, pass_.speed)
    straight = courses.straightened(best.frame_map, natural, seen)
    straight = trims.thawed(straight, natural, seen)
    if not pass_.reframed:
        straight = settling.settled(straight, natural, seen)
    sure = verify.verified(straight, seen, a.frame_us, b.frame_us)
    if not pass_.reframed:
        again = regained.regained(sure, natural, seen, a.frame_us, b.frame_us)
        if (again != sure).any():
            sure = verify.verified(settling.settled(again, natural, seen), seen, a.frame_us, b.frame_us)
    sure = elsewhere.confirmed(sure, seen, a.frame_us, b.frame_us)
    frame_map = blends.blended(gaps.filled(sure, natural, seen), natural, seen)
    frame_map = gaps.bridged(frame_map, natural, seen, reframed=pass_.reframed)
    frame_map = slips.steadied(frame_map, natural, seen, reframed=pass_.reframed)
    frame_map = trims.at_cuts(frame_map, natural, seen)
    if not pass_.reframed:
        frame_map = woven.unravelled(frame_map, natural, seen)
    likeness = best.likeness.copy()
    likeness[(sure < 0) & (frame_map >= 0)] = np.median(likeness[sure >= 0]) if (sure >= 0).any() else 1 - pass_.new
    reframed = pass_.reframed and any(one.look.path is not None for one in pass_.tracks)
    mirrored = np.array([*(one.look.mirrored for one in pass_.tracks), False])[best.track]
    distinct, others = pass_.distinct(frame_map), pass_.others(frame_map)
    # a window that moves does not say what frames show that are not seen through it
    slid = np.zeros((0, 4), np.int32) if reframed else slides.slides(frame_map, natural, seen)
    window = window or Window()
    return Match(frame_map, likeness, 1 - pass_.new, window, reframed, mirrored, distinct, others, slid, turn)


_Framed = tuple["_Pass", exact.Found, Window | None]
"""A pass, what it found, and the part of A's picture that B shows all through, where that is not the whole."""


def _turned(
    a: Pictures, b: Pictures, plain: _Framed, tell: Callable[[float], None]
) -> tuple[Pictures, Pictures, Turn, _Framed]:
    """A and B as they are seen, how A is turned, and the pass: another where little of B is like A upright."""
    if _worth(plain[1]) < _LITTLE * len(b.thumbs):
        turn = seeking.seek_turn(*_some(a, b))
        if not turn.none:
            of_a, of_b = turns.of_pictures(a, b, turn)
            again = _framed(of_a, of_b, tell)
            if _worth(again[1]) > _worth(plain[1]):
                return of_a, of_b, turn, again
    return a, b, Turn(), plain


def _framed(a: Pictures, b: Pictures, tell: Callable[[float], None]) -> _Framed:
    """The pass, through the part of A's picture that B shows all through, where that is not the whole."""
    pass_ = _Pass(a, b, lambda share: tell(share / 2))
    first, start = pass_.match(), Window()
    if pass_.reframed and _as_it_is(first, pass_.tracks) >= _SURELY_AS_IT_IS:
        # stretched to another shape rather than cut
        again = _Pass(a, replace(b, aspect=a.aspect), lambda share: tell(share / 2))
        found = again.match()
        if _worth(found) > _NEARLY * _worth(first):
            pass_, first = again, found
    reframed = pass_.reframed
    if reframed or _as_it_is(first, pass_.tracks) < _SURELY_AS_IT_IS:
        guess = seeking.seek_window(*_some(a, b))
        if guess is not None:
            again = _Pass(_through(a, b, guess), b, lambda share: tell(share / 2))
            found = again.match()
            if _worth(found) > _NEARLY * _worth(first):
                # one window for all explains more than one for each run, even where it fits a little less
                pass_, first, start, reframed = again, found, guess, False
    window = None if start.whole else start
    for _ in range(0 if reframed else _WINDOW_ROUNDS):
        nearer = _common_window(a, b, first, start)
        if nearer is None or nearer == start:
            break
        again = _Pass(_through(a, b, nearer), b, lambda share: tell(0.5 + share / 2))
        found = again.match()
        if _worth(found) <= _worth(first):
            break
        pass_, first, window, start = again, found, nearer, nearer
    return pass_, first, window


def _through(a: Pictures, b: Pictures, window: Window) -> Pictures:
    """A's pictures cut to what B shows, and as wide."""
    return replace(a, thumbs=descriptors.cut(a.thumbs, window), aspect=b.aspect)


def _some(a: Pictures, b: Pictures) -> tuple[Bytes, Bytes]:
    """Some thumbnails of both: of A so many that every shot is likely to have one."""
    of_a = int(np.clip(a.duration_us / _SHOT_US, _GUESS_OF, _GUESS_OF * 8))
    return cells.some(a.thumbs, of_a), cells.some(b.thumbs, _GUESS_OF)


def _at_its_speed(a: Pictures, b: Pictures, pass_: _Pass, found: exact.Found) -> exact.Found:
    """The pass again at the speed that most of B has, or at A's own, where that serves: trims may look like a speed."""
    for speed in dict.fromkeys((pace.common_speed(found.frame_map, a, b), 1.0)):
        if speed == pass_.speed:
            continue
        before = pass_.speed, pass_.tracks, pass_.new
        again = pass_.match(speed)
        steps, steps_before = _steps(again, _natural(a, b, speed)), _steps(found, _natural(a, b, before[0]))
        as_good = _worth(again) >= _AS_GOOD * _worth(found) and len(steps) <= len(steps_before)
        # what runs at another speed goes on by a frame or two now and then, trims do so at once
        few = speed == 1 and len(steps) * _TRIM <= abs(int(steps.sum()))
        if as_good or (few and _misfit(again) < _BETTER * _misfit(found)):
            found = again
        else:
            pass_.speed, pass_.tracks, pass_.new = before
    return found


def _as_it_is(found: exact.Found, tracks: list[exact.Track]) -> float:
    """The share of B that is much like A's whole picture, as it is or mirrored: more than a window could be."""
    whole = np.array([*(one.look.path is None for one in tracks), False])[found.track]
    return float((whole & (found.frame_map >= 0) & (found.likeness > _MUCH_ALIKE)).mean())


def _worth(found: exact.Found) -> float:
    """How much is matched, and how well."""
    return float(found.likeness[found.frame_map >= 0].sum())


def _misfit(found: exact.Found) -> float:
    """How much is not matched, and how badly what is."""
    return len(found.frame_map) - _worth(found)


def _steps(found: exact.Found, natural: Ints) -> Ints:
    """By how many frames what is matched steps aside from A's pace, each time that it does."""
    at = np.flatnonzero(found.frame_map >= 0)
    steps = np.diff(found.frame_map[at] - natural[at])
    result: Ints = steps[steps != 0]
    return result


def _common_window(a: Pictures, b: Pictures, found: exact.Found, start: Window) -> Window | None:
    """The part of A's picture that B shows all through, when that is clearly not the whole."""
    matched = np.flatnonzero(found.frame_map >= 0)
    if len(matched) < _LEAST_PAIRS:
        return None if start.whole else start
    if start.whole and np.median(found.likeness[matched]) > _SURELY_WHOLE:
        return None
    sure = matched[found.likeness[matched] >= np.median(found.likeness[matched])]
    # once there is a window, fewer pairs, and frames of A beside those that were found through it
    pairs, beside, steps = (_PAIRS, 0, framing.STEPS) if start.whole else (_PAIRS // 2, _BESIDE, framing.STEPS[1:])
    chosen = sure[np.linspace(0, len(sure) - 1, pairs).astype(int)]
    shown = found.frame_map[chosen][:, None] + np.arange(-beside, beside + 1)
    of_a = a.thumbs[np.clip(shown, 0, len(a.thumbs) - 1).ravel()]
    window, before, after = framing.find_window(of_a, b.thumbs[chosen], start, steps)
    better = not window.whole and after > before + (_CLEARLY_BETTER if start.whole else 0)
    return window if better else (start if not start.whole else None)


class _Pass:
    """Coarse runs of one pair of pictures, and exact frames from them."""

    def __init__(self, a: Pictures, b: Pictures, tell: Callable[[float], None]) -> None:
        self.a, self._b, self._tell = a, b, tell
        cell_us = cells.length_us(a, b)
        self._cells = Cells(a, b, cell_us)
        tell(0.2)
        way = self._cells.way()
        self.speed = 1.0
        if way.slips > pace.MANY_SLIPS and not self._cells.reframed:
            self.speed = pace.speed(a, b, cell_us)
            if self.speed != 1:
                self._cells = Cells(a, b, cell_us, self.speed)
                way = self._cells.way()
        self._runs = self._found(way.runs, cell_us)
        tell(0.6)
        rate = len(a.thumbs) * cell_us / max(1, a.duration_us)
        self.tracks: list[exact.Track] = []
        self.new = 0.0
        self._radius = max(8, round(2.2 * rate))
        self._reach = round(3 * self._radius * a.frame_us / b.frame_us) + 1
        self._compared = Compared(a.thumbs, b.thumbs, self._cells.mean)

    @property
    def reframed(self) -> bool:
        """Whether one side shows a moving window of the other."""
        return self._cells.reframed

    def distinct(self, frame_map: NDArray[np.int32]) -> Floats:
        """How much less alike the next best place in A is, by frame of B, 0..1; 0 where nothing is matched."""
        of_cells = self._cells
        column_of = np.searchsorted(of_cells.a_at, np.arange(len(self.a.thumbs)))
        rows = np.flatnonzero(frame_map[of_cells.b_at] >= 0)
        if not len(rows):
            return np.zeros(len(frame_map), np.float32)
        columns = np.minimum(column_of[frame_map[of_cells.b_at[rows]]], len(of_cells.a_at) - 1)
        values = of_cells.margins(rows, columns)
        by_frame = np.interp(np.arange(len(frame_map)), of_cells.b_at[rows], values)
        result: Floats = np.where(frame_map >= 0, by_frame, 0).astype(np.float32)
        return result

    def others(self, frame_map: NDArray[np.int32]) -> NDArray[np.int32]:
        """Where else in A stretches of B fit as well; see `alternatives`."""
        return alternatives(frame_map, self._cells, self.a.starts_us, self._b.starts_us)

    def _found(self, plain: list[coarse.Run], cell_us: int) -> list[tuple[coarse.Run, Look]]:
        """All runs: first of A as it was, then, where that says little, also backward, mirrored and zoomed."""
        of_cells = self._cells
        rows, columns = len(of_cells.b_at), len(of_cells.a_frames)
        if of_cells.reframed:
            at = of_cells.a_at, of_cells.b_at
            return [(run, panning.pan(run, self.a, self._b, *at, of_cells.mean)) for run in plain]
        found = [(run, PLAIN) for run in plain]
        poor = self._poor(plain, rows)
        if len(poor) < _LEAST_POOR_CELLS:
            return found
        of_both = Cells(self.a, self._b, cell_us, self.speed, other_looks=zooming.START)
        again = coarse.find(len(poor), columns, _LAYERS, lambda low, high: of_both.unlike(poor[low:high]))
        others = [one for run in plain for one in _within(run, poor)]
        for run in again.runs:
            for part in np.split(np.arange(len(run.rows)), np.flatnonzero(np.diff(poor[run.rows]) > 1) + 1):
                one = coarse.Run(poor[run.rows[part]], run.columns[part], run.layer)
                if not one.layer.plain and len(part) >= _LEAST_POOR_CELLS:
                    others.append(one)
        zooms = 0
        for one in sorted(others, key=lambda one: -len(one.rows)):
            look = (PLAIN, _MIRRORED)[one.layer.look] if one.layer.look < 2 else None
            if look is None and zooms < _MOST_ZOOMS:
                look = zooming.zoom(one, self.a, self._b, of_cells.a_at, of_cells.b_at)
                zooms += 1
            if look is not None:
                found.append((one, look))
        return found

    def _poor(self, plain: list[coarse.Run], rows: int) -> Ints:
        """Rows in which nothing of A was found, or what is much less alike than usual."""
        unlike = np.full(rows, 9, np.float32)
        for run in plain:
            unlike[run.rows] = self._cells.along(run.rows, run.columns)
        matched = unlike < 9
        usual = float(np.median(unlike[matched])) if matched.any() else 0.0
        poor = unlike > 2 * usual + _POOR
        near = np.convolve(poor, np.ones(5))[2:-2] >= 1
        return np.flatnonzero(near)

    def match(self, speed: float = 0.0) -> exact.Found:
        """Exact frames; speed: how much faster A runs in B than it did, 0 where only the cells know."""
        speed = self.speed = speed or self.speed
        a, b, of_cells = self.a, self._b, self._cells
        band = tracking.Band(len(a.thumbs), len(b.thumbs), _natural(a, b, speed), self._radius, self._reach)
        self.tracks = [
            one for run, look in self._runs for one in tracking.tracks(run, of_cells.b_at, of_cells.a_at, band, look)
        ]
        similarity = self._compared.similarity
        costs = _costs(self.tracks, similarity, self._radius, len(a.thumbs))
        self.new = costs.new
        return exact.align(
            len(b.thumbs),
            len(a.thumbs),
            self.tracks,
            self._radius,
            similarity,
            costs,
            lambda frame: self._tell(0.6 + 0.4 * frame / len(b.thumbs)),
        )


def _within(run: coarse.Run, rows: Ints) -> list[coarse.Run]:
    """The parts of a run along those rows that are long enough, to be looked at through a window."""
    inside = np.flatnonzero(np.isin(run.rows, rows))
    parts = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)
    layer = coarse.Layer(1, 2)
    return [coarse.Run(run.rows[one], run.columns[one], layer) for one in parts if len(one) > _LEAST_POOR_CELLS]


def _natural(a: Pictures, b: Pictures, speed: float) -> Ints:
    """The frame of A on screen at the time of each frame of B, going on at A's pace beyond its end."""
    step = a.frame_us
    times = b.starts_us * speed
    inside = np.searchsorted(a.starts_us, times + step / 8, side="right") - 1
    beyond = len(a.thumbs) + ((times - a.duration_us) / step).astype(np.int64)
    result: Ints = np.where(times < a.duration_us, inside, beyond).astype(np.int64)
    return result


def _costs(tracks: list[exact.Track], similarity: exact.Emission, radius: int, a_frames: int) -> exact.Costs:
    """Prices that suit this pair: how unlike right matches are says how unlike new material must be."""
    best = []
    step = max(5, sum(len(track.centers) for track in tracks) // _COSTS_OF)
    for track in tracks:
        for at in range(0, len(track.centers), step):
            center = int(track.centers[at])
            low, high = max(0, center - radius), min(a_frames, center + radius + 1)
            if low < high:
                best.append(float(similarity(track.look, track.first + at, track.first + at + 1, low, high).max()))
    typical = 1 - float(np.median(best)) if best else 0.5
    new = float(np.clip(3 * typical + 0.12, 0.3, 0.7))
    return exact.Costs(switch=2.2 * new, slip=new, new=new)
