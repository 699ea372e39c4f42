"""Which frames of A and B stand side by side in each picture of a comparison video, and which sound. No pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.timemap import MapRow, TimeMap, aligned_map
from vidstudio.engine.time import US, Span, rescale_from_us, rescale_to_us
from vidstudio.engine.types import Comparison, Edit, EditKind

VideoLayout = Literal["side", "wipe", "difference"]
LAYOUTS: tuple[VideoLayout, ...] = ("side", "wipe", "difference")

Picture = NDArray[np.uint8]
"""(height, width, 3) RGB."""


@dataclass(frozen=True, slots=True)
class VideoPlan:
    """One entry for each picture (N,). a, b: int32, frame numbers of each side; a_held, b_held: bool, that side has
    nothing of its own there and holds a neighbouring frame. edit: int32, number of the edit, -1 without one.
    """

    rate: Fraction
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    a_held: NDArray[np.bool_]
    b_held: NDArray[np.bool_]
    edit: NDArray[np.int32]
    rows: tuple[MapRow, ...]

    def __len__(self) -> int:
        return len(self.edit)


@dataclass(frozen=True, slots=True)
class Moment:
    """What one picture shows. codes: time code of A and B; words: of the edit; line: share of the wipe, 0..1.

    lacking: what is said where A, where B has nothing of its own. reframed: where in A's place the points of B's are,
    as in `Transform`, when that is known to be elsewhere; float64 (2, 3) in pixels of the video.
    """

    a: Picture
    b: Picture
    a_held: bool
    b_held: bool
    codes: tuple[str, str]
    kind: EditKind
    words: str
    line: float
    lacking: tuple[str, str] = ("not in A", "not in B")
    reframed: NDArray[np.float64] | None = None


def video_plan(comparison: Comparison, rate: Fraction) -> VideoPlan:
    """Both sides along their edit list: every edit takes as long as its longer side, as in the player.

    A picture shows what is there in the middle of its time. Matched sides show the frames that the frame map
    matches; those of a retimed edit run through it evenly, unless it runs backward or is held.
    """
    time_map = aligned_map(comparison.edits, comparison.a, comparison.b)
    edits = _edit_of_rows(comparison, time_map)
    count = max(1, rescale_from_us(time_map.duration_us, 1 / rate))
    a, b, edit = (np.zeros(count, np.int32) for _ in range(3))
    a_held, b_held = np.zeros(count, bool), np.zeros(count, bool)
    for n in range(count):
        master = min(rescale_to_us(2 * n + 1, 1 / (2 * rate)), time_map.duration_us - 1)
        of_a, of_b = time_map.side_time(0, master), time_map.side_time(1, master)
        row = edits[time_map.row_at(master)]
        a[n], b[n] = comparison.a_times.frame_at(of_a.time_us), comparison.b_times.frame_at(of_b.time_us)
        a_held[n], b_held[n], edit[n] = of_a.held, of_b.held, row
        if row >= 0 and not of_a.held and not of_b.held:
            a[n] = _matched(comparison, comparison.edits[row], int(a[n]), int(b[n]))
    return VideoPlan(rate, a, b, a_held, b_held, edit, time_map.rows)


def sound_spans(plan: VideoPlan, side: int, rate: int) -> Iterator[tuple[int, Span | None]]:
    """The sound of one side in order: how many samples at `rate` a row takes, and the span they come from.

    None where that side has nothing. The numbers add up to the length of the video.
    """
    given = 0
    for row in plan.rows:
        after = row.master.end_us * rate // US
        yield after - given, row.sides[side]
        given = after


def _edit_of_rows(comparison: Comparison, time_map: TimeMap) -> list[int]:
    """Number of the edit of each row; -1 when the rows are no edits."""
    there = [number for number, edit in enumerate(comparison.edits) if _length(edit)]
    return there or [-1] * len(time_map.rows)


def _length(edit: Edit) -> int:
    return max((span.duration_us for span in (edit.a, edit.b) if span), default=0)


def _matched(comparison: Comparison, edit: Edit, a: int, b: int) -> int:
    if (edit.kind == "retimed" and edit.speed > 0) or edit.a is None:
        return a
    found = int(comparison.frame_map[b]) if b < len(comparison.frame_map) else -1
    return found if found >= 0 and comparison.a_times.start_of(found) in edit.a else a
