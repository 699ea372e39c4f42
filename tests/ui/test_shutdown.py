"""Closing while something does not listen: nothing aborts, nothing that was kept is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

STUBBORN = """
import sys, time
from PySide6.QtCore import QTimer
from vidstudio import app as studio
from vidstudio.ui.state import project

built = studio.build


def build(*arguments):
    context = built(*arguments)
    # a network share that sleeps: work that never asks whether it is still wanted
    context.project._crew.run(lambda tick: time.sleep(60), lambda outcome: None)
    return context


studio.build = build
application = studio.make_app()
QTimer.singleShot(1500, lambda: application.activeWindow() and application.activeWindow().close() or application.quit())
sys.exit(studio._run(application, []))
"""


def test_closing_during_silent_work_ends_the_process_cleanly(home: Path) -> None:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", STUBBORN], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Destroyed while thread" not in done.stderr
