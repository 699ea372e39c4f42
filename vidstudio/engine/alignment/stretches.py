"""Stretches of B that follow A steadily: at one offset in time, or at one speed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

LEAST_FOR_A_LINE = 3

_JUMP_FRAMES = 2.2
_LEAST_STEP = 0.75
_BESIDE = 6
_SHORTEST = 3
_SHORTEST_PACE = 9
_PACE_FRAMES = 3.5
_PACE_SHARE = 0.004
_OFF_LINE = 1.5
_OFF_LINE_OF_FEW = 0.75
_MANY_STEPS = 8
_OFF_FLAT = 1.2


@dataclass(frozen=True, slots=True)
class Range:
    """Frames `first..after-1` of one video."""

    first: int
    after: int

    def __len__(self) -> int:
        return self.after - self.first


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of B that show A without a break. retimed: A runs faster, slower, backward or stands still there."""

    b: Range
    retimed: bool


def frame_us(starts: Ints) -> float:
    """The usual length of a frame."""
    return float(np.median(np.diff(starts))) if len(starts) > 1 else 40_000.0


def unbroken(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> list[Range]:
    """Stretches of B whose frames follow A without a jump."""
    if not len(frame_map):
        return []
    inside = frame_map >= 0
    a_times = a_starts[np.maximum(frame_map, 0)]
    step = _JUMP_FRAMES * max(frame_us(a_starts), frame_us(b_starts))
    jump = np.abs(np.diff(a_times) - np.diff(b_starts)) > step
    breaks = np.flatnonzero((inside[1:] != inside[:-1]) | (inside[1:] & inside[:-1] & jump)) + 1
    edges = [0, *breaks.tolist(), len(frame_map)]
    return [Range(low, high) for low, high in itertools.pairwise(edges) if inside[low]]


def steady(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> list[Piece]:
    """The unbroken stretches, split where the offset changes for good or the speed does.

    Where most of B runs at one speed, a stretch too short to show it runs at that speed too if it fits.
    """
    expected = _natural(a_starts, b_starts)
    coarse = max(1.0, frame_us(b_starts) / frame_us(a_starts))
    parts = [
        (part, frame_map[part.first : part.after] - expected[part.first : part.after])
        for part in unbroken(frame_map, a_starts, b_starts)
    ]
    split = [_split(offsets, coarse) for _, offsets in parts]
    slope = _common_slope([offsets for _, offsets in parts], split)
    result = []
    for (part, offsets), pieces in zip(parts, split, strict=True):
        whole = slope and len(pieces) > 1 and _at_slope(offsets, slope, coarse)
        for low, high, retimed in [(0, len(offsets), True)] if whole else pieces:
            result.append(Piece(Range(part.first + low, part.first + high), retimed))
    return result


def _common_slope(parts: list[Reals], split: list[list[tuple[int, int, bool]]]) -> float:
    """By how much the offset grows with each frame in more than half of all frames; 0 where it does not."""
    slopes, lengths = [], []
    for offsets, pieces in zip(parts, split, strict=True):
        for low, high, retimed in pieces:
            slopes.append(float(np.polyfit(np.arange(low, high), offsets[low:high], 1)[0]) if retimed else 0.0)
            lengths.append(high - low)
    order = np.argsort(slopes)
    middle = np.searchsorted(np.cumsum(np.array(lengths, np.int64)[order]), sum(lengths) / 2)
    return slopes[int(order[middle])] if slopes else 0.0


def _at_slope(offsets: Reals, slope: float, coarse: float) -> bool:
    """Whether these offsets grow like that."""
    left = offsets - slope * np.arange(len(offsets))
    return bool(np.abs(_calm(left - np.median(left))).max() < _OFF_LINE * coarse)


def _natural(a_starts: Ints, b_starts: Ints) -> Reals:
    """The place in A, in frames, that is on screen at the start of each frame of B if both run along."""
    inside = np.interp(b_starts, a_starts, np.arange(len(a_starts)))
    beyond = (b_starts - a_starts[-1]) / frame_us(a_starts)
    result: Reals = np.where(b_starts > a_starts[-1], len(a_starts) - 1 + beyond, inside)
    return result


def _split(offsets: Reals, coarse: float) -> list[tuple[int, int, bool]]:
    """Parts of a stretch (first, after, retimed); coarse: frames of A in the time of one of B, at least 1."""
    count = len(offsets)
    if _straight(offsets, coarse):
        return [(0, count, True)]
    steps = _steps(offsets, coarse)
    parts = list(itertools.pairwise([0, *steps, count]))
    if count < 2 * _SHORTEST_PACE or all(np.ptp(_calm(offsets[low:high])) <= _OFF_FLAT * coarse for low, high in parts):
        return _joined(offsets, parts)
    middle = bend(np.arange(count, dtype=np.float64), offsets, _SHORTEST_PACE)
    late = [(middle + low, middle + high, retimed) for low, high, retimed in _split(offsets[middle:], coarse)]
    return _rejoined(offsets, _split(offsets[:middle], coarse) + late, coarse)


def _rejoined(offsets: Reals, parts: list[tuple[int, int, bool]], coarse: float) -> list[tuple[int, int, bool]]:
    """Parts that were cut apart but run at one speed, or at one offset, as one."""
    result = parts[:1]
    for low, high, retimed in parts[1:]:
        first, middle, before = result[-1]
        together = retimed or before
        if together and _straight(offsets[first:high], coarse):
            result[-1] = (first, high, True)
        elif not together and abs(np.median(offsets[low:high]) - np.median(offsets[first:middle])) < _LEAST_STEP:
            result[-1] = (first, high, False)
        else:
            result.append((low, high, retimed))
    return result


def _straight(offsets: Reals, coarse: float) -> bool:
    """Whether A runs evenly faster or slower by more than rounding could explain."""
    if len(offsets) < _SHORTEST_PACE:
        return False
    at = np.arange(len(offsets))
    slope, start = np.polyfit(at, offsets, 1)
    total = abs(slope) * (len(offsets) - 1)
    off = np.abs(_calm(offsets - slope * at - start)).max()
    steps = np.count_nonzero(np.diff(offsets))
    # a few trims may lie near a line by chance
    most = _OFF_LINE if steps >= _MANY_STEPS else _OFF_LINE_OF_FEW
    return bool(
        steps >= _PACE_FRAMES and off < most * coarse and total > _PACE_FRAMES * coarse and abs(slope) > _PACE_SHARE
    )


def _steps(offsets: Reals, coarse: float) -> list[int]:
    """Where the offset changes for good, at least a few frames apart."""
    count = len(offsets)
    found: list[int] = []
    changes = np.flatnonzero(np.abs(np.diff(offsets)) >= _LEAST_STEP) + 1
    for at in changes.tolist():
        low, high = max(found[-1] if found else 0, at - _BESIDE), min(count, at + _BESIDE)
        if at - low < _SHORTEST or high - at < _SHORTEST:
            continue
        if abs(np.median(offsets[at:high]) - np.median(offsets[low:at])) >= _LEAST_STEP * coarse:
            found.append(at)
    return found


def _joined(offsets: Reals, parts: list[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """Parts at their own offsets; where one only shows a frame or two again it goes on."""
    result = [parts[0]]
    for low, high in parts[1:]:
        before = result[-1]
        if np.median(offsets[low:high]) < np.median(offsets[before[0] : before[1]]):
            result[-1] = (before[0], high)
        else:
            result.append((low, high))
    return [(low, high, False) for low, high in result]


def bend(at: Reals, values: Reals, least: int = LEAST_FOR_A_LINE) -> int:
    """Where two straight lines, one before and one after, fit best, of at least so many points each."""
    at = at - at.mean()
    ahead = _residual(at, values)
    behind = _residual(at[::-1], values[::-1])[::-1]
    total = ahead[least - 1 : len(ahead) - least] + behind[least : len(behind) - least + 1]
    return least + int(np.argmin(total))


def _residual(x: Reals, y: Reals) -> Reals:
    """Sum of squares that a line through the first k + 1 points leaves, for each k."""
    count = np.arange(1, len(x) + 1)
    sx, sy, sxx, sxy, syy = (np.cumsum(values) for values in (x, y, x * x, x * y, y * y))
    spread = np.maximum(sxx - sx * sx / count, 1e-9)
    together = sxy - sx * sy / count
    result: Reals = np.maximum(syy - sy * sy / count - together**2 / spread, 0)
    return result


def _calm(values: Reals) -> Reals:
    """Running median of five, so that a single frame counts for nothing."""
    padded = np.pad(values, 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
