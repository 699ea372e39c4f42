"""`kill -9` at random moments of a compare: what was sealed stays, the rest is done, the result is the same."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import clips
import pytest

KILLS = 20
SIZE = (480, 270)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two versions of a minute of film with several key frames; B has a shot more."""
    folder = tmp_path_factory.mktemp("versions")

    def programme(*seeds: int) -> Iterator[clips.Picture]:
        return itertools.chain.from_iterable(clips.shot(seed, 250, SIZE) for seed in seeds)

    a = clips.write_clip(folder / "a.mp4", programme(1, 2, 3, 4, 5, 6))
    b = clips.write_clip(folder / "b.mp4", programme(1, 2, 9, 3, 4, 5, 6), options={"crf": "28"})
    return a, b


def start(versions: tuple[Path, Path], home: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "vidstudio", "compare", *map(str, versions), "--json", str(out)]
    env = {**os.environ, "VIDSTUDIO_HOME": str(home), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def finish(versions: tuple[Path, Path], home: Path, out: Path) -> bytes:
    process = start(versions, home, out)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()
    return out.read_bytes()


def sealed(home: Path) -> dict[str, int]:
    """Sealed results by file, with the time each was written."""
    results = home / "data" / "results"
    files = (file for file in results.rglob("*") if file.is_file()) if results.exists() else ()
    return {str(file): file.stat().st_mtime_ns for file in files if file.parent.name != "writing"}


def assert_database_is_whole(home: Path) -> None:
    database = home / "data" / "studio.db"
    if database.exists():
        connection = sqlite3.connect(database)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        finally:
            connection.close()


@pytest.mark.timeout(400)
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX; Windows ends processes in another way")
def test_twenty_kills_lose_nothing(versions: tuple[Path, Path], tmp_path: Path) -> None:
    started = time.monotonic()
    expected = finish(versions, tmp_path / "calm", tmp_path / "calm.json")
    whole = time.monotonic() - started
    chance = random.Random(20)
    number, kills, resumed_with_sealed = 0, 0, 0
    while kills < KILLS:
        home, out = tmp_path / f"home{number}", tmp_path / f"out{number}.json"
        before = sealed(home)
        process = start(versions, home, out)
        try:
            process.wait(chance.uniform(0.1, 0.9) * whole)
            finished = True
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            finished = False
        assert process.stderr
        process.stderr.close()
        assert_database_is_whole(home)
        after = sealed(home)
        kept = {file: written for file, written in after.items() if file in before}
        assert kept == before, "a sealed result was lost or made again"
        if finished:
            assert json.loads(out.read_bytes()) == json.loads(expected)
            number += 1
        else:
            kills += 1
            resumed_with_sealed += bool(before)
    final = tmp_path / "final.json"
    assert json.loads(finish(versions, tmp_path / f"home{number}", final)) == json.loads(expected)
    assert_database_is_whole(tmp_path / f"home{number}")
    assert resumed_with_sealed, "no kill came after something was sealed: the test proves nothing"
