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
from contextlib import closing
from pathlib import Path

import clips
import pytest

pytestmark = pytest.mark.alone

KILLS = 20
SIZE = (320, 180)
RATE = 12  # chunks are of 20 s, however many pictures are in them


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two versions of a minute of film with several key frames; B has a shot more."""
    folder = tmp_path_factory.mktemp("versions")

    def programme(*seeds: int) -> Iterator[clips.Picture]:
        return itertools.chain.from_iterable(clips.shot(seed, 10 * RATE, SIZE) for seed in seeds)

    a = clips.write_clip(folder / "a.mp4", programme(1, 2, 3, 4, 5, 6), RATE, gop=2 * RATE)
    b = clips.write_clip(folder / "b.mp4", programme(1, 2, 9, 3, 4, 5, 6), RATE, gop=2 * RATE, options={"crf": "28"})
    return a, b


def start(home: Path, *argv: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "vidstudio", *argv]
    env = {**os.environ, "VIDSTUDIO_HOME": str(home), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def comparing(versions: tuple[Path, Path], out: Path) -> tuple[str, ...]:
    return ("compare", *map(str, versions), "--json", str(out))


def finish(versions: tuple[Path, Path], home: Path, out: Path) -> bytes:
    process = start(home, *comparing(versions, out))
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()
    return out.read_bytes()


def measured(versions: tuple[Path, Path], home: Path, out: Path) -> tuple[float, float]:
    """Seconds until a compare begins to work, and until it is done."""
    began = time.monotonic()
    process = start(home, *comparing(versions, out))
    while process.poll() is None and not (home / "data" / "studio.db").exists():
        time.sleep(0.01)
    lead = time.monotonic() - began
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()
    return lead, time.monotonic() - began


def sealed(home: Path) -> dict[str, int]:
    """Sealed results by key, with the time the file of each was written.

    The row seals: a file whose writer was killed just before it has none, and is written again.
    """
    database = home / "data" / "studio.db"
    if not database.exists():
        return {}
    with closing(sqlite3.connect(database)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'results'").fetchone():
            return {}
        keys = [key for (key,) in connection.execute("SELECT key FROM results")]
    return {key: (home / "data" / "results" / key[:2] / key).stat().st_mtime_ns for key in keys}


def assert_database_is_whole(home: Path) -> None:
    database = home / "data" / "studio.db"
    if database.exists():
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.timeout(400)
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX; Windows ends processes in another way")
def test_twenty_kills_lose_nothing(versions: tuple[Path, Path], tmp_path: Path) -> None:
    lead, whole = measured(versions, tmp_path / "calm", tmp_path / "calm.json")
    expected = (tmp_path / "calm.json").read_bytes()
    chance = random.Random(20)
    number, kills, went_on, resumes = 0, 0, 0, 0
    while kills < KILLS:
        home, out = tmp_path / f"home{number}", tmp_path / f"out{number}.json"
        before = sealed(home)
        # what a kill left is gone on with by the same command, and by `jobs resume`, in turn
        resuming = bool(before) and kills % 2 == 1
        process = start(home, *(("jobs", "resume") if resuming else comparing(versions, out)))
        try:
            # with a part of the work already sealed it is done sooner
            process.wait(chance.uniform(lead, lead + (0.6 if before else 0.95) * (whole - lead)))
            finished = True
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            finished = False
        assert process.stderr
        errors = process.stderr.read()
        process.stderr.close()
        assert_database_is_whole(home)
        after = sealed(home)
        went_on += bool(before)
        kept = {key: written for key, written in after.items() if key in before}
        assert kept == before, "a sealed result was lost or made again"
        if finished:
            assert process.returncode == 0, errors.decode()
            if resuming:
                finish(versions, home, out)
            assert json.loads(out.read_bytes()) == json.loads(expected)
            number += 1
        else:
            kills += 1
            resumes += resuming
    final = tmp_path / "final.json"
    assert json.loads(finish(versions, tmp_path / f"home{number}", final)) == json.loads(expected)
    assert_database_is_whole(tmp_path / f"home{number}")
    assert went_on, "no run began with something sealed: the test proves nothing"
    assert resumes, "`jobs resume` was never killed"
