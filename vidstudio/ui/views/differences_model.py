"""Rows of the differences list: which edits, in which order, and what stands in each column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QBrush

from vidstudio.engine.exports.framing import place_text
from vidstudio.engine.exports.words import elsewhere_text, grade_text, is_unsure, speed_text
from vidstudio.engine.sound.edits import concerns
from vidstudio.engine.time import Span, format_length
from vidstudio.engine.types import Edit, EditKind
from vidstudio.ui.kinds import kind_text
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.state.layout import KIND_ORDER
from vidstudio.ui.theme import number_font, small_font, tokens
from vidstudio.ui.views.timeline_model import TimeText
from vidstudio.ui.views.words import audio_word, change_word, changes_short, kind_help, speed_short

KIND, A, B, LENGTH, DISTANCE, PSNR, SSIM = range(7)
KindRole = Qt.ItemDataRole.UserRole + 1
IgnoredRole = Qt.ItemDataRole.UserRole + 2
_PATIENCE_MS = 80
Index = QModelIndex | QPersistentModelIndex
_NUMBERS = (A, B, LENGTH, DISTANCE, PSNR, SSIM)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows: `kinds` empty means all; `text` is looked for in a row's words and times."""

    same: bool = False
    kinds: frozenset[EditKind] = frozenset()
    text: str = ""


