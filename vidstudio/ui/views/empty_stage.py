"""What the stage says while nothing is on it: what to do first, or what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from vidstudio.ui.icons import icon


class EmptyStage(QWidget):
    """A picture, two lines and two buttons in the middle of the stage."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QLabel(self)
        self.title = QLabel(self)
        self.title.setProperty("title", True)
        self.title.setMinimumWidth(420)
        self.hint = QLabel(self)
        self.hint.setProperty("muted", True)
        self.open_button = QPushButton(self.tr("Add videos…"), self)
        self.open_button.setProperty("primary", True)
        self.demo_button = QPushButton(self.tr("Open the demo project"), self)
        rows = QVBoxLayout(self)
        rows.setSpacing(16)
        rows.addStretch(1)
        for label in (self._picture, self.title, self.hint):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            rows.addWidget(label)
        for button in (self.open_button, self.demo_button):
            rows.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        rows.addStretch(1)
        self.say_missing(())

    def say_missing(self, names: Sequence[str]) -> None:
        """Say which files of the stage are not there; with none, what to do first."""
        self._picture.setPixmap(icon("warning" if names else "compare").pixmap(48, 48))
        self.demo_button.setVisible(not names)
        if not names:
            self.title.setText(self.tr("Drop one video to explore it, two to compare them"))
            self.hint.setText(self.tr("Everything stays on this machine. Your files are never changed."))
        else:
            text = self.tr("{0} is missing") if len(names) == 1 else self.tr("{0} are missing")
            self.title.setText(text.format(self.tr(" and ").join(names)))
            self.hint.setText(self.tr("It is shown again as soon as every file of it is there."))
