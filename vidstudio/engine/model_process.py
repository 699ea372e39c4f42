"""The parent's side of the model process: started at the first call, kept warm, supervised, ended to free memory."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import msgspec

from vidstudio.engine import codec
from vidstudio.engine.errors import Cancelled, ModelProcessDied
from vidstudio.engine.model_messages import (
    Cancel,
    End,
    Failed,
    Order,
    Ready,
    Report,
    Result,
    Run,
    Tick,
    engine_error,
    read_message,
    write_message,
)
from vidstudio.engine.stage import Call, Stage

_log = logging.getLogger("vidstudio.model_process")

Ticked = Callable[[float, float, str], None]

_POLL_SECONDS = 0.1  # how often a silent child's call still looks for a cancel
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


class StageBug(RuntimeError):
    """A stage in the model process raised what is no EngineError; holds the child's traceback."""


class ModelProcess:
    """One child process for whatever imports torch; serves one call at a time, from any thread.

    models_folder: where weights are. device: torch's name of it, None for the best there is.
    catalog: `module:NAME` of the child's stage table. startup_seconds: how long the child may take to
    be ready. cancel_seconds: how long a cancelled call may take to its next tick before the child is killed.
    """

    def __init__(
        self,
        models_folder: Path,
        device: str | None = None,
        *,
        catalog: str = "vidstudio.engine.catalog:STAGES",
        startup_seconds: float = 120.0,
        cancel_seconds: float = 5.0,
    ) -> None:
        self._command = [sys.executable, "-P", "-m", "vidstudio.engine.model_worker"]
        self._command += ["--models", str(models_folder), "--catalog", catalog]
        self._command += ["--device", device] if device is not None else []
        self._models_folder = models_folder
        self._startup_seconds, self._cancel_seconds = startup_seconds, cancel_seconds
        self._turn = threading.Lock()  # held for the length of a call
        self._child: _Child | None = None
        self._calls = 0

    @property
    def pid(self) -> int | None:
        """Process id of the living child, or None."""
        child = self._child
        return child.pid if child is not None and child.alive else None

    def run(
        self,
        stage: Stage[Any, Any],
        call: Call,
        needed: Sequence[Sequence[Any]],
        paths: Mapping[str, Path],
        tick: Ticked,
    ) -> Iterator[Any]:
        """Results of the call, as the child gives them.

        needed: the results of each of the call's needs. paths: where the media are, by content id.
        tick is called in this thread, also while the child says nothing; what it raises (Cancelled)
        cancels the child's call. Closing the iterator does so too. Raises the stage's EngineErrors,
        ModelProcessDied when the child ends in mid-call (the next call starts a new one), StageBug.
        """
        with self._my_turn(tick):
            child = self._ready_child(tick)
            self._calls += 1
            number = self._calls
            over = False
            last = (0.0, 0.0, "")
            try:
                child.send(_order(number, stage, call, needed, paths))
                while not over:
                    report = child.report(_POLL_SECONDS)
                    if report is None:
                        tick(*last)
                    elif isinstance(report, Ready) or report.call != number:
                        continue
                    elif isinstance(report, Tick):
                        last = (report.done, report.total, report.note)
                        tick(*last)
                    elif isinstance(report, Result):
                        yield codec.decode(report.value, stage.result)
                    else:
                        over = True
                        _raise_failure(report)
            finally:
                if not over:  # cancelled, closed, a bug in the caller's tick, or the child died
                    self._stop_call(child, number)

    def release(self) -> bool:
        """End the child, so that all of its memory is free; False when a call is at work."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            self._drop()
        finally:
            self._turn.release()
        return True

    def close(self) -> None:
        """End the child at once; a call at work in another thread raises ModelProcessDied."""
        child = self._child
        if child is not None:
            child.end()
            if self._child is child:
                self._child = None

    @contextmanager
    def _my_turn(self, tick: Ticked) -> Iterator[None]:
        while not self._turn.acquire(timeout=_POLL_SECONDS):
            tick(0.0, 0.0, "waiting for the model process")
        try:
            yield
        finally:
            self._turn.release()

    def _ready_child(self, tick: Ticked) -> _Child:
        if self._child is not None and not self._child.alive:
            self._drop()
        if self._child is not None:
            return self._child
        child = self._child = _Child(self._command, _environment(self._models_folder))
        until = time.monotonic() + self._startup_seconds
        try:
            while not isinstance(child.report(_POLL_SECONDS), Ready):
                child.must_be_ready(until)
                tick(0.0, 0.0, "starting the model process")
        except BaseException:
            self._drop()
            raise
        return child

    def _stop_call(self, child: _Child, number: int) -> None:
        """Cancel a call; a child that does not answer in time is killed."""
        until = time.monotonic() + self._cancel_seconds
        try:
            child.send(Cancel(number))
            while time.monotonic() < until:
                report = child.report(_POLL_SECONDS)
                if isinstance(report, End | Failed) and report.call == number:
                    return
            _log.warning("the model process did not answer a cancel and was killed")
        except ModelProcessDied:
            pass  # then there is nothing left to stop
        self._drop()

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """A running child with the threads that read its pipes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
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
        ]
        for thread in self._threads:
            thread.start()

    @property
    def alive(self) -> bool:
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
                f"The model process does not get ready.{self._tail()}",
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
            f"The model process {how} in the middle of its work.{self._tail()}",
            "Only this piece of work is lost: run it again. If it happens again, choose a smaller model or the CPU.",
        )

    def _read_reports(self) -> None:
        decoder: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)
        pipe = cast("BinaryIO", self._process.stdout)
        while (data := read_message(pipe)) is not None:
            if not self._put(decoder.decode(data)):
                return
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


def _order(
    number: int,
    stage: Stage[Any, Any],
    call: Call,
    needed: Sequence[Sequence[Any]],
    paths: Mapping[str, Path],
) -> Run:
    return Run(
        number,
        stage.name,
        call.inputs,
        codec.encode(call.params),
        call.span,
        tuple(need.stage for need in call.needs),
        tuple(tuple(codec.encode(value) for value in values) for values in needed),
        {name: str(path) for name, path in paths.items()},
    )


def _raise_failure(report: End | Failed) -> None:
    """Raise what a call ended with; nothing when it gave all of its results."""
    if isinstance(report, End):
        if report.cancelled:
            raise Cancelled
        return
    if report.kind:
        raise engine_error(report)
    raise StageBug(f"{report.message}\n\nIn the model process:\n{report.traceback}")


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
