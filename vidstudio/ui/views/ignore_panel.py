"""What is ignored: switches, the shortest difference that counts, and the list of regions and spans."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.ignore.rules import PRESETS, Reason
from vidstudio.engine.time import US
from vidstudio.player.signals import signal
from vidstudio.ui.actions import Actions
from vidstudio.ui.icons import icon
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.state.ignoring import Ignoring
from vidstudio.ui.theme import number_font, small_font
from vidstudio.ui.views.timeline_model import TimeText
from vidstudio.ui.views.words import preset_word, reason_word, rule_word

_SWITCHES: tuple[Reason, ...] = ("colour", "audio", "geometry")
_RULE = Qt.ItemDataRole.UserRole
_REASON = Qt.ItemDataRole.UserRole + 1
_MOST_ROWS = 4
_FEW_ROWS = 2
_ROW = 26


class _Rules(QListWidget):
    """Space switches a rule, Delete takes it out; other keys stay with the studio."""

    removal_asked = signal()

    def event(self, event: QEvent) -> bool:
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in keys:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_asked.emit()
        else:
            super().keyPressEvent(event)


class IgnorePanel(QWidget):
    """Edits what a CompareState ignores. Its body is folded away until it is wanted."""

    unfolded = signal()

    def __init__(self, state: CompareState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._actions = state, actions
        self.ignoring = Ignoring(state)
        self._times = (TimeText(), TimeText())
        self._most_rows = _MOST_ROWS
        self.fold = QToolButton(self)
        self.fold.setText(self.tr("I&gnore"))
        self.fold.setCheckable(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setToolTip(self.tr("Differences that you do not want to be told of"))
        self.fold.setAccessibleName(self.tr("What is ignored"))
        self.summary = QLabel(self)
        self.summary.setProperty("muted", True)
        self.summary.setFont(small_font())
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.show_ignored = actions.button("ignore.show", self)
        self.switches: dict[Reason, QCheckBox] = {}
        self.least = QDoubleSpinBox(self)
        self.rules = _Rules(self)
        self.remove = QToolButton(self)
        self.region = QToolButton(self)
        self.body = self._make_body()
        self._lay_out()
        self.fold.toggled.connect(self._folded)
        state.comparison_changed.connect(self._show)
        state.edits_changed.connect(self._show)
        self._folded(False)
        self._show()

    def set_times(self, a: TimeText, b: TimeText) -> None:
        """How times of the two sides are written."""
        self._times = (a, b)
        self._show()

    @property
    def is_open(self) -> bool:
        """Whether the body is shown."""
        return self.fold.isChecked()

    def set_narrow(self, narrow: bool) -> None:
        """Take as little height as possible, or what is comfortable."""
        self._most_rows = _FEW_ROWS if narrow else _MOST_ROWS
        self._size_rules()

    def _make_body(self) -> QWidget:
        body = QWidget(self)
        switches = QHBoxLayout()
        switches.setSpacing(12)
        for reason in _SWITCHES:
            word = reason_word(reason)
            box = QCheckBox(word[:1].upper() + word[1:], body)
            box.clicked.connect(lambda on, one=reason: self.ignoring.set_reason(one, on, reason_word(one)))
            self.switches[reason] = box
            switches.addWidget(box)
        switches.addStretch(1)
        self.least.setRange(0.0, 60.0)
        self.least.setDecimals(2)
        self.least.setSingleStep(0.1)
        self.least.setSuffix(self.tr(" s"))
        self.least.setSpecialValueText(self.tr("none"))
        self.least.setKeyboardTracking(False)
        self.least.setFont(number_font())
        self.least.lineEdit().setTextMargins(4, 0, 0, 0)
        self.least.setAccessibleName(self.tr("Ignore differences shorter than"))
        self.least.valueChanged.connect(self.ignoring.set_least)
        self.rules.setAccessibleName(self.tr("Ignored regions and spans"))
        self.rules.setFont(small_font(number_font()))
        self.rules.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.rules.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rules.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.rules.itemChanged.connect(self._switched)
        self.rules.removal_asked.connect(self._remove)
        self.rules.currentRowChanged.connect(lambda row: self.remove.setEnabled(row >= 0))
        self.remove.setIcon(icon("trash"))
        self.remove.setToolTip(self.tr("Remove the chosen rule (Delete)"))
        self.remove.setAccessibleName(self.tr("Remove the chosen rule"))
        self.remove.clicked.connect(self._remove)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        column.addLayout(switches)
        column.addWidget(self.rules)
        column.addLayout(self._make_buttons(body))
        return body

    def _make_buttons(self, body: QWidget) -> QHBoxLayout:
        self.region.setText(self.tr("Region"))
        self.region.setAccessibleName(self.tr("Add a region to ignore"))
        self.region.setIcon(icon("region"))
        self.region.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.region.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.region.setToolTip(self.tr("Ignore changes in a part of the picture of B"))
        menu = QMenu(self.region)
        menu.addAction(self._actions.action("ignore.region"))
        menu.addSeparator()
        for name, place in PRESETS.items():
            word = preset_word(name)
            menu.addAction(word).triggered.connect(
                lambda _checked=False, one=place, word=word: self.ignoring.add_region(one, word)
            )
        self.region.setMenu(menu)
        span = QToolButton(body)
        span.setText(self.tr("Span"))
        span.setAccessibleName(self.tr("Add a span to ignore"))
        span.setIcon(icon("in"))
        span.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        span.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        span.setToolTip(self.tr("Ignore all that happens in a stretch of time"))
        spans = QMenu(span)
        for action in ("ignore.span", "ignore.selected"):
            spans.addAction(self._actions.action(action))
        span.setMenu(spans)
        shorter = QLabel(self.tr("&Shorter than"), body)
        shorter.setBuddy(self.least)
        row = QHBoxLayout()
        row.setSpacing(4)
        for widget in (self.region, span, self.remove):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(shorter)
        row.addSpacing(4)
        row.addWidget(self.least)
        return row

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.fold)
        head.addWidget(self.summary, 1)
        head.addWidget(self.show_ignored)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.body)

    def _folded(self, is_open: bool) -> None:
        self.fold.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.body.setVisible(is_open)
        self.unfolded.emit()

    def _show(self) -> None:
        state, ignore = self._state, self._state.ignore
        self.setEnabled(state.comparison is not None)
        blocked = [QSignalBlocker(widget) for widget in (self.rules, self.least)]
        for reason, box in self.switches.items():
            box.setChecked(reason in ignore.reasons)
        self.least.setValue(ignore.least_us / US)
        row = self.rules.currentRow()
        self.rules.clear()
        for rule in ignore.rules:
            self._add_row(rule_word(rule, *self._times), rule.on, _RULE, rule.id)
        for reason in ignore.reasons:
            if reason not in _SWITCHES:
                self._add_row(self.tr("All {0}").format(reason_word(reason)), True, _REASON, reason)
        self.rules.setCurrentRow(min(row, self.rules.count() - 1))
        self._size_rules()
        self.remove.setEnabled(self.rules.currentRow() >= 0)
        for blocker in blocked:
            blocker.unblock()
        comparison = state.comparison
        gone = sum(edit.kind != "same" for edit in comparison.ignored) if comparison is not None else 0
        in_use = bool(ignore.reasons or ignore.least_us) or any(rule.on for rule in ignore.rules)
        self.summary.setText(self.tr("{0} ignored").format(gone) if gone else self.tr("in use") if in_use else "")
        self._actions.provide(ignored=gone > 0 or state.show_ignored)
        self._actions.action("ignore.show").setChecked(state.show_ignored)

    def _add_row(self, text: str, on: bool, role: int, value: str) -> None:
        item = QListWidgetItem(text)
        item.setToolTip(text)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        item.setData(role, value)
        item.setSizeHint(QSize(0, _ROW))
        self.rules.addItem(item)

    def _size_rules(self) -> None:
        rows = min(self.rules.count(), self._most_rows)
        self.rules.setVisible(rows > 0)
        self.remove.setVisible(rows > 0)
        self.rules.setFixedHeight(_ROW * max(1, rows) + 4)

    def _switched(self, item: QListWidgetItem) -> None:
        on = item.checkState() == Qt.CheckState.Checked
        if item.data(_RULE) is not None:
            self.ignoring.switch(item.data(_RULE), on)
        else:
            self._tell_again(item.data(_REASON))

    def _remove(self) -> None:
        if self.rules.currentRow() < 0:
            return
        item = self.rules.currentItem()
        if item.data(_RULE) is not None:
            self.ignoring.remove(item.data(_RULE))
        else:
            self._tell_again(item.data(_REASON))

    def _tell_again(self, reason: Reason) -> None:
        self.ignoring.set_reason(reason, False, reason_word(reason))
