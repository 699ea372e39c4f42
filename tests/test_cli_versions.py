"""`vidstudio versions` on clips with known edits."""

from __future__ import annotations

import csv
import html.parser
import json
from pathlib import Path
from typing import Any

import clips
import numpy as np
import pytest

from vidstudio.cli.main import main
from vidstudio.cli.studio import open_studio

SHOT = 40
US = SHOT * 40_000


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Shots of 1.6 s. ref: 1 2 3 4. v1: 1 2+ 4 (2 brighter, 3 out). v2: 1 2+ 3 4 5 (3 back, 5 new)."""
    folder = tmp_path_factory.mktemp("versions")
    shots = {seed: list(clips.shot(seed, SHOT, (160, 90))) for seed in (1, 2, 3, 4, 5)}
    bright = [np.clip(p.astype(int) + 30, 0, 255).astype(np.uint8) for p in shots[2]]
    made = {
        "ref": [shots[1], shots[2], shots[3], shots[4]],
        "v1": [shots[1], bright, shots[4]],
        "v2": [shots[1], bright, shots[3], shots[4], shots[5]],
    }
    return [clips.write_clip(folder / f"{name}.mp4", [p for s in parts for p in s]) for name, parts in made.items()]


def near(span: list[int] | None, first: int, after: int) -> bool:
    """Whether a span is that of shots `first..after-1`, to a frame."""
    return span is not None and all(abs(x - n * US) <= 40_000 for x, n in zip(span, (first, after), strict=True))


class Tables(html.parser.HTMLParser):
    """Words of every table row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        self._in = self._in or tag in ("td", "th")
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = self._in and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in:
            self.rows[-1][-1] += data.strip()


def test_one_that_cannot_be_read_does_not_stop_the_others(
    home: Path, films: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    assert main(["versions", str(films[0]), str(films[1]), str(empty), str(films[2]), "--json"]) == 3
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert [Path(one["path"]).name for one in found["versions"]] == ["v1.mp4", "v2.mp4"]
    assert [(one["before"], one["after"]) for one in found["three_way"]] == [(0, 1)]
    (unread,) = found["unread"]
    assert unread["path"] == str(empty)
    assert "is empty" in unread["error"]["message"]
    assert "empty.mp4 is empty" in said.err
    assert main(["versions", str(films[0]), str(empty)]) == 3
    assert capsys.readouterr().err.count("is empty") == 1
    assert main(["versions", str(empty), str(films[0])]) == 3


def test_a_reference_and_two_versions(
    home: Path, films: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"m.{name}" for name in ("json", "csv", "html")}
    targets = ["--json", str(files["json"]), "--csv", str(files["csv"]), "--report", str(files["html"])]
    assert main(["versions", *map(str, films), *targets, "--fail-on", "different"]) == 1
    said = capsys.readouterr().out
    assert "What v2.mp4 did to v1.mp4" in said
    found = json.loads(files["json"].read_text())
    assert [Path(one["path"]).name for one in (found["reference"], *found["versions"])] == [
        "ref.mp4",
        "v1.mp4",
        "v2.mp4",
    ]
    rows = [(row["reference"], [cell["state"] for cell in row["versions"]]) for row in found["stretches"]]
    assert [states for _, states in rows] == [
        ["same", "same"],
        ["changed", "changed"],
        ["missing", "same"],
        ["same", "same"],
    ]
    assert all(near(span, n, n + 1) for n, (span, _) in enumerate(rows))
    assert found["stretches"][1]["versions"][0]["change"] == ["colour"]
    assert near(found["stretches"][3]["versions"][0]["b"], 2, 3)
    (added,) = found["additions"]
    assert (added["version"], added["again"]) == (1, False)
    assert near(added["b"], 4, 5)
    (chain,) = found["three_way"]
    fates = [(step["fate"], step["after"]) for step in chain["steps"]]
    assert [fate for fate, _ in fates] == ["kept", "before", "reverted", "kept", "new"]
    assert all(near(span, n, n + 1) for n, (_, span) in enumerate(fates))
    with files["csv"].open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [row["v1.mp4"] for row in table] == ["same", "changed colour", "missing", "same", ""]
    assert [row["v2.mp4"] for row in table][-1] == "added"
    page = Tables()
    page.feed(files["html"].read_text())
    assert page.rows[0] == ["ref.mp4", "v1.mp4", "v2.mp4"]
    assert [row[1].split("00:")[0] for row in page.rows[2:6]] == ["same", "changed: colour", "missing", "same"]
    said = {row[0]: row[1] for row in page.rows if len(row) == 2}
    assert (said["Metric"], said["Ignored"]) == ("cosine", "nothing")
    assert "added by v2.mp4" in [row[0] for row in page.rows if len(row) == 4]
    # each of the four stretches in the reference, what is not the same in a version, and what it adds
    assert files["html"].read_text().count("<img ") == 4 + 2 + 1
    # the same recipe: a comparison that was made is there for `compare` too, and the other way round
    with open_studio() as studio:
        jobs = len(studio.store.jobs.recent(100))
    assert jobs == 3
    assert main(["compare", str(films[0]), str(films[1]), "--json"]) == 0
    capsys.readouterr()
    rules = ("--ignore", "grade", "--no-three-way", "--json", "-")
    assert main(["versions", *map(str, films[:2]), *rules]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert [row["versions"][0]["state"] for row in seen["stretches"]] == ["same", "missing", "same"]
    assert seen["three_way"] == []
    with open_studio() as studio:
        assert len(studio.store.jobs.recent(100)) == jobs


@pytest.mark.parametrize(
    "argv", [["a.mp4"], ["a.mp4", "b.mp4", "--csv", "b.mp4"], ["a.mp4", "b.mp4", "--segment", "0"]]
)
def test_nonsense_is_refused(argv: list[str], home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["versions", *argv]) == 2
    assert "hint: " in capsys.readouterr().err


def test_a_missing_version_is_bad_media(home: Path, films: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["versions", str(films[0]), str(films[0].with_name("no.mp4")), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["exit_code"] == 3
