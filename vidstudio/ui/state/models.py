"""The weights of models as the window knows them: what is here, what the hub offers, what is being fetched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from vidstudio.engine.errors import ModelUnavailable
from vidstudio.engine.models.weights import Weights, find_weights, is_hub_name, list_weights
from vidstudio.engine.paths import Paths
from vidstudio.engine.store.jobs import Job
from vidstudio.player.signals import signal
from vidstudio.ui.state.settings import SettingsState
from vidstudio.ui.worker import Crew, Outcome, Tick, Worker

if TYPE_CHECKING:
    from vidstudio.engine.models.fetch import WeightsOffer

BASIC = "basic"


def embedder_of(job: Job) -> str:
    """The model that a comparison's job wants; "basic" for every other job."""
    return str(job.call.params.get("embedder", BASIC)) if job.recipe == "compare" else BASIC


class ModelsState(QObject):
    """Lives in the GUI thread; disk and network are looked at by workers. `changed`: something else is here now."""

    changed = signal()
    failed = signal(Exception)

    def __init__(self, paths: Paths, settings: SettingsState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths, self._settings = paths, settings
        self._crew = Crew(self, at_once=2)
        self.here: dict[str, Weights] = {}
        self._seen = self.folder
        settings.changed.connect(lambda _settings: self._look_elsewhere())

    @property
    def folder(self) -> Path:
        """Where weights are kept."""
        own = self._settings.value.models_folder
        return Path(own) if own else self._paths.models

    def look(self) -> None:
        """See what is here."""
        folder = self.folder

        def done(outcome: Outcome[list[Weights]]) -> None:
            if outcome.result is None:
                self._fail(outcome.error)
                return
            self.here = {one.name: one for one in outcome.result}
            self.changed.emit()

        self._crew.run(lambda _tick: list_weights(folder), done)

    def ask(self, name: str, done: Callable[[Outcome[WeightsOffer]], object]) -> Worker:
        """Ask the hub what it has under a name."""

        def work(_tick: Tick) -> WeightsOffer:
            from vidstudio.engine.models.fetch import ask  # what it needs is not loaded at every start

            return ask(name)

        return self._crew.run(work, done)

    def fetch(self, offer: WeightsOffer, done: Callable[[Outcome[Path]], object]) -> Worker:
        """Fetch what the person agreed to; the worker's progress is in bytes, and cancelling it keeps what is there."""
        folder = self.folder

        def work(tick: Tick) -> Path:
            from vidstudio.engine.models.fetch import fetch

            fetch(offer, folder, agreed=True, progress=lambda now, total: tick(now, total))
            return find_weights(offer.name, folder)

        def ended(outcome: Outcome[Path]) -> None:
            self.look()
            done(outcome)

        return self._crew.run(work, ended)

    def wanting(self, name: str, then: Callable[[bool], object]) -> None:
        """Tell `then` whether the weights of a hub's model are missing, cut off or damaged, so that fetching helps."""
        folder = self.folder

        def work(_tick: Tick) -> bool:
            try:
                find_weights(name, folder)
            except ModelUnavailable:
                return is_hub_name(name)
            return False

        def done(outcome: Outcome[bool]) -> None:
            self._fail(outcome.error)
            then(bool(outcome.result))

        self._crew.run(work, done)

    def close(self) -> bool:
        """Stop fetching (it goes on where it was another time) and wait. True when all ended in time."""
        return self._crew.close(wait_ms=8000)

    def _look_elsewhere(self) -> None:
        if self._seen != self.folder:
            self._seen = self.folder
            self.look()

    def _fail(self, error: BaseException | None) -> None:
        if isinstance(error, Exception):
            self.failed.emit(error)
