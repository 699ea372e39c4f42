"""The window answers within 50 ms while it analyses and plays: two real 1080p files, from the drop to the result."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import psutil
import pytest
from clips import Picture, shot, write_clip
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot
from ui.heartbeat import MOST_MS, Heartbeat
from ui.studio import Studio

from vidstudio.ui.main_window import MainWindow

pytestmark = pytest.mark.alone

LONG = 120_000
TRIES = 4


def large(seed: int, frames: int) -> list[Picture]:
    """A shot of 1920x1080."""
    return [picture.repeat(4, 0).repeat(4, 1) for picture in shot(seed, frames, (480, 270))]


@pytest.fixture(scope="module")
def full_hd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """8 s and 9 s of 1080p; the second has a shot more."""
    folder = tmp_path_factory.mktemp("full_hd")
    one, two = large(1, 100), large(2, 100)
    a = write_clip(folder / "a.mp4", one + two, gop=25, tone_hz=440, options={"crf": "28"})
    b = write_clip(folder / "b.mp4", one + large(3, 25) + two, gop=25, tone_hz=440, options={"crf": "28"})
    return a, b


class Elsewhere:
    """How many processor cores other programs used since it was made."""

    def __init__(self) -> None:
        self._began, self._all, self._own = time.monotonic(), _busy_s(), time.process_time()

    def cores(self) -> float:
        spent = time.monotonic() - self._began
        return max(0.0, (_busy_s() - self._all) - (time.process_time() - self._own)) / max(spent, 0.001)


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + getattr(times, "nice", 0.0))


def review(qtbot: QtBot, window: MainWindow, paths: tuple[Path, Path]) -> Heartbeat:
    """Dropped, played from the moment both are open, until both are compared and for a second more."""
    session = window.session

    def play_on() -> None:
        if len(window.page.sides) == 2 and not session.playing:
            session.seek(0)
            session.play()

    again = QTimer()
    again.timeout.connect(play_on)
    with Heartbeat() as heart:
        window.context.project.stage.open_paths(paths, on_stage=True)
        again.start(50)
        qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
        qtbot.wait(1000)
        again.stop()
        session.pause()
    kinds = [edit.kind for edit in window.compare.edits]
    assert kinds == ["same", "inserted", "same"]
    return heart


def test_no_stall_while_two_full_hd_files_are_compared_and_played(
    qtbot: QtBot,
    studio: Studio,
    full_hd: tuple[Path, Path],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = []
    for number in range(TRIES):
        monkeypatch.setenv("VIDSTUDIO_HOME", str(home / str(number)))
        window = studio.open()
        qtbot.waitUntil(window.context.lanes.is_warm, timeout=LONG)  # as when a person chooses two files
        others = Elsewhere()
        heart = review(qtbot, window, full_hd)
        studio.close(window)
        # judged is what this program does; what the system gave to others, its own decoders too, is said beside it.
        # The raw gap is the goal: VIDSTUDIO_BENCH=1 judges it, on a machine where nothing else runs.
        longest = heart.longest_ms if os.environ.get("VIDSTUDIO_BENCH") else heart.longest_own_ms
        said.append(f"{heart.longest_ms:.0f} ms, own {heart.longest_own_ms:.0f} ms, others {others.cores():.1f} cores")
        print(said[-1])  # noqa: T201 - shown where the test fails, and with -s
        if longest <= MOST_MS:
            return
    pytest.fail(f"the window answered nothing for longer than {MOST_MS} ms: {said}")


def test_a_stall_is_seen(qtbot: QtBot) -> None:
    with Heartbeat() as heart:
        QTimer.singleShot(20, lambda: time.sleep(0.12))
        qtbot.wait(250)
    assert heart.longest_ms > 100
    assert heart.longest_own_ms > 60


def test_a_thread_that_keeps_the_interpreter_is_seen(qtbot: QtBot) -> None:
    """As a long computation in one call of C does."""
    numbers = range(20_000_000)
    with Heartbeat() as heart:
        qtbot.wait(50)
        thread = threading.Thread(target=lambda: sum(numbers))
        thread.start()
        qtbot.wait(400)
        thread.join()
    assert heart.longest_own_ms > MOST_MS
