"""Which of two shots that look alike was left out: it is cheapest to go on with the first, the pictures say which."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.overlays import uncovered
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.flags import leading

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_NONE = -(2**40)
_FARTHEST = 250
_LEAST = 8
_CLEARLY = 1.5
_NOISE = 0.1
"""In levels: what two places may differ by and still be as good as one another."""


def chosen(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map int32 (frames of B,) with other frames of A left out beside a jump, where the rest is clearly more alike.

    From a cut of B up to the jump, or from it up to a cut, it may as well show frames that are shown nowhere. A has to
    have a cut, too, among what is then left out.
    natural: int64 (frames of B,), the frame of A at the time of each.
    """
    matched = frame_map >= 0
    offsets = np.where(matched, frame_map - natural, _NONE)
    jumps = np.flatnonzero(matched[1:] & matched[:-1] & (np.diff(offsets) > 0)) + 1
    free = np.ones(len(seen.a), bool)
    free[frame_map[matched]] = False
    result = frame_map.copy()
    for at in jumps.tolist():
        best, most = None, 0.0
        for numbers, shown in _ways(result, offsets, at, free, seen):
            ways = result[numbers], shown
            of = uncovered(seen, numbers, ways)
            now, then = (residuals(seen, numbers, frames, of=of) for frames in ways)
            gain = float((now - then).sum())
            if now.mean() > _CLEARLY * then.mean() + _NOISE and gain > most:
                best, most = (numbers, shown), gain
        if best is not None:
            numbers, shown = best
            free[result[numbers]] = True
            free[shown] = False
            result[numbers] = shown
    return result


def _ways(frame_map: Map, offsets: Ints, at: int, free: Bools, seen: Seen) -> Iterator[tuple[Ints, Map]]:
    """Frames of B before a jump, or after it, and what of A they may show instead."""
    gap = free[frame_map[at - 1] + 1 : frame_map[at]]
    coming, past = leading(gap), leading(gap[::-1])
    start = at - min(_FARTHEST, leading((offsets[:at] == offsets[at - 1])[::-1]))
    end = at + min(_FARTHEST, leading(offsets[at:] == offsets[at]))
    cuts = np.flatnonzero(seen.cuts_b[start : end + 1]) + start
    if coming >= _LEAST:
        for cut in cuts[(cuts > start) & (cuts <= at - _LEAST)].tolist():
            numbers = np.arange(cut, at)
            if seen.cuts_a[frame_map[cut - 1] + 1 : frame_map[cut] + coming + 1].any():
                yield numbers, frame_map[numbers] + coming
    if past >= _LEAST:
        for cut in cuts[(cuts < end) & (cuts >= at + _LEAST)].tolist():
            numbers = np.arange(at, cut)
            if seen.cuts_a[frame_map[cut - 1] - past + 1 : frame_map[cut] + 1].any():
                yield numbers, frame_map[numbers] - past
