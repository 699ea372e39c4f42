"""A stage for tests of the lane process (`--catalog lane_stages:STAGES`)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from vidstudio.engine.errors import EnvironmentProblem
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.store.jobs import JobStore
from vidstudio.engine.time import Span


@dataclass(frozen=True, slots=True)
class HereParams:
    """What happens."""

    act: str


def run(inputs: tuple[str, ...], params: HereParams, span: Span | None, env: Env) -> Iterator[int]:
    if params.act == "crash":
        os._exit(139)
    if params.act == "break the store":
        JobStore.claim = _broken  # type: ignore[method-assign]
    if params.act == "full disk at the end":
        JobStore.finish = _full_once  # type: ignore[method-assign]
    until = time.monotonic() + 60
    while params.act == "deaf" and time.monotonic() < until:
        time.sleep(0.05)
    while params.act == "wait" and time.monotonic() < until:
        env.tick(0, 1, "waiting")
        time.sleep(0.02)
    yield 1


def _broken(*_: object) -> None:
    raise ValueError("planted")


_finish = JobStore.finish


def _full_once(*_: object) -> None:
    JobStore.finish = _finish  # type: ignore[method-assign]
    raise EnvironmentProblem("The disk is full.", "Make room.")


STAGES = {"here": Stage("here", 1, HereParams, int, run)}
