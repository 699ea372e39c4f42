"""Works off the durable queue: one job at a time, with a heartbeat, and its end written down."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from vidstudio.engine.errors import Cancelled, EngineError, of_the_machine
from vidstudio.engine.runner import Runner
from vidstudio.engine.stage import Progress
from vidstudio.engine.store import owners
from vidstudio.engine.store.jobs import Job, JobState, Lane
from vidstudio.engine.store.space import trim
from vidstudio.engine.store.store import Store

log = logging.getLogger("vidstudio.engine.jobs")

BEAT_S = 0.5
"""Time between two heartbeats."""

_BUG = "This did not work because of a bug in VidStudio"
_BUG_HINT = "The log has the details. Please report it, then try again."


def run_job(
    store: Store,
    runner: Runner,
    job: Job,
    cancelled: Callable[[], bool] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Job:
    """Run a job that this process claimed, and return it as it ended: done, failed or cancelled.

    It is cancelled when `cancelled` says so or somebody cancelled it in the store. When `stop` says so
    (the program closes) it goes back to the queue, and what it sealed is kept. A job that was given to
    another worker in the meantime is left to that one.
    """
    with _Heart(store, job) as heart:

        def halted() -> bool:
            heart.check()
            return heart.lost or bool(cancelled and cancelled()) or bool(stop and stop())

        state, error, hint = _outcome(runner, job, heart, halted)
    # whatever ends while the program closes was interrupted, a model process that was ended under it too
    if state != "done" and not heart.lost and not (cancelled and cancelled()) and stop and stop():
        store.jobs.release(job.id, job.attempts)
    else:
        store.jobs.finish(job.id, state, error, hint, job.attempts)
        trim(store, wanted=job.call)
    return store.jobs.get(job.id) or job


def run_queue(store: Store, runner: Runner, lane: Lane, stop: Callable[[], bool]) -> Job | None:
    """Run the next job of a lane to its end; None when there is none. Call it again and again until `stop()`."""
    if stop():
        return None
    job = store.jobs.claim(lane, owners.me())
    return None if job is None else run_job(store, runner, job, stop=stop)


def _outcome(runner: Runner, job: Job, heart: _Heart, halted: Callable[[], bool]) -> tuple[JobState, str, str]:
    try:
        runner.run(job.call, heart.tell, halted)
    except Cancelled:
        return "cancelled", "", ""
    except EngineError as error:
        return "failed", error.message, error.hint
    except Exception as error:
        if problem := of_the_machine(error):
            return "failed", problem.message, problem.hint
        log.exception("job %s (%s) failed", job.id, job.recipe)
        return "failed", f"{_BUG} ({type(error).__name__}: {error}).", _BUG_HINT
    except BaseException:
        # Ctrl-C: whoever looks next goes on with it
        heart.release()
        raise
    return "done", "", ""


class _Heart:
    """Beats for a job in a thread of its own, so that long silent work is not taken for lost."""

    def __init__(self, store: Store, job: Job) -> None:
        self.lost = False
        self._store = store
        self._job = job
        self._latest = Progress()
        self._problem: Exception | None = None
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heart of job {job.id}")

    def tell(self, progress: Progress) -> None:
        """Remember the latest progress; the next beat carries it."""
        self._latest = progress

    def check(self) -> None:
        """Raise what the last beat ran into, such as a full disk."""
        if self._problem is not None:
            raise self._problem

    def release(self) -> None:
        self.__exit__(None, None, None)
        self._store.jobs.release(self._job.id, self._job.attempts)

    def __enter__(self) -> _Heart:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self.lost and self._problem is None:
            try:
                self.lost = not self._store.jobs.beat(self._job.id, self._latest, self._job.attempts)
            except Exception as error:  # noqa: BLE001 - raised again by `check`, in the thread that works
                self._problem = error
            if self._end.wait(BEAT_S):
                return
