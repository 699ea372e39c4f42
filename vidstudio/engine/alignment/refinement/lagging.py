"""Shots that coding makes lag: what hardly changes is held by a coarse encoder, and seems to be shown a little late.

B's pictures then are most like those of A a few frames before, more and more of them until the encoder begins anew.
That looks like a slow course, or frames that stand still, and some of A that is left out behind it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.leaning import leaning
from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.overlays import uncovered
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.flags import leading

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_MOST, _AHEAD = 15, 4
_AS_GOOD, _HARDLY_MORE, _NOISE = 1.25, 1.1, 0.15
_NOWHERE_WORSE, _WORSE_BETWEEN = 1.6, 2.2
_MOSTLY = 0.75
_PLAIN = 1.5
_FIRST_PLAIN, _FIRST_LEANS, _LAGS_AT_MOST = 0.15, 0.35, -0.75
_AROUND, _FRESH = 8, 3
_NOISE_SHARE, _WOVEN = 0.03, 2.0


def caught_up(frame_map: Map, natural: Ints, clock: Ints, seen: Seen, *, as_long: bool) -> Map:
    """The map int32 (frames of B,) straight through shots along which B only seems to lag.

    natural, clock: int64 (frames of B,), the frame of A at the time of each, at the speed that A was found to have, and
    at its own; lagging looks like a lower speed. Straight is what goes on from what is before the shot, or its
    beginning, or leads to what is behind it; it has to be nearly as alike. as_long: whether A and B are, which
    makes a single shot likely to be straight however far it seems to be aside.
    """
    result = frame_map.copy()
    edges = [0, *(np.flatnonzero(seen.cuts_b[1:]) + 1).tolist(), len(frame_map)]
    for low, high in itertools.pairwise(edges):
        known = np.arange(low + leading(result[low:high] < 0), high)
        shown = result[known]
        if high - low > len(known) + _MOST or len(known) < _AROUND or (shown < 0).any() or shown[-1] < shown[0]:
            continue
        whole, cut_short = as_long and high - low == len(result), len(known) < high - low
        if not cut_short and (_is_straight(shown, clock[known]) or (not whole and _is_straight(shown, natural[known]))):
            continue
        for straight in [clock] if whole else _straight(result, (natural, clock), low, high, seen):
            near = whole or _is_near(straight[known - low], result, natural, (int(known[0]), high), seen)
            if near and seen.one_shot_of_a(straight) and _fits(low, straight, known, shown, seen):
                result[low:high] = straight
                break
    return _begun_anew(result, natural, seen)


def _is_near(straight: Ints, frame_map: Map, natural: Ints, shot: tuple[int, int], seen: Seen) -> bool:
    """Whether straight is at most a few frames from what the map says of a shot, and no less is left out.

    Frames that seem to be shown twice may not be. What is left out of the last frames of a shot may be behind it.
    """
    low, high = shot
    shown = frame_map[low:high]
    behind, steps = straight - shown, np.diff(shown - natural[low:high])
    if behind.max() > _MOST or behind.min() < -_AHEAD:
        return False
    left_out = int(steps[steps > 0].sum())
    if not left_out or behind.min() >= 0:
        return True
    if np.count_nonzero(behind < 0) > _AHEAD or _left_out_behind(frame_map, straight, natural, high) < left_out:
        return False
    return _begins_so(low, straight, left_out, seen)


def _fits(low: int, straight: Ints, known: Ints, shown: Map, seen: Seen) -> bool:
    """Whether a shot from frame `low` of B on is nearly as alike on the straight way as what the known ones show.

    Its first frames do not lag yet, so they have to be hardly less alike, or no less than the rest if the map
    does not know them.
    """
    of_known = straight[known - low]
    both_ends = bool((of_known[[0, -1]] == shown[[0, -1]]).all())
    of = uncovered(seen, known, (shown, of_known))
    found, there = (residuals(seen, known, way, of=of) for way in (shown, of_known))
    if not _as_good(there, found, both_ends) or leaning(seen, known, shown, of_known).is_back(_PLAIN):
        return False
    # coding lags more and more: what is beside the way by as much from the first frame on for most of the shot is so
    if np.mean(of_known - shown == of_known[0] - shown[0]) > _MOSTLY and of_known[0] != shown[0]:
        return bool(there.mean() <= _HARDLY_MORE * found.mean())
    fresh = np.arange(low, known[0])
    if not len(fresh):
        return bool(there[:_FRESH].mean() <= _HARDLY_MORE * found[:_FRESH].mean() + _NOISE)
    way = straight[: len(fresh)]
    return bool(residuals(seen, fresh, way, of=uncovered(seen, fresh, [way])).mean() <= found.mean())


def _begun_anew(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map with what is left out at one end of a shot left out at the other where the first frames of it say so.

    They do not lag yet; all the others may be more like what A shows earlier.
    """
    result = frame_map.copy()
    edges = [0, *(np.flatnonzero(seen.cuts_b[1:]) + 1).tolist(), len(frame_map)]
    for low, high in itertools.pairwise(edges):
        # the first frame may be woven of two shots, and says nothing
        if high - low < 2 or (result[low:high] < 0).any() or not _is_straight(result[low:high], natural[low:high]):
            continue
        numbers, shown = np.arange(low, high), result[low:high].astype(np.int64)
        if not seen.plain(low, high).all():
            continue
        # less than a step at another rate leaves out is rounding
        least = max(1, int(np.diff(natural[low:high]).max()))
        for by in (_left_out_behind(result, shown, natural, high), -_left_out_before(result, natural, low, seen)):
            if not least <= abs(by) <= _MOST or not seen.one_shot_of_a(shown[1:] + by):
                continue
            of = uncovered(seen, numbers, (shown + by, shown))
            as_good = _as_good(residuals(seen, numbers, shown + by, of=of), residuals(seen, numbers, shown, of=of))
            begins_so = as_good and _begins_so(low, shown + by, -by, seen)
            if begins_so or _leans_at_first(numbers, shown, by, seen):
                result[low:high] = shown + by
                break
    return result


