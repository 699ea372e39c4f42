"""One reference and several versions: what of the reference is in which, and what a later version did to an earlier.

Pure arithmetic on comparisons that were made already. Rules of what is ignored are applied to them before.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.pieces import Cutter
from vidstudio.engine.flags import stretches_of
from vidstudio.engine.time import Span
from vidstudio.engine.types import ChangeKind, Comparison, Edit, FrameTimes

State = Literal["same", "changed", "replaced", "retimed", "moved", "missing"]
"""What became of a stretch of the reference. replaced: other material stands in its place."""

Fate = Literal["kept", "before", "after", "again", "reverted", "new"]
"""What a stretch went through on the way base, before, after (v1, v2, v3).

kept: as in the base in both. before: changed by the earlier version, and kept so. after: changed by the later
one only. again: changed by both. reverted: the later one undid what the earlier had done. new: only the later has it.
"""

How = Literal["changed", "moved", "retimed", "moved and changed", "retimed and changed"]
"""What a version did to a stretch that it has."""

_HOWS: tuple[How, ...] = ("changed", "moved", "retimed", "moved and changed", "retimed and changed")
_STATES: tuple[State, ...] = ("same", "changed", "retimed", "moved", "replaced", "missing")
_SNAP = 3
_SLACK = 2
_SLIVER = 3
_FATES: tuple[Fate, ...] = ("kept", "before", "after", "again", "reverted", "new")
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one version made of one stretch: `b` is where it has it (or what replaced it)."""

    state: State
    b: Span | None = None
    change: tuple[ChangeKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the reference, and a cell for each version."""

    span: Span
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Addition:
    """What a version has beyond the reference. at_us: reference time it follows.

    again: it is material of the reference, shown once more.
    """

    version: int
    b: Span
    at_us: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """Stretches tile the reference; additions are by version, then in the order of its time."""

    stretches: tuple[Stretch, ...]
    additions: tuple[Addition, ...]

    def share(self, version: int, state: State) -> float:
        """Part of the reference's time, 0..1, that a version has in one state."""
        whole = sum(one.span.duration_us for one in self.stretches)
        part = sum(one.span.duration_us for one in self.stretches if one.cells[version].state == state)
        return part / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch in three versions and its fate; a side that lacks it is None. How each of the two changed it."""

    fate: Fate
    base: Span | None
    before: Span | None
    after: Span | None
    how_before: How = "changed"
    how_after: How = "changed"


def composed(first: NDArray[np.integer], second: NDArray[np.integer]) -> Ints:
    """Frame map C to A (frames of C,) of the maps B to A `first` and C to B `second`; -1 where either has none."""
    if not len(first):
        return np.full(len(second), -1, np.int64)
    through = first[np.maximum(second, 0)].astype(np.int64)
    return np.where(second >= 0, through, -1)


def matrix(comparisons: Sequence[Comparison]) -> Matrix:
    """What of the reference (A of all comparisons) is in which version (B of each).

    Borders of different versions at most 3 frames apart are one. ValueError when the references differ.
    """
    if len({one.a.content_id for one in comparisons}) > 1:
        raise ValueError("all versions are compared with one reference")
    if not comparisons:
        return Matrix((), ())
    times = comparisons[0].a_times
    owners = [_owners(one) for one in comparisons]
    borders, runs = _common_runs(owners, len(times))
    columns = [_column(one, version_runs, borders, times) for one, version_runs in zip(comparisons, runs, strict=True)]
    stretches = tuple(
        Stretch(times.span_of(low, high), tuple(column[row] for column in columns))
        for row, (low, high) in enumerate(itertools.pairwise(borders))
    )
    additions = [
        addition
        for version, (one, owner) in enumerate(zip(comparisons, owners, strict=True))
        for addition in _additions(version, one, owner)
    ]
    return Matrix(stretches, tuple(additions))


def three_way(base_before: Comparison, before_after: Comparison, base_after: Comparison) -> list[Step]:
    """What became of every stretch, in the order of the latest version; what it lacks stands where it was.

    Stretches of one or two frames that only two alignments' rounding makes are told with their neighbours.
    """
    (m21, i21), (m32, i32), (m31, i31) = (_reading(one) for one in (base_before, before_after, base_after))
    m32, i32 = _agreeing(m21, i21, m32, i32, np.where(i31, m31, -1))
    through = composed(m21, m32)
    has = m32 >= 0
    earlier_as_base = has & (through >= 0) & _picked(i21, m32)
    as_base = (m31 >= 0) & i31
    fates = np.select(
        [
            (has & i32 & earlier_as_base) | (~has & i32),  # what is new but ignored counts as kept
            has & i32,
            has & earlier_as_base,
            as_base,
            has | (m31 >= 0),
        ],
        [0, 1, 2, 4, 3],
        5,
    )
    fates = _without_slivers(fates)
    base = np.where(through >= 0, through, m31)
    by_before, by_after = _hows(base_before), _hows(before_after)
    placed: list[tuple[int, int, Step]] = []
    for low, high in _stretches(fates, base, m32):
        step = Step(
            _FATES[int(fates[low])],
            _cover(base[low:high], base_before.a_times),
            _cover(m32[low:high], before_after.a_times),
            before_after.b_times.span_of(low, high),
            _how(by_before[m32[low:high][m32[low:high] >= 0]]),
            _how(by_after[low:high]),
        )
        placed.append((low, 1, step))
    placed += _gone_again(before_after, m21, i21, base_before.a_times, by_before)
    placed += _gone_before(base_before, base_after, m32, m21)
    return [step for _, _, step in sorted(placed, key=lambda one: one[:2])]


# the matrix


def _owners(comparison: Comparison) -> Ints:
    """For each frame of the reference the number of the edit that tells of it, -1 where nothing has it."""
    owner = np.full(len(comparison.a_times), -1, np.int64)
    ranks = [_STATES.index(_state(edit, comparison)) for edit in comparison.edits]
    for number in sorted(range(len(ranks)), key=lambda n: (-ranks[n], -n)):
        edit = comparison.edits[number]
        if edit.a is not None and (edit.b is not None or edit.kind == "same"):
            low, high = _frames(edit.a, comparison.a_times)
            owner[low:high] = number
    removed = np.zeros(len(owner), bool)
    for edit in comparison.edits:
        if edit.kind == "removed" and edit.a is not None:
            low, high = _frames(edit.a, comparison.a_times)
            removed[low:high] = True
    # a frame or two that no row has were left out by rounding: they go with what comes before
    for low, high in stretches_of((owner < 0) & ~removed):
        if high - low <= _SLACK and low > 0:
            owner[low:high] = owner[low - 1]
    return owner


def _state(edit: Edit, comparison: Comparison) -> State:
    if edit.kind == "same":  # also what is only on one side, when that is ignored
        return "same"
    if edit.b is None or edit.a is None:
        return "missing"
    if edit.kind == "changed" and len(comparison.frame_map):
        low, high = _frames(edit.b, comparison.b_times)
        if (comparison.frame_map[low:high] < 0).all():
            return "replaced"
    return edit.kind if edit.kind in ("same", "changed", "retimed", "moved") else "changed"


def _common_runs(owners: Sequence[Ints], frames: int) -> tuple[list[int], list[list[tuple[int, int, int]]]]:
    """Borders of all versions together, and each version's runs `(first, after, edit)` between such borders."""
    borders = {0, frames}
    runs: list[list[tuple[int, int, int]]] = []
    for owner in owners:
        own = [0, *(np.flatnonzero(np.diff(owner)) + 1).tolist(), frames]
        moved = [0]
        for border, after in itertools.pairwise([*own[1:-1], frames]):
            near = [b for b in borders if moved[-1] < b < min(after, frames) and abs(b - border) <= _SNAP]
            moved.append(min(near, key=lambda b: (abs(b - border), b)) if near else max(border, moved[-1] + 1))
        moved.append(frames)
        borders.update(moved)
        runs.append(
            [(low, high, int(owner[at])) for (low, high), at in zip(itertools.pairwise(moved), own, strict=False)]
        )
    return sorted(borders), runs


def _column(
    comparison: Comparison, runs: Sequence[tuple[int, int, int]], borders: Sequence[int], times: FrameTimes
) -> list[Cell]:
    """Cells of one version, a row between each two borders."""
    cutter = Cutter(comparison)
    cells: list[Cell] = []
    for low, high, number in runs:
        inner = [border for border in borders if low <= border <= high]
        if number < 0:
            cells += [Cell("missing")] * (len(inner) - 1)
            continue
        edit = comparison.edits[number]
        state = _state(edit, comparison)
        pieces = [edit]
        if state != "replaced":
            pieces = cutter.pieces(edit, [times.start_of(border) for border in inner[1:-1]], ())
        for first, after in itertools.pairwise(inner):
            here = times.span_of(first, after)
            cells.append(Cell(state, _best(pieces, here).b, edit.change))
    return cells


def _best(pieces: Sequence[Edit], span: Span) -> Edit:
    """The piece that shows most of a stretch of A."""

    def shown(piece: Edit) -> int:
        both = piece.a.intersection(span) if piece.a else None
        return both.duration_us if both else 0

    return max(pieces, key=shown)


def _additions(version: int, comparison: Comparison, owner: Ints) -> Iterator[Addition]:
    owning = set(np.unique(owner).tolist())
    at_us = 0
    for number, edit in enumerate(comparison.edits):
        again = number not in owning and _state(edit, comparison) != "replaced"
        if edit.kind == "inserted" and edit.b is not None:
            yield Addition(version, edit.b, at_us)
        elif edit.a is not None and edit.b is not None and again:
            yield Addition(version, edit.b, at_us, again=True)
        if edit.a is not None and edit.kind != "moved":
            at_us = edit.a.end_us


# three versions


def _reading(comparison: Comparison) -> tuple[Ints, Bools]:
    """Which frame of A each frame of B shows (-1: none), and whether it is as it was there."""
    frame_map = comparison.frame_map.astype(np.int64)
    intact = np.zeros(len(frame_map), bool)
    for edit in comparison.edits:
        if edit.kind == "same" and edit.b is not None:
            low, high = _frames(edit.b, comparison.b_times)
            intact[low:high] = True
    return frame_map, intact


def _hows(comparison: Comparison) -> Ints:
    """For each frame of B what the comparison did to it, as a place in _HOWS."""
    result = np.zeros(len(comparison.b_times), np.int64)
    for edit in comparison.edits:
        if edit.b is not None and edit.kind in ("moved", "retimed"):
            low, high = _frames(edit.b, comparison.b_times)
            result[low:high] = _HOWS.index(edit.kind) + 2 * bool(edit.change)
    return result


def _how(codes: Ints) -> How:
    """What most frames of a stretch went through."""
    return _HOWS[int(np.bincount(codes).argmax())] if len(codes) else "changed"


def _agreeing(m21: Ints, i21: Bools, m32: Ints, i32: Bools, unchanged: Ints) -> tuple[Ints, Bools]:
    """The match of after with before where it leads to another frame of the base than the direct one: mended.

    unchanged: for each frame of after the frame of the base that it shows as it was, or -1; so sure a match wins. It
    then goes through the frame of before that shows the same as it was, or, where there is none, before lacks it.
    """
    through = composed(m21, m32)
    astray = (unchanged >= 0) & (through >= 0) & (np.abs(through - unchanged) > _SLACK)
    if not astray.any():
        return m32, i32
    place = np.full(int(max(unchanged.max(), m21.max(initial=0))) + 1, -1, np.int64)
    shows = np.flatnonzero(i21 & (m21 >= 0))
    place[m21[shows]] = shows
    mended = np.where(astray, place[np.maximum(unchanged, 0)], m32)
    return mended, np.where(astray, mended >= 0, i32)


def _picked(flags: Bools, frames: Ints) -> Bools:
    """Flags of frames by number; False for -1."""
    if not len(flags):
        return np.zeros(len(frames), bool)
    return (frames >= 0) & flags[np.maximum(frames, 0)]


def _without_slivers(fates: Ints) -> Ints:
    result = fates.copy()
    edges = [0, *(np.flatnonzero(np.diff(fates)) + 1).tolist(), len(fates)]
    for low, high in itertools.pairwise(edges):
        if low > 0 and high - low < _SLIVER:
            result[low:high] = result[low - 1]
    return result


def _stretches(fates: Ints, *maps: Ints) -> Iterator[tuple[int, int]]:
    """Stretches of one fate whose frames follow one another in every map."""
    if not len(fates):
        return
    breaks = np.diff(fates) != 0
    for one in maps:
        both = (one[1:] >= 0) & (one[:-1] >= 0)
        breaks |= both & (np.abs(np.diff(one) - 1) > _SLACK)
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(fates)]
    yield from itertools.pairwise(edges)


