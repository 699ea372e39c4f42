"""What other takes look like is looked at twice: out of order they have not moved, in order the right one was kept.

In order, a poor match is more likely a changed shot than another one. Out of order it has nothing but its likeness
to speak for it, so that has to be as good as what this pair of videos has elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.refinement import reused
from vidstudio.engine.alignment.refinement.usual import Usual
from vidstudio.engine.alignment.refinement.verify import in_order, pieces
from vidstudio.engine.alignment.search import exact

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_LEAST_AMID = 16
_SURELY_STIRS, _OTHERWISE, _LEAST_RETAKEN = 0.5, 0.1, 12
_LEAST_AGAIN, _BLENDED = 8, 2
_SAMPLES = 5
_CLEARLY_NEARER = 0.75
_AS_NEAR = 1.05
_MOST_PIECES = 40
_BLOCK = 4096


def confirmed(frame_map: Map, natural: Ints, seen: Seen, a_frame_us: float, b_frame_us: float) -> Map:
    """The map int32 (frames of B,) without what is out of order and not really A; still shots at their best place.

    What A holds just as well where it would be in order is not out of order. natural: int64 (frames of B,), the frame
    of A at the time of each.
    """
    matched = np.flatnonzero(frame_map >= 0)
    parts = pieces(frame_map, matched, a_frame_us, b_frame_us) if len(matched) else []
    parts = _parted_where_again(frame_map, parts, seen)
    expected = in_order(frame_map, parts)
    ordered = [part for part, fine in zip(parts, expected, strict=True) if fine]
    if not ordered:
        return frame_map
    usual = Usual(frame_map, ordered, seen)
    result = _retaken(frame_map, ordered, usual, seen)
    others = []
    for part, fine in zip(parts, expected, strict=True):
        if not fine:
            others += [part] if seen.are_whole_shots(part, frame_map[part]) else _shots(part, seen)
    for part in sorted(others, key=len, reverse=True)[:_MOST_PIECES]:
        shown, room = frame_map[part], _room(frame_map, part, parts, expected)
        in_place = _forward(shown, natural[part], part, seen, *room)
        if in_place is None:
            in_place = _between(shown, part, seen, *room)
        if in_place is not None:
            result[part] = in_place
            keep = not usual.is_otherwise(part, result)
        else:
            result[part] = _out_of_order(shown, natural[part], part, usual, seen)
            held = usual.is_frozen(part, result) and _goes_on(part, result, ordered, seen)
            along = held or usual.goes_along(part, result)
            keep = along and not usual.is_otherwise(part, result)
        if not keep:
            result[part] = exact.NEW
    for part in others:
        if (result[part] >= 0).all() and _is_amid_new(part, result, seen):
            result[part] = exact.NEW
    return reused.with_whole_shots(result, natural, usual, seen)


def _is_amid_new(part: Ints, frame_map: Map, seen: Seen) -> bool:
    """Whether a moment out of order is in the midst of a shot of B that is new before it and behind it."""
    first, after = int(part[0]), int(part[-1]) + 1
    if len(part) >= _LEAST_AMID or first == 0 or after == len(frame_map):
        return False
    return not seen.cuts_b[[first, after]].any() and bool((frame_map[[first - 1, after]] < 0).all())


def _retaken(frame_map: Map, ordered: list[Ints], usual: Usual, seen: Seen) -> Map:
    """The map with still shots in order given to the take, of those between what is before and behind, that they are.

    Takes of a room are nearly alike; what little stirs in them is each one's own.
    """
    result = frame_map.copy()
    shots = [shot for part in ordered for shot in _shots(part, seen)]
    for before, part, after in zip([None, *shots], shots, [*shots[1:], None], strict=False):
        if len(part) < _LEAST_RETAKEN or not usual.stirs(part) or usual.stirs_alike(part, result) >= _OTHERWISE:
            continue
        first = 0 if before is None else int(result[before].max()) + 1
        taken = _between(result[part], part, seen, first, -1 if after is None else int(result[after].min()), here=True)
        if taken is None:
            continue
        again = result.copy()
        again[part] = taken
        if usual.stirs_alike(part, again) > _SURELY_STIRS:
            result = again
    return result


def _parted_where_again(frame_map: Map, parts: list[Ints], seen: Seen) -> list[Ints]:
    """The pieces, with what shows again what the one beside it shows, and less alike, as a piece of its own.

    Something new that is much like A may be all there is between two pieces that go on from one another.
    """
    result = parts[:1]
    for part in parts[1:]:
        before = result.pop()
        shown, shown_before = frame_map[part], frame_map[before]
        rise = all((np.diff(one) >= 0).all() for one in (shown, shown_before))
        tail, head = before[shown_before >= shown[0]], part[shown <= shown_before[-1]]
        goes_on = len(tail) < len(before) and len(head) < len(part)
        if not (rise and goes_on and min(len(tail), len(head)) >= _LEAST_AGAIN):
            result += [before, part]
            continue
        of_tail, of_head = (float(np.median(residuals(seen, one, frame_map[one]))) for one in (tail, head))
        if of_head >= of_tail:
            result += [before, head, part[len(head) :]]
        else:
            result += [before[: -len(tail)], tail, part]
    return result


def _goes_on(part: Ints, frame_map: Map, ordered: list[Ints], seen: Seen) -> bool:
    """Whether a piece goes on from, or leads to, what is in order without a cut, in B and in A."""
    for inside, beside in ((int(part[0]), int(part[0]) - 1), (int(part[-1]), int(part[-1]) + 1)):
        known = any(beside in (one[0], one[-1]) for one in ordered)
        if known and not seen.cuts_b[max(inside, beside)] and seen.one_shot_of_a(frame_map[[inside, beside]]):
            return True
    return False


def _shots(part: Ints, seen: Seen) -> list[Ints]:
    """A piece of B, cut where B is."""
    return np.split(part, np.flatnonzero(seen.cuts_b[part[1:]]) + 1)


def _room(frame_map: Map, part: Ints, parts: list[Ints], expected: list[bool]) -> tuple[int, int]:
    """Frames of A, first and one past the last, between what is in order before a piece and after it; -1: the end."""
    kept = [one for one, fine in zip(parts, expected, strict=True) if fine]
    before = [int(frame_map[one].max()) + 1 for one in kept if one[0] < part[0]]
    after = [int(frame_map[one].min()) for one in kept if one[0] > part[0]]
    return (before[-1] if before else 0), (after[0] if after else -1)


def _between(shown: Map, part: Ints, seen: Seen, first: int, after: int, *, here: bool = False) -> Map | None:
    """The most alike frames among `first..after-1`, in the same steps, if not less so than those it seems to show.

    None too where those are among them already, but if they may be `here`, and where there are very many, which took
    long.
    """
    after = len(seen.a) if after < 0 else after
    offsets = np.arange(first - int(shown.min()), after - int(shown.max()))
    if not 0 < len(offsets) <= _BLOCK or (offsets[0] <= 0 <= offsets[-1] and not here):
        return None
    apart = _apart(shown, offsets, part, seen)
    best = int(np.argmin(apart))
    as_shown = float(_apart(shown, np.zeros(1, np.int64), part, seen)[0])
    return (shown + offsets[best]).astype(np.int32) if apart[best] <= _AS_NEAR * as_shown else None


def _out_of_order(shown: Map, natural: Ints, part: Ints, usual: Usual, seen: Seen) -> Map:
    """The frames of A that a piece out of order is: forward rather than backward, and what stands still where it is."""
    first, after = max(0, int(shown.min()) - len(shown)), min(len(seen.a), int(shown.max()) + 1 + len(shown))
    forward = _forward(shown, natural, part, seen, first, after)
    found = shown if forward is None else forward
    return _best_place(found, part, seen) if usual.stands_still(part) else found


def _forward(shown: Map, natural: Ints, part: Ints, seen: Seen, first: int, after: int) -> Map | None:
    """For what seems to run backward the frames among `first..after-1` at A's pace that are as alike, if there are any.

    What hardly moves looks much the same either way; that it is in its place and runs as it did is likelier.
    """
    if shown[-1] >= shown[0]:
        return None
    steps = natural - natural[0]
    begins = np.arange(first, (len(seen.a) if after < 0 else after) - int(steps[-1]))
    if not 0 < len(begins) <= _BLOCK or len(part) <= 2 * _BLENDED:
        return None
    inner = slice(_BLENDED, -_BLENDED)
    apart = _apart(steps[inner], begins, part[inner], seen)
    best = int(np.argmin(apart))
    as_shown = float(_apart(shown[inner], np.zeros(1, np.int64), part[inner], seen)[0])
    return (begins[best] + steps).astype(np.int32) if apart[best] <= _AS_NEAR * as_shown else None


def _best_place(shown: Map, part: Ints, seen: Seen) -> Map:
    """The frames of A that a still piece is most like: those given, or others in the same steps."""
    low, high = int(shown.min()), len(seen.a) - int(shown.max())
    offsets = np.arange(-low, high)
    apart = _apart(shown, offsets, part, seen)
    best = int(np.argmin(apart))
    if apart[best] >= _CLEARLY_NEARER * apart[low]:
        return shown
    there = (shown + offsets[best]).astype(np.int32)
    # with a grade another picture of the same brightness is nearer in plain levels
    here_left, there_left = (float(np.median(residuals(seen, part, one))) for one in (shown, there))
    return there if there_left <= here_left else shown


def _apart(shown: Map | Ints, offsets: Ints, part: Ints, seen: Seen) -> Floats:
    """How far some frames of a piece of B are from A at those offsets from `shown`: float32, sums of mean levels."""
    samples = np.unique(np.linspace(0, len(part) - 1, _SAMPLES).astype(int))
    apart = np.zeros(len(offsets), np.float32)
    for at in samples.tolist():
        picture = seen.b[part[at]].astype(np.int16)
        for start in range(0, len(offsets), _BLOCK):
            some = seen.a[shown[at] + offsets[start : start + _BLOCK]]
            apart[start : start + _BLOCK] += np.abs(some - picture).mean(axis=(1, 2))
    return apart
