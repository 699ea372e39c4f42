"""What is known beyond the JSON's promised shape: how sure each edit is, its grade, transform, heat; the sound."""

from __future__ import annotations

import base64
from dataclasses import asdict
from pathlib import Path
from typing import Any

import vidstudio
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.json_file import pretty
from vidstudio.engine.exports.sound import sound_json
from vidstudio.engine.exports.words import told_of
from vidstudio.engine.types import Comparison, Edit, Heat, Metric, VideoInfo
from vidstudio.engine.verdict import verdict


def details_json(comparison: Comparison, metric: Metric, threshold: float) -> dict[str, Any]:
    """Plain values: the files, and one item for each edit, in the order of the edit list.

    different: whether anything is, at that metric and threshold. aligned: whether B was aligned to A.
    confidence, alternatives, speed: see `types.Edit`. grade: see `types.Grade`, and its gamma, which is 1 / exponent.
    transform: see `types.Transform`. words: what a person is told of them and of the sound. heat: `levels` are bytes in
    base64, 0..255, along rows of `columns` x `rows` over `box` of B's frame. sound: see `sound.sound_json`.
    """
    return {
        "made_by": f"VidStudio {vidstudio.__version__}",
        "a": _video(comparison.a),
        "b": _video(comparison.b),
        "aligned": comparison.aligned,
        "different": verdict(comparison, metric, threshold).different,
        "edits": [_edit(edit, comparison) for edit in comparison.edits],
        "sound": sound_json(comparison),
    }


def write_details(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    """Write the file in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, pretty(details_json(comparison, metric, threshold)).encode("utf-8", "backslashreplace"))


def _video(info: VideoInfo) -> dict[str, Any]:
    rate = info.frame_rate
    return {"path": info.path, "content_id": info.content_id, "frame_rate": f"{rate.numerator}/{rate.denominator}"}


def _edit(edit: Edit, comparison: Comparison) -> dict[str, Any]:
    return {
        "kind": edit.kind,
        "a": [edit.a.start_us, edit.a.end_us] if edit.a else None,
        "b": [edit.b.start_us, edit.b.end_us] if edit.b else None,
        "change": list(edit.change),
        "boxes": [list(box) for box in edit.boxes],
        "confidence": edit.confidence,
        "speed": edit.speed if edit.a and edit.b else None,
        "alternatives": [[span.start_us, span.end_us] for span in edit.alternatives],
        "grade": asdict(edit.grade) | {"gamma": round(edit.grade.gamma, 3)} if edit.grade else None,
        "transform": asdict(edit.transform) if edit.transform else None,
        "words": {name.lower(): text for name, text in told_of(edit, comparison)},
        "heat": _heat(edit.heat) if edit.heat else None,
    }


def _heat(heat: Heat) -> dict[str, Any]:
    return {
        "columns": heat.columns,
        "rows": heat.rows,
        "box": list(heat.box),
        "levels": base64.b64encode(heat.picture.tobytes()).decode("ascii"),
    }
