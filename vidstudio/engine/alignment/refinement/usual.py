"""What is usual where B shows A in order, and what of a piece that is out of order is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import Motion, motion_along
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.search import exact

Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_STILL, _FROZEN = 0.5, 0.02
_MOVES = 3.0
_ALIKE_STILL, _ALIKE_LITTLE, _ALIKE_SOMEWHAT = 0.35, 0.25, 0.5
_ALIKE_WHOLE, _ALIKE_MOVING, _LESS_ALIKE = 0.4, 0.72, 0.08
_NEARER = 0.67
_SURELY_ALIKE, _ALIKE_WHOLE_MOVING = 0.9, 0.85
_LEAST_STILL, _LEAST_MISSING = 25, 25
_STIRS, _LEAST_KNOWN, _HALF, _MOST_ASKED = 0.1, 12, 0.5, 0.3
_USUAL = 0.9
_STRANGE = 3.2
_FARTHER, _LEVELS, _ANYWAY = 2.2, 0.4, 0.8
_FARTHER_STILL, _NOISE = 1.45, 0.2


class Usual:
    """What is usual for these two videos where B shows A in order, and what of another piece is not."""

    def __init__(self, frame_map: Map, ordered: list[Ints], seen: Seen) -> None:
        self._map, self._seen = frame_map, seen
        self._motion = motion_along(frame_map, seen)
        self._alike, self._moves = self._motion.around()
        chain = np.concatenate([np.zeros(0, np.int64), *ordered])
        left = residuals(seen, chain, frame_map[chain])
        self._strange = _STRANGE * float(np.quantile(left, _USUAL)) if len(chain) else np.inf
        self._usually = float(np.median(left)) if len(chain) else np.inf
        self._farther = max(_ANYWAY, _FARTHER * float(np.median(left)) + _LEVELS) if len(chain) else np.inf
        # what moves is less alike than what stands still
        still = left[self._moves[chain] < _STILL]
        self._nearer = _NEARER * float(np.median(still if len(still) >= _LEAST_STILL else left)) if len(chain) else 0.0
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
        if self._is_whole(part, frame_map):
            if moves < _STILL:
                return alike >= self._alike_still or moves <= _STIRS
            return alike >= (_ALIKE_LITTLE if moves < _MOVES else _ALIKE_WHOLE)
        if moves >= _MOVES:
            return alike >= self._alike_moving
        # through a window that moves nothing is near for sure
        near = bool(self._seen.plain(int(part[0]), int(part[-1]) + 1).all())
        near = near and float(np.median(residuals(self._seen, part, frame_map[part]))) <= self._nearer
        hidden = moves < _STILL or self._alike_still < 0
        return near or alike >= (_ALIKE_STILL if hidden else _ALIKE_SOMEWHAT)

    def stirs(self, part: Ints) -> bool:
        """Whether these frames of B stand still, but for a little."""
        return bool(np.median(self._moves[part]) < _STILL and np.median(self._motion.of_b[part]) > _STIRS)

    def stirs_alike(self, part: Ints, frame_map: Map) -> float:
        """How alike what little moves in a piece is, -1..1; 0 where nothing does in A, or much."""
        _, alike, moves = self._of(part, frame_map)
        return alike if _STIRS < moves < _STILL else 0.0

    def is_farther(self, levels: float) -> bool:
        """Whether a difference, as of `residuals`, is much more than it is in order."""
        return levels > self._farther

    def is_otherwise(self, part: Ints, frame_map: Map) -> bool:
        """Whether a piece is less alike than all else, or its noise is another one."""
        motion, alike, moves = self._of(part, frame_map)
        left = residuals(self._seen, part, frame_map[part])
        strange = moves < _MOVES and float(np.quantile(left, _USUAL)) > self._strange
        whole = self._is_whole(part, frame_map)
        farther = self.is_farther(float(np.median(left)))
        if not whole and moves < _MOVES:
            # what is like it by chance has nothing else to tell it
            farther |= float(np.median(left)) > _FARTHER_STILL * self._usually + _NOISE
        # what moves fast is less alike than what stands still, if only for how it is woven
        surely = alike >= (_ALIKE_WHOLE_MOVING if whole and moves >= _MOVES else _SURELY_ALIKE)
        if not surely and (strange or farther):
            return True
        surely = whole and max(alike, motion.alike(part)) >= _ALIKE_STILL
        return not surely and motion.other_noise(part, self._noise)

    def _is_whole(self, part: Ints, frame_map: Map) -> bool:
        """Whether a piece begins and ends at cuts of both, or is to the frame what of A is missing in one place."""
        if self._seen.are_whole_shots(part, frame_map[part]):
            return True
        first, after = int(frame_map[part].min()), int(frame_map[part].max()) + 1
        others = np.delete(frame_map, part)
        missing = after - first >= _LEAST_MISSING and not ((others >= first) & (others < after)).any()
        return missing and all(at in (-1, len(self._seen.a)) or (others == at).any() for at in (first - 1, after))

    def _of(self, part: Ints, frame_map: Map) -> tuple[Motion, float, float]:
        """The motion along a piece, how alike it is, and how much there is."""
        motion, alike, moves = self._motion, self._alike, self._moves
        if not np.array_equal(frame_map[part], self._map[part]):
            motion = motion_along(_only(frame_map, part), self._seen)
            alike, moves = motion.around()
        return motion, float(np.median(alike[part])), float(np.median(moves[part]))


def _only(frame_map: Map, part: Ints) -> Map:
    """The map of one piece alone."""
    result = np.full_like(frame_map, exact.NEW)
    result[part] = frame_map[part]
    return result
