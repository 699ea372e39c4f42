"""Starting: what the window's process imports, how long it takes, and where there is no display."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vidstudio.app import missing_libraries

pytestmark = pytest.mark.alone

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "transformers", "ultralytics", "sam2", "cv2", "opentimelineio", "scenedetect")
CLOUDS = ("google.genai", "twelvelabs", "elevenlabs", "faster_whisper", "accelerate", "bitsandbytes")

MOST_S = 1.5
"""From the first line of Python to a window that is painted and has answered a click, on a warm start."""

START = f"""
import json, sys, time
began = time.perf_counter()
PLANTED
from vidstudio import app as studio
from vidstudio.ui.main_window import MainWindow

def look_and_click(app):
    # instead of the event loop: until the window is painted, has its project and has answered a click
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QToolButton

    window = next(one for one in app.topLevelWidgets() if isinstance(one, MainWindow))
    while window.context.project.project is None or not painted:
        app.processEvents()
    before = window.docks.jobs.isHidden()
    buttons = window.tool_bar.findChildren(QToolButton)
    button = next(one for one in buttons if one.defaultAction() is window.actions_.action("window.jobs"))
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    app.processEvents()
    assert window.docks.jobs.isHidden() != before
    said = dict(usable=time.perf_counter() - began, painted=painted[0], cpu=time.process_time())
    said["heavy"] = [name for name in {(*HEAVY, *CLOUDS)!r} if name in sys.modules]
    print("said", json.dumps(said))
    return 0

painted = []
paint = MainWindow.paintEvent

def note_paint(window, event):
    paint(window, event)
    painted.append(time.perf_counter() - began)

MainWindow.paintEvent = note_paint
from PySide6.QtWidgets import QApplication
QApplication.exec = look_and_click
code = studio.main([])
print("closed in time")  # else the program ends itself before
sys.exit(code)
"""


@dataclass(frozen=True)
class Started:
    """What a start of the window said of itself: seconds, and which heavy modules were there."""

    usable: float
    painted: float
    cpu: float
    heavy: list[str]


def start(home: Path, planted: str = "", **environment: str) -> Started:
    done = run(["-c", START.replace("PLANTED", planted)], home, **environment)
    assert done.returncode == 0, done.stderr
    assert "closed in time" in done.stdout
    return Started(**json.loads(done.stdout.split("said ", 1)[1].splitlines()[0]))


def start_until_fast(home: Path, **environment: str) -> list[Started]:
    """Up to three warm starts, until one is as fast as it has to be."""
    start(home, **environment)  # the first start makes the studio's folder
    starts: list[Started] = []
    while len(starts) < 3 and not any(max(one.usable, one.cpu) <= MOST_S for one in starts):
        starts.append(start(home, **environment))
    return starts


def check(starts: list[Started]) -> None:
    """The best of some warm starts is fast, and none imports what is heavy."""
    for one in starts:
        assert one.heavy == [], f"the window's process imported {one.heavy}"
    best = min(starts, key=lambda one: one.usable)
    # the processor's time is the same however busy others keep the machine, but for caches
    cpu = min(one.cpu for one in starts)
    assert cpu <= MOST_S, f"a start costs {cpu:.2f} s of the processor"
    busy = os.getloadavg()[0] > (os.cpu_count() or 1) if hasattr(os, "getloadavg") else False
    assert best.usable <= MOST_S or busy, f"usable after {[round(one.usable, 2) for one in starts]} s"


def run(code: list[str], home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        # a warm start has its bytecode, which whoever starts the studio lets Python keep
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE")
    }
    environment |= {"VIDSTUDIO_HOME": str(home), "PYTHONPATH": str(ROOT)} | more
    return subprocess.run(
        [sys.executable, *code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A display of its own, with no one looking at it."""
    if sys.platform != "linux" or shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb does not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


def test_the_window_starts_fast_and_light(home: Path) -> None:
    check(start_until_fast(home, QT_QPA_PLATFORM="offscreen"))


def test_a_real_window_starts_as_fast(home: Path, display: str) -> None:
    check(start_until_fast(home, QT_QPA_PLATFORM="xcb", DISPLAY=display))


