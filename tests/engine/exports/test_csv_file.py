"""The CSV, read back by the csv module."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import comparisons
from comparisons import span

from vidstudio.engine.exports.csv_file import comparison_csv, write_csv
from vidstudio.engine.types import Transform


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_rows_say_times_twice() -> None:
    rows = read(comparison_csv(comparisons.comparison(), "cosine"))
    assert [row["kind"] for row in rows] == [
        "same",
        "inserted",
        "changed",
        "removed",
        "moved",
        "changed",
        "retimed",
        "inserted",
    ]
    graded = rows[2]
    assert (graded["a_start"], graded["a_end"]) == ("00:00:04:00", "00:00:08:00")
    assert (graded["b_start_us"], graded["b_end_us"]) == ("6400000", "10400000")
    assert (graded["change"], graded["psnr"]) == ("colour", "24.500")
    assert (rows[1]["a_start"], rows[1]["a_start_us"], rows[1]["a_duration_us"]) == ("", "", "")
    assert (rows[3]["b_start"], rows[3]["a_duration_us"]) == ("", "2000000")
    assert rows[5]["boxes"] == "20,300,400,40 600,10,30,20"


def test_grade_framing_and_sound_are_words_and_surplus_is_called_so() -> None:
    made = comparisons.comparison()
    place = Transform(a=1.324, b=0, c=-103, d=0, e=1, f=0, scale=0.869, rotation=0.0, mirrored=False)
    edit = replace(made.edits[2], change=("colour", "geometry"), transform=place, alternatives=(span(300, 400),))
    bars = ((0, 0, 640, 360), (78, 0, 484, 360))
    (row,) = read(comparison_csv(replace(made, edits=(edit,), active=bars), "cosine"))
    assert row["grade"].startswith("gain 0.94, gamma 1.23")
    assert row["framing"] == "squeezed to 0.76x horizontally, pillarbox bars added"
    assert (row["sound"], row["speed"]) == ("", "1.0000")
    assert row["elsewhere"] == "A 00:00:12:00 to 00:00:16:00 looks the same"
    assert row["confidence"] == "1.000"
    rows = read(comparison_csv(comparisons.surplus(), "cosine"))
    assert [(row["kind"], row["confidence"]) for row in rows] == [("same", ""), ("changed", ""), ("surplus", "")]


def test_drop_frame_where_it_is_the_custom() -> None:
    rows = read(comparison_csv(comparisons.comparison(Fraction(30000, 1001)), "cosine"))
    assert rows[1]["b_start"] == "00:00:03;10"


def test_is_rfc_4180(tmp_path: Path) -> None:
    path = tmp_path / "edits.csv"
    write_csv(comparisons.comparison(), path, "cosine", 0.1)
    data = path.read_bytes()
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == 9
    assert b'"20,300,400,40 600,10,30,20"' in data


def test_no_cell_is_a_formula_and_no_encoding_matters() -> None:
    text = comparison_csv(comparisons.comparison(a_name="=1+1.mp4", b_name="映画.mp4"), "cosine")
    assert text.isascii()  # so that spreadsheets need no byte order mark
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
