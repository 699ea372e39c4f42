"""From runs of hot points to places: what changed together, where in the picture, and from when to when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.picture.runs import SAME_ENDS, Ints, Left, Runs, weight
from vidstudio.engine.picture.spots import LEVEL

_REACH = 2
_GAP_FRAMES = 12
_LEAST_FRAMES = 7
_LEAST_POINTS = 6
_LEAST_PROOF = 80.0
_LEAST_PLAIN_PROOF, _LEAST_WEAK_PROOF = 16.0, 15.0
_PLAIN = 2.6
_HARDLY = 0.9
_ENOUGH_FRAMES = 20
_SHOWN = 0.25
_STEADY = 0.3
_WEAK_SHARE = 0.4
_FARTHEST = 16
_EDGE, _EDGE_WHOLE, _USUAL = 0.12, 0.025, 0.75
_MOST_RUNS = 200_000
_SAME_TIME, _MOST_OF_IT = 0.6, 0.8
_SAME_THING = 1.0
_BESIDE = 4
_OUTWEIGHS, _MORE, _LEAST_WEIGHT = 3.0, 1.3, 20.0
"""How many times as much as all else at that time says, and as any of as many frames shortly before and after."""
_LEAST_SHARE, _LEAST_WEAK_FRAMES = 0.85, 20


@dataclass(frozen=True, slots=True)
class Place:
    """Frames and box `left, top, right, bottom` in points of the grid; plain: beyond doubt without a look around."""

    frames: Range
    box: tuple[int, int, int, int]
    plain: bool = True


def places(runs: Runs, grid: tuple[int, int], frames: Range) -> list[Place]:
    """Changes within frames that are large, long and steady enough to be meant, by time. grid: (columns, rows)."""
    if len(runs) > _MOST_RUNS:
        runs = runs.chosen(np.argsort(runs.level)[-_MOST_RUNS:])
    runs = runs.chosen(np.argsort(runs.first, kind="stable"))
    strong = runs.chosen(runs.level > LEVEL)
    if not len(strong):
        return []
    groups = _groups(strong, grid)
    found = [_place(group, runs, grid) for group in groups]
    plain = _merged([place for place in found if place is not None])
    left = Left.of(runs.chosen(~_held(runs, plain, grid)), frames)
    merged = _merged(plain + _outstanding(groups + _groups(runs, grid), runs, plain, left, grid))
    return sorted(merged, key=lambda place: (place.frames.first, place.box))


def _groups(runs: Runs, grid: tuple[int, int]) -> list[Runs]:
    """Runs near one another in the picture at one time."""
    group = _grouped(runs, grid)
    order = np.argsort(group, kind="stable")
    edges = np.flatnonzero(np.diff(group[order])) + 1
    return [runs.chosen(part) for part in np.split(order, edges)]


def _grouped(runs: Runs, grid: tuple[int, int]) -> Ints:
    """A number for each run, the same for runs near one another in the picture at one time."""
    columns, rows = grid
    order = np.lexsort((runs.first, runs.points))
    points, first, after = runs.points[order], runs.first[order], runs.after[order]
    far = int(after.max()) + _GAP_FRAMES + 1
    key_first, key_after = points * far + first, points * far + after
    links: list[tuple[Ints, Ints]] = []
    row, column = points // columns, points % columns
    every = np.arange(len(points))
    near = np.flatnonzero((np.diff(points) == 0) & (first[1:] - after[:-1] <= _GAP_FRAMES))
    links.append((near, near + 1))
    for down in range(_REACH + 1):
        for right in range(-_REACH, _REACH + 1):
            if down == 0 and right <= 0:
                continue
            inside = (row + down < rows) & (column + right >= 0) & (column + right < columns)
            from_ = every[inside]
            other = points[inside] + down * columns + right
            low = np.searchsorted(key_after, other * far + first[inside], side="right")
            high = np.searchsorted(key_first, other * far + after[inside], side="left")
            many = np.maximum(high - low, 0)
            begin = np.repeat(low, many)
            step = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
            links.append((np.repeat(from_, many), begin + step))
    label = _components(len(points), np.concatenate([a for a, _ in links]), np.concatenate([b for _, b in links]))
    result = np.empty(len(points), np.int64)
    result[order] = label
    return result


def _components(count: int, one: Ints, other: Ints) -> Ints:
    """Numbers of connected parts of a graph of `count` nodes: least node of each part."""
    label = np.arange(count)
    while True:
        before = label.copy()
        least = np.minimum(label[one], label[other])
        np.minimum.at(label, one, least)
        np.minimum.at(label, other, least)
        # two hops at once
        label = np.minimum(label, label[label])
        if np.array_equal(label, before):
            return label


def _place(strong: Runs, every: Runs, grid: tuple[int, int]) -> Place | None:
    """Where and when a group of runs is, if it is more than a flicker; `every` run is sorted by its first frame."""
    span = _span(strong)
    if span is None or not _proved(strong.within(span), span):
        return None
    steady, _ = _steady(strong.within(span), span, grid)
    if steady.sum() < _LEAST_POINTS:
        return None
    return Place(span, _box(steady, every.about(span), span, grid))


def _span(hot: Runs) -> Range | None:
    """When most of a group of runs is there; None where that is too short, or they are too few."""
    low, high = int(hot.first.min()), int(hot.after.max())
    if high - low < _LEAST_FRAMES or len(np.unique(hot.points)) < _LEAST_POINTS:
        return None
    # coarse coding lets what is over linger, but fainter
    area = np.zeros(high - low + 1)
    np.add.at(area, hot.first - low, hot.level)
    np.add.at(area, hot.after - low, -hot.level)
    area = np.cumsum(area)[:-1]
    # as much as there is while most of it is there, however short a part of the time that may be
    usual = float(area @ area / area.sum())
    shown = np.flatnonzero(area >= _SHOWN * usual)
    span = Range(low + int(shown[0]), low + int(shown[-1]) + 1)
    return span if len(span) >= _LEAST_FRAMES else None


def _steady(hot: Runs, span: Range, grid: tuple[int, int]) -> tuple[NDArray[np.bool_], float]:
    """Points (rows, columns) that are hot for as much of the span as most are, and how much of it that is."""
    share = _share(hot, span, grid)
    steady = share >= _STEADY * float(np.quantile(share[share > 0], 0.9))
    return steady, float(share[steady].mean())


def _box(steady: NDArray[np.bool_], near: Runs, span: Range, grid: tuple[int, int]) -> tuple[int, int, int, int]:
    """The box around steady points and what of the runs `near` them is joined to those."""
    grown = _grown(steady, _share(near, span, grid) >= _WEAK_SHARE)
    columns, rows = grid
    weights = ((near.after - near.first) * near.level).astype(np.float64)
    size = np.bincount(near.points, weights, rows * columns).astype(np.float64).reshape(rows, columns) * grown
    left, right = _trimmed(size)
    top, bottom = _trimmed(size.T)
    return left, top, right, bottom


def _outstanding(groups: list[Runs], runs: Runs, plain: list[Place], left: Left, grid: tuple[int, int]) -> list[Place]:
    """Groups that are less than plain, but outweigh all else that is left of the picture while they are there.

    Coding leaves much of the same kind all over a picture; what an editor did stands alone.
    """
    found: list[Place] = []
    standing: list[tuple[Place, float]] = []
    for group in groups:
        span = _span(group) if _worth_a_look(group, plain) else None
        if span is None:
            continue
        some = group.within(span)
        heavy = float(weight(some).sum()) >= _LEAST_WEIGHT * len(span) and len(span) >= _LEAST_WEAK_FRAMES
        heavy = heavy and _proof(some, span) >= _LEAST_WEAK_PROOF
        around = [place for place in plain if _same_ends(span, place.frames)]
        if not heavy and not around:
            continue
        steady, share = _steady(some, span, grid)
        if steady.sum() < _LEAST_POINTS:
            continue
        alone = heavy and share >= _LEAST_SHARE and _outweighs(some, left, span, plain, grid)
        if not alone and not around:
            continue
        held = _held(some, plain, grid).all()
        # what is plain by itself is known as far as it reaches
        if alone and not held:
            steady.ravel()[left.along(some, span, grid).points] = True
        box = _box(steady, runs.about(span), span, grid)
        if alone and not held:
            standing.append((Place(span, box, plain=False), float(weight(some).sum())))
        elif alone or any(_overlap(box, place.box) for place in around):
            found.append(Place(span, box, plain=False))
    return found + _rare(standing, left, grid)


def _rare(standing: list[tuple[Place, float]], left: Left, grid: tuple[int, int]) -> list[Place]:
    """Of places and what each says, those that say more than coding leaves of the picture a while before and after.

    What moves fast is coded worse than all else, again and again.
    """
    rest = left.without(_held(left.runs, [place for place, _ in standing], grid))
    return [place for place, said in standing if said >= _MORE * rest.at_other_times(place.frames)]


def _worth_a_look(group: Runs, plain: list[Place]) -> bool:
    """Whether a group may say enough, or be there as long as one of the places; most are far from both."""
    if len(group) < _LEAST_POINTS:
        return False
    if float(weight(group).sum()) >= _LEAST_WEIGHT * _LEAST_WEAK_FRAMES:
        return True
    low, high = int(group.first.min()) - SAME_ENDS, int(group.after.max()) + SAME_ENDS
    return any(low <= place.frames.first and place.frames.after <= high for place in plain)


def _outweighs(some: Runs, left: Left, span: Range, plain: list[Place], grid: tuple[int, int]) -> bool:
    """Whether runs say far more than all others of the span that are at none of the plain places."""
    every = weight(some)
    counted = float(every[~_held(some, plain, grid)].sum())
    # other parts of one thing are not what it stands out of
    against = left.within(span) - counted - float(weight(left.along(some, span, grid)).sum())
    return float(every.sum()) >= _OUTWEIGHS * against


def _same_ends(one: Range, other: Range) -> bool:
    return max(abs(one.first - other.first), abs(one.after - other.after)) <= SAME_ENDS


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def _held(runs: Runs, places: list[Place], grid: tuple[int, int]) -> NDArray[np.bool_]:
    """Which runs are at one of the places or beside it."""
    columns = grid[0]
    row, column = runs.points // columns, runs.points % columns
    result = np.zeros(len(runs), bool)
    for place in places:
        left, top, right, bottom = place.box
        inside = (column >= left - _BESIDE) & (column < right + _BESIDE)
        inside &= (row >= top - _BESIDE) & (row < bottom + _BESIDE)
        result |= inside & (runs.first < place.frames.after) & (runs.after > place.frames.first)
    return result


def _trimmed(size: NDArray[np.float64]) -> tuple[int, int]:
    """From where to where columns of (rows, columns) say something, without edges that say little beside those inside.

    Coding carries what changed a little farther than it reaches; and what moves past its edge is no part of it.
    """
    most, whole = size.max(axis=0), size.sum(axis=0)
    inside = np.flatnonzero(most)
    enough = most >= _EDGE * float(np.quantile(most[inside], _USUAL))
    enough &= whole >= _EDGE_WHOLE * float(np.quantile(whole[inside], _USUAL))
    kept = np.flatnonzero(enough)
    return int(kept[0]), int(kept[-1]) + 1


def _share(runs: Runs, span: Range, grid: tuple[int, int]) -> NDArray[np.float64]:
    """For how much of the span each point (rows, columns) is hot."""
    columns, rows = grid
    return np.bincount(runs.points, runs.after - runs.first, rows * columns).reshape(rows, columns) / len(span)


def _grown(steady: NDArray[np.bool_], weak: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The steady points with the weak ones that are joined to them, not far out."""
    import cv2

    allowed = (steady | weak).astype(np.uint8)
    result = steady.astype(np.uint8)
    for _ in range(_FARTHEST):
        result = np.asarray(cv2.dilate(result, np.ones((3, 3), np.uint8)), np.uint8) & allowed
    return result.astype(bool)


