"""A whole studio in a fresh home, without the model process being started."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clips import shot, write_clip
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vidstudio.app import build
from vidstudio.engine.paths import default_paths
from vidstudio.ui.context import AppContext
from vidstudio.ui.crash import CrashGuard
from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.theme import apply_theme


@pytest.fixture
def dark(qapp: QApplication) -> None:
    """The dark theme."""
    apply_theme(qapp, "dark")


@pytest.fixture
def open_studio(qtbot: QtBot, home: Path, dark: None) -> Iterator[Callable[[], MainWindow]]:
    """Opens the studio on the same home, as often as it is called; the one before must be closed."""
    opened: list[tuple[MainWindow, AppContext]] = []

    def open_one() -> MainWindow:
        paths = default_paths()
        context = build(paths, CrashGuard(paths.logs, None))
        window = MainWindow(context)
        window.resize(1280, 720)
        opened.append((window, context))
        with qtbot.waitExposed(window):
            window.show()
        context.lanes.start()
        with qtbot.waitSignal(context.project.project_changed, timeout=10_000):
            context.project.open_last()
        return window

    yield open_one
    for window, _ in opened:
        close(window)
        window.deleteLater()


def close(window: MainWindow) -> None:
    """Close a window and all behind it, as the app does; twice does no harm."""
    if window.property("ended"):
        return
    window.setProperty("ended", True)
    window.close()
    ended = window.context.close()
    window.context.crash.deleteLater()
    assert ended, "threads did not end in time"


@pytest.fixture
def close_studio() -> Callable[[MainWindow], None]:
    """Closes a window that `open_studio` opened."""
    return close


@pytest.fixture
def window(open_studio: Callable[[], MainWindow]) -> MainWindow:
    """The studio with a new project."""
    return open_studio()


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
