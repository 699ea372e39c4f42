"""The demo finds what it made, and its truth is itself true: drawn pictures say so, not the comparison."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import comparisons
import numpy as np
import opentimelineio as otio
import pytest

from vidstudio.cli.main import main
from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.recipes.demo import RATE, check, made, make_clips
from vidstudio.engine.recipes.demo_scenes import LOWER_THIRD
from vidstudio.engine.time import Span, us_to_frame

FILES = {
    "report.html",
    "comparison.json",
    "edits.csv",
    "edits.otio",
    "edits.edl",
    "version-a.mp4",
    "version-b.mp4",
}


def numbers(span: Span) -> range:
    return range(us_to_frame(span.start_us, RATE), us_to_frame(span.end_us, RATE))


@pytest.mark.timeout(240)
def test_the_demo_end_to_end(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    assert main(["demo", "--out", str(folder), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["all_found"]
    assert [(one["kind"], one["change"]) for one in answer["made"]] == [
        ("inserted", None),
        ("changed", "colour"),
        ("removed", None),
        ("changed", "local"),
        ("removed", None),
    ]
    assert all(one["off_us"] <= 40_000 for one in answer["made"])
    assert {path.name for path in folder.iterdir()} == FILES
    document = json.loads((folder / "comparison.json").read_text("utf-8"))
    assert len(document["frame_map"]) == 545
    assert document["frame_map"][100:175] == [-1] * 75
    (box,) = next(one["boxes"] for one in document["edits"] if one["change"] == ["local"])
    assert overlap(box, LOWER_THIRD) > 0.65, box
    with (folder / "edits.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(document["edits"])
    for name in ("edits.otio", "edits.edl"):
        (track,) = otio.adapters.read_from_file(str(folder / name), **({"rate": 25} if "edl" in name else {})).tracks
        assert track.duration().value == 545
    assert (folder / "report.html").read_text("utf-8").count("data:image/jpeg") >= 13

    a, b = (
        np.stack([f.pixels for f in frames(path, frame_times(path), size=(160, 90), pixels="gray")]).astype(int)
        for path in (folder / "version-a.mp4", folder / "version-b.mp4")
    )
    assert (len(a), len(b)) == (600, 545)
    check_truth(a, b)


def overlap(box: list[int], truth: tuple[int, int, int, int]) -> float:
    """Intersection over union of `x, y, width, height` and `left, top, right, bottom`."""
    x, y, width, height = box
    across = max(0, min(x + width, truth[2]) - max(x, truth[0]))
    down = max(0, min(y + height, truth[3]) - max(y, truth[1]))
    return across * down / (width * height + (truth[2] - truth[0]) * (truth[3] - truth[1]) - across * down)


def check_truth(a: np.ndarray, b: np.ndarray) -> None:
    """Every made edit is where `made` says, to the frame, in the decoded pictures."""
    lights, graded, boat, third, trim = made()
    new, gone, cut = (numbers(span) for span in (lights.b, boat.a, trim.a) if span)
    kept = [n for n in range(len(a)) if n not in gone and n not in cut]
    shown = [n for n in range(len(b)) if n not in new]
    assert len(kept) == len(shown)
    apart = np.abs(a[kept] - b[shown]).mean(axis=(1, 2))
    assert graded.b
    assert third.b
    touched = {*numbers(graded.b), *numbers(third.b)}
    assert all((apart[i] > 1.0) == (n in touched) for i, n in enumerate(shown))


def test_an_edit_in_the_wrong_place_is_not_found() -> None:
    truth = tuple(made())
    found, beside = check(truth, comparisons.comparison())
    assert [one.edit is not None for one in found] == [True, True, True, False, False]
    assert len(beside) == 7 - sum(one.edit is not None for one in found)


def test_a_folder_that_cannot_be_is_refused(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert main(["demo", "--out", str(file)]) == 2
    assert "not a folder" in capsys.readouterr().err


def test_stopping_in_the_middle_leaves_no_clip(tmp_path: Path) -> None:
    def stop(done: float, total: float) -> None:
        if done > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_clips(tmp_path, stop)
    assert list(tmp_path.iterdir()) == []
