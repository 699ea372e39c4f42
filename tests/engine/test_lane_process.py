"""The lane process: jobs run beside the window and stop when it ends; one that crashes it is given up."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from vidstudio.engine.errors import EngineError
from vidstudio.engine.lane_process import LaneProcess
from vidstudio.engine.paths import default_paths
from vidstudio.engine.stage import Call
from vidstudio.engine.store.jobs import Job
from vidstudio.engine.store.store import Store

LONG_S = 30.0


@pytest.fixture
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    with Store(default_paths()) as opened:
        yield opened


@pytest.fixture
def troubles() -> list[EngineError]:
    return []


@pytest.fixture
def lanes(store: Store, troubles: list[EngineError]) -> Iterator[LaneProcess]:
    process = LaneProcess(store, troubles.append, catalog="lane_stages:STAGES")
    yield process
    assert process.close(LONG_S)


def until(lanes: LaneProcess, true: Callable[[], bool]) -> None:
    """Keep the process, as the window's watcher does, until something is true."""
    end = time.monotonic() + LONG_S
    while not true():
        assert time.monotonic() < end, "it took too long"
        lanes.keep(wanted=True)
        time.sleep(0.02)


def submit(store: Store, act: str) -> Job:
    return store.jobs.submit("toy", act, Call("here", (), {"act": act}), "cpu")


def state(store: Store, job: Job) -> str:
    now = store.jobs.get(job.id)
    assert now is not None
    return now.state


def test_nothing_is_started_before_it_is_wanted(store: Store, lanes: LaneProcess) -> None:
    lanes.keep(wanted=False)
    lanes.kick()
    assert lanes.pid is None


def test_a_job_runs_in_another_process_that_stands_back(store: Store, lanes: LaneProcess) -> None:
    job = submit(store, "wait")
    until(lanes, lambda: state(store, job) == "running")
    assert lanes.pid not in (None, os.getpid())
    running = store.jobs.get(job.id)
    assert running is not None
    assert f":{lanes.pid}:" in running.owner
    if sys.platform != "win32":
        assert psutil.Process(lanes.pid).nice() == 15, "whatever the priority of this process is"
    store.jobs.cancel(job.id)
    until(lanes, lambda: state(store, job) == "cancelled")


@pytest.mark.alone
def test_a_kick_is_heard_sooner_than_an_idle_lane_looks(store: Store, lanes: LaneProcess) -> None:
    first = submit(store, "end")
    until(lanes, lambda: state(store, first) == "done")
    took = []
    for _ in range(3):
        began = time.monotonic()
        job = submit(store, "end")
        lanes.kick()
        until(lanes, lambda job=job: state(store, job) == "done")  # type: ignore[misc]
        took.append(time.monotonic() - began)
    assert min(took) < 0.5


def test_closing_puts_what_runs_back_into_the_queue(store: Store, lanes: LaneProcess) -> None:
    job = submit(store, "wait")
    until(lanes, lambda: state(store, job) == "running")
    pid = lanes.pid
    assert lanes.close(LONG_S)
    assert state(store, job) == "queued"
    assert pid is not None
    assert not psutil.pid_exists(pid)


@pytest.mark.alone
def test_work_that_does_not_stop_is_ended_and_queued_again(store: Store, lanes: LaneProcess) -> None:
    job = submit(store, "deaf")
    until(lanes, lambda: state(store, job) == "running")
    began = time.monotonic()
    assert lanes.close(0.3)
    assert time.monotonic() - began < 5
    assert state(store, job) == "queued"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_process_is_started_again_and_the_job_goes_on(store: Store, lanes: LaneProcess) -> None:
    job = submit(store, "wait")
    until(lanes, lambda: state(store, job) == "running")
    assert lanes.pid is not None
    first = lanes.pid
    os.kill(first, signal.SIGKILL)
    until(lanes, lambda: lanes.pid not in (None, first) and state(store, job) == "running")
    now = store.jobs.get(job.id)
    assert now is not None
    assert now.attempts == 2


def test_a_job_that_crashes_the_process_twice_has_failed_and_the_next_one_runs(
    store: Store, lanes: LaneProcess
) -> None:
    poison, healthy = submit(store, "crash"), submit(store, "end")
    until(lanes, lambda: state(store, poison) == "failed" and state(store, healthy) == "done")
    now = store.jobs.get(poison.id)
    assert now is not None
    assert now.attempts == 2
    assert "twice" in now.error
    assert now.hint


def test_a_job_whose_end_could_not_be_written_is_brought_to_it(
    store: Store, lanes: LaneProcess, troubles: list[EngineError]
) -> None:
    job = submit(store, "full disk at the end")
    until(lanes, lambda: state(store, job) == "done")
    assert [str(one) for one in troubles] == ["The disk is full. Make room."]


def test_a_queue_that_cannot_be_read_is_told(
    store: Store, lanes: LaneProcess, troubles: list[EngineError], tmp_path: Path
) -> None:
    first = submit(store, "break the store")
    until(lanes, lambda: bool(troubles))
    assert "queue" in str(troubles[0]).lower()
    store.jobs.cancel(first.id)
