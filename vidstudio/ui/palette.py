"""Ctrl+K: every action by name. Type a few letters, arrow to the one wanted, Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from vidstudio.ui.action_table import ACTIONS
from vidstudio.ui.actions import Actions, action_text, menu_text
from vidstudio.ui.theme import tokens

_ACTION = Qt.ItemDataRole.UserRole
_KEYS = Qt.ItemDataRole.UserRole + 1


def match(wanted: str, text: str) -> float | None:
    """How well `wanted` fits `text` (higher is better), or None when its letters are not there in order.

    Letters at the start of words and runs of letters count most; a shorter text wins a tie.
    """
    needle, hay = wanted.casefold().replace(" ", ""), text.casefold()
    score, at, last = 0.0, 0, -2
    for letter in needle:
        found = hay.find(letter, at)
        start = next((i for i in range(at, len(hay)) if hay[i] == letter and (i == 0 or not hay[i - 1].isalnum())), -1)
        if found < 0:
            return None
        if found != last + 1 and start >= 0:
            found = start
        score += 3.0 if found == last + 1 else 2.0 if found == start else 0.5
        last, at = found, found + 1
    return score - len(text) / 200


class _Rows(QStyledItemDelegate):
    """An action's name at the left, its keys at the right."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(tokens().muted)
        box = option.rect.adjusted(8, 0, -12, 0)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, index.data(_KEYS) or "")
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, 32)


class CommandPalette(QDialog):
    """A field and the actions that fit it; what cannot be done now is shown greyed, with its place."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._actions = actions
        self.setAccessibleName(self.tr("All actions"))
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("What do you want to do?"))
        self.field.setAccessibleName(self.tr("Search actions"))
        self.field.setMinimumHeight(36)
        self.list = QListWidget(self)
        self.list.setAccessibleName(self.tr("Actions that fit"))
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setIconSize(QSize(18, 18))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.nothing = QLabel(self.tr("No action fits. Try fewer letters."), self)
        self.nothing.setProperty("muted", True)
        self.nothing.setMargin(12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(self.nothing)
        self.resize(560, 420)
        self.field.textChanged.connect(self._show)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        self._show("")

    def open_over(self, window: QWidget) -> None:
        """Show it at the top middle of the window, ready to type."""
        self.field.clear()
        self._show("")
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - self.width()) // 2, corner.y() + 72)
        self.show()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the field work on the list."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}.get(
                Qt.Key(event.key())
            )
            if step is not None and self.list.count():
                row = self.list.currentRow() + step
                self.list.setCurrentRow(max(0, min(row, self.list.count() - 1)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if item := self.list.currentItem():
                    self._run(item)
                return True
        return False

    def _show(self, wanted: str) -> None:
        rows: list[tuple[bool, float, int, QListWidgetItem]] = []
        for order, one in enumerate(ACTIONS):
            if one.id == "tools.palette":
                continue
            text = action_text(one)
            place = menu_text(one.menu).replace("&", "")
            score = match(wanted, text)
            if score is None and (in_menu := match(wanted, f"{place} {text}")) is not None:
                score = in_menu - 2
            if score is None:
                continue
            action = self._actions.action(one.id)
            item = QListWidgetItem(action.icon(), f"{text}    ")
            item.setData(_ACTION, one.id)
            keys = action.shortcuts()
            item.setData(_KEYS, keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else place)
            if not action.isEnabled():
                item.setFlags(Qt.ItemFlag.ItemIsSelectable)
            rows.append((not action.isEnabled(), -score if wanted else 0.0, order, item))
        self.list.clear()
        for *_, item in sorted(rows, key=lambda row: row[:3]):
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(rows))
        self.nothing.setVisible(not rows)

    def _run(self, item: QListWidgetItem) -> None:
        action: QAction = self._actions.action(item.data(_ACTION))
        if action.isEnabled():
            self.hide()
            action.trigger()
