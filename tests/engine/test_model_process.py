"""The model process with a stage table without torch: what crosses the pipes, and what happens when it breaks."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from toy_stages import PID, TOY, Number

from vidstudio.engine import errors, model_process
from vidstudio.engine.errors import (
    Cancelled,
    CloudError,
    EngineError,
    MissingMedia,
    ModelProcessDied,
    OutOfMemory,
    UnreadableMedia,
)
from vidstudio.engine.model_child import Role
from vidstudio.engine.model_process import ModelProcess, StageBug
from vidstudio.engine.stage import Call
from vidstudio.engine.time import Span

TESTS = Path(__file__).resolve().parents[1]
CATALOG = "toy_stages:STAGES"


@pytest.fixture(autouse=True)
def child_finds_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ModelProcess]:
    process = ModelProcess(tmp_path, "cpu", catalog=CATALOG, cancel_seconds=1.0)
    yield process
    process.close()


def no_tick(done: float, total: float, note: str) -> None:
    pass


def toy(process: ModelProcess, tick: Any = no_tick, **params: Any) -> Iterator[Number]:
    return process.run(TOY, Call("toy", ("c0ffee",), params), [], {}, tick)


def child_pid(process: ModelProcess) -> int:
    return next(process.run(PID, Call("pid", ()), [], {}, no_tick)).value


def gone(pid: int, seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_results_params_span_needs_and_ticks_cross_the_pipe(process: ModelProcess) -> None:
    ticks = []
    need = Call("toy", ())
    call = Call("toy", (), {"count": 2, "act": "sum needs"}, Span(100, 200), (need,))
    needed = [[Number(5, np.zeros(1, np.int64)), Number(6, np.zeros(1, np.int64))]]
    results = list(process.run(TOY, call, needed, {}, lambda *tick: ticks.append(tick)))
    assert [result.value for result in results] == [111, 112]
    assert results[1].squares.tolist() == [112**2, 113**2, 114**2]
    assert results[1].squares.dtype == np.int64
    assert (0.0, 2.0, "toy 0") in ticks
    assert (1.0, 2.0, "toy 1") in ticks


def test_the_child_starts_at_the_first_call_and_stays_warm(process: ModelProcess) -> None:
    assert process.pid is None
    first = child_pid(process)
    assert first == process.pid != os.getpid()
    assert child_pid(process) == first


def test_release_ends_the_child_and_the_next_call_starts_another(process: ModelProcess) -> None:
    first = child_pid(process)
    assert process.release()
    assert gone(first)
    assert process.pid is None
    assert child_pid(process) != first


def test_release_leaves_a_child_at_work_alone(process: ModelProcess) -> None:
    results = toy(process, count=2)
    next(results)
    assert not process.release()
    assert [number.value for number in results] == [1]


def test_prints_of_libraries_do_not_disturb(process: ModelProcess) -> None:
    assert [number.value for number in toy(process, act="print")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("act", "kind", "message", "hint"),
    [
        ("engine error", EngineError, "A plain one.", "Do this."),
        ("unreadable", UnreadableMedia, "Cannot be read.", "Give another."),
        ("missing", MissingMedia, "It is gone.", "Find it."),
        ("cloud", CloudError, "All used up.", "Wait."),
        ("own error", errors.ModelUnavailable, "No weights.", "Fetch them."),
    ],
)
def test_errors_for_people_cross_the_pipe(
    process: ModelProcess, act: str, kind: type[EngineError], message: str, hint: str
) -> None:
    results = toy(process, act=act)
    assert next(results).value == 0
    with pytest.raises(EngineError) as caught:
        next(results)
    error = caught.value
    assert type(error) is kind
    assert (error.message, error.hint) == (message, hint)
    if isinstance(error, UnreadableMedia):
        assert error.path == "/a/b.mp4"
    if isinstance(error, MissingMedia):
        assert error.content_id == "c0ffee"
    if isinstance(error, CloudError):
        assert error.kind == "quota"
    pid = process.pid
    assert child_pid(process) == pid, "an error must not cost the child"


def test_media_paths_cross_the_pipe_and_unknown_ones_are_missing(process: ModelProcess) -> None:
    with pytest.raises(MissingMedia) as caught:
        list(toy(process, act="media"))
    assert caught.value.content_id == "c0ffee"
    call = Call("toy", ("c0ffee",), {"act": "media"})
    assert len(list(process.run(TOY, call, [], {"c0ffee": Path("a.mp4")}, no_tick))) == 3


def test_a_bug_in_a_stage_is_raised_with_the_childs_traceback(process: ModelProcess) -> None:
    with pytest.raises(StageBug, match=r"ZeroDivisionError: a bug[\s\S]*toy_stages\.py"):
        list(toy(process, act="bug"))
    assert len(list(toy(process))) == 3


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        ("lost card", ModelProcessDied, r"card failed .*\(CUDA error: device-side assert triggered\)"),
        ("lost card, as newer torch says it", ModelProcessDied, "illegal memory access"),
        ("card out of memory", OutOfMemory, "The graphics card ran out of memory"),
        ("no memory", OutOfMemory, "The computer ran out of memory"),
        ("no memory, as torch says it on a CPU", OutOfMemory, "The computer ran out of memory"),
    ],
)
def test_after_a_failure_of_the_device_the_next_call_has_a_fresh_child(
    process: ModelProcess, act: str, kind: type[EngineError], message: str
) -> None:
    results = toy(process, act=act)
    first = next(results) and process.pid
    assert first is not None
    with pytest.raises(EngineError, match=message) as caught:
        next(results)
    assert type(caught.value) is kind
    assert caught.value.hint
    assert gone(first), "its memory and its card are free"
    assert len(list(toy(process))) == 3
    assert process.pid != first


def test_an_idle_child_gives_its_memory_back(tmp_path: Path) -> None:
    process = ModelProcess(tmp_path, "cpu", catalog=CATALOG, idle_seconds=0.7)
    results = toy(process, count=2, act="sleep", seconds=1.5)
    first = next(results) and process.pid
    assert first is not None
    assert len(list(results)) == 1, "a child at work is not idle, however long it takes"
    assert (process.memory_bytes or 0) > 10e6
    assert gone(first)
    assert process.pid is None
    assert process.memory_bytes is None
    assert child_pid(process) != first
    process.close()


def test_short_of_memory_an_idle_child_goes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_process, "_SPARE_SECONDS", 0.2)
    monkeypatch.setattr(model_process, "_SCARCE", 2.0)
    process = ModelProcess(tmp_path, "cpu", catalog=CATALOG)
    assert gone(child_pid(process))
    process.close()


def test_another_models_folder_is_for_the_next_child(process: ModelProcess, tmp_path: Path) -> None:
    first = child_pid(process)
    process.models_folder = tmp_path / "other"
    assert child_pid(process) != first
    assert gone(first)
    assert child_pid(process) == process.pid


def test_a_child_that_dies_costs_its_call_only_and_says_its_last_words(process: ModelProcess) -> None:
    results = toy(process, act="exit")
    assert next(results).value == 0
    with pytest.raises(ModelProcessDied, match=r"ended with status 3[\s\S]*last words of the child"):
        next(results)
    assert process.pid is None
    assert len(list(toy(process))) == 3


def test_a_child_says_what_it_is_for(tmp_path: Path) -> None:
    of_clouds = ModelProcess(tmp_path, "cpu", catalog=CATALOG, role=Role("cloud process", "look into the log"))
    with pytest.raises(ModelProcessDied, match="The cloud process ended") as caught:
        list(toy(of_clouds, act="exit"))
    assert caught.value.hint.endswith("If it happens again, look into the log.")
    of_clouds.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_child_killed_in_mid_call_costs_its_call_only(process: ModelProcess) -> None:
    first = child_pid(process)

    def kill(done: float, total: float, note: str) -> None:
        if note == "endless" and process.pid == first:
            os.kill(first, signal.SIGKILL)

    with pytest.raises(ModelProcessDied, match="signal 9"):
        list(toy(process, kill, act="endless ticks"))
    assert gone(first)
    assert len(list(toy(process))) == 3
    assert process.pid != first


def cancel_when(note: str, after: float = 0.0) -> Any:
    since: list[float] = []

    def tick(done: float, total: float, text: str) -> None:
        if text == note:
            since.append(time.monotonic())
        if since and time.monotonic() - since[0] >= after:
            raise Cancelled

    return tick


@pytest.mark.alone
def test_a_cancelled_call_stops_at_its_next_tick_and_the_child_stays(
    process: ModelProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = child_pid(process)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        list(toy(process, cancel_when("endless"), act="endless ticks"))
    assert time.monotonic() - start < 1.0
    assert child_pid(process) == first
    deadline = time.monotonic() + 10  # what the child prints comes through a pipe of its own
    while "toy finally" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "toy finally" in caplog.text, "the stage's generator was not closed"


@pytest.mark.alone
def test_a_child_that_does_not_answer_a_cancel_is_killed(process: ModelProcess) -> None:
    first = child_pid(process)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        list(toy(process, cancel_when("toy 1", 0.2), act="sleep", seconds=60))
    assert 1.0 <= time.monotonic() - start < 5.0
    assert gone(first)
    assert len(list(toy(process))) == 3


def test_closing_the_iterator_cancels_the_call(process: ModelProcess) -> None:
    first = child_pid(process)
    results = toy(process, act="endless ticks")
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert child_pid(process) == first


def test_results_of_a_child_that_runs_ahead_wait_for_their_consumer(process: ModelProcess) -> None:
    results = toy(process, count=5000)
    assert next(results).value == 0
    time.sleep(0.3)
    assert [number.value for number in results] == list(range(1, 5000))


def test_a_second_thread_waits_its_turn(process: ModelProcess) -> None:
    first = toy(process, count=3)
    next(first)
    values: list[int] = []
    thread = threading.Thread(target=lambda: values.extend(number.value for number in toy(process, count=2)))
    thread.start()
    time.sleep(0.2)
    assert values == []
    assert [number.value for number in first] == [1, 2]
    thread.join(10)
    assert values == [0, 1]


def test_a_waiting_thread_can_be_cancelled(process: ModelProcess) -> None:
    first = toy(process, count=3)
    next(first)
    with pytest.raises(Cancelled):
        next(toy(process, cancel_when("waiting for the model process")))
    assert [number.value for number in first] == [1, 2]


def test_close_in_mid_call_ends_the_call_with_an_error(process: ModelProcess) -> None:
    caught: list[Exception] = []
    started = threading.Event()

    def tick(done: float, total: float, note: str) -> None:
        if note == "endless":
            started.set()

    def work() -> None:
        try:
            list(toy(process, tick, act="endless ticks"))
        except ModelProcessDied as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert started.wait(20)
    process.close()
    thread.join(10)
    assert len(caught) == 1


def test_a_child_that_crashes_at_import_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_table.py").write_text("raise ImportError('libcuda is not here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = ModelProcess(tmp_path, "cpu", catalog="broken_table:STAGES")
    for _ in range(2):
        with pytest.raises(ModelProcessDied, match="libcuda is not here"):
            list(toy(process))
        assert process.pid is None
    process.close()


def test_a_child_that_never_gets_ready_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_table.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = ModelProcess(tmp_path, "cpu", catalog="slow_table:STAGES", startup_seconds=0.5)
    with pytest.raises(ModelProcessDied, match="not get ready"):
        list(toy(process))
    process.close()


def test_starting_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_table.py").write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = ModelProcess(tmp_path, "cpu", catalog="slow_table:STAGES")
    with pytest.raises(Cancelled):
        list(toy(process, cancel_when("starting the model process")))
    assert process.pid is None


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
@pytest.mark.parametrize("act", ["sleep", "endless ticks"])
def test_no_orphan_when_the_parent_is_killed(tmp_path: Path, act: str) -> None:
    script = f"""
        from pathlib import Path
        from vidstudio.engine.model_process import ModelProcess
        from vidstudio.engine.stage import Call
        import toy_stages
        process = ModelProcess(Path({str(tmp_path)!r}), "cpu", catalog={CATALOG!r})
        call = Call("toy", (), {{"act": {act!r}, "seconds": 60.0}})
        results = process.run(toy_stages.TOY, call, [], {{}}, lambda done, total, note: None)
        next(results)
        print(process.pid, flush=True)
        next(results)
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert gone(child), "the model process outlived its parent"


def test_the_childs_libraries_are_told_to_be_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    real = subprocess.Popen

    def spy(*args: Any, **options: Any) -> Any:
        seen.update(options["env"])
        return real(*args, **options)

    monkeypatch.setattr(subprocess, "Popen", spy)
    process = ModelProcess(tmp_path, "cpu", catalog=CATALOG)
    child_pid(process)
    process.close()
    for name in ("YOLO_OFFLINE", "ULTRALYTICS_SKIP_REQUIREMENTS_CHECKS", "ULTRALYTICS_SAFE_LOAD", "HF_HUB_OFFLINE"):
        assert seen[name] == "1"
    assert seen["YOLO_AUTOINSTALL"] == "False"
    assert Path(seen["YOLO_CONFIG_DIR"]).is_relative_to(tmp_path)
