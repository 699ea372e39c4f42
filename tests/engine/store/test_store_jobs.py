from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from counted_stages import plan, toy_paths

from vidstudio.engine.stage import Call, Progress
from vidstudio.engine.store import owners
from vidstudio.engine.store.calls import pack, unpack
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.jobs import Job, JobStore
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span

JOBS = Changes.of("jobs")
ME = owners.me()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(toy_paths(tmp_path)) as store:
        yield store


@pytest.fixture
def jobs(store: Store) -> JobStore:
    return store.jobs


def get(jobs: JobStore, job: Job) -> Job:
    found = jobs.get(job.id)
    assert found is not None
    return found


def test_life_of_a_job(jobs: JobStore) -> None:
    job = jobs.submit("compare", "a and b", plan(3), "cpu")
    assert (job.state, job.attempts, job.progress, job.started_us) == ("queued", 0, Progress(), None)
    assert job.call == plan(3)
    claimed = jobs.claim("cpu", ME)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempts, claimed.owner) == (job.id, "running", 1, ME)
    assert claimed.started_us is not None
    assert claimed.started_us >= job.created_us
    assert jobs.claim("cpu", ME) is None
    assert jobs.beat(job.id, Progress(0.5, 1.0, "half"))
    assert get(jobs, job).progress == Progress(0.5, 1.0, "half")
    assert jobs.finish(job.id, "done") == JOBS
    done = get(jobs, job)
    assert (done.state, done.progress.fraction, done.owner) == ("done", 1.0, "")
    assert done.finished_us is not None
    assert jobs.finish(job.id, "failed") == Changes()
    assert not jobs.beat(job.id, Progress())
    assert jobs.get("none") is None


def test_oldest_first_and_lanes_apart(jobs: JobStore) -> None:
    ids = [jobs.submit("r", str(n), plan(1), "gpu" if n == 1 else "cpu").id for n in range(5)]
    assert [job.id for job in jobs.recent()] == ids[::-1]
    assert [job.id for job in jobs.recent(2)] == ids[:2:-1]
    order = []
    while (job := jobs.claim("cpu", ME)) is not None:
        order.append(job.id)
    assert order == [ids[0], ids[2], ids[3], ids[4]]
    assert jobs.claim("network", ME) is None
    gpu = jobs.claim("gpu", ME)
    assert gpu is not None
    assert gpu.id == ids[1]


def test_claim_one(jobs: JobStore) -> None:
    jobs.submit("r", "first", plan(1), "cpu")
    second = jobs.submit("r", "second", plan(1), "cpu")
    claimed = jobs.claim_one(second.id, ME)
    assert claimed is not None
    assert claimed.id == second.id
    assert jobs.claim_one(second.id, ME) is None


def test_each_job_goes_to_one_thread(jobs: JobStore) -> None:
    ids = {jobs.submit("r", str(n), plan(1), "cpu").id for n in range(40)}
    got: list[str] = []

    def take() -> None:
        while (job := jobs.claim("cpu", ME)) is not None:
            got.append(job.id)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 40
    assert set(got) == ids


def test_cancel_and_retry(tmp_path: Path, jobs: JobStore) -> None:
    job = jobs.submit("r", "t", plan(1), "cpu")
    assert jobs.retry(job.id) == Changes()
    jobs.claim("cpu", ME)
    with Store(toy_paths(tmp_path)) as other:
        assert other.jobs.cancel(job.id) == JOBS
        assert other.jobs.cancel(job.id) == Changes()
    assert not jobs.beat(job.id, Progress(1, 2))
    assert jobs.finish(job.id, "done") == Changes()
    assert get(jobs, job).state == "cancelled"
    assert jobs.retry(job.id) == JOBS
    again = jobs.claim("cpu", ME)
    assert again is not None
    assert again.attempts == 2
    jobs.finish(job.id, "failed", "it broke", "mend it")
    failed = get(jobs, job)
    assert (failed.state, failed.error, failed.hint) == ("failed", "it broke", "mend it")
    jobs.retry(job.id)
    assert (get(jobs, job).error, get(jobs, job).finished_us) == ("", None)
    jobs.cancel(job.id)
    assert jobs.claim("cpu", ME) is None
    assert jobs.remove(job.id) == JOBS
    assert jobs.recent() == []


