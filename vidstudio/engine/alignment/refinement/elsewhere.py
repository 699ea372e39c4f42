"""What other takes look like is looked at twice: out of order they have not moved, in order the right one was kept.

In order, a poor match is more likely a changed shot than another one. Out of order it has nothing but its likeness
to speak for it, so that has to be as good as what this pair of videos has elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import Motion, motion_along
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.refinement.verify import in_order, pieces
from vidstudio.engine.alignment.search import exact

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_STILL, _FROZEN = 0.5, 0.02
_MOVES = 3.0
_ALIKE_STILL, _ALIKE_LITTLE, _ALIKE_SOMEWHAT = 0.35, 0.25, 0.5
_ALIKE_WHOLE, _ALIKE_MOVING, _LESS_ALIKE = 0.4, 0.72, 0.08
_NEARER = 0.67
_SURELY_ALIKE = 0.9
_STIRS, _LEAST_KNOWN, _HALF, _MOST_ASKED = 0.1, 12, 0.5, 0.3
_SURELY_STIRS, _OTHERWISE, _LEAST_RETAKEN = 0.5, 0.1, 12
_USUAL = 0.9
_STRANGE = 3.2
_FARTHER, _LEVELS, _ANYWAY = 2.2, 0.4, 0.8
_SAMPLES = 5
_CLEARLY_NEARER = 0.75
_AS_NEAR = 1.05
_MOST_PIECES = 40
_BLOCK = 4096


def confirmed(frame_map: Map, seen: Seen, a_frame_us: float, b_frame_us: float) -> Map:
    """The map int32 (frames of B,) without what is out of order and not really A; still shots at their best place.

    What A holds just as well where it would be in order is not out of order.
    """
    matched = np.flatnonzero(frame_map >= 0)
    parts = pieces(frame_map, matched, a_frame_us, b_frame_us) if len(matched) else []
    expected = in_order(frame_map, parts)
    ordered = [part for part, fine in zip(parts, expected, strict=True) if fine]
    if not ordered:
        return frame_map
    usual = _Usual(frame_map, ordered, seen)
    result = _retaken(frame_map, ordered, usual, seen)
    others = []
    for part, fine in zip(parts, expected, strict=True):
        if not fine:
            others += [part] if seen.are_whole_shots(part, frame_map[part]) else _shots(part, seen)
    for part in sorted(others, key=len, reverse=True)[:_MOST_PIECES]:
        in_place = _between(frame_map[part], part, seen, *_room(frame_map, part, parts, expected))
        if in_place is not None:
            result[part] = in_place
            keep = not usual.is_otherwise(part, result)
        else:
            if usual.stands_still(part):
                result[part] = _best_place(frame_map[part], part, seen)
            held = usual.is_frozen(part, result) and _goes_on(part, result, ordered, seen)
            along = held or usual.goes_along(part, result)
            keep = along and not usual.is_otherwise(part, result)
        if not keep:
            result[part] = exact.NEW
    return result


def _retaken(frame_map: Map, ordered: list[Ints], usual: _Usual, seen: Seen) -> Map:
    """The map with still shots in order given to the take, of those between what is before and behind, that they are.

    Takes of a room are nearly alike; what little stirs in them is each one's own.
    """
    result = frame_map.copy()
    shots = [shot for part in ordered for shot in _shots(part, seen)]
    for before, part, after in zip([None, *shots], shots, [*shots[1:], None], strict=False):
        if len(part) < _LEAST_RETAKEN or not usual.stirs(part) or usual.stirs_alike(part, result) >= _OTHERWISE:
            continue
        first = 0 if before is None else int(result[before].max()) + 1
        taken = _between(result[part], part, seen, first, -1 if after is None else int(result[after].min()), here=True)
        if taken is None:
            continue
        again = result.copy()
        again[part] = taken
        if usual.stirs_alike(part, again) > _SURELY_STIRS:
            result = again
    return result


class _Usual:
    """What is usual for these two videos where B shows A in order, and what of another piece is not."""

    def __init__(self, frame_map: Map, ordered: list[Ints], seen: Seen) -> None:
        self._map, self._seen = frame_map, seen
        self._motion = motion_along(frame_map, seen)
        self._alike, self._moves = self._motion.around()
        chain = np.concatenate([np.zeros(0, np.int64), *ordered])
        left = residuals(seen, chain, frame_map[chain])
        self._strange = _STRANGE * float(np.quantile(left, _USUAL)) if len(chain) else np.inf
        self._farther = max(_ANYWAY, _FARTHER * float(np.median(left)) + _LEVELS) if len(chain) else np.inf
        self._nearer = _NEARER * float(np.median(left)) if len(chain) else 0.0
        self._noise = self._motion.noise_limit(chain)
        calm = chain[(self._moves[chain] < _STILL) & (self._motion.of_a[chain] > _STIRS)]
        usually = float(np.median(self._alike[calm])) if len(calm) >= _LEAST_KNOWN else 0.0
        # where coding leaves little of what stirs, that says nothing
        self._alike_still = min(_MOST_ASKED, _HALF * usually) if usually >= _MOST_ASKED else -1.0
        moving = self._alike[chain[self._moves[chain] >= _MOVES]]
        least = float(np.median(moving)) - _LESS_ALIKE if len(moving) else 0.0
        self._alike_moving = max(_ALIKE_MOVING, least)

    def stands_still(self, part: Ints) -> bool:
        """Whether nothing moves in these frames."""
        return bool(np.median(self._moves[part]) < _STILL)

    def is_frozen(self, part: Ints, frame_map: Map) -> bool:
        """Whether A or B shows one picture in these frames, without as much as a camera's noise."""
        motion, _, moves = self._of(part, frame_map)
        return min(moves, float(np.median(motion.of_b[part]))) <= _FROZEN

    def goes_along(self, part: Ints, frame_map: Map) -> bool:
        """Whether a piece that is out of order moves as what it is mapped to.

        A whole shot of both has its length to speak for it as well, and what hardly moves, that it is nearer than all
        else.
        """
        motion, alike, moves = self._of(part, frame_map)
        alike = max(alike, motion.alike(part))
        if self._seen.are_whole_shots(part, frame_map[part]):
            if moves < _STILL:
                return alike >= self._alike_still or moves <= _STIRS
            return alike >= (_ALIKE_LITTLE if moves < _MOVES else _ALIKE_WHOLE)
        if moves >= _MOVES:
            return alike >= self._alike_moving
        near = float(np.median(residuals(self._seen, part, frame_map[part]))) <= self._nearer
        hidden = moves < _STILL or self._alike_still < 0
        return near or alike >= (_ALIKE_STILL if hidden else _ALIKE_SOMEWHAT)

    def stirs(self, part: Ints) -> bool:
        """Whether these frames of B stand still, but for a little."""
        return bool(np.median(self._moves[part]) < _STILL and np.median(self._motion.of_b[part]) > _STIRS)

    def stirs_alike(self, part: Ints, frame_map: Map) -> float:
        """How alike what little moves in a piece is, -1..1; 0 where nothing does in A, or much."""
        _, alike, moves = self._of(part, frame_map)
        return alike if _STIRS < moves < _STILL else 0.0

    def is_otherwise(self, part: Ints, frame_map: Map) -> bool:
        """Whether a piece is less alike than all else, or its noise is another one."""
        motion, alike, moves = self._of(part, frame_map)
        left = residuals(self._seen, part, frame_map[part])
        strange = moves < _MOVES and float(np.quantile(left, _USUAL)) > self._strange
        farther = float(np.median(left)) > self._farther
        return (alike < _SURELY_ALIKE and (strange or farther)) or motion.other_noise(part, self._noise)

    def _of(self, part: Ints, frame_map: Map) -> tuple[Motion, float, float]:
        """The motion along a piece, how alike it is, and how much there is."""
        motion, alike, moves = self._motion, self._alike, self._moves
        if not np.array_equal(frame_map[part], self._map[part]):
            motion = motion_along(_only(frame_map, part), self._seen)
            alike, moves = motion.around()
        return motion, float(np.median(alike[part])), float(np.median(moves[part]))


