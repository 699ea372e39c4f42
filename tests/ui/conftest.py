"""A whole studio in a fresh home, without the model process being started."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from clips import shot, write_clip
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.studio import Studio

from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.theme import apply_theme


@pytest.fixture
def dark(qapp: QApplication) -> None:
    """The dark theme."""
    apply_theme(qapp, "dark")


@pytest.fixture
def studio(qtbot: QtBot, home: Path, dark: None) -> Iterator[Studio]:
    """Opens and closes the studio in a fresh home."""
    studio = Studio(qtbot)
    yield studio
    studio.end()


@pytest.fixture
def window(studio: Studio) -> MainWindow:
    """The studio with a new project."""
    return studio.open()


@pytest.fixture(scope="session")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two versions of a clip of 3 s; the second has one more shot in its middle."""
    folder = tmp_path_factory.mktemp("versions")
    first, second, extra = (list(shot(seed, 38, (160, 90))) for seed in (1, 2, 3))
    a = write_clip(folder / "interview_v1.mp4", first + second, 25, gop=25)
    b = write_clip(folder / "interview_v2.mp4", first + extra + second, 25, gop=25)
    return a, b


@pytest.fixture
def copies(tmp_path: Path, two_versions: tuple[Path, Path]) -> list[Path]:
    """The two versions, to be moved about."""
    return [Path(shutil.copy2(one, tmp_path / one.name)) for one in two_versions]