def _gone_again(
    before_after: Comparison, m21: Ints, i21: Bools, base_times: FrameTimes, by_before: Ints
) -> Iterator[tuple[int, int, Step]]:
    """What the later version took out of the earlier one, with the frame of the later where it was."""
    at = 0
    for edit in before_after.edits:
        if edit.a is not None and (edit.kind == "removed" or _state(edit, before_after) == "replaced"):
            low, high = _frames(edit.a, before_after.a_times)
            base = m21[low:high]
            codes = np.where(base < 0, 4, np.where(i21[low:high], 2, 3))
            for first, after in _stretches(codes, base):
                span = before_after.a_times.span_of(low + first, low + after)
                how = _how(by_before[low + first : low + after])
                step = Step(_FATES[int(codes[first])], _cover(base[first:after], base_times), span, None, how)
                yield at, 0, step
        if edit.b is not None:
            at = _frames(edit.b, before_after.b_times)[1]


def _gone_before(
    base_before: Comparison, base_after: Comparison, m32: Ints, m21: Ints
) -> Iterator[tuple[int, int, Step]]:
    """What the earlier version took out and the later one left out, with the frame of the later where it was."""
    in_before = np.zeros(len(base_before.a_times), bool)
    in_before[m21[m21 >= 0]] = True
    at = 0
    for edit in base_after.edits:
        if edit.a is not None and (edit.kind == "removed" or _state(edit, base_after) == "replaced"):
            low, high = _frames(edit.a, base_after.a_times)
            for first, after in stretches_of(~in_before[low:high]):
                if after - first > _SLACK:
                    yield at, 0, Step("before", base_before.a_times.span_of(low + first, low + after), None, None)
        if edit.b is not None:
            at = min(_frames(edit.b, base_after.b_times)[1], len(m32))


# frames


def _frames(span: Span, times: FrameTimes) -> tuple[int, int]:
    """Frames `first..after-1` that start in a span."""
    first, after = np.searchsorted(times.starts_us, (span.start_us, span.end_us), side="left")
    return int(first), int(after)


def _cover(frames: Ints, times: FrameTimes) -> Span | None:
    known = frames[frames >= 0]
    return times.span_of(int(known.min()), int(known.max()) + 1) if len(known) else None
