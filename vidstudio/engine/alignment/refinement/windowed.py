"""What is new where A goes on at its pace, and yet is what A has: seen through a window that zooms or has jumped.

The coarse runs know windows that are guessed once for all of a run. At the end of a slow zoom, or in a shot that is
cut out of a wide picture at another place than those around it, nothing is alike; but what is beside it in the same
order says which frames of A it would have to be, and for these the window can be searched.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors, framing
from vidstudio.engine.alignment.appearance.looks import Look, Seen
from vidstudio.engine.alignment.appearance.unlike import limits, pairs_apart
from vidstudio.engine.alignment.results import Window
from vidstudio.engine.flags import leading, stretches_of

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_LEAST, _MOST = 3, 600
_HARDLY = 5
"""So many frames between a stretch and what is known beside it may be new as well."""
_EVERY = 8
_BESIDE = 1
_PLACES = 33
_STEADY = 0.08
_SURELY = 0.2
_LIMITS_OF = 2000
_START = Window(0.01, 0.01, 0.99, 0.99)


def filled(frame_map: Map, natural: Ints, seen: Seen, narrower: float | None) -> Map:
    """The map int32 (frames of B,) with new stretches given what goes on there, if there is a window to see it through.

    natural: int64 (frames of B,), the frame of A at the time of each. narrower: how much narrower than A's picture B's
    is where it shows a window of it that moves; None where it shows the whole. `seen` then looks through the window.
    """
    matched = np.flatnonzero(frame_map >= 0)
    if len(matched) in (0, len(frame_map)):
        return frame_map
    some = matched[:: 1 + len(matched) // _LIMITS_OF]
    limit = max(_SURELY, limits(pairs_apart(seen, some, frame_map[some]))[0])
    used = np.zeros(len(seen.a), bool)
    used[frame_map[matched]] = True
    result = frame_map.copy()
    for low, high in _gaps(frame_map, seen):
        earlier, later = (leading(side < 0) for side in (result[:low][::-1], result[high:]))
        for beside, lost in ((low - 1 - earlier, earlier), (high + later, later)):
            if not 0 <= beside < len(result) or lost > _HARDLY:
                continue
            numbers = np.arange(low, high)
            shown = natural[numbers] + int(result[beside] - natural[beside])
            # what is beside may be a frame aside, and then show the first of these, or the last
            if shown.min() < 0 or shown.max() >= len(used) or used[shown[1:-1]].any():
                continue
            look = _look(numbers, shown, seen, narrower, limit, backward=beside >= high)
            if look is None:
                continue
            before = seen.look_at(low, high, look)
            if float(np.median(pairs_apart(seen, numbers, shown))) <= limit:
                result[low:high], used[shown] = shown, True
                break
            seen.restore(low, before)
    return result


def _gaps(frame_map: Map, seen: Seen) -> Iterator[tuple[int, int]]:
    """New stretches of B, in pieces that are of one shot: those beside what is known first."""
    for low, high in stretches_of(frame_map < 0):
        borders = [low, *(low + 1 + np.flatnonzero(seen.cuts_b[low + 1 : high])).tolist(), high]
        for begin, end in itertools.pairwise(borders):
            if _LEAST <= end - begin <= _MOST:
                yield begin, end


def _look(
    numbers: Ints, shown: Ints, seen: Seen, narrower: float | None, limit: float, *, backward: bool
) -> Look | None:
    """Through which windows those frames of B are most like those of A; None where no steady way leads through them.

    backward: from the last frame on, which is beside what is known. limit: how unlike that one may be.
    """
    knots = np.unique(np.linspace(0, len(numbers) - 1, 2 + len(numbers) // _EVERY).astype(int))
    order = knots[::-1] if backward else knots
    windows: dict[int, Window] = {}
    start = _START
    for knot in order.tolist():
        near = slice(max(0, knot - _BESIDE), knot + _BESIDE + 1)
        of_a, of_b = seen.a[shown[near]], seen.b[numbers[near]]
        start = framing.find_window(of_a, of_b, start) if narrower is None else _panned(of_a, of_b, narrower)
        if not windows and _apart(of_a, of_b, start) > limit:
            return None
        windows[knot] = start
    sides = np.array([[w.left, w.top, w.right, w.bottom] for w in (windows[knot] for knot in knots.tolist())])
    if narrower is not None:
        padded = np.pad(sides, ((2, 2), (0, 0)), mode="edge")
        sides = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5, axis=0), axis=-1)
    if np.abs(np.diff(sides, axis=0)).max(initial=0) > _STEADY:
        return None
    path = np.stack([np.interp(np.arange(len(numbers)), knots, side) for side in sides.T], axis=1)
    return Look(first=int(numbers[0]), path=path.astype(np.float32))


def _panned(of_a: Bytes, of_b: Bytes, narrower: float) -> Window:
    """The window as narrow as that and as high as A's picture through which it is most like B's."""
    windows = [Window(left, 0, left + narrower, 1) for left in np.linspace(0, 1 - narrower, _PLACES).tolist()]
    return min(windows, key=lambda one: _apart(of_a, of_b, one))


def _apart(of_a: Bytes, of_b: Bytes, window: Window) -> float:
    return float(descriptors.unlikeness(descriptors.cut(of_a, window), descriptors.softened(of_b, window)).mean())
