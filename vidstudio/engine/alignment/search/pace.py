"""How much faster or slower one version runs than the other all through."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.pictures import Pictures
from vidstudio.engine.alignment.edits import stretches
from vidstudio.engine.alignment.edits.stretches import Range
from vidstudio.engine.alignment.search.cells import Cells
from vidstudio.engine.cadence import usual_frame_us

Ints = NDArray[np.int64]

MANY_SLIPS = 0.02
"""Share of cells that slip from which on another speed is likely."""

_SPEEDS = (0.5, 0.6, 2 / 3, 0.75, 0.8, 0.9, 24 / 25, 1.0, 25 / 24, 1.1, 1.2, 1.25, 4 / 3, 1.5, 1.75, 2.0)
_CLEARLY_CHEAPER, _CHEAPER = 0.75, 0.95
_HARDLY_SLIPS = 0.25
_LONGEST_CELLS, _HELD = 1_500, 10
_LONG_PIECE = 100
_LEAST_RETIMING = 0.003
_SMALL_JUMP = 6
_LEAST_JUMPS = 2
_ONE_WAY = 0.8
_OFF_COURSE = 4.0
_NEARLY = 0.006


class Timed(Protocol):
    """A video by the times of its frames: int64 (N,), rising, in microseconds."""

    @property
    def starts_us(self) -> Ints:
        """When each frame begins to be shown."""

    @property
    def duration_us(self) -> int:
        """When the last one ends."""


def natural_frames(a: Timed, b: Timed, speed: float = 1.0, phase: float = 0.0) -> Ints:
    """The frame of A on screen at the time of each frame of B, going on at A's pace beyond its end: int64.

    speed: how much faster A runs in B than it did. phase: the share of a frame of A by which its clock is ahead.
    """
    count = len(a.starts_us)
    step = usual_frame_us(a.starts_us, a.duration_us)
    # times are rounded to microseconds, or to what a container can hold
    times = b.starts_us * speed + step * (1 / 8 + phase)
    inside = np.searchsorted(a.starts_us, times, side="right") - 1
    beyond = count + ((times - a.duration_us) / step).astype(np.int64)
    result: Ints = np.where(times < a.duration_us, inside, beyond).astype(np.int64)
    return result


def speed(a: Pictures, b: Pictures, cell_us: int) -> float:
    """At which speed most of B is the cheapest way through A; 1 where no other is clearly cheaper.

    What is new in B costs the same at any speed, so one at which A hardly slips any more need not be much cheaper.
    Of a long B only a part from its middle is tried; where pictures are shown for many cells each, none.
    """
    if max(a.frame_us, b.frame_us) > _HELD * cell_us:
        return 1.0
    part = _middle(b, _LONGEST_CELLS * cell_us)
    ways = {one: Cells(a, part, cell_us, one).way() for one in _SPEEDS}
    prices = {one: way.price / one for one, way in ways.items()}
    best = min(prices, key=lambda one: prices[one])
    steady = ways[best].slips < _HARDLY_SLIPS * ways[1.0].slips
    return best if prices[best] < (_CHEAPER if steady else _CLEARLY_CHEAPER) * prices[1.0] else 1.0


def common_speed(frame_map: NDArray[np.int32], a: Pictures, b: Pictures) -> float:
    """How much faster A runs in most of B than it did, by a frame map; exactly 1 when not clearly otherwise."""
    slopes, weights = [], []
    creeping = _creeping(frame_map, a, b)
    for part, slope in creeping:
        slopes.append(slope)
        weights.append(len(part))
    for piece in stretches.steady(frame_map, a.starts_us, b.starts_us):
        part = piece.b
        if len(part) >= _LONG_PIECE and not any(one.first <= part.first < one.after for one, _ in creeping):
            slopes.append(_slope(frame_map, a, b, part) if piece.retimed else 1.0)
            weights.append(len(part))
    if not slopes:
        return 1.0
    order = np.argsort(slopes)
    middle = np.searchsorted(np.cumsum(np.array(weights)[order]), sum(weights) / 2)
    slope = float(slopes[order[middle]])
    return slope if slope > 0 and abs(slope - 1) > _LEAST_RETIMING else 1.0


def usual_speed(speed: float) -> float:
    """The usual speed next to one that was measured; that one itself where none is near."""
    usual = min(_SPEEDS, key=lambda one: abs(one - speed))
    return usual if abs(usual - speed) < _NEARLY else speed


def _slope(frame_map: NDArray[np.int32], a: Pictures, b: Pictures, part: Range) -> float:
    shown = np.arange(part.first, part.after)
    shown = shown[frame_map[shown] >= 0]
    return float(np.polyfit(b.starts_us[shown], a.starts_us[frame_map[shown]], 1)[0])


def _creeping(frame_map: NDArray[np.int32], a: Pictures, b: Pictures) -> list[tuple[Range, float]]:
    """Stretches through which A goes in small jumps, nearly all ahead or all back, as a usual speed would, and which.

    Where shots are still for a while the exact pass keeps its pace, and makes up for it where something moves.
    """
    chains: list[list[Range]] = []
    for part in stretches.unbroken(frame_map, a.starts_us, b.starts_us):
        before = chains[-1][-1] if chains else None
        near = before is not None and part.first - before.after <= _SMALL_JUMP
        if before is not None and near and abs(_jump(frame_map, before, part)) <= _SMALL_JUMP:
            chains[-1].append(part)
        else:
            chains.append([part])
    found = []
    for chain in chains:
        jumps = np.array([_jump(frame_map, one, other) for one, other in itertools.pairwise(chain)])
        whole = Range(chain[0].first, chain[-1].after)
        if len(jumps) < _LEAST_JUMPS or len(whole) < _LONG_PIECE or abs(jumps.sum()) < _ONE_WAY * np.abs(jumps).sum():
            continue
        slope = _slope(frame_map, a, b, whole)
        shown = np.arange(whole.first, whole.after)
        shown = shown[frame_map[shown] >= 0]
        times = a.starts_us[frame_map[shown]] - slope * b.starts_us[shown]
        if np.abs(times - np.median(times)).max() <= _OFF_COURSE * a.frame_us:
            usual = usual_speed(slope)
            if usual in _SPEEDS and usual != 1:
                found.append((whole, usual))
    return found


def _jump(frame_map: NDArray[np.int32], one: Range, other: Range) -> int:
    """By how many frames A jumps between two stretches, beyond one step for each frame of B."""
    return int(frame_map[other.first] - frame_map[one.after - 1]) - (other.first - one.after + 1)


def _middle(video: Pictures, longest_us: int) -> Pictures:
    if video.duration_us <= longest_us:
        return video
    start = (video.duration_us - longest_us) // 2
    low, high = np.searchsorted(video.starts_us, (start, start + longest_us)).tolist()
    low = min(low, high - 1)  # one picture may be shown all the while
    return replace(
        video,
        thumbs=video.thumbs[low:high],
        starts_us=video.starts_us[low:high] - video.starts_us[low],
        duration_us=longest_us,
    )
