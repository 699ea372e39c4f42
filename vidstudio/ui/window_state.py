"""Where the window and its panels were, for each set of screens, in the studio's own folder.

Splitters inside a page belong to the project's view."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QSettings, QSize
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QMainWindow

_TITLE_BAR = 30
LAYOUT = 2
"""Raise when panels change so that an old layout makes no sense."""


class WindowState:
    """Keeps geometry and docks of a window in `window.ini` in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._kept = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    def restore(self, window: QMainWindow) -> bool:
        """Put everything where it was on these screens; False when nothing is known (yet)."""
        group = _screens()
        geometry = self._kept.value(f"{group}/geometry")
        state = self._kept.value(f"{group}/state")
        if not isinstance(geometry, QByteArray) or not isinstance(state, QByteArray):
            return False
        return window.restoreGeometry(geometry) and window.restoreState(state, LAYOUT)

    def keep(self, window: QMainWindow) -> None:
        """Remember where everything is."""
        group = _screens()
        self._kept.setValue(f"{group}/geometry", window.saveGeometry())
        self._kept.setValue(f"{group}/state", window.saveState(LAYOUT))
        self._kept.sync()


def smallest_size(screen: QScreen) -> QSize:
    """The least that a window with all its panels needs; never more than a screen has beside a title bar."""
    return QSize(1000, 640).boundedTo(screen.availableSize() - QSize(0, _TITLE_BAR))


def first_geometry() -> QRect:
    """A good first size: most of the screen, centred, never larger than it."""
    screen = QGuiApplication.primaryScreen().availableGeometry()
    width, height = min(1600, round(screen.width() * 0.9)), min(1000, round(screen.height() * 0.9))
    box = QRect(0, 0, max(width, min(1280, screen.width())), max(height, min(720, screen.height())))
    box.moveCenter(screen.center())
    return box


def _screens() -> str:
    names = [f"{s.geometry().width()}x{s.geometry().height()}" for s in QGuiApplication.screens()]
    return "screens_" + "_".join(sorted(names))
