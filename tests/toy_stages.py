"""A stage table without torch, for tests of the model process (`--catalog toy_stages:STAGES`)."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.clouds.permit import CloudEnv
from vidstudio.engine.errors import Cancelled, CloudError, EngineError, MissingMedia, ModelUnavailable, UnreadableMedia
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span


@dataclass(frozen=True, slots=True)
class Number:
    value: int
    squares: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ToyParams:
    """count: how many results. act: what happens before result `at`."""

    count: int = 3
    act: str = ""
    at: int = 1
    seconds: float = 0.0


class OwnError(ModelUnavailable):
    """Not in `errors`: crosses the pipe as its nearest class that is."""


class AcceleratorError(RuntimeError):
    """Named as torch's."""


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""


def _toy(inputs: tuple[str, ...], params: ToyParams, span: Span | None, env: Env) -> Iterator[Number]:
    start = 0 if span is None else span.start_us
    needed = sum(int(number.value) for number in env.needed(0)) if params.act == "sum needs" else 0
    try:
        for number in range(params.count):
            env.tick(number, params.count, f"toy {number}")
            if number == params.at:
                _act(params, inputs, env)
            value = start + number + needed
            yield Number(value, np.arange(value, value + 3, dtype=np.int64) ** 2)
    finally:
        if params.act == "endless ticks":
            sys.stderr.write("toy finally\n")


def _act(params: ToyParams, inputs: tuple[str, ...], env: Env) -> None:
    errors: dict[str, Exception] = {
        "engine error": EngineError("A plain one.", "Do this."),
        "unreadable": UnreadableMedia("/a/b.mp4", "Cannot be read.", "Give another."),
        "missing": MissingMedia("c0ffee", "It is gone.", "Find it."),
        "cloud": CloudError("quota", "All used up.", "Wait."),
        "own error": OwnError("No weights.", "Fetch them."),
        "bug": ZeroDivisionError("a bug"),
        "lost card": RuntimeError("CUDA error: device-side assert triggered\nCUDA kernel errors might be reported"),
        "lost card, as newer torch says it": AcceleratorError("an illegal memory access was encountered"),
        "card out of memory": OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        "no memory": MemoryError(),
        "no memory, as torch says it on a CPU": RuntimeError("DefaultCPUAllocator: not enough memory"),
    }
    if params.act in errors:
        raise errors[params.act]
    match params.act:
        case "print":
            sys.stdout.write("noise on stdout\n")
            os.write(1, b"noise on fd 1\n")
            os.system("echo noise of a grandchild")
            sys.stdin.read()
        case "exit":
            sys.stderr.write("last words of the child\n")
            sys.stderr.flush()
            os._exit(3)
        case "media":
            env.media(inputs[0])
        case "sleep":
            time.sleep(params.seconds)
        case "endless ticks":
            while True:
                env.tick(1, 2, "endless")
                time.sleep(0.01)
        case _:
            pass


def _pid(inputs: tuple[str, ...], params: ToyParams, span: Span | None, env: Env) -> Iterator[Number]:
    yield Number(os.getpid(), np.zeros(0, np.int64))


def _noter(inputs: tuple[str, ...], params: ToyParams, span: Span | None, env: Env) -> Iterator[Number]:
    """Counts its runs in a note; act "bug" quotes the key as services do, "endless" then never ends."""
    assert isinstance(env, CloudEnv)
    before = env.recall("runs")
    env.remember("runs", str(int(before or 0) + 1))
    if params.act == "bug":
        raise RuntimeError(f"the service did not like {env.permit.key}")
    if params.act == "note after cancel":
        with contextlib.suppress(Cancelled):
            while True:
                env.tick(1, 2, "waiting")
                time.sleep(0.01)
        env.remember("paid", "task1")
        raise Cancelled
    yield Number(int(before or 0), np.frombuffer(env.permit.key.encode(), np.uint8).astype(np.int64))


NOTER: Stage[ToyParams, Number] = Stage("noter", 1, ToyParams, Number, _noter, place="cloud_process")
TOY: Stage[ToyParams, Number] = Stage("toy", 1, ToyParams, Number, _toy, place="model_process")
PID: Stage[ToyParams, Number] = Stage("pid", 1, ToyParams, Number, _pid, place="model_process")
STAGES: dict[str, Stage[Any, Any]] = {"toy": TOY, "pid": PID, "noter": NOTER}
