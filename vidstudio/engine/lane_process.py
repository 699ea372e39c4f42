"""The parent's side of the lane process: where the queue's jobs run, beside the window, so that they never hold it up.

One child works off all lanes of the durable queue (`lane_worker`) with a store of its own. It is told only when
to look for work and, by the end of its input, to stop; all that it does is seen in the store.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from vidstudio.engine.errors import EngineError
from vidstudio.engine.paths import Paths
from vidstudio.engine.priority import process_stands_back
from vidstudio.engine.store import owners
from vidstudio.engine.store.store import Store

_log = logging.getLogger("vidstudio.lane_process")

LOOK = b"look\n"
"""What the child is told when there may be new work; before it may come a line of `KEYS` and JSON."""
KEYS = b"keys "
"""Begins a line with the keys of cloud services that are in no keyring, by vendor."""

_MOST_CRASHES = 2
_REST_S = 1.0


class Memory(msgspec.Struct, frozen=True, tag=True):
    """What the model process takes, in bytes; None while there is none."""

    models: int | None


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """The queue itself could not be worked off."""

    message: str
    hint: str


Said = Memory | Trouble


class LaneProcess:
    """Owns the child. Started by `kick` or `keep`, started again when it dies, ended by `stop` and `close`.

    `keep`, `stop` and `close` belong to one thread each at a time; `kick` may be called by any.
    troubled: called (in another thread) with what the queue ran into. catalog: `module:NAME` of the stage table.
    session_keys: gives keys of cloud services that are in no keyring; they go through the pipe and nowhere else.
    """

    def __init__(
        self,
        store: Store,
        troubled: Callable[[EngineError], None],
        catalog: str = "vidstudio.engine.catalog:STAGES",
        session_keys: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._store = store
        self._session_keys = session_keys
        self._troubled = troubled
        self._catalog = catalog
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = ""
        self._reader: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stopped = False
        self._died = 0.0
        self._crashes: Counter[str] = Counter()
        self.models_bytes: int | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the living child, or None."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def kick(self) -> None:
        """There may be new work: look now. Does nothing where no child runs: `keep` starts one."""
        with self._lock:
            if self._child is not None and self._child.stdin is not None and not self._stopped:
                try:
                    self._child.stdin.write(self._words())
                    self._child.stdin.flush()
                except OSError:  # it died; `keep` sees to it
                    _log.debug("the lane process did not hear")

    def keep(self, *, wanted: bool) -> None:
        """Called now and then: starts the child once it is `wanted`, and again after a crash.

        A job that took the child down twice is not tried again: it has failed. Raises OSError when no process
        can be started.
        """
        if self._child is not None and self._child.poll() is not None:
            self._mourn(self._child)
        if wanted and self._child is None and not self._stopped and time.monotonic() - self._died > _REST_S:
            self._start()

    def stop(self) -> None:
        """Ask the child to end; a job in mid-work goes back to the queue."""
        with self._lock:
            self._stopped = True
            if self._child is not None and self._child.stdin is not None:
                try:
                    self._child.stdin.close()
                except OSError:
                    _log.debug("the lane process was gone already")

    def close(self, wait_s: float) -> bool:
        """Stop it and wait; killed when it does not end in time, which loses nothing that was sealed."""
        self.stop()
        child, self._child = self._child, None
        if child is None:
            return True
        try:
            child.wait(wait_s)
        except subprocess.TimeoutExpired:
            _log.warning("the lane process did not end in time and was killed")
            child.kill()
            child.wait()
            self._store.jobs.requeue_lost()
        self._join()
        return True

    def _start(self) -> None:
        paths: Paths = self._store.paths
        folders = [part for name in ("data", "models", "logs") for part in (f"--{name}", str(getattr(paths, name)))]
        command = [sys.executable, "-P", "-m", "vidstudio.engine.lane_worker", *folders, "--catalog", self._catalog]
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), creationflags=flags
        )
        process_stands_back(child.pid)  # from the first: what it imports takes seconds of the processor
        self._owner = owners.of(child.pid)
        self._reader = threading.Thread(target=self._read, args=(child,), name="lane process reports", daemon=True)
        with self._lock:
            self._child = child
        self._reader.start()
        self.kick()
        if self._stopped:  # meanwhile
            self.stop()

    def _words(self) -> bytes:
        keys = self._session_keys()
        return (KEYS + msgspec.json.encode(dict(keys)) + b"\n" if keys else b"") + LOOK

    def _mourn(self, child: subprocess.Popen[bytes]) -> None:
        """The child died: what it worked on is taken up again, once."""
        with self._lock:
            self._child = None
        if child.stdin is not None:
            try:
                child.stdin.close()
            except OSError:
                _log.debug("nothing more could be told to the dead lane process")
        self._join()
        self.models_bytes = None
        self._died = time.monotonic()
        _log.warning("the lane process ended with status %s", child.returncode)
        for job in self._store.jobs.recent():
            if job.state == "running" and job.owner == self._owner:
                self._crashes[job.id] += 1
                if self._crashes[job.id] >= _MOST_CRASHES:
                    self._store.jobs.finish(job.id, "failed", *_gave_up(child.returncode), job.attempts)
        self._store.jobs.requeue_lost()

    def _join(self) -> None:
        if self._reader is not None:
            self._reader.join(2)
            self._reader = None

    def _read(self, child: subprocess.Popen[bytes]) -> None:
        decoder: msgspec.json.Decoder[Said] = msgspec.json.Decoder(Said)
        with cast("BinaryIO", child.stdout) as pipe:
            for line in pipe:
                said = decoder.decode(line)
                if isinstance(said, Memory):
                    self.models_bytes = said.models
                else:
                    self._troubled(EngineError(said.message, said.hint))


def _gave_up(code: int) -> tuple[str, str]:
    how = f"signal {-code}" if code < 0 else f"status {code}"
    return (
        f"This work took the program that does it down twice ({how}).",
        "One of the files may be damaged in a way that FFmpeg cannot bear, or memory ran out. Try a smaller piece.",
    )


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
