"""How one file of the library is drawn."""

from __future__ import annotations

from PySide6.QtCore import (
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from vidstudio.engine.time import format_duration
from vidstudio.ui.icons import icon
from vidstudio.ui.state.media import MediaItem, Status
from vidstudio.ui.theme import ThemeTokens, small_font, tokens

ITEM = Qt.ItemDataRole.UserRole
PICTURE = QSize(96, 54)
ROW = 70
_INDENT, _LINES = 14, 3
"""Of what is the matter with a file: where its first line begins, and how many lines have room."""


def status_text(status: Status) -> str:
    """The chip's words."""
    names: dict[Status, str] = {
        "reading": QCoreApplication.translate("Library", "Reading"),
        "ready": QCoreApplication.translate("Library", "Ready"),
        "missing": QCoreApplication.translate("Library", "Missing"),
        "changed": QCoreApplication.translate("Library", "Changed"),
        "failed": QCoreApplication.translate("Library", "Cannot be read"),
    }
    return names[status]


class LibraryRow(QStyledItemDelegate):
    """Thumbnail at the left; name, facts and chip beside it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._film = icon("film")
        self.letters: dict[str, str] = {}
        """Side of the content ids that are on the stage."""
        self.reference = ""
        """Content id of the file that the others are versions of."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All rows are of one height."""
        return QSize(200, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the row; the picture may still be missing."""
        one: MediaItem = index.data(ITEM)
        theme = tokens()
        box: QRect = option.rect.adjusted(4, 1, -4, -1)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._background(painter, box, state, theme)
        picture = QRect(box.left() + 6, box.top() + (box.height() - PICTURE.height()) // 2, 96, 54)
        self._picture(painter, picture, one, theme)
        words = QRect(picture.right() + 10, box.top() + 7, box.right() - picture.right() - 16, box.height() - 14)
        painter.setPen(theme.text)
        metrics = painter.fontMetrics()
        name = metrics.elidedText(one.name, Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        painter.setFont(small_font(painter.font()))
        small = painter.fontMetrics()
        painter.setPen(theme.muted)
        line = words.adjusted(0, metrics.height() + 1, 0, 0)
        if one.reason:
            self._reason(painter, line, one, theme)
        else:
            text = small.elidedText(_second_line(one), Qt.TextElideMode.ElideRight, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, text)
            self._chip(painter, words, one.status, theme)
        painter.restore()

    def _reason(self, painter: QPainter, where: QRect, one: MediaItem, theme: ThemeTokens) -> None:
        """What is the matter, in as many lines as there is room for, after the mark of the state."""
        small = painter.fontMetrics()
        self._mark(painter, QRect(where.left(), where.top() + (small.height() - 8) // 2, 8, 8), one.status, theme)
        lines = wrapped(f"{status_text(one.status)}: {_second_line(one)}", small, where.width(), _INDENT, _LINES)
        for number, line in enumerate(lines):
            left = _INDENT if number == 0 else 0
            place = where.adjusted(left, number * small.height(), 0, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, line)

    def _background(self, painter: QPainter, box: QRect, state: QStyle.StateFlag, theme: ThemeTokens) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.selection)
            painter.drawRoundedRect(box, 5, 5)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.raised)
            painter.drawRoundedRect(box, 5, 5)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.accent, 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(box).adjusted(0.75, 0.75, -0.75, -0.75), 5, 5)

    def _picture(self, painter: QPainter, box: QRect, one: MediaItem, theme: ThemeTokens) -> None:
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(box), 4, 4)
        painter.save()
        painter.setClipPath(frame)
        painter.fillRect(box, theme.stage)
        if one.thumbnail is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            size = one.thumbnail.size().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
            fit = QRect(box.topLeft(), size)
            fit.moveCenter(box.center())
            painter.drawImage(fit, one.thumbnail)
        else:
            spot = QRect(0, 0, 24, 24)
            spot.moveCenter(box.center())
            painter.setOpacity(0.4)
            self._film.paint(painter, spot)
            painter.setOpacity(1)
        painter.restore()
        if one.info is not None:
            self._label(painter, box, format_duration(one.info.duration_us), QColor(0, 0, 0, 190), QColor("#ffffff"))
        if letter := self.letters.get(one.content_id):
            self._label(painter, box, letter, theme.accent, theme.on_accent, top=True)
        if one.content_id and one.content_id == self.reference:
            words = QCoreApplication.translate("Library", "Reference")
            self._label(painter, box, words, theme.accent, theme.on_accent, top=True, right=True)

    def _label(
        self,
        painter: QPainter,
        box: QRect,
        text: str,
        back: QColor,
        ink: QColor,
        *,
        top: bool = False,
        right: bool = False,
    ) -> None:
        """At the lower right of the picture, or at its upper left or right."""
        painter.save()
        painter.setFont(small_font(small_font(painter.font())))
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        label = QRect(box.right() - width - 2, box.bottom() - 17, width, 15)
        if top:
            label.moveTopLeft(QPoint(label.left() if right else box.left() + 3, box.top() + 3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(back)
        painter.drawRoundedRect(label, 3, 3)
        painter.setPen(ink)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()

    def _chip(self, painter: QPainter, words: QRect, status: Status, theme: ThemeTokens) -> None:
        middle = words.bottom() - 6
        colour = self._mark(painter, QRect(words.left(), middle - 4, 8, 8), status, theme)
        painter.setPen(colour if status != "ready" else theme.muted)
        where = QRect(words.left() + _INDENT, middle - 9, words.width() - _INDENT, 18)
        painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, status_text(status))

    def _mark(self, painter: QPainter, dot: QRect, status: Status, theme: ThemeTokens) -> QColor:
        """The shape says it too: ring while reading, dot when ready, square when something is the matter."""
        colours: dict[Status, QColor] = {
            "reading": theme.accent,
            "ready": theme.success,
            "missing": theme.warning,
            "changed": theme.warning,
            "failed": theme.error,
        }
        colour = colours[status]
        painter.save()
        painter.setPen(QPen(colour, 2) if status == "reading" else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if status == "reading" else colour)
        if status == "reading":
            painter.drawEllipse(dot.adjusted(1, 1, -1, -1))
        elif status == "ready":
            painter.drawEllipse(dot)
        else:
            painter.drawRect(dot)
        painter.restore()
        return colour


def wrapped(text: str, metrics: QFontMetrics, width: int, indent: int, most: int) -> list[str]:
    """A text cut into at most so many lines of a width, the first one indented; what is over is elided."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most - 1:
        room = width - (0 if lines else indent)
        fit = next(
            (n for n in range(len(words), 1, -1) if metrics.horizontalAdvance(" ".join(words[:n])) < room - 1), 1
        )
        lines.append(metrics.elidedText(" ".join(words[:fit]), Qt.TextElideMode.ElideMiddle, room))
        words = words[fit:]
    if words:
        lines.append(metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, width))
    return lines


def _second_line(one: MediaItem) -> str:
    """Facts, or what is the matter; the name stands above it already."""
    if not one.reason:
        return _size_and_rate(one)
    words = one.reason.removeprefix(one.name).strip().removeprefix("is ").replace(f" of {one.name}", "")
    words = words.replace(one.name, QCoreApplication.translate("Library", "it"))
    return words[:1].upper() + words[1:]


def _size_and_rate(one: MediaItem) -> str:
    return one.facts.split(" · ", 1)[1] if " · " in one.facts else ""