def _leans_at_first(numbers: Ints, shown: Ints, by: int, seen: Seen) -> bool:
    """Whether the first frame of a shot leans to what A shows `by` frames on, and all of them not too much from it."""
    first, whole = (leaning(seen, some, of, of + by) for some, of in ((numbers[:1], shown[:1]), (numbers, shown)))
    return first.plain >= _FIRST_PLAIN and first.to >= _FIRST_LEANS and whole.to > _LAGS_AT_MOST


def _is_straight(shown: Map, pace: Ints) -> bool:
    return bool((np.diff(shown - pace) == 0).all())


def _left_out_before(frame_map: Map, natural: Ints, low: int, seen: Seen) -> int:
    """How many frames the shot of A that is shown from frame `low` of B on has before them."""
    since = seen.since_cut_of_a(int(frame_map[low]))
    if low and frame_map[low - 1] >= 0:
        # where frames are woven, a cut may be a frame aside: nothing then is left out between the shots
        between = _left_out_behind(frame_map, frame_map[:low].astype(np.int64), natural, low)
        # a title may look like a cut: then what is before it is of the same shot of A
        goes_on = 0 < frame_map[low] - frame_map[low - 1] <= since
        return between if goes_on or abs(between - since) <= 1 else since
    return since


def _left_out_behind(frame_map: Map, straight: Ints, natural: Ints, high: int) -> int:
    """How many frames of A the map leaves out at frame `high` of B once what is before it is `straight`."""
    if high == len(frame_map) or frame_map[high] < 0:
        return 0
    return int((frame_map[high] - natural[high]) - (straight[-1] - natural[high - 1]))


def _begins_so(low: int, straight: Ints, left_out: int, seen: Seen) -> bool:
    """Whether the first frames of a shot, which do not lag yet, are clearly less like what is `left_out` frames on."""
    first = np.arange(low, low + min(_FRESH, len(straight)))
    here, there = (residuals(seen, first, straight[: len(first)] + on) for on in (0, left_out))
    one_shot = here <= _WOVEN * np.median(here)  # the first may be woven of two
    least = float(here[one_shot].mean())
    return bool(there[one_shot].mean() > least + max(_NOISE, _NOISE_SHARE * least))


def _straight(frame_map: Map, paces: Sequence[Ints], low: int, high: int, seen: Seen) -> Iterator[Ints]:
    """What frames `low..high-1` of B may show at these paces, from the likeliest on."""
    places = [(at, int(frame_map[at])) for at in (low - 1, high) if 0 <= at < len(frame_map) and frame_map[at] >= 0]
    if frame_map[low] >= 0:
        places.append((low, int(frame_map[low])))
    else:
        # not found are the first frames of a shot that seems to have begun before A's does
        first = low + leading(frame_map[low:high] < 0)
        begins = np.append(0, np.flatnonzero(seen.cuts_a))
        expected = frame_map[first] - (paces[0][first] - paces[0][low])
        places.append((low, int(begins[np.argmin(np.abs(begins - expected))])))
    places.append((high - 1, int(frame_map[high - 1])))
    for (at, shown), pace in itertools.product(places, paces):
        yield pace[low:high] + shown - pace[at]


def _as_good(straight: Floats, found: Floats, both_ends: bool = False) -> bool:
    """Whether what is left of the difference is hardly more on the straight way, and nowhere much more.

    It may be somewhat more if both ends of the shot are on it already.
    """
    window = np.ones(min(_AROUND, len(found)))
    there, here = (np.convolve(values, window, "valid") / len(window) for values in (straight, found))
    fits = straight.mean() <= _AS_GOOD * found.mean() + _NOISE
    nowhere_worse = _WORSE_BETWEEN if both_ends else _NOWHERE_WORSE
    return bool(fits and (there <= nowhere_worse * here + 2 * _NOISE).all())
