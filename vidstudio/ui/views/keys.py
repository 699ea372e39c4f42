"""Lets a widget have keys for itself that are shortcuts of the window elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

_KEYS = Qt.Key
TAB = (_KEYS.Key_Tab, _KEYS.Key_Backtab)
ARROWS = (_KEYS.Key_Left, _KEYS.Key_Right, _KEYS.Key_Up, _KEYS.Key_Down)
MOVES = (*ARROWS, _KEYS.Key_Home, _KEYS.Key_End, _KEYS.Key_PageUp, _KEYS.Key_PageDown)
UP_AND_DOWN = (_KEYS.Key_Up, _KEYS.Key_Down, _KEYS.Key_Home, _KEYS.Key_End)
PRESS = (_KEYS.Key_Space,)


def keep_keys(widget: QWidget, *keys: Qt.Key) -> None:
    """While `widget` has the keys, these, without Ctrl or Alt, go to it and not to the window's shortcuts."""
    widget.installEventFilter(_Keeper(widget, frozenset(keys)))


class _Keeper(QObject):
    def __init__(self, widget: QWidget, keys: frozenset[Qt.Key]) -> None:
        super().__init__(widget)
        self._keys = keys

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
            if event.key() in self._keys and plain == Qt.KeyboardModifier.NoModifier:
                event.accept()
                return True
        return False
