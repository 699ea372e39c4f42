"""What lies over the timeline's layers and moves: playhead, threshold line, selection, window of the overview."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from vidstudio.ui.views.timeline_layers import Ink, Places
from vidstudio.ui.views.timeline_model import TimeView


def draw_window(painter: QPainter, places: Places, view: TimeView, ink: Ink) -> None:
    """Frame on the overview around what is on screen."""
    whole = TimeView.fitted(view.duration_us, max(1, int(places.overview.width())))
    x0, x1 = whole.x_of(view.start_us), whole.x_of(view.end_us)
    painter.setPen(QPen(ink.text, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    left, bottom = places.overview.left(), places.overview.bottom()
    painter.drawRoundedRect(QRectF(round(left + x0) + 0.5, 0.5, max(4.0, round(x1 - x0)), bottom + 1), 2, 2)


def draw_playhead(painter: QPainter, places: Places, x: float, ink: Ink) -> None:
    """Line from the ruler to the lower lane."""
    x, top = round(x) + 0.5, places.ruler.top()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink.text, 1.5))
    painter.drawLine(QLineF(x, top + 8, x, places.lanes[1].bottom()))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.text)
    painter.drawPolygon(QPolygonF([QPointF(x - 5, top), QPointF(x + 5, top), QPointF(x, top + 9)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def draw_selection(painter: QPainter, places: Places, x0: float, x1: float, ink: Ink) -> None:
    """Box around the chosen edit, over both lanes."""
    top = places.lanes[0].top()
    box = QRectF(x0, top, max(3.0, x1 - x0), places.lanes[1].bottom() - top)
    fill = QColor(ink.accent)
    fill.setAlpha(28)
    painter.setPen(QPen(ink.accent, 2))
    painter.setBrush(fill)
    painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 3, 3)


def draw_threshold(painter: QPainter, places: Places, threshold: float, held: bool, ink: Ink) -> None:
    """The threshold on the curve, with its value on a handle at the right."""
    y = places.threshold_y(threshold)
    painter.setPen(QPen(ink.accent, 2.5 if held else 1.5, Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(places.curve.left(), y, places.curve.right(), y))
    words = f"{threshold:.3f}"
    wide = painter.fontMetrics().horizontalAdvance(words) + 12
    high = painter.fontMetrics().height() + 2
    middle = min(max(y, places.curve.top() + high / 2), places.curve.bottom() - high / 2)
    chip = QRectF(places.curve.right() - wide, middle - high / 2, wide, high)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.accent)
    painter.drawRoundedRect(chip, 4, 4)
    painter.setPen(ink.on_accent)
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, words)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
