"""Second thoughts about a frame map: what only looks like A goes, what an overlay hid comes back.

Two things tell a frame of A from another take of its scene: how unlike the pictures are once the grade is
taken out, and whether they change alike from frame to frame (grade, coding and overlays hardly touch that).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment import descriptors, exact
from vidstudio.engine.alignment.looks import Seen

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_UNLIKE_TIMES = (3.0, 5.0)
_UNLIKE_MORE = (0.015, 0.025)
_CLEARLY_THE_SAME = 0.005
_CLEARLY_NEARER = 0.03
_MOST_UNLIKE = 0.5
_MOST_UNLIKE_FILLED = 0.12
_MOST_UNLIKE_MOVING = 0.3
_MAIN_PIECE = 0.4
_LAG = 3
_AROUND = 7
_MOVES = 1.0
_MOVES_MUCH = 3.0
_SLOW = 0.4
_STILL = 1.5
_ALIKE = 0.8
_UNRELATED = 0.25
_RELATED = 0.45
_LEAST_ELSEWHERE = 8
_UNEXPLAINED = 0.3
_LEAST_CONTRAST = 0.06
_FLAT = 16
_CUT = 6.0
_CUT_TIMES = 2.5
_OTHER_LEVEL = 30
_BATCH = 512
_LIMITS_OF = 2000


def verified(frame_map: Map, seen: Seen, a_frame_us: float, b_frame_us: float) -> Map:
    """The map without frames that only look like A: other takes of the same scene.

    How unlike most matches of this pair are sets the limits: a tight one for whole pieces, a loose one for frames.
    """
    matched = np.flatnonzero(frame_map >= 0)
    if not len(matched):
        return frame_map
    apart = np.zeros(len(frame_map), np.float32)
    apart[matched] = _apart(seen, matched, frame_map[matched])
    of_piece, of_frame = limits(apart[matched])
    motion = _motion(frame_map, seen)
    alike, moves = motion.around()
    moves_along = (alike >= _ALIKE) & (moves >= _MOVES)
    result = frame_map.copy()
    length = np.zeros(len(frame_map), np.int64)
    for whole in pieces(frame_map, matched, a_frame_us, b_frame_us):
        length[whole] = len(whole)
    parts = pieces(frame_map, matched, a_frame_us, b_frame_us, cuts(seen.b))
    for part, expected in zip(parts, _in_order(frame_map, parts), strict=True):
        if _slow(frame_map[part], b_frame_us / a_frame_us) and (not expected or motion.hurried(part)):
            result[part] = exact.NEW
            continue
        calm = _calm(apart[part])
        drop = calm > np.where(moves_along[part], max(of_frame, _MOST_UNLIKE_MOVING), of_frame)
        if len(part) < _MAIN_PIECE * len(matched):
            excused = moves_along[part].mean() > 0.5 and np.median(apart[part]) < _MOST_UNLIKE_MOVING
            drop[:] |= (np.median(apart[part]) > of_piece and not excused) or motion.unrelated(part, expected=expected)
            drop[:] |= length[part[0]] < _LEAST_ELSEWHERE and not expected
        result[part[drop]] = exact.NEW
    return result


def _nearest(seen: Seen, b_frames: Ints, a_frames: Ints, free: NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """For each frame of B the most alike of the frame of A and its free neighbours, and how unlike it is."""
    best, apart = a_frames.copy(), _apart(seen, b_frames, a_frames)
    for step in (-1, 1):
        other = np.clip(a_frames + step, 0, len(free) - 1)
        value = np.where(free[other], _apart(seen, b_frames, other), np.inf)
        better = value < apart - _CLEARLY_NEARER
        best[better], apart[better] = other[better], value[better]
    return best, apart


def _in_order(frame_map: Map, parts: list[Ints]) -> list[bool]:
    """Whether each piece runs forward and belongs to the chain of pieces rising in A that holds most frames."""
    lows = np.array([int(frame_map[part].min()) for part in parts])
    highs = np.array([int(frame_map[part].max()) for part in parts])
    lengths = np.array([len(part) if frame_map[part[-1]] >= frame_map[part[0]] else 0.1 for part in parts])
    best, link = np.zeros(len(parts)), np.full(len(parts), -1)
    for i in range(len(parts)):
        fits = np.flatnonzero(highs[:i] <= lows[i] + 2)
        if len(fits):
            link[i] = fits[np.argmax(best[fits])]
        best[i] = lengths[i] + (best[link[i]] if link[i] >= 0 else 0)
    result = [False] * len(parts)
    at = int(np.argmax(best)) if len(parts) else -1
    while at >= 0:
        result[at] = bool(lengths[at] >= 1)
        at = int(link[at])
    return result


def filled(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map with what goes on from its neighbours, or runs at the same time, where most of the picture says so.

    A bright overlay makes a flat picture look new. Only frames of A that nothing else shows are given back.
    natural: as in `exact.align`.
    """
    new = frame_map < 0
    matched = np.flatnonzero(~new)
    if not new.any():
        return frame_map
    some = matched[:: 1 + len(matched) // _LIMITS_OF]
    limit = min(_MOST_UNLIKE_FILLED, limits(_apart(seen, some, frame_map[some]))[1])
    result = frame_map.copy()
    free = np.ones(len(seen.a), bool)
    free[frame_map[matched]] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], new, [False]]).astype(np.int8)))
    for low, high in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        rising, falling = np.arange(low, high), np.arange(high - 1, low - 1, -1)
        ways = [(numbers, natural + (result[at] - natural[at])) for at, numbers in ((low - 1, rising), (high, falling))
                if 0 <= at < len(result) and result[at] >= 0]  # fmt: skip
        for numbers, wanted in [*ways, (rising, natural)]:
            left = numbers[result[numbers] < 0]
            shown = wanted[left]
            fits = (shown >= 0) & (shown < len(free))
            fits[fits] = free[shown[fits]]
            left, shown = _until(left, ~fits), _until(shown, ~fits)
            if not len(left):
                continue
            shown, apart = _nearest(seen, left, shown, free)
            unlike = _calm(apart) > limit
            left, shown = _until(left, unlike), _until(shown, unlike)
            result[left] = shown
            free[shown] = False
    return result


