"""Figures of the comparison at the current threshold."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vidstudio.engine.time import format_duration
from vidstudio.engine.types import EditKind
from vidstudio.ui.kinds import KINDS, kind_mark, kind_text
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.state.statistics import Statistics
from vidstudio.ui.theme import number_font, small_font, tokens


class KindCounts(QWidget):
    """Counts of the differences by kind, each beside its mark, and their shares as one bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures: Statistics | None = None
        self.setFont(small_font(number_font()))
        self.setAccessibleName(self.tr("Differences by kind"))

    def show_figures(self, figures: Statistics | None) -> None:
        """Show figures, or nothing."""
        if figures != self._figures:
            self._figures = figures
            aligned = figures is None or figures.aligned
            counts = figures.counts.items() if figures else ()
            words = ", ".join(f"{kind_text(kind, aligned)} {n}" for kind, n in counts if n)
            self.setAccessibleDescription(words)
            self.setToolTip(words)
            self.update()

    def sizeHint(self) -> QSize:
        """Bar and one line of counts."""
        return QSize(240, 34)

    def minimumSizeHint(self) -> QSize:
        """As high as it is."""
        return QSize(160, 34)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar over the counts."""
        if self._figures is None:
            return
        theme = tokens(self)
        painter = QPainter(self)
        total = max(1, sum(self._figures.times_us.values()))
        x = 0.0
        for kind in KINDS:
            wide = self.width() * self._figures.times_us.get(kind, 0) / total
            if wide > 0:
                painter.fillRect(QRectF(x, 0, max(1.0, wide), 8), theme.kind(kind))
            x += wide
        shown: list[EditKind] = [kind for kind in KINDS if kind != "same"]
        step = self.width() / len(shown)
        for place, kind in enumerate(shown):
            painter.setOpacity(1.0 if self._figures.counts.get(kind) else 0.45)
            kind_mark(painter, QRectF(place * step, 17, 12, 12), kind)
            painter.setPen(theme.text)
            words = QRectF(place * step + 17, 14, step - 17, 18)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, str(self._figures.counts.get(kind, 0)))
        painter.end()


class StatisticsPanel(QWidget):
    """How much is different, in one sentence and by kind."""

    def __init__(self, state: CompareState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._room = True
        self.sentence = QLabel(self)
        self.sentence.setProperty("heading", True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details = QLabel(self)
        self.details.setProperty("muted", True)
        self.details.setFont(small_font(number_font()))
        self.details.setWordWrap(True)
        self.counts = KindCounts(self)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        for widget in (self.sentence, self.counts, self.details):
            rows.addWidget(widget)
        state.comparison_changed.connect(self._show)
        state.edits_changed.connect(self._show)
        state.threshold_changed.connect(self._show)
        state.metric_changed.connect(self._show)
        self._show()

    def set_narrow(self, narrow: bool) -> None:
        """Leave the details to the tip of the sentence where there is little height, or show them."""
        self.details.setVisible(not narrow)

    def set_room(self, room: bool) -> None:
        """Whether there is room for the figures at all."""
        self._room = room
        self.setVisible(room and self._state.comparison is not None)

    def _show(self) -> None:
        compared = self._state.comparison is not None
        self.setVisible(compared and self._room)
        if not compared:
            self.counts.show_figures(None)
            return
        figures = self._state.statistics()
        self.sentence.setText(
            self.tr("{0} different ({1} of {2})").format(
                f"{figures.share:.1%}", format_duration(figures.different_us), format_duration(figures.duration_us)
            )
        )
        self.counts.show_figures(figures)
        words = [self.tr("{0} of {1} segments over the threshold").format(figures.segments_over, figures.segments)]
        if figures.median is not None and figures.largest is not None:
            words.append(
                self.tr("Distance: median {0}, largest {1}").format(f"{figures.median:.3f}", f"{figures.largest:.3f}")
            )
        self.details.setText("\n".join(words))
        more = self.tr("Edits count whatever the threshold is; it judges the segments between them.")
        self.sentence.setToolTip(f"{self.details.text()}\n{more}")
        self.details.setToolTip(more)
