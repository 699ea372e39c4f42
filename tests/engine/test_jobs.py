from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import counted_stages
import pytest
from counted_stages import Nothing, Numbers, Toy, plan, toy_paths, work_off

from vidstudio.engine import jobs as jobs_module
from vidstudio.engine.errors import EngineError, EnvironmentProblem
from vidstudio.engine.jobs import run_job, run_queue
from vidstudio.engine.runner import Runner
from vidstudio.engine.stage import Call, Env, Progress, Stage
from vidstudio.engine.store import owners
from vidstudio.engine.store.jobs import Job
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(toy_paths(tmp_path)) as store:
        yield store


@pytest.fixture(autouse=True)
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "BEAT_S", 0.02)


def claimed(store: Store, call: Call) -> Job:
    store.jobs.submit("toy", "toy", call, "cpu")
    job = store.jobs.claim("cpu", owners.me())
    assert job is not None
    return job


def stage_that(does: Callable[[Env], None]) -> dict[str, Stage[Any, Any]]:
    def run(inputs: tuple[str, ...], params: Nothing, span: Span | None, env: Env) -> Iterator[Numbers]:
        does(env)
        yield from ()

    return {"that": Stage("that", 1, Nothing, Numbers, run)}


def until(wanted: Callable[[], bool], env: Env | None = None) -> None:
    end = time.monotonic() + 10
    while not wanted():
        assert time.monotonic() < end, "waited in vain"
        if env is not None:
            env.tick(1, 4, "waiting")
        time.sleep(0.005)


def test_done(store: Store) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    job = run_job(store, runner, claimed(store, plan(3)))
    assert (job.state, job.progress.fraction, job.error) == ("done", 1.0, "")
    assert runner.done(plan(3))
    assert run_queue(store, runner, "cpu", lambda: False) is None


def test_queue_goes_on_after_a_failure(store: Store) -> None:
    def does(env: Env) -> None:
        raise EngineError("The clip is gone.", "Find it.")

    toy = Toy()
    runner = Runner({**stage_that(does), **toy.stages()}, store)
    store.jobs.submit("toy", "bad", Call("that", ()), "cpu")
    store.jobs.submit("toy", "good", plan(1), "cpu")
    first = run_queue(store, runner, "cpu", lambda: False)
    second = run_queue(store, runner, "cpu", lambda: False)
    assert first is not None
    assert second is not None
    assert (first.state, first.error, first.hint) == ("failed", "The clip is gone.", "Find it.")
    assert second.state == "done"
    assert run_queue(store, runner, "cpu", lambda: True) is None


def test_a_bug_is_said_and_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def does(env: Env) -> None:
        raise ZeroDivisionError("oh")

    job = run_job(store, Runner(stage_that(does), store), claimed(store, Call("that", ())))
    assert job.state == "failed"
    assert "a bug" in job.error
    assert "ZeroDivisionError: oh" in job.error
    assert job.hint
    (record,) = [r for r in caplog.records if r.levelname == "ERROR"]
    assert record.exc_info is not None
    caplog.clear()


def test_progress_is_seen_from_outside(tmp_path: Path, store: Store) -> None:
    seen: list[Progress] = []

    def does(env: Env) -> None:
        env.tick(1, 4, "a quarter")

        def there() -> bool:
            with Store(toy_paths(tmp_path)) as other:
                seen.extend(job.progress for job in other.jobs.recent())
            return seen[-1].note == "a quarter"

        until(there)

    run_job(store, Runner(stage_that(does), store), claimed(store, Call("that", ())))
    assert seen[-1].fraction == pytest.approx(0.25)


def test_cancelled_by_another_process(tmp_path: Path, store: Store) -> None:
    def does(env: Env) -> None:
        with Store(toy_paths(tmp_path)) as other:
            other.jobs.cancel(other.jobs.recent()[0].id)
        until(lambda: False, env)

    job = run_job(store, Runner(stage_that(does), store), claimed(store, Call("that", ())))
    assert job.state == "cancelled"


def test_cancelled_by_the_caller(store: Store) -> None:
    job = run_job(store, Runner(Toy().stages(), store), claimed(store, plan(3)), lambda: True)
    assert job.state == "cancelled"


def test_stopping_puts_it_back(store: Store) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    job = run_job(store, runner, claimed(store, plan(4)), stop=lambda: len(toy.ran) == 3)
    assert (job.state, job.attempts) == ("queued", 1)
    toy.ran.clear()
    again = run_queue(store, runner, "cpu", lambda: False)
    assert again is not None
    assert (again.id, again.state, again.attempts) == (job.id, "done", 2)
    assert toy.ran == ["part 20", "part 30", "total"]


