"""The timeline with its legend, hover text, zoom buttons and scroll bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollBar, QSizePolicy, QVBoxLayout, QWidget

from vidstudio.engine.types import EditKind
from vidstudio.ui.actions import Actions
from vidstudio.ui.kinds import KINDS, kind_mark, kind_text
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.theme import number_font, small_font
from vidstudio.ui.views.timeline import Timeline
from vidstudio.ui.views.words import kind_help

_STEPS = 10_000


class LegendKey(QWidget):
    """The shape, colour and word of one kind."""

    def __init__(self, kind: EditKind, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.setFont(small_font())
        self.set_aligned(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_aligned(self, aligned: bool) -> None:
        """Say what the kind is where videos were aligned, or were not."""
        self.setToolTip(kind_help(self.kind, aligned))
        self.setAccessibleName(kind_text(self.kind, aligned))
        self.setAccessibleDescription(kind_help(self.kind, aligned))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the mark and the word."""
        return QSize(18 + self.fontMetrics().horizontalAdvance(self.accessibleName()), 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mark, then the word."""
        painter = QPainter(self)
        kind_mark(painter, QRectF(0, (self.height() - 11) / 2, 11, 11), self.kind)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(
            QRectF(16, 0, self.width(), self.height()), Qt.AlignmentFlag.AlignVCenter, self.accessibleName()
        )
        painter.end()


class TimelinePanel(QWidget):
    """Timeline and what belongs to it."""

    def __init__(self, state: CompareState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline = Timeline(state, self)
        self._legend = [LegendKey(kind, self) for kind in KINDS]
        self._words = QLabel(self)
        self._words.setFont(small_font(number_font()))
        self._words.setProperty("muted", True)
        self._words.setAccessibleName(self.tr("Under the cursor"))
        self.scroller = QScrollBar(Qt.Orientation.Horizontal, self)
        self.scroller.setAccessibleName(self.tr("Scroll the timeline"))
        self.scroller.setSingleStep(_STEPS // 100)
        head = QHBoxLayout()
        head.setContentsMargins(12, 2, 8, 0)
        head.setSpacing(12)
        for key in self._legend:
            head.addWidget(key)
        head.addStretch(1)
        head.addWidget(self._words)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for one in ("timeline.zoom_out", "timeline.zoom_fit", "timeline.zoom_in"):
            buttons.addWidget(actions.button(one, self))
        head.addLayout(buttons)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addLayout(head)
        rows.addWidget(self.timeline, 1)
        rows.addWidget(self.scroller)
        self.timeline.hovered.connect(self._words.setText)
        self.timeline.view_changed.connect(self._show_view)
        self.scroller.valueChanged.connect(self._scrolled)
        state.comparison_changed.connect(self._name_kinds)
        state.edits_changed.connect(self._show_legend)
        self._state = state
        self._show_legend()
        self._show_view()

    def _name_kinds(self) -> None:
        for key in self._legend:
            key.set_aligned(self._state.aligned)
        self._show_legend()

    def _show_legend(self) -> None:
        found = self._state.comparison is not None
        for key in self._legend:
            key.setVisible(found and self._state.is_possible(key.kind))

    def _show_view(self) -> None:
        view = self.timeline.time_view
        total = max(1.0, float(view.duration_us))
        page = min(1.0, view.width * view.us_per_px / total)
        self.scroller.blockSignals(True)
        self.scroller.setPageStep(max(1, round(page * _STEPS)))
        self.scroller.setRange(0, _STEPS - self.scroller.pageStep())
        self.scroller.setValue(round(view.start_us / total * _STEPS))
        self.scroller.setEnabled(page < 1)
        self.scroller.blockSignals(False)

    def _scrolled(self, value: int) -> None:
        view = self.timeline.time_view
        start = value / _STEPS * view.duration_us
        self.timeline.set_view(view.panned((view.start_us - start) / view.us_per_px))
