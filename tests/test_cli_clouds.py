"""`vidstudio compare` with TwelveLabs, `vidstudio keys` and local-only projects.

The real SDK in the real cloud process, against the strict stand-in.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import clips
import file_keyring
import keyring
import numpy as np
import pytest
from keyring.backends import fail
from stand_in_twelvelabs import KEY, Behaviour, serve_twelvelabs, vector

from vidstudio.cli.main import main
from vidstudio.engine.identity import content_id
from vidstudio.engine.paths import Paths
from vidstudio.engine.store.store import Store

OK, DIFFERENT, USAGE, _, CANCELLED, ENVIRONMENT = range(6)
TESTS = Path(__file__).parent
TASKS = r"/v1\.3/embed-v2/tasks"
MARENGO = "twelvelabs:marengo3.5"


@pytest.fixture
def service() -> Iterator[tuple[str, Behaviour]]:
    with serve_twelvelabs() as (address, state):
        yield address, state
    assert state.complaints == []


@pytest.fixture(autouse=True)
def environment(
    service: tuple[str, Behaviour], tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A keyring of the test's own with the right key in it, and no way out to the network."""
    for name in [name for name in os.environ if name.upper().endswith(("_PROXY", "_API_KEY"))]:
        monkeypatch.delenv(name)
    (tmp_path / "keyring.json").write_text(json.dumps({"VidStudio/twelvelabs": KEY}))
    for name, value in {
        "TWELVELABS_BASE_URL": service[0],
        "PYTHON_KEYRING_BACKEND": "file_keyring.Keyring",
        "TEST_KEYRING": str(tmp_path / "keyring.json"),
        "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)]),
    }.items():
        monkeypatch.setenv(name, value)
    before = keyring.core._keyring_backend
    keyring.set_keyring(file_keyring.Keyring())
    yield
    keyring.core._keyring_backend = before


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Eight seconds, and the same with two new seconds put in after the first second: off the grid of 2 s."""
    folder = tmp_path_factory.mktemp("films")
    size = (480, 360)
    old = list(clips.shot(1, 40, size)) + list(clips.shot(2, 40, size))
    new = [*old[:10], *clips.shot(3, 20, size), *old[10:]]
    return clips.write_clip(folder / "old.mp4", old, 10), clips.write_clip(folder / "new.mp4", new, 10)


def start(*argv: str) -> subprocess.Popen[str]:
    """In a process of its own, to be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "vidstudio", *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=TESTS.parent,
    )


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line here; gives its exit code, stdout and stderr. The key is in neither."""

    def run_it(*argv: str | Path, given: str = "") -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        code = main([str(one) for one in argv])
        out, err = capsys.readouterr()
        assert KEY not in out + err
        return code, out, err

    return run_it


@pytest.fixture
def compare(run: Run, films: tuple[Path, Path]) -> Run:
    """Compares the films with Marengo."""
    return lambda *options: run("compare", *films, "--embedder", MARENGO, *options)


def store_of(home: Path) -> Store:
    return Store(Paths(data=home / "data", models=home / "models", logs=home / "logs"))


def test_compare(
    service: tuple[str, Behaviour], run: Run, compare: Run, films: tuple[Path, Path], tmp_path: Path, home: Path
) -> None:
    state = service[1]
    code, _, err = compare()
    assert code == USAGE
    assert "--allow-cloud" in err
    assert "charges your account by the minute of video" in err
    assert state.asked == []

    state.duration_s = 8.0
    report = tmp_path / "report.html"
    exported = tmp_path / "result.json"
    code, _, err = compare("--allow-cloud", "--json", str(exported), "--report", str(report))
    assert code == OK, err
    result = json.loads(exported.read_text())
    assert result["embedder"] == {"name": MARENGO, "dimension": 512}
    digests = [hashlib.sha256(film.read_bytes()).hexdigest() for film in films]
    assert state.tasks_of == dict.fromkeys(digests, 1)
    # new.mp4's second half shows A from the first second on: its segment 2..4 s is half new, the next one A's 2..4 s
    (a, b) = ([unit(digest, number) for number in range(4)] for digest in digests)
    pairs = {(tuple(one["a"] or ()), tuple(one["b"] or ())): one["distance"] for one in result["segments"]}
    assert pairs[((2_000_000, 4_000_000), (4_000_000, 6_000_000))] == pytest.approx(1 - float(a[1] @ b[2]), abs=1e-5)
    assert pairs[((4_000_000, 6_000_000), (6_000_000, 8_000_000))] == pytest.approx(1 - float(a[2] @ b[3]), abs=1e-5)
    assert [edit["kind"] for edit in result["edits"]].count("inserted") == 1

    # nothing is asked for again, agreed to or not, and nobody needs to be asked
    before = len(state.asked)
    assert compare()[0] == OK
    assert len(state.asked) == before

    code, _, err = compare("--align", "none", "--json", str(exported))
    assert code == OK, err
    assert len(state.asked) == before  # the files' own vectors serve for this too
    rows = json.loads(exported.read_text())["segments"]
    for number, row in enumerate(rows[:4]):
        assert row["a"] == row["b"] == [2_000_000 * number, 2_000_000 * (number + 1)]
        assert row["distance"] == pytest.approx(1 - float(a[number] @ b[number]), abs=1e-5)
    assert rows[4]["a"] is None
    assert_key_nowhere(home, tmp_path)


def unit(digest: str, number: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    said = np.array(vector(digest, number))
    return said / np.linalg.norm(said)


def assert_key_nowhere(*folders: Path) -> None:
    for file in {file for folder in folders for file in folder.rglob("*") if file.is_file()}:
        if file.name != "keyring.json":
            assert KEY.encode() not in file.read_bytes(), f"the key is in {file}"


def test_kill_and_resume(
    service: tuple[str, Behaviour], compare: Run, films: tuple[Path, Path], tmp_path: Path, home: Path
) -> None:
    """Killed while it uploads, and while it waits for a task: paid once all the same."""
    state = service[1]
    state.duration_s = 8.0
    state.looks = 2
    for wait in (lambda: len(state.chunks_put) >= 2, lambda: state.count("GET", rf"{TASKS}/\w+") >= 1):
        process = start("compare", *map(str, films), "--embedder", MARENGO, "--allow-cloud")
        until = time.monotonic() + 60
        while not wait() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    # what was agreed to needs no second yes
    code, _, err = compare()
    assert code == OK, err
    digests = [hashlib.sha256(film.read_bytes()).hexdigest() for film in films]
    assert state.tasks_of == dict.fromkeys(digests, 1)
    assert_key_nowhere(home, tmp_path)


def test_cancel_is_quick(service: tuple[str, Behaviour], films: tuple[Path, Path]) -> None:
    state = service[1]
    state.looks = 10**9
    process = start("compare", *map(str, films), "--embedder", MARENGO, "--allow-cloud")
    until = time.monotonic() + 60
    while state.count("GET", r"/v1\.3/assets/\w+") < 2 and time.monotonic() < until:
        time.sleep(0.01)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == CANCELLED
    assert time.monotonic() - began < 20  # the child is given five seconds
    assert state.tasks_of == {}


def test_refusals_end_with_a_message(
    service: tuple[str, Behaviour], compare: Run, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "tlk_WRONG_KEY_IN_USE"
    monkeypatch.setenv("TWELVELABS_API_KEY", wrong)
    code, out, err = compare("--allow-cloud", "--json")
    assert code == ENVIRONMENT
    assert "TwelveLabs refused the key" in err
    assert json.loads(out)["error"]["kind"] == "CloudError"
    assert wrong not in out + err
    monkeypatch.delenv("TWELVELABS_API_KEY")
    (tmp_path / "keyring.json").write_text("{}")
    code, _, err = compare("--allow-cloud", "--segment", "4")
    assert code == ENVIRONMENT
    assert "vidstudio keys set twelvelabs" in err
    for nonsense in (("--segment", "1.5"), ("--embedder", "twelvelabs:marengo9")):
        assert compare("--allow-cloud", *nonsense)[0] == USAGE
    assert service[1].tasks_of == {}
    for file in home.rglob("*"):
        assert not file.is_file() or wrong.encode() not in file.read_bytes()


def test_local_only(
    service: tuple[str, Behaviour], run: Run, compare: Run, films: tuple[Path, Path], home: Path
) -> None:
    with contextlib.closing(store_of(home)) as store:
        project = store.projects.create("Client work")
        store.projects.add_media(project.id, content_id(films[0]), films[0])
    code, out, _ = run("projects", "local-only", "Client work", "--json")
    assert code == OK
    assert json.loads(out)["local_only"] is True
    code, _, err = compare("--allow-cloud")
    assert code == ENVIRONMENT
    assert "“Client work” is local only" in err
    assert service[1].asked == []
    assert "local only" in run("projects", "show", "Client work")[1]
    assert json.loads(run("projects", "allow-cloud", "Client work", "--json")[1])["local_only"] is False


def test_keys(
    service: tuple[str, Behaviour], run: Run, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "keyring.json"
    kept.write_text("{}")
    code, _, err = run("keys", "test", "twelvelabs")
    assert code == ENVIRONMENT
    assert "There is no key" in err
    code, out, _ = run("keys", "set", "twelvelabs", given=KEY + "\n")
    assert code == OK
    assert "••••cdef" in out
    assert json.loads(kept.read_text()) == {"VidStudio/twelvelabs": KEY}
    code, out, err = run("keys", "test", "twelvelabs", "--json")
    assert code == OK, err
    assert json.loads(out)["works"] is True
    assert json.loads(out)["key"] == "••••cdef"
    assert [path for _, path in service[1].asked] == ["/v1.3/assets"]
    rows = {row["service"]: row for row in json.loads(run("keys", "list", "--json")[1])["keys"]}
    assert rows["twelvelabs"]["source"] == "keyring"
    assert rows["elevenlabs"]["key"] is None
    assert "whole video files" in run("keys", "list")[1]
    assert run("keys", "test", "elevenlabs")[0] == USAGE
    assert run("keys", "remove", "twelvelabs")[0] == OK
    assert kept.read_text() == "{}"
    assert run("keys", "remove", "twelvelabs")[0] == USAGE
    assert run("keys", "set", "openai", given="x\n")[0] == USAGE
    monkeypatch.setattr(keyring.core, "_keyring_backend", fail.Keyring())
    code, _, err = run("keys", "set", "twelvelabs", given=KEY + "\n")
    assert code == ENVIRONMENT
    assert "no keyring" in err
    assert "no keyring" in run("keys", "list")[2]
    assert_key_nowhere(home, tmp_path)
