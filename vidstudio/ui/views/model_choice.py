"""Chooses what pictures are judged by: the basic embedder, a known model with its state, or any other."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QInputDialog, QPushButton, QWidget

from vidstudio.engine.clouds.marengo import MODELS
from vidstudio.engine.models.weights import KNOWN, is_hub_name
from vidstudio.engine.sizes import size_text
from vidstudio.player.signals import signal
from vidstudio.ui.state.models import BASIC, ModelsState
from vidstudio.ui.views.fetch_weights import FetchDialog

OTHER, FOLDER = "\0other", "\0folder"


class ModelChoice(QWidget):
    """A list, and a button that fetches what is not here. `chosen` tells a name or an absolute folder."""

    chosen = signal(str)

    def __init__(self, state: ModelsState | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.value = BASIC
        self.list = QComboBox(self)
        self.list.activated.connect(self._activated)
        self.fetch = QPushButton(self.tr("Fetch…"), self)
        self.fetch.clicked.connect(self.fetch_weights)
        self.fetch.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.list, 1)
        row.addWidget(self.fetch)
        self.setFocusProxy(self.list)
        if state is not None:
            state.changed.connect(self._fill)
            state.look()
        self._fill()

    def show_value(self, value: str) -> None:
        """Show what is chosen."""
        self.value = value
        self._fill()

    def fetch_weights(self) -> None:
        """Open the dialog that fetches the chosen model."""
        if self._state is not None:
            dialog = FetchDialog(self._state, self.value, self)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _fill(self) -> None:
        here = self._state.here if self._state is not None else {}
        self.list.clear()
        self.list.addItem(self.tr("Basic (no weights)"), BASIC)
        for model in KNOWN:
            self.list.addItem(f"{model.title} · {size_text(model.size_bytes)} · {self._words(model.name)}", model.name)
            self.list.setItemData(
                self.list.count() - 1, f"{model.name}: {model.about} ({model.licence})", Qt.ItemDataRole.ToolTipRole
            )
        for cloud in MODELS:
            self.list.addItem(self.tr("{0} · cloud, paid").format(cloud.title), cloud.name)
            self.list.setItemData(self.list.count() - 1, cloud.about, Qt.ItemDataRole.ToolTipRole)
        known = {BASIC, *(model.name for model in KNOWN), *(cloud.name for cloud in MODELS)}
        for name in sorted({*here, self.value} - known):
            state = self._words(name)
            self.list.addItem(f"{name} · {state}" if is_hub_name(name) else name, name)
        self.list.insertSeparator(self.list.count())
        self.list.addItem(self.tr("Another model of the hub…"), OTHER)
        self.list.addItem(self.tr("A model's folder…"), FOLDER)
        self.list.setCurrentIndex(self.list.findData(self.value))
        known_state = here[self.value].state if self.value in here else "absent"
        wanted = self._state is not None and is_hub_name(self.value) and known_state != "here"
        self.fetch.setVisible(wanted)
        self.fetch.setText(self.tr("Go on…") if known_state == "part" else self.tr("Fetch…"))
        self.fetch.setAccessibleName(self.tr("Fetch the weights of {0}").format(self.value))

    def _words(self, name: str) -> str:
        if self._state is None or name not in self._state.here:
            return self.tr("not here")
        return self.tr("here") if self._state.here[name].state == "here" else self.tr("here in part")

    def _activated(self, index: int) -> None:
        value = str(self.list.itemData(index))
        if value == OTHER:
            value = self._ask_name()
        elif value == FOLDER:
            folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of a model"), "")
            value = str(Path(folder).resolve()) if folder else ""
        if value and value != self.value:
            self.value = value
            self.chosen.emit(value)
        self._fill()

    def _ask_name(self) -> str:
        name, ok = QInputDialog.getText(
            self,
            self.tr("Another model"),
            self.tr("Name of an image model with safetensors weights, such as {0}").format(KNOWN[0].name),
        )
        return name.strip() if ok else ""
