"""From "which frame of A does each frame of B show" to rows a person reads: same, moved, inserted, removed…

Everything here is in frame numbers; rows are half-open. B's sides of the rows tile B; sides of A of rows that
are not moved rise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.stretches import OTHER_RATE, Piece, PieceKind, Range, frame_us, steady, unbroken
from vidstudio.engine.flags import stretches_of

__all__ = ["Range", "Row", "RowKind", "clean_map", "rows"]

RowKind = Literal["same", "replaced", "inserted", "removed", "moved", "retimed"]
Ints = NDArray[np.int64]

_KIND_OF: dict[PieceKind, RowKind] = {"same": "same", "retimed": "retimed", "again": "moved"}
_SHORTEST_MATCH = 3
_OVERLAP = 8
_STILL = 0.04
_PAL = 25 / 24
_UNTOLD = 0.25
_SAME_SPEED, _NEARLY = 0.05, 0.05
_REPLACED = 5
"""How many times as long, at most, what is new in the place of something else is, or that is."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the edit list: what happened, to which frames of A, and where in B.

    speed: time of A for each of B, below 0 backward, 0 a still.
    """

    kind: RowKind
    a: Range | None
    b: Range | None
    speed: float = 1.0


def clean_map(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> NDArray[np.int32]:
    """The map without matches too short to mean anything; of a video of a frame or two all may be one."""
    result = frame_map.copy()
    shortest = min(_SHORTEST_MATCH, len(frame_map), len(a_starts))
    for piece in unbroken(frame_map, a_starts, b_starts):
        if len(piece) < shortest:
            result[piece.first : piece.after] = -1
    return result


def rows(frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> list[Row]:
    """The edit list of a frame map int32 (frames of B,), starts in microseconds; in the order of B.

    Removed rows stand where they were: after the row that holds what came before them in A.
    """
    pieces = steady(frame_map, a_starts, b_starts)
    matched = [_row(piece, frame_map, a_starts, b_starts) for piece in pieces]
    in_order = _in_order(matched)
    listed = [row if i in in_order else replace(row, kind="moved") for i, row in enumerate(matched)]
    other_rate = abs(frame_us(a_starts) / frame_us(b_starts) - 1) > OTHER_RATE
    if not other_rate:
        listed = _with_repeated(listed)
    listed = _without_rounding_gaps(listed, _slack(a_starts, b_starts), len(a_starts))
    if other_rate:
        listed = _to_the_ends(listed, len(a_starts), 1)
    listed = _with_inserted(_going_on(listed), len(frame_map))
    # without any match nothing of A was left out by rounding
    slack = _slack(a_starts, b_starts) if matched else 0
    return _with_removed(listed, len(a_starts), slack, frame_us(a_starts) / max(1.0, frame_us(b_starts)))


def _slack(a_starts: Ints, b_starts: Ints) -> int:
    """Frames of A that may be skipped between two rows only because B's frames last longer."""
    return max(0, int(np.ceil(frame_us(b_starts) / max(1.0, frame_us(a_starts)) - 1.01)))


def _row(piece: Piece, frame_map: NDArray[np.int32], a_starts: Ints, b_starts: Ints) -> Row:
    part = slice(piece.b.first, piece.b.after)
    shown = frame_map[part]
    speed = _speed(a_starts[shown], b_starts[part]) if piece.retimed else 1.0
    return Row(_KIND_OF[piece.kind], Range(int(shown.min()), int(shown.max()) + 1), piece.b, speed)


def _speed(a_times: Ints, b_times: Ints) -> float:
    """Time of A for each of B; a usual one where the frames cannot tell it from that."""
    if a_times.min() == a_times.max() or len(a_times) < 2:
        return 0.0
    speed = float(np.polyfit(b_times - b_times[0], a_times, 1)[0])
    if abs(speed) < _STILL:
        return 0.0
    usual = min((round(speed, 2), _PAL), key=lambda one: abs(one - speed))
    return round(usual if abs(usual - speed) * len(a_times) < _UNTOLD else speed, 4)


def _in_order(matched: Sequence[Row]) -> set[int]:
    """Numbers of the rows that kept their order: the chain rising in A that holds most frames of B."""
    if not matched:
        return set()
    best = np.zeros(len(matched))
    link = np.full(len(matched), -1)
    starts = np.array([row.a.first for row in matched if row.a])
    ends = np.array([row.a.after for row in matched if row.a])
    ordered = np.array([row.kind != "moved" for row in matched])
    stills = np.array([row.kind == "retimed" and not row.speed for row in matched])
    lengths = np.array([len(row.b) if row.b and row.kind != "moved" else 0 for row in matched], float)
    for i in range(len(matched)):
        # a still and what goes on from it may begin with the same frame
        goes_on = stills[:i] & (starts[:i] == starts[i]) & (ends[i] > starts[i] + 1) & ~stills[i]
        rises = (starts[:i] < starts[i]) | goes_on
        fits = np.flatnonzero(rises & (ends[:i] <= starts[i] + _OVERLAP) & ordered[:i] & ordered[i])
        if len(fits):
            link[i] = fits[np.argmax(best[fits])]
        best[i] = lengths[i] + (best[link[i]] if link[i] >= 0 else 0)
    at = int(np.argmax(best))
    chain = set()
    while at >= 0:
        chain.add(at)
        at = int(link[at])
    return chain


