"""The library panel: the project's files with thumbnails, facts and what is the matter with them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QContextMenuEvent, QFocusEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.paths import readable
from vidstudio.player.signals import signal
from vidstudio.ui.actions import Actions
from vidstudio.ui.icons import icon
from vidstudio.ui.state.library import LibraryState
from vidstudio.ui.state.media import ABSENT, MediaItem, file_url
from vidstudio.ui.views.library_row import ITEM, LibraryRow, status_text

AnyIndex = QModelIndex | QPersistentModelIndex


class LibraryModel(QAbstractListModel):
    """The state's items as rows; only what changed is told to the view."""

    def __init__(self, state: LibraryState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._items: tuple[MediaItem, ...] = state.items
        state.changed.connect(self._look)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """One row an item."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name, the item itself, and what screen readers say."""
        one = self._items[index.row()]
        if role == ITEM:
            return one
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return one.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (one.name, one.facts, status_text(one.status), one.reason) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (readable(str(one.path)), one.facts, one.reason) if part)
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Rows can be dragged to the stage."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The files, as the file manager would give them."""
        mime = QMimeData()
        mime.setUrls([file_url(self._items[index.row()].path) for index in indexes])
        return mime

    def mimeTypes(self) -> list[str]:
        """File links."""
        return ["text/uri-list"]

    def _look(self) -> None:
        old, new = self._items, self._state.items
        old_keys, new_keys = [one.key for one in old], [one.key for one in new]
        if old_keys == new_keys:
            self._items = new
            for row, (was, now) in enumerate(zip(old, new, strict=True)):
                if was != now:
                    self.dataChanged.emit(self.index(row), self.index(row))
        elif new_keys[: len(old_keys)] == old_keys:
            self.beginInsertRows(QModelIndex(), len(old), len(new) - 1)
            self._items = new
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._items = new
            self.endResetModel()