def _goes_on(part: Ints, frame_map: Map, ordered: list[Ints], seen: Seen) -> bool:
    """Whether a piece goes on from, or leads to, what is in order without a cut, in B and in A."""
    for inside, beside in ((int(part[0]), int(part[0]) - 1), (int(part[-1]), int(part[-1]) + 1)):
        known = any(beside in (one[0], one[-1]) for one in ordered)
        if known and not seen.cuts_b[max(inside, beside)] and seen.one_shot_of_a(frame_map[[inside, beside]]):
            return True
    return False


def _shots(part: Ints, seen: Seen) -> list[Ints]:
    """A piece of B, cut where B is."""
    return np.split(part, np.flatnonzero(seen.cuts_b[part[1:]]) + 1)


def _only(frame_map: Map, part: Ints) -> Map:
    """The map of one piece alone."""
    result = np.full_like(frame_map, exact.NEW)
    result[part] = frame_map[part]
    return result


def _room(frame_map: Map, part: Ints, parts: list[Ints], expected: list[bool]) -> tuple[int, int]:
    """Frames of A, first and one past the last, between what is in order before a piece and after it; -1: the end."""
    kept = [one for one, fine in zip(parts, expected, strict=True) if fine]
    before = [int(frame_map[one].max()) + 1 for one in kept if one[0] < part[0]]
    after = [int(frame_map[one].min()) for one in kept if one[0] > part[0]]
    return (before[-1] if before else 0), (after[0] if after else -1)


