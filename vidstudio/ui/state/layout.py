"""A comparison laid out on the master axis as arrays, made once and read on every repaint. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.timemap import TimeMap
from vidstudio.engine.ignore.applying import quiet_segments
from vidstudio.engine.types import METRICS, Comparison, Edit, EditKind, Metric

KIND_ORDER: tuple[EditKind, ...] = ("same", "retimed", "moved", "changed", "removed", "inserted")
"""Kinds by how much they must not be overlooked; a kind's code is its place here."""

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lane:
    """What one side has on the master axis: starts and ends int64 (K,), rising, and of each (K,) the code and
    number of its edit (-1: none) and its start and end on the side's own clock.
    """

    starts: Times
    ends: Times
    codes: NDArray[np.int8]
    edits: Times
    own_starts: Times
    own_ends: Times


@dataclass(frozen=True, slots=True)
class Layout:
    """Arrays of a comparison. Edits (M,) in order of the master axis, segments (N,) by rising start.

    starts, ends: int64 (M,). codes: int8 (M,), see KIND_ORDER. homes: int64 (M,), for moved edits the
    master time where A has the material's old neighbours, else -1. seg_codes: int8 (N,) code of the edit a
    segment lies in. distances: float32 (N,) and edit_distances: float32 (M,) by metric, NaN where none and
    where they are ignored. ignored: bool (M,), edits that are shown though a rule says to ignore them; counts
    and times have them as `same`. aligned: as in `Comparison`.
    """

    duration_us: int
    starts: Times
    ends: Times
    codes: NDArray[np.int8]
    homes: Times
    lanes: tuple[Lane, Lane]
    seg_starts: Times
    seg_ends: Times
    seg_codes: NDArray[np.int8]
    distances: dict[Metric, NDArray[np.float32]]
    edit_distances: dict[Metric, NDArray[np.float32]]
    counts: dict[EditKind, int]
    times_us: dict[EditKind, int]
    ignored: NDArray[np.bool_]
    aligned: bool = True

    @staticmethod
    def empty() -> Layout:
        """Nothing compared."""
        none, codes = np.zeros(0, np.int64), np.zeros(0, np.int8)
        lane = Lane(none, none, codes, none, none, none)
        values: dict[Metric, NDArray[np.float32]] = {m: np.zeros(0, np.float32) for m in METRICS}
        return Layout(0, none, none, codes, none, (lane, lane), none, none, codes, values, values, {}, {}, codes > 0)

    def edit_at(self, time_us: int) -> int | None:
        """Number of the edit at a master time."""
        number = int(np.searchsorted(self.starts, time_us, side="right")) - 1
        return number if number >= 0 and time_us < self.ends[number] else None


def lay_out(comparison: Comparison, time_map: TimeMap, ignored: Sequence[bool] = ()) -> Layout:
    """Lay a comparison out along `time_map`, in which a row ends wherever one of its edits does.

    The edits follow one another, each as long as its longer side. ignored: edits that are shown though they are
    ignored (none when empty).
    """
    edits = comparison.edits
    codes = np.array([KIND_ORDER.index(edit.kind) for edit in edits], np.int8)
    ends = edit_ends(edits)
    starts = np.concatenate([np.zeros(1, np.int64), ends])[:-1]
    rows = np.searchsorted(ends, [row.master.start_us for row in time_map.rows], side="right")
    numbers = np.where(rows < len(edits), rows, -1).tolist()
    lanes = (_lane(time_map, 0, numbers, codes), _lane(time_map, 1, numbers, codes))
    seg_starts, seg_ends = _segment_times(comparison, lanes)
    order = np.argsort(seg_starts, kind="stable")
    seg_starts, seg_ends = seg_starts[order], np.maximum.accumulate(seg_ends[order])
    where = np.clip(np.searchsorted(starts, seg_starts, side="right") - 1, 0, max(0, len(edits) - 1))
    faint = np.array(ignored, np.bool_) if len(ignored) else np.zeros(len(edits), np.bool_)
    told = np.where(faint, np.int8(0), codes)
    times: dict[EditKind, int] = dict.fromkeys(KIND_ORDER, 0)
    for code, length in zip(told.tolist(), (ends - starts).tolist(), strict=True):
        times[KIND_ORDER[code]] += length
    quiet = quiet_segments(comparison)[order]
    distances = {m: _values([s.distance(m) for s in comparison.segments])[order] for m in METRICS}
    for values in distances.values():
        values[quiet] = np.nan
    cosine = _values([edit.distance for edit in edits])
    if quiet.any():
        touched = np.flatnonzero(np.bincount(where[quiet]))
        cosine[touched] = np.nan
        loud = ~quiet & np.isin(where, touched)
        np.fmax.at(cosine, where[loud], distances["cosine"][loud])
    cosine[faint] = np.nan
    return Layout(
        duration_us=time_map.duration_us,
        starts=starts,
        ends=ends,
        codes=codes,
        homes=_homes(comparison, lanes[0]),
        lanes=lanes,
        seg_starts=seg_starts,
        seg_ends=seg_ends,
        seg_codes=told[where] if len(edits) else np.zeros(len(seg_starts), np.int8),
        distances=distances,
        edit_distances={"cosine": cosine, "euclidean": np.sqrt(2 * cosine).astype(np.float32)},
        counts={kind: int((told == code).sum()) for code, kind in enumerate(KIND_ORDER)},
        times_us=times,
        ignored=faint,
        aligned=comparison.aligned,
    )


