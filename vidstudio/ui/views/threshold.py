"""The threshold: slider, field and choice of distance. Re-colours while it is dragged; one undo step a drag."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QLabel, QSlider, QWidget

from vidstudio.engine.types import METRICS
from vidstudio.ui.state.compare import MAX_DISTANCE, CompareState
from vidstudio.ui.theme import number_font
from vidstudio.ui.views.timeline_model import scale_distance, scale_position
from vidstudio.ui.views.words import metric_word

_STEPS = 1000


class ThresholdPanel(QWidget):
    """Edits threshold and metric of a CompareState."""

    def __init__(self, state: CompareState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self.slider.setSingleStep(5)
        self.slider.setPageStep(50)
        self.slider.setAccessibleName(self.tr("Threshold"))
        self.slider.setToolTip(self.tr("Distance from which a segment counts as different"))
        self.field = QDoubleSpinBox(self)
        self.field.setRange(0.0, MAX_DISTANCE)
        self.field.setDecimals(3)
        self.field.setSingleStep(0.005)
        self.field.setKeyboardTracking(False)
        self.field.setFont(number_font())
        self.field.lineEdit().setTextMargins(4, 0, 0, 0)
        self.field.setAccessibleName(self.tr("Threshold value"))
        self.metrics = QComboBox(self)
        for metric in METRICS:
            self.metrics.addItem(metric_word(metric), metric)
        self.metrics.setAccessibleName(self.tr("Distance"))
        self.metrics.setToolTip(self.tr("How the distance of two segments is measured"))
        heading = QLabel(self.tr("Th&reshold"), self)
        heading.setProperty("heading", True)
        heading.setBuddy(self.slider)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        grid.addWidget(heading, 0, 0)
        grid.addWidget(self.metrics, 0, 1)
        grid.addWidget(self.slider, 1, 0)
        grid.addWidget(self.field, 1, 1)
        grid.setColumnStretch(0, 1)
        self.slider.sliderPressed.connect(state.begin_threshold)
        self.slider.sliderReleased.connect(state.end_threshold)
        self.slider.valueChanged.connect(self._slid)
        self.field.valueChanged.connect(self._typed)
        self.metrics.activated.connect(self._chosen)
        state.threshold_changed.connect(self._show)
        state.metric_changed.connect(self._show)
        self._show()

    def nudge(self, steps: int) -> None:
        """Up or down by a small step, as keys do."""
        place = round(scale_position(self._state.threshold) * _STEPS) + 5 * steps
        self._state.decide_threshold(scale_distance(place / _STEPS))

    def _slid(self, value: int) -> None:
        distance = scale_distance(value / _STEPS)
        if self.slider.isSliderDown():
            self._state.set_threshold(distance)
        else:
            self._state.decide_threshold(distance)

    def _typed(self, value: float) -> None:
        self._state.decide_threshold(value)

    def _chosen(self, index: int) -> None:
        self._state.decide_metric(METRICS[index])

    def _show(self) -> None:
        blocked = [QSignalBlocker(widget) for widget in (self.slider, self.field, self.metrics)]
        place = round(scale_position(self._state.threshold) * _STEPS)
        if self.slider.value() != place:
            self.slider.setValue(place)
        self.field.setValue(self._state.threshold)
        self.metrics.setCurrentIndex(METRICS.index(self._state.metric))
        for blocker in blocked:
            blocker.unblock()
