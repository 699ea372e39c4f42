"""Opens and closes the whole studio, as the app does."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from vidstudio.app import build
from vidstudio.engine.paths import default_paths
from vidstudio.ui.crash import CrashGuard
from vidstudio.ui.main_window import MainWindow


class Studio:
    """Opens the window on the home of the test, as often as is wanted; the one before must be closed."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self._windows: list[MainWindow] = []

    def open(self) -> MainWindow:
        """A window that is there and has its project."""
        paths = default_paths()
        context = build(paths, CrashGuard(paths.logs, None))
        window = MainWindow(context)
        window.resize(1280, 720)
        self._windows.append(window)
        with self._qtbot.waitExposed(window):
            window.show()
        context.lanes.start()
        with self._qtbot.waitSignal(context.project.project_changed, timeout=10_000):
            context.project.open_last()
        return window

    def close(self, window: MainWindow) -> None:
        """Close a window and all behind it; twice does no harm."""
        if window.property("ended"):
            return
        window.setProperty("ended", True)
        window.close()
        ended = window.context.close()
        window.context.crash.deleteLater()
        assert ended, "threads did not end in time"

    def end(self) -> None:
        """Close and delete all windows."""
        for window in self._windows:
            self.close(window)
            window.deleteLater()
