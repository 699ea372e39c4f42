"""`vidstudio models` against a stand-in hub, and what `compare` says of weights that are not here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import clips
import pytest
from stand_in_hub import TAKEN, WEIGHTS, Hub, hub_environment, serve_hub

from vidstudio.cli.main import main

OK, _, USAGE, _, CANCELLED, ENVIRONMENT = range(6)
ROOT = Path(__file__).parents[1]
Captured = pytest.CaptureFixture[str]
Served = tuple[str, type[Hub]]


@pytest.fixture
def hub() -> Iterator[Served]:
    with serve_hub() as served:
        yield served


@pytest.fixture(autouse=True)
def no_hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


def start(endpoint: str, home: Path, *argv: str) -> subprocess.Popen[str]:
    """In a process of its own: the hub's client reads its endpoint when it is imported."""
    return subprocess.Popen(
        [sys.executable, "-m", "vidstudio", "models", *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=hub_environment(endpoint, home),
    )


def run(endpoint: str, home: Path, *argv: str) -> tuple[int, str, str]:
    process = start(endpoint, home, *argv)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def listed(capsys: Captured) -> dict[str, dict[str, Any]]:
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == OK
    return {one["name"]: one for one in json.loads(capsys.readouterr().out)["models"]}


def test_weights_are_fetched_listed_and_removed(hub: Served, home: Path, capsys: Captured) -> None:
    assert "tiny/dinov2" not in listed(capsys)
    code, out, err = run(hub[0], home, "fetch", "tiny/dinov2", "--yes", "--json")
    assert code == OK, err
    answer = json.loads(out)
    assert (answer["licence"], answer["size_bytes"]) == ("apache-2.0", sum(map(len, TAKEN.values())))
    folder = Path(answer["path"])
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == TAKEN
    one = listed(capsys)["tiny/dinov2"]
    assert (one["state"], one["path"], one["removable"]) == ("here", str(folder), True)
    assert main(["models", "remove", "tiny/dinov2"]) == OK
    assert not folder.exists()
    assert main(["models", "remove", "tiny/dinov2"]) == ENVIRONMENT


def test_nothing_is_fetched_without_a_yes(hub: Served, home: Path) -> None:
    code, out, err = run(hub[0], home, "fetch", "tiny/dinov2")
    assert code == USAGE
    assert "tiny/dinov2: 5 MB, licence: apache-2.0" in out
    assert "--yes" in err
    assert not any("resolve" in path for _, path, _ in hub[1].asked)


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_ctrl_c_leaves_a_part_that_is_gone_on_with(hub: Served, home: Path, capsys: Captured) -> None:
    hub[1].pause_s = 0.1
    process = start(hub[0], home, "fetch", "tiny/dinov2", "--yes")
    parts = home / "models" / "tiny--dinov2" / ".parts"
    until = time.monotonic() + 40
    while time.monotonic() < until and sum(file.stat().st_size for file in parts.glob("model*")) < 300_000:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == CANCELLED, err
    assert "Traceback" not in err
    assert listed(capsys)["tiny/dinov2"]["state"] == "part"
    hub[1].pause_s = 0.0
    code, _, err = run(hub[0], home, "fetch", "tiny/dinov2", "--yes")
    assert code == OK, err
    ranges = [asked for method, path, asked in hub[1].asked if method == "GET" and "safetensors" in path]
    assert int(ranges[-1].removeprefix("bytes=").rstrip("-")) >= 300_000
    assert (home / "models" / "tiny--dinov2" / "model.safetensors").read_bytes() == WEIGHTS


def test_without_a_network_it_says_how_to_do_it_by_hand(home: Path) -> None:
    code, out, err = run("http://127.0.0.1:9", home, "fetch", "tiny/dinov2", "--yes", "--json")
    assert code == ENVIRONMENT
    error = json.loads(out)["error"]
    assert error["kind"] == "CloudError"
    assert "by hand" in error["hint"] or "from another computer" in error["hint"]
    assert "Traceback" not in err


def test_known_models_are_listed_for_people(home: Path, capsys: Captured) -> None:
    assert main(["models", "list"]) == OK
    said = capsys.readouterr().out
    for words in ("basic", "facebook/dinov2-small", "not here", "88 MB", "Apache-2.0", str(home / "models")):
        assert words in said


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("facebook/dinov2-small", "88 MB, licence Apache-2.0", "vidstudio models fetch facebook/dinov2-small"),
        ("frobnicate", "no embedder called", "models list"),
        ("./nowhere", "does not exist", "folder"),
        ("empty", "holds no model", "folder"),
        ("cut", "model.safetensors is damaged", "again"),
    ],
)
def test_compare_says_what_is_wrong_with_a_model_before_it_works(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, name: str, message: str, hint: str
) -> None:
    pytest.importorskip("transformers")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut").mkdir()
    for file, data in TAKEN.items():
        (tmp_path / "cut" / file).write_bytes(data[:4000])
    clips.write_clip(tmp_path / "a.mp4", clips.shot(1, 5, (64, 36)))
    assert main(["compare", "a.mp4", "a.mp4", "--embedder", name, "--json"]) == ENVIRONMENT
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["kind"] == "ModelUnavailable"
    assert message in error["message"]
    assert hint in error["hint"]
