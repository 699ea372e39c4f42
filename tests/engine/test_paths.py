from __future__ import annotations

import os
from pathlib import Path

import pytest

from vidstudio.engine.paths import is_file, is_folder, is_text, is_there, path_from_text, path_to_text, readable

ODD = os.fsdecode(b"/films/no \xff\xfe text%20.mp4")


@pytest.mark.skipif(os.name == "nt", reason="names on Windows are text")
@pytest.mark.parametrize("path", ["/a/b.mp4", "relative ü.mp4", "/a/file: b.mp4", ODD, ODD.removeprefix("/")])
def test_paths_survive_being_text(path: str) -> None:
    text = path_to_text(path)
    text.encode("utf-8")
    assert path_from_text(text) == path
    assert (text == path) == is_text(path)


@pytest.mark.skipif(os.name == "nt", reason="names on Windows are text")
def test_names_for_people() -> None:
    assert readable("ü 漢.mp4") == "ü 漢.mp4"
    assert readable(ODD) == "/films/no �� text%20.mp4"


def test_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.touch()
    assert (is_file(file), is_folder(file), is_there(file)) == (True, False, True)
    assert (is_file(tmp_path), is_folder(tmp_path), is_there(tmp_path)) == (False, True, True)
    for none in (tmp_path / "no", file / "below", Path("a\0b"), tmp_path / ("n" * 300)):
        assert (is_file(none), is_folder(none), is_there(none)) == (False, False, False)
