"""What commands work with: the store, the runner, and one job brought to its end with a bar."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidstudio.cli.common import BugFound, Terminal
from vidstudio.engine.catalog import STAGES
from vidstudio.engine.cloud_process import CloudProcess
from vidstudio.engine.clouds.keys import Keys
from vidstudio.engine.errors import Cancelled, EngineError, EnvironmentProblem, of_the_machine
from vidstudio.engine.jobs import run_job
from vidstudio.engine.log import configure_logging
from vidstudio.engine.model_process import ModelProcess
from vidstudio.engine.paths import default_paths
from vidstudio.engine.runner import Runner
from vidstudio.engine.stage import Call, Progress
from vidstudio.engine.store import owners
from vidstudio.engine.store.jobs import Job, Lane
from vidstudio.engine.store.store import Store

_WATCH_S = 0.3


class TellingRunner(Runner):
    """A runner whose progress also goes to `told`, and that keeps the error a job ended with."""

    told: Callable[[Progress], None] | None = None
    error: EngineError | None = None

    def run(
        self,
        call: Call,
        progressed: Callable[[Progress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> list[Any]:
        """Results of the call (see Runner.run)."""

        def both(progress: Progress) -> None:
            for tell in (progressed, self.told):
                if tell is not None:
                    tell(progress)

        try:
            return super().run(call, both, cancelled)
        except EngineError as error:
            self.error = error
            raise
        except (MemoryError, OSError) as error:
            self.error = of_the_machine(error)
            raise


@dataclass(frozen=True, slots=True)
class Studio:
    """The user's store, and a runner over all stages. Model stages get their process at first use."""

    store: Store
    runner: TellingRunner
    clouds: CloudProcess


@contextlib.contextmanager
def open_studio() -> Iterator[Studio]:
    """Open the user's studio; closes it, and ends its model process, afterwards."""
    paths = default_paths()
    try:
        configure_logging(paths.logs)
    except OSError as error:
        message = f"The folder {paths.logs} cannot be written to ({error.strerror})."
        raise EnvironmentProblem(message, "Check its rights, or set VIDSTUDIO_HOME to another folder.") from error
    store = Store(paths)
    try:
        models = ModelProcess(Path(store.settings.load().models_folder or paths.models))
        clouds = CloudProcess(store, Keys())
        try:
            yield Studio(store, TellingRunner(STAGES, store, models, clouds), clouds)
        finally:
            models.close()
            clouds.close()
    finally:
        store.close()


def run_call(studio: Studio, terminal: Terminal, recipe: str, title: str, call: Call, lane: Lane) -> Any:
    """The one result of a call: from the store, or worked out as a job of the queue, in this process.

    A job that a killed process left with the same call is gone on with. Raises EngineError, Cancelled.
    """
    if (sealed := studio.runner.load(call)) is not None:
        return sealed[0]
    jobs = studio.store.jobs
    jobs.requeue_lost()
    left = [job for job in jobs.recent() if job.state == "queued" and job.call == call]
    finish_job(studio, terminal, left[0] if left else jobs.submit(recipe, title, call, lane))
    results = studio.runner.load(call)
    if results is None:
        raise EngineError("The result of the work is gone.", "Run it again.")
    return results[0]


def finish_job(studio: Studio, terminal: Terminal, job: Job) -> None:
    """Run a queued job to its end, with a bar. Raises EngineError when it failed, Cancelled when it was stopped."""
    with terminal.progress(job.title) as progressed, terminal.asking() as stopped:
        while (claimed := studio.store.jobs.claim_one(job.id, owners.me())) is None:
            # an open window was quicker: it works, we watch
            now = studio.store.jobs.get(job.id)
            if now is None or now.state not in ("queued", "running"):
                break
            if stopped():
                raise Cancelled
            progressed(now.progress)
            studio.store.jobs.requeue_lost()
            time.sleep(_WATCH_S)
        runner = studio.runner
        runner.told, runner.error = progressed, None
        try:
            done = run_job(studio.store, runner, claimed, stopped) if claimed else studio.store.jobs.get(job.id)
        finally:
            runner.told = None
    if done is None or done.state == "cancelled":
        raise Cancelled
    if done.state != "done":
        # run here without an error for people, it ended with a bug
        raise runner.error or (BugFound if claimed else EngineError)(done.error, done.hint)
