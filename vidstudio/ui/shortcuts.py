"""Keys that a widget with the focus keeps for itself go before the shortcuts of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

STAGE_KEYS = "stageKeys"
"""Dynamic property of widgets on which Tab means "A, B or both" and all shortcuts work."""


class ShortcutGuard(QObject):
    """Lets the widget that has the keys keep those it needs: letters in a text field, arrows in a list.

    It watches only that one widget, not every event of the application.
    """

    def __init__(self, app: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent or app)
        app.focusChanged.connect(self._move)

    def _move(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None:
            old.removeEventFilter(self)
        if new is not None:
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Accepting the override turns the key into an ordinary key press."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        from vidstudio.ui.keys import keeps

        if keeps(watched, event.key(), event.modifiers(), on_stage=bool(watched.property(STAGE_KEYS))):
            event.accept()
            return True
        return False
