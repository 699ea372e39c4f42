"""Fixtures every test may use, and the watch over threads, logs and Qt that every test is under."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

sys.path.insert(0, str(Path(__file__).parent))

from vidstudio.engine.priority import process_stands_back

REAL_MEDIA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure() -> None:
    """Side by side, tests run at the priority of the processes they start, which would get nothing done else.

    So the time an example takes says nothing about the code: time is judged by tests that run alone.
    """
    hypothesis.settings.register_profile("studio", deadline=None)
    hypothesis.settings.load_profile("studio")
    if "PYTEST_XDIST_WORKER" in os.environ:
        process_stands_back()


def pytest_collection_finish() -> None:
    """What is there before the first test stays: looking through it for garbage would take long each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def real_media() -> Path:
    """Folder of real clips beside the checkout; the test is skipped where it is absent."""
    folder = Path(os.environ.get("VIDSTUDIO_REAL_MEDIA", REAL_MEDIA))
    if not folder.is_dir():
        pytest.skip("no real media beside the checkout (../shared/data)")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh studio home; nothing of the user's own is read or written."""
    folder = tmp_path / "home"
    monkeypatch.setenv("VIDSTUDIO_HOME", str(folder))
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None or os.geteuid() != 0:
        pytest.skip("only root on Linux can make a small file system")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system may be mounted here: {done.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture(autouse=True)
def no_error_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A stray ERROR in the log fails the test; tests that expect one clear `caplog` themselves."""
    yield
    errors = [
        r.getMessage() for phase in ("setup", "call") for r in caplog.get_records(phase) if r.levelno >= logging.ERROR
    ]
    assert not errors, f"logged errors: {errors}"


@pytest.fixture(autouse=True)
def no_dangling_threads() -> Iterator[None]:
    """A thread that outlives its test fails it."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and t.is_alive() and not t.name.startswith("Dummy")]
    for thread in left:
        thread.join(2)
    left = [t.name for t in left if t.is_alive()]
    assert not left, f"threads left running: {left}"


@pytest.fixture(autouse=True)
def garbage_stays_in_this_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test with Qt objects leaves is collected here: another thread that destroyed them would crash it all."""
    if "qapp" not in request.fixturenames:
        yield
        return
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def no_dangling_windows() -> Iterator[None]:
    """A window that outlives its test fails it: each one that is left makes all that follow slower."""
    before = _windows()
    yield
    left = [f"{type(one).__name__} {one.objectName()}".strip() for one in _windows() if one not in before]
    assert not left, f"windows left open: {left}"


def _windows() -> list[Any]:
    """The windows there are, once what was to be deleted is."""
    core, widgets = sys.modules.get("PySide6.QtCore"), sys.modules.get("PySide6.QtWidgets")
    if core is None or widgets is None or widgets.QApplication.instance() is None:
        return []
    core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete.value)
    return list(widgets.QApplication.topLevelWidgets())
