"""The user's preferences while the window is open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from vidstudio.engine.settings import Settings
from vidstudio.engine.store.store import Store
from vidstudio.player.signals import signal
from vidstudio.ui.worker import Crew, Outcome


class SettingsState(QObject):
    """One frozen Settings value; a change is kept at once and told to everybody."""

    changed = signal(Settings)
    failed = signal(Exception)

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._crew = Crew(self, at_once=1)
        self.value = store.settings.load()

    def set(self, **values: Any) -> None:
        """Change some preferences, by their names in Settings."""
        new = replace(self.value, **values)
        if new == self.value:
            return
        self.value = new
        self._crew.run(lambda _tick: self._store.settings.save(new), self._saved, keep=True)
        self.changed.emit(new)

    def close(self) -> bool:
        """Wait until everything is kept. True when it ended in time."""
        return self._crew.close()

    def _saved(self, outcome: Outcome[Any]) -> None:
        if outcome.error is not None and not outcome.cancelled:
            self.failed.emit(outcome.error)  # type: ignore[arg-type]
