"""The command line as shells use it: closed, full and broken outputs, devices as targets, early stops."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import clips
import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes, devices and signals of POSIX")


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.write_clip(tmp_path_factory.mktemp("film") / "film.mp4", clips.shot(1, 30, (96, 64)))


def shell(command: str, home: Path) -> subprocess.CompletedProcess[str]:
    root = str(Path(__file__).resolve().parents[2])
    env = {**os.environ, "VIDSTUDIO_HOME": str(home), "PYTHONPATH": root, "V": f"{sys.executable} -m vidstudio"}
    return subprocess.run(["/bin/sh", "-c", command], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("$V probe {film} >&-", 0),
        ("$V probe {film} 2>&- >&-", 0),
        ("$V probe /nowhere.mp4 2>&-", 3),
        pytest.param("$V probe {film} >/dev/full", 5, marks=LINUX),
        pytest.param("$V probe /no.mp4 2>/dev/full", 3, marks=LINUX),
    ],
)
def test_outputs_that_take_nothing_change_no_exit_code(command: str, code: int, film: Path, home: Path) -> None:
    done = shell(command.format(film=film), home)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_leaves_does_not_hide_what_was_found(film: Path, tmp_path: Path, home: Path) -> None:
    other = clips.write_clip(tmp_path / "other.mp4", clips.shot(2, 30, (96, 64)))
    done = shell(f"{{ $V compare {film} {other} --fail-on different; echo $? >&2; }} | true", home)
    assert done.stderr.split() == ["1"]


def test_a_pipe_is_written_to_and_stays_one(film: Path, tmp_path: Path, home: Path) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    done = shell(f"cat {pipe} > {tmp_path}/got.json & $V compare {film} {film} --json {pipe}; wait", home)
    assert done.returncode == 0, done.stderr
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert (tmp_path / "got.json").read_text().startswith("{")
    # and when nobody reads: an error, no wait without end
    assert shell(f"$V compare {film} {film} --json {pipe}", home).returncode == 5


@pytest.mark.parametrize("option", ["--csv -", "--report ''", "--json ''", "--embedder ''"])
def test_names_that_name_nothing_are_refused(option: str, film: Path, tmp_path: Path, home: Path) -> None:
    done = shell(f"cd {tmp_path} && $V compare {film} {film} {option}", home)
    assert done.returncode == 2, done.stderr
    assert option.split()[0] in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_while_it_loads_is_a_cancel(number: int, home: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    begun = "import sys, vidstudio.__main__ as m; sys.argv[1:] = ['jobs', 'list']; print('up', flush=True); m.main()"
    process = subprocess.Popen(
        [sys.executable, "-c", begun], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root
    )
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 4, errors
    assert "Traceback" not in errors
