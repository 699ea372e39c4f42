"""Asks whether something may be sent to a cloud service: what, where to, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPushButton, QVBoxLayout, QWidget

from vidstudio.engine.clouds.offers import Offer


class ConsentDialog(QDialog):
    """Accepted when the person says yes; No is what Return and Escape mean."""

    def __init__(self, offers: Sequence[Offer], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Send to a cloud service?"))
        self.setMinimumWidth(480)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        self.texts = []
        for offer in offers:
            title = QLabel(self.tr("Send to {0}?").format(offer.vendor.title), self)
            title.setProperty("title", True)
            text = QLabel(offer.text, self)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setWordWrap(True)
            self.texts.append(text)
            column.addWidget(title)
            column.addWidget(text)
        self.buttons = QDialogButtonBox(self)
        self.send = QPushButton(self.tr("Send"), self)
        self.buttons.addButton(self.send, QDialogButtonBox.ButtonRole.AcceptRole)
        self.keep = self.buttons.addButton(self.tr("Keep it here"), QDialogButtonBox.ButtonRole.RejectRole)
        self.keep.setDefault(True)
        self.send.setAutoDefault(False)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column.addWidget(self.buttons)
        self.keep.setFocus()