def edit_ends(edits: Sequence[Edit]) -> Times:
    """Master times int64 (M,) at which edits end that follow one another, each as long as its longer side."""
    lengths = [max(side.duration_us if side else 0 for side in (edit.a, edit.b)) for edit in edits]
    return np.cumsum(np.array(lengths, np.int64), dtype=np.int64)


def _values(scores: Sequence[float | None]) -> NDArray[np.float32]:
    return np.array([np.nan if score is None else score for score in scores], np.float32)


def _lane(time_map: TimeMap, side: int, edits: Sequence[int], codes: NDArray[np.int8]) -> Lane:
    """A present side fills its row, the shorter one stretched to it."""
    rows = [
        (row.master.start_us, row.master.end_us, span.start_us, span.end_us, number)
        for row, number in zip(time_map.rows, edits, strict=True)
        if (span := row.sides[side]) is not None
    ]
    table = np.array(rows, np.int64).reshape(-1, 5)
    numbers = table[:, 4]
    own = np.where(numbers >= 0, codes[numbers], 0) if len(codes) else np.zeros(len(rows))
    return Lane(table[:, 0], table[:, 1], own.astype(np.int8), numbers, table[:, 2], table[:, 3])


def _segment_times(comparison: Comparison, lanes: tuple[Lane, Lane]) -> tuple[Times, Times]:
    """Master times of the segments, through B where they have it and through A where not."""
    count = len(comparison.segments)
    starts, ends = np.zeros(count, np.int64), np.zeros(count, np.int64)
    spans = [(d.pair.b, 1) if d.pair.b is not None else (d.pair.a, 0) for d in comparison.segments]
    for side in (0, 1):
        which = [n for n, (span, s) in enumerate(spans) if s == side and span is not None]
        own = [span for span, s in spans if s == side and span is not None]
        if not own:
            continue
        first = np.array([span.start_us for span in own], np.int64)
        last = np.array([span.end_us for span in own], np.int64)
        starts[which] = _to_master(first, lanes[side])
        ends[which] = _to_master(np.maximum(last - 1, first), lanes[side]) + 1
    return starts, np.maximum(ends, starts)


def _to_master(times: Times, lane: Lane) -> Times:
    """Times of a side on the master axis; time that no row shows goes to the end of the row before it."""
    if len(lane.starts) == 0:
        return np.zeros_like(times)
    order = np.argsort(lane.own_starts, kind="stable")
    place = order[np.clip(np.searchsorted(lane.own_starts[order], times, side="right") - 1, 0, None)]
    length = np.maximum(lane.own_ends[place] - lane.own_starts[place], 1)
    part = np.clip((times - lane.own_starts[place]) / length, 0.0, 1.0)
    master = lane.starts[place] + part * (lane.ends[place] - lane.starts[place])
    return np.asarray(np.rint(master), np.int64)


def _homes(comparison: Comparison, lane_a: Lane) -> Times:
    """Where moved material stood in A: at the end of the unmoved edit of A that comes before it."""
    homes = np.full(len(comparison.edits), -1, np.int64)
    master = {int(n): (int(s), int(e)) for n, s, e in zip(lane_a.edits, lane_a.starts, lane_a.ends, strict=True)}
    fixed = [
        (edit.a.end_us, master[n][1])
        for n, edit in enumerate(comparison.edits)
        if edit.a is not None and edit.kind != "moved" and n in master
    ]
    fixed.sort()
    own_ends = np.array([end for end, _ in fixed], np.int64)
    for number, edit in enumerate(comparison.edits):
        if edit.kind == "moved" and edit.a is not None:
            place = int(np.searchsorted(own_ends, edit.a.start_us, side="right")) - 1
            homes[number] = fixed[place][1] if place >= 0 else 0
    return homes
