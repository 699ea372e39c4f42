"""Stretches that are a few frames off, and where one ends and the next begins: settled by the pictures themselves.

Where a shot hardly moves, the next frame is nearly as alike as the right one, and a course that began a frame aside
stays aside. Over all of a stretch the right one is plain.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.overlays import uncovered
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.flags import stretches_of

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_FARTHEST, _FAR = 25, 60
_PLACES = (0, *range(-_FARTHEST, 0, 5), *range(5, _FARTHEST + 1, 5))
_LEAST = 8
_STEP, _SAMPLES = 8, 48
_MUCH, _CLEARLY, _RATHER, _A_LITTLE, _HARDLY = 2.0, 1.5, 1.35, 1.2, 1.08
_AS_STILL, _FAR_CLEARLY = 1.2, 4.0
_MANY, _SOME, _NEARLY_ALL = 16, 8, 0.9
_MOST_SHOTS = 12
_NOISE = 0.1
"""In levels: what two places may differ by and still be as good as one another."""
_FLOOR = 0.3
_SWITCH = 4.0
"""How much likelier (in nats) what goes on elsewhere has to make the pictures to be worth a step aside."""
_NOWHERE, _MOST = np.float32(np.inf), np.float32(255)


def settled(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map int32 (frames of B,) with what is at A's pace moved in A to where it is clearly more alike.

    Borders, too those with a few frames between that are at neither side's place, are moved to where both sides
    together are clearly most alike.
    natural: int64 (frames of B,), the frame of A at the time of each.
    """
    stretches = [part for one in _stretches(frame_map, natural) for part in _moved(one, natural, seen)]
    result = frame_map.copy()
    for one in stretches:
        shown = natural[one.low : one.high] + one.offset
        # not every frame was looked at: the last may be beyond A's end
        inside = (shown >= 0) & (shown < len(seen.a))
        result[one.low : one.high][inside] = shown[inside]
    for one, other in itertools.pairwise(stretches):
        _meet(result, one, other, natural, seen)
    for one, other in itertools.pairwise(_with_ends(stretches, natural, seen)):
        _meet_far(result, one, other, natural, seen)
    return result


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Frames `low..high-1` of B that show A's at their time, `offset` frames on."""

    low: int
    high: int
    offset: int


def _stretches(frame_map: Map, natural: Ints) -> list[_Stretch]:
    """All that are long enough to judge."""
    offsets = frame_map - natural
    result = []
    for low, high in stretches_of(frame_map >= 0):
        edges = [low, *(low + 1 + np.flatnonzero(np.diff(offsets[low:high]))).tolist(), high]
        result += [_Stretch(one, after, int(offsets[one])) for one, after in itertools.pairwise(edges)]
    return [one for one in result if one.high - one.low >= _LEAST]


def _with_ends(stretches: list[_Stretch], natural: Ints, seen: Seen) -> list[_Stretch]:
    """With empty ones where the films begin and end, that say which frames of A are shown if they do so together."""
    count, begin, end = len(natural), -int(natural[0]), len(seen.a) - 1 - int(natural[-1])
    result = list(stretches)
    if result and result[0].low == 0 and abs(begin - result[0].offset) <= _FARTHEST:
        result.insert(0, _Stretch(0, 0, begin))
    if result and result[-1].high == count and abs(end - result[-1].offset) <= _FARTHEST:
        result.append(_Stretch(count, count, end))
    return result


