"""Shots that coding makes lag: what hardly changes is held by a coarse encoder, and seems to be shown a little late.

B's pictures then are most like those of A a few frames before, more and more of them until the encoder begins anew.
That looks like a slow course, or frames that stand still, and some of A that is left out behind it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_MOST, _AHEAD = 15, 4
_AS_GOOD, _NOISE = 1.25, 0.15
_NOWHERE_WORSE = 1.6
_AROUND, _FRESH = 8, 4


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
        shown = result[low:high]
        if (shown < 0).any() or shown[-1] < shown[0] or _is_straight(shown, clock[low:high]):
            continue
        numbers = np.arange(low, high)
        found = residuals(seen, numbers, shown)
        if as_long and high - low == len(result):
            ways, most, ahead, left_out = [clock], len(seen.a), len(seen.a), 0
        elif _is_straight(shown, natural[low:high]):
            continue
        else:
            ways, most, ahead = list(_straight(result, (natural, clock), low, high)), _MOST, _AHEAD
            steps = np.diff(shown - natural[low:high])
            left_out = int(steps[steps > 0].sum())
        for straight in ways:
            behind = straight - shown
            aside = behind.max() > most or behind.min() < -ahead
            # frames that seem to be shown twice may not be; what is left out stays so, if behind the shot
            kept = (
                not left_out
                or behind.min() >= 0
                or (
                    _left_out_behind(result, straight, natural, high) >= left_out
                    and _begins_so(low, straight, left_out, seen)
                )
            )
            if (
                kept
                and not aside
                and seen.one_shot_of_a(straight)
                and _as_good(residuals(seen, numbers, straight), found)
            ):
                result[low:high] = straight
                break
    return result


def _is_straight(shown: Map, pace: Ints) -> bool:
    return bool((np.diff(shown - pace) == 0).all())


def _left_out_behind(frame_map: Map, straight: Ints, natural: Ints, high: int) -> int:
    """How many frames of A the map leaves out at frame `high` of B once what is before it is `straight`."""
    if high == len(frame_map) or frame_map[high] < 0:
        return 0
    return int((frame_map[high] - natural[high]) - (straight[-1] - natural[high - 1]))


def _begins_so(low: int, straight: Ints, left_out: int, seen: Seen) -> bool:
    """Whether the first frames of a shot, which do not lag yet, are clearly less like what is left out frames on."""
    first = np.arange(low, low + min(_FRESH, len(straight)))
    here, there = (residuals(seen, first, straight[: len(first)] + on).mean() for on in (0, left_out))
    return bool(there > here + _NOISE)


def _straight(frame_map: Map, paces: Sequence[Ints], low: int, high: int) -> Iterator[Ints]:
    """What frames `low..high-1` of B may show at these paces, from the likeliest on."""
    places = [at for at in (low - 1, high, low, high - 1) if 0 <= at < len(frame_map) and frame_map[at] >= 0]
    for at, pace in itertools.product(places, paces):
        yield pace[low:high] + int(frame_map[at] - pace[at])


def _as_good(straight: Floats, found: Floats) -> bool:
    """Whether what is left of the difference is hardly more on the straight way, and nowhere much more."""
    window = np.ones(min(_AROUND, len(found)))
    there, here = (np.convolve(values, window, "valid") / len(window) for values in (straight, found))
    fits = straight.mean() <= _AS_GOOD * found.mean() + _NOISE
    return bool(fits and (there <= _NOWHERE_WORSE * here + 2 * _NOISE).all())
