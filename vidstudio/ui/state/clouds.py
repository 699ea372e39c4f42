"""Cloud services as the window knows them: which keys there are (masked), keeping, trying and removing them.

Keyrings may ask the person to unlock them, so everything is done by workers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PySide6.QtCore import QObject

from vidstudio.engine.cloud_process import CloudProcess
from vidstudio.engine.clouds.keys import Source, has_keyring
from vidstudio.engine.clouds.vendors import VENDORS, Vendor
from vidstudio.engine.errors import Cancelled
from vidstudio.player.signals import signal
from vidstudio.ui.worker import Crew, Outcome, Tick, Worker

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A service and the key that would be used for it: masked, "" for none."""

    vendor: Vendor
    key: str = ""
    source: Source | None = None


class CloudsState(QObject):
    """Lives in the GUI thread. `changed`: other keys are there now. keeps: whether there is a keyring."""

    changed = signal()
    failed = signal(Exception)

    def __init__(self, clouds: CloudProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clouds = clouds
        self._crew = Crew(self, at_once=1)
        self.rows: tuple[KeyRow, ...] = tuple(KeyRow(vendor) for vendor in VENDORS)
        self.keeps = True

    def look(self) -> None:
        """See which keys there are."""

        def work(_tick: Tick) -> tuple[bool, tuple[KeyRow, ...]]:
            keys = self._clouds.gate.keys
            found = [(vendor, keys.find(vendor)) for vendor in VENDORS]
            rows = (KeyRow(vendor, key.masked, key.source) if key else KeyRow(vendor) for vendor, key in found)
            return has_keyring(), tuple(rows)

        def done(outcome: Outcome[tuple[bool, tuple[KeyRow, ...]]]) -> None:
            if outcome.result is None:
                self._fail(outcome.error)
                return
            self.keeps, self.rows = outcome.result
            self.changed.emit()

        self._crew.run(work, done)

    def set_key(self, vendor: Vendor, value: str, done: Callable[[Outcome[Source]], object]) -> None:
        """Keep a key: in the keyring, else until the window is closed."""
        self._run(lambda _tick: self._clouds.gate.keys.set(vendor, value), done)

    def remove_key(self, vendor: Vendor, done: Callable[[Outcome[bool]], object]) -> None:
        """Forget a key; the environment's stays."""
        self._run(lambda _tick: self._clouds.gate.keys.remove(vendor), done)

    def try_key(self, vendor: Vendor, done: Callable[[Outcome[None]], object]) -> Worker:
        """Try the key at no cost; an error in the outcome says why it does not work."""

        def work(tick: Tick) -> None:
            self._clouds.test_key(vendor, lambda: _is_cancelled(tick))

        return self._crew.run(work, done)

    def close(self) -> bool:
        """Stop and wait. True when all ended in time."""
        return self._crew.close(wait_ms=4000)

    def _run(self, work: Callable[[Tick], T], done: Callable[[Outcome[T]], object]) -> None:
        def ended(outcome: Outcome[T]) -> None:
            self.look()
            done(outcome)

        self._crew.run(work, ended)

    def _fail(self, error: BaseException | None) -> None:
        if isinstance(error, Exception):
            self.failed.emit(error)


def _is_cancelled(tick: Tick) -> bool:
    try:
        tick()
    except Cancelled:
        return True
    return False