def _moved(one: _Stretch, natural: Ints, seen: Seen) -> list[_Stretch]:
    """The stretch in parts, each where it is clearly most alike, a few frames further on or back."""
    step = min(_STEP, 1 + (one.high - one.low) // _SAMPLES)
    some = np.arange(one.low, one.high, step)
    offsets = one.offset + np.arange(-_FARTHEST, _FARTHEST + 1)
    ways = [np.clip(natural[some] + one.offset + by, 0, len(seen.a) - 1) for by in _PLACES]
    of = uncovered(seen, some, ways)
    costs = np.stack([_cost(some, offset, natural, seen, of) for offset in offsets.tolist()], axis=1)
    choice = _cheapest(step * np.log(costs + _FLOOR))
    edges = [0, *(1 + np.flatnonzero(np.diff(choice))).tolist(), len(some)]
    cut = np.unique(np.searchsorted(some, one.low + 1 + np.flatnonzero(seen.cuts_b[one.low + 1 : one.high])))
    parts: list[_Stretch] = []
    for low, high in itertools.pairwise(edges):
        column, shots = int(choice[low]), cut[(cut > low) & (cut < high)] - low
        again = bool(parts) and offsets[column] < parts[-1].offset
        for first, after, better in _better_parts(costs[low:high], column, shots, step, again=again):
            _add(parts, one, some[low + first :], after - first, int(offsets[column]) if better else one.offset)
    return parts


def _better_parts(costs: Floats, column: int, shots: Ints, step: int, *, again: bool) -> list[tuple[int, int, bool]]:
    """Whether rows `first..after-1` of costs (rows, columns) are better in a column than in the middle one.

    The better ones are the most shots, which begin at these rows, that are so together, and none of them less alike.
    """
    now, there = costs[:, _FARTHEST], costs[:, column]
    later = column > _FARTHEST
    edges = [0, *(shots.tolist() if len(shots) <= _MOST_SHOTS else []), len(costs)]
    worse = np.array([there[low:high].mean() > now[low:high].mean() for low, high in itertools.pairwise(edges)])
    for count in range(len(worse), 0, -1):
        for first in range(len(worse) - count + 1 if column != _FARTHEST else 0):
            low, high = edges[first], edges[first + count]
            alike = not worse[first : first + count].any()
            if alike and _is_better(there[low:high], now[low:high], step, again=again, later=later):
                parts = [(0, low, False), (low, high, True), (high, len(costs), False)]
                return [part for part in parts if part[0] < part[1]]
    return [(0, len(costs), False)]


def _add(parts: list[_Stretch], one: _Stretch, some: Ints, count: int, offset: int) -> None:
    """Appends what the first `count` of these frames of a stretch stand for; what is little stays where it is."""
    first, after = int(some[0]), int(some[count]) if count < len(some) else one.high
    if after - first < _LEAST:
        offset = one.offset
    if parts and parts[-1].offset == offset:
        parts[-1] = replace(parts[-1], high=after)
    else:
        parts.append(_Stretch(first, after, offset))


def _is_better(there: Floats, now: Floats, step: int, *, again: bool, later: bool) -> bool:
    """Whether costs of every `step`th frame are clearly lower.

    That is much on the whole, rather much in nearly all of some frames, a little in those of many, or in those that
    move if the others, which stand still, say no more against it. What coding makes lag is nowhere as alike as what
    stands still; it never makes a shot seem to be `later` in A than it is. To show `again` what was shown just before,
    they have to be much lower.
    """
    if now.mean() > (_MUCH if again else _CLEARLY) * there.mean() + _NOISE:
        return True
    if again:
        return False
    moving, still = now > _A_LITTLE * there + _NOISE, np.abs(now - there) <= _NOISE
    if step * min(np.count_nonzero(moving), np.count_nonzero(still)) >= _LEAST and (there <= now + _NOISE).all():
        return bool(there[moving].mean() <= _AS_STILL * there[still].mean())
    nearly_all = (there < now + (_NOISE if later else 0)).mean() > _NEARLY_ALL
    least = (_HARDLY if later else _A_LITTLE) if len(now) >= _MANY else _RATHER
    return bool(len(now) >= _SOME and nearly_all and now.mean() > least * there.mean() + _NOISE)


def _cheapest(costs: Floats) -> Ints:
    """The cheapest column for each row (rows, columns), where a change of column costs `_SWITCH`."""
    came = np.zeros(costs.shape, np.int64)
    total = costs[0].astype(np.float64)
    here = np.arange(costs.shape[1])
    for row in range(1, len(costs)):
        best = int(np.argmin(total))
        came[row] = np.where(total <= total[best] + _SWITCH, here, best)
        total = np.minimum(total, total[best] + _SWITCH) + costs[row]
    result = np.zeros(len(costs), np.int64)
    result[-1] = int(np.argmin(total))
    for row in range(len(costs) - 1, 0, -1):
        result[row - 1] = came[row, result[row]]
    return result


def _meet(frame_map: Map, one: _Stretch, other: _Stretch, natural: Ints, seen: Seen) -> None:
    """Moves the border of two stretches, with little between, to where both together are most alike."""
    if other.low - one.high > _FARTHEST or (frame_map[one.high : other.low] < 0).any():
        return
    numbers = np.arange(max(one.low, one.high - _FARTHEST), min(other.high, other.low + _FARTHEST))
    left, right = (_cost(numbers, two.offset, natural, seen) for two in (one, other))
    both = np.append(0, np.cumsum(left)) + np.append(np.cumsum(right[::-1])[::-1], 0)
    border = int(np.argmin(both))
    if both[border] < residuals(seen, numbers, frame_map[numbers]).sum() - _CLEARLY:
        frame_map[numbers[:border]] = natural[numbers[:border]] + one.offset
        frame_map[numbers[border:]] = natural[numbers[border:]] + other.offset


def _meet_far(frame_map: Map, one: _Stretch, other: _Stretch, natural: Ints, seen: Seen) -> None:
    """Moves the border of two stretches to where it is plain, in a shot that moves there and stands still beside it.

    What differs but by noise has no say: over many frames it adds up.
    """
    low, high = max(one.low, one.high - _FAR), min(other.high, other.low + _FAR)
    ends = frame_map[low : one.high] - natural[low : one.high], frame_map[one.high : high] - natural[one.high : high]
    if one.high != other.low or (ends[0] != one.offset).any() or (ends[1] != other.offset).any():
        return
    numbers = np.arange(low, high)
    left, right = (np.minimum(_cost(numbers, two.offset, natural, seen), _MOST) for two in (one, other))
    plain = np.maximum(left, right) > _A_LITTLE * np.minimum(left, right) + _NOISE
    both = np.append(0, np.cumsum(np.where(plain, left - right, 0)))
    best = np.flatnonzero(both <= both.min())
    border = int(best[np.argmin(np.abs(best - (one.high - low)))])
    if both[one.high - low] - both[border] > _FAR_CLEARLY:
        frame_map[numbers[:border]] = natural[numbers[:border]] + one.offset
        frame_map[numbers[border:]] = natural[numbers[border:]] + other.offset


def _cost(numbers: Ints, offset: int, natural: Ints, seen: Seen, of: Bools | None = None) -> Floats:
    """How unlike frames of B are what A shows that much further on, in levels; beyond its ends, without end.

    of: as of `residuals`.
    """
    shown = natural[numbers] + offset
    inside = (shown >= 0) & (shown < len(seen.a))
    return np.where(inside, residuals(seen, numbers, shown.clip(0, len(seen.a) - 1), of=of), _NOWHERE)
