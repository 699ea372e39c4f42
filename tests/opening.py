"""Two files opened in the studio, for tests of the window."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from vidstudio.ui.main_window import MainWindow

LONG = 30_000
"""Milliseconds that a compare may take on a busy machine."""


def open_both(qtbot: QtBot, window: MainWindow, paths: list[Path]) -> None:
    """Open them, and wait until they are compared."""
    window.context.project.stage.open_paths(paths)
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
