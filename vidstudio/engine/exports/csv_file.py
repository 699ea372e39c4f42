"""The edit list as CSV (RFC 4180), for spreadsheets: microseconds for programs, time codes for people."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path

from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.json_file import decibels
from vidstudio.engine.exports.words import told_of
from vidstudio.engine.time import Span, format_timecode
from vidstudio.engine.types import Comparison, Edit, Metric
from vidstudio.engine.verdict import edit_distance, kind_word

COLUMNS = (
    "number",
    "kind",
    "a_start",
    "a_end",
    "b_start",
    "b_end",
    "a_start_us",
    "a_end_us",
    "b_start_us",
    "b_end_us",
    "a_duration_us",
    "b_duration_us",
    "change",
    "boxes",
    "distance",
    "psnr",
    "ssim",
    "confidence",
    "grade",
    "framing",
    "sound",
    "speed",
    "elsewhere",
)


def comparison_csv(comparison: Comparison, metric: Metric) -> str:
    """One row an edit under a row of COLUMNS; ends are exclusive; a side that is not there is empty.

    `change` and `boxes` hold several values with spaces between them, a box as `x,y,w,h`. `kind` is "surplus" for what
    only the longer one has where nothing was aligned. `psnr` is at most 100, which identical pictures have.
    `confidence` is empty where nothing was aligned. `speed`: see `types.Edit`. `grade`, `framing`, `sound` and
    `elsewhere` are words.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for number, edit in enumerate(comparison.edits, 1):
        kind, said = kind_word(edit.kind, comparison.aligned), dict(told_of(edit, comparison))
        grade, framing, sound, elsewhere = (said.get(name, "") for name in ("Grade", "Framing", "Sound", "Elsewhere"))
        speed = f"{edit.speed:.4f}" if edit.a and edit.b else ""
        words = (grade, framing, sound, speed, elsewhere)
        rows.writerow([number, kind, *_times(comparison, edit), *_scores(edit, metric), *words])
    return text.getvalue()


def write_csv(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    """Write the CSV file (UTF-8) in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, comparison_csv(comparison, metric).encode("utf-8", "replace"))


def _times(comparison: Comparison, edit: Edit) -> list[object]:
    codes = [*_codes(edit.a, comparison.a.frame_rate), *_codes(edit.b, comparison.b.frame_rate)]
    lengths = [span.duration_us if span else "" for span in (edit.a, edit.b)]
    return [*codes, *_us(edit.a), *_us(edit.b), *lengths]


def _scores(edit: Edit, metric: Metric) -> list[object]:
    distance, psnr = edit_distance(edit, metric), decibels(edit.psnr)
    return [
        " ".join(edit.change),
        " ".join(",".join(str(value) for value in box) for box in edit.boxes),
        "" if distance is None else f"{distance:.6f}",
        "" if psnr is None else f"{psnr:.3f}",
        "" if edit.ssim is None else f"{edit.ssim:.6f}",
        "" if edit.confidence is None else f"{edit.confidence:.3f}",
    ]


def _codes(span: Span | None, rate: Fraction) -> list[str]:
    return ["", ""] if span is None else [format_timecode(t, rate) for t in (span.start_us, span.end_us)]


def _us(span: Span | None) -> list[object]:
    return ["", ""] if span is None else [span.start_us, span.end_us]
