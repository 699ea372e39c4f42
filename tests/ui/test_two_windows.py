"""Two studios at once, each a process of its own, on the same home: both work, nothing is done twice or lost."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from clips import shot, write_clip
from pytestqt.qtbot import QtBot

from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.state.media import MediaItem

pytestmark = pytest.mark.alone

ROOT = Path(__file__).resolve().parents[2]
LONG = 60_000
SOON_S = 2.0

SECOND = """
import json, sys, time
from pathlib import Path
from vidstudio.app import build, make_app
from vidstudio.engine.paths import default_paths
app = make_app()
from PySide6.QtCore import QThread, QTimer
from vidstudio.player.signals import signal
from vidstudio.ui.crash import CrashGuard
from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.theme import apply_theme
paths = default_paths()
context = build(paths, CrashGuard(paths.logs, None))
apply_theme(app, "light")
window = MainWindow(context)
window.show()
context.lanes.start()

class Orders(QThread):
    came = signal(str)
    def run(self):
        for line in sys.stdin:
            self.came.emit(line.strip())
            if line.strip() == "close":
                return

def say(**words):
    print(json.dumps(words), flush=True)

def obey(line):
    order, _, rest = line.partition(" ")
    if order == "drop":
        context.project.stage.open_paths([Path(one) for one in json.loads(rest)], on_stage=True)
    elif order == "new":
        context.project.new_project(rest)
    elif order == "look":
        one = window.compare.comparison
        say(
            kinds=[edit.kind for edit in one.edits] if one else None,
            jobs=[[job.title, job.state, job.attempts] for job in context.jobs.jobs],
            rows=[row.title.text() for row in window.jobs.rows.values()],
            project=context.project.project.name if context.project.project else "",
            library=sorted(one.name for one in context.project.library.items if one.status == "ready"),
            recent=[project.name for project in context.project.recent],
            errors=window.messages.texts + [window.banner.text],
        )
    elif order == "remove":
        items = context.project.library.items
        context.project.library.remove([one.key for one in items if one.name == rest])
    elif order == "close":
        app.quit()

orders = Orders()
orders.came.connect(obey)
orders.start()
context.project.open_last(lambda: say(ready=True))
app.exec()
orders.wait()
window.close()
say(closed=context.close())
"""


class Second:
    """The other studio, told what to do by lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        self.process = process

    def hear(self) -> dict[str, Any]:
        line = self._out.readline()
        assert line, "the other window is gone"
        said: dict[str, Any] = json.loads(line)
        return said

    def tell(self, order: str) -> None:
        self._in.write(order + "\n")
        self._in.flush()

    def look(self) -> dict[str, Any]:
        self.tell("look")
        return self.hear()

    def until(self, qtbot: QtBot, right: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        """Look until it is right, while this window goes on."""
        end = time.monotonic() + seconds
        while not right(said := self.look()):
            assert time.monotonic() < end, f"still {said}"
            qtbot.wait(50)
        return said


@pytest.fixture
def second(window: MainWindow, home: Path) -> Iterator[Second]:
    """Another process with a window on the same home, after this one's is open."""
    environment = os.environ | {"VIDSTUDIO_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", SECOND],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        other = Second(process)
        try:
            assert other.hear() == {"ready": True}
            yield other
            other.tell("close")
            assert other.hear() == {"closed": True}
            assert process.wait(10) == 0
        finally:
            process.kill()


def versions(folder: Path, first: int) -> tuple[Path, Path]:
    one, two, new = (list(shot(seed, 50, (160, 90))) for seed in (first, first + 1, first + 2))
    a = write_clip(folder / f"v{first}a.mp4", one + two, gop=25)
    return a, write_clip(folder / f"v{first}b.mp4", one + new + two, gop=25)


def troubles(texts: list[str]) -> list[str]:
    """What was said, but for the good news that a window without the keys tells."""
    return [text for text in texts if text and not text.endswith("is compared.")]


def ready(window: MainWindow) -> list[MediaItem]:
    return [one for one in window.context.project.library.items if one.status == "ready"]


def soon(loaded: float = SOON_S) -> float:
    """A second or two, and more where others keep the machine busy."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1) if hasattr(os, "getloadavg") else 0.0
    return loaded * max(1.0, busy)


def test_both_work_and_each_sees_what_the_other_did(
    qtbot: QtBot, window: MainWindow, second: Second, home: Path, tmp_path: Path
) -> None:
    mine, others = versions(tmp_path, 10), versions(tmp_path, 50)
    window.context.project.stage.open_paths(mine, on_stage=True)
    second.tell("drop " + json.dumps([str(path) for path in others]))
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    assert [edit.kind for edit in window.compare.edits] == ["same", "inserted", "same"]
    said = second.until(qtbot, lambda said: said["kinds"] is not None, LONG / 1000)
    assert said["kinds"] == ["same", "inserted", "same"]

    titles = {"v10a.mp4 – v10b.mp4", "v50a.mp4 – v50b.mp4"}
    said = second.until(
        qtbot, lambda said: {(*row,) for row in said["jobs"]} == {(t, "done", 1) for t in titles}, soon()
    )
    assert set(said["rows"]) == titles
    assert not troubles(said["errors"])
    # this window's own look at the queue may be the later one
    qtbot.waitUntil(
        lambda: {(job.title, job.state) for job in window.context.jobs.jobs} == {(t, "done") for t in titles},
        timeout=int(soon() * 1000),
    )
    assert {job.attempts for job in window.context.jobs.jobs} == {1}, "each job ran once"
    assert {row.title.text() for row in window.jobs.rows.values()} == titles
    assert not troubles(window.messages.texts)

    # both have the same project open, so each has the files of both
    names = sorted(path.name for path in (*mine, *others))
    second.until(qtbot, lambda said: said["library"] == names, soon())
    qtbot.waitUntil(lambda: sorted(one.name for one in ready(window)) == names, timeout=int(soon() * 1000))
    second.tell(f"remove {others[0].name}")
    qtbot.waitUntil(lambda: len(ready(window)) == 3, timeout=int(soon() * 1000))
    window.context.project.undo.clear()
    window.context.project.library.remove([one.key for one in ready(window) if one.name == mine[0].name])
    window.context.project.undo.undo()
    qtbot.wait(1500)
    assert len(ready(window)) == 3, "what is put back here stays"
    assert len(second.look()["library"]) == 3

    # a project that one makes is there for the other
    second.tell("new Made by the other")
    second.until(qtbot, lambda said: said["project"] == "Made by the other", soon())
    qtbot.waitUntil(
        lambda: "Made by the other" in [project.name for project in window.context.project.recent],
        timeout=int(soon() * 1000),
    )
    with contextlib.closing(sqlite3.connect(window.context.paths.database)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_same_two_files_in_both_are_compared_once(
    qtbot: QtBot, window: MainWindow, second: Second, tmp_path: Path
) -> None:
    paths = versions(tmp_path, 90)
    window.context.project.stage.open_paths(paths, on_stage=True)
    second.tell("drop " + json.dumps([str(path) for path in paths]))
    qtbot.waitUntil(lambda: window.compare.comparison is not None, timeout=LONG)
    said = second.until(qtbot, lambda said: said["kinds"] is not None, LONG / 1000)
    assert said["kinds"] == [edit.kind for edit in window.compare.edits] == ["same", "inserted", "same"]
    second.until(qtbot, lambda said: all(row[1] == "done" for row in said["jobs"]), soon())
    # two windows may both ask before either knows; what was sealed by the one is not done again by the other
    assert all(job.attempts == 1 for job in window.context.jobs.jobs)
