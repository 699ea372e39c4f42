"""Stretches of B that follow A steadily: at one offset in time, or at one speed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits import speeds
from vidstudio.engine.alignment.edits.jumps import jumps
from vidstudio.engine.flags import stretches_of

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

PieceKind = Literal["same", "retimed", "again"]

LEAST_FOR_A_LINE = 3
OTHER_RATE = 0.01

_JUMP_FRAMES = 2.2
_LEAST_STEP = 0.75
_BESIDE = 6
_SHORTEST = 3
_BRIEF = 8
_OFF_SLOPE = 1.5
_EVEN, _AROUND = 4, 3


@dataclass(frozen=True, slots=True)
class Range:
    """Frames `first..after-1` of one video."""

    first: int
    after: int

    def __len__(self) -> int:
        return self.after - self.first


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames of B that show A without a break.

    retimed: A runs faster, slower, backward or stands still there. again: what was on screen just before.
    """

    b: Range
    kind: PieceKind

    @property
    def retimed(self) -> bool:
        """Whether A is at another speed."""
        return self.kind == "retimed"


def frame_us(starts: Ints) -> float:
    """The usual length of a frame."""
    return float(np.median(np.diff(starts))) if len(starts) > 1 else 40_000.0


def unbroken(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> list[Range]:
    """Stretches of B whose frames follow A without a jump; many even ones, as of a high speed, are none."""
    if not len(frame_map):
        return []
    inside = frame_map >= 0
    a_times = a_starts[np.maximum(frame_map, 0)]
    both = inside[1:] & inside[:-1]
    step = _JUMP_FRAMES * max(frame_us(a_starts), frame_us(b_starts))
    ahead = np.diff(a_times) - np.diff(b_starts)
    jump = both & (np.abs(ahead) > step)
    if jump.any():
        jump &= ~_even(np.where(both, ahead, 0.0), np.where(inside, a_times - b_starts, np.nan), step)
    breaks = np.flatnonzero((inside[1:] != inside[:-1]) | jump) + 1
    edges = [0, *breaks.tolist(), len(frame_map)]
    return [Range(low, high) for low, high in itertools.pairwise(edges) if inside[low]]


def _even(ahead: Reals, offsets: Reals, step: float) -> NDArray[np.bool_]:
    """Which jumps are like most of those around them, or but a frame aside from which A goes on as before."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(ahead, _AROUND), 2 * _AROUND + 1)
    usual = np.sort(around, axis=1)[:, 1:-1].mean(axis=1)
    steady = (np.abs(around - usual[:, None]) <= step).sum(axis=1) >= _EVEN
    padded = np.lib.stride_tricks.sliding_window_view(np.pad(offsets, 2, constant_values=np.nan), 3)
    middles = np.median(padded, axis=1)  # of three frames, nan where there are no three
    onward = middles[3:] - middles[:-3] - 3 * usual
    aside = np.abs(ahead - usual)
    result: NDArray[np.bool_] = steady & ((aside <= step) | ((aside <= 2 * step) & (np.abs(onward) <= step)))
    return result


def steady(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> list[Piece]:
    """The unbroken stretches, split where the offset changes for good or the speed does.

    Where most of B runs at one speed, a stretch too short to show it runs at that speed too if it fits.
    """
    expected = _natural(a_starts, b_starts)
    offsets = frame_map - expected
    rate = frame_us(b_starts) / frame_us(a_starts)
    same_rate = abs(1 / rate - 1) <= OTHER_RATE
    coarse = max(1.0, rate)
    runs = _runs(offsets, unbroken(frame_map, a_starts, b_starts), rate, same_rate=same_rate)
    result: list[Piece] = []
    for run in runs:
        part, lines = run.part, run.lines
        here = slice(part.first, part.after)
        if not lines and any(_at_slope(offsets[here], slope, coarse) for slope in run.slopes):
            result.append(Piece(part, "retimed"))
            continue
        at = 0
        for line in [*lines, None]:
            low = line.low if line else len(part)
            result += _level(part.first + at, frame_map[here][at:low], offsets[here][at:low], coarse, again=same_rate)
            if line:
                result.append(Piece(Range(part.first + low, part.first + line.high), "retimed"))
                at = line.high
    return _at_one_speed(result, offsets, coarse, {run.part.first for run in runs if run.trimmed})


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of B through which A goes on, and its parts at other speeds.

    slopes: by how much the offset may grow with each frame where it is too short to tell. trimmed: whether frames of A
    are left out just before it, though it goes on at the same speed.
    """

    part: Range
    lines: list[speeds.Line]
    slopes: list[float]
    trimmed: bool


def _runs(offsets: Reals, parts: list[Range], rate: float, *, same_rate: bool) -> list[_Run]:
    """Unbroken stretches, where frames of A are left out parted once more, and their lines.

    rate: frames of A in the time of one of B.
    """
    coarse = max(1.0, rate)
    found = [speeds.lines(offsets[part.first : part.after], coarse) for part in parts]
    common = _common_slope(parts, found)
    lines = [line.later(part.first) for part, of_part in zip(parts, found, strict=True) for line in of_part]
    # at A's own rate what is left out shows without a clock
    usual = [slope for slope in dict.fromkeys((0.0, common)) if slope or not same_rate]
    everywhere = [speeds.Line(0, len(offsets), slope, 0.0) for slope in usual]
    breaks = {at for low, high in _joined(parts) for at in jumps(offsets, low, high, [*everywhere, *lines], rate)}
    result: list[_Run] = []
    for part, of_part in zip(parts, found, strict=True):
        inside = sorted(at for at in breaks if part.first < at < part.after)
        slopes = [line.slope for line in of_part] if inside else []
        for low, high in itertools.pairwise([part.first, *inside, part.after]):
            some = speeds.lines(offsets[low:high], coarse) if inside else of_part
            result.append(_Run(Range(low, high), some, [*slopes, *([common] if common else [])], low in breaks))
    return result


def _joined(parts: list[Range]) -> list[tuple[int, int]]:
    """First frames and ends of what is matched without a gap."""
    firsts, ends = [part.first for part in parts], [part.after for part in parts]
    return list(zip(sorted({*firsts} - {*ends}), sorted({*ends} - {*firsts}), strict=True))


def _common_slope(parts: list[Range], found: list[list[speeds.Line]]) -> float:
    """By how much the offset grows with each frame in more than half of all frames; 0 where it does not."""
    lines = [line for of_part in found for line in of_part]
    lengths = [line.high - line.low for line in lines]
    level = sum(len(part) for part in parts) - sum(lengths)
    slopes = [*(line.slope for line in lines), 0.0]
    order = np.argsort(slopes)
    share = np.cumsum(np.array([*lengths, level], np.int64)[order])
    return slopes[int(order[np.searchsorted(share, share[-1] / 2)])] if share[-1] else 0.0


def _at_slope(offsets: Reals, slope: float, coarse: float) -> bool:
    """Whether these offsets grow like that, and do not stay the same."""
    left = offsets - slope * np.arange(len(offsets))
    fits = np.abs(speeds.calmed(left - np.median(left))).max() < _OFF_SLOPE * coarse
    return bool(fits and np.ptp(speeds.calmed(offsets)) > _LEAST_STEP * coarse)


def _at_one_speed(pieces: list[Piece], offsets: Reals, coarse: float, trimmed: set[int]) -> list[Piece]:
    """The pieces, those at another speed joined that only a frame far aside keeps apart.

    trimmed: first frames of those before which something is left out.
    """
    result: list[Piece] = []
    for piece in pieces:
        before = result[-1] if result else piece
        whole = Range(before.b.first, piece.b.after)
        beside = before.retimed and piece.retimed and before.b.after == piece.b.first and piece.b.first not in trimmed
        if beside and speeds.one_speed(offsets[whole.first : whole.after], coarse):
            result[-1] = Piece(whole, "retimed")
        else:
            result.append(piece)
    return result


def _natural(a_starts: Ints, b_starts: Ints) -> Reals:
    """The place in A, in frames, that is on screen at the start of each frame of B if both run along."""
    inside = np.interp(b_starts, a_starts, np.arange(len(a_starts)))
    beyond = (b_starts - a_starts[-1]) / frame_us(a_starts)
    result: Reals = np.where(b_starts > a_starts[-1], len(a_starts) - 1 + beyond, inside)
    return result


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
            found.append(_parting(offsets, low, at, high))
    return found


def _parting(offsets: Reals, low: int, at: int, high: int) -> int:
    """Where from `at` on frames `low..high-1` are best told apart as two levels: rounding may jump just before."""
    places = np.arange(at, max(at, high - _SHORTEST) + 1)
    off = [np.abs(part - np.median(part)).sum() for one in places for part in (offsets[low:one], offsets[one:high])]
    return int(places[np.argmin(np.reshape(off, (-1, 2)).sum(axis=1).round(6))])


def _level(first: int, shown: NDArray[np.int32], offsets: Reals, coarse: float, *, again: bool) -> list[Piece]:
    """Pieces at A's own speed, each at its offset, and what is held or shown again between two of them.

    again: whether what is shown again for a frame or two is told; else it goes on.
    """
    edges = _held_apart(offsets, [0, *_steps(offsets, coarse), len(offsets)], coarse)
    result: list[Piece] = []
    at = 0
    for low, middle, high in zip(edges[:-2], edges[1:-1], edges[2:], strict=True):
        back = float(np.median(offsets[low:middle]) - np.median(offsets[middle:high]))
        if back > 0 and not again:
            continue
        frames = round(back)
        extra = _again(shown, middle, frames) if frames > 0 else Piece(Range(middle, middle), "again")
        if extra.b.first < at or extra.b.after > high:
            continue
        result += _piece(first, at, extra.b.first, "same") + _piece(first, extra.b.first, extra.b.after, extra.kind)
        at = extra.b.after
    return result + _piece(first, at, len(offsets), "same")


def _piece(first: int, low: int, high: int, kind: PieceKind) -> list[Piece]:
    return [Piece(Range(first + low, first + high), kind)] if high > low else []


def _held_apart(offsets: Reals, edges: list[int], coarse: float) -> list[int]:
    """The edges without those of a moment after which all goes on as before, or that change nothing."""
    result = list(edges)
    number = 1
    while number < len(result) - 1:
        before, here = (np.median(offsets[result[n] : result[n + 1]]) for n in (number - 1, number))
        brief = result[number + 1] - result[number] < _BRIEF and number + 2 < len(result)
        if abs(here - before) < _LEAST_STEP * coarse:
            del result[number]
        elif brief and abs(np.median(offsets[result[number + 1] : result[number + 2]]) - before) < _LEAST_STEP * coarse:
            del result[number : number + 2]
        else:
            number += 1
            continue
        number = max(1, number - 1)
    return result


def _again(shown: NDArray[np.int32], at: int, frames: int) -> Piece:
    """What is on screen for so many frames more around frame `at`: one frame held, or some shown again."""
    low, high = max(0, at - frames - _SHORTEST), min(len(shown), at + frames + _SHORTEST)
    held = [(one, after) for one, after in stretches_of(np.diff(shown[low:high]) == 0) if after - one >= frames]
    if held:
        one, after = min(held, key=lambda run: abs(low + run[0] + 1 - at))
        return Piece(Range(low + one, low + after + 1), "retimed")
    return Piece(Range(at, at + frames), "again")


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
