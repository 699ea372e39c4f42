"""New frames between matched ones: what an overlay, a dissolve or poor coding hid comes back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import motion_along
from vidstudio.engine.alignment.appearance.unlike import calmed, limits, pairs_apart, residuals, share_near
from vidstudio.engine.alignment.refinement.takes import Takes
from vidstudio.engine.flags import leading, stretches_of

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_CLEARLY_NEARER = 0.03
_MOST_UNLIKE_FILLED = 0.12
_LIMITS_OF = 2000
_JUDGED = 8
_LONGEST_BRIDGE = 60
_BRIEF, _BRIEF_REFRAMED = 12, 25
_ENDS = 6
_MOST_UNLIKE_BRIEF = 0.5
_USUAL = 0.9
_GONE, _FADED = 0.15, 0.4
_AS_USUAL = 1.5
_LATER, _MORE_THAN_NOISE, _STILL = 3, 3.0, 0.3
_STOOD, _OVERLAY, _LEAST_NEAR = 5, 1.5, 0.75


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
    limit = min(_MOST_UNLIKE_FILLED, limits(pairs_apart(seen, some, frame_map[some]))[1])
    result, takes = frame_map.copy(), Takes(frame_map, seen)
    free = np.ones(len(seen.a), bool)
    free[frame_map[matched]] = False
    for low, high in stretches_of(new):
        rising, falling = np.arange(low, high), np.arange(high - 1, low - 1, -1)
        ways = [(numbers, natural + (result[at] - natural[at])) for at, numbers in ((low - 1, rising), (high, falling))
                if 0 <= at < len(result) and result[at] >= 0]  # fmt: skip
        goes_on = len(ways) == 2 and (ways[0][1][low:high] == ways[1][1][low:high]).all()
        for numbers, wanted in ways if goes_on else [*ways, (rising, natural)]:
            left = numbers[result[numbers] < 0]
            shown = wanted[left]
            fits = (shown >= 0) & (shown < len(free))
            fits[fits] = free[shown[fits]]
            count = leading(fits)
            left, shown = left[:count], shown[:count]
            if not len(left):
                continue
            shown, apart = _nearest(seen, left, shown, free)
            count = leading(calmed(apart) <= limit)
            if count >= _JUDGED and _is_another(left[:count], shown[:count], takes, seen):
                continue
            result[left[:count]] = shown[:count]
            free[shown[:count]] = False
    return result


def _is_another(b_frames: Ints, a_frames: Ints, takes: Takes, seen: Seen) -> bool:
    """Whether these frames of B are another take than those of A, however alike it is."""
    order = np.argsort(b_frames)
    part, shown = b_frames[order], np.full(len(seen.b), -1, np.int32)
    shown[part] = a_frames[order]
    motion = motion_along(shown, seen)
    otherwise = motion.unrelated(part, likely=True) or motion.not_at_all_alike(part)
    return otherwise or takes.is_other(part, shown[part], motion)


def bridged(frame_map: Map, natural: Ints, seen: Seen, *, reframed: bool) -> Map:
    """The map with short new stretches filled where A goes on behind them as it did before, if that may be.

    Poor coding, a blend, a window that was lost for a moment; what is as long and quite different stays new. A few new
    frames at the ends of a shot belong to it.
    reframed: whether one side shows a moving window of the other; then the likeness says little, and it counts that
    nothing is cut there that A does not cut as well.
    """
    new = frame_map < 0
    matched = np.flatnonzero(~new)
    if not new.any() or not len(matched):
        return frame_map
    some = matched[:: 1 + len(matched) // _LIMITS_OF]
    usual = float(np.quantile(residuals(seen, some, frame_map[some]), _USUAL))
    result = frame_map.copy()
    for low, high in stretches_of(new):
        if not reframed and _is_held(result, low, high, natural, seen, usual):
            result[low : _held_until(result, low, high, seen, usual)] = result[low - 1]
            continue
        if low == 0 or high == len(new) or high - low > _LONGEST_BRIDGE:
            continue
        offset = int(frame_map[high] - natural[high])
        if abs(int(frame_map[low - 1] - natural[low - 1]) - offset) > (1 if reframed else 0):
            continue
        numbers = np.arange(low, high)
        shown = natural[numbers] + offset
        brief = high - low <= _BRIEF
        # what is new comes and goes with a cut; what flies past leaves little of itself in coarse, interlaced coding
        surely = high - low <= (_BRIEF_REFRAMED if reframed else _ENDS)
        if not (surely and _cut_alike(low, high, shown, seen)):
            alike = brief and not reframed and float(np.median(pairs_apart(seen, numbers, shown))) < _MOST_UNLIKE_BRIEF
            alike |= brief and _in_a_fade(frame_map, low, high, seen)
            if not alike and float(np.median(residuals(seen, numbers, shown))) > _AS_USUAL * usual:
                continue
        result[low:high] = shown
    return _with_ends_of_shots(result, natural, seen)


def _is_held(frame_map: Map, low: int, high: int, natural: Ints, seen: Seen, usual: float) -> bool:
    """Whether A stands before frame `low` of B, and most of the picture until `high` is what it stands at.

    That is a still with a title over it. Where B moves all the time, somebody is there before what stands still.
    """
    before = np.arange(max(0, low - _STOOD), low)
    if len(before) < _STOOD or (frame_map[before] < 0).any() or np.ptp(natural[before]) < _STOOD - 1:
        return False
    inside = seen.b[low:high].astype(np.float32)
    moves = ((inside[_LATER:] - inside[:-_LATER]) ** 2).mean(axis=(1, 2))
    most, stood = float(np.median(moves)) if len(moves) else 0.0, np.ptp(frame_map[before])
    # of what has only just come to stand nothing may move
    if most > _MORE_THAN_NOISE * usual**2 or (stood and most > _STILL) or stood > _STOOD // 2:
        return False
    return bool(_near_held(frame_map, low, np.arange(low, high), seen, usual).all())


def _held_until(frame_map: Map, low: int, high: int, seen: Seen, usual: float) -> int:
    """Up to which frame of B the picture that A stands at before frame `low` is held, at least `high`.

    As the title goes, what hardly moved before seems to be shown once more, up to the frame that is held.
    """
    held = frame_map[low - 1]
    again = frame_map[high : high + _BRIEF]
    numbers = np.arange(high, high + leading((again >= held - _BRIEF) & (again <= held)))
    return high + leading(_near_held(frame_map, low, numbers, seen, usual))


def _near_held(frame_map: Map, low: int, numbers: Ints, seen: Seen, usual: float) -> NDArray[np.bool_]:
    """Whether most of the picture of frames of B is that of A before frame `low`."""
    near = share_near(seen, numbers, np.full(len(numbers), frame_map[low - 1]), _OVERLAY * usual)
    result: NDArray[np.bool_] = near >= _LEAST_NEAR
    return result


def _in_a_fade(frame_map: Map, low: int, high: int, seen: Seen) -> bool:
    """Whether B's frames `low..high-1` lose next to all contrast, and those beside them have much less than A's."""
    beside = np.array([low - 1, high])
    of_a, of_b = (part.std(axis=(1, 2)) for part in seen.pairs(beside, frame_map[beside]))
    inside = seen.b[low:high].std(axis=(1, 2))
    gone = inside.min() < _GONE * of_a.min() and inside.max() <= max(_GONE * float(of_a.min()), float(of_b.max()))
    return bool(gone and (of_b < _FADED * of_a).all())


def _cut_alike(low: int, high: int, shown: Ints, seen: Seen) -> bool:
    """Whether B's frames `low..high-1` and the one after are cut just where the frames of A are that they show."""
    of_a = np.append(seen.cuts_a, True)
    return np.array_equal(seen.cuts_b[low : high + 1], of_a[np.append(shown, shown[-1] + 1)])


