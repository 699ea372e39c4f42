"""The settings: few, each in plain words, applied at once; there is no OK to press."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.settings import Settings
from vidstudio.engine.sizes import size_text
from vidstudio.engine.time import US
from vidstudio.ui.state.clouds import CloudsState
from vidstudio.ui.state.models import ModelsState
from vidstudio.ui.state.settings import SettingsState
from vidstudio.ui.state.space import SpaceState
from vidstudio.ui.views.cloud_keys import CloudKeys
from vidstudio.ui.views.forms import choice, form, hint
from vidstudio.ui.views.model_choice import ModelChoice

_GB = 1_000_000_000


class SettingsDialog(QDialog):
    """Shows the preferences and changes them as they are touched."""

    def __init__(
        self,
        state: SettingsState,
        models_folder: Path,
        parent: QWidget | None = None,
        models: ModelsState | None = None,
        space: SpaceState | None = None,
        clouds: CloudsState | None = None,
    ) -> None:
        super().__init__(parent)
        self._models = models
        self._space = space
        self._state = state
        self._models_folder = models_folder
        self._showing = False
        self.setWindowTitle(self.tr("Settings"))
        self.setMinimumWidth(520)
        self._form = form(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self._look_and_feel()
        self._comparing()
        self._keeping()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        defaults = buttons.addButton(self.tr("Back to defaults"), QDialogButtonBox.ButtonRole.ResetRole)
        defaults.clicked.connect(self._to_defaults)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(24)
        if clouds is None:
            column.addLayout(self._form)
        else:
            column.addWidget(self._in_tabs(clouds))
        column.addWidget(buttons)
        self._show(state.value)
        # a dialog that is not told would be cut at two thirds of a small screen
        self.resize(self.minimumWidth(), column.totalHeightForWidth(self.minimumWidth()))
        state.changed.connect(self._show)

    def _in_tabs(self, clouds: CloudsState) -> QTabWidget:
        """The preferences, and beside them the keys, which are none: they are not kept with them."""
        tabs = QTabWidget(self)
        tabs.setDocumentMode(True)
        preferences = QWidget(tabs)
        preferences.setLayout(self._form)
        self.cloud_keys = CloudKeys(clouds, tabs)
        for page, title in ((preferences, self.tr("Preferences")), (self.cloud_keys, self.tr("Cloud keys"))):
            layout = page.layout()
            assert layout is not None
            layout.setContentsMargins(0, 16, 0, 0)
            tabs.addTab(page, title)
        return tabs

    def _look_and_feel(self) -> None:
        self.theme = choice(
            self, ("dark", self.tr("Dark")), ("light", self.tr("Light")), ("system", self.tr("As the system"))
        )
        self.theme.currentIndexChanged.connect(lambda: self._set(theme=self.theme.currentData()))
        self._row(self.tr("Theme"), self.theme)
        self.time_display = choice(
            self,
            ("timecode", self.tr("Time code 00:01:02:03")),
            ("frames", self.tr("Frame numbers")),
            ("seconds", self.tr("Seconds")),
        )
        self.time_display.currentIndexChanged.connect(lambda: self._set(time_display=self.time_display.currentData()))
        self._row(self.tr("Times as"), self.time_display)
        self.reduce_motion = QCheckBox(self.tr("Show changes without animation"), self)
        self.reduce_motion.toggled.connect(lambda on: self._set(reduce_motion=on))
        self._row(self.tr("Motion"), self.reduce_motion)

    def _comparing(self) -> None:
        self.segment = QDoubleSpinBox(self)
        self.segment.setRange(0.5, 60.0)
        self.segment.setSingleStep(0.5)
        self.segment.setDecimals(1)
        self.segment.setSuffix(self.tr(" s"))
        self.segment.setKeyboardTracking(False)
        self.segment.valueChanged.connect(lambda value: self._set(segment_us=round(value * US)))
        self._row(
            self.tr("Segment length"),
            self.segment,
            self.tr("Videos are compared in pieces of this length. Applies to the next comparison."),
        )
        self.embedder = ModelChoice(self._models, self)
        self.embedder.chosen.connect(lambda value: self._set(embedder=value))
        self._row(
            self.tr("Pictures are judged by"),
            self.embedder,
            self.tr(
                "Basic needs no download and no network. A cloud service gets whole files, and you are asked first."
                " Applies to the next comparison."
            ),
            named=self.embedder.list,
        )
        self.distance = choice(self, ("cosine", self.tr("Cosine")), ("euclidean", self.tr("Euclidean")))
        self.distance.currentIndexChanged.connect(lambda: self._set(metric=self.distance.currentData()))
        self._row(self.tr("Distance"), self.distance, self.tr("How new comparisons measure; each keeps its own."))
        self.threshold = QDoubleSpinBox(self)
        self.threshold.setRange(0.0, 2.0)
        self.threshold.setSingleStep(0.01)
        self.threshold.setDecimals(3)
        self.threshold.setKeyboardTracking(False)
        self.threshold.valueChanged.connect(lambda value: self._set(threshold=round(value, 3)))
        self._row(self.tr("Threshold"), self.threshold, self.tr("From this distance on a segment counts as different."))
        self.models = QLineEdit(self)
        self.models.setPlaceholderText(str(self._models_folder))
        self.models.setClearButtonEnabled(True)
        self.models.editingFinished.connect(lambda: self._set(models_folder=self.models.text().strip()))
        browse = QPushButton(self.tr("Choose…"), self)
        browse.setAccessibleName(self.tr("Choose the models folder"))
        browse.clicked.connect(self._browse)
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.models, 1)
        row.addWidget(browse)
        self._row(
            self.tr("Models folder"),
            line,
            self.tr("Where weights are kept; empty means the studio's own."),
            named=self.models,
        )

    def _keeping(self) -> None:
        self.limit = QDoubleSpinBox(self)
        self.limit.setRange(0.0, 100_000.0)
        self.limit.setDecimals(1)
        self.limit.setSuffix(self.tr(" GB"))
        self.limit.setSpecialValueText(self.tr("No limit"))
        self.limit.setKeyboardTracking(False)
        self.limit.valueChanged.connect(lambda value: self._set(results_limit_bytes=round(value * _GB)))
        self.limit.setMinimumHeight(28)
        self.clear_button = QPushButton(self.tr("Clear"), self)
        self.clear_button.setAccessibleName(self.tr("Clear results that are not needed"))
        self.clear_button.setEnabled(False)
        self.used = QLabel(self)
        self.used.setProperty("muted", True)
        self.used.setMinimumWidth(76)
        line = QWidget(self)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.limit, 1)
        row.addWidget(self.used)
        row.addWidget(self.clear_button)
        self._row(
            self.tr("Keep results up to"),
            line,
            self.tr("Beyond that what was used longest ago goes; never what a project shows."),
            named=self.limit,
        )
        if self._space is not None:
            self.clear_button.clicked.connect(self._space.clear)
            self._space.changed.connect(self._show_space)
            self._space.look()

    def _show_space(self) -> None:
        now = self._space.now if self._space is not None else None
        if now is not None:
            self.used.setText(self.tr("{0} used").format(size_text(now.used_bytes)))
            self.clear_button.setEnabled(now.used_bytes > now.needed_bytes)

    def _row(self, text: str, field: QWidget, about: str = "", named: QWidget | None = None) -> None:
        (named or field).setAccessibleName(text)
        if about:
            (named or field).setAccessibleDescription(about)
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(field)
        if isinstance(field, QDoubleSpinBox):
            field.setMinimumHeight(28)
        if about:
            column.addWidget(hint(about, self))
        title = QLabel(text, self)
        title.setBuddy(named or field)
        title.setContentsMargins(0, 6, 0, 0)
        self._form.addRow(title, holder)

    def _show(self, settings: Settings) -> None:
        self._showing = True
        self.theme.setCurrentIndex(self.theme.findData(settings.theme))
        self.time_display.setCurrentIndex(self.time_display.findData(settings.time_display))
        self.reduce_motion.setChecked(settings.reduce_motion)
        self.segment.setValue(settings.segment_us / US)
        self.embedder.show_value(settings.embedder)
        self.distance.setCurrentIndex(self.distance.findData(settings.metric))
        self.threshold.setValue(settings.threshold)
        self.models.setText(settings.models_folder)
        self.limit.setValue(settings.results_limit_bytes / _GB)
        self._showing = False

    def _set(self, **values: object) -> None:
        if not self._showing:
            self._state.set(**values)

    def _to_defaults(self) -> None:
        plain = Settings()
        self._state.set(**{name: getattr(plain, name) for name in Settings.__slots__})

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Models folder"), self.models.text())
        if folder:
            self.models.setText(folder)
            self._set(models_folder=folder)
