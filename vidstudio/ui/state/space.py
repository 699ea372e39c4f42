"""The room that kept results take, as the window knows it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from vidstudio.engine.store.space import Space, clear, space, trim
from vidstudio.engine.store.store import Store
from vidstudio.player.signals import signal
from vidstudio.ui.state.settings import SettingsState
from vidstudio.ui.worker import Crew, Outcome


class SpaceState(QObject):
    """Lives in the GUI thread; the disk is looked at by a worker. `changed`: it was looked at, or room was made."""

    changed = signal()
    failed = signal(Exception)

    def __init__(self, store: Store, settings: SettingsState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._crew = Crew(self, at_once=1)
        self._limit = settings.value.results_limit_bytes
        self._settings = settings
        self.now: Space | None = None
        settings.changed.connect(lambda _settings: self._follow())

    def look(self) -> None:
        """See how much there is."""
        self._do(lambda: None)

    def clear(self) -> None:
        """Take out all that no project and no job needs."""
        self._do(lambda: clear(self._store))

    def close(self) -> bool:
        """Look no more. True when a look under way ended in time."""
        return self._crew.close()

    def _follow(self) -> None:
        if self._limit == self._settings.value.results_limit_bytes:
            return
        self._limit = self._settings.value.results_limit_bytes
        # the settings are written by a worker too: the new limit is handed over
        limit = self._limit
        self._do(lambda: trim(self._store, limit))

    def _do(self, work: Callable[[], object]) -> None:
        def and_look() -> Space:
            work()
            return space(self._store)

        def done(outcome: Outcome[Space]) -> None:
            if isinstance(outcome.error, Exception):
                self.failed.emit(outcome.error)
            elif outcome.result is not None:
                self.now = outcome.result
                self.changed.emit()

        self._crew.run(lambda _tick: and_look(), done)
