"""Second thoughts about a frame map: what only looks like A goes, what an overlay hid comes back.

Two things tell a frame of A from another take of its scene: how unlike the pictures are once the grade is
taken out, and whether they change alike from frame to frame (grade, coding and overlays hardly touch that).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment import descriptors, exact

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_UNLIKE_TIMES = (3.0, 5.0)
_UNLIKE_MORE = (0.015, 0.025)
_MOST_UNLIKE = 0.5
_MOST_UNLIKE_FILLED = 0.12
_MOST_UNLIKE_MOVING = 0.3
_MAIN_PIECE = 0.4
_LAG = 3
_AROUND = 7
_MOVES = 1.0
_MOVES_MUCH = 3.0
_ALIKE = 0.8
_UNRELATED = 0.25
_UNEXPLAINED = 0.3
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Filmed:
    """What verification needs of one video: grey thumbnails uint8 (N, 28, 48) and the length of a frame."""

    thumbs: Bytes
    frame_us: float


def verified(frame_map: Map, a: Filmed, b: Filmed) -> Map:
    """The map without frames that only look like A: other takes of the same scene.

    How unlike most matches of this pair are sets the limits: a tight one for whole pieces, a loose one for frames.
    """
    matched = np.flatnonzero(frame_map >= 0)
    if not len(matched):
        return frame_map
    apart = np.zeros(len(frame_map), np.float32)
    apart[matched] = _apart(a.thumbs[frame_map[matched]], b.thumbs[matched])
    of_piece, of_frame = limits(apart[matched])
    motion = _motion(frame_map, a.thumbs, b.thumbs)
    alike, moves = motion.around()
    moves_along = (alike >= _ALIKE) & (moves >= _MOVES)
    result = frame_map.copy()
    for part in pieces(frame_map, matched, a.frame_us, b.frame_us):
        calm = _calm(apart[part])
        drop = calm > np.where(moves_along[part], max(of_frame, _MOST_UNLIKE_MOVING), of_frame)
        if len(part) < _MAIN_PIECE * len(matched):
            excused = moves_along[part].mean() > 0.5 and np.median(apart[part]) < _MOST_UNLIKE_MOVING
            drop[:] |= (np.median(apart[part]) > of_piece and not excused) or motion.unrelated(part)
        result[part[drop]] = exact.NEW
    return result


def filled(frame_map: Map, natural: Ints, a: Filmed, b: Filmed) -> Map:
    """The map with what goes on from its neighbours, or runs at the same time, where most of the picture says so.

    A bright overlay makes a flat picture look new. Only frames of A that nothing else shows are given back.
    natural: as in `exact.align`.
    """
    new = frame_map < 0
    matched = np.flatnonzero(~new)
    if not new.any():
        return frame_map
    limit = min(_MOST_UNLIKE_FILLED, limits(_apart(a.thumbs[frame_map[matched]], b.thumbs[matched]))[1])
    result = frame_map.copy()
    free = np.ones(len(a.thumbs), bool)
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
            unlike = _calm(_apart(a.thumbs[shown], b.thumbs[left])) > limit if len(left) else ~fits[:0]
            left, shown = _until(left, unlike), _until(shown, unlike)
            result[left] = shown
            free[shown] = False
    return result


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


def pieces(frame_map: Map, matched: Ints, a_frame_us: float, b_frame_us: float) -> list[Ints]:
    """Matched frames of B in stretches without a jump; where A stands still is a stretch of its own."""
    shown = frame_map[matched]
    rate = b_frame_us / max(a_frame_us, 1e-3)
    back = int(np.ceil(2 / max(rate, 1e-3))) + 2
    still = np.zeros(len(matched), bool)
    still[back:] = (shown[back:] == shown[:-back]) & (matched[back:] - matched[:-back] == back)
    jump = (np.diff(matched) > 1) | (np.abs(np.diff(shown)) > np.ceil(rate) + 1) | (still[1:] != still[:-1])
    return np.split(matched, np.flatnonzero(jump) + 1)


def _apart(a: Bytes, b: Bytes) -> Floats:
    """How unlike pairs of thumbnails (N, 28, 48) are, with B's grade and without; the smaller one."""
    parts = []
    for start in range(0, len(a), _BATCH):
        of_a, of_b = a[start : start + _BATCH], b[start : start + _BATCH]
        parts.append(
            np.minimum(descriptors.unlikeness(of_a, of_b), descriptors.unlikeness(_regraded(of_a, of_b), of_b))
        )
    result: Floats = np.concatenate(parts) if parts else np.zeros(0, np.float32)
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

    def unrelated(self, part: Ints) -> bool:
        """Whether A moves in these frames, and B otherwise."""
        known = self.known[part].sum()
        of_a, of_b, both = (values[part].sum() for values in (self.of_a, self.of_b, self.both))
        return bool(known >= _AROUND and of_a > _MOVES_MUCH * known and both < _UNRELATED * np.sqrt(of_a * of_b))


def _motion(frame_map: Map, a: Bytes, b: Bytes) -> _Motion:
    result = _Motion(*(np.zeros(len(frame_map)) for _ in range(4)))
    late = np.arange(_LAG, len(frame_map))
    went = frame_map[_LAG:] - frame_map[:-_LAG]
    late = late[(frame_map[_LAG:] >= 0) & (frame_map[:-_LAG] >= 0) & (went > 0) & (went <= 4 * _LAG)]
    for start in range(0, len(late), _BATCH):
        now = late[start : start + _BATCH]
        of_a = _change(a, frame_map[now], frame_map[now - _LAG])
        of_b = _change(b, now, now - _LAG)
        result.of_a[now] = (of_a * of_a).mean(axis=(1, 2))
        result.of_b[now] = (of_b * of_b).mean(axis=(1, 2))
        result.both[now] = (of_a * of_b).mean(axis=(1, 2))
        result.known[now] = 1
    return result


def _change(thumbs: Bytes, now: Ints | Map, before: Ints | Map) -> Floats:
    """What changed in the picture at 24x14, apart from its brightness."""
    changed = thumbs[now].astype(np.float32) - thumbs[before]
    small = changed.reshape(len(changed), 14, 2, 24, 2).mean(axis=(2, 4))
    result: Floats = small - small.mean(axis=(1, 2), keepdims=True)
    return result
