"""Pieces of B's sound that come from A's, with ends where the sound itself ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.sound.prints import FRAME_US
from vidstudio.engine.sound.sounds import Sound, distances
from vidstudio.engine.time import Span
from vidstudio.engine.types import SoundMatch

_NEW = 0.45
"""Distance from which on sound is taken for new."""
_NEAR = 12  # frames to each side that a distance looks at
_STEP = 2
_LEAST_FRAMES = 50
_LEAST_LIKENESS, _FULL_LIKENESS = 0.5, 0.95


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of B `first..after-1` (of prints) that sound like A from `start` on, `rate` frames of A for one of B.

    low..high is the part of them that is sure.
    """

    first: float
    after: float
    low: float
    high: float
    start: float
    rate: float
    likeness: float

    def cut(self, first: float, after: float) -> Piece:
        """The part of it from `first` to `after`, which may reach beyond it."""
        return replace(self, first=first, after=after, start=self.start + self.rate * (first - self.first))

    def places(self, frames: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where frames of B are in A."""
        return np.round(self.start + self.rate * (frames - self.first)).astype(np.int64)


def finished(a: Sound, b: Sound, shared: NDArray[np.bool_], pieces: Sequence[Piece]) -> tuple[SoundMatch, ...]:
    """The pieces in the order of B, cut where one goes over into the next or into something new."""
    ordered = sorted(pieces, key=lambda one: (one.low + one.high, one.first))
    edges: list[tuple[float, float]] = []
    for left, right in zip([None, *ordered], [*ordered, None], strict=True):
        edges.append(_edge(a, b, shared, left, right))
    result = []
    for number, piece in enumerate(ordered):
        part = piece.cut(edges[number][1], edges[number + 1][0])
        if part.after - part.first >= _LEAST_FRAMES:
            result.append(_match(part, a, b))
    return tuple(result)


def _edge(
    a: Sound, b: Sound, shared: NDArray[np.bool_], left: Piece | None, right: Piece | None
) -> tuple[float, float]:
    """Where the left piece ends and the right one begins; between them is what is new."""
    if left is None and right is None:
        return 0.0, 0.0
    low = left.high - (left.after - left.high) if left else right.first - (right.low - right.first) if right else 0.0
    high = right.low + (right.low - right.first) if right else 2 * left.after - left.high if left else 0.0
    frames = np.arange(max(0, round(low)), min(len(b), round(high)), dtype=np.int64)
    if len(frames) < 2 * _NEAR:
        return high, low
    costs = [_cost(a, b, shared, piece, frames) for piece in (left, right)]
    new = np.concatenate([[0.0], np.cumsum(np.full(len(costs[0]), _NEW))])
    until = np.concatenate([[0.0], np.cumsum(costs[0])]) - new  # left up to a cut, then new
    after = (costs[1].sum() - np.concatenate([[0.0], np.cumsum(costs[1])])) + new  # new up to a cut, then right
    first = np.minimum.accumulate(until)
    second = int((first + after).argmin())
    best = int(until[: second + 1].argmin())
    return float(frames[0] + best * _STEP), float(frames[0] + second * _STEP)


def _cost(
    a: Sound, b: Sound, shared: NDArray[np.bool_], piece: Piece | None, frames: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Distance of B from the piece's place in A at every second frame; much more than new where there is none."""
    if piece is None:
        return np.full(len(frames[::_STEP]), 1.0)
    core = np.arange(round(piece.low) - 100, round(piece.high) + 100, 5, dtype=np.int64)
    levels = [sound.at(at)[:, shared].mean(axis=0) for sound, at in ((a, piece.places(core)), (b, core))]
    places = piece.places(frames)
    near = distances(a.at(places)[:, shared] - levels[0], b.at(frames)[:, shared] - levels[1], _NEAR)
    outside = (places < 0) | (places >= len(a))
    return np.where(outside, 1.0, near).astype(np.float64)[::_STEP]


def _match(piece: Piece, a: Sound, b: Sound) -> SoundMatch:
    """The piece in microseconds, within both sounds."""
    late = max(0.0, -piece.first, -piece.start / piece.rate)
    first, start = piece.first + late, piece.start + piece.rate * late
    after = max(first, min(piece.after, float(len(b)), first + (len(a) - start) / piece.rate))

    def us(frame: float) -> int:
        return round(frame * FRAME_US)

    sure = (piece.likeness - _LEAST_LIKENESS) / (_FULL_LIKENESS - _LEAST_LIKENESS)
    return SoundMatch(
        Span(us(start), us(start + piece.rate * (after - first))),
        Span(us(first), us(after)),
        float(np.clip(sure, 0, 1)),
    )
