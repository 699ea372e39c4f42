"""Which widget needs which key for itself.

Imported with the first key that is pressed: Qt's names of all keys take a while to make.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)

_Key = Qt.Key
_MOVES = {_Key.Key_Up, _Key.Key_Down, _Key.Key_Left, _Key.Key_Right, _Key.Key_Home, _Key.Key_End}
_PAGES = {_Key.Key_PageUp, _Key.Key_PageDown}
_PRESSES = {_Key.Key_Space, _Key.Key_Return, _Key.Key_Enter}
_DELETES = {_Key.Key_Backspace, _Key.Key_Delete}


def keeps(widget: QObject, key: int, modifiers: Qt.KeyboardModifier, *, on_stage: bool) -> bool:
    """Whether the widget with the keys needs this key for itself, so that no shortcut may take it.

    on_stage: it is one on which all shortcuts work.
    """
    if modifiers & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
        return (
            isinstance(widget, (QLineEdit, QTextEdit, QPlainTextEdit))
            and bool(modifiers & Qt.KeyboardModifier.ControlModifier)
            and key in {_Key.Key_V, _Key.Key_Z, _Key.Key_Y, _Key.Key_Left, _Key.Key_Right}
        )
    if key in {_Key.Key_Tab, _Key.Key_Backtab}:
        return not on_stage
    if on_stage:
        return False
    if isinstance(widget, (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox)):
        is_step = key in {_Key.Key_Up, _Key.Key_Down} and isinstance(widget, QLineEdit)
        return key in _MOVES | _PAGES | _PRESSES | _DELETES or key < _Key.Key_Escape or is_step
    if isinstance(widget, QAbstractItemView):
        return key in _MOVES | _PAGES | {_Key.Key_Return, _Key.Key_Enter}
    if isinstance(widget, QComboBox):
        return key in _MOVES | _PAGES | _PRESSES
    if isinstance(widget, QAbstractSlider):
        return key in _MOVES | _PAGES
    if isinstance(widget, QAbstractButton):
        return key in _PRESSES
    return False