class _List(QListView):
    """A list in which the keys find something chosen, though nothing is chosen unasked."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        by_hand = event.reason() in (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if not by_hand and not self.selectedIndexes() and self.currentIndex().isValid():
            self.selectionModel().select(self.currentIndex(), QItemSelectionModel.SelectionFlag.Select)


class LibraryView(QWidget):
    """Search field and list. Tells what was chosen and what was opened; knows no other panel."""

    opened = signal(MediaItem)
    compare_wanted = signal(tuple)
    reference_wanted = signal(str)
    """Content id of the file that the others are versions of from now on; "" for none."""
    selection_changed = signal()

    def __init__(self, state: LibraryState, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._actions = state, actions
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(self.tr("Search videos"))
        self.search.setAccessibleName(self.tr("Search videos"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition).setText(self.tr("Search"))
        for button in self.search.findChildren(QToolButton):
            button.setAccessibleName(button.defaultAction().text() if button.defaultAction() else self.tr("Clear"))
        self.model = LibraryModel(state, self)
        self.shown = QSortFilterProxyModel(self)
        self.shown.setSourceModel(self.model)
        self.shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = self._make_list()
        self.empty = QLabel(self)
        self.empty.setProperty("muted", True)
        self.empty.setWordWrap(True)
        self.empty.setMargin(16)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        top = QHBoxLayout()
        top.setContentsMargins(8, 8, 8, 0)
        top.setSpacing(4)
        top.addWidget(self.search, 1)
        self.add_button = actions.button("media.open", self)
        top.addWidget(self.add_button)
        QWidget.setTabOrder(self.search, self.add_button)
        QWidget.setTabOrder(self.add_button, self.list)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addLayout(self._stack, 1)
        self.search.textChanged.connect(self._filter)
        state.changed.connect(self._show_empty)
        self._show_empty()

    def selected(self) -> list[MediaItem]:
        """The chosen items, in the order of the list."""
        rows = sorted(self.list.selectionModel().selectedIndexes(), key=lambda index: index.row())
        return [index.data(ITEM) for index in rows]

    def select(self, keys: Sequence[str]) -> None:
        """Choose these items."""
        model = self.list.selectionModel()
        model.clearSelection()
        for row in range(self.shown.rowCount()):
            index = self.shown.index(row, 0)
            if index.data(ITEM).key in keys:
                model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)

    def set_on_stage(self, letters: dict[str, str]) -> None:
        """Which content ids are on the stage, and as which side."""
        self._rows.letters = letters if len(letters) > 1 else {}
        self.list.viewport().update()

    def set_reference(self, content_id: str) -> None:
        """Mark the file that the others are versions of; "" for none."""
        self._rows.reference = content_id
        self.list.viewport().update()

    def _make_list(self) -> QListView:
        view = _List(self)
        view.setModel(self.shown)
        self._rows = LibraryRow(view)
        view.setItemDelegate(self._rows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setDragEnabled(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setUniformItemSizes(True)
        view.setAccessibleName(self.tr("Videos of the project"))
        view.activated.connect(lambda index: self.opened.emit(index.data(ITEM)))
        view.selectionModel().selectionChanged.connect(lambda *_: self.selection_changed.emit())
        return view

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the chosen items."""
        chosen = self.selected()
        if chosen:
            menu = self.menu_for(chosen)
            menu.exec(event.globalPos() if event.globalPos() != QPoint() else self.mapToGlobal(self.rect().center()))
            menu.deleteLater()

    def menu_for(self, chosen: Sequence[MediaItem]) -> QMenu:
        """The context menu of some items."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        first = chosen[0]
        open_it = menu.addAction(icon("play"), self.tr("Open"))
        open_it.setEnabled(first.status == "ready")
        open_it.triggered.connect(lambda: self.opened.emit(first))
        if len(chosen) == 2:
            both = menu.addAction(icon("compare"), self.tr("Compare {0} with {1}").format(first.name, chosen[1].name))
            both.setEnabled(all(one.status == "ready" for one in chosen))
            both.triggered.connect(lambda: self.compare_wanted.emit((first, chosen[1])))
        else:
            self._add_partners(menu, first)
        self._add_reference(menu, first)
        menu.addSeparator()
        if first.status in (*ABSENT, "failed"):
            text = self.tr("Read it as it is now") if first.status == "changed" else self.tr("Try again")
            menu.addAction(icon("retry"), text).triggered.connect(lambda: self._state.retry(first.key))
        menu.addAction(self._actions.action("media.relink"))
        menu.addAction(self._actions.action("media.reveal"))
        menu.addSeparator()
        menu.addAction(self._actions.action("media.remove"))
        return menu

    def _add_reference(self, menu: QMenu, first: MediaItem) -> None:
        is_it = bool(first.content_id) and first.content_id == self._rows.reference
        words = self.tr("No longer the reference") if is_it else self.tr("Make reference")
        make = menu.addAction(icon("reference"), words)
        make.setToolTip(self.tr("The others are versions of it: see Versions in the Window menu"))
        make.setEnabled(first.status == "ready")
        make.triggered.connect(lambda: self.reference_wanted.emit("" if is_it else first.content_id))

    def _add_partners(self, menu: QMenu, first: MediaItem) -> None:
        partners = [one for one in self._state.items if one.status == "ready" and one.key != first.key]
        sub = menu.addMenu(icon("compare"), self.tr("Compare with"))
        sub.setEnabled(first.status == "ready" and bool(partners))
        for partner in partners[:30]:
            sub.addAction(partner.name).triggered.connect(
                lambda _checked=False, other=partner: self.compare_wanted.emit((first, other))
            )

    def _filter(self, text: str) -> None:
        self.shown.setFilterFixedString(text.strip())
        self._show_empty()

    def _show_empty(self) -> None:
        if not self._state.items:
            self.empty.setText(
                self.tr("No videos yet.\n\nDrop files or folders here, or press {0} to choose some.").format(
                    self._actions.action("media.open").shortcut().toString()
                )
            )
        elif self.shown.rowCount() == 0:
            self.empty.setText(self.tr("No video is called “{0}”.").format(self.search.text().strip()))
        self._stack.setCurrentWidget(self.list if self.shown.rowCount() else self.empty)
        if self.shown.rowCount() and not self.list.currentIndex().isValid():
            # so that the arrow keys have somewhere to start
            first = self.shown.index(0, 0)
            self.list.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
