"""Where in a stretch of B A runs at another speed: lines through its offsets that rounding does not explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.flags import leading, stretches_of

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

_SHORTEST = 6
_SHORT = 12
_CALM, _CALMER = 5, 9
_CALMER_FROM = 24
_OFF_SHORT, _OFF, _OFF_AS_ONE, _OFF_TOGETHER = 0.6, 0.75, 1.0, 1.5
_LEAST_DRIFT = 2.7
_SLOW_SLOPE, _LEAST_SLOW_DRIFT = 0.025, 5.5
_SAME_SLOPE = 0.15
_ROUNDS = 4
_MOST = 0.9
_PROBES = 5
_NEAR = 24
_MOSTLY = 0.75
_STEEP, _BESIDE, _ROOM = 0.3, 5, 0.3
_FREE = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """Frames `low..high-1` of a stretch, whose offsets go by `slope` a frame from `start` (at frame 0 of it) on."""

    low: int
    high: int
    slope: float
    start: float

    def off(self, offsets: Reals, low: int, high: int) -> Reals:
        """How far above the line the offsets of frames `low..high-1` are."""
        result: Reals = offsets[low:high] - (self.start + self.slope * np.arange(low, high))
        return result

    def later(self, by: int) -> Line:
        """The same in a stretch that begins so many frames before."""
        return Line(self.low + by, self.high + by, self.slope, self.start - self.slope * by)


def lines(offsets: Reals, coarse: float) -> list[Line]:
    """Parts of a stretch at other speeds, in order; the rest of it is at A's own.

    Long ones are looked for first. coarse: frames of A in the time of one of B, at least 1.
    """
    free = np.ones(len(offsets), bool)
    found: list[Line] = []
    calm = calmed(offsets)
    size = len(offsets)
    while size >= _SHORTEST:
        for low in _steep(calm, size, coarse):
            if not free[low : low + size].all():
                continue
            line = _grown(offsets, low, low + size, free, coarse)
            if line is not None:
                found.append(line)
                free[line.low : line.high] = False
        size = size // 2 if size >= 2 * _SHORTEST else size - 1
    found = _over_slips(found, offsets, coarse)
    for _ in range(_ROUNDS):
        before = found
        found = _to_their_ends(_together(found, offsets, coarse), offsets, coarse)
        if [(one.low, one.high) for one in found] == [(one.low, one.high) for one in before]:
            break
    return found


def calmed(values: Reals, over: int = _CALM) -> Reals:
    """Running median, so that a single frame counts for nothing."""
    padded = np.pad(values, over // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, over), axis=1)


def _steep(calm: Reals, size: int, coarse: float) -> list[int]:
    """Where windows of so many frames begin through which the offset seems to change evenly."""
    firsts = np.arange(0, len(calm) - size + 1, max(1, size // 4))
    probes = np.linspace(0, size - 1, _PROBES).round().astype(int)
    at = calm[firsts[:, None] + probes[None, :]]
    share = probes / probes[-1]
    chord = at[:, :1] * (1 - share) + at[:, -1:] * share
    drift = np.abs(at[:, -1] - at[:, 0])
    even = np.abs(at - chord).max(axis=1) <= 2 * _OFF * coarse
    return [int(first) for first in firsts[even & (drift >= (_LEAST_DRIFT - 1) * coarse)]]


def _grown(offsets: Reals, low: int, high: int, free: NDArray[np.bool_], coarse: float) -> Line | None:
    """The line through a window, as far as it holds in both directions; None where it does not hold."""
    line = _fitted(offsets, low, high)
    middle = (low + high) // 2
    if not _holds(line, offsets, coarse).all():
        return None
    best = line if _plain(line, coarse) and _gentle(line, offsets, coarse) else None
    for _ in range(_ROUNDS):
        reach = 2 * (line.high - line.low)
        first, after = _free_around(free, middle, max(0, line.low - reach), min(len(offsets), line.high + reach))
        fits = _holds(Line(first, after, line.slope, line.start), offsets, coarse)
        if not fits[middle - first]:
            break
        bad = np.flatnonzero(~fits) + first
        low = int(bad[bad < middle].max(initial=first - 1)) + 1
        high = int(bad[bad > middle].min(initial=after))
        if high - low < _SHORTEST or (low, high) == (line.low, line.high):
            break
        line = _fitted(offsets, low, high)
        # with some of what is beside it a line leans over, and goes further still
        holds = _holds(line, offsets, coarse).mean() > _MOST
        if holds and _plain(line, coarse) and _gentle(line, offsets, coarse):
            best = line
    return best


def _fitted(offsets: Reals, low: int, high: int) -> Line:
    """The line through most of what lies there: what is far off it counts for nothing."""
    at = np.arange(low, high)
    slope, start = np.polyfit(at, offsets[low:high], 1)
    off = np.abs(offsets[low:high] - start - slope * at)
    near = off <= max(1.0, float(np.median(off)) * 2.5)
    if _SHORTEST <= np.count_nonzero(near) < len(at):
        slope, start = np.polyfit(at[near], offsets[low:high][near], 1)
    return Line(low, high, float(slope), float(start))


def _holds(line: Line, offsets: Reals, coarse: float) -> NDArray[np.bool_]:
    """Which frames of a line are as near to it as rounding brings them."""
    off = line.off(offsets, line.low, line.high)
    count = line.high - line.low
    room = 0.5 * (coarse - 1)
    if count < _SHORT:
        return np.abs(off) <= _OFF_SHORT + room
    return np.abs(calmed(off, _CALM if count < _CALMER_FROM else _CALMER)) <= _OFF + room


def _free_around(free: NDArray[np.bool_], middle: int, low: int, high: int) -> tuple[int, int]:
    taken = np.flatnonzero(~free[low:high]) + low
    return int(taken[taken < middle].max(initial=low - 1)) + 1, int(taken[taken > middle].min(initial=high))


def _plain(line: Line, coarse: float) -> bool:
    """Whether a line goes so far that it is a speed: a few frames trimmed here and there are none."""
    drift = abs(line.slope) * (line.high - line.low - 1)
    return drift >= (_LEAST_DRIFT if abs(line.slope) >= _SLOW_SLOPE else _LEAST_SLOW_DRIFT) * coarse


def _gentle(line: Line, offsets: Reals, coarse: float) -> bool:
    """Whether a line that is hardly steep rises by a frame at a time, as rounding has it, and not by trims."""
    part = offsets[line.low : line.high]
    if abs(line.slope) > _STEEP or len(part) < 2 * _BESIDE:
        return True
    middles = np.median(np.lib.stride_tricks.sliding_window_view(part, _BESIDE), axis=1)
    change = np.abs(middles[_BESIDE:] - middles[:-_BESIDE]).max()
    return bool(change <= coarse + _BESIDE * abs(line.slope) + _ROOM)


def _over_slips(found: list[Line], offsets: Reals, coarse: float) -> list[Line]:
    """Lines, each with what is beside it and a frame aside for a while, where the line goes on behind that.

    Long ones first; what leads back from such a slip may look like a short one, and is none.
    """
    result = list(found)
    for line in sorted(found, key=lambda one: one.low - one.high):
        if line not in result:
            continue
        longest = line.high - line.low
        low = line.low - _slipped(line.off(offsets, 0, line.low)[::-1], longest, coarse)
        high = line.high + _slipped(line.off(offsets, line.high, len(offsets)), longest, coarse)
        beside = [one for one in result if one is not line and one.low < high and low < one.high]
        if (low, high) != (line.low, line.high) and all(low <= one.low and one.high <= high for one in beside):
            result = [one for one in result if one is not line and one not in beside] + [_fitted(offsets, low, high)]
    return sorted(result, key=lambda one: one.low)


def _slipped(off: Reals, longest: int, coarse: float) -> int:
    """How far a line goes on behind a slip by a frame, of so many frames at most; 0 where it does not."""
    if len(off) <= _SHORT:
        return 0
    calm = np.abs(calmed(off, _CALMER))
    aside = leading(calm <= _OFF + coarse)
    holds = calm <= _OFF + 0.5 * (coarse - 1)
    for back, end in stretches_of(holds[:aside]):
        if 0 < back <= longest and end - back >= _SHORT:
            return end
    return 0


def _together(found: list[Line], offsets: Reals, coarse: float) -> list[Line]:
    """Lines that go on one another, but for a frame that was doubled or left out within, as one."""
    result = found[:1]
    for line in found[1:]:
        before = result[-1]
        near = line.low - before.high <= max(_SHORT, (line.high - before.low) // 8)
        alike = abs(line.slope - before.slope) <= _SAME_SLOPE * min(abs(line.slope), abs(before.slope))
        most = _OFF_TOGETHER if alike else _OFF_AS_ONE
        if near and one_speed(offsets[before.low : line.high], coarse, most):
            result[-1] = _fitted(offsets, before.low, line.high)
        else:
            result.append(line)
    return result


def one_speed(offsets: Reals, coarse: float, most: float = _OFF_TOGETHER) -> bool:
    """Whether A runs through all of it at one speed, but for flaws of a frame or two."""
    whole = _fitted(offsets, 0, len(offsets))
    return bool(np.abs(calmed(whole.off(offsets, 0, len(offsets)), _CALMER)).max() <= most * coarse)


def _to_their_ends(found: list[Line], offsets: Reals, coarse: float) -> list[Line]:
    """Lines that begin and end where what is beside them, at A's own speed, is no worse."""
    result: list[Line] = []
    for number, line in enumerate(found):
        first = result[-1].high if result else 0
        after = found[number + 1].low if number + 1 < len(found) else len(offsets)
        low = _border(offsets, line, first, coarse)
        turned = Line(
            len(offsets) - line.high,
            len(offsets) - line.low,
            -line.slope,
            line.start + line.slope * (len(offsets) - 1),
        )
        high = len(offsets) - _border(offsets[::-1], turned, len(offsets) - after, coarse)
        whole = _fitted(offsets, low, high) if high - low >= _SHORTEST else line
        if whole is not line and _plain(whole, _MOSTLY * coarse):
            result.append(whole)
    return result


def _border(offsets: Reals, line: Line, first: int, coarse: float) -> int:
    """Where a line begins, at `first` or later; in the middle of where it may.

    Nothing but rounding may be left before it.
    """
    plateau = int(np.ceil(1 / abs(line.slope)))
    before = line.low - first
    room = 0.5 * (coarse - 1)
    if before < max(_SHORTEST, plateau * 3 // 4):
        off = np.abs(line.off(offsets, first, line.low))
        if not before or np.median(off) <= _OFF_TOGETHER * coarse:
            return first
    level = float(np.median(offsets[max(first, line.low - _NEAR) : line.low]))
    reach = plateau + _SHORT
    low, high = max(first, line.low - reach), min(line.high - 1, line.low + reach)
    # a stretch beside it that is not level where the line comes is no help
    flat = np.maximum(np.abs(offsets[low:high] - level) - _FREE - room, 0)
    sloped = np.maximum(np.abs(line.off(offsets, low, high)) - _FREE - room, 0)
    cost = np.concatenate([[0], np.cumsum(flat)]) + np.concatenate([np.cumsum(sloped[::-1])[::-1], [0]])
    best = np.flatnonzero(cost <= cost.min() + 1e-6)
    return low + int(best[0] + best[-1]) // 2
