"""Exact alignment: which frame of A each frame of B shows, or none, by one Viterbi pass over B's frames.

States of a frame are the frames of A near each coarse run that is close to it, and "new". Staying on the
track's course is free, slipping by one frame costs a little, by several more, jumping to another track most.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import PLAIN, Look

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Codes = NDArray[np.uint8]

NEW = -1
_BLOCK = 64
_FAR = np.float32(1e6)
_LEAP = np.float32(1.4)


@dataclass(frozen=True, slots=True)
class Track:
    """Where a coarse run may be: frames `first..first+len(centers)-1` of B, frames of A around `centers`.

    course: int64 like centers, where a frame of A goes at no cost: only its steps count. look: how A's picture is
    seen there. slips: what slipping by a frame costs, as a share of `Costs.slip`. entry: added to a jump into it.
    """

    first: int
    centers: Ints
    course: Ints
    look: Look = PLAIN
    slips: float = 1.0
    entry: float = 0.0

    @property
    def after(self) -> int:
        """Number of the first frame of B beyond it."""
        return self.first + len(self.centers)


@dataclass(frozen=True, slots=True)
class Costs:
    """Prices of the Viterbi path, in units of 1 - similarity. `new` is the price of matching nothing."""

    switch: float = 1.2
    slip: float = 0.25
    new: float = 0.6


@dataclass(frozen=True, slots=True)
class Found:
    """By frame of B: the frame of A or NEW, int32; its similarity, float32; the number of the track, int32, or -1."""

    frame_map: NDArray[np.int32]
    likeness: Floats
    track: NDArray[np.int32]


Emission = Callable[[Look, int, int, int, int], Floats]
"""Similarity of frames `b_low..b_high-1` (rows) and `a_low..a_high-1` (columns) in a look."""


def align(
    b_frames: int,
    a_frames: int,
    tracks: Sequence[Track],
    radius: int,
    similarity: Emission,
    costs: Costs,
    tick: Callable[[int], None] | None = None,
) -> Found:
    """The cheapest path through all tracks; frames of A are looked for within `radius` of each track's centers."""
    edges = sorted({0, b_frames, *(min(max(0, at), b_frames) for one in tracks for at in (one.first, one.after))})
    done: list[_Stretch] = []
    state = _State()
    for low, high in itertools.pairwise(edges):
        active = [number for number, one in enumerate(tracks) if one.first <= low and one.after >= high]
        stretch = _Stretch(low, high, active, tracks, radius)
        stretch.go(state, _emissions(stretch, tracks, radius, a_frames, similarity), costs)
        done.append(stretch)
        if tick:
            tick(high)
    return _trace(done, state, tracks, b_frames, radius)


@dataclass(slots=True)
class _State:
    """Scores after a frame: (active tracks, places), and of "new"."""

    active: list[int] = field(default_factory=list)
    scores: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    new: np.float32 = field(default_factory=lambda: np.float32(0))
    began: bool = False


class _Stretch:
    """Frames of B along which the same tracks are active, and how each state of each was reached."""

    def __init__(self, low: int, high: int, active: list[int], tracks: Sequence[Track], radius: int) -> None:
        self.low, self.high, self.active = low, high, active
        self.width = 2 * radius + 1
        count = high - low
        self.steps: Codes = np.zeros((count, len(active), self.width), np.uint8)
        self.leap_from = np.zeros((count, len(active)), np.int16)
        self.jump_from = np.full((count, 2), NEW, np.int32)  # track and place, or NEW
        self.new_from = np.full((count, 2), NEW, np.int32)
        self.likeness = np.zeros((count, len(active), self.width), np.float16)
        self.shifts = np.zeros((count, len(active)), np.int64)
        for place, number in enumerate(active):
            one = tracks[number]
            drift = np.diff(one.course - one.centers, prepend=(one.course - one.centers)[:1])
            self.shifts[:, place] = drift[low - one.first : high - one.first]
        self.slips = np.array([[tracks[number].slips] for number in active], np.float32)
        self.entries = np.array([[tracks[number].entry] for number in active], np.float32)

    def go(self, state: _State, emissions: Floats, costs: Costs) -> None:
        """Takes the state through the stretch; emissions are costs (frames, tracks, places)."""
        before = state.scores
        carried = np.full((len(self.active), self.width), _FAR, np.float32)
        for place, number in enumerate(self.active):
            if number in state.active:
                carried[place] = before[state.active.index(number)]
        self.likeness[:] = np.maximum(1 - emissions, -1)
        best, best_at = _lowest(before, state.active, self.width)
        scores = carried
        padded = np.full((len(self.active), self.width + 2), _FAR, np.float32)
        slip = np.float32(costs.slip) * self.slips
        ways = np.empty((5, len(self.active), self.width), np.float32)
        numbers = np.arange(len(self.active))
        moves = np.any(self.shifts, axis=1)
        new, switch = state.new, np.float32(costs.switch)
        for at in range(self.high - self.low):
            from_best = state.began and best < new
            jump = best + switch if from_best else new + switch / 2
            if from_best:
                self.jump_from[at] = best_at
            if not state.began:
                jump = np.float32(0)
            if len(self.active):
                padded[:, 1:-1] = scores
                if moves[at]:
                    _shifted(padded, self.shifts[at])
                leap = np.argmin(padded[:, 1:-1], axis=1)
                self.leap_from[at] = leap
                leapt = padded[numbers, leap + 1][:, None] + _LEAP * slip
                ways[0], ways[1], ways[2] = padded[:, 1:-1], padded[:, :-2] + slip, padded[:, 2:] + slip
                ways[3], ways[4] = jump + self.entries, leapt
                choice = np.argmin(ways, axis=0)
                self.steps[at] = choice
                scores = np.take_along_axis(ways, choice[None], axis=0)[0] + emissions[at]
            if state.began and best + switch / 2 < new:
                new = best + switch / 2
                self.new_from[at] = best_at
            new = new + np.float32(costs.new)
            state.began = True
            best, best_at = _lowest(scores, self.active, self.width)
            floor = min(best, new)
            scores, new, best = scores - floor, new - floor, best - floor
        state.active, state.scores, state.new = self.active, scores, np.float32(new)


