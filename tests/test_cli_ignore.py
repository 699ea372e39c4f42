"""`vidstudio compare` with rules of what is ignored."""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest

from vidstudio.cli import ignoring
from vidstudio.cli.main import main
from vidstudio.engine.errors import UsageError
from vidstudio.engine.ignore.rules import PRESETS, Region
from vidstudio.engine.time import Span


def namespace(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    ignoring.add_options(parser)
    return parser.parse_args(argv)


def test_words_become_rules() -> None:
    given = namespace(
        *("--ignore", "grade,sound", "--ignore", "geometry", "--min-length", "0.2"),
        *("--ignore-region", "0.5,0,0.25,0.1@1:00-00:01:02:05", "--ignore-region", "subtitles"),
        *("--ignore-span", "1.5-2", "--ignore-span", "a:f25-3"),
    )
    ignore = ignoring.asked(given, Fraction(50), Fraction(25))
    assert ignore.reasons == ("colour", "audio", "geometry")
    assert ignore.least_us == 200_000
    timed, named, of_b, of_a = ignore.rules
    assert (timed.region, timed.span) == (Region(0.5, 0, 0.25, 0.1), Span(60_000_000, 62_200_000))
    assert (named.region, named.span) == (PRESETS["subtitles"], None)
    assert (of_b.region, of_b.span, of_b.side) == (None, Span(1_500_000, 2_000_000), "b")
    assert (of_a.span, of_a.side) == (Span(500_000, 3_000_000), "a")


@pytest.mark.parametrize(
    "argv",
    [
        ["--ignore", "taste"],
        ["--ignore-region", "0,0,2,1"],
        ["--ignore-region", "0,0,1"],
        ["--ignore-region", "0,0,1,1@5-4"],
        ["--ignore-region", "0,0,1,1@"],
        ["--ignore-span", "5"],
        ["--ignore-span", "5-5"],
        ["--ignore-span", "soon-5"],
        ["--min-length", "-1"],
        ["--min-length", "nan"],
    ],
    ids=" ".join,
)
def test_nonsense_is_refused(argv: list[str]) -> None:
    with pytest.raises(UsageError):
        ignoring.asked(namespace(*argv))


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """5 shots of 1.6 s; B has a box at the foot of the second, a brighter fourth, and a new one at the end."""
    folder = tmp_path_factory.mktemp("ignore")
    shots = [list(clips.shot(seed, 40, (320, 180))) for seed in (1, 2, 3, 4, 5, 6)]
    edited = [list(shot) for shot in shots]
    for number, picture in enumerate(edited[1][5:35], 5):
        copy = picture.copy()
        copy[140:165, 60:200] = (250, 240, 20)
        edited[1][number] = copy
    edited[3] = [np.clip(p.astype(int) + 30, 0, 255).astype(np.uint8) for p in edited[3]]
    a = clips.write_clip(folder / "a.mp4", [p for shot in shots[:5] for p in shot])
    b = clips.write_clip(folder / "b.mp4", [p for shot in edited for p in shot])
    return a, b


def compared(capsys: pytest.CaptureFixture[str], versions: tuple[Path, Path], *more: str) -> tuple[int, dict[str, Any]]:
    code = main(["compare", str(versions[0]), str(versions[1]), "--fail-on", "different", "--json", "-", *more])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def test_rules_are_applied_before_anything_is_told(
    home: Path, versions: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, plain = compared(capsys, versions)
    changes = [edit["change"] for edit in plain["edits"] if edit["kind"] == "changed"]
    assert code == 1
    assert ["local"] in changes
    assert ["colour"] in changes
    code, graded = compared(capsys, versions, "--ignore", "grade", "--ignore-region", "lower-third")
    assert code == 1, "the new shot is left"
    assert [edit["kind"] for edit in graded["edits"]] == ["same", "inserted"]
    assert graded["edits"][0]["boxes"] == []
    assert (graded["segments"], graded["frame_map"]) == (plain["segments"], plain["frame_map"])
    assert set(graded) == set(plain)
    rules = ("--ignore", "grade,inserted", "--ignore-region", "lower-third")
    code, nothing = compared(capsys, versions, *rules)
    assert (code, {edit["kind"] for edit in nothing["edits"]}) == (0, {"same"})
    code, at_times = compared(capsys, versions, "--ignore-span", "0-6.4", "--ignore-span", "8-100")
    assert (code, {edit["kind"] for edit in at_times["edits"]}) == (0, {"same"})
    report = tmp_path / "r.csv"
    assert main(["compare", *map(str, versions), *rules, "--csv", str(report)]) == 0
    said = capsys.readouterr().out
    assert "No differences" in said
    assert "3 differences are ignored" in said
    assert "changed" not in report.read_text()
