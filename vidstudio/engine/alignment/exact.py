"""Exact alignment: which frame of A each frame of B shows, or none, by one Viterbi pass over B's frames.

States of a frame are the frames of A near each coarse run that is close to it, and "new". Staying on the
same offset between the two videos is free, slipping by one frame costs a little, jumping costs more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NEW = -1
_BLOCK = 64
_FAR = np.float32(1e6)


@dataclass(frozen=True, slots=True)
class Track:
    """Where a coarse run may be: frames `first..first+len(centers)-1` of B, frames of A around `centers`."""

    first: int
    centers: Ints

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


Emission = Callable[[int, int, int, int], Floats]
"""Similarity of frames `b_low..b_high-1` (rows) and `a_low..a_high-1` (columns)."""


def align(
    b_frames: int,
    a_frames: int,
    natural: Ints,
    tracks: Sequence[Track],
    radius: int,
    similarity: Emission,
    costs: Costs,
    tick: Callable[[int], None] | None = None,
) -> tuple[NDArray[np.int32], Floats]:
    """The frame of A for each frame of B, int32 (b_frames,), NEW where there is none; and its similarity.

    natural: (b_frames,) frame of A at the same time, so that offsets are about time at any frame rates.
    """
    width = 2 * radius + 1
    tracks = sorted(tracks, key=lambda track: track.first)
    emissions = [_emission(track, radius, a_frames, similarity) for track in tracks]
    scores = np.zeros(0, np.float32)
    new_score = np.float32(0)
    active: list[int] = []
    back: list[tuple[list[int], NDArray[np.int32], int]] = []
    waiting = 0
    for frame in range(b_frames):
        before, before_scores = active, scores
        active = [t for t in active if tracks[t].after > frame]
        while waiting < len(tracks) and tracks[waiting].first <= frame:
            if tracks[waiting].after > frame:
                active.append(waiting)
            waiting += 1
        best_at = int(np.argmin(before_scores)) if len(before_scores) else -1
        best_before = before_scores[best_at] if best_at >= 0 else _FAR
        jump, jump_from = _jump(frame, best_before, best_at, new_score, costs)
        scores = np.full(len(active) * width, jump, np.float32)
        source = np.full(len(active) * width, jump_from, np.int32)
        for place, t in enumerate(active):
            low = place * width
            if t in before:
                stay = _stay(before_scores, before.index(t) * width, width, _shift(tracks[t], natural, frame), costs)
                better = stay[0] < scores[low : low + width]
                scores[low : low + width][better] = stay[0][better]
                source[low : low + width][better] = stay[1][better]
            scores[low : low + width] += emissions[t][frame - tracks[t].first]
        new_from = -1
        if frame and best_before + costs.switch / 2 < new_score:
            new_score, new_from = np.float32(best_before + costs.switch / 2), best_at
        new_score = np.float32(new_score + costs.new)
        floor = min(new_score, scores.min() if len(scores) else new_score)
        scores -= floor
        new_score -= floor
        back.append((active, source, new_from))
        if tick and frame % 500 == 0:
            tick(frame)
    return _trace(back, scores, new_score, tracks, emissions, radius)


def _jump(
    frame: int, best_before: np.float32, best_at: int, new_score: np.float32, costs: Costs
) -> tuple[np.float32, int]:
    """Cheapest way from anywhere to anywhere else, and where it comes from; at the first frame all is free."""
    if frame == 0:
        return np.float32(0), -1
    if best_before < new_score:
        return np.float32(best_before + costs.switch), best_at
    return np.float32(new_score + costs.switch / 2), -1


def _shift(track: Track, natural: Ints, frame: int) -> int:
    """How many places a constant offset moves within the track's window from the frame before to this one."""
    at = frame - track.first
    advance = int(natural[frame] - natural[frame - 1])
    return advance - int(track.centers[at] - track.centers[at - 1])


def _stay(scores: Floats, low: int, width: int, shift: int, costs: Costs) -> tuple[Floats, NDArray[np.int32]]:
    """Cheapest way into each place from the same track: same offset, or one frame off."""
    old = np.full(width + 2, _FAR, np.float32)
    places = np.arange(width) - shift
    inside = (places >= 0) & (places < width)
    origin = np.full(width + 2, -1, np.int32)
    old[1:-1][inside] = scores[low + places[inside]]
    origin[1:-1][inside] = low + places[inside]
    ways = np.stack([old[1:-1], old[:-2] + np.float32(costs.slip), old[2:] + np.float32(costs.slip)])
    origins = np.stack([origin[1:-1], origin[:-2], origin[2:]])
    choice = np.argmin(ways, axis=0)
    index = np.arange(width)
    return ways[choice, index], origins[choice, index]


def _emission(track: Track, radius: int, a_frames: int, similarity: Emission) -> Floats:
    """Cost (frames of the track, 2 * radius + 1) of each candidate; impossible ones are very dear."""
    width = 2 * radius + 1
    count = len(track.centers)
    cost = np.full((count, width), _FAR, np.float32)
    for start in range(0, count, _BLOCK):
        centers = track.centers[start : start + _BLOCK]
        low = max(0, int(centers.min()) - radius)
        high = min(a_frames, int(centers.max()) + radius + 1)
        if low >= high:
            continue
        block = similarity(track.first + start, track.first + start + len(centers), low, high)
        wanted = centers[:, None] + np.arange(-radius, radius + 1)
        inside = (wanted >= low) & (wanted < high)
        rows = np.broadcast_to(np.arange(len(centers))[:, None], wanted.shape)
        cost[start : start + len(centers)][inside] = 1 - block[rows[inside], wanted[inside] - low]
    return cost


def _trace(
    back: list[tuple[list[int], NDArray[np.int32], int]],
    scores: Floats,
    new_score: np.float32,
    tracks: Sequence[Track],
    emissions: Sequence[Floats],
    radius: int,
) -> tuple[NDArray[np.int32], Floats]:
    width = 2 * radius + 1
    frames = len(back)
    result = np.full(frames, NEW, np.int32)
    likeness = np.zeros(frames, np.float32)
    state = int(np.argmin(scores)) if len(scores) and scores.min() <= new_score else -1
    for frame in range(frames - 1, -1, -1):
        active, source, new_from = back[frame]
        if state < 0:
            state = new_from
            continue
        track, place = tracks[active[state // width]], state % width
        at = frame - track.first
        result[frame] = track.centers[at] + place - radius
        likeness[frame] = 1 - emissions[active[state // width]][at, place]
        state = int(source[state])
    return result, likeness
