"""Where something was cut out of what goes on: at a cut of the picture, if the picture does not speak against it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.leaning import leaning
from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import motion_along
from vidstudio.engine.alignment.appearance.overlays import uncovered
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.flags import leading, stretches_of

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_FARTHEST = 60
_MOST_LEFT_OUT = 60
_AS_LIKE = 1.15
_AS_LIKE_SOMEWHERE = 1.5
_NOISE = 0.3
"""In levels: what two courses may differ by and still be as good as one another."""
_PLAIN = 0.55
_AROUND = 5
_HELD = 8
_SAMPLES = 12
_MOVES_ALONG = 0.25


def at_cuts(frame_map: Map, natural: Ints, seen: Seen, *, woven: bool = False) -> Map:
    """The map int32 (frames of B,) with frames of A left out at cuts that are near, where they are left out elsewhere.

    Shots are trimmed at their ends. In one that stands still any of its frames could be the ones that are missing,
    and coding noise chose some in its middle. A has to have the cut too, among what is left out.
    natural: int64 (frames of B,), the frame of A at the time of each. woven: whether the first frame after a cut is of
    both shots; then what is left out may be behind it.
    """
    matched = frame_map >= 0
    offsets = frame_map - natural
    jumps = np.flatnonzero(matched[1:] & matched[:-1] & (np.diff(offsets) > 0)) + 1
    if not len(jumps):
        return frame_map
    of_a, of_b = seen.cuts_a, np.flatnonzero(seen.cuts_b)
    there = np.append(of_b, of_b + 1) if woven else of_b
    result = frame_map.copy()
    for at in jumps.tolist():
        if offsets[at] - offsets[at - 1] > _MOST_LEFT_OUT or at in there:
            continue
        ways = []
        for cut in of_b[np.abs(of_b - at) <= _FARTHEST].tolist():
            way = _with_jump(result, natural, at, cut)
            if way is not None and of_a[way[cut - 1] + 1 : way[cut] + 1].any():
                numbers = np.arange(min(cut, at), max(cut, at))
                if _as_like(numbers, result, way, seen):
                    ways.append((numbers, way))
        if ways:
            result = _most_like(ways, natural, seen)
    return result


def at_first_cuts(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map int32 (frames of B,) with what A has before B's beginning left out at B's first cut instead; or at its
    last, what A has behind B's end.

    That is where the first shot, or the last, is clearly nearer to A's own beginning, or end.
    """
    cuts, result = np.flatnonzero(seen.cuts_b), frame_map.copy()
    if not len(cuts):
        return result
    first, last = int(cuts[0]), int(cuts[-1])
    for numbers, beyond, offset in (
        (np.arange(first), first, -int(natural[0])),
        (np.arange(last, len(frame_map)), last - 1, len(seen.a) - 1 - int(natural[-1])),
    ):
        shown = natural[numbers] + offset
        if _could_be_cut(frame_map, numbers, shown, beyond, seen):
            now, then = (float(residuals(seen, numbers, one).mean()) for one in (frame_map[numbers], shown))
            if then * _AS_LIKE < now:
                result[numbers] = shown
    return result


def _could_be_cut(frame_map: Map, numbers: Ints, shown: Ints, beyond: int, seen: Seen) -> bool:
    """Whether B's frames `numbers` are a little aside of those of A that are `shown`, all alike, and A is cut there.

    That is between them and what frame `beyond` of B shows.
    """
    now, next_ = frame_map[numbers], int(frame_map[beyond])
    if not len(numbers) or min(next_, int(now.min())) < 0 or shown.min() < 0 or shown.max() >= len(seen.a):
        return False
    aside = np.abs(now - shown)
    low, high = sorted((int(shown[-1 if beyond > numbers[-1] else 0]), next_))
    return bool(0 < aside[0] <= _MOST_LEFT_OUT and (aside == aside[0]).all() and seen.cuts_a[low + 1 : high + 1].any())


