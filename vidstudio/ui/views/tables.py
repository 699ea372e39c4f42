"""How the tables of the studio look: rows of two lines below a quiet head, and marks of kinds before their words."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from vidstudio.ui.kinds import kind_mark
from vidstudio.ui.theme import small_font
from vidstudio.ui.views.differences_model import IgnoredRole, KindRole

_MARK = 12


def dress(table: QTableView, name: str) -> None:
    """Give a table the studio's looks; Tab leaves it. `name` is for screen readers."""
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setAccessibleName(name)
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(38)
    head = table.horizontalHeader()
    head.setHighlightSections(False)
    head.setFont(small_font())
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class KindDelegate(QStyledItemDelegate):
    """Draws the mark of the kind before its word."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Make room for the mark."""
        super().initStyleOption(option, index)
        if index.data(KindRole) is None:
            return
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
        option.decorationSize = option.rect.size().boundedTo(QRect(0, 0, _MARK + 4, _MARK).size())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The cell, then the mark in the room that was made."""
        super().paint(painter, option, index)
        if index.data(KindRole) is None:
            return
        top = option.rect.center().y() - _MARK // 2
        painter.save()
        painter.setOpacity(0.45 if index.data(IgnoredRole) else 1.0)
        kind_mark(painter, QRect(option.rect.left() + 6, top + 1, _MARK, _MARK), index.data(KindRole))
        painter.restore()
