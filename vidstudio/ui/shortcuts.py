"""Keys: which widget may keep one for itself, and the page that lists them all."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from vidstudio.ui.action_table import ACTIONS, MENUS
from vidstudio.ui.actions import action_text, menu_text

STAGE_KEYS = "stageKeys"
"""Dynamic property of widgets on which Tab means "A, B or both" and all shortcuts work."""

_Key = Qt.Key
_MOVES = {_Key.Key_Up, _Key.Key_Down, _Key.Key_Left, _Key.Key_Right, _Key.Key_Home, _Key.Key_End}
_PAGES = {_Key.Key_PageUp, _Key.Key_PageDown}
_PRESSES = {_Key.Key_Space, _Key.Key_Return, _Key.Key_Enter}
_DELETES = {_Key.Key_Backspace, _Key.Key_Delete}


def keeps(widget: QObject, key: int, modifiers: Qt.KeyboardModifier) -> bool:
    """Whether the widget with the keys needs this key for itself, so that no shortcut may take it."""
    if modifiers & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
        return (
            isinstance(widget, (QLineEdit, QTextEdit, QPlainTextEdit))
            and bool(modifiers & Qt.KeyboardModifier.ControlModifier)
            and key in {_Key.Key_V, _Key.Key_Z, _Key.Key_Y, _Key.Key_Left, _Key.Key_Right}
        )
    if key in {_Key.Key_Tab, _Key.Key_Backtab}:
        return not widget.property(STAGE_KEYS)
    if widget.property(STAGE_KEYS):
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
        if keeps(watched, event.key(), event.modifiers()):
            event.accept()
            return True
        return False


class ShortcutList(QDialog):
    """All actions with their keys, by menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(560, 640)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search actions and keys"))
        self.search.setAccessibleName(self.tr("Search actions and keys"))
        self.search.setClearButtonEnabled(True)
        self.list = QTreeWidget(self)
        self.list.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self.list.setAccessibleName(self.tr("Actions and their keys"))
        self.list.setRootIsDecorated(False)
        self.list.setStyleSheet("QTreeView::item { padding: 3px 0; }")
        self.list.setColumnWidth(0, 340)
        self._rows: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        self._fill()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        layout.addWidget(buttons)
        self.search.textChanged.connect(self._filter)
        self.search.setFocus()

    def _fill(self) -> None:
        for menu in MENUS:
            head = QTreeWidgetItem([menu_text(menu).replace("&", ""), ""])
            font = head.font(0)
            font.setBold(True)
            head.setFont(0, font)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.list.addTopLevelItem(head)
            rows = []
            for one in (row for row in ACTIONS if row.menu == menu):
                keys = [
                    QKeySequence.fromString(key).toString(QKeySequence.SequenceFormat.NativeText)
                    for key in one.shortcuts
                ]
                row = QTreeWidgetItem([action_text(one), "  ".join(keys)])
                if one.tooltip:
                    row.setToolTip(0, QCoreApplication.translate("Actions", one.tooltip))
                head.addChild(row)
                rows.append(row)
            self._rows.append((head, rows))
        self.list.expandAll()

    def _filter(self, text: str) -> None:
        wanted = text.casefold().strip()
        for head, rows in self._rows:
            fitting = [row for row in rows if wanted in f"{row.text(0)} {row.text(1)}".casefold()]
            for row in rows:
                row.setHidden(row not in fitting)
            head.setHidden(not fitting)
