import base64
import json
from dataclasses import replace
from pathlib import Path

import comparisons
import numpy as np

from vidstudio.engine.exports.details_file import write_details
from vidstudio.engine.exports.words import grade_text, transform_text
from vidstudio.engine.types import Grade, Heat, Transform

GRADE = Grade(gain=0.859, gamma=1.0, lift=0.0627, saturation=0.5, hue=0.2)
TRANSFORM = Transform(a=-1, b=0, c=640, d=0, e=1, f=0, scale=1.05, rotation=0, mirrored=True)


def test_details_hold_what_the_edits_hold(tmp_path: Path) -> None:
    comparison = comparisons.comparison()
    levels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    edits = [replace(edit, grade=GRADE, transform=TRANSFORM) for edit in comparison.edits]
    edits[0] = replace(edits[0], heat=Heat.of(levels, (0, 10, 640, 340)))
    write_details(replace(comparison, edits=tuple(edits)), tmp_path / "d.json", "cosine", 0.1)
    details = json.loads((tmp_path / "d.json").read_text())
    assert (details["aligned"], details["different"]) == (True, True)
    assert details["b"]["content_id"] == comparison.b.content_id
    written = details["edits"]
    assert len(written) == len(comparison.edits)
    assert written[0]["grade"] == {"gain": 0.859, "gamma": 1.0, "lift": 0.0627, "saturation": 0.5, "hue": 0.2}
    assert written[0]["transform"]["mirrored"] is True
    heat = written[0]["heat"]
    assert (heat["columns"], heat["rows"], heat["box"]) == (4, 3, [0, 10, 640, 340])
    assert list(base64.b64decode(heat["levels"])) == list(range(12))
    assert written[1]["heat"] is None


def test_words() -> None:
    assert grade_text(GRADE) == "gain 0.86, lift +0.063, saturation 0.50"
    assert grade_text(None) == ""
    assert transform_text(TRANSFORM) == "mirrored, scale 1.050"
    assert transform_text(replace(TRANSFORM, mirrored=False, scale=1.0, rotation=-2.0)) == "turned -2.0°"


def test_heat_keeps_its_levels() -> None:
    levels = np.random.default_rng(1).integers(0, 256, (9, 16), dtype=np.uint8)
    assert np.array_equal(Heat.of(levels, (0, 0, 1, 1)).picture, levels)