def _with_ends_of_shots(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map with a few new frames at the ends of B's shots given what goes on there, within one shot of A."""
    starts = np.append(seen.cuts_b, True)
    starts[0] = True
    result = frame_map.copy()
    for low, high in stretches_of(frame_map < 0):
        until, since = leading(~starts[low : high + 1]), leading(~starts[low : high + 1][::-1])
        for at, some in ((low - 1, np.arange(low, low + until)), (high, np.arange(high - since, high))):
            if not 0 <= at < len(frame_map) or not 0 < len(some) <= min(_ENDS, high - low):
                continue
            shown = natural[some] + frame_map[at] - natural[at]
            if seen.one_shot_of_a(np.append(shown, frame_map[at])):
                result[some] = shown
    return result


def _nearest(seen: Seen, b_frames: Ints, a_frames: Ints, free: NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """For each frame of B the most alike of the frame of A and its free neighbours, and how unlike it is."""
    best, apart = a_frames.copy(), pairs_apart(seen, b_frames, a_frames)
    for step in (-1, 1):
        other = np.clip(a_frames + step, 0, len(free) - 1)
        value = np.where(free[other], pairs_apart(seen, b_frames, other), np.inf)
        better = value < apart - _CLEARLY_NEARER
        best[better], apart[better] = other[better], value[better]
    return best, apart
