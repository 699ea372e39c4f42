"""Lets a person draw a rectangle on the picture of a screen, with the mouse or with the keys."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vidstudio.engine.ignore.rules import Region
from vidstudio.player.screen import Screen
from vidstudio.player.signals import signal

_LEAST = 0.01
_STEP = 0.01
_START = QRectF(0.4, 0.4, 0.2, 0.2)


@cache
def _steps() -> dict[int, tuple[float, float]]:
    # made with the first key: Qt's names of all keys take a while to make
    key = Qt.Key
    return {
        key.Key_Left: (-_STEP, 0.0),
        key.Key_Right: (_STEP, 0.0),
        key.Key_Up: (0.0, -_STEP),
        key.Key_Down: (0.0, _STEP),
    }


def _is_end(key: int) -> bool:
    return key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class RegionPicker(QWidget):
    """Lies over a Screen while a region is drawn. `chosen` carries the Region; `ended` comes in any case."""

    chosen = signal(Region)
    ended = signal()

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen)
        self._screen = screen
        self._from: QPointF | None = None
        self._rect: QRectF | None = None  # in shares of the picture
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Region to ignore"))
        self.setAccessibleDescription(self._hint())
        self.hide()

    def begin(self) -> None:
        """Ask for a region now."""
        self._from, self._rect = None, QRectF(_START)
        self.setGeometry(self._screen.rect())
        self._screen.resized.connect(self._fit)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def region(self) -> Region | None:
        """The region as it is drawn now."""
        rect = self._rect
        if rect is None or rect.width() < _LEAST or rect.height() < _LEAST:
            return None
        x, y = max(0.0, rect.x()), max(0.0, rect.y())
        return Region(x, y, min(rect.right(), 1.0) - x, min(rect.bottom(), 1.0) - y)

    def _hint(self) -> str:
        return self.tr("Drag over what to ignore. Arrows move, Shift+arrows size, Enter accepts, Esc cancels.")

    def _fit(self) -> None:
        self.setGeometry(self._screen.rect())

    def _end(self, *, accept: bool) -> None:
        region = self.region if accept else None
        if not self.isHidden():
            self._screen.resized.disconnect(self._fit)
            self.hide()
        if region is not None:
            self.chosen.emit(region)
        self.ended.emit()

    def _share(self, place: QPointF) -> QPointF:
        rect = self._screen.picture_rect()
        x = (place.x() - rect.x()) / max(1.0, rect.width())
        y = (place.y() - rect.y()) / max(1.0, rect.height())
        return QPointF(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))

    # Qt

    def event(self, event: QEvent) -> bool:
        """These keys are for the region, not for the player."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            event.setAccepted(event.key() in _steps() or _is_end(event.key()))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move, size, accept or cancel."""
        key, rect = event.key(), self._rect
        if _is_end(key):
            self._end(accept=key != Qt.Key.Key_Escape)
        elif key in _steps() and rect is not None:
            dx, dy = _steps()[key]
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                rect.setWidth(min(max(rect.width() + dx, _LEAST), 1 - rect.x()))
                rect.setHeight(min(max(rect.height() + dy, _LEAST), 1 - rect.y()))
            else:
                rect.moveTo(
                    min(max(rect.x() + dx, 0.0), 1 - rect.width()), min(max(rect.y() + dy, 0.0), 1 - rect.height())
                )
            self.update()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """One corner."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = self._share(event.position())
            self._rect = QRectF(self._from, self._from)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The other corner follows."""
        if self._from is not None:
            self._rect = QRectF(self._from, self._share(event.position())).normalized()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """That is the region; a mere click is none, and asks on."""
        if self._from is None or event.button() != Qt.MouseButton.LeftButton:
            return
        self._rect = QRectF(self._from, self._share(event.position())).normalized()
        self._from = None
        if self.region is not None:
            self._end(accept=True)
        else:
            self._rect = QRectF(_START)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture darkened but for the region, and what to do."""
        painter = QPainter(self)
        picture = self._screen.picture_rect()
        veil = QColor(0, 0, 0, 110)
        rect = self._rect
        if rect is None:
            painter.fillRect(picture, veil)
            return
        x, y = picture.x() + rect.x() * picture.width(), picture.y() + rect.y() * picture.height()
        hole = QRectF(x, y, rect.width() * picture.width(), rect.height() * picture.height())
        painter.fillRect(QRectF(picture.topLeft(), QPointF(picture.right(), hole.top())), veil)
        painter.fillRect(QRectF(QPointF(picture.left(), hole.bottom()), picture.bottomRight()), veil)
        painter.fillRect(QRectF(QPointF(picture.left(), hole.top()), QPointF(hole.left(), hole.bottom())), veil)
        painter.fillRect(QRectF(QPointF(hole.right(), hole.top()), QPointF(picture.right(), hole.bottom())), veil)
        draw_region(painter, hole)
        self._paint_hint(painter)

    def _paint_hint(self, painter: QPainter) -> None:
        room = QRectF(self.rect()).adjusted(16, 16, -16, -16)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap
        place = painter.boundingRect(room, flags, self._hint()).adjusted(-8, -4, 8, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 190))
        painter.drawRoundedRect(place, 4, 4)
        painter.setPen(QColor(235, 235, 235))
        painter.drawText(room, flags, self._hint())


def draw_region(painter: QPainter, place: QRectF) -> None:
    """An ignored region: a dashed outline that is seen on any picture."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 180), 3))
    painter.drawRect(place)
    painter.setPen(QPen(QColor(235, 235, 235), 1.5, Qt.PenStyle.DashLine))
    painter.drawRect(place)
