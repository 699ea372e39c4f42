"""What runs backward, is held or is replaced, in every format: played as B shows it, and said in words."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from xml.etree import ElementTree as ET

import comparisons
import numpy as np
import opentimelineio as otio
import pytest

from vidstudio.engine import codec
from vidstudio.engine.exports import contents
from vidstudio.engine.exports.conform import Event, conform
from vidstudio.engine.exports.csv_file import comparison_csv
from vidstudio.engine.exports.details_file import details_json
from vidstudio.engine.exports.edl_file import comparison_edl
from vidstudio.engine.exports.fcpxml_file import comparison_fcpxml
from vidstudio.engine.exports.json_file import comparison_json
from vidstudio.engine.exports.marks import marks
from vidstudio.engine.exports.otio_file import comparison_otio
from vidstudio.engine.exports.video_plan import video_plan
from vidstudio.engine.exports.words import speed_text
from vidstudio.engine.types import Edit

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001)]
WORDS = ["", "", "reversed", "frozen for 2.0 s", "reversed, 50.0% speed", "150.0% speed", ""]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_pieces_come_from_where_b_has_them_at_their_speed(rate: Fraction) -> None:
    found = [
        (piece.from_a, piece.start, piece.end, piece.source_start, piece.source_end, piece.speed)
        for piece in conform(comparisons.at_other_speeds(rate), rate)
        if isinstance(piece, Event)
    ]
    assert found == [
        (True, 0, 100, 0, 100, 1.0),
        (False, 100, 150, 100, 150, 1.0),
        (True, 150, 210, 170, 230, -1.0),
        (True, 210, 260, 230, 231, 0.0),
        (True, 260, 310, 231, 256, -0.5),
        (True, 310, 360, 256, 331, 1.5),
        (True, 360, 529, 331, 500, 1.0),
    ]


def test_the_edl_says_so_in_motion_lines() -> None:
    lines = comparison_edl(comparisons.at_other_speeds()).split("\r\n")
    assert [line.split() for line in lines if line.startswith("M2")] == [
        ["M2", "A", "-025.0", "00:00:09:04"],
        ["M2", "A", "000.0", "00:00:09:05"],
        ["M2", "A", "-012.5", "00:00:10:05"],
        ["M2", "A", "037.5", "00:00:10:06"],
    ]
    (track,) = otio.adapters.read_from_string("\r\n".join(lines), "cmx_3600", rate=25).tracks
    assert [round(clip.source_range.duration.value) for clip in track] == [100, 50, 60, 50, 50, 50, 169]
    assert isinstance(track[3].effects[0], otio.schema.FreezeFrame)
    assert track[4].effects[0].time_scalar == pytest.approx(-0.5)
    assert track[1].name == "new cut.mp4"
    said = [line for line in lines if line.startswith("* COMMENT: SPEED")]
    assert said == [f"* COMMENT: SPEED: {text}" for text in WORDS if text]


def test_opentimelineio_plays_it_so() -> None:
    (track,) = otio.adapters.read_from_string(
        comparison_otio(comparisons.at_other_speeds(), "cosine", 0.1), "otio_json"
    ).tracks
    scalars = [clip.effects[0].time_scalar if clip.effects else 1.0 for clip in track]
    assert scalars == pytest.approx([1, 1, -1, 0, -0.5, 1.5, 1])
    assert isinstance(track[3].effects[0], otio.schema.FreezeFrame)
    assert track[1].name == "new cut.mp4"
    assert not track[1].effects


def _seconds(text: str | None) -> Fraction:
    return Fraction((text or "").removesuffix("s"))


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_final_cut_shows_the_frames_that_b_shows(rate: Fraction) -> None:
    made = comparisons.at_other_speeds(rate)
    for clip in ET.fromstring(comparison_fcpxml(made, "cosine")).iter("asset-clip"):
        offset, start, length = (_seconds(clip.get(name)) * rate for name in ("offset", "start", "duration"))
        points = [(_seconds(p.get("time")) * rate, _seconds(p.get("value")) * rate) for p in clip.iter("timept")]
        (t0, v0), (t1, v1) = points or [(0, 0), (1000, 1000)]
        for number in range(int(length)):
            middle = start + number + Fraction(1, 2)
            assert t0 <= middle <= t1
            shown = (v0 + (middle - t0) * (v1 - v0) / (t1 - t0)) // 1
            wanted = int(made.frame_map[int(offset) + number])
            assert abs(shown - (wanted if clip.get("ref") == "asset-a" else int(offset) + number)) <= (
                1 if points else 0
            )
    first_backward = list(ET.fromstring(comparison_fcpxml(made, "cosine")).iter("asset-clip"))[2]
    assert _seconds(first_backward.get("start")) * rate == 500 - 230


def test_words_are_the_same_everywhere() -> None:
    made = comparisons.at_other_speeds()
    assert [speed_text(edit) for edit in made.edits] == WORDS
    assert [dict(row.told).get("Speed", "") for row in contents.rows(made, "cosine", lambda *_: None)] == WORDS
    notes = {mark.name.split()[0]: mark.note for mark in marks(made, Fraction(25), "cosine")}
    assert all(WORDS[int(number) - 1] in note for number, note in notes.items())
    assert speed_text(Edit("removed", made.edits[0].a, None)) == ""
    short = Edit("retimed", comparisons.span(60, 61), comparisons.span(60, 62), speed=0.0)
    assert speed_text(short) == "frozen for 0.08 s"


def test_numbers_are_in_json_details_and_csv() -> None:
    made = comparisons.at_other_speeds()
    speeds = [1.0, 1.0, -1.0, 0.0, -0.5, 1.5, 1.0]
    assert [edit["speed"] for edit in comparison_json(made, "cosine", 0.1)["edits"]] == speeds
    assert [edit["speed"] for edit in details_json(made, "cosine", 0.1)["edits"]] == speeds
    rows = list(csv.DictReader(io.StringIO(comparison_csv(made, "cosine"))))
    assert [float(row["speed"]) for row in rows] == speeds
    others = comparison_json(comparisons.comparison(), "cosine", 0.1)["edits"]
    assert [edit["speed"] for edit in others if edit["a"] is None or edit["b"] is None] == [None, None, None]


def test_the_comparison_video_runs_backward_and_holds() -> None:
    made = comparisons.at_other_speeds()
    plan = video_plan(made, Fraction(25))
    for number in (2, 3, 4):
        here = np.flatnonzero(plan.edit == number)
        assert np.array_equal(plan.a[here], made.frame_map[plan.b[here]])


def test_edits_stored_before_there_were_speeds_are_read() -> None:
    edit = comparisons.at_other_speeds().edits[0]
    assert codec.decode(codec.encode({"kind": edit.kind, "a": edit.a, "b": edit.b}), Edit) == Edit(
        "same", edit.a, edit.b
    )