def _proved(strong: Runs, span: Range) -> bool:
    """Whether there is more than coarse coding leaves: many points, or few that are far beyond noise."""
    if not len(strong):
        return False
    beyond = float(np.quantile(strong.level, 0.8)) / LEVEL
    least = min(_LEAST_PROOF, max(_LEAST_PLAIN_PROOF, _LEAST_PROOF * (_PLAIN / beyond) ** 3))
    return _proof(strong, span) >= least


def _proof(strong: Runs, span: Range) -> float:
    """How much speaks for a change: its points, and how far they are beyond noise; little when it is soon over."""
    level = strong.level / LEVEL
    each = (strong.after - strong.first) * level * (level - _HARDLY)
    return float(each.sum()) / len(span) * min(1.0, len(span) / _ENOUGH_FRAMES)


def _merged(found: list[Place]) -> list[Place]:
    """Places that lie close together for the same time are one: words of a title, parts of a logo."""
    result = list(found)
    at = 0
    while at < len(result):
        for other in range(at + 1, len(result)):
            if _belong(result[at], result[other]):
                one, two = result[at], result.pop(other)
                box = tuple(pick(one.box[i], two.box[i]) for i, pick in enumerate((min, min, max, max)))
                frames = Range(min(one.frames.first, two.frames.first), max(one.frames.after, two.frames.after))
                result[at] = Place(frames, (box[0], box[1], box[2], box[3]), one.plain or two.plain)
                at = -1
                break
        at += 1
    return result


def _belong(one: Place, other: Place) -> bool:
    both = min(one.frames.after, other.frames.after) - max(one.frames.first, other.frames.first)
    either = max(one.frames.after, other.frames.after) - min(one.frames.first, other.frames.first)
    # what begins or ends on its own is a thing of its own, however near it is
    if both < (_SAME_TIME if _same_ends(one.frames, other.frames) else _MOST_OF_IT) * either:
        return False
    right = max(one.box[0], other.box[0]) - min(one.box[2], other.box[2])
    down = max(one.box[1], other.box[1]) - min(one.box[3], other.box[3])
    high = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    near = max(4.0, 0.5 * high)
    if either - both <= SAME_ENDS:
        near = max(near, _SAME_THING * min(_longest(one), _longest(other)))
    return right <= near and down <= near


def _longest(place: Place) -> int:
    return max(place.box[2] - place.box[0], place.box[3] - place.box[1])
