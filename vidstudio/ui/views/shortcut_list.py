"""The page that lists all shortcuts."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from vidstudio.ui.action_table import ACTIONS, MENUS
from vidstudio.ui.actions import action_text, menu_text


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
