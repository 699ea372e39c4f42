"""A comparison as JSON, for other programs. The shape is a promise; what is known beyond it is in `details_file`."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.time import Span
from vidstudio.engine.types import Comparison, Difference, Edit, Metric, VideoInfo
from vidstudio.engine.verdict import edit_distance

IDENTICAL_DB = 100.0
"""Written as the PSNR of identical pictures, whose true value is infinite and no JSON number; no other is above."""


def comparison_json(comparison: Comparison, metric: Metric, threshold: float) -> dict[str, Any]:
    """Plain values: dict, list, str, int, float, bool and None only.

    Edits are in the order of B, removed ones where they were; spans are `[start_us, end_us]` or None.
    `confidence` and `speed`: see `types.Edit`; without a side no speed, None. `frame_map` has one number for every
    frame of B: the frame of A it shows, or -1.
    Not `aligned`, that is segment i compared with segment i: an edit that is "inserted" or "removed" is what the longer
    one goes on with, surplus, and no edit has a `confidence`.
    """
    return {
        "a": _video(comparison.a, len(comparison.a_times)),
        "b": _video(comparison.b, len(comparison.b_times)),
        "metric": metric,
        "threshold": threshold,
        "segment_us": comparison.segment_us,
        "aligned": comparison.aligned,
        "embedder": {"name": comparison.embedder, "dimension": comparison.dimension},
        "edits": [_edit(edit, metric) for edit in comparison.edits],
        "segments": [_segment(segment, metric) for segment in comparison.segments],
        "frame_map": [int(number) for number in comparison.frame_map],
    }


def dumps(plain: Any) -> str:
    """Strict JSON text, readable: one line for each span and row, `frame_map` on one line."""
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=None, separators=(", ", ": "))


def pretty(document: dict[str, Any]) -> str:
    """The document as strict JSON with one line for each top-level value and each list item of objects."""
    lines = []
    for key, value in document.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            items = ",\n    ".join(dumps(item) for item in value)
            lines.append(f"  {dumps(key)}: [\n    {items}\n  ]")
        else:
            lines.append(f"  {dumps(key)}: {dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def write_json(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    """Write the JSON file in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, pretty(comparison_json(comparison, metric, threshold)).encode("utf-8", "backslashreplace"))


def _video(info: VideoInfo, frames: int) -> dict[str, Any]:
    return {
        "path": info.path,
        "duration_us": info.duration_us,
        "width": info.width,
        "height": info.height,
        "frame_rate": float(info.frame_rate),
        "frames": frames,
    }


def _edit(edit: Edit, metric: Metric) -> dict[str, Any]:
    return {
        "kind": edit.kind,
        "a": _span(edit.a),
        "b": _span(edit.b),
        "change": list(edit.change),
        "boxes": [list(box) for box in edit.boxes],
        "distance": _number(edit_distance(edit, metric)),
        "psnr": decibels(edit.psnr),
        "ssim": _number(edit.ssim),
        "confidence": _number(edit.confidence),
        "speed": _number(edit.speed) if edit.a and edit.b else None,
    }


def _segment(segment: Difference, metric: Metric) -> dict[str, Any]:
    return {
        "a": _span(segment.pair.a),
        "b": _span(segment.pair.b),
        "distance": _number(segment.distance(metric)),
    }


def _span(span: Span | None) -> list[int] | None:
    return None if span is None else [span.start_us, span.end_us]


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 6)


def decibels(value: float | None) -> float | None:
    """A PSNR that every format can hold: at most IDENTICAL_DB, None where there is none."""
    if value is None or math.isnan(value):
        return None
    return round(min(float(value), IDENTICAL_DB), 3)
