import base64
import json
from dataclasses import replace
from pathlib import Path

import comparisons
import numpy as np

from vidstudio.engine.exports.details_file import write_details
from vidstudio.engine.types import Grade, Heat, Transform

GRADE = Grade(gain=0.859, exponent=0.8, lift=0.0627, saturation=0.5, hue=0.2, red=1.1, blue=0.9)
TRANSFORM = Transform(a=-1 / 1.05, b=0, c=624.76, d=0, e=1 / 1.05, f=8.57, scale=1.05, rotation=0, mirrored=True)


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
    assert written[0]["grade"] == {
        "gain": 0.859,
        "exponent": 0.8,
        "lift": 0.0627,
        "saturation": 0.5,
        "hue": 0.2,
        "red": 1.1,
        "blue": 0.9,
        "gamma": 1.25,  # as editing programs have it: the mid tones are brighter
    }
    assert "gamma 1.25" in written[0]["words"]["grade"]
    assert written[0]["words"]["framing"] == "mirrored, scale 1.050, cropped 2% on every side"
    assert written[0]["transform"]["mirrored"] is True
    heat = written[0]["heat"]
    assert (heat["columns"], heat["rows"], heat["box"]) == (4, 3, [0, 10, 640, 340])
    assert list(base64.b64decode(heat["levels"])) == list(range(12))
    assert written[1]["heat"] is None


def test_other_places_are_spans_and_words(tmp_path: Path) -> None:
    made = comparisons.comparison()
    edit = replace(made.edits[4], alternatives=(comparisons.span(50, 100),))
    write_details(replace(made, edits=(edit,)), tmp_path / "d.json", "cosine", 0.1)
    (written,) = json.loads((tmp_path / "d.json").read_text())["edits"]
    assert written["alternatives"] == [[2_000_000, 4_000_000]]
    assert written["words"]["elsewhere"] == "A 00:00:02:00 to 00:00:04:00 looks the same"


def test_heat_keeps_its_levels() -> None:
    levels = np.random.default_rng(1).integers(0, 256, (9, 16), dtype=np.uint8)
    assert np.array_equal(Heat.of(levels, (0, 0, 1, 1)).picture, levels)