def thawed(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map int32 (frames of B,) with A going on where it seems to be held and to leap, as far as that is as like.

    Of a shot that stands still one frame looks like another, and what goes on needs no explanation. What leaps into a
    stop goes on into it, what leaps out of it begins in it; a frame that is held and goes on from there is held.
    Nothing is held beyond a cut.
    """
    result = frame_map.copy()
    for first, last in stretches_of((np.diff(frame_map) == 0) & (frame_map[1:] >= 0)):
        cut = last - leading(~seen.cuts_b[last:first:-1])
        if cut > first:
            result[cut : last + 1] = _begun_at(cut, last + 1, int(frame_map[first]), natural, seen)
            last = cut - 1
        piece = np.arange(first, last + 1)
        if len(piece) < _HELD or natural[last] - natural[first] < _HELD - 1:
            continue
        for numbers, step in ((piece, 1), (piece[::-1], -1)):
            thawing, shown = _going_on(numbers, step, int(frame_map[first]), result, natural)
            if not len(thawing):
                continue
            now, then = (residuals(seen, thawing, one) for one in (frame_map[thawing], shown))
            far = leading(then <= _AS_LIKE * now + _NOISE)
            result[thawing[:far]] = shown[:far]
    return result


def _begun_at(cut: int, after: int, held: int, natural: Ints, seen: Seen) -> Ints | Map:
    """What frames `cut` to before `after` of B show if one of A seems to be held in them, and before a cut too.

    That is what begins near it at its speed, if that is as like and moves alike.
    """
    numbers, held_on = np.arange(cut, after), np.full(after - cut, held)
    if len(numbers) < _HELD:
        return held_on
    some = numbers[:: 1 + len(numbers) // _SAMPLES]
    course, begin = natural[numbers] - natural[cut], held - min(seen.since_cut_of_a(held), _FARTHEST)
    places = [one for one in range(begin, held + 1) if seen.one_shot_of_a(np.array([one, one + course[-1]]))]
    if not places:
        return held_on
    shown = min((one + course for one in places), key=lambda of: float(residuals(seen, some, of[some - cut]).sum()))
    now, then = (float(residuals(seen, numbers, one).mean()) for one in (held_on, shown))
    way = np.full(len(seen.b), -1, np.int32)
    way[numbers] = shown
    as_like = then <= _AS_LIKE * now + _NOISE and motion_along(way, seen).alike(numbers) >= _MOVES_ALONG
    return shown if as_like else held_on


def _going_on(numbers: Ints, step: int, held: int, frame_map: Map, natural: Ints) -> tuple[Ints, Ints]:
    """Which of these frames, that seem to hold one of A, could go on what is beside the first of them, and as what.

    None where nothing goes on there, or where it leads to the frame that is held, or near it: that is a real stop.
    step: 1 where the numbers rise, -1 where they fall.
    """
    none = np.zeros(0, np.int64)
    beside, beyond = int(numbers[0]) - step, int(numbers[0]) - 2 * step
    if not (0 <= beside < len(frame_map) and 0 <= beyond < len(frame_map)) or frame_map[beside] < 0:
        return none, none
    offset = frame_map[beside] - natural[beside]
    if offset != frame_map[beyond] - natural[beyond]:
        return none, none
    if abs(int(frame_map[beside]) - held) < _HELD:
        return none, none
    numbers = numbers[frame_map[numbers] == held]
    shown = natural[numbers] + offset
    count = leading(step * (held - shown) > 0)
    return numbers[:count], shown[:count]


def _with_jump(frame_map: Map, natural: Ints, at: int, cut: int) -> Map | None:
    """The map with the jump at frame `at` of B moved to `cut`; None where it does not go on steadily between them."""
    low, high = min(cut, at), max(cut, at)
    side = at if cut < at else at - 1
    offsets = frame_map[low:high] - natural[low:high]
    if (frame_map[low:high] < 0).any() or (offsets != offsets[0]).any() or frame_map[cut - 1] < 0 or frame_map[cut] < 0:
        return None
    result = frame_map.copy()
    result[low:high] = natural[low:high] + (frame_map[side] - natural[side])
    return result


def _most_like(ways: list[tuple[Ints, Map]], natural: Ints, seen: Seen) -> Map:
    """The way with the fewest jumps, of several the one that is most alike where any of them differs from another."""
    jumps = [np.count_nonzero(np.diff(way - natural)) for _, way in ways]
    ways = [one for one, count in zip(ways, jumps, strict=True) if count == min(jumps)]
    numbers = np.unique(np.concatenate([numbers for numbers, _ in ways]))
    return min((way for _, way in ways), key=lambda way: float(residuals(seen, numbers, way[numbers]).sum()))


def _as_like(numbers: Ints, frame_map: Map, wanted: Map, seen: Seen) -> bool:
    """Whether these frames of B look as much like the frames of A that are wanted as like those they show."""
    ways = frame_map[numbers], wanted[numbers]
    of = uncovered(seen, numbers, ways)
    now, then = (residuals(seen, numbers, shown, of=of) for shown in ways)
    if then.mean() > _AS_LIKE * now.mean() + _NOISE:
        return False
    if leaning(seen, numbers, frame_map[numbers], wanted[numbers]).is_back(_PLAIN):
        return False
    return bool((_calmed(then) <= _AS_LIKE_SOMEWHERE * _calmed(now) + _NOISE).all())


def _calmed(values: Floats) -> Floats:
    """Running mean."""
    window = np.ones(min(_AROUND, len(values)))
    result: Floats = (np.convolve(values, window, "valid") / len(window)).astype(np.float32)
    return result
