"""Work outside the GUI thread: one callable in one QThread, its end as one value.

    crew = Crew(parent)
    crew.run(lambda tick: probe(path), self._probed)     # self._probed(outcome) in the GUI thread

A QThread that is dropped while it runs aborts the process, so a Crew owns its workers and waits for them.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QThread

from vidstudio.engine.errors import Cancelled
from vidstudio.engine.priority import thread_stands_back
from vidstudio.engine.stage import Progress
from vidstudio.player.signals import signal

T = TypeVar("T")

log = logging.getLogger("vidstudio.ui.worker")

Tick = Callable[..., None]
"""`tick(done, total, note="")`; raises Cancelled when the work is no longer wanted."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """How a piece of work ended: with a result, or with an error (`Cancelled` when it was stopped)."""

    result: T | None = None
    error: BaseException | None = None

    @property
    def ok(self) -> bool:
        """Whether it came to its end."""
        return self.error is None

    @property
    def cancelled(self) -> bool:
        """Whether it was stopped."""
        return isinstance(self.error, Cancelled)


class Worker(QThread):
    """Runs `work(tick)` once. `finished_with` brings the Outcome to the GUI thread.

    Progress is not sent: look at `progress` when there is time to show it.
    """

    finished_with = signal(Outcome)

    def __init__(self, work: Callable[[Tick], Any], parent: QObject | None = None, *, keep: bool = False) -> None:
        super().__init__(parent)
        self._work = work
        self.keep = keep
        self._stop = threading.Event()
        self._deliver: Callable[[Outcome[Any]], object] | None = None
        self.progress = Progress()
        self.outcome: Outcome[Any] | None = None

    def deliver_to(self, done: Callable[[Outcome[Any]], object]) -> None:
        """Call `done(outcome)` in the GUI thread, whatever kind of callable it is."""
        self._deliver = done
        self.finished_with.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    def _hand_over(self, outcome: Outcome[Any]) -> None:
        if self._deliver is not None:
            self._deliver(outcome)

    def cancel(self) -> None:
        """Ask it to stop at its next tick."""
        self._stop.set()

    def tick(self, done: float = 0.0, total: float = 0.0, note: str = "") -> None:
        """Called by the work: says how far it is. Raises Cancelled when it is to stop."""
        if self._stop.is_set():
            raise Cancelled
        self.progress = Progress(done, total, note)

    def run(self) -> None:
        """In the thread: everything that is raised becomes the outcome's error, for the GUI thread to judge."""
        outcome: Outcome[Any]
        try:
            thread_stands_back()
            self.tick()
            outcome = Outcome(self._work(self.tick))
        except BaseException as error:  # noqa: BLE001 - an exception that leaves run() would look like success
            outcome = Outcome(error=error)
        self.outcome = outcome
        self.finished_with.emit(outcome)


class Crew(QObject):
    """Owns workers; runs a few at once and keeps the rest waiting in order."""

    def __init__(self, parent: QObject | None = None, at_once: int = 2) -> None:
        super().__init__(parent)
        self._at_once = at_once
        self._waiting: deque[tuple[Worker, Callable[[Outcome[Any]], object]]] = deque()
        self._running: list[Worker] = []
        self._closed = False

    def run(
        self,
        work: Callable[[Tick], T],
        done: Callable[[Outcome[T]], object],
        *,
        first: bool = False,
        keep: bool = False,
    ) -> Worker:
        """Run `work(tick)` in a thread; `done(outcome)` is called in the GUI thread.

        first: jumps the queue. keep: is done even when the crew is closed before its turn, for what people decided.
        """
        worker = Worker(work, self, keep=keep)
        (self._waiting.appendleft if first else self._waiting.append)((worker, done))
        self._start_next()
        return worker

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._running or self._waiting)

    def close(self, wait_ms: int = 3000) -> bool:
        """Stop all and call nobody. True when all ended in time (each has `wait_ms`).

        What runs is asked to stop and waited for, what waits does not start; but what is to be kept is run to its
        end here and now. When that fails there is no window left to tell: the log does.
        """
        self._closed = True
        workers = list(self._running)
        for worker in workers:
            if not worker.keep:
                worker.cancel()
        ended = [worker.wait(wait_ms) for worker in workers]
        for worker, _ in self._waiting:
            if worker.keep:
                worker.start()
                ended.append(worker.wait(wait_ms))
                workers.append(worker)
        self._waiting.clear()
        for worker in workers:
            if worker.keep and worker.outcome is not None and not worker.outcome.ok:
                log.error("the last write failed: %s", worker.outcome.error)
        return all(ended)

    def _start_next(self) -> None:
        while self._waiting and len(self._running) < self._at_once and not self._closed:
            worker, done = self._waiting.popleft()
            self._running.append(worker)
            worker.deliver_to(functools.partial(self._ended, worker, done))
            worker.finished.connect(worker.deleteLater)
            worker.start(QThread.Priority.LowPriority)

    def _ended(self, worker: Worker, done: Callable[[Outcome[Any]], object], outcome: Outcome[Any]) -> None:
        # the signal comes from inside run(): the thread itself has a moment to go
        worker.wait()
        self._running.remove(worker)
        if not self._closed:
            done(outcome)
        self._start_next()
