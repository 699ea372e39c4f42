"""What other windows, and the command line, do to the same projects while this one is open."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer

from vidstudio.engine.store.projects import Project, ProjectMedia
from vidstudio.engine.store.store import Store
from vidstudio.player.signals import signal
from vidstudio.ui.lanes import Lanes
from vidstudio.ui.state.library import LibraryState
from vidstudio.ui.worker import Crew, Outcome, Tick

PATIENCE_MS = 600
"""How long several changes of the store are looked at as one: a job at work writes twice a second."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest projects, and the files of the open one, as the store has them."""

    projects: tuple[Project, ...]
    media: tuple[ProjectMedia, ...]


class Others(QObject):
    """Looks again when the store was written; the library follows, and `seen` tells the rest."""

    seen = signal(Seen)

    def __init__(self, store: Store, lanes: Lanes, library: LibraryState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._library = store, library
        self._crew = Crew(self, at_once=1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PATIENCE_MS)
        self._timer.timeout.connect(self._look)
        lanes.looked.connect(lambda _look: self._changed())

    def close(self) -> bool:
        """Look no more. True when a look under way ended in time."""
        self._timer.stop()
        return self._crew.close()

    def _changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        library = self._library
        project_id, asked = library.project_id, library.doings
        if not project_id or self._crew.busy:
            return

        def work(_tick: Tick) -> Seen:
            media = tuple(self._store.projects.media(project_id))
            return Seen(tuple(self._store.projects.recent()), media)

        def done(outcome: Outcome[Seen]) -> None:
            if outcome.result is None or project_id != library.project_id:
                return
            if library.busy or asked != library.doings:
                # what was seen may be older than what was done here since
                self._timer.start()
                return
            library.follow(outcome.result.media)
            self.seen.emit(outcome.result)

        self._crew.run(work, done)
