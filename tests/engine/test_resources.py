"""Files that ship with the studio are found in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import pytest

import vidstudio
from vidstudio.engine.resources import resource


def test_found_in_the_checkout() -> None:
    assert (resource("templates") / "report.html.j2").is_file()


def test_found_inside_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "vidstudio"
    (package / "resources" / "templates").mkdir(parents=True)
    monkeypatch.setattr(vidstudio, "__file__", str(package / "__init__.py"))
    assert resource("templates") == (package / "resources" / "templates").resolve()
    with pytest.raises(FileNotFoundError, match="icons"):
        resource("icons")
