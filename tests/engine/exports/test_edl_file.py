"""The EDL, opened again by OpenTimelineIO's own CMX 3600 adapter."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import comparisons
import opentimelineio as otio
import pytest

from vidstudio.engine.exports.conform import editors_rate
from vidstudio.engine.exports.edl_file import comparison_edl
from vidstudio.engine.types import Comparison, Transform


def opened(made: Comparison, rate: Fraction) -> Any:
    return otio.adapters.read_from_string(comparison_edl(made), "cmx_3600", rate=float(rate))


def at(rate: Fraction) -> list[tuple[str, int, int]]:
    (track,) = opened(comparisons.comparison(rate), rate).tracks
    return [(c.name, round(c.source_range.start_time.value), round(c.source_range.duration.value)) for c in track]


EVENTS = [
    ("old cut.mp4", 0, 100),
    ("new cut.mp4", 100, 60),
    ("old cut.mp4", 100, 100),
    ("old cut.mp4", 450, 50),
    ("old cut.mp4", 250, 125),
    ("old cut.mp4", 375, 50),
    ("new cut.mp4", 485, 35),
]


@pytest.mark.parametrize(
    "rate",
    [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50)],
    ids=str,
)
def test_events_come_back_frame_exact(rate: Fraction) -> None:
    assert at(rate) == EVENTS


def test_drop_frame_says_so_and_counts_so() -> None:
    text = comparison_edl(comparisons.comparison(Fraction(30000, 1001)))
    assert "FCM: DROP FRAME" in text
    assert "00:00:00;00 00:00:03;10 00:00:00;00 00:00:03;10" in text
    assert "FCM: NON-DROP FRAME" in comparison_edl(comparisons.comparison())


def test_speed_change_and_reels() -> None:
    (track,) = opened(comparisons.comparison(), Fraction(25)).tracks
    assert track[5].effects[0].time_scalar == pytest.approx(1.5)
    assert [c.metadata["cmx_3600"]["reel"] for c in track] == ["A", "B", "A", "A", "A", "A", "B"]


def test_locators_name_the_edits_and_what_is_gone() -> None:
    (track,) = opened(comparisons.comparison(), Fraction(25)).tracks
    names = [marker.name for clip in track for marker in clip.markers]
    assert names == [
        "INSERTED",
        "CHANGED COLOUR",
        "MOVED",
        "REMOVED 00:00:08:00 TO 00:00:10:00 OF A",
        "CHANGED LOCAL AUDIO",
        "RETIMED",
        "INSERTED",
    ]


def test_a_name_with_a_line_break_stays_one_line() -> None:
    made = comparisons.comparison(a_name="evil\n999  AX V C.mp4")
    (track,) = opened(made, Fraction(25)).tracks
    assert len(track) == 7
    assert track[0].name == "evil_999  AX V C.mp4"


def test_rates_no_editor_knows() -> None:
    assert editors_rate(Fraction(25)) == 25
    assert editors_rate(Fraction(2997, 100)) == Fraction(30000, 1001)
    assert editors_rate(Fraction(15)) == 30
    assert editors_rate(Fraction(25, 2)) == 25
    assert editors_rate(Fraction(120)) == 60
    assert editors_rate(Fraction(7)) == 30
    slow = replace(comparisons.unchanged().b, frame_rate=Fraction(25, 2))
    (track,) = opened(replace(comparisons.unchanged(), b=slow), Fraction(25)).tracks
    assert track.duration().value == 100


def test_grade_and_framing_are_comments_and_surplus_is_called_so() -> None:
    made = comparisons.comparison()
    turned = Transform(1, 0, 0, 0, 1, 0, scale=1.0, rotation=2.5, mirrored=False)
    edit = replace(made.edits[2], change=("colour", "geometry"), transform=turned)
    lines = comparison_edl(replace(made, edits=(*made.edits[:2], edit))).splitlines()
    at = next(number for number, line in enumerate(lines) if "CHANGED COLOUR GEOMETRY" in line)
    assert lines[at + 1].startswith("* COMMENT: GRADE: gain 0.94, gamma 1.23, lift")
    assert lines[at + 2] == "* COMMENT: FRAMING: turned +2.5 degrees"
    assert all(line.isascii() for line in lines)
    text = comparison_edl(comparisons.surplus())
    assert "SURPLUS" in text
    assert "INSERTED" not in text