def test_a_heavy_or_slow_import_would_be_seen(home: Path, tmp_path: Path) -> None:
    (tmp_path / "torch.py").touch()
    (tmp_path / "slow.py").write_text("import time\nwhile time.process_time() < 1.6: pass\n")
    plant = f"sys.path.insert(0, {str(tmp_path)!r})"
    with pytest.raises(AssertionError, match="torch"):
        check([start(home, f"{plant}; import torch", QT_QPA_PLATFORM="offscreen")])
    with pytest.raises(AssertionError, match="of the processor"):
        check([start(home, f"{plant}; import slow", QT_QPA_PLATFORM="offscreen")])


@pytest.mark.skipif(not os.environ.get("VIDSTUDIO_BENCH"), reason="set VIDSTUDIO_BENCH=1 to time it")
@pytest.mark.parametrize("platform", ["offscreen", "xcb"])
def test_median_of_five_starts(home: Path, display: str, platform: str) -> None:
    starts = [start(home, QT_QPA_PLATFORM=platform, DISPLAY=display) for _ in range(6)][1:]
    usable, painted, cpu = (
        statistics.median(getattr(one, name) for one in starts) for name in ("usable", "painted", "cpu")
    )
    print(f"{platform}: painted {painted:.2f} s, usable {usable:.2f} s, processor {cpu:.2f} s")  # noqa: T201
    assert usable <= MOST_S


def test_without_a_display_one_line_says_so(home: Path) -> None:
    code = (
        "import sys, types; cli = types.ModuleType('vidstudio.cli.main'); cli.main = lambda argv: print(argv) or 7;"
        "sys.modules['vidstudio.cli.main'] = cli; sys.argv = ['vidstudio'];"
        "from vidstudio.__main__ import main; sys.exit(main())"
    )
    done = run(["-c", code], home)
    if sys.platform in ("win32", "darwin"):
        pytest.skip("there is always a display here")
    assert done.returncode == 7
    assert done.stdout.splitlines() == [
        "There is no display here. The demo runs instead of the window.",
        "['demo']",
    ]


def test_missing_system_libraries_are_named_with_the_command_that_brings_them() -> None:
    error = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
    message, hint = missing_libraries(error)
    assert "libEGL.so.1" in message
    assert "packaging/run.py" in hint
    message, hint = missing_libraries(ImportError("No module named 'PySide6'"))
    assert "pip install" in hint


def test_app_exits_with_5_when_qt_cannot_load(home: Path) -> None:
    code = (
        "import sys; from importlib.abc import MetaPathFinder\n"
        "class Gone(MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.startswith('PySide6'):\n"
        "            raise ImportError('libGL.so.1: cannot open shared object file')\n"
        "sys.meta_path.insert(0, Gone())\n"
        "from vidstudio.app import main; sys.exit(main([]))"
    )
    done = run(["-c", code], home, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 5, done.stderr
    assert "libGL.so.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_of_a_newer_studio_is_said_on_the_screen(home: Path) -> None:
    """Who starts the studio by a click sees no terminal."""
    code = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QMessageBox\n"
        "from vidstudio import app as studio\n"
        "from vidstudio.engine.paths import default_paths\n"
        "from vidstudio.engine.store.store import Store\n"
        "import sqlite3\n"
        "Store(default_paths()).close()\n"
        "with sqlite3.connect(next(default_paths().data.glob('*.db'))) as db:\n"
        "    db.execute('PRAGMA user_version = 9999')\n"
        "application = studio.make_app()\n"
        "def answer():\n"
        "    box = application.activeModalWidget()\n"
        "    print(box.text(), '|', box.informativeText())\n"
        "    box.defaultButton().click() if box.defaultButton() else box.buttons()[0].click()\n"
        "QTimer.singleShot(1000, answer)\n"
        "sys.exit(studio.main([]))\n"
    )
    done = run(["-c", code], home, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 5, done.stderr
    assert "newer VidStudio" in done.stdout
    assert done.stdout.count("|") == 1
