"""From "which frame of A does each frame of B show" to rows a person reads: same, moved, inserted, removed…

Everything here is in frame numbers; rows are half-open. B's sides of the rows tile B; sides of A of rows that
are not moved rise.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RowKind = Literal["same", "replaced", "inserted", "removed", "moved", "retimed"]
Ints = NDArray[np.int64]

_JUMP_FRAMES = 2.2
_RETIMED_FRAMES = 3.5
_RETIMED_SHARE = 0.004
_SHORTEST_MATCH = 3
_OVERLAP = 8


@dataclass(frozen=True, slots=True)
class Range:
    """Frames `first..after-1` of one video."""

    first: int
    after: int

    def __len__(self) -> int:
        return self.after - self.first


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the edit list: what happened, to which frames of A, and where in B."""

    kind: RowKind
    a: Range | None
    b: Range | None


def clean_map(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> NDArray[np.int32]:
    """The map without matches too short to mean anything."""
    result = frame_map.copy()
    for piece in _pieces(frame_map, a_starts, b_starts):
        if len(piece) < _SHORTEST_MATCH:
            result[piece.first : piece.after] = -1
    return result


def rows(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> list[Row]:
    """The edit list of a frame map int32 (frames of B,), starts in microseconds; in the order of B.

    Removed rows stand where they were: after the row that holds what came before them in A.
    """
    matched = [
        Row(_speed_kind(frame_map, piece, a_starts, b_starts), _a_range(frame_map, piece), piece)
        for piece in _pieces(frame_map, a_starts, b_starts)
    ]
    in_order = _in_order(matched)
    listed = [row if i in in_order else replace(row, kind="moved") for i, row in enumerate(matched)]
    listed = _without_rounding_gaps(listed, _slack(a_starts, b_starts))
    listed = _with_inserted(listed, len(frame_map))
    return _with_removed(listed, len(a_starts), _slack(a_starts, b_starts))


def _pieces(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> list[Range]:
    """Stretches of B whose frames follow A without a jump."""
    if not len(frame_map):
        return []
    inside = frame_map >= 0
    a_times = a_starts[np.maximum(frame_map, 0)]
    step = _JUMP_FRAMES * max(_frame_us(a_starts), _frame_us(b_starts))
    jump = np.abs(np.diff(a_times) - np.diff(b_starts)) > step
    breaks = np.flatnonzero((inside[1:] != inside[:-1]) | (inside[1:] & inside[:-1] & jump)) + 1
    edges = [0, *breaks.tolist(), len(frame_map)]
    return [Range(low, high) for low, high in itertools.pairwise(edges) if inside[low]]


def _frame_us(starts: Ints) -> float:
    return float(np.median(np.diff(starts))) if len(starts) > 1 else 40_000.0


def _slack(a_starts: Ints, b_starts: Ints) -> int:
    """Frames of A that may be skipped between two rows only because the videos' frame rates differ."""
    return max(1, int(np.ceil(_frame_us(b_starts) / max(1.0, _frame_us(a_starts)) - 0.01)))


def _a_range(frame_map: NDArray[np.int32], piece: Range) -> Range:
    part = frame_map[piece.first : piece.after]
    return Range(int(part.min()), int(part.max()) + 1)


def _speed_kind(frame_map: NDArray[np.int32], piece: Range, a_starts: Ints, b_starts: Ints) -> RowKind:
    """Retimed when A runs faster or slower in B, evenly, by more than rounding could explain."""
    a = a_starts[frame_map[piece.first : piece.after]].astype(np.float64)
    b = b_starts[piece.first : piece.after].astype(np.float64)
    if len(a) < 3 * _SHORTEST_MATCH:
        return "same"
    step = max(_frame_us(a_starts), _frame_us(b_starts))
    drift = (a - a[0]) - (b - b[0])
    slope = float(np.polyfit(b - b[0], drift, 1)[0])
    total = abs(slope) * (b[-1] - b[0])
    even = np.abs(drift - slope * (b - b[0]) - np.median(drift - slope * (b - b[0]))).max() < 4 * step
    return "retimed" if even and total > _RETIMED_FRAMES * step and abs(slope) > _RETIMED_SHARE else "same"


def _in_order(matched: Sequence[Row]) -> set[int]:
    """Numbers of the rows that kept their order: the chain rising in A that holds most frames of B."""
    if not matched:
        return set()
    best = np.zeros(len(matched))
    link = np.full(len(matched), -1)
    starts = np.array([row.a.first for row in matched if row.a])
    ends = np.array([row.a.after for row in matched if row.a])
    lengths = np.array([len(row.b) for row in matched if row.b], float)
    for i in range(len(matched)):
        fits = np.flatnonzero((ends[:i] <= starts[i] + _OVERLAP) & (starts[:i] < starts[i]))
        if len(fits):
            link[i] = fits[np.argmax(best[fits])]
        best[i] = lengths[i] + (best[link[i]] if link[i] >= 0 else 0)
    at = int(np.argmax(best))
    chain = set()
    while at >= 0:
        chain.add(at)
        at = int(link[at])
    return chain


def _without_rounding_gaps(listed: list[Row], slack: int) -> list[Row]:
    """Rows in order whose sides of A neither overlap nor leave out what only rounding left out."""
    result = list(listed)
    order = [i for i, row in enumerate(result) if row.kind != "moved"]
    for i, j in itertools.pairwise(order):
        here, after = result[i].a, result[j].a
        if here and after and (here.after > after.first or 0 < after.first - here.after < slack):
            result[i] = replace(result[i], a=Range(here.first, after.first))
    return result


def _with_inserted(listed: Sequence[Row], b_frames: int) -> list[Row]:
    result: list[Row] = []
    at = 0
    for row in listed:
        if row.b is None:
            continue
        if row.b.first > at:
            result.append(Row("inserted", None, Range(at, row.b.first)))
        result.append(row)
        at = row.b.after
    if at < b_frames:
        result.append(Row("inserted", None, Range(at, b_frames)))
    return result


def _with_removed(listed: Sequence[Row], a_frames: int, slack: int) -> list[Row]:
    """The list with what nothing in B shows, each stretch where it was; beside new material it was replaced."""
    gaps = _uncovered(listed, a_frames)
    result: list[Row] = []
    waiting: list[int] = []  # places in `result` of inserted rows since the last row in order
    reached = 0
    for row in [*listed, None]:
        ordered = row is not None and row.kind in ("same", "retimed")
        if row is None or ordered:
            limit = a_frames if row is None or row.a is None else row.a.first
            here = [gap for gap in gaps if reached <= gap.first and gap.after <= limit]
            here = [gap for gap in here if len(gap) > slack]
            _place(result, here, waiting)
            waiting = []
            reached = row.a.after if row is not None and row.a is not None else reached
        if row is not None:
            if row.kind == "inserted":
                waiting.append(len(result))
            result.append(row)
    return result


def _place(result: list[Row], gaps: list[Range], inserted: list[int]) -> None:
    if len(gaps) == 1 and len(inserted) == 1:
        new = result[inserted[0]].b
        if new and 0.2 < len(gaps[0]) / len(new) < 5:
            result[inserted[0]] = Row("replaced", gaps[0], new)
            return
    place = inserted[0] if inserted else len(result)
    result[place:place] = [Row("removed", gap, None) for gap in gaps]


def _uncovered(listed: Sequence[Row], a_frames: int) -> list[Range]:
    """Stretches of A that no row shows."""
    shown = np.zeros(a_frames + 1, np.int64)
    for row in listed:
        if row.a:
            shown[row.a.first] += 1
            shown[row.a.after] -= 1
    free = np.concatenate([[False], np.cumsum(shown)[:a_frames] == 0, [False]])
    edges = np.flatnonzero(free[1:] != free[:-1])
    return [Range(int(low), int(high)) for low, high in zip(edges[::2], edges[1::2], strict=True)]