def _slow(shown: Map, rate: float) -> bool:
    """Whether A hardly goes on along a piece; rate: frames of A in the time of a frame of B."""
    return len(shown) >= _AROUND and abs(int(shown[-1]) - int(shown[0])) < _SLOW * rate * len(shown)


def _until(values: Ints, stop: NDArray[np.bool_]) -> Ints:
    """Values up to the first that `stop` is true for."""
    return values[: int(np.argmax(stop))] if stop.any() else values[: len(stop)]


def limits(apart: Floats) -> tuple[float, float]:
    """Above which unlikeness a piece, and a frame, is not what it seems to be, from that of all matches (N,)."""
    usual = float(np.quantile(apart, 0.75)) if len(apart) else 0.0
    of_piece, of_frame = (
        min(_MOST_UNLIKE, times * usual + more) for times, more in zip(_UNLIKE_TIMES, _UNLIKE_MORE, strict=True)
    )
    return of_piece, of_frame


def cuts(thumbs: Bytes) -> NDArray[np.bool_]:
    """Whether each picture (N, 28, 48) is the first after a cut: another one than before, and not by movement."""
    steps = np.zeros(len(thumbs), np.float32)
    for start in range(1, len(thumbs), _BATCH):
        now = thumbs[start : start + _BATCH].astype(np.int16)
        steps[start : start + _BATCH] = np.abs(now - thumbs[start - 1 : start - 1 + len(now)]).mean(axis=(1, 2))
    padded = np.pad(steps, 2)
    around = np.maximum.reduce([padded[:-4], padded[1:-3], padded[3:-1], padded[4:]])
    result: NDArray[np.bool_] = (steps > _CUT) & (steps > _CUT_TIMES * around)
    return result


