"""Asks how a comparison video is to look, what is heard, and where it goes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.recipes.comparison_video import ENDINGS, VideoRequest
from vidstudio.ui.views.forms import choice, form

_MOVING = -1.0


class VideoExportDialog(QDialog):
    """Accepted: `request()` says what is wanted. Nothing is written here. heard: whether A and B have sound."""

    def __init__(self, suggested: Path, heard: tuple[bool, bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export comparison video"))
        self.setMinimumWidth(520)
        usual = VideoRequest(suggested)
        self._form = form()
        self.layout_box = choice(
            self, ("side", self.tr("Side by side")), ("wipe", self.tr("Wipe")), ("difference", self.tr("Difference"))
        )
        self.line = choice(
            self,
            (_MOVING, self.tr("Moves to and fro")),
            (0.25, self.tr("Stays at a quarter")),
            (0.5, self.tr("Stays in the middle")),
            (0.75, self.tr("Stays at three quarters")),
        )
        self.gain = QDoubleSpinBox(self)
        self.gain.setRange(0.5, 64)
        self.gain.setDecimals(1)
        self.gain.setPrefix("× ")
        self.gain.setValue(usual.gain)
        sides = (("b", self.tr("Of B"), heard[1]), ("a", self.tr("Of A"), heard[0]), ("none", self.tr("None"), True))
        self.sound = choice(self, *((side, words) for side, words, there in sides if there))
        self.sound.setEnabled(any(heard))
        self.size_box = choice(
            self,
            (1280, self.tr("Up to {0} wide").format(1280)),
            (1920, self.tr("Up to {0} wide").format(1920)),
            (3840, self.tr("Up to {0} wide").format(3840)),
        )
        self.size_box.setCurrentIndex(self.size_box.findData(usual.width))
        self.path = QLineEdit(str(suggested), self)
        browse = QPushButton(self.tr("Browse…"), self)
        browse.clicked.connect(self._browse)
        place = QHBoxLayout()
        place.addWidget(self.path, 1)
        place.addWidget(browse)
        for text, field in (
            (self.tr("Show"), self.layout_box),
            (self.tr("The line"), self.line),
            (self.tr("Differences"), self.gain),
            (self.tr("Sound"), self.sound),
            (self.tr("Size"), self.size_box),
        ):
            self._form.addRow(text, field)
            field.setAccessibleName(text)
        self._form.addRow(self.tr("File"), place)
        self.path.setAccessibleName(self.tr("File"))
        about = QLabel(
            self.tr(
                "Time codes and names are below the pictures. Where one version has nothing, its last picture is held,"
                " dimmed. The video is written in the background; the jobs panel shows how far it is."
            ),
            self,
        )
        about.setWordWrap(True)
        about.setProperty("muted", True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.start = QPushButton(self.tr("Write video"), self)
        self.start.setProperty("primary", True)
        self.start.setDefault(True)
        self.buttons.addButton(self.start, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(20)
        column.addLayout(self._form)
        column.addWidget(about)
        column.addWidget(self.buttons)
        self.layout_box.currentIndexChanged.connect(self._enable)
        self.path.textChanged.connect(self._enable)
        self._enable()

    def request(self) -> VideoRequest:
        """What is asked for."""
        line = self.line.currentData()
        wipes, differs = (self.layout_box.currentData() == kind for kind in ("wipe", "difference"))
        usual = VideoRequest(Path(self.path.text().strip()))
        return VideoRequest(
            usual.path,
            layout=self.layout_box.currentData(),
            sound=self.sound.currentData(),
            line=line if wipes and line != _MOVING else None,
            gain=self.gain.value() if differs else usual.gain,
            width=self.size_box.currentData(),
        )

    def _browse(self) -> None:
        kinds = self.tr("Videos") + f" ({' '.join(f'*{ending}' for ending in ENDINGS)})"
        name, _ = QFileDialog.getSaveFileName(self, self.windowTitle(), self.path.text(), kinds)
        if name:
            self.path.setText(name)

    def _enable(self) -> None:
        kind = self.layout_box.currentData()
        self._form.setRowVisible(self.line, kind == "wipe")
        self._form.setRowVisible(self.gain, kind == "difference")
        self.start.setEnabled(Path(self.path.text().strip()).suffix.lower() in ENDINGS)