def _between(shown: Map, part: Ints, seen: Seen, first: int, after: int, *, here: bool = False) -> Map | None:
    """The most alike frames among `first..after-1`, in the same steps, if not less so than those it seems to show.

    None too where those are among them already, but if they may be `here`, and where there are very many, which took
    long.
    """
    after = len(seen.a) if after < 0 else after
    offsets = np.arange(first - int(shown.min()), after - int(shown.max()))
    if not 0 < len(offsets) <= _BLOCK or (offsets[0] <= 0 <= offsets[-1] and not here):
        return None
    apart = _apart(shown, offsets, part, seen)
    best = int(np.argmin(apart))
    as_shown = float(_apart(shown, np.zeros(1, np.int64), part, seen)[0])
    return (shown + offsets[best]).astype(np.int32) if apart[best] <= _AS_NEAR * as_shown else None


def _best_place(shown: Map, part: Ints, seen: Seen) -> Map:
    """The frames of A that a still piece is most like: those given, or others in the same steps."""
    low, high = int(shown.min()), len(seen.a) - int(shown.max())
    offsets = np.arange(-low, high)
    apart = _apart(shown, offsets, part, seen)
    best = int(np.argmin(apart))
    better = apart[best] < _CLEARLY_NEARER * apart[low]
    return (shown + offsets[best]).astype(np.int32) if better else shown


def _apart(shown: Map, offsets: Ints, part: Ints, seen: Seen) -> Floats:
    """How far some frames of a piece of B are from A at those offsets from `shown`: float32, sums of mean levels."""
    samples = np.unique(np.linspace(0, len(part) - 1, _SAMPLES).astype(int))
    apart = np.zeros(len(offsets), np.float32)
    for at in samples.tolist():
        picture = seen.b[part[at]].astype(np.int16)
        for start in range(0, len(offsets), _BLOCK):
            some = seen.a[shown[at] + offsets[start : start + _BLOCK]]
            apart[start : start + _BLOCK] += np.abs(some - picture).mean(axis=(1, 2))
    return apart
