"""A running model process as its parent holds it: its pipes, its last words, its end."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

import msgspec

from vidstudio.engine.errors import ModelProcessDied
from vidstudio.engine.model_messages import Order, Report, read_message, write_message

_log = logging.getLogger("vidstudio.model_process")

_WATCH_SECONDS = 0.5  # how often an idle child is thought about
_TAIL_LINES = 30
_REPORTS = 64  # how far the child may run ahead of whoever takes its results

# Libraries in the child send no telemetry, install nothing, run no code out of weights and draw no progress bars.
_QUIET = {
    "YOLO_OFFLINE": "1",
    "YOLO_AUTOINSTALL": "False",
    "YOLO_VERBOSE": "False",
    "ULTRALYTICS_SKIP_REQUIREMENTS_CHECKS": "1",
    "ULTRALYTICS_SAFE_LOAD": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_OFFLINE": "1",  # weights are fetched by `fetch` only, when a person said so
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # cards numbered as the driver does
    "TQDM_DISABLE": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
}


@dataclass(frozen=True, slots=True)
class Role:
    """What a child is for, as people are told of it. advice: what to do when it dies again and again."""

    name: str
    advice: str


MODELS = Role("model process", "choose a smaller model or the CPU")


class Child:
    """A running child with the threads that read its pipes and ask now and then whether it is still `wanted`.

    folder: of the weights. options: further ones of the worker's command line.
    """

    def __init__(self, folder: Path, options: Sequence[str], role: Role, wanted: Callable[[Child], bool]) -> None:
        self.folder = folder
        self._role = role
        self._wanted = wanted
        command = [sys.executable, "-P", "-m", "vidstudio.engine.model_worker", "--models", str(folder), *options]
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(folder),
            creationflags=flags,
        )
        self.pid = self._process.pid
        self._lines: deque[str] = deque(maxlen=_TAIL_LINES)
        self._queue: queue.Queue[Report | None] = queue.Queue(_REPORTS)
        self._ended = threading.Event()
        self._died = False
        # Reader threads, because Windows cannot wait for a pipe with a timeout.
        self._threads = [
            threading.Thread(target=self._read_reports, name="model process reports", daemon=True),
            threading.Thread(target=self._read_log, name="model process log", daemon=True),
            threading.Thread(target=self._watch, name="model process watch", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
        """Whether it can be given orders."""
        return not self._died and self._process.poll() is None

    def send(self, order: Order) -> None:
        """Give an order. Raises ModelProcessDied."""
        try:
            write_message(cast("BinaryIO", self._process.stdin), order)
        except (OSError, ValueError) as error:
            raise self._death() from error

    def report(self, seconds: float) -> Report | None:
        """The next report, or None when none came in time. Raises ModelProcessDied at the end of the pipe."""
        if self._died:
            raise self._death()
        try:
            report = self._queue.get(timeout=seconds)
        except queue.Empty:
            if self._ended.is_set():  # closed by another thread: no more reports are taken in
                raise self._death() from None
            return None
        if report is None:
            raise self._death()
        return report

    def must_be_ready(self, until: float) -> None:
        """Raises ModelProcessDied when the time `until` has passed."""
        if time.monotonic() > until:
            raise ModelProcessDied(
                f"The {self._role.name} does not get ready.{self._tail()}",
                "Try again; if it stays so, restart the computer.",
            )

    def _tail(self) -> str:
        lines = "\n".join(self._lines)
        return f"\nIts last words:\n{lines}" if lines else ""

    def end(self) -> None:
        """Kill it, wait for it, and take down the threads."""
        self._ended.set()
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            if thread is threading.current_thread():  # the watch itself ends it
                continue
            thread.join(2)  # a grandchild that holds the pipe open must not hold us up
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            _close(pipe)

    def _death(self) -> ModelProcessDied:
        self._died = True
        try:
            code = self._process.wait(2)  # the pipe ends a moment before the process
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._threads[1].join(1)
        how = f"was killed (signal {-code})" if code < 0 else f"ended with status {code}"
        return ModelProcessDied(
            f"The {self._role.name} {how} in the middle of its work.{self._tail()}",
            f"Only this piece of work is lost: run it again. If it happens again, {self._role.advice}.",
        )

    def _watch(self) -> None:
        while not self._ended.wait(_WATCH_SECONDS) and self._wanted(self):
            pass

    def _read_reports(self) -> None:
        decoder: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)
        pipe = cast("BinaryIO", self._process.stdout)
        try:
            while (data := read_message(pipe)) is not None:
                if not self._put(decoder.decode(data)):
                    return
        except msgspec.DecodeError as error:
            _log.info("the %s said something that cannot be read: %s", self._role.name, error)
        finally:
            self._put(None)

    def _put(self, report: Report | None) -> bool:
        while not self._ended.is_set():
            try:
                self._queue.put(report, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def _read_log(self) -> None:
        pipe = cast("BinaryIO", self._process.stderr)
        while line := pipe.readline(4096):
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                self._lines.append(text)
                _log.info("%s", text)


def _environment(models_folder: Path) -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    config = models_folder / "ultralytics"
    return {**os.environ, **_QUIET, "PYTHONPATH": os.pathsep.join(paths), "YOLO_CONFIG_DIR": str(config)}


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        try:
            pipe.close()
        except OSError:  # bytes that nobody will read any more
            _log.debug("a pipe of the ended model process could not be flushed")
