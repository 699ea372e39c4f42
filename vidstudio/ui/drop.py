"""Dropping files: the target lights up and says what will happen."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vidstudio.ui.messages import announce
from vidstudio.ui.theme import tokens


class DropHint(QWidget):
    """Covers the place where a drop would land, with one line of text."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = ""
        self.hide()

    def show_over(self, place: QRect, text: str) -> None:
        """Light up `place` (in the window's coordinates)."""
        if self.isVisible() and self.text == text and self.geometry() == place:
            return
        self.text = text
        self.setAccessibleName(text)
        self.setGeometry(place)
        self.raise_()
        self.show()
        self.update()
        announce(self, text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame in the accent colour and the text in its middle."""
        theme = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.window)
        veil.setAlpha(200)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(theme.accent, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(8, 8, -8, -8), 8, 8)
        font = painter.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        painter.setFont(font)
        painter.setPen(theme.text)
        where = self.rect().adjusted(24, 24, -24, -24)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(where, int(flags), self.text)
