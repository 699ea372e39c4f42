"""The panels around the stage: library at the left, jobs below it, versions at the bottom."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from vidstudio.ui.actions import Actions

_LIBRARY_WIDTH = 264
_VERSIONS_HEIGHT = 220


class Docks(QObject):
    """The dock widgets of a window, as on the first day until `follow` is called."""

    def __init__(
        self, window: QMainWindow, actions: Actions, library: QWidget, jobs: QWidget, versions: QWidget
    ) -> None:
        super().__init__(window)
        self._window, self._actions = window, actions
        left, bottom = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
        self.library = self._dock("library", self.tr("Library"), library, left)
        self.jobs = self._dock("jobs", self.tr("Jobs"), jobs, left)
        # below the library: the stage keeps its width, also at 1280
        window.splitDockWidget(self.library, self.jobs, Qt.Orientation.Vertical)
        window.setCorner(Qt.Corner.BottomLeftCorner, left)
        self.versions = self._dock("versions", self.tr("Versions"), versions, bottom)
        self._all = {"library": self.library, "jobs": self.jobs, "versions": self.versions}
        self._sized: set[QDockWidget] = set()
        """Those below others that got room when they were first shown; later they are as they were left."""
        self._as_usual()

    def follow(self) -> None:
        """Begin to heed what people do with them; to be called once the kept layout is back."""
        self._sized = {dock for dock in (self.jobs, self.versions) if not dock.isHidden()}
        self.jobs.visibilityChanged.connect(self._size_jobs)
        self.versions.visibilityChanged.connect(self._size_versions)
        for dock in self._all.values():
            dock.visibilityChanged.connect(self._sync)
        self._sync()

    def reset(self, layout: QByteArray) -> None:
        """As on the first day; `layout` is the window's state then."""
        self._window.restoreState(layout)
        self.library.show()
        self._sized.clear()
        self._as_usual()

    def _as_usual(self) -> None:
        self.jobs.hide()
        self.versions.hide()
        self._window.resizeDocks([self.library], [_LIBRARY_WIDTH], Qt.Orientation.Horizontal)

    def _dock(self, name: str, title: str, view: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(view)
        dock.setMinimumWidth(232)
        dock.setAccessibleName(title)
        self._window.addDockWidget(area, dock)
        return dock

    def _size_jobs(self, shown: bool) -> None:
        """The first time it is shown the jobs panel takes room from the library."""
        if self._is_first(self.jobs, shown):
            room = self.library.height() + self.jobs.height()
            self._window.resizeDocks(
                [self.library, self.jobs], [round(room * 0.6), round(room * 0.4)], Qt.Orientation.Vertical
            )

    def _size_versions(self, shown: bool) -> None:
        """The first time it is shown there is room for some rows, if the stage keeps most of the height."""
        if self._is_first(self.versions, shown):
            height = min(_VERSIONS_HEIGHT, self._window.height() // 4)
            self._window.resizeDocks([self.versions], [height], Qt.Orientation.Vertical)

    def _is_first(self, dock: QDockWidget, shown: bool) -> bool:
        if not shown or dock in self._sized or dock.isFloating():
            return False
        self._sized.add(dock)
        return True

    def _sync(self) -> None:
        for name, dock in self._all.items():
            self._actions.action(f"window.{name}").setChecked(not dock.isHidden())
