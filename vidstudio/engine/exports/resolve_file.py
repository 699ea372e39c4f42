"""The edits as markers for DaVinci Resolve: an EDL for "Timeline Markers from EDL", or a CSV for scripts.

Both count from 01:00:00:00, where time lines of Resolve begin unless somebody says otherwise.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from vidstudio.engine.exports.conform import editors_rate, timecode
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.marks import Mark, marks, one_line
from vidstudio.engine.time import is_drop_frame_rate
from vidstudio.engine.types import Comparison, EditKind, Metric

COLUMNS = ("#", "Record In", "Record Out", "Dur", "Name", "Color", "Notes")

_HOUR = 3600
_COLOURS: dict[EditKind, str] = {
    "changed": "Yellow",
    "inserted": "Green",
    "removed": "Red",
    "moved": "Pink",
    "retimed": "Cyan",
}


def comparison_resolve_edl(comparison: Comparison, metric: Metric) -> str:
    """Marker EDL at the editing rate nearest to B's. The events are a frame long; `|D:` has a marker's length."""
    drops = is_drop_frame_rate(editors_rate(comparison.b.frame_rate))
    lines = [
        f"TITLE: {one_line(Path(comparison.b.path).stem)}",
        f"FCM: {'DROP FRAME' if drops else 'NON-DROP FRAME'}",
        "",
    ]
    for number, (mark, start, next_frame, _) in enumerate(_placed(comparison, metric), 1):
        lines += [
            f"{number:03d}  001      V     C        {start} {next_frame} {start} {next_frame}  ",
            f"{mark.note} |C:ResolveColor{_COLOURS[mark.kind]} |M:{mark.name} |D:{max(1, mark.length)}",
            "",
        ]
    return "\r\n".join(lines)


def comparison_resolve_csv(comparison: Comparison, metric: Metric) -> str:
    """One row a marker under a row of COLUMNS, named as in Resolve's edit index; ends are exclusive."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for number, (mark, start, _, end) in enumerate(_placed(comparison, metric), 1):
        rows.writerow([number, start, end, max(1, mark.length), mark.name, _COLOURS[mark.kind], mark.note])
    return text.getvalue()


def write_resolve(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    """Write the CSV when the name ends so, else the EDL, in one step. Raises UsageError or EnvironmentProblem."""
    make = comparison_resolve_csv if path.suffix.lower() == ".csv" else comparison_resolve_edl
    replace_file(path, make(comparison, metric).encode())


def _placed(comparison: Comparison, metric: Metric) -> list[tuple[Mark, str, str, str]]:
    """Marks with the time codes of their first frame, of the next one, and of their end."""
    rate = editors_rate(comparison.b.frame_rate)
    # an hour of time code: with dropped numbers it is less than 3600 s of frames
    hour = _HOUR * round(rate) - (108 * round(rate / 30) if is_drop_frame_rate(rate) else 0)
    result = []
    for mark in _apart(list(marks(comparison, rate, metric))):
        at = [hour + mark.start + further for further in (0, 1, max(1, mark.length))]
        start, next_frame, end = (timecode(frame, rate) for frame in at)
        result.append((mark, start, next_frame, end))
    return result


def _apart(found: list[Mark]) -> list[Mark]:
    """No two on one frame, where Resolve would drop one: a removal gives way, to the nearest free frame before."""
    taken = {mark.start for mark in found if mark.length}
    result = []
    for mark in found:
        start = mark.start
        if not mark.length:
            free = (mark.start + step for size in range(len(found) + 1) for step in (-size, size))
            start = next(frame for frame in free if frame >= 0 and frame not in taken)
            taken.add(start)
        result.append(replace(mark, start=start))
    return result