def _with_repeated(listed: Sequence[Row]) -> list[Row]:
    """The rows, what one shows again of the last few frames of the one before as a row of its own."""
    result: list[Row] = []
    for row in listed:
        before = result[-1] if result else None
        if before and before.kind == row.kind == "same" and before.a and before.b and row.a and row.b:
            count = before.a.after - row.a.first
            if 0 < count <= _OVERLAP and before.b.after == row.b.first and min(len(row.a), len(row.b)) > 2 * count:
                middle = row.b.first + count
                result.append(Row("moved", Range(row.a.first, before.a.after), Range(row.b.first, middle)))
                row = replace(row, a=Range(before.a.after, row.a.after), b=Range(middle, row.b.after))
        result.append(row)
    return result


def _without_rounding_gaps(listed: list[Row], slack: int, a_frames: int) -> list[Row]:
    """Rows in order whose sides of A neither overlap nor leave out what only rounding left out.

    What shows no more than A's last frame again, after all of it was shown, is not in order.
    """
    result = list(listed)
    i = -1
    for j, row in enumerate(result):
        if row.kind == "moved":
            continue
        here, after = result[i].a if i >= 0 else None, row.a
        left_out = max(slack, _left_out(result[i], row))
        if here and after and (here.after > after.first or 0 < after.first - here.after <= left_out):
            border = max(after.first, here.first + 1)
            if border >= a_frames:
                result[j] = replace(row, kind="moved")
                continue
            result[i] = replace(result[i], a=Range(here.first, border))
            result[j] = replace(row, a=Range(border, max(here.after, after.after, border + 1)))
        i = j
    return _to_the_ends(result, a_frames, 0)


def _going_on(listed: Sequence[Row]) -> list[Row]:
    """Rows of the same, one of which goes on where the other ends on both sides, as one."""
    result: list[Row] = []
    for row in listed:
        before = result[-1] if result else None
        if before and before.kind == row.kind == "same" and before.a and before.b and row.a and row.b:  # noqa: SIM102
            if (before.a.after, before.b.after) == (row.a.first, row.b.first):
                row = Row("same", Range(before.a.first, row.a.after), Range(before.b.first, row.b.after))
                result.pop()
        result.append(row)
    return result


def _to_the_ends(listed: list[Row], a_frames: int, left_out: int) -> list[Row]:
    """The first and the last row in order with the frames of A before and after that rounding left out."""
    result = list(listed)
    order = [i for i, row in enumerate(result) if row.kind != "moved"]
    for i in order[:1]:
        here = result[i].a
        if here and 0 < here.first <= max(left_out, _skipped(result[i])):
            result[i] = replace(result[i], a=Range(0, here.after))
    for i in order[-1:]:
        here = result[i].a
        if here and 0 < a_frames - here.after <= max(left_out, _skipped(result[i])):
            result[i] = replace(result[i], a=Range(here.first, a_frames))
    return result


def _left_out(row: Row, after: Row) -> int:
    """Frames of A that may be left out between two rows only because one of them is retimed."""
    one_speed = row.kind == after.kind == "retimed" and abs(row.speed - after.speed) <= _SAME_SPEED * abs(row.speed)
    if one_speed and row.b and after.b and row.b.after == after.b.first:
        # what goes on at one speed is parted only where more is left out than that speed leaves out
        return max(0, int(np.ceil(abs(row.speed) - 1 - _NEARLY)))
    return max(_skipped(row), _skipped(after))


def _skipped(row: Row) -> int:
    """Frames of A that a retimed row may leave out at its ends."""
    return int(np.ceil(1.5 * len(row.a) / len(row.b))) if row.kind == "retimed" and row.a and row.b else 0


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


def _with_removed(listed: Sequence[Row], a_frames: int, slack: int, longer: float) -> list[Row]:
    """The list with what nothing in B shows, each stretch where it was.

    New material in the place of old replaced it, but where nothing is in order there are no places.
    longer: how much longer a frame of A lasts than one of B.
    """
    anchored = any(row.kind in ("same", "retimed") for row in listed)
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
            _place(result, here, waiting if anchored else [], waiting, longer)
            waiting = []
            reached = row.a.after if row is not None and row.a is not None else reached
        if row is not None:
            if row.kind == "inserted":
                waiting.append(len(result))
            result.append(row)
    return result


def _place(result: list[Row], gaps: list[Range], replacing: list[int], inserted: list[int], longer: float) -> None:
    if len(gaps) == 1 and len(replacing) == 1:
        new = result[replacing[0]].b
        if new and 1 / _REPLACED < longer * len(gaps[0]) / len(new) < _REPLACED:
            result[replacing[0]] = Row("replaced", gaps[0], new)
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
    return [Range(low, high) for low, high in stretches_of(np.cumsum(shown)[:a_frames] == 0)]
