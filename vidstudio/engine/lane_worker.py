"""The lane process: works off the durable queue, each lane in a thread, until its input ends.

`python -m vidstudio.engine.lane_worker --data DIR --models DIR --logs DIR`, started by `lane_process`, which has it
stand back behind the window as a whole, so that no thread of the window ever waits for one that is not run.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from vidstudio.engine.cloud_process import CloudProcess
from vidstudio.engine.clouds.keys import Keys
from vidstudio.engine.errors import EngineError, of_the_machine
from vidstudio.engine.jobs import run_queue
from vidstudio.engine.lane_process import KEYS, Memory, Said, Trouble
from vidstudio.engine.log import configure_logging
from vidstudio.engine.model_process import ModelProcess
from vidstudio.engine.paths import Paths
from vidstudio.engine.runner import Runner
from vidstudio.engine.stage import Stage
from vidstudio.engine.store import owners
from vidstudio.engine.store.jobs import LANES, Lane
from vidstudio.engine.store.store import Store

_log = logging.getLogger("vidstudio.lane_process")

_IDLE_S = 1.0
"""How long a lane with nothing to do waits before it looks for work that another program queued."""
_END_S = 2.5


class _Reports:
    """What the parent is told, a line each, from any thread."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, said: Said) -> None:
        with self._lock, contextlib.suppress(OSError):  # the parent is gone, and our input has ended
            self._pipe.write(msgspec.json.encode(said) + b"\n")
            self._pipe.flush()


class _Lane(threading.Thread):
    """Runs the jobs of one lane, one after the other."""

    def __init__(
        self, lane: Lane, store: Store, runner: Runner, models: ModelProcess, stop: threading.Event, reports: _Reports
    ) -> None:
        super().__init__(name=f"lane {lane}", daemon=True)
        self._lane, self._store, self._runner, self._models = lane, store, runner, models
        self._stop_event, self._reports = stop, reports
        self.wake = threading.Event()

    def run(self) -> None:
        trouble: Trouble | None = None
        while not self._stop_event.is_set():
            self.wake.clear()
            job = None
            try:
                if trouble is not None:  # the end of a job may not have been written, on a full disk
                    self._store.jobs.release_all(self._lane, owners.me())
                self._models.models_folder = self._store.models_folder
                job = run_queue(self._store, self._runner, self._lane, self._stop_event.is_set)
                trouble = None
            except Exception as error:  # noqa: BLE001 - told to the parent, which shows it; the queue goes on
                if trouble != (now := _trouble(error)):  # said once; there may be room again later
                    self._reports.send(now)
                trouble = now
                self._stop_event.wait(_IDLE_S)
            if job is None:
                self.wake.wait(_IDLE_S)


def _trouble(error: Exception) -> Trouble:
    known = error if isinstance(error, EngineError) else of_the_machine(error)
    if known is not None:
        return Trouble(known.message, known.hint)
    _log.error("the queue could not be worked off", exc_info=error)
    return Trouble(
        f"The queue cannot be worked off because of a bug in VidStudio ({type(error).__name__}: {error}).",
        "The log has the details. Please report it.",
    )


def serve(paths: Paths, catalog: str, orders: BinaryIO, reports: _Reports) -> None:
    """Work until `orders` ends; each line in it says that there may be new work. catalog: `module:NAME`."""
    module, _, name = catalog.partition(":")
    stages: Mapping[str, Stage[Any, Any]] = getattr(importlib.import_module(module), name)
    with Store(paths) as store:
        models = ModelProcess(store.models_folder, catalog=catalog)
        keys = Keys()
        clouds = CloudProcess(store, keys)
        runner = Runner(stages, store, models, clouds)
        stop = threading.Event()
        lanes = [_Lane(lane, store, runner, models, stop, reports) for lane in LANES]
        watch = threading.Thread(target=_tell_memory, args=(models, stop, reports), name="memory", daemon=True)
        for thread in (*lanes, watch):
            thread.start()
        for order in orders:
            if order.startswith(KEYS):
                keys.set_session(msgspec.json.decode(order.removeprefix(KEYS), type=dict[str, str]))
            for lane in lanes:
                lane.wake.set()
        stop.set()
        models.close()  # a lane may be waiting for one of them
        clouds.close()
        for lane in lanes:
            lane.wake.set()
            lane.join(_END_S)
        if any(lane.is_alive() for lane in lanes):
            _log.warning("some work did not stop in time")
            logging.shutdown()
            os._exit(0)  # what was sealed is safe, and the parent queues the rest anew


def _tell_memory(models: ModelProcess, stop: threading.Event, reports: _Reports) -> None:
    told: int | None = None
    while not stop.wait(_IDLE_S):
        now = models.memory_bytes
        if now != told:
            reports.send(Memory(now))
            told = now


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the parent until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "models", "logs"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--catalog", default="vidstudio.engine.catalog:STAGES", help="module:NAME of the stage table")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then closes us
    reports = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no report
    configure_logging(options.logs)
    paths = Paths(data=options.data, models=options.models, logs=options.logs)
    serve(paths, options.catalog, sys.stdin.buffer, _Reports(reports))
    return 0


if __name__ == "__main__":
    sys.exit(main())
