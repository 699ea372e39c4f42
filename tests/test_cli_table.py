"""The printed table says of an edit what the reports say."""

from __future__ import annotations

from dataclasses import replace

import comparisons
from rich.console import Console

from vidstudio.cli.compare import edit_table
from vidstudio.engine.types import Comparison, Transform


def printed(made: Comparison) -> list[str]:
    console = Console(width=400, no_color=True)
    with console.capture() as caught:
        console.print(edit_table(made, "cosine"))
    return caught.get().splitlines()[1:]


def test_doubt_grade_framing_and_identity_are_said() -> None:
    made = comparisons.comparison()
    place = Transform(a=0.8, b=0, c=64, d=0, e=0.8, f=36, scale=1.25, rotation=0.0, mirrored=False)
    doubtful = replace(made.edits[2], change=("colour", "geometry"), transform=place, confidence=0.31)
    doubtful = replace(doubtful, alternatives=(comparisons.span(300, 400),))
    rows = printed(replace(made, edits=(made.edits[0], doubtful, replace(made.edits[4], confidence=0.8))))
    assert "PSNR identical" in rows[0]
    assert "confidence" not in rows[0]
    assert "gamma 1.23" in rows[1]
    assert "scale 1.250, cropped 10% on every side" in rows[1]
    assert "A 00:00:12:00 to 00:00:16:00 looks the same" in rows[1]
    assert rows[1].rstrip().endswith("confidence 31%, not sure")
    assert rows[2].rstrip().endswith("confidence 80%")


def test_what_is_left_over_at_equal_times_is_surplus() -> None:
    rows = printed(comparisons.surplus())
    assert [row.split()[1] for row in rows] == ["same", "changed", "surplus"]
    assert not any("confidence" in row for row in rows)
