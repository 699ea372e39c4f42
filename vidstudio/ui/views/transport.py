"""The transport bar: play, step, where we are, how fast, what is heard, which sides are seen."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup, QKeyEvent, QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QToolButton, QWidget

from vidstudio.player.session import Session
from vidstudio.player.signals import signal
from vidstudio.ui.actions import Actions
from vidstudio.ui.icons import icon
from vidstudio.ui.theme import number_font
from vidstudio.ui.views.timeline_model import TimeText

SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0)
_STEPS = ("play.start", "play.step_back", "play.toggle", "play.step_forward", "play.end")
_ROUND = ("compare.previous", "compare.next", "play.loop")


class TimeField(QLineEdit):
    """Shows the time; a click (or `ask`) lets one type another, Enter goes there, Esc leaves it."""

    time_asked = signal(int)
    left = signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._times = TimeText()
        self._time_us = 0
        self.setFont(number_font())
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName(self.tr("Time"))
        self.setToolTip(self.tr("Click and type a time: 00:01:02:03, 1:02.5, 62.5 or f1500"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.returnPressed.connect(self._accept)
        self.textEdited.connect(self._typed)
        self._fit()

    def set_times(self, times: TimeText) -> None:
        """How times are written."""
        self._times = times
        self._fit()
        self.show_time(self._time_us)

    def show_time(self, time_us: int) -> None:
        """Show a time, unless one is being typed."""
        self._time_us = time_us
        if not (self.hasFocus() and self.isModified()):
            self.setText(self._times.text(time_us))
            if self.hasFocus():
                self.selectAll()

    def ask(self) -> None:
        """Take the keys, with the whole time selected."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _fit(self) -> None:
        widest = max(self._times.text(10 * 3_600_000_000), "00:00:00:00", key=len)
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(widest) + 18)

    def _typed(self) -> None:
        self._mark(wrong=False)

    def _accept(self) -> None:
        try:
            time_us = self._times.parse(self.text())
        except ValueError as error:
            self._mark(wrong=True)
            self.setToolTip(str(error))
            self.setAccessibleDescription(str(error))
            self.selectAll()
            return
        self._leave()
        self.time_asked.emit(time_us)

    def _mark(self, *, wrong: bool) -> None:
        self.setProperty("wrong", wrong)
        self.setStyleSheet("border: 1px solid palette(bright-text);" if wrong else "")
        if not wrong:
            self.setAccessibleDescription("")

    def _leave(self) -> None:
        self.setModified(False)
        self._mark(wrong=False)
        self.setText(self._times.text(self._time_us))
        self.clearFocus()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc gives the time back as it was."""
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)


class Transport(QWidget):
    """Buttons made from the action table, time, speed and sound of a session."""

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._actions = actions
        self.time = TimeField(self)
        self.length = QLabel(self)
        self.length.setProperty("muted", True)
        self.length.setFont(number_font())
        self.length.setAccessibleName(self.tr("Length"))
        self.speed = QComboBox(self)
        for speed in SPEEDS:
            self.speed.addItem(f"{speed:g}×", speed)
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.setAccessibleName(self.tr("Speed"))
        self.speed.setToolTip(self.tr("Speed"))
        self.sound = QComboBox(self)
        self.sound.setAccessibleName(self.tr("Sound"))
        for label, side in ((self.tr("A"), 0), (self.tr("B"), 1), (self.tr("Mute"), None)):
            self.sound.addItem(icon("mute" if side is None else "volume"), label, side)
        self._group = QActionGroup(self)
        self._side_buttons: list[QToolButton] = []
        self._sides = 0
        self._extras: list[list[QWidget]] = []
        self._lay_out()
        self.speed.activated.connect(lambda index: session.set_speed(SPEEDS[index]))
        self.sound.activated.connect(lambda index: session.listen(self.sound.itemData(index)))
        self.time.time_asked.connect(session.seek)
        session.playing_changed.connect(self._show_playing)
        session.speed_changed.connect(self.show_speed)
        session.moved.connect(lambda position: self.time.show_time(position.master_us))
        session.listen(self.sound.currentData())
        self._show_playing()

    def set_times(self, times: TimeText, duration_us: int, sides: int) -> None:
        """How times are written, how long it is, and how many sides there are."""
        self.time.set_times(times)
        self.length.setText("/ " + times.text(duration_us))
        self._sides = sides
        self.sound.setItemText(0, self.tr("A") if sides > 1 else self.tr("Sound"))
        self._fit()

    def set_heard(self, heard: Sequence[bool]) -> None:
        """Which of the sides have sound: no other can be chosen."""
        self.sound.setEnabled(any(heard))
        self.sound.setToolTip(self.tr("Which side is heard") if any(heard) else self.tr("There is no sound"))
        model = self.sound.model()
        if isinstance(model, QStandardItemModel):
            for side in (0, 1):
                model.item(side).setEnabled(side < len(heard) and heard[side])
        chosen = self.sound.currentData()
        if chosen is not None and not (chosen < len(heard) and heard[chosen]):
            side = list(heard).index(True) if any(heard) else 0
            if side != chosen:
                self.sound.setCurrentIndex(side)
                self._session.listen(side)

    def show_speed(self) -> None:
        """Show the session's speed, also when it is none of the list."""
        speed = self._session.speed
        place = next((n for n, one in enumerate(SPEEDS) if one == speed), -1)
        self.speed.setCurrentIndex(place)
        self.speed.setPlaceholderText(f"{speed:g}×")

    def _lay_out(self) -> None:
        row = self._row = QHBoxLayout(self)
        row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(6, 4, 6, 4)
        row.setSpacing(2)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        for one in _STEPS:
            row.addWidget(self._actions.button(one, self))
        row.addSpacing(5)
        row.addWidget(self.time)
        row.addSpacing(2)
        row.addWidget(self.length)
        row.addSpacing(5)
        round_buttons: list[QWidget] = [self._actions.button(one, self) for one in _ROUND]
        for button in round_buttons:
            row.addWidget(button)
        row.addStretch(1)
        for one in ("view.a_only", "view.both", "view.b_only"):
            self._group.addAction(self._actions.action(one))
            button = self._actions.button(one, self)
            self._side_buttons.append(button)
            row.addWidget(button)
        row.addSpacing(5)
        row.addWidget(self.speed)
        row.addSpacing(2)
        row.addWidget(self.sound)
        self._extras = [
            [self.length],
            round_buttons[2:],
            round_buttons[:2],
            list(self._side_buttons),
            [self.sound],
            [self.speed],
        ]
        self.setMinimumWidth(272)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What there is no room for goes, the least needed first; all of it is in the menus too."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        gone: list[QWidget] = [] if self._sides > 1 else [*self._side_buttons]
        taken: list[list[QWidget]] = []
        widths = self._widths()

        def fits(gone: Sequence[QWidget]) -> bool:
            return sum(widths.values()) - sum(widths[one] for one in gone) <= self.width()

        for group in self._extras:
            if set(group) <= set(gone):
                continue
            if fits(gone):
                break
            gone += group
            taken.append(group)
        for group in reversed(taken):  # one that went in vain comes back
            without = [one for one in gone if one not in group]
            if fits(without):
                gone = without
        # only what differs: each change has Qt lay out the whole window at once, and come back here
        for widget in itertools.chain.from_iterable(self._extras):
            if widget.isHidden() != (widget in gone):
                widget.setHidden(widget in gone)

    def _widths(self) -> dict[QWidget | None, int]:
        """What each widget of the row takes, whichever of them are shown now; of None, all that is no widget."""
        margins = self._row.contentsMargins()
        widths: dict[QWidget | None, int] = {None: margins.left() + margins.right()}
        for place in range(self._row.count()):
            item = self._row.itemAt(place)
            assert item is not None
            widget = item.widget()
            if widget is None:
                widths[None] += item.sizeHint().width()
            else:
                widths[widget] = self._row.spacing() + _bounded_width(widget)
        return widths

    def _show_playing(self) -> None:
        self._actions.action("play.toggle").setIcon(icon("pause" if self._session.playing else "play"))


def _bounded_width(widget: QWidget) -> int:
    return min(max(widget.sizeHint().width(), widget.minimumWidth()), widget.maximumWidth())
