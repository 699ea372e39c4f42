"""How both pictures change from frame to frame: grade, coding and overlays hardly touch that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_LAG = 3
_AROUND = 7
_MOVES = 1.0
_MOVES_MUCH = 3.0
_STILL = 1.5
_UNRELATED = 0.25
_RELATED = 0.45
_MOST_OF_THE_TIME = 0.8
_HARDLY_MOVES = 0.5
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Motion:
    """How both pictures changed over the last few frames of B; float64 (frames of B,).

    of_a, of_b: mean squares in levels. both: mean product. known: whether it can be said.
    """

    of_a: NDArray[np.float64]
    of_b: NDArray[np.float64]
    both: NDArray[np.float64]
    known: NDArray[np.float64]

    def around(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Correlation of both motions near each frame, -1..1, and how much A moves there."""
        window = np.ones(_AROUND)
        of_a, of_b, both, known = (
            np.convolve(values, window)[_AROUND // 2 : _AROUND // 2 + len(values)]
            for values in (self.of_a, self.of_b, self.both, self.known)
        )
        return both / np.sqrt(np.maximum(of_a * of_b, 1e-3)), of_a / np.maximum(known, 1)

    def hurried(self, part: Ints) -> bool:
        """Whether B moves in these frames, and A does not."""
        late = part[_LAG:]
        return bool(self.of_b[late].mean() > _STILL + 2 * self.of_a[late].mean()) if len(late) else False

    def unrelated(self, part: Ints, *, expected: bool) -> bool:
        """Whether these frames move otherwise in B than in A. `expected`: they are where one looks for them."""
        late = part[_LAG:-1]  # the last frame may be woven of two shots
        if len(late) < _AROUND - _LAG:
            return False
        of_a, of_b, both = (values[late].sum() for values in (self.of_a, self.of_b, self.both))
        most, least = (_MOVES_MUCH, _UNRELATED) if expected else (_MOVES, _RELATED)
        known = max(1.0, float(self.known[late].sum()))
        if max(of_a, of_b) <= most * known or both >= least * np.sqrt(of_a * of_b):
            return False
        # a title that comes or goes in B changes much for a moment, and nothing moves the rest of the time
        rest = late[self.of_b[late] <= np.quantile(self.of_b[late], _MOST_OF_THE_TIME)]
        still = max(self.of_a[rest].mean(), self.of_b[rest].mean()) < _HARDLY_MOVES
        return not (still and of_b > of_a)


def motion_along(frame_map: Map, seen: Seen) -> Motion:
    """The motion along a frame map int32 (frames of B,)."""
    result = Motion(*(np.zeros(len(frame_map)) for _ in range(4)))
    late = np.arange(_LAG, len(frame_map))
    went = np.abs(frame_map[_LAG:] - frame_map[:-_LAG])
    late = late[(frame_map[_LAG:] >= 0) & (frame_map[:-_LAG] >= 0) & (went <= 4 * _LAG)]
    for start in range(0, len(late), _BATCH):
        now = late[start : start + _BATCH]
        a_now, b_now = seen.pairs(now, frame_map[now])
        a_before, b_before = seen.pairs(now - _LAG, frame_map[now - _LAG])
        of_a, of_b = _change(a_now, a_before), _change(b_now, b_before)
        result.of_a[now] = (of_a * of_a).mean(axis=(1, 2))
        result.of_b[now] = (of_b * of_b).mean(axis=(1, 2))
        result.both[now] = (of_a * of_b).mean(axis=(1, 2))
        result.known[now] = 1
    return result


def _change(now: Bytes, before: Bytes) -> Floats:
    """What changed in the picture at 24x14, apart from its brightness."""
    changed = now.astype(np.float32) - before
    small = changed.reshape(len(changed), 14, 2, 24, 2).mean(axis=(2, 4))
    result: Floats = small - small.mean(axis=(1, 2), keepdims=True)
    return result
