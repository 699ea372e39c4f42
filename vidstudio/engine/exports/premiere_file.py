"""The edits as markers in the form in which Premiere Pro writes its own: for the panels and scripts that read it.

Premiere itself reads no marker lists. UTF-16 with a byte order mark and tabs, as Premiere has it.
"""

from __future__ import annotations

from pathlib import Path

from vidstudio.engine.exports.conform import editors_rate, timecode
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.marks import marks
from vidstudio.engine.types import Comparison, Metric

COLUMNS = ("Marker Name", "Description", "In", "Out", "Duration", "Marker Type")


def comparison_premiere(comparison: Comparison, metric: Metric) -> str:
    """One line a marker under a line of COLUMNS; time codes of B's time line from 0, ends exclusive.

    Drop-frame codes have semicolons only.
    """
    rate = editors_rate(comparison.b.frame_rate)
    lines = [COLUMNS]
    for mark in marks(comparison, rate, metric):
        codes = [timecode(frame, rate) for frame in (mark.start, mark.start + mark.length, mark.length)]
        start, end, length = (code.replace(":", ";") if ";" in code else code for code in codes)
        lines.append((mark.name, mark.note, start, end, length, "Comment"))
    return "".join("\t".join(line) + "\r\n" for line in lines)


def write_premiere(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    """Write the file in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, comparison_premiere(comparison, metric).encode("utf-16"))
