"""Files are written whole or not at all, and folders are checked beforehand."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from vidstudio.engine.errors import EnvironmentProblem, UsageError
from vidstudio.engine.exports.files import check_export, check_target, replace_file


def test_replaces_in_one_step_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="no symbolic links without rights")
def test_a_link_keeps_pointing(tmp_path: Path) -> None:
    target, link = tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("old")
    link.symlink_to(target)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_impossible_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        check_target(tmp_path)
    with pytest.raises(UsageError, match="no folder"):
        check_target(tmp_path / "nowhere" / "out.json")


def test_a_failing_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentProblem, match="No space left") as caught:
        replace_file(path, b"new")
    assert "space" in caught.value.hint
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_exports_never_take_the_place_of_a_video(tmp_path: Path) -> None:
    source = tmp_path / "source.html"
    source.write_text("a film of an odd name")
    check_export(tmp_path / "report.html", [source])
    (tmp_path / "x").mkdir()
    linked = tmp_path / "linked.html"
    linked.hardlink_to(source)
    for path in (source, linked, tmp_path / "x" / ".." / "source.html", tmp_path / "other.MP4"):
        with pytest.raises(UsageError, match="would overwrite a video"):
            check_export(path, [source])
