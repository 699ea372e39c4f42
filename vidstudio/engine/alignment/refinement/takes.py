"""Whether what stands still in B is another take of what A shows: nearly the same picture, and yet another one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import Motion
from vidstudio.engine.alignment.appearance.unlike import residuals, residuals_of_most

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_SAMPLES = 2000
_LEAST_USUAL = 0.3
_LEAST_FRAMES = 10
_STANDS, _FROZEN = 1.5, 0.02
_ALIKE = 0.2
_FARTHER, _MOST_FARTHER, _MUCH_FARTHER = 1.35, 1.1, 1.4


class Takes:
    """What is usual for the frames of B that a map gives to A, and what is not.

    A room in which hardly anything moves looks the same in each take of it. Where nothing of what little stirs in A
    stirs in B, the picture has to be as near as it usually is, also but for a title. Of whole shots that is not asked:
    coarse coding stills them.
    """

    def __init__(self, frame_map: Map, seen: Seen) -> None:
        """frame_map: int32 (frames of B,)."""
        matched = np.flatnonzero(frame_map >= 0)
        self._some = matched[:: 1 + len(matched) // _SAMPLES]
        self._shown = frame_map[self._some]
        self._seen = seen

    @cached_property
    def usual(self) -> float:
        """What is left of the difference of most pairs, RMS in levels."""
        return self._usually(residuals)

    @cached_property
    def _usual_most(self) -> float:
        """The same but for a title."""
        return self._usually(residuals_of_most)

    def _usually(self, measure: Callable[[Seen, Ints, Map], Floats]) -> float:
        left = measure(self._seen, self._some, self._shown)
        return max(_LEAST_USUAL, float(np.median(left)) if len(left) else 0.0)

    def is_other(self, part: Ints, shown: Ints | Map, motion: Motion) -> bool:
        """Whether frames of B, rising and without a gap, only look like those frames of A; motion: along them."""
        if len(part) < _LEAST_FRAMES or self._seen.are_whole_shots(part, shown):
            return False
        if not self._is_farther(part, shown, _MOST_FARTHER):
            return False
        moves = motion.of_a[part]
        stands = float(moves.mean()) > _FROZEN and float(np.median(moves)) < _STANDS
        return stands and motion.alike(part) < _ALIKE

    def is_none(self, part: Ints, shown: Ints | Map, *, again: bool) -> bool:
        """Whether frames of B that seem to be one of A held are farther than usual, also but for a title.

        again: whether B shows that frame at another place too; what is shown twice is the less likely to be held.
        """
        return self._is_farther(part, shown, _MOST_FARTHER if again else _MUCH_FARTHER)

    def _is_farther(self, part: Ints, shown: Ints | Map, but_for_titles: float) -> bool:
        return (
            float(np.median(residuals(self._seen, part, shown))) > _FARTHER * self.usual
            and float(np.median(residuals_of_most(self._seen, part, shown))) > but_for_titles * self._usual_most
        )
