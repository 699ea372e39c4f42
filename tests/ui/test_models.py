"""How a person meets models in the window: choosing one, being told that it is not here, fetching it, going on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from stand_in_hub import TAKEN, Hub, serve_hub
from ui.heartbeat import MOST_MS, Heartbeat, most_ms

from vidstudio.engine.models.weights import DEFAULT
from vidstudio.engine.paths import default_paths
from vidstudio.engine.stage import Call
from vidstudio.engine.store.store import Store
from vidstudio.ui.lanes import Lanes
from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.views.fetch_weights import FetchDialog
from vidstudio.ui.views.settings import SettingsDialog

LONG = 30_000
NAME = "tiny/dinov2"
Versions = tuple[Path, Path]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Hub]]:
    from huggingface_hub import constants

    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with serve_hub() as (endpoint, handler):
        monkeypatch.setattr(constants, "ENDPOINT", endpoint)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield handler


def model_processes(pid: int) -> list[psutil.Process]:
    """Those that a window has, below its lane process."""
    found = []
    for one in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended just now
            if "vidstudio.engine.model_worker" in one.cmdline():
                found.append(one)
    return found


def compare_with(qtbot: QtBot, window: MainWindow, embedder: str, two_versions: Versions) -> None:
    window.context.settings.set(embedder=embedder)
    window.context.project.stage.open_paths(two_versions)
    qtbot.waitUntil(lambda: bool(window.banner.text), timeout=LONG)


def press_remedy(window: MainWindow) -> str:
    card = window.banner._card
    assert card is not None
    assert card.remedy is not None
    text = card.remedy.text()
    card.remedy.click()
    return text


def dialog_of(window: MainWindow) -> FetchDialog:
    assert window.failed_jobs.dialog is not None
    return window.failed_jobs.dialog


@pytest.mark.alone
def test_missing_weights_are_said_fetched_and_compared_with(
    qtbot: QtBot, window: MainWindow, two_versions: Versions, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(window.context.lanes.is_warm, timeout=LONG)  # as when a person chooses two files
    with Heartbeat() as heart:
        compare_with(qtbot, window, NAME, two_versions)
    assert heart.longest_own_ms < MOST_MS, "the model process starts beside the window"
    assert heart.longest_ms < most_ms()
    assert window.compare.comparison is None, "nothing goes on with another embedder unasked"
    assert f"weights of {NAME} are not on this computer" in window.banner.text
    (job,) = window.context.jobs.jobs
    assert (job.lane, job.state) == ("gpu", "failed")
    again: list[tuple[str, ...]] = []
    monkeypatch.setattr(window.context.project.stage, "compare", lambda *sides: again.append(sides))

    hub.pause_s = 0.03
    assert press_remedy(window) == "Fetch weights…"
    dialog = dialog_of(window)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=LONG)
    assert dialog.facts.text() == f"{NAME}\n5 MB · licence: apache-2.0"
    assert not any("resolve" in path for _, path, _ in hub.asked), "nothing is fetched before it was agreed to"
    dialog.start.click()
    with Heartbeat() as heart:
        qtbot.waitUntil(lambda: " of 5 MB" in dialog.status.text(), timeout=LONG)
        assert dialog.bar.isVisible()
        qtbot.waitUntil(lambda: bool(again), timeout=LONG)
    assert heart.longest_own_ms < MOST_MS
    assert heart.longest_ms < most_ms()
    assert again == [job.call.inputs]
    folder = window.context.models.folder / "tiny--dinov2"
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == TAKEN
    assert window.banner.text == ""
    qtbot.waitUntil(lambda: [one.state for one in window.context.models.here.values()] == ["here"], timeout=LONG)
    qtbot.waitUntil(lambda: window.context.jobs.jobs == (), timeout=LONG)


def test_a_cancelled_fetch_keeps_what_came_and_basic_is_used_when_asked_for(
    qtbot: QtBot, window: MainWindow, two_versions: Versions, hub: type[Hub]
) -> None:
    compare_with(qtbot, window, NAME, two_versions)
    said = window.banner.text
    hub.pause_s = 0.1
    press_remedy(window)
    dialog = dialog_of(window)
    qtbot.waitUntil(dialog.start.isEnabled, timeout=LONG)
    dialog.start.click()
    qtbot.waitUntil(lambda: dialog.bar.value() > 50, timeout=LONG)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: [one.state for one in window.context.models.here.values()] == ["part"], timeout=LONG)
    assert window.banner.text == said, "the way to try again is still there"
    assert window.context.settings.value.embedder == NAME

    press_remedy(window)
    dialog = dialog_of(window)
    dialog.basic.click()
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    assert window.compare.comparison is not None
    assert window.compare.comparison.embedder == "basic-1"
    assert window.context.settings.value.embedder == "basic"


def test_without_a_network_the_dialog_says_so_and_tries_again(
    qtbot: QtBot, window: MainWindow, hub: type[Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    good = constants.ENDPOINT
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    dialog = FetchDialog(window.context.models, NAME, window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: "does not answer" in dialog.status.text(), timeout=LONG)
    assert str(window.context.models.folder) in dialog.status.text() or "models folder" in dialog.status.text()
    monkeypatch.setattr(constants, "ENDPOINT", good)
    assert dialog.start.text() == "Try again"
    dialog.start.click()
    qtbot.waitUntil(lambda: "apache-2.0" in dialog.facts.text(), timeout=LONG)


def test_settings_offer_basic_known_and_other_models_with_their_state(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    folder = window.context.models.folder / "facebook--dinov2-base"
    folder.mkdir(parents=True)
    for name, data in TAKEN.items():
        (folder / name).write_bytes(data)
    context = window.context
    dialog = SettingsDialog(context.settings, context.paths.models, window, context.models)
    qtbot.addWidget(dialog)
    dialog.show()
    choice = dialog.embedder

    def texts() -> list[str]:
        return [choice.list.itemText(number) for number in range(choice.list.count())]

    qtbot.waitUntil(lambda: "DINOv2 base · 346 MB · here" in texts(), timeout=LONG)
    assert texts()[:2] == ["Basic (no weights)", "DINOv2 small · 88 MB · not here"]
    assert not choice.fetch.isVisible()
    choice.list.setCurrentIndex(1)
    choice.list.activated.emit(1)
    assert context.settings.value.embedder == DEFAULT
    assert choice.fetch.isVisible()
    monkeypatch.setattr(choice, "_ask_name", lambda: NAME)
    choice.list.activated.emit(texts().index("Another model of the hub…"))
    assert context.settings.value.embedder == NAME
    assert choice.list.currentText() == f"{NAME} · not here"
    context.settings.set(embedder="basic")
    assert choice.list.currentText() == "Basic (no weights)"


def test_the_status_bar_tells_of_the_model_process(
    qtbot: QtBot, window: MainWindow, two_versions: Versions, hub: type[Hub]
) -> None:
    def said() -> str:
        QApplication.sendEvent(window.status.place, QHelpEvent(QEvent.Type.ToolTip, QPoint(1, 1), QPoint(1, 1)))
        return window.status.place.toolTip()

    before = set(model_processes(os.getpid()))
    assert said().endswith("Model process: not running")
    compare_with(qtbot, window, NAME, two_versions)
    qtbot.waitUntil(lambda: "Model process: running, " in said(), timeout=LONG)
    assert len(set(model_processes(os.getpid())) - before) == 1


def test_a_basic_job_and_a_model_job_run_at_once(
    qtbot: QtBot, home: Path, two_versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    store = Store(default_paths())
    lanes = Lanes(store, catalog="toy_stages:STAGES")
    endless = store.jobs.submit("toy", "a model at work", Call("toy", (), {"act": "endless ticks"}), "gpu")
    lanes.start()
    qtbot.waitUntil(lambda: lanes.models_bytes() is not None, timeout=LONG)
    job = store.jobs.submit("toy", "a basic one", Call("no such stage", ()), "cpu")
    lanes.kick()
    qtbot.waitUntil(lambda: store.jobs.get(job.id).state == "failed", timeout=LONG)  # type: ignore[union-attr]
    running = store.jobs.get(endless.id)
    assert running is not None
    assert running.state == "running"
    assert lanes.close(wait_ms=15_000)
    released = store.jobs.get(endless.id)
    assert released is not None
    assert released.state == "queued"
    store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_killed_window_leaves_no_model_process(home: Path, tmp_path: Path, two_versions: Versions) -> None:
    script = f"""
        from pathlib import Path
        from PySide6.QtCore import QTimer
        from vidstudio.app import build, make_app
        from vidstudio.engine.paths import default_paths
        from vidstudio.ui.crash import CrashGuard
        from vidstudio.ui.main_window import MainWindow

        app = make_app()
        paths = default_paths()
        context = build(paths, CrashGuard(paths.logs, None))
        window = MainWindow(context)
        window.show()
        context.lanes.start()
        context.settings.set(embedder={NAME!r})
        clips = [Path(one) for one in {[str(one) for one in two_versions]!r}]
        context.project.open_last(lambda: context.project.stage.open_paths(clips))
        # it is warm once it has failed for want of weights
        context.jobs.ended.connect(lambda job: print(job.error, flush=True))
        app.exec()
    """
    environment = {**os.environ, "HF_HOME": str(tmp_path / "hf"), "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().strip()
        (child,) = model_processes(parent.pid)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    until = time.monotonic() + 5
    while time.monotonic() < until and child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.02)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
