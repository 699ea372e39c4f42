"""Toy stages that say when they run, and what a process of its own does with a store, for tests."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.jobs import run_queue
from vidstudio.engine.paths import Paths
from vidstudio.engine.runner import Runner
from vidstudio.engine.stage import Call, Env, Stage
from vidstudio.engine.store import owners
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a part gives."""

    span: Span
    values: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PartParams:
    """seed: of the numbers. sleep_s: how long a part takes."""

    seed: int = 1
    sleep_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Nothing:
    """No parameters."""


class Toy:
    """Stages `part` (a span each) and `total` (of all it needs); `ran` lists what ran, `log` is a file of the same."""

    def __init__(self, log: Path | None = None) -> None:
        self.ran: list[str] = []
        self._log = log

    def stages(self) -> dict[str, Stage[Any, Any]]:
        return {
            "part": Stage("part", 1, PartParams, Numbers, self.part),
            "total": Stage("total", 1, Nothing, Numbers, self.total, weight=2.0),
        }

    def part(self, inputs: tuple[str, ...], params: PartParams, span: Span | None, env: Env) -> Iterator[Numbers]:
        assert span is not None
        self._say(f"part {span.start_us}")
        for number in range(4):
            env.tick(number, 4, "adding")
            time.sleep(params.sleep_s / 4)
        yield Numbers(span, np.random.default_rng(params.seed + span.start_us).integers(0, 1000, 50))

    def total(self, inputs: tuple[str, ...], params: Nothing, span: Span | None, env: Env) -> Iterator[Numbers]:
        self._say("total")
        total = np.zeros(50, np.int64)
        number = 0
        end = 0
        while True:
            try:
                part: Numbers = env.needed(number)[0]
            except IndexError:
                break
            total = total + part.values
            end = part.span.end_us
            number += 1
        yield Numbers(Span(0, end), total)

    def _say(self, what: str) -> None:
        self.ran.append(what)
        if self._log is not None:
            with self._log.open("a") as file:
                file.write(what + "\n")


def plan(parts: int, seed: int = 1, sleep_s: float = 0.0) -> Call:
    """A total of so many parts, 10 microseconds each."""
    params = {"seed": seed, "sleep_s": sleep_s}
    return Call("total", (), needs=tuple(Call("part", (), params, Span(n * 10, n * 10 + 10)) for n in range(parts)))


def toy_paths(folder: Path) -> Paths:
    """Folders of a studio below `folder`."""
    return Paths(folder / "data", folder / "models", folder / "logs")


def work_off(folder: Path, log: Path) -> None:
    """Go on with the queue's cpu lane until it is empty."""
    with Store(toy_paths(folder)) as store:
        store.jobs.requeue_lost()
        runner = Runner(Toy(log).stages(), store)
        while run_queue(store, runner, "cpu", lambda: False) is not None:
            pass


def crowd(folder: Path, name: str, count: int) -> None:
    """One of several processes that write at once; prints the ids of the jobs it got."""
    with Store(toy_paths(folder)) as store:
        for number in range(count):
            project = store.projects.create(f"{name} {number}")
            store.jobs.submit("toy", f"{name} {number}", plan(1), "cpu", project.id)
            store.results.write(f"{number:02x}" * 32, "part", iter([b"same for all" * 1000]))
        while (job := store.jobs.claim("cpu", owners.me())) is not None:
            store.jobs.finish(job.id, "done", attempt=job.attempts)
            sys.stdout.write(job.id + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "work_off":
        work_off(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        crowd(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
