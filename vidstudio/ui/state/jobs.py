"""The queue as the window shows it."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QObject

from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.jobs import Job, JobState
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import US
from vidstudio.player.signals import signal
from vidstudio.ui.lanes import Lanes, Look
from vidstudio.ui.worker import Crew, Outcome


def time_left_us(job: Job, now_us: int) -> int | None:
    """How long a running job will still take at its pace so far; None while that is a guess."""
    fraction = job.progress.fraction
    if job.state != "running" or job.started_us is None or fraction < 0.02:
        return None
    spent = now_us - job.started_us
    return max(0, round(spent * (1 - fraction) / fraction)) if spent > US // 2 else None


class JobsState(QObject):
    """Jobs, the newest first. `ended` tells each job that this window saw end."""

    changed = signal()
    ended = signal(Job)
    failed = signal(Exception)

    def __init__(self, store: Store, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._lanes = lanes
        self._crew = Crew(self, at_once=1)
        self.jobs: tuple[Job, ...] = ()
        self._states: dict[str, JobState] = {}
        self._looked = False
        lanes.looked.connect(self._look)

    @property
    def active(self) -> tuple[Job, ...]:
        """Jobs that run or wait, those that run first."""
        wanted = [job for job in self.jobs if job.state in ("running", "queued")]
        return tuple(sorted(wanted, key=lambda job: (job.state != "running", job.created_us)))

    def cancel(self, job_id: str) -> None:
        """Stop a job; what it had finished is kept for a later try."""
        self._do(lambda: self._store.jobs.cancel(job_id))

    def cancel_all(self) -> None:
        """Stop everything that runs or waits."""
        for job in self.active:
            self.cancel(job.id)

    def retry(self, job_id: str) -> None:
        """Put a job that failed or was cancelled into the queue again."""
        self._do(lambda: self._store.jobs.retry(job_id))

    def remove(self, job_id: str) -> None:
        """Take a job that ended out of the list."""
        self._do(lambda: self._store.jobs.remove(job_id))

    def clear_ended(self) -> None:
        """Take everything that ended out of the list."""
        ids = [job.id for job in self.jobs if job.state in ("done", "failed", "cancelled")]

        def remove() -> Changes:
            for job_id in ids:
                self._store.jobs.remove(job_id)
            return Changes.of("jobs")

        self._do(remove)

    def close(self) -> bool:
        """Wait until everything asked for is written. True when it ended in time."""
        return self._crew.close()

    def left_us(self, job: Job) -> int | None:
        """Time left of a job, now."""
        return time_left_us(job, int(time.time() * US))

    def _do(self, write: Any) -> None:
        self._crew.run(lambda _tick: write(), self._done, keep=True)

    def _done(self, outcome: Outcome[Changes]) -> None:
        if outcome.error is not None and not outcome.cancelled:
            self.failed.emit(outcome.error)  # type: ignore[arg-type]
        self._lanes.kick()

    def _look(self, look: Look) -> None:
        if look.jobs == self.jobs:
            return
        before, self._states = self._states, {job.id: job.state for job in look.jobs}
        self.jobs = look.jobs
        self.changed.emit()
        for job in look.jobs:
            # a short job may begin and end between two looks
            was = before.get(job.id, "queued" if self._looked else "done")
            if was in ("running", "queued") and job.state not in ("running", "queued"):
                self.ended.emit(job)
        self._looked = True