def _lowest(scores: Floats, active: list[int], width: int) -> tuple[np.float32, tuple[int, int]]:
    """The lowest score, and its track and place."""
    if not scores.size:
        return _FAR, (NEW, 0)
    at = int(np.argmin(scores))
    return scores.reshape(-1)[at], (active[at // width], at % width)


def _shifted(padded: Floats, shifts: Ints) -> None:
    """Moves each row's places by its shift, between the paddings."""
    inside = padded[:, 1:-1]
    for row in np.flatnonzero(shifts).tolist():
        by, line = int(shifts[row]), inside[row].copy()
        inside[row] = _FAR
        if 0 < by < len(line):
            inside[row, by:] = line[:-by]
        elif -len(line) < by < 0:
            inside[row, :by] = line[-by:]


def _emissions(stretch: _Stretch, tracks: Sequence[Track], radius: int, a_frames: int, similarity: Emission) -> Floats:
    """Costs (frames, tracks, places) of each candidate; impossible ones are very dear."""
    count = stretch.high - stretch.low
    cost = np.full((count, len(stretch.active), stretch.width), _FAR, np.float32)
    offsets = np.arange(-radius, radius + 1)
    for place, number in enumerate(stretch.active):
        one = tracks[number]
        block = one.look.steady_for or _BLOCK
        for start in range(stretch.low, stretch.high, block):
            after = min(start + block, stretch.high)
            centers = one.centers[start - one.first : after - one.first]
            low, high = max(0, int(centers.min()) - radius), min(a_frames, int(centers.max()) + radius + 1)
            if low >= high:
                continue
            alike = similarity(one.look, start, after, low, high)
            wanted = centers[:, None] + offsets
            inside = (wanted >= low) & (wanted < high)
            rows = np.broadcast_to(np.arange(len(centers))[:, None], wanted.shape)
            part = cost[start - stretch.low : after - stretch.low, place]
            part[inside] = 1 - alike[rows[inside], wanted[inside] - low]
    return cost


def _trace(done: list[_Stretch], state: _State, tracks: Sequence[Track], frames: int, radius: int) -> Found:
    shown = np.full(frames, NEW, np.int32)
    likeness = np.zeros(frames, np.float32)
    track = np.full(frames, NEW, np.int32)
    best, (number, place) = _lowest(state.scores, state.active, 2 * radius + 1)
    if best > state.new:
        number = NEW
    for stretch in reversed(done):
        for at in range(stretch.high - stretch.low - 1, -1, -1):
            if number == NEW:
                number, place = stretch.new_from[at].tolist()
                continue
            row, frame = stretch.active.index(number), stretch.low + at
            shown[frame] = tracks[number].centers[frame - tracks[number].first] + place - radius
            likeness[frame] = stretch.likeness[at, row, place]
            track[frame] = number
            step = stretch.steps[at, row, place]
            if step == 3:
                number, place = stretch.jump_from[at].tolist()
            else:
                place = int(stretch.leap_from[at, row]) if step == 4 else place + (0, -1, 1)[step]
                place -= int(stretch.shifts[at, row])
    return Found(shown, likeness, track)
