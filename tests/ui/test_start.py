"""Starting: what the window's process imports, how long it takes, and where there is no display."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vidstudio.app import missing_libraries

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "transformers", "ultralytics", "sam2", "cv2", "opentimelineio", "scenedetect")
CLOUDS = ("google.genai", "twelvelabs", "elevenlabs", "faster_whisper", "accelerate", "bitsandbytes")

START = f"""
import sys, time
began = time.perf_counter()
from vidstudio.app import build, make_app
from vidstudio.engine.paths import default_paths
app = make_app()
from vidstudio.ui.crash import CrashGuard
from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.theme import apply_theme
paths = default_paths()
context = build(paths, CrashGuard(paths.logs, None))
apply_theme(app, "dark")
window = MainWindow(context)
window.show()
context.lanes.start()
context.project.open_last()
while context.project.project is None:
    app.processEvents()
print("usable after", round(time.perf_counter() - began, 3))
heavy = [name for name in {(*HEAVY, *CLOUDS)!r} if name in sys.modules]
print("heavy", heavy)
window.close()
assert context.close()
"""


def run(code: list[str], home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PYTHONWARNINGS")
    }
    environment |= {"VIDSTUDIO_HOME": str(home), "PYTHONPATH": str(ROOT)} | more
    return subprocess.run(
        [sys.executable, *code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


def test_the_window_starts_fast_and_light(home: Path) -> None:
    first = run(["-c", START], home, QT_QPA_PLATFORM="offscreen")
    assert first.returncode == 0, first.stderr
    times = []
    for _ in range(3):
        warm = run(["-c", START], home, QT_QPA_PLATFORM="offscreen")
        assert warm.returncode == 0, warm.stderr
        assert "heavy []" in warm.stdout
        times.append(float(warm.stdout.split("usable after ")[1].split()[0]))
        if times[-1] <= 1.5:
            break
    # the aim is 1.5 s on an idle machine; a shared one gets three tries, of which the best counts
    assert min(times) <= 1.5 or os.getloadavg()[0] > (os.cpu_count() or 1), f"usable after {times} s"


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
