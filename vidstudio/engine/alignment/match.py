"""The whole alignment of two videos from their thumbnails: a pass over both, then second thoughts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.pictures import Pictures
from vidstudio.engine.alignment.approach import approach
from vidstudio.engine.alignment.refinement import (
    blends,
    courses,
    elsewhere,
    gaps,
    lagging,
    regained,
    settling,
    shots,
    slides,
    slips,
    trims,
    verify,
    windowed,
    woven,
)
from vidstudio.engine.alignment.results import Turn, Window
from vidstudio.engine.alignment.search import exact, pace
from vidstudio.engine.alignment.search.passes import Pass

__all__ = ["Match", "Pictures", "match"]

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Map = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Match:
    """frame_map: int32 (frames of B,), the frame of A or -1. likeness: float32, similarity of what is matched.

    likeness_new: below it frames were taken for new. window: the part of A's picture that B shows.
    reframed: whether B (or A) shows a moving window of the other's picture. mirrored: bool (frames of B,), and
    distinct: float32 (frames of B,), others and slides: int32 (N, 4), turn and rotation as in `results.Alignment`.
    """

    frame_map: NDArray[np.int32]
    likeness: Floats
    likeness_new: float
    window: Window
    reframed: bool
    mirrored: NDArray[np.bool_]
    distinct: Floats
    others: NDArray[np.int32]
    slides: NDArray[np.int32]
    turn: Turn = field(default_factory=Turn)
    rotation: float = 0.0


def match(a: Pictures, b: Pictures, tick: Callable[[float], None] | None = None) -> Match:
    """Which frame of A each frame of B shows. `tick` is told the share done, 0..1."""
    tell = tick or (lambda share: None)
    if not len(a.thumbs) or not len(b.thumbs):
        empty = len(b.thumbs)
        nothing, none = np.full(empty, exact.NEW, np.int32), np.zeros(empty, np.float32)
        nowhere = np.zeros((0, 4), np.int32)
        return Match(nothing, none, 0.0, Window(), False, np.zeros(empty, bool), none, nowhere, nowhere)
    way = approach(a, b, tell)
    a, b, pass_, best = way.a, way.b, way.pass_, way.found
    seen, natural = way.seen(), pass_.natural
    sure = _sure(a, b, pass_, best, seen)
    through_windows = sure
    if not pass_.reframed or b.aspect < pass_.a.aspect:
        narrower = b.aspect / pass_.a.aspect if pass_.reframed else None
        through_windows = windowed.filled(sure, natural, seen, narrower)
    frame_map = _mended(a, b, through_windows, pass_, seen, way.by_itself)
    likeness = _as_usual(best.likeness, sure >= 0, (sure < 0) & (frame_map >= 0), 1 - pass_.new)
    reframed = pass_.reframed and any(one.look.path is not None for one in pass_.tracks)
    # the cells do not know those windows
    distinct = _as_usual(pass_.distinct(frame_map), sure >= 0, through_windows != sure, 0.0)
    # a window that moves does not say what frames show that are not seen through it
    slid = np.zeros((0, 4), np.int32) if reframed else slides.slides(frame_map, natural, seen)
    found = frame_map, likeness, 1 - pass_.new, way.framing.window, reframed
    return Match(*found, seen.mirrored, distinct, pass_.others(frame_map), slid, way.turn, way.framing.rotation)


def _sure(a: Pictures, b: Pictures, pass_: Pass, found: exact.Found, seen: Seen) -> Map:
    """The map with single shots straight, and without what only looks like A."""
    natural = pass_.natural
    straight = courses.straightened(found.frame_map, natural, seen)
    straight = trims.thawed(straight, natural, seen)
    if not pass_.reframed:
        straight = settling.settled(straight, natural, seen)
    sure = verify.verified(straight, seen, a.frame_us, b.frame_us)
    if not pass_.reframed:
        seen.see_new_plainly(sure)
        again = regained.regained(sure, natural, seen, a.frame_us, b.frame_us)
        if (again != sure).any():
            sure = verify.verified(settling.settled(again, natural, seen), seen, a.frame_us, b.frame_us)
    return elsewhere.confirmed(sure, natural, seen, a.frame_us, b.frame_us)


def _mended(a: Pictures, b: Pictures, sure: Map, pass_: Pass, seen: Seen, by_itself: Seen | None) -> Map:
    """The map with what is missing in it filled in, and what leaps straight where the pictures allow it.

    by_itself: A as it is, where it is seen woven as B is.
    """
    natural, reframed = pass_.natural, pass_.reframed
    frame_map = slips.steadied(gaps.filled(sure, natural, seen), natural, seen, reframed=reframed)
    frame_map = blends.blended(frame_map, natural, seen)
    frame_map = gaps.bridged(frame_map, natural, seen, reframed=reframed)
    frame_map = slips.steadied(frame_map, natural, seen, reframed=reframed)
    as_long = abs(a.duration_us - b.duration_us) <= max(a.frame_us, b.frame_us)
    frame_map = lagging.caught_up(frame_map, natural, pace.natural_frames(a, b), seen, as_long=as_long)
    frame_map = trims.at_cuts(frame_map, natural, seen, woven=by_itself is not None)
    frame_map = trims.at_first_cuts(shots.chosen(frame_map, natural, seen), natural, seen)
    return frame_map if by_itself is None else woven.to_the_ends(frame_map, natural, seen, by_itself)


def _as_usual(values: Floats, known: Bools, unknown: Bools, otherwise: float) -> Floats:
    """Values (N,) of which those that are unknown are what they usually are; `otherwise` where none is known."""
    result = values.copy()
    result[unknown] = np.median(values[known]) if known.any() else otherwise
    return result
