"""The JSON is the contract of the command line, checked key by key against what was put in."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import comparisons
import pytest

from vidstudio.engine.errors import UsageError
from vidstudio.engine.exports.json_file import IDENTICAL_DB, comparison_json, write_json

KINDS = {"same", "changed", "inserted", "removed", "moved", "retimed"}
CHANGES = {"picture", "local", "colour", "geometry", "audio"}


KEYS = ["a", "b", "metric", "threshold", "segment_us", "aligned", "embedder", "edits", "segments", "frame_map"]


def check_contract(document: dict[str, Any]) -> None:
    """Exactly the keys that the contract names, with their types; a strict reading."""
    assert list(document) == KEYS
    for side in ("a", "b"):
        video = document[side]
        assert list(video) == ["path", "duration_us", "width", "height", "frame_rate", "frames"]
        assert isinstance(video["path"], str)
        assert isinstance(video["frame_rate"], float | int)
        for key in ("duration_us", "width", "height", "frames"):
            assert type(video[key]) is int
    assert document["metric"] in {"cosine", "euclidean"}
    assert isinstance(document["threshold"], float | int)
    assert type(document["segment_us"]) is int
    assert isinstance(document["embedder"]["name"], str)
    assert type(document["embedder"]["dimension"]) is int
    for edit in document["edits"]:
        assert list(edit) == ["kind", "a", "b", "change", "boxes", "distance", "psnr", "ssim", "confidence", "speed"]
        assert edit["kind"] in KINDS
        assert set(edit["change"]) <= CHANGES
        assert all(len(box) == 4 and all(type(v) is int for v in box) for box in edit["boxes"])
        for key in ("distance", "psnr", "ssim", "confidence"):
            assert edit[key] is None or isinstance(edit[key], float | int)
        check_spans(edit)
    for segment in document["segments"]:
        assert list(segment) == ["a", "b", "distance"]
        check_spans(segment)
        assert segment["distance"] is None or segment["distance"] >= 0
    assert all(type(number) is int and number >= -1 for number in document["frame_map"])
    assert len(document["frame_map"]) == document["b"]["frames"]
    assert all(number < document["a"]["frames"] for number in document["frame_map"])


def check_spans(row: dict[str, Any]) -> None:
    assert row["a"] is not None or row["b"] is not None
    for side in (row["a"], row["b"]):
        assert side is None or (len(side) == 2 and all(type(v) is int for v in side) and side[0] <= side[1])


def test_keeps_the_contract_through_a_strict_parser(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    write_json(comparisons.comparison(), path, "cosine", 0.1)

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    check_contract(json.loads(path.read_text("utf-8"), parse_constant=refuse))


def test_says_what_was_found() -> None:
    document = comparison_json(comparisons.comparison(), "cosine", 0.1)
    assert [(e["kind"], e["a"], e["b"]) for e in document["edits"]][:4] == [
        ("same", [0, 4_000_000], [0, 4_000_000]),
        ("inserted", None, [4_000_000, 6_400_000]),
        ("changed", [4_000_000, 8_000_000], [6_400_000, 10_400_000]),
        ("removed", [8_000_000, 10_000_000], None),
    ]
    assert document["edits"][5]["boxes"] == [[20, 300, 400, 40], [600, 10, 30, 20]]
    assert document["edits"][5]["change"] == ["local", "audio"]
    assert document["segments"][2] == {"a": None, "b": [4_000_000, 6_400_000], "distance": None}
    assert document["frame_map"][99:101] == [99, -1]
    assert document["frame_map"][160] == 100


def test_distances_follow_the_metric() -> None:
    cosine = comparison_json(comparisons.comparison(), "cosine", 0.1)
    euclidean = comparison_json(comparisons.comparison(), "euclidean", 0.1)
    assert cosine["segments"][3]["distance"] == 0.08
    assert euclidean["segments"][3]["distance"] == 0.4
    # |u - v|² = 2 - 2 cos for unit vectors
    assert euclidean["edits"][2]["distance"] == pytest.approx(math.sqrt(2 * 0.08), abs=1e-5)


def test_it_says_how_sure_it_is_and_of_equal_times_nothing() -> None:
    document = comparison_json(comparisons.comparison(), "cosine", 0.1)
    assert document["aligned"] is True
    assert [edit["confidence"] for edit in document["edits"]][:3] == [1, 0.9, 1]
    document = comparison_json(comparisons.surplus(), "cosine", 0.1)
    assert document["aligned"] is False
    assert [edit["kind"] for edit in document["edits"]] == ["same", "changed", "inserted"]
    assert [edit["confidence"] for edit in document["edits"]] == [None] * 3


def test_identical_pictures_have_a_number() -> None:
    assert comparison_json(comparisons.comparison(), "cosine", 0.1)["edits"][0]["psnr"] == IDENTICAL_DB


def test_missing_folder_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        write_json(comparisons.unchanged(), tmp_path / "nowhere" / "out.json", "cosine", 0.1)
    assert list(tmp_path.iterdir()) == []
