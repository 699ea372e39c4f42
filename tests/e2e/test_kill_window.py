"""`kill -9` of the window in mid-analysis: the next start goes on from what was sealed, and nothing is there twice."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import clips
import pytest

from vidstudio.cli.main import main

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX; Windows ends processes in another way"),
]

ROOT = Path(__file__).resolve().parents[2]
RATE = 8


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, Path]:
    """A minute of film, and the same with a shot more."""

    def programme(*seeds: int) -> Iterator[clips.Picture]:
        return itertools.chain.from_iterable(clips.shot(seed, 10 * RATE, (160, 90)) for seed in seeds)

    a = clips.write_clip(tmp_path / "a.mp4", programme(1, 2, 3, 4, 5, 6), RATE, gop=2 * RATE)
    b = clips.write_clip(tmp_path / "b.mp4", programme(1, 2, 9, 3, 4, 5, 6), RATE, gop=2 * RATE, options={"crf": "28"})
    return a, b


class Window:
    """The studio in a process of its own."""

    def __init__(self, home: Path, *files: Path) -> None:
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "VIDSTUDIO_HOME": str(home), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "vidstudio", *map(str, files)]
        self._log = (home.parent / "window.log").open("wb")
        self._process = subprocess.Popen(command, env=env, stdout=self._log, stderr=self._log)
        self._home, self._database = home, home / "data" / "studio.db"

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """What the database says now; nothing while there is none."""
        if not self._database.exists():
            return []
        connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:  # not made yet
            return []
        finally:
            connection.close()

    def wait_until(self, true: Callable[[], object]) -> None:
        """Until it is so; it must not end meanwhile."""
        end = time.monotonic() + 120
        while not true():
            assert self._process.poll() is None, "the window ended by itself"
            assert time.monotonic() < end, "it took too long"
            time.sleep(0.02)

    def wait_for_work(self, results: int) -> None:
        """Until so many results are sealed, and a job is under way."""
        self.wait_until(lambda: len(sealed(self._home)) >= results and self.ask("SELECT 1 FROM jobs"))

    def kill(self, number: int = signal.SIGKILL) -> None:
        """End it."""
        self._process.send_signal(number)
        self._process.wait()
        self._log.close()


def sealed(home: Path) -> dict[str, int]:
    """Sealed results by name, with the time each was written."""
    files = (file for file in (home / "data" / "results").rglob("*") if file.is_file())
    return {file.name: file.stat().st_mtime_ns for file in files if file.parent.name != "writing"}


@pytest.mark.timeout(400)
def test_a_killed_window_goes_on(versions: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, before = tmp_path / "home", dict[str, int]()
    # at the start given the files, then nothing, at last the files again
    for files in (versions, ()):
        window = Window(home, *files)
        window.wait_for_work(len(before) + 3)
        window.kill()
        after = sealed(home)
        assert {name: when for name, when in after.items() if name in before} == before, "sealed work was done again"
        before = after
    window = Window(home, *versions)
    try:
        window.wait_until(lambda: window.ask("SELECT 1 FROM jobs WHERE state = 'done'"))
        assert window.ask("PRAGMA integrity_check") == [("ok",)]
        assert window.ask("SELECT count(*) FROM projects") == [(1,)]
        assert window.ask("SELECT count(*), count(DISTINCT content_id) FROM project_media") == [(2, 2)]
        assert window.ask("SELECT count(*) FROM comparisons") == [(1,)]
        ((jobs, attempts),) = window.ask("SELECT count(*), max(attempts) FROM jobs")
        assert jobs == 1
        assert isinstance(attempts, int)
        assert attempts > 1
    finally:
        window.kill()
    after = sealed(home)
    assert {name: when for name, when in after.items() if name in before} == before
    # the command line finds all of it done, and a home that was never killed comes to the same
    calm = tmp_path / "calm"
    for one in (calm, home):
        one.mkdir(exist_ok=True)
        monkeypatch.setenv("VIDSTUDIO_HOME", str(one))
        assert main(["compare", *map(str, versions), "--json", str(one / "out.json")]) == 0
    assert (calm / "out.json").read_bytes() == (home / "out.json").read_bytes()
    assert sealed(home) == after
    assert set(sealed(calm)) == set(after)
