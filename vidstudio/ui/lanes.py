"""The window's workers on the durable queue: one long-lived thread for each lane, and one that watches.

Progress is never sent by the work. The watcher looks at the store ten times a second and, when something
was written by anyone, hands one immutable `Look` to the GUI thread.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, QThread

from vidstudio.engine.jobs import run_queue
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.jobs import LANES, Job, Lane
from vidstudio.engine.store.store import Store
from vidstudio.player import sink
from vidstudio.player.signals import signal
from vidstudio.ui.worker import stand_back

POLL_S = 0.1
"""Time between two looks at the store."""
LOST_S = 5.0
"""Time between two searches for jobs whose program died, and the rest after a failure."""
WARM_S = 5.0
"""Time after the start at which the libraries of the first comparison are loaded."""
IDLE_S = 1.0
"""How long a lane with nothing to do waits before it looks for work that another program queued."""


@dataclass(frozen=True, slots=True)
class Look:
    """The queue as it was at one moment, the newest job first."""

    jobs: tuple[Job, ...]


class _LaneThread(QThread):
    """Runs the jobs of one lane, one after the other."""

    failed = signal(Exception)

    def __init__(self, store: Store, runner: Runner, lane: Lane, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._runner, self._lane = store, runner, lane
        self._stop = threading.Event()
        self.wake = threading.Event()

    def stop(self) -> None:
        """End soon; a job that runs goes back to the queue."""
        self._stop.set()
        self.wake.set()

    def run(self) -> None:
        stand_back(far=True)
        while not self._stop.is_set():
            self.wake.clear()
            try:
                job = run_queue(self._store, self._runner, self._lane, self._stop.is_set)
            except Exception as error:  # noqa: BLE001 - carried to the GUI thread, which judges it
                self.failed.emit(error)
                job = None
                self._stop.wait(IDLE_S)
            if job is None:
                self.wake.wait(IDLE_S)


def _warm_up() -> None:
    """Load now what the first comparison and the first sound need, while nobody waits for anything.

    Loading holds the interpreter, and a lane's thread stands back: there it would hold up the window for longer.
    """
    for name in ("cv2", "vidstudio.engine.media.thumbnails", "vidstudio.engine.recipes.compare"):
        with contextlib.suppress(ImportError):  # whoever really needs it says so
            importlib.import_module(name)
    sink.load()


class _Watch(QThread):
    """Looks at the store and says when something changed."""

    looked = signal(Look)
    failed = signal(Exception)

    def __init__(self, store: Store, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._stop = threading.Event()
        self.warm = threading.Event()

    def stop(self) -> None:
        """End soon."""
        self._stop.set()

    def run(self) -> None:
        seen, rest, looked_for_lost, began = -1, POLL_S, -LOST_S, time.monotonic()
        while not self._stop.wait(rest):
            if not self.warm.is_set() and time.monotonic() - began >= WARM_S:
                _warm_up()
                self.warm.set()
            try:
                if time.monotonic() - looked_for_lost >= LOST_S:
                    looked_for_lost = time.monotonic()
                    self._store.jobs.requeue_lost()
                version = self._store.version()
                if version != seen:
                    seen = version
                    self.looked.emit(Look(tuple(self._store.jobs.recent(100))))
                rest = POLL_S
            except Exception as error:  # noqa: BLE001 - carried to the GUI thread, which judges it
                if rest == POLL_S:  # said once; the disk may be free again later
                    self.failed.emit(error)
                rest = LOST_S


class Lanes(QObject):
    """Owns the lanes' threads. `close` ends them all before the store may be closed."""

    changed = signal(Changes)
    looked = signal(Look)
    failed = signal(Exception)

    def __init__(self, store: Store, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads = [_LaneThread(store, runner, lane, self) for lane in LANES]
        self._watch = _Watch(store, self)
        self._watch.looked.connect(self._look)
        self._watch.failed.connect(self.failed.emit)
        for thread in self._threads:
            thread.failed.connect(self.failed.emit)

    def start(self) -> None:
        """Take up work, also what an earlier run of the program left unfinished."""
        self._watch.start()
        for thread in self._threads:
            thread.start(QThread.Priority.LowPriority)

    def is_warm(self) -> bool:
        """Whether what the first comparison needs is loaded."""
        return self._watch.warm.is_set()

    def kick(self) -> None:
        """There is new work: look now."""
        for thread in self._threads:
            thread.wake.set()

    def stop(self) -> None:
        """Ask all threads to end; a job in mid-work goes back to the queue."""
        for thread in self._threads:
            thread.stop()
        self._watch.stop()

    def close(self, wait_ms: int = 3000) -> bool:
        """Stop all, and wait. True when all ended in time."""
        self.stop()
        ended = [thread.wait(wait_ms) for thread in (*self._threads, self._watch)]
        return all(ended)

    def _look(self, look: Look) -> None:
        self.looked.emit(look)
        self.changed.emit(Changes.of("projects", "media", "results", "jobs", "settings"))
