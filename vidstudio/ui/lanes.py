"""The window's end of the durable queue: the lane process, in which jobs run, and a thread that watches.

Progress is never sent by the work. The watcher looks at the store ten times a second and, when something
was written by anyone, hands one immutable `Look` to the GUI thread.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QThread, QTimer

from vidstudio.engine.errors import EngineError
from vidstudio.engine.lane_process import LaneProcess
from vidstudio.engine.store.jobs import Job
from vidstudio.engine.store.store import Store
from vidstudio.player import sink
from vidstudio.player.signals import signal

POLL_S = 0.1
"""Time between two looks at the store."""
LOST_S = 5.0
"""Time between two searches for jobs whose program died, and the rest after a failure."""
WARM_S = 5.0
"""Time after the start at which what the first comparison needs is loaded and started."""

# numpy.ma: numpy itself loads it at the first median, which takes a tenth of a second
WARM = (
    "numpy.ma",
    "vidstudio.engine.media.thumbnails",
    "vidstudio.engine.recipes.compare",
    "vidstudio.engine.catalog",
    "vidstudio.ui.keys",
)
"""Modules that the first comparison needs. Setting up has them compiled, for which the window would stand still."""


@dataclass(frozen=True, slots=True)
class Look:
    """The queue as it was at one moment, the newest job first."""

    jobs: tuple[Job, ...]


def _warm_up() -> None:
    """Load now what the first comparison and the first sound need, while nobody waits for anything."""
    for name in WARM:
        with contextlib.suppress(ImportError):  # whoever really needs it says so
            importlib.import_module(name)
    sink.load()


class _Watch(QThread):
    """Looks at the store, says when something changed, and keeps the lane process alive."""

    looked = signal(Look)
    failed = signal(Exception)
    loaded = signal()

    def __init__(self, store: Store, process: LaneProcess, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._process = store, process
        self._stop = threading.Event()
        self.wanted = threading.Event()

    def stop(self) -> None:
        """End soon."""
        self._stop.set()

    def run(self) -> None:
        seen, rest, looked_for_lost, began, warm = -1, POLL_S, -LOST_S, time.monotonic(), False
        while not self._stop.wait(rest):
            if not warm and time.monotonic() - began >= WARM_S:
                warm = True
                self.wanted.set()
                _warm_up()
                self.loaded.emit()
            try:
                if time.monotonic() - looked_for_lost >= LOST_S:
                    looked_for_lost = time.monotonic()
                    self._store.jobs.requeue_lost()
                version = self._store.version()
                if version != seen:
                    seen = version
                    look = Look(tuple(self._store.jobs.recent(100)))
                    if any(job.state == "queued" for job in look.jobs):
                        self.wanted.set()
                    self.looked.emit(look)
                self._process.keep(wanted=self.wanted.is_set())
                rest = POLL_S
            except Exception as error:  # noqa: BLE001 - carried to the GUI thread, which judges it
                if rest == POLL_S:  # said once; the disk may be free again later
                    self.failed.emit(error)
                rest = LOST_S


class Lanes(QObject):
    """Owns the lane process and the watcher. `close` ends them before the store may be closed.

    catalog: `module:NAME` of the stage table of the lane process. session_keys: as LaneProcess takes them.
    """

    looked = signal(Look)
    failed = signal(Exception)
    warmed = signal()

    def __init__(
        self,
        store: Store,
        catalog: str = "vidstudio.engine.catalog:STAGES",
        parent: QObject | None = None,
        session_keys: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        super().__init__(parent)
        self._process = LaneProcess(store, self._troubled, catalog, session_keys)
        self._watch = _Watch(store, self._process, self)
        self._watch.looked.connect(self._look)
        self._watch.failed.connect(self.failed.emit)
        self._watch.loaded.connect(self._loaded)
        self._warm = False

    def start(self) -> None:
        """Take up work, also what an earlier run of the program left unfinished."""
        self._watch.start()

    def is_warm(self) -> bool:
        """Whether what the first comparison needs is loaded."""
        return self._warm

    def models_bytes(self) -> int | None:
        """Memory that the model process takes, in bytes; None while there is none."""
        return self._process.models_bytes

    def kick(self) -> None:
        """There is new work: look now."""
        self._watch.wanted.set()
        self._process.kick()

    def stop(self) -> None:
        """Ask all to end; a job in mid-work goes back to the queue."""
        self._watch.stop()
        self._process.stop()

    def close(self, wait_ms: int = 3000) -> bool:
        """Stop all, and wait. True when all ended in time."""
        self.stop()
        return self._watch.wait(wait_ms) and self._process.close(wait_ms / 1000)

    def _loaded(self) -> None:
        # in a turn of its own: it takes a while, and what else there is to do in this one does too
        QTimer.singleShot(1, self, self._look_for_sound)

    def _look_for_sound(self) -> None:
        sink.look_for_devices()
        self._warm = True
        self.warmed.emit()

    def _look(self, look: Look) -> None:
        # a slot of this object is called in its own thread, whoever listens to it
        self.looked.emit(look)

    def _troubled(self, error: EngineError) -> None:
        # from the thread that hears the lane process: the signal brings it to the GUI thread
        self._watch.failed.emit(error)
