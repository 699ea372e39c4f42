from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui.heartbeat import Heartbeat

from vidstudio.engine.errors import Cancelled, OutOfMemory
from vidstudio.ui.worker import Crew, Outcome, Tick


@pytest.fixture
def crew(qapp: QApplication) -> Crew:
    return Crew(QObject(qapp))


def test_a_result_comes_back_in_the_gui_thread(qtbot: QtBot, crew: Crew) -> None:
    ends: list[tuple[Outcome[int], bool]] = []
    inside: list[bool] = []

    def work(tick: Tick) -> int:
        inside.append(QThread.currentThread() is QApplication.instance().thread())
        return 42

    crew.run(work, lambda end: ends.append((end, QThread.currentThread() is QApplication.instance().thread())))
    qtbot.waitUntil(lambda: bool(ends))
    assert ends == [(Outcome(42), True)]
    assert inside == [False]
    assert not crew.busy


@pytest.mark.parametrize("error", [RuntimeError("bug"), OutOfMemory("full"), KeyboardInterrupt(), SystemExit(3)])
def test_whatever_is_raised_becomes_the_outcome(qtbot: QtBot, crew: Crew, error: BaseException) -> None:
    ends: list[Outcome[None]] = []

    def work(tick: Tick) -> None:
        raise error

    crew.run(work, ends.append)
    qtbot.waitUntil(lambda: bool(ends))
    assert ends[0].error is error
    assert not ends[0].ok


def test_cancelling_stops_at_the_next_tick(qtbot: QtBot, crew: Crew) -> None:
    ends: list[Outcome[None]] = []

    def work(tick: Tick) -> None:
        for step in range(10_000):
            tick(step, 10_000, "counting")
            time.sleep(0.001)

    worker = crew.run(work, ends.append)
    qtbot.waitUntil(lambda: worker.progress.done > 3)
    assert worker.progress.note == "counting"
    worker.cancel()
    qtbot.waitUntil(lambda: bool(ends), timeout=1000)
    assert ends[0].cancelled


def test_work_waits_its_turn_and_the_urgent_goes_first(qtbot: QtBot, qapp: QApplication) -> None:
    crew = Crew(QObject(qapp), at_once=1)
    gate, order = threading.Event(), []

    def hold(_tick: Tick) -> None:
        gate.wait(5)

    crew.run(hold, lambda _end: order.append("held"))
    crew.run(lambda _tick: None, lambda _end: order.append("late"))
    crew.run(lambda _tick: None, lambda _end: order.append("urgent"), first=True)
    gate.set()
    qtbot.waitUntil(lambda: len(order) == 3)
    assert order == ["held", "urgent", "late"]


def test_closing_stops_what_runs_and_calls_nobody(qtbot: QtBot, crew: Crew) -> None:
    calls: list[object] = []

    def work(tick: Tick) -> None:
        while True:
            tick()
            time.sleep(0.001)

    for _ in range(4):
        crew.run(work, calls.append)
    assert crew.close(2000)
    qtbot.wait(20)
    assert calls == []


def test_closing_finishes_what_is_to_be_kept(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> None:
    crew = Crew(QObject(qapp), at_once=1)
    done: list[int | str] = []

    def write(number: int) -> None:
        time.sleep(0.01)
        done.append(number)

    def fail(_tick: Tick) -> None:
        raise OSError("the disk is full")

    for number in range(5):
        crew.run(lambda _tick, n=number: write(n), lambda _end: None, keep=True)
        crew.run(lambda _tick: done.append("read"), lambda _end: None)
    crew.run(fail, lambda _end: None, keep=True)
    assert crew.close()
    assert done == [0, 1, 2, 3, 4]
    assert [one.getMessage() for one in caplog.records] == ["the last write failed: the disk is full"]
    caplog.clear()  # a logged error fails a test that does not expect it


def test_a_cancelled_outcome_is_told_apart() -> None:
    assert Outcome(error=Cancelled()).cancelled
    assert not Outcome(error=ValueError()).cancelled


def test_the_heartbeat_sees_a_stall(qtbot: QtBot) -> None:
    with Heartbeat() as heart:
        qtbot.wait(60)
        time.sleep(0.08)
        qtbot.wait(20)
    assert heart.longest_ms > 60
    assert heart.beats > 5
