"""What the studio says: notices that go by themselves, banners that stay until something is done.

Neither takes the keys; both are read by screen readers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPropertyAnimation, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.errors import Cancelled, EngineError
from vidstudio.ui.icons import icon
from vidstudio.ui.theme import tokens

Level = Literal["info", "success", "warning", "error"]
_SHOWN_MS = {"info": 5000, "success": 6000, "warning": 9000, "error": 15000}
_ICONS = {"info": "info", "success": "check", "warning": "warning", "error": "error"}


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button that does something about it."""

    text: str
    do: Callable[[], object]


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Have a screen reader say `text`."""
    event = QAccessibleAnnouncementEvent(widget, text)
    event.setPoliteness(
        QAccessible.AnnouncementPoliteness.Assertive if urgent else QAccessible.AnnouncementPoliteness.Polite
    )
    QAccessible.updateAccessibility(event)


def level_colour(level: Level) -> QColor:
    """The theme's colour of a level."""
    theme = tokens()
    return {"info": theme.accent, "success": theme.success, "warning": theme.warning, "error": theme.error}[level]


class _Card(QFrame):
    """Icon, text, buttons; a border in the level's colour."""

    def __init__(self, text: str, level: Level, remedy: Remedy | None, close: Callable[[], None], parent: QWidget):
        super().__init__(parent)
        self._level = level
        self.setAccessibleName(text)
        self.mark = QLabel(self)
        self.mark.setFixedSize(18, 18)
        self.text = QLabel(text, self)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        wide = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        wide.setHeightForWidth(True)
        self.text.setSizePolicy(wide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.text, 1)
        self.remedy: QPushButton | None = None
        if remedy is not None:
            self.remedy = QPushButton(remedy.text, self)
            self.remedy.clicked.connect(close)
            self.remedy.clicked.connect(remedy.do)
            row.addWidget(self.remedy)
        self.close_button = QToolButton(self)
        self.close_button.setIcon(icon("close"))
        self.close_button.setIconSize(QSize(14, 14))
        self.close_button.setAccessibleName(self.tr("Dismiss"))
        self.close_button.setToolTip(self.tr("Dismiss"))
        self.close_button.clicked.connect(close)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._tint()

    def _tint(self) -> None:
        self.mark.setPixmap(
            icon(_ICONS[self._level], level_colour(self._level)).pixmap(QSize(18, 18), self.devicePixelRatioF())
        )

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(level_colour(self._level), 1))
        painter.setBrush(theme.raised)
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


class ProgressNote:
    """A notice with a bar that stays while something is done."""

    def __init__(self, card: _Card, end: Callable[[], None]) -> None:
        self._card, self.end = card, end
        self._text = card.text.text()
        self.bar = QProgressBar(card)
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(80)
        self.bar.setAccessibleName(self._text)
        layout = card.layout()
        if isinstance(layout, QHBoxLayout):
            layout.insertWidget(2, self.bar)

    def show_fraction(self, fraction: float) -> None:
        """How far it is, 0..1."""
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * fraction))


class Messages(QWidget):
    """Notices at the lower right of a window; at most four at once, the oldest goes first."""

    WIDTH = 400

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._cards: list[_Card] = []
        self.reduce_motion = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        window.installEventFilter(self)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What is shown now, oldest first."""
        return [card.text.text() for card in self._cards]

    def show_message(self, text: str, level: Level = "info", remedy: Remedy | None = None) -> None:
        """Say something that goes by itself; with a button when there is something to do about it."""
        card = _Card(text, level, remedy, lambda: self._drop(card), self)
        self._cards.append(card)
        self._column.addWidget(card)
        while len(self._cards) > 4:
            # what is being done stays
            self._drop(next((one for one in self._cards if not one.close_button.isHidden()), self._cards[0]))
        timer = QTimer(card)
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self._drop_unless_used(card, timer))
        timer.start(_SHOWN_MS[level] + (4000 if remedy else 0))
        self._place()
        self._fade_in(card)
        announce(self, text, urgent=level == "error")

    def show_progress(self, text: str, cancel: Callable[[], object]) -> ProgressNote:
        """Say that something is being done, with how far it is and Cancel, until `end` is called on what is given."""
        card = _Card(text, "info", Remedy(self.tr("Cancel"), cancel), lambda: self._drop(card), self)
        card.close_button.hide()
        note = ProgressNote(card, lambda: self._drop(card))
        self._cards.append(card)
        self._column.addWidget(card)
        self._place()
        announce(self, text)
        return note

    def show_error(self, error: BaseException, remedy: Remedy | None = None) -> None:
        """Say an error for people: what happened and what to do. Cancelled is shown to nobody.

        Raises anything else again: it is a bug and belongs into the crash report.
        """
        if isinstance(error, Cancelled):
            return
        if not isinstance(error, EngineError):
            raise error
        self.show_message(str(error), "error", remedy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the window changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _drop_unless_used(self, card: _Card, timer: QTimer) -> None:
        if card.underMouse() or card.isAncestorOf(card.window().focusWidget() or card):
            timer.start(2000)
        else:
            self._drop(card)

    def _drop(self, card: _Card) -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
            self._place()

    def _place(self) -> None:
        parent = self.parentWidget()
        self.setVisible(bool(self._cards))
        if not self._cards or parent is None:
            return
        width = min(self.WIDTH, parent.width() - 32)
        for card in self._cards:
            card.setFixedWidth(width)
        self._column.activate()
        height = sum(
            card.heightForWidth(width) if card.hasHeightForWidth() else card.sizeHint().height() for card in self._cards
        )
        height += 8 * (len(self._cards) - 1)
        self.setGeometry(parent.width() - width - 16, parent.height() - height - 48, width, height)
        self.raise_()

    def _fade_in(self, card: _Card) -> None:
        if self.reduce_motion:
            return
        effect = QGraphicsOpacityEffect(card)
        card.setGraphicsEffect(effect)
        fade = QPropertyAnimation(effect, b"opacity", card)
        fade.setDuration(150)
        fade.setStartValue(0.0)
        fade.setEndValue(1.0)
        fade.finished.connect(lambda: card.setGraphicsEffect(None))  # type: ignore[arg-type]
        fade.start()


class Banner(QWidget):
    """An error that stays on its panel, with what to do about it. Hidden until there is one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._card: _Card | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(8, 8, 8, 0)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty when it is hidden."""
        return self._card.text.text() if self._card else ""

    def show_text(self, text: str, level: Level = "error", remedy: Remedy | None = None) -> None:
        """Say it until it is dismissed, replaced or cleared."""
        self.clear()
        self._card = _Card(text, level, remedy, self.clear, self)
        self._box.addWidget(self._card)
        self.show()
        announce(self, text, urgent=level == "error")

    def clear(self) -> None:
        """Take it away."""
        if self._card is not None:
            self._box.removeWidget(self._card)
            self._card.hide()
            self._card.deleteLater()
            self._card = None
        self.hide()
