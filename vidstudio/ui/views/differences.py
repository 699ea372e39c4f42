"""The list of differences: filter, sort, go from one to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.types import ChangeKind, EditKind
from vidstudio.player.signals import signal
from vidstudio.ui.kinds import KINDS, kind_text
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.theme import number_font, small_font
from vidstudio.ui.views.differences_model import (
    DISTANCE,
    KIND,
    LENGTH,
    PSNR,
    SSIM,
    A,
    B,
    DifferencesModel,
    Filter,
)
from vidstudio.ui.views.tables import KindDelegate, dress
from vidstudio.ui.views.timeline_model import TimeText
from vidstudio.ui.views.words import changes_short

_SPARE = (SSIM, PSNR, LENGTH, DISTANCE)
"""Columns that go when there is no room for them, the first one first."""


class _Table(QTableView):
    """A table whose Enter chooses and whose other keys move; plain arrows go to the difference above or below.

    The columns that say less go when there is no room for them; a row's tip has their values too.
    """

    accepted = signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.widths = dict.fromkeys(range(SSIM + 1), 36)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def fit(self) -> None:
        """Show as many columns as there is room for, and give the kind what is left."""
        left = self.viewport().width() - sum(self.widths.values())
        for column in _SPARE:
            left += self.widths[column]
        for column in reversed(_SPARE):
            self.setColumnHidden(column, left < self.widths[column])
            left -= self.widths[column]
        left += sum(self.widths[column] for column in _SPARE if self.isColumnHidden(column))
        for column, width in self.widths.items():
            self.setColumnWidth(column, width + (max(0, left) if column == KIND else 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.accepted.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class DifferencesPanel(QWidget):
    """List of a CompareState's edits. `go_asked` carries the number of the edit to go to."""

    go_asked = signal(int)
    compare_asked = signal()
    menu_asked = signal(tuple)
    """The context menu is wanted: number of the edit, place on the screen (QPoint)."""

    def __init__(self, state: CompareState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._echo = False
        self._just_chosen = False
        self.model = DifferencesModel(state, self)
        self.table = self._make_table()
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Filter"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Filter the differences"))
        self.search.textChanged.connect(lambda text: self.model.set_filter(replace(self.model.filter, text=text)))
        self.kinds = QToolButton(self)
        self.kinds.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.kinds.setAccessibleName(self.tr("Kinds shown"))
        self.kind_actions: dict[EditKind, QAction] = {}
        self.kinds.setMenu(self._make_menu())
        self._count = QLabel(self)
        self._count.setProperty("muted", True)
        self._count.setFont(small_font())
        self.compare = QPushButton(self.tr("Compare"), self)
        self.compare.clicked.connect(lambda: self.compare_asked.emit())
        self._empty = QLabel(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("muted", True)
        self._lay_out()
        self.model.modelReset.connect(self._show)
        state.selection_changed.connect(self._follow_state)
        state.progress_changed.connect(self._show)
        state.comparison_changed.connect(self._name_kinds)
        state.comparison_changed.connect(self._show)
        state.edits_changed.connect(self._show)
        self._show()

    def set_times(self, a: TimeText, b: TimeText) -> None:
        """How times of the two sides are written."""
        self.model.set_times(a, b)

    def neighbour(self, direction: int, time_us: int) -> int | None:
        """Number of the next (1) or previous (-1) edit shown, from the chosen one or else from a master time."""
        shown = self.model.shown
        layout, chosen = self._state.layout, self._state.selected
        if chosen is not None and layout.starts[chosen] <= time_us <= layout.ends[chosen]:
            place = int(np.searchsorted(shown, chosen, side="right" if direction > 0 else "left"))
        else:
            place = int(np.searchsorted(layout.starts[shown], time_us, side="right" if direction > 0 else "left"))
        place -= 0 if direction > 0 else 1
        return int(shown[place]) if 0 <= place < len(shown) else None

    def _make_table(self) -> _Table:
        table = _Table(self)
        table.setModel(self.model)
        table.setItemDelegateForColumn(KIND, KindDelegate(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        dress(table, self.tr("Differences"))
        head = table.horizontalHeader()
        head.setSortIndicatorClearable(True)
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        head.setMinimumSectionSize(36)
        head.sortIndicatorChanged.connect(self.model.sort)
        head.setSectionsClickable(True)
        head.setSortIndicatorShown(True)
        metrics = table.fontMetrics()
        numbers = QFontMetrics(small_font(number_font()))
        words = [*map(kind_text, KINDS), kind_text("inserted", aligned=False)]
        words += [self.tr("far apart"), self.tr("not sure")]
        words += [changes_short([one, one]) for one in get_args(ChangeKind)]
        heads = QFontMetrics(head.font())
        samples = {
            A: "00:00:00:00",
            B: "00:00:00:00",
            LENGTH: "000.00 s",
            DISTANCE: "0.000",
            PSNR: "00.0",
            SSIM: "0.000",
        }
        for column, sample in samples.items():
            title = str(self.model.headerData(column, Qt.Orientation.Horizontal))
            wide = max(numbers.horizontalAdvance(sample) + 10, heads.horizontalAdvance(title) + 18)
            table.widths[column] = wide
        table.widths[KIND] = max(metrics.horizontalAdvance(word) for word in words) + 28
        table.fit()
        table.selectionModel().currentRowChanged.connect(self._chosen)
        table.accepted.connect(lambda row: self._go(self.model.edit_of(row)))
        table.clicked.connect(self._clicked)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.customContextMenuRequested.connect(self._ask_for_menu)
        return table

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        for kind in KINDS:
            action = menu.addAction(kind_text(kind))
            action.setCheckable(True)
            action.setChecked(kind != "same")
            action.toggled.connect(self._filter_kinds)
            self.kind_actions[kind] = action
        return menu

    def _name_kinds(self) -> None:
        """Where nothing was aligned, what has no counterpart is surplus, and only one side can have any."""
        for kind, action in self.kind_actions.items():
            action.setText(kind_text(kind, self._state.aligned))
            action.setVisible(self._state.is_possible(kind))

    def _filter_kinds(self) -> None:
        """`Same` adds the rows without a difference; the other kinds are those that are looked for."""
        wanted = frozenset(kind for kind, action in self.kind_actions.items() if action.isChecked())
        every = wanted >= frozenset(KINDS) - {"same"}
        kinds: frozenset[EditKind] = frozenset() if every else wanted
        self.model.set_filter(replace(self.model.filter, same="same" in wanted, kinds=kinds))
        if not wanted:
            self.model.set_filter(Filter(text=self.model.filter.text))
        self._show()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        heading = QLabel(self.tr("&Differences"), self)
        heading.setProperty("heading", True)
        heading.setBuddy(self.table)
        head.addWidget(heading)
        head.addWidget(self._count)
        head.addWidget(self.search, 1)
        head.addWidget(self.kinds)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        rows.addLayout(head)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.table)
        nothing = QWidget(self)
        column = QVBoxLayout(nothing)
        column.addStretch(1)
        column.addWidget(self._empty)
        column.addWidget(self.compare, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self._stack.addWidget(nothing)
        rows.addLayout(self._stack, 1)
        QWidget.setTabOrder(self.search, self.kinds)
        QWidget.setTabOrder(self.kinds, self.table)

    def _show(self) -> None:
        state = self._state
        if state.analysing is not None:
            words = self.tr("Analysing … {0}").format(f"{state.analysing:.0%}")
        elif state.comparison is None:
            words = self.tr("Not compared yet")
        elif self.model.filter.text or self.model.filter.kinds:
            words = self.tr("No difference fits the filter")
        else:
            words = self.tr("No differences found")
        rows = self.model.rowCount()
        self._empty.setText(words)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.compare.setVisible(state.comparison is None and state.analysing is None)
        self._count.setText(f"{rows:,}" if rows else "")
        narrow = bool(self.model.filter.kinds)
        self.kinds.setText(self.tr("Some kinds") if narrow else self.tr("All kinds"))
        for widget in (self.search, self.kinds):
            widget.setEnabled(state.comparison is not None)
        self._follow_state()

    def _follow_state(self) -> None:
        row = self.model.row_of(self._state.selected)
        self._echo = True
        if row is None:
            self.table.clearSelection()
            self.table.setCurrentIndex(QModelIndex())
        elif self.table.currentIndex().row() != row:
            self.table.setCurrentIndex(self.model.index(row, KIND))
            self.table.scrollTo(self.model.index(row, KIND))
        self._echo = False

    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid() and not self._echo:
            self._just_chosen = True
            self._go(self.model.edit_of(current.row()))

    def _clicked(self, index: QModelIndex) -> None:
        """A click on the row that is chosen already goes there again."""
        if not self._just_chosen:
            self._go(self.model.edit_of(index.row()))
        self._just_chosen = False

    def _ask_for_menu(self, place: QPoint) -> None:
        """By the mouse on a row, by the menu key on the chosen one."""
        index = self.table.indexAt(place)
        if not index.isValid():
            index = self.table.currentIndex()
            place = self.table.visualRect(index).center()
        if index.isValid():
            self.menu_asked.emit((self.model.edit_of(index.row()), self.table.viewport().mapToGlobal(place)))

    def _go(self, edit: int) -> None:
        self._state.select(edit)
        self.go_asked.emit(edit)