def test_an_earlier_attempt_has_no_say(jobs: JobStore) -> None:
    job = jobs.submit("r", "t", plan(1), "cpu")
    jobs.claim("cpu", ME)
    jobs.cancel(job.id)
    jobs.retry(job.id)
    second = jobs.claim("cpu", ME)
    assert second is not None
    assert not jobs.beat(job.id, Progress(), 1)
    assert jobs.finish(job.id, "done", attempt=1) == Changes()
    assert jobs.release(job.id, 1) == Changes()
    assert jobs.beat(job.id, Progress(), 2)
    assert jobs.release(job.id, 2) == JOBS
    assert get(jobs, job).state == "queued"


def test_lost_jobs_are_queued_again(store: Store, jobs: JobStore) -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    host, pid, start = ME.split(":")
    workers = {
        "alive": ME,
        "dead": f"{host}:{process.pid}:{start}",
        "pid of a later process": f"{host}:{pid}:{int(start) - 500}",
        "elsewhere, beating": "elsewhere:1:1",
        "elsewhere, silent": "elsewhere:2:1",
        "without an owner": "",
    }
    ids = {}
    for name, owner in workers.items():
        jobs.submit("r", name, plan(1), "cpu")
        job = jobs.claim("cpu", owner)
        assert job is not None
        ids[name] = job.id
    with store._db.write() as db:
        for name in ("elsewhere, silent", "without an owner"):
            db.execute("UPDATE jobs SET beat_us = beat_us - 61000000 WHERE id = ?", [ids[name]])
    assert jobs.requeue_lost() == 4
    assert jobs.requeue_lost() == 0
    states = {job.title: job.state for job in jobs.recent()}
    assert {name for name, state in states.items() if state == "running"} == {"alive", "elsewhere, beating"}
    assert not jobs.beat(ids["dead"], Progress())


def test_jobs_of_a_project(store: Store, jobs: JobStore) -> None:
    project = store.projects.create("p")
    job = jobs.submit("r", "mine", plan(1), "cpu", project.id)
    jobs.submit("r", "other", plan(1), "cpu")
    assert [found.id for found in jobs.recent(project_id=project.id)] == [job.id]
    store.projects.delete(project.id)
    assert get(jobs, job).project_id is None


def test_a_call_that_cannot_be_read_does_not_break_the_list(tmp_path: Path, jobs: JobStore) -> None:
    job = jobs.submit("r", "t", plan(1), "cpu")
    with Store(toy_paths(tmp_path)) as store:
        with store._db.write() as db:
            db.execute("UPDATE jobs SET call = x'00'")
        assert [found.call for found in store.jobs.recent()] == [Call("", ())]
        assert get(store.jobs, job).title == "t"


def test_calls_keep_their_sharing() -> None:
    call = Call("leaf", ("id",), {"text": "x" * 100, "deep": [1, 2.5, None]}, Span(0, 10))
    for number in range(30):
        # equal, but other objects
        call = Call(
            "node", (), {"n": number}, None, (call, Call(call.stage, call.inputs, call.params, call.span, call.needs))
        )
    data = pack(call)
    assert len(data) < 5000
    back = unpack(data)
    for _ in range(30):
        assert back.needs[0] is back.needs[1]
        back = back.needs[0]
    assert back == Call("leaf", ("id",), {"text": "x" * 100, "deep": [1, 2.5, None]}, Span(0, 10))
    assert unpack(pack(plan(5))) == plan(5)


def test_calls_are_equal_when_they_ask_for_the_same() -> None:
    call = Call("s", ("a",), {"notes": ("x",), "span": Span(1, 2)}, Span(0, 10))
    assert unpack(pack(call)) == call
    for other in (
        Call("t", ("a",), call.params, call.span),
        Call("s", ("b",), call.params, call.span),
        Call("s", ("a",), {**call.params, "notes": ("y",)}, call.span),
        Call("s", ("a",), call.params, Span(0, 11)),
        Call("s", ("a",), call.params, call.span, (call,)),
        "s",
    ):
        assert call != other
    tall, same = call, unpack(pack(call))
    for _ in range(60):
        tall, same = Call("s", (), {}, None, (tall, tall)), Call("s", (), {}, None, (same, same))
    assert tall == same