def test_ctrl_c_puts_it_back(store: Store) -> None:
    def does(env: Env) -> None:
        raise KeyboardInterrupt

    job = claimed(store, Call("that", ()))
    with pytest.raises(KeyboardInterrupt):
        run_job(store, Runner(stage_that(does), store), job)
    found = store.jobs.get(job.id)
    assert found is not None
    assert found.state == "queued"


def test_a_job_that_was_given_away_is_left_alone(store: Store) -> None:
    def does(env: Env) -> None:
        with store._db.write() as db:
            db.execute("UPDATE jobs SET owner = 'elsewhere:1:1', attempts = 7")
        until(lambda: False, env)

    job = run_job(store, Runner(stage_that(does), store), claimed(store, Call("that", ())))
    assert (job.state, job.attempts, job.owner) == ("running", 7, "elsewhere:1:1")


def test_a_heart_that_fails_ends_the_job(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise EnvironmentProblem("The disk is full.", "Make room.")

    monkeypatch.setattr(store.jobs, "beat", full)
    job = run_job(
        store, Runner(stage_that(lambda env: until(lambda: False, env)), store), claimed(store, Call("that", ()))
    )
    assert (job.state, job.error, job.hint) == ("failed", "The disk is full.", "Make room.")


def test_silent_work_is_not_taken_for_lost(store: Store) -> None:
    def does(env: Env) -> None:
        with store._db.read() as db:
            before = db.execute("SELECT beat_us FROM jobs").fetchone()[0]
            until(lambda: db.execute("SELECT beat_us FROM jobs").fetchone()[0] > before)

    thread = threading.current_thread()
    job = run_job(store, Runner(stage_that(does), store), claimed(store, Call("that", ())))
    assert job.state == "done"
    assert thread in threading.enumerate()


def start_worker(home: Path, log: Path) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(Path(counted_stages.__file__).parents[1])}
    return subprocess.Popen([sys.executable, counted_stages.__file__, "work_off", str(home), str(log)], env=env)


def parts_in(log: Path) -> list[str]:
    return log.read_text().split("\n")[:-1] if log.exists() else []


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_kill_at_any_moment_and_go_on(tmp_path: Path) -> None:
    parts, kills = 60, 5
    call = plan(parts, sleep_s=0.012)
    home, log = tmp_path / "killed", tmp_path / "log"
    with Store(toy_paths(home)) as store:
        store.jobs.submit("toy", "long", call, "cpu")
    dice = random.Random(7)
    lives: list[tuple[int, set[str]]] = []
    for number in range(kills):
        before = len(parts_in(log))
        process = start_worker(home, log)
        goal = before + dice.randint(1, parts // (kills + 3))
        until(lambda goal=goal, process=process: len(parts_in(log)) >= goal or process.poll() is not None)
        time.sleep(dice.random() * 0.02)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        with Store(toy_paths(home)) as store:
            runner = Runner(Toy().stages(), store)
            sealed = {f"part {need.span.start_us}" for need in call.needs if need.span and runner.done(need)}
            (job,) = store.jobs.recent()
            assert (job.state, job.attempts) == ("running", number + 1)
        # at most the one that was running when it was killed is run again
        assert len(set(parts_in(log)) - sealed) <= 1
        lives.append((len(parts_in(log)), sealed))
    work_off(home, log)
    lines = parts_in(log)
    for end, sealed in lives:
        assert not sealed & set(lines[end:])
    assert set(lines) == {*(f"part {n * 10}" for n in range(parts)), "total"}
    assert len(lines) <= parts + 1 + kills
    with Store(toy_paths(tmp_path / "whole")) as store:
        (whole,) = Runner(Toy().stages(), store).run(plan(parts, sleep_s=0.012))
    with Store(toy_paths(home)) as store:
        (job,) = store.jobs.recent()
        assert (job.state, job.attempts) == ("done", kills + 1)
        resumed = Runner(Toy().stages(), store).load(call)
        assert resumed is not None
        assert resumed[0].span == whole.span
        assert resumed[0].values.tolist() == whole.values.tolist()
        assert store.results.clear_unsealed() == 0
    assert list((home / "data" / "results" / "writing").iterdir()) == []
    with closing(sqlite3.connect(toy_paths(home).database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