class DifferencesModel(QAbstractTableModel):
    """A CompareState's edits as a table. Sorting and filtering are done on arrays, for 100,000 edits too."""

    def __init__(self, state: CompareState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._filter = Filter()
        self._sorted = (A, True)
        self._by_time = True
        self._times = (TimeText(), TimeText())
        self._edits: NDArray[np.int64] = np.zeros(0, np.int64)
        self._texts: list[str] | None = None
        self._numbers = small_font(number_font())
        state.comparison_changed.connect(self._new_comparison)
        state.edits_changed.connect(self._new_comparison)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PATIENCE_MS)
        self._later.timeout.connect(self.refresh)
        state.threshold_changed.connect(self._new_threshold)
        state.metric_changed.connect(self._new_metric)

    @property
    def filter(self) -> Filter:
        """What is shown."""
        return self._filter

    def set_filter(self, wanted: Filter) -> None:
        """Show other rows."""
        if wanted != self._filter:
            self._filter = replace(wanted, text=wanted.text.strip().lower())
            self.refresh()

    def set_times(self, a: TimeText, b: TimeText) -> None:
        """How times of the two sides are written."""
        self._times = (a, b)
        self._texts = None
        self.refresh()
        if len(self._edits):
            self.dataChanged.emit(self.index(0, A), self.index(len(self._edits) - 1, LENGTH))

    def edit_of(self, row: int) -> int:
        """Number of the edit in a row."""
        return int(self._edits[row])

    def row_of(self, edit: int | None) -> int | None:
        """Row of an edit, None when it is not shown."""
        if edit is None:
            return None
        rows = np.flatnonzero(self._edits == edit)
        return int(rows[0]) if len(rows) else None

    @property
    def shown(self) -> NDArray[np.int64]:
        """Numbers of the edits shown, in the order of the master axis."""
        return np.sort(self._edits)

    def refresh(self) -> None:
        """Filter and sort again; says nothing when the rows stay the same."""
        edits = self._ordered(self._passing())
        if np.array_equal(edits, self._edits):
            return
        self.beginResetModel()
        self._edits = edits
        self.endResetModel()

    def _new_comparison(self) -> None:
        self._texts = None
        self.beginResetModel()
        self._edits = np.zeros(0, np.int64)
        self.endResetModel()
        self.refresh()

    def _new_threshold(self) -> None:
        """While the threshold is dragged the timeline comes first; the list follows where the hand rests."""
        if not self._state.dragging:
            self._later.stop()
            self.refresh()
        else:
            self._later.start()  # anew with every step: drawing the list costs more than all the rest of one

    def _new_metric(self) -> None:
        self.refresh()
        if len(self._edits):
            self.dataChanged.emit(self.index(0, DISTANCE), self.index(len(self._edits) - 1, DISTANCE))

    def _passing(self) -> NDArray[np.int64]:
        codes = self._state.layout.codes
        passing = np.ones(len(codes), bool) if self._filter.same else self._state.is_difference()
        if self._filter.kinds:
            wanted = [KIND_ORDER.index(kind) for kind in self._filter.kinds]
            passing = passing & np.isin(codes, wanted)
        numbers = np.flatnonzero(passing).astype(np.int64)
        if self._filter.text:
            texts = self._all_texts()
            words = self._filter.text.split()
            numbers = np.array([n for n in numbers.tolist() if all(w in texts[n] for w in words)], np.int64)
        return numbers

    def _all_texts(self) -> list[str]:
        if self._texts is None:
            self._texts = [
                # all its changes, also those that its row has no room for
                " ".join(
                    [self._text(edit, n, one) for one in (KIND, A, B)] + [change_word(c) for c in edit.change]
                ).lower()
                for n, edit in enumerate(self._state.edits)
            ]
        return self._texts

    def _ordered(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        if self._by_time:
            return numbers
        column, rising = self._sorted
        keys = np.array([self._key(n, column) for n in numbers.tolist()], np.float64)
        order = np.lexsort((numbers, keys if rising else -keys))
        return np.asarray(numbers[order], np.int64)

    def _key(self, number: int, column: int) -> float:
        edit = self._state.edits[number]
        span = edit.a if column == A else edit.b if column == B else None
        values: dict[int, float | None] = {
            KIND: -KIND_ORDER.index(edit.kind),
            LENGTH: _length(edit),
            DISTANCE: self._state.edit_distance(number),
            PSNR: edit.psnr,
            SSIM: edit.ssim,
        }
        value = values.get(column, span.start_us if span else None)
        return float("nan") if value is None else float(value)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; a negative one sorts along the timeline."""
        self._by_time = column < 0
        self._sorted = (max(0, column), order == Qt.SortOrder.AscendingOrder)
        self.refresh()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Rows shown."""
        return 0 if parent.isValid() else len(self._edits)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else SSIM + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Names of the columns and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            names = (
                self.tr("Kind"),
                self.tr("A"),
                self.tr("B"),
                self.tr("Length"),
                self.tr("Distance"),
                self.tr("PSNR"),
                self.tr("SSIM"),
            )
            return names[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        if role == Qt.ItemDataRole.ToolTipRole:
            return {
                DISTANCE: self.tr("Largest distance of meaning inside; 0 is the same"),
                PSNR: self.tr("Peak signal-to-noise ratio of the picture in dB; more is nearer to the same"),
                SSIM: self.tr("Structural similarity of the picture; 1 is the same"),
            }.get(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Texts of a cell, its kind, and how it is set."""
        if not index.isValid():
            return None
        number, column = self.edit_of(index.row()), index.column()
        edit = self._state.edits[number]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(edit, number, column)
        if role == KindRole:
            return edit.kind
        if role == IgnoredRole:
            return self._is_ignored(number)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(tokens().muted) if self._is_ignored(number) else None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.FontRole and column in _NUMBERS:
            return self._numbers
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._help(edit, number) if column == KIND else self._spans(edit)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._text(edit, number, column) or self.tr("none")
        return None

    def _text(self, edit: Edit, number: int, column: int) -> str:
        if column == KIND:
            words = speed_short(edit) or changes_short(edit.change)
            if edit.kind == "same" and self._state.is_over(number):
                words = self.tr("far apart")
            if self._is_ignored(number):
                words = self.tr("ignored")
            if is_unsure(edit) and not self._is_ignored(number):
                words = self.tr("not sure")
            kind = kind_text(edit.kind, self._state.aligned)
            return f"{kind}\n{words}" if words else kind
        if column in (A, B):
            span = edit.a if column == A else edit.b
            times = self._times[column - A]
            return f"{times.text(span.start_us)}\n{times.text(span.end_us)}" if span else "–"
        if column == LENGTH:
            return format_length(_length(edit))
        if column == DISTANCE:
            distance = self._state.edit_distance(number)
            return "–" if distance is None else f"{distance:.3f}"
        value = edit.psnr if column == PSNR else edit.ssim
        if value is None:
            return "–"
        if column == PSNR:
            return "∞" if value == float("inf") else f"{value:.1f}"
        return f"{value:.3f}"

    def _is_ignored(self, number: int) -> bool:
        return bool(self._state.layout.ignored[number])

    def _help(self, edit: Edit, number: int) -> str:
        changes = ", ".join(change_word(change) for change in edit.change)
        lines = [
            kind_help(edit.kind, self._state.aligned),
            *([self.tr("Changed: {0}").format(changes)] if changes else []),
        ]
        if "audio" in edit.change:
            heard = dict.fromkeys(audio_word(one) for one in self._state.audio if concerns(one, edit))
            lines += [self.tr("Audio: {0}").format(", ".join(heard))] if heard else []
        if (found := self._state.comparison) is not None:
            texts = speed_text(edit), grade_text(edit.grade), place_text(edit, found), elsewhere_text(edit, found)
            lines += [text for text in texts if text]
        figures = {LENGTH: _length(edit), DISTANCE: self._state.edit_distance(number), PSNR: edit.psnr, SSIM: edit.ssim}
        for column, value in figures.items():
            if value is not None:
                title = self.headerData(column, Qt.Orientation.Horizontal)
                lines.append(f"{title} {self._text(edit, number, column)}")
        if edit.confidence is not None:
            lines.append(self.tr("Confidence {0}").format(f"{edit.confidence:.0%}"))
        if is_unsure(edit):
            lines.append(self.tr("The studio is not sure of it: look for yourself"))
        return "\n".join(lines)

    def _spans(self, edit: Edit) -> str:
        def words(letter: str, span: Span | None, times: TimeText) -> str:
            return f"{letter} {times.text(span.start_us)} – {times.text(span.end_us)}" if span else f"{letter} –"

        return words("A", edit.a, self._times[0]) + "\n" + words("B", edit.b, self._times[1])


def _length(edit: Edit) -> int:
    return max(span.duration_us if span else 0 for span in (edit.a, edit.b))


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in (LENGTH, DISTANCE, PSNR, SSIM) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
