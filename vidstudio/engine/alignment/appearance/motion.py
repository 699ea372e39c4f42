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
_STIRS, _MOVES_ALONG, _NOT_AT_ALL, _TITLE = 0.1, 0.6, 0.15, 10.0
_RATHER_ALONG = 0.5
_STANDS = 0.5
_MOST_NOISE = 1.5
_LEAST_NOISE = (0.03, 0.015)
_LEAST_HEARD, _LEAST_KNOWN, _SOME = 4, 12, 6
_STILLED = 0.3
_FEW = 3
_OTHER_NOISE, _OF_USUAL, _LEAST_LEFT = 0.3, 0.5, 0.35
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Motion:
    """How both pictures changed over the last few frames of B; float64 (frames of B,).

    of_a, of_b: mean squares in levels. both: mean product. known: whether it can be said. noise_a, noise_b, noise_both:
    the same of what is left of changes that are too large for noise. broken: bool, whether B, which stood still, became
    another picture at once within those last frames, as where a title comes.
    """

    broken: NDArray[np.bool_]
    of_a: NDArray[np.float64]
    of_b: NDArray[np.float64]
    both: NDArray[np.float64]
    known: NDArray[np.float64]
    noise_a: NDArray[np.float64]
    noise_b: NDArray[np.float64]
    noise_both: NDArray[np.float64]

    def around(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Correlation of both motions near each frame, -1..1, and how much A moves there."""
        of_a, of_b, both, known = (_sums(values) for values in (self.of_a, self.of_b, self.both, self.known))
        return both / np.sqrt(np.maximum(of_a * of_b, 1e-3)), of_a / np.maximum(known, 1)

    def alike(self, part: Ints) -> float:
        """Correlation of both motions over all of these frames, -1..1."""
        return self._alike(part[_LAG:-1])

    def alike_but_for_titles(self, part: Ints) -> float:
        """The same without the moments when a title comes or goes in B."""
        return self._alike(self._without_titles(part[_LAG:-1]))

    def not_at_all_alike(self, part: Ints) -> bool:
        """Whether what these frames show moves in A, and nothing in B moves with it."""
        plain = self._without_titles(part[_LAG:-1])
        return len(plain) > 0 and bool(self.of_a[plain].mean() >= _MOVES and self._alike(plain) < _NOT_AT_ALL)

    def _without_titles(self, some: Ints) -> Ints:
        """Those of some frames of B in which it does not change by far more than A; all of them if most do."""
        rest = some[self.of_b[some] <= _TITLE * (1 + self.of_a[some])]
        return rest if 2 * len(rest) > len(some) else some

    def _alike(self, some: Ints) -> float:
        of_a, of_b, both = (float(values[some].sum()) for values in (self.of_a, self.of_b, self.both))
        return both / float(np.sqrt(max(of_a * of_b, 1e-3)))

    def hurried(self, part: Ints) -> bool:
        """Whether B moves in these frames, and A does not."""
        late = part[_LAG:]
        return bool(self.of_b[late].mean() > _STILL + 2 * self.of_a[late].mean()) if len(late) else False

    def unrelated(self, part: Ints, *, likely: bool) -> bool:
        """Whether these frames move otherwise in B than in A. `likely`: much else says that B shows A there."""
        late = part[_LAG:-1]  # the last frame may be woven of two shots
        if (~self.broken[late]).sum() < _AROUND - _LAG:
            return False
        of_a, of_b, both = (values[late].sum() for values in (self.of_a, self.of_b, self.both))
        most, least = (_MOVES_MUCH, _UNRELATED) if likely else (_MOVES, _RELATED)
        known = max(1.0, float(self.known[late].sum()))
        if max(of_a, of_b) <= most * known or both >= least * np.sqrt(of_a * of_b):
            return False
        plain = self._without_titles(late)
        along = _RATHER_ALONG if likely else _MOVES_ALONG
        if self.of_a[plain].mean() > _STIRS and self._alike(plain) >= along:
            return False
        # a title that comes or goes in B changes much for a moment, and nothing moves the rest of the time
        rest = late[self.of_b[late] <= np.quantile(self.of_b[late], _MOST_OF_THE_TIME)]
        still = max(self.of_a[rest].mean(), self.of_b[rest].mean()) < _HARDLY_MOVES
        return not (still and of_b > of_a)

    def noise_limit(self, sure: Ints) -> float:
        """How alike the noise of still pictures has to be, from frames of B that show A for sure; see `other_noise`.

        -1, which is never too little, if few of them stand still, or coding left little of A's noise.
        """
        alike, heard = self._noise()
        known = sure[heard[sure]]
        usual = float(np.median(alike[known])) if len(known) >= _LEAST_KNOWN else 0.0
        return min(_OTHER_NOISE, _OF_USUAL * usual) if usual >= _LEAST_LEFT else -1.0

    def other_noise(self, part: Ints, limit: float) -> bool:
        """Whether what stands still in these frames flickers otherwise in B than in A: that is another take.

        The noise of a camera is its take's own; what coding leaves of it is alike. limit: of `noise_limit`.
        """
        alike, heard = self._noise()
        known = part[heard[part]]
        if len(known) < max(_LEAST_HEARD, len(part) // _SOME) or np.median(self.around()[1][part]) > _STANDS:
            return False
        # what coding has stilled moves now and then, as no camera does: much at once where it starts anew
        of_a, of_b = self.noise_a[part], self.noise_b[part]
        stilled = of_b.sum() < _STILLED * of_a.sum() or np.median(of_b) < _STILLED * np.median(of_a)
        return not stilled and float(np.median(alike[known])) < limit

    def _noise(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """By frame of B: how alike the noise of both is, -1..1, and whether there is any where nothing moves."""
        of_a, of_b, both = (_sums(values) for values in (self.noise_a, self.noise_b, self.noise_both))
        known = np.maximum(_sums(self.known), 1)
        heard = (_sums(self.of_a) < _STANDS * known) & (of_a > _LEAST_NOISE[0] * known)
        heard &= of_b > _LEAST_NOISE[1] * known
        return both / np.sqrt(np.maximum(of_a * of_b, 1e-3)), heard


def motion_along(frame_map: Map, seen: Seen) -> Motion:
    """The motion along a frame map int32 (frames of B,)."""
    result = Motion(_broken(frame_map, seen), *(np.zeros(len(frame_map)) for _ in range(7)))
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
        of_a, of_b = (np.clip(part, -_MOST_NOISE, _MOST_NOISE) for part in (of_a, of_b))
        result.noise_a[now] = (of_a * of_a).mean(axis=(1, 2))
        result.noise_b[now] = (of_b * of_b).mean(axis=(1, 2))
        result.noise_both[now] = (of_a * of_b).mean(axis=(1, 2))
    return result


def changed_alike(seen: Seen, part: Ints, shown: Ints | Map) -> float:
    """Correlation of how B and A changed from the first few of some frames of B to the last, -1..1.

    Coarse coding holds a picture for long in which little moves, and makes it good later at once.
    """
    few = min(_FEW, len(part) // 2)
    if not few:
        return 0.0
    ends = np.r_[:few, len(part) - few : len(part)]
    of_a, of_b = (
        _change(one[few:].mean(axis=0, keepdims=True), one[:few].mean(axis=0, keepdims=True))
        for one in seen.pairs(part[ends], shown[ends])
    )
    return float((of_a * of_b).sum() / np.sqrt(max(float((of_a**2).sum() * (of_b**2).sum()), 1e-3)))


def _broken(frame_map: Map, seen: Seen) -> NDArray[np.bool_]:
    """See `Motion`: where B breaks, and A is not cut just there."""
    ends = np.pad(seen.ends_of_a, 1)
    beside = ends[:-2] | ends[1:-1] | ends[2:]
    breaks = seen.breaks_b & ~((frame_map >= 0) & beside[frame_map])
    result: NDArray[np.bool_] = np.convolve(breaks, np.ones(_LAG))[: len(frame_map)] > 0
    return result


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over the frames near each."""
    half = _AROUND // 2
    result: NDArray[np.float64] = np.convolve(values, np.ones(_AROUND))[half : half + len(values)]
    return result


def _change(now: Bytes | Floats, before: Bytes | Floats) -> Floats:
    """What changed in the picture at 24x14, apart from its brightness."""
    changed = now.astype(np.float32) - before
    small = changed.reshape(len(changed), 14, 2, 24, 2).mean(axis=(2, 4))
    result: Floats = small - small.mean(axis=(1, 2), keepdims=True)
    return result
