"""The Versions view: a row for each stretch of the reference, a column for each version; a click goes there."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QSize, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.alignment.edits.versions import Addition, Cell, State, Stretch
from vidstudio.engine.settings import TimeDisplay
from vidstudio.engine.time import Span
from vidstudio.engine.types import EditKind, VideoInfo
from vidstudio.player.signals import signal
from vidstudio.ui.actions import Actions
from vidstudio.ui.state.versions import Version, VersionsState
from vidstudio.ui.theme import number_font, small_font
from vidstudio.ui.views.differences_model import KindRole
from vidstudio.ui.views.tables import KindDelegate, dress
from vidstudio.ui.views.timeline_model import TimeText
from vidstudio.ui.views.words import change_short, state_word

_GOTO = Qt.ItemDataRole.UserRole + 3
_MARKS: dict[State, EditKind] = {
    "same": "same",
    "changed": "changed",
    "replaced": "changed",
    "retimed": "retimed",
    "moved": "moved",
    "missing": "removed",
}
_COLUMN = 150


@dataclass(frozen=True, slots=True)
class Place:
    """Where a click leads: a time of the reference (side 0) or of a version (side 1), compared with one another."""

    version: str
    side: int
    time_us: int


class _Table(QTableView):
    """Enter goes where the chosen cell says."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.clicked.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class VersionsView(QWidget):
    """Shows a VersionsState. `go_asked` carries where a person wants to look."""

    go_asked = signal(Place)

    def __init__(self, state: VersionsState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._display: TimeDisplay = "timecode"
        self.model = QStandardItemModel(self)
        self.table = self._make_table()
        self.heading = QLabel(self)
        self.heading.setProperty("heading", True)
        self.compare = QToolButton(self)
        self.compare.setDefaultAction(actions.action("versions.compare"))
        self.compare.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.compare.setAccessibleName(self.tr("Compare all with the reference"))
        self.empty = QLabel(self)
        self.empty.setProperty("muted", True)
        self.empty.setWordWrap(True)
        self.empty.setMargin(16)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 8, 0)
        head.addWidget(self.heading, 1)
        head.addWidget(self.compare)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(self._stack, 1)
        self.setMinimumHeight(120)
        state.changed.connect(self._show)
        state.reference_changed.connect(self._show)
        self._actions = actions
        self._show()

    def set_time_display(self, display: TimeDisplay) -> None:
        """Write times as time code, frames or seconds."""
        self._display = display
        self._show()

    def sizeHint(self) -> QSize:
        """Wide and not tall."""
        return QSize(800, 170)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self._state.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self._state.set_active(False)

    def _make_table(self) -> QTableView:
        table = _Table(self)
        table.setModel(self.model)
        table.setItemDelegate(KindDelegate(table))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        dress(table, self.tr("What of the reference is in which version"))
        head = table.horizontalHeader()
        head.setDefaultSectionSize(_COLUMN)
        head.setStretchLastSection(True)
        table.clicked.connect(self._clicked)
        return table

    def _clicked(self, index: QModelIndex) -> None:
        place = index.data(_GOTO)
        if isinstance(place, Place):
            self.go_asked.emit(place)

    def _show(self) -> None:
        state = self._state
        name, info = state.reference_name, state.reference_info
        waiting = [one for one in state.versions if one.column is None]
        self._actions.provide(reference=bool(name) and bool(waiting))
        self.heading.setText(self.tr("Reference: {0}").format(name) if name else self.tr("No reference"))
        shown = [one for one in state.versions if one.column is not None]
        if not name:
            self.empty.setText(self.tr("Choose a video in the library and make it the reference (right click)."))
        elif not state.versions:
            self.empty.setText(self.tr("Add other versions of {0} to the library.").format(name))
        else:
            self.empty.setText(self.tr("No version is compared with {0} yet.").format(name))
        self._stack.setCurrentIndex(0 if shown and info is not None else 1)
        self.model.clear()
        if info is not None and shown:
            self._fill(name, info, shown)

    def _fill(self, name: str, info: VideoInfo, shown: list[Version]) -> None:
        matrix = self._state.matrix
        self.model.setHorizontalHeaderLabels([name, *(self._title(one) for one in shown)])
        rows: list[tuple[int, int, Stretch | Addition]] = [(one.span.start_us, 1, one) for one in matrix.stretches]
        rows += [(one.at_us, 0, one) for one in matrix.additions]
        for _, _, row in sorted(rows, key=lambda one: one[:2]):
            self.model.appendRow(
                self._stretch(row, info, shown) if isinstance(row, Stretch) else self._addition(row, info, shown)
            )
        for number in range(len(shown) + 1):
            self.table.setColumnWidth(number, _COLUMN)

    def _title(self, version: Version) -> str:
        share = self._state.matrix.share(version.column or 0, "same")
        return self.tr("{0}  ·  {1} same").format(version.name, f"{share:.0%}")

    def _stretch(self, row: Stretch, info: VideoInfo, shown: list[Version]) -> list[QStandardItem]:
        first = self._item(self._span(row.span, info))
        return [first, *(self._cell(row.cells[one.column or 0], row, one) for one in shown)]

    def _cell(self, cell: Cell, row: Stretch, version: Version) -> QStandardItem:
        changes = ", ".join(change_short(change) for change in cell.change)
        at = self.tr("at {0}").format(self._time(cell.b.start_us, version.info)) if cell.b else ""
        words = [state_word(cell.state), changes or at]
        there = (1, cell.b.start_us) if cell.b else (0, row.span.start_us)
        place = Place(version.content_id, *there)
        item = self._item("\n".join(word for word in words if word), _MARKS[cell.state], place)
        tip = [state_word(cell.state), changes, self._span(cell.b, version.info, line=True)]
        item.setToolTip("\n".join(word for word in tip if word))
        return item

    def _addition(self, row: Addition, info: VideoInfo, shown: list[Version]) -> list[QStandardItem]:
        items = [self._item(self.tr("after {0}").format(self._time(row.at_us, info)))]
        for one in shown:
            if one.column == row.version:
                word = self.tr("Shown again") if row.again else self.tr("Added")
                words = f"{word}\n{self.tr('at {0}').format(self._time(row.b.start_us, one.info))}"
                items.append(self._item(words, "inserted", Place(one.content_id, 1, row.b.start_us)))
                items[-1].setToolTip(f"{word}\n{self._span(row.b, one.info, line=True)}")
            else:
                items.append(self._item(""))
        return items

    def _item(self, text: str, kind: EditKind | None = None, place: Place | None = None) -> QStandardItem:
        item = QStandardItem(text)
        item.setEditable(False)
        item.setFont(small_font(number_font()))
        item.setData(kind, KindRole)
        item.setData(place, _GOTO)
        return item

    def _time(self, time_us: int, info: VideoInfo) -> str:
        return TimeText(info.frame_rate, self._display).text(time_us)

    def _span(self, span: Span | None, info: VideoInfo, *, line: bool = False) -> str:
        if span is None:
            return ""
        return (" – " if line else "\n").join(self._time(time_us, info) for time_us in (span.start_us, span.end_us))
