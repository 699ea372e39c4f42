"""Markers for Premiere Pro and DaVinci Resolve, read again by the csv module and by what Resolve's files look like."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import comparisons
import opentimelineio as otio
import pytest
from comparisons import span

from vidstudio.engine.exports.premiere_file import write_premiere
from vidstudio.engine.exports.resolve_file import comparison_resolve_edl, write_resolve
from vidstudio.engine.types import AudioDifference, Comparison, Edit, Transform

DROP = Fraction(30000, 1001)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
EVENT = re.compile(
    r"(?P<n>\d{3,})  001      V     C        (?P<i>[\d:;]{11}) (?P<o>[\d:;]{11}) (?P=i) (?P=o)  \r\n"
    r"(?P<note>[^|\r\n]*) \|C:ResolveColor(?P<c>[A-Z][a-z]+) \|M:(?P<name>[^|\r\n]+) \|D:(?P<d>\d+)\r\n"
)


def premiere(path: Path, made: Comparison) -> list[dict[str, str]]:
    write_premiere(made, path, "cosine", 0.1)
    assert path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")
    with path.open(encoding="utf-16", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", strict=True))


def test_premiere_has_its_own_columns_and_codes(tmp_path: Path) -> None:
    rows = premiere(tmp_path / "m.csv", comparisons.comparison())
    assert list(rows[0]) == ["Marker Name", "Description", "In", "Out", "Duration", "Marker Type"]
    assert [(r["Marker Name"], r["In"], r["Out"], r["Duration"]) for r in rows] == [
        ("2 inserted", "00:00:04:00", "00:00:06:10", "00:00:02:10"),
        ("3 changed: colour", "00:00:06:10", "00:00:10:10", "00:00:04:00"),
        ("4 removed", "00:00:10:10", "00:00:10:10", "00:00:00:00"),
        ("5 moved", "00:00:10:10", "00:00:12:10", "00:00:02:00"),
        ("6 changed: local, audio", "00:00:12:10", "00:00:17:10", "00:00:05:00"),
        ("7 retimed", "00:00:17:10", "00:00:19:10", "00:00:02:00"),
        ("8 inserted", "00:00:19:10", "00:00:20:20", "00:00:01:10"),
    ]
    assert rows[1]["Description"].startswith("A 00:00:04:00 to 00:00:08:00; B 00:00:06:10 to 00:00:10:10; grade: ")
    assert "gamma 1.23, " in rows[1]["Description"]
    assert "distance 0.080" in rows[1]["Description"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith(FORMULA)]


def test_premiere_drop_frame_has_semicolons_only(tmp_path: Path) -> None:
    rows = premiere(tmp_path / "m.csv", comparisons.comparison(DROP))
    assert (rows[0]["In"], rows[0]["Duration"]) == ("00;00;03;10", "00;00;02;00")
    of_film = premiere(tmp_path / "f.csv", comparisons.comparison(Fraction(24000, 1001)))
    assert of_film[0]["In"] == "00:00:04:04"  # 23.976 has no dropped numbers


def events(made: Comparison) -> list[re.Match[str]]:
    text = comparison_resolve_edl(made, "cosine")
    head, _, rest = text.partition("\r\n\r\n")
    assert head.startswith("TITLE: ")
    found = list(EVENT.finditer(rest))
    assert "\r\n".join(one[0] for one in found) == rest
    return found


def test_resolve_edl_has_every_marker_with_its_length_from_the_first_hour() -> None:
    found = events(comparisons.comparison())
    assert [(m["name"], m["i"], m["d"], m["c"]) for m in found] == [
        ("2 inserted", "01:00:04:00", "60", "Green"),
        ("3 changed: colour", "01:00:06:10", "100", "Yellow"),
        ("4 removed", "01:00:10:09", "1", "Red"),  # a frame before: Resolve keeps one marker on a frame
        ("5 moved", "01:00:10:10", "50", "Pink"),
        ("6 changed: local, audio", "01:00:12:10", "125", "Yellow"),
        ("7 retimed", "01:00:17:10", "50", "Cyan"),
        ("8 inserted", "01:00:19:10", "35", "Green"),
    ]


@pytest.mark.parametrize("rate", [DROP, Fraction(60000, 1001), Fraction(24000, 1001), Fraction(25)], ids=str)
def test_resolve_codes_are_those_opentimelineio_counts(rate: Fraction) -> None:
    for match, frame in zip(events(comparisons.comparison(rate)), (100, 160, 259, 260, 310, 435, 485), strict=True):
        start = otio.opentime.from_timecode(match["i"], float(rate)).value
        first = "01:00:00;00" if ";" in match["i"] else "01:00:00:00"
        assert start - otio.opentime.from_timecode(first, float(rate)).value == frame


def test_resolve_markers_never_share_a_frame() -> None:
    made = comparisons.comparison()
    gone = [replace(made.edits[3], a=comparisons.span(200 + n, 201 + n)) for n in range(5)]
    first = Edit("removed", comparisons.span(0, 5), None)
    found = events(replace(made, edits=(first, *made.edits[:3], *gone, *made.edits[4:])))
    assert len(found) == 12
    assert len({match["i"] for match in found}) == 12
    assert found[0]["i"] == "01:00:00:00"


def test_notes_say_grade_framing_and_sound_and_surplus_where_nothing_was_aligned(tmp_path: Path) -> None:
    made = comparisons.comparison()
    place = Transform(a=-1, b=0, c=640, d=0, e=1, f=0, scale=1.0, rotation=0.0, mirrored=True)
    turned = replace(place, mirrored=False, rotation=2.5)
    edits = list(made.edits)
    edits[2] = replace(edits[2], change=("colour", "geometry"), transform=place)
    edits[4] = replace(edits[4], change=("geometry",), transform=turned)
    made = replace(made, edits=tuple(edits), audio=(AudioDifference("level", span(250, 375), span(310, 435), -6.0),))
    notes = [row["Description"] for row in premiere(tmp_path / "m.csv", made)]
    assert notes == [match["note"] for match in events(made)]
    assert all(note.isascii() for note in notes)
    assert "warmer (red x1.15, blue x0.85); framing: mirrored; distance" in notes[1]
    assert "framing: turned +2.5 degrees" in notes[3]
    assert "sound: 6.0 dB softer" in notes[4]
    (_, surplus) = premiere(tmp_path / "s.csv", comparisons.surplus())
    assert surplus["Marker Name"] == "3 surplus"
    assert surplus["Description"] == "A has ended; B 00:00:04:00 to 00:00:06:00"


def test_resolve_csv_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    write_resolve(comparisons.comparison(), path, "cosine", 0.1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert [row["Record In"] for row in rows][:2] == ["01:00:04:00", "01:00:06:10"]
    assert (rows[1]["Record Out"], rows[1]["Dur"], rows[1]["Color"]) == ("01:00:10:10", "100", "Yellow")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(FORMULA)]


def test_a_hostile_name_stays_in_the_title() -> None:
    text = comparison_resolve_edl(comparisons.comparison(b_name="x |C:\r\n001  evil\udcff.mp4"), "cosine")
    assert text.splitlines()[:2] == ["TITLE: x |C:__001  evil_", "FCM: NON-DROP FRAME"]
