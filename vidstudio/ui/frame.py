"""The window's frame: all its parts, and how they are laid out. What joins them is in `main_window`."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow, QToolBar, QVBoxLayout, QWidget

from vidstudio.engine.errors import Cancelled, EngineError
from vidstudio.player.session import Session
from vidstudio.ui.actions import Actions
from vidstudio.ui.context import AppContext
from vidstudio.ui.docks import Docks
from vidstudio.ui.messages import Banner, Messages
from vidstudio.ui.palette import CommandPalette
from vidstudio.ui.shortcuts import STAGE_KEYS
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.state.versions import VersionsState
from vidstudio.ui.theme import ICON
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.jobs import JobsView
from vidstudio.ui.views.library import LibraryView
from vidstudio.ui.views.page_actions import bind_actions
from vidstudio.ui.views.status import StatusBar
from vidstudio.ui.views.versions import VersionsView
from vidstudio.ui.window_state import smallest_size


class WindowFrame(QMainWindow):
    """Library at the left with the jobs below when wanted, the Compare page beside it, status at the bottom."""

    def __init__(self, context: AppContext, session: Session | None = None) -> None:
        super().__init__()
        self.context = context
        self.setObjectName("window")
        self.setMinimumSize(smallest_size(self.screen()))
        self.actions_ = Actions(self)
        self.session = session or Session(self)
        self.compare = CompareState(self, context.project.undo)
        self.page = ComparePage(self.compare, self.session, self.actions_, self)
        bind_actions(self.page)
        self.banner = Banner(self)
        self.library = LibraryView(context.project.library, self.actions_, self)
        self.jobs = JobsView(context.jobs, self)
        self.versions = VersionsState(context.project, context.store, context.runner, self)
        self.versions_view = VersionsView(self.versions, self.actions_, self)
        self.status = StatusBar(context.jobs, self, context.lanes.models_bytes)
        self.messages = Messages(self)
        self.palette_dialog = CommandPalette(self.actions_, self)
        self._lay_out()
        self._start_layout = self.saveState()

    def show_error(self, error: BaseException) -> None:
        """Show an error where it is seen; what is no error for people becomes a crash report."""
        if isinstance(error, Cancelled):
            return
        if isinstance(error, EngineError):
            self.messages.show_message(str(error), "error")
        else:
            self.context.crash.report(error)

    def reset_layout(self) -> None:
        """Panels and splitters as on the first day."""
        self.docks.reset(self._start_layout)
        self.page.reset_sizes()

    def next_pane(self) -> None:
        """Move the keys to the next panel: library, stage, transport, inspector, jobs; Tab goes on inside it."""
        page, none = self.page, not self.page.sides
        places: tuple[tuple[QWidget, QWidget], ...] = (
            (self.library, self.library.list if self.library.list.isVisible() else self.library.search),
            (page, page.open_button) if none else (page.panel, page.timeline),
            (page.transport, page.transport.time),
            (page.inspector, page.threshold.slider if page.threshold.isEnabled() else page.differences.compare),
            (self.versions_view, self.versions_view.table),
            (self.jobs, self.jobs.first()),
        )
        there = [(panel, target) for panel, target in places if target.isVisible() and target.isEnabled()]
        focus = self.focusWidget()
        here = next((i for i, (panel, _) in enumerate(there) if focus is not None and panel.isAncestorOf(focus)), -1)
        if there:
            there[(here + 1) % len(there)][1].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _lay_out(self) -> None:
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.page, 1)
        self.setCentralWidget(middle)
        self.docks = Docks(self, self.actions_, self.library, self.jobs, self.versions_view)
        self.setStatusBar(self.status)
        self.menus = self.actions_.fill(self.menuBar())
        self.recent_menu = self.menus["File"].addMenu(self.tr("Recent projects"))
        self.menus["File"].insertMenu(self.actions_.action("project.rename"), self.recent_menu)
        self._add_tool_bar()
        for screen in (*self.page.screens, self.page.timeline):
            screen.setProperty(STAGE_KEYS, True)

    def _add_tool_bar(self) -> None:
        bar = QToolBar(self.tr("Project"), self)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(ICON)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.project_name = QLabel(bar)
        self.project_name.setContentsMargins(8, 0, 8, 0)
        self.project_name.setProperty("muted", True)
        self.project_name.setMinimumWidth(240)
        self.project_name.setAccessibleName(self.tr("Project"))
        gap = QWidget(bar)
        gap.setSizePolicy(gap.sizePolicy().Policy.Expanding, gap.sizePolicy().Policy.Preferred)
        bar.addWidget(self.actions_.button("window.library", bar))
        bar.addWidget(self.project_name)
        bar.addWidget(gap)
        for name in ("compare.run", "export.report", "tools.palette", "window.jobs", "app.settings"):
            bar.addWidget(self.actions_.button(name, bar))
        self.tool_bar = bar
        self.addToolBar(bar)
