"""How a kind of difference is drawn: the theme's colour and a shape of its own, so that colour is never alone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QApplication

from vidstudio.engine.types import EditKind
from vidstudio.engine.verdict import is_surplus
from vidstudio.ui.theme import tokens

KINDS: tuple[EditKind, ...] = ("same", "changed", "inserted", "removed", "moved", "retimed")


def kind_text(kind: EditKind, aligned: bool = True) -> str:
    """The kind's name for people."""
    if is_surplus(kind, aligned):
        return QCoreApplication.translate("Kinds", "Surplus")
    names: dict[EditKind, str] = {
        "same": QCoreApplication.translate("Kinds", "Same"),
        "changed": QCoreApplication.translate("Kinds", "Changed"),
        "inserted": QCoreApplication.translate("Kinds", "Inserted"),
        "removed": QCoreApplication.translate("Kinds", "Removed"),
        "moved": QCoreApplication.translate("Kinds", "Moved"),
        "retimed": QCoreApplication.translate("Kinds", "Retimed"),
    }
    return names[kind]


def kind_mark(painter: QPainter, rect: QRect | QRectF, kind: EditKind, colour: QColor | None = None) -> None:
    """Draw the kind's shape into the largest centred square of `rect`, in the theme's colour unless another is given.

    same: bar, changed: diamond, inserted: plus, removed: cross, moved: arrow, retimed: hourglass.
    """
    box = QRectF(rect)
    side = min(box.width(), box.height())
    x, y = box.center().x() - side / 2, box.center().y() - side / 2
    ink = colour if colour is not None else tokens(QApplication.instance()).kind(kind)  # type: ignore[arg-type]

    def at(*points: tuple[float, float]) -> QPolygonF:
        return QPolygonF([QPointF(x + side * px, y + side * py) for px, py in points])

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(ink)
    painter.setPen(Qt.PenStyle.NoPen)
    if kind == "same":
        painter.drawRoundedRect(QRectF(x + side * 0.12, y + side * 0.4, side * 0.76, side * 0.2), 1, 1)
    elif kind == "changed":
        painter.drawPolygon(at((0.5, 0.02), (0.98, 0.5), (0.5, 0.98), (0.02, 0.5)))
    elif kind == "moved":
        painter.drawPolygon(
            at((0.02, 0.36), (0.5, 0.36), (0.5, 0.08), (0.98, 0.5), (0.5, 0.92), (0.5, 0.64), (0.02, 0.64))
        )
    elif kind == "retimed":
        painter.drawPolygon(at((0.1, 0.04), (0.9, 0.04), (0.5, 0.5)))
        painter.drawPolygon(at((0.1, 0.96), (0.9, 0.96), (0.5, 0.5)))
    else:
        painter.setPen(QPen(ink, max(1.5, side * 0.24), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        low, high = (0.14, 0.86) if kind == "inserted" else (0.18, 0.82)
        ends = (
            (((0.5, low), (0.5, high)), ((low, 0.5), (high, 0.5)))
            if kind == "inserted"
            else (((low, low), (high, high)), ((low, high), (high, low)))
        )
        for (x0, y0), (x1, y1) in ends:
            painter.drawLine(QPointF(x + side * x0, y + side * y0), QPointF(x + side * x1, y + side * y1))
    painter.restore()
