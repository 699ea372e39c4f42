"""Keys of cloud services in the settings: masked, with what is sent where, and buttons to add, try and remove."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from vidstudio.engine.clouds.vendors import Vendor
from vidstudio.ui.state.clouds import CloudsState, KeyRow
from vidstudio.ui.views.forms import hint
from vidstudio.ui.worker import Outcome


class CloudKeys(QWidget):
    """One line a service."""

    def __init__(self, state: CloudsState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        column = QVBoxLayout(self)
        column.setSpacing(20)
        self.lines = {row.vendor.name: KeyLine(state, row.vendor, self) for row in state.rows}
        for line in self.lines.values():
            column.addWidget(line)
        self.note = hint("", self)
        column.addWidget(self.note)
        column.addStretch(1)
        state.changed.connect(self._fill)
        self._fill()
        state.look()

    def _fill(self) -> None:
        for row in self._state.rows:
            self.lines[row.vendor.name].show_row(row)
        kept = self.tr("Keys are kept in the operating system's keyring and nowhere else.")
        lost = self.tr("This computer has no keyring: a key added here is forgotten when the window is closed.")
        free = self.tr("None is needed: everything has a way that stays on this computer.")
        self.note.setText(f"{kept if self._state.keeps else lost} {free}")


class KeyLine(QWidget):
    """One service: its key, what it is sent, and what can be done."""

    def __init__(self, state: CloudsState, vendor: Vendor, parent: QWidget) -> None:
        super().__init__(parent)
        self._state, self.vendor = state, vendor
        name = QLabel(vendor.title, self)
        self.key = QLabel(self)
        self.key.setTextFormat(Qt.TextFormat.PlainText)
        self.about = hint(self.tr("Sent to {0}: {1}.").format(vendor.host, vendor.sent), self)
        self.status = hint("", self)
        self.status.hide()
        self.add = self._button(self.tr("Add…"), self.ask)
        self.test = self._button(self.tr("Test"), self.try_key)
        self.remove = self._button(self.tr("Remove"), self.forget)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(name, 1)
        for button in (self.add, self.test, self.remove):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.key)
        column.addWidget(self.about)
        column.addWidget(self.status)
        self.show_row(KeyRow(vendor))

    def show_row(self, row: KeyRow) -> None:
        """Show which key there is."""
        sources = {
            "environment": self.tr("from the environment"),
            "keyring": self.tr("from the keyring"),
            "session": self.tr("until the window is closed"),
        }
        self.key.setText(f"{row.key} {sources[row.source]}" if row.source else self.tr("No key"))
        self.add.setText(self.tr("Replace…") if row.source in ("keyring", "session") else self.tr("Add…"))
        self.add.setEnabled(row.source != "environment")
        self.test.setVisible(row.vendor.testable)
        self.test.setEnabled(row.source is not None)
        self.remove.setEnabled(row.source in ("keyring", "session"))

    def ask(self) -> None:
        """Ask for a key; it is not shown."""
        words = self.tr("Key of {0}. You get one at {1}").format(self.vendor.title, self.vendor.key_page)
        value, ok = QInputDialog.getText(self, self.tr("Cloud key"), words, QLineEdit.EchoMode.Password)
        if ok and value.strip():
            self.set_key(value)

    def set_key(self, value: str) -> None:
        """Keep a key."""
        self._state.set_key(self.vendor, value, lambda outcome: self._told(outcome, self.tr("Kept.")))

    def try_key(self) -> None:
        """Ask the service whether it takes the key."""
        self.test.setEnabled(False)
        self._say(self.tr("Asking {0}…").format(self.vendor.host))

        def done(outcome: Outcome[None]) -> None:
            self.test.setEnabled(True)
            self._told(outcome, self.tr("{0} takes this key.").format(self.vendor.title))

        self._state.try_key(self.vendor, done)

    def forget(self) -> None:
        """Remove the key."""
        self._state.remove_key(self.vendor, lambda outcome: self._told(outcome, self.tr("Removed.")))

    def _told(self, outcome: Outcome[Any], good: str) -> None:
        if not outcome.cancelled:
            self._say(good if outcome.ok else str(outcome.error))

    def _say(self, text: str) -> None:
        self.status.setText(text)
        self.status.setVisible(bool(text))

    def _button(self, text: str, slot: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setAccessibleName(f"{text} {self.vendor.title}")
        button.clicked.connect(slot)
        return button
