"""The model process's own side: `python -m vidstudio.engine.model_worker`. Does calls one by one until its stdin ends.

It lives exactly as long as its parent wants it: when the parent is gone, even by `kill -9`, stdin ends
and so does this process.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from vidstudio.engine import codec
from vidstudio.engine.clouds.permit import Permit
from vidstudio.engine.errors import Cancelled, EngineError, MissingMedia
from vidstudio.engine.model_messages import (
    Cancel,
    End,
    Failed,
    Note,
    Noted,
    Order,
    Ready,
    Report,
    Result,
    Run,
    Tick,
    failed,
    read_message,
    write_message,
)
from vidstudio.engine.models.device import device_failure, find_device
from vidstudio.engine.models.manager import ModelManager
from vidstudio.engine.stage import Stage, Warm

_TICK_SECONDS = 0.05  # a tick more often than this is not sent, only looked at for cancelling
_ANSWER_SECONDS = 0.5  # how often a wait for the parent's answer looks for a cancel
_GONE = 70  # exit status when nobody reads our reports any more


class _Reports:
    """The way to the parent; ends the process when nobody reads."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def send(self, report: Report) -> None:
        try:
            write_message(self._pipe, report)
        except OSError:
            os._exit(_GONE)


class _Orders:
    """Reads the parent's orders in a thread, so that a cancel arrives while a call is at work."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._cancelled: set[int] = set()
        self.runs: queue.Queue[Run] = queue.Queue()
        self._answers: queue.Queue[Noted] = queue.Queue()
        threading.Thread(target=self._read, name="orders", daemon=True).start()

    def is_cancelled(self, call: int) -> bool:
        with self._lock:
            return call in self._cancelled

    def answer(self, call: int) -> str | None:
        """The parent's answer to a `Note` of this call. Raises Cancelled."""
        while True:
            try:
                answer = self._answers.get(timeout=_ANSWER_SECONDS)
            except queue.Empty:
                if self.is_cancelled(call):
                    raise Cancelled from None
                continue
            if answer.call == call:
                return answer.value

    def over(self, call: int) -> None:
        with self._lock:
            self._cancelled = {other for other in self._cancelled if other > call}

    def _read(self) -> None:
        decoder = msgspec.msgpack.Decoder(Order)
        while (data := read_message(self._pipe)) is not None:
            order = decoder.decode(data)
            if isinstance(order, Cancel):
                with self._lock:
                    self._cancelled.add(order.call)
            elif isinstance(order, Noted):
                self._answers.put(order)
            else:
                self.runs.put(order)
        os._exit(0)  # at once, whatever the main thread is in: nobody wants its result


class _CallEnv:
    """The `ModelEnv` of one call, and the `CloudEnv` of one that was given a permit."""

    def __init__(
        self,
        run: Run,
        needed: Sequence[Sequence[Any]],
        models: ModelManager,
        device: str,
        folder: Path,
        orders: _Orders,
        reports: _Reports,
    ) -> None:
        self._run, self._needed, self._orders, self._reports = run, needed, orders, reports
        self._models, self._device, self._folder = models, device, folder
        self._told = (0.0, "")
        self._warm = Warm()

    @property
    def warm(self) -> Warm:
        return self._warm

    @property
    def models(self) -> ModelManager:
        return self._models

    @property
    def device(self) -> str:
        return self._device

    @property
    def models_folder(self) -> Path:
        return self._folder

    @property
    def permit(self) -> Permit:
        if self._run.permit is None:
            raise TypeError("this call was given no permit: it is not one for the cloud process")
        return self._run.permit

    def recall(self, name: str) -> str | None:
        self._reports.send(Note(self._run.call, name, None, write=False))
        return self._orders.answer(self._run.call)

    def remember(self, name: str, value: str | None) -> None:
        self._reports.send(Note(self._run.call, name, value, write=True))
        self._orders.answer(self._run.call)

    def tick(self, done: float, total: float, note: str = "") -> None:
        if self._orders.is_cancelled(self._run.call):
            raise Cancelled
        now = time.monotonic()
        when, last = self._told
        if note != last or done >= total or now - when >= _TICK_SECONDS:
            self._told = (now, note)
            self._reports.send(Tick(self._run.call, float(done), float(total), note))

    def media(self, content_id: str) -> Path:
        path = self._run.paths.get(content_id)
        if path is None:
            raise MissingMedia(content_id, "A video that is needed is not known here.", "Add it to the project again.")
        return Path(path)

    def needed(self, number: int) -> Sequence[Any]:
        return self._needed[number]


class Worker:
    """Does the calls it is given, one at a time, with models that stay loaded between them."""

    def __init__(self, stages: Mapping[str, Stage[Any, Any]], folder: Path, device: str | None) -> None:
        self._stages = stages
        self._folder = folder
        self._device = find_device(device)
        self._models = ModelManager(self._device.budget_bytes or sys.maxsize, freed=_hand_back_memory)

    def do(self, run: Run, orders: _Orders, reports: _Reports) -> None:
        """One call, from its first tick to its `End` or `Failed`."""
        try:
            self._results(run, orders, reports)
        except Cancelled:
            report: Report = End(run.call, cancelled=True)
        except EngineError as error:
            report = failed(run.call, error)
        except Exception as error:  # noqa: BLE001 - any bug belongs to this call, told to the parent, which raises it
            report = _failure(run, error)
        else:
            report = End(run.call, cancelled=False)
        orders.over(run.call)
        reports.send(report)

    def _results(self, run: Run, orders: _Orders, reports: _Reports) -> None:
        stage = self._stages[run.stage]
        kinds = [self._stages[name].result for name in run.stages]
        needed = [
            [codec.decode(value, kind) for value in values] for values, kind in zip(run.needed, kinds, strict=True)
        ]
        params = codec.decode(run.params, stage.params)
        env = _CallEnv(run, needed, self._models, self._device.name, self._folder, orders, reports)
        results = stage.run(run.inputs, params, run.span, env)
        try:
            for result in results:
                reports.send(Result(run.call, codec.encode(result)))
                if orders.is_cancelled(run.call):
                    raise Cancelled
        finally:
            close = getattr(results, "close", None)
            if close is not None:
                close()
            env.warm.close()


def _failure(run: Run, error: Exception) -> Failed:
    scrub = run.permit.scrub if run.permit is not None else str
    told = scrub(traceback.format_exc())
    known = device_failure(error)
    if known is None:
        return Failed(run.call, "", scrub(f"{type(error).__name__}: {error}"), traceback=told)
    sys.stderr.write(told)  # for the log
    return failed(run.call, known, fatal=True)


def _hand_back_memory() -> None:
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Our own copies of stdin and stdout; what libraries print goes to stderr, what they read is empty."""
    orders, reports = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(orders, os.O_BINARY)
        msvcrt.setmode(reports, os.O_BINARY)
    return os.fdopen(orders, "rb"), os.fdopen(reports, "wb")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the parent until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, required=True, help="folder of the weights")
    parser.add_argument("--device", help="torch's name of the device; found out by default")
    parser.add_argument("--catalog", default="vidstudio.engine.catalog:STAGES", help="module:NAME of the stage table")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then cancels or closes us
    orders_pipe, reports_pipe = _take_pipes()
    orders, reports = _Orders(orders_pipe), _Reports(reports_pipe)
    module, _, name = options.catalog.partition(":")
    worker = Worker(getattr(importlib.import_module(module), name), options.models, options.device)
    reports.send(Ready(os.getpid()))
    while True:
        worker.do(orders.runs.get(), orders, reports)


if __name__ == "__main__":
    sys.exit(main())
