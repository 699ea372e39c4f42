"""Short slips by a frame that what goes on around them explains as well: no frame was doubled and none dropped."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals

Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_NONE = -(2**40)
_LONGEST, _LONGEST_HIDDEN, _LONGEST_REFRAMED = 25, 25, 60
_ASIDE, _ASIDE_HIDDEN, _ASIDE_REFRAMED = 1, 3, 5
_LEAST_WHOLE, _ASIDE_WHOLE = 12, 12
_AROUND = 8
_AS_LIKE, _AS_LIKE_BESIDE = 1.15, 1.03
_AS_LIKE_REFRAMED, _AS_LIKE_LONG, _AS_LIKE_WHOLE = 1.6, 1.05, 2.5


def steadied(frame_map: Map, natural: Ints, seen: Seen, *, reframed: bool) -> Map:
    """The map without slips by one frame that are made up soon, unless the pictures clearly ask for them.

    Where little moves, a frame and its neighbour are alike, and noise decides which is nearer. A real hiccup, a frame
    that is doubled and later one that is dropped, is seen where something moves. Beside frames that show nothing of A,
    as in a fade, it may be a few. A shot that is as long as the one of A that most of it shows is that shot, frame by
    frame. What is a frame aside from a jump on, or from what is new, goes with what it leads to where that is as near.
    reframed: whether one side shows a moving window of the other; where that is hardly known, likeness says less, and
    slips may be by a few frames, or last from a shot's first frame on or to its last, or for long where both are as
    near.
    """
    offsets = np.where(frame_map >= 0, frame_map - natural, _NONE)
    whole = _in_whole_shots(offsets, natural, seen)
    if reframed:
        soon = [*_made_up(offsets, _LONGEST_REFRAMED, _ASIDE_REFRAMED), *_at_ends(offsets, natural, seen)]
        late = [*_made_up(offsets, len(offsets), _ASIDE), *_beside_jumps(offsets, len(offsets))]
        asides = [(_AS_LIKE_REFRAMED, soon), (_AS_LIKE_LONG, late), (_AS_LIKE_WHOLE, whole)]
    else:
        leaping = (one for one in whole if _leaps_between_cuts(offsets, *one))
        soon = list(_made_up(offsets, _LONGEST, _ASIDE))
        asides = [(_AS_LIKE, soon), (_AS_LIKE_BESIDE, _beside_jumps(offsets, _LONGEST)), (_AS_LIKE, leaping)]
    result = frame_map.copy()
    for allowed, (low, high, around) in ((allowed, one) for allowed, some in asides for one in some):
        numbers = np.arange(low, high)
        straight_on = natural[numbers] + around
        matched = frame_map[numbers] >= 0
        numbers, straight_on = numbers[matched], straight_on[matched]
        if straight_on.min(initial=0) < 0 or straight_on.max(initial=0) >= len(seen.a):
            continue
        now, straight = (residuals(seen, numbers, shown) for shown in (frame_map[numbers], straight_on))
        if straight.mean() <= allowed * now.mean():
            result[numbers] = straight_on
    return result


def _made_up(offsets: Ints, longest: int, aside: int) -> Iterator[tuple[int, int, int]]:
    """Stretches of B, first frame and one past the last, that are aside a little, and by how much all around is on."""
    edges = np.flatnonzero(np.diff(offsets)) + 1
    for at, low in enumerate(edges.tolist()):
        around = int(offsets[low - 1])
        if around == _NONE or not _steady(offsets[max(0, low - _AROUND) : low]):
            continue
        for high in edges[at + 1 :].tolist():
            matched = offsets[low:high][offsets[low:high] != _NONE]
            apart = int(np.abs(matched - around).max(initial=0))
            if high - low > longest or apart > max(aside, _ASIDE_HIDDEN):
                break
            little = apart <= aside or (len(matched) < high - low <= _LONGEST_HIDDEN)
            goes_on = offsets[high] == around and _steady(offsets[high : high + _AROUND])
            if len(matched) and little and goes_on:
                yield low, high, around
                break


def _beside_jumps(offsets: Ints, longest: int) -> Iterator[tuple[int, int, int]]:
    """The same for what is a frame aside of what it is beside, and at its other end jumps, or comes from nothing."""
    edges = [0, *(np.flatnonzero(np.diff(offsets)) + 1).tolist(), len(offsets)]
    for low, at, high in zip(edges, edges[1:], edges[2:], strict=False):
        for first, after, around, beyond in _sides(offsets, low, at, high):
            aside = int(offsets[first])
            if abs(aside - around) != _ASIDE or after - first > longest:
                continue
            past = offsets[beyond:] if beyond > first else offsets[: beyond + 1][::-1]
            known = past[past != _NONE]
            if len(past) and not (len(known) and abs(int(known[0]) - aside) <= 1):
                yield first, after, around


def _at_ends(offsets: Ints, natural: Ints, seen: Seen) -> Iterator[tuple[int, int, int]]:
    """The same for what begins or ends with a shot of B and is a frame aside, within one shot of A."""
    shots = np.flatnonzero(np.append(seen.cuts_b, True))
    for at in (np.flatnonzero(np.diff(offsets)) + 1).tolist():
        next_ = int(np.searchsorted(shots, at, "right"))
        low, high = int(shots[next_ - 1]) if next_ else 0, int(shots[next_])
        for first, after, around, beyond in _sides(offsets, low, at, high):
            if around == _NONE or not 0 < after - first <= _LONGEST:
                continue
            if 0 <= beyond < len(offsets) and offsets[beyond] == offsets[first]:
                continue  # what is aside goes on over the cut
            beside = at if first < at else at - 1
            shown = natural[[first, after - 1, beside]] + around
            if (np.abs(offsets[first:after] - around) == 1).all() and seen.one_shot_of_a(shown):
                yield first, after, around


def _sides(offsets: Ints, low: int, at: int, high: int) -> Iterator[tuple[int, int, int, int]]:
    """What of `low..high-1` is before `at`, and what is from it on, each where the other one is steady there.

    First frame and one past the last, by how much the other one is on, and the frame beyond the far end.
    """
    if _steady(offsets[at : min(high, at + _AROUND)]):
        yield low, at, int(offsets[at]), low - 1
    if _steady(offsets[max(low, at - _AROUND) : at]):
        yield at, high, int(offsets[at - 1]), high


def _in_whole_shots(offsets: Ints, natural: Ints, seen: Seen) -> Iterator[tuple[int, int, int]]:
    """The same for shots of B that are as long as the one of A next to which most of their frames are."""
    begins = np.append(0, np.flatnonzero(seen.cuts_a))
    edges = [0, *(1 + np.flatnonzero(seen.cuts_b[1:])).tolist(), len(offsets)]
    for low, high in itertools.pairwise(edges):
        matched = offsets[low:high][offsets[low:high] != _NONE]
        if high - low < _LEAST_WHOLE or 2 * len(matched) < high - low:
            continue
        around = begins - natural[low]
        around = int(around[np.argmin(np.abs(around - np.median(matched)))])
        after = int(natural[high - 1]) + around + 1
        as_long = after == len(seen.a) or (after < len(seen.a) and seen.cuts_a[after])
        aside = int(np.abs(matched - around).max())
        if as_long and 0 < aside <= _ASIDE_WHOLE and seen.one_shot_of_a(natural[[low, high - 1]] + around):
            yield low, high, around


def _leaps_between_cuts(offsets: Ints, low: int, high: int, around: int) -> bool:
    """Whether a shot of B is cut at both ends, and some of its frames go on as that says and others do not."""
    if low == 0 or high == len(offsets):
        return False
    inside = offsets[low:high][offsets[low:high] != _NONE]
    return bool((inside == around).any() and (inside != around).any())


def _steady(offsets: Ints) -> bool:
    """Whether enough frames are at one offset."""
    return len(offsets) == _AROUND and bool((offsets == offsets[0]).all())