def pieces(
    frame_map: Map, matched: Ints, a_frame_us: float, b_frame_us: float, cut: NDArray[np.bool_] | None = None
) -> list[Ints]:
    """Matched frames of B in stretches without a jump; where A stands still is a stretch of its own.

    cut: bool (frames of B,), where a stretch ends too.
    """
    shown = frame_map[matched]
    rate = b_frame_us / max(a_frame_us, 1e-3)
    back = int(np.ceil(2 / max(rate, 1e-3))) + 2
    still = np.zeros(len(matched), bool)
    still[back:] = (shown[back:] == shown[:-back]) & (matched[back:] - matched[:-back] == back)
    jump = (np.diff(matched) > 1) | (np.abs(np.diff(shown)) > np.ceil(rate) + 1) | (still[1:] != still[:-1])
    if cut is not None:
        jump |= cut[matched[1:]]
    return np.split(matched, np.flatnonzero(jump) + 1)


def _apart(seen: Seen, b_frames: Ints, a_frames: Ints | Map) -> Floats:
    """How unlike pairs of frames are, with B's grade and without; the smaller one."""
    parts = []
    for start in range(0, len(b_frames), _BATCH):
        of_a, of_b = seen.pairs(b_frames[start : start + _BATCH], a_frames[start : start + _BATCH])
        plain = descriptors.unlikeness(of_a, of_b)
        contrast_a, contrast_b = (part.astype(np.float32).var(axis=(1, 2)) for part in (of_a, of_b))
        value = plain.copy()
        unclear = np.flatnonzero(plain > _CLEARLY_THE_SAME)
        if len(unclear):
            value[unclear] = _without_grade(of_a[unclear], of_b[unclear], plain[unclear])
        # flat pictures have nothing but their level
        flat = np.maximum(contrast_a, contrast_b) < _FLAT
        levels = np.abs(of_a.mean(axis=(1, 2)) - of_b.mean(axis=(1, 2)))
        parts.append(np.where(flat & (levels > _OTHER_LEVEL), 1, value).astype(np.float32))
    result: Floats = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return result


def _without_grade(a: Bytes, b: Bytes, plain: Floats) -> Floats:
    """How unlike pairs (N, 28, 48) are with B's grade, where a grade explains them; else `plain`."""
    regraded = _regraded(a, b)
    # a curve that explains little of the picture is no grade: flattened pictures are all alike
    left = ((regraded.astype(np.float32) - b) ** 2).mean(axis=(1, 2))
    contrast_a, contrast_b = (part.astype(np.float32).var(axis=(1, 2)) for part in (a, b))
    graded = (left < _UNEXPLAINED * contrast_b) & (contrast_b > _LEAST_CONTRAST * contrast_a)
    result: Floats = np.where(graded, np.minimum(plain, descriptors.unlikeness(regraded, b)), plain)
    return result


def _regraded(a: Bytes, b: Bytes) -> Bytes:
    """A's thumbnails with the tone curve, a polynomial of degree 3, that brings each closest to B's."""
    x = a.reshape(len(a), -1).astype(np.float64) / 255
    powers = np.stack([np.ones_like(x), x, x * x, x**3], axis=2)
    gram = powers.transpose(0, 2, 1) @ powers + 1e-3 * np.eye(4)
    target = powers.transpose(0, 2, 1) @ b.reshape(len(b), -1, 1).astype(np.float64)
    fitted = (powers @ np.linalg.solve(gram, target)).reshape(a.shape)
    result: Bytes = np.clip(np.rint(fitted), 0, 255).astype(np.uint8)
    return result


def _calm(values: Floats) -> Floats:
    """Running median over seven frames."""
    padded = np.pad(values, _AROUND // 2, mode="edge")
    result: Floats = np.median(np.lib.stride_tricks.sliding_window_view(padded, _AROUND), axis=1)
    return result


@dataclass(frozen=True, slots=True)
class _Motion:
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
        late = part[_LAG:]
        if len(late) < _AROUND - _LAG:
            return False
        of_a, of_b, both = (values[late].sum() for values in (self.of_a, self.of_b, self.both))
        most, least = (_MOVES_MUCH, _UNRELATED) if expected else (_MOVES, _RELATED)
        known = max(1.0, float(self.known[late].sum()))
        return bool(max(of_a, of_b) > most * known and both < least * np.sqrt(of_a * of_b))


def _motion(frame_map: Map, seen: Seen) -> _Motion:
    result = _Motion(*(np.zeros(len(frame_map)) for _ in range(4)))
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
