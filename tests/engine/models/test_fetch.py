"""Fetching from a stand-in hub that speaks the hub's own wire format to the real client."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_in_hub import COMMIT, TAKEN, WEIGHTS, Hub, hub_environment, serve_hub

from vidstudio.engine.errors import EnvironmentProblem
from vidstudio.engine.models.fetch import WeightsOffer, fetch
from vidstudio.engine.models.weights import is_weight_file


@pytest.fixture
def hub() -> Iterator[tuple[str, type[Hub]]]:
    with serve_hub() as served:
        yield served


def run(endpoint: str, folder: Path, code: str) -> str:
    """Run `code` in a Python of its own, because the hub's client reads its endpoint when it is imported."""
    start = """
        from pathlib import Path
        from vidstudio.engine.errors import EngineError
        from vidstudio.engine.models.fetch import ask, fetch
        folder = Path(FOLDER)
    """.replace("FOLDER", repr(str(folder)))
    environment = hub_environment(endpoint, folder)
    program = textwrap.dedent(start) + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_weights_arrive_checked_with_progress_and_nothing_else_does(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    code = """
        offer = ask("tiny/dinov2")
        print(offer.licence, offer.size_bytes)
        told = []
        print(fetch(offer, folder, agreed=True, progress=lambda done, total: told.append((done, total))).name)
        assert told == sorted(told) and told[-1] == (offer.size_bytes, offer.size_bytes), told
        fetch(offer, folder, agreed=True)
    """
    lines = run(hub[0], tmp_path, code).splitlines()
    assert lines == [f"apache-2.0 {sum(map(len, TAKEN.values()))}", "tiny--dinov2"]
    folder = tmp_path / "tiny--dinov2"
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()} == TAKEN
    assert len([path for command, path, _ in hub[1].asked if command == "GET" and "safetensors" in path]) == 1


def test_damaged_weights_are_removed(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    hub[1].damaged = True
    code = """
        try:
            fetch(ask("tiny/dinov2"), folder, agreed=True)
        except EngineError as error:
            print(error.message)
    """
    assert "arrived damaged" in run(hub[0], tmp_path, code)
    assert not (tmp_path / "tiny--dinov2" / "model.safetensors").exists()


def test_an_unknown_model_and_a_dead_connection_are_said(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    code = """
        try:
            ask("nobody/nothing")
        except EngineError as error:
            print(type(error).__name__, error.message)
    """
    assert "ModelUnavailable nobody/nothing could not be fetched" in run(hub[0], tmp_path, code)
    assert "CloudError nobody/nothing could not be fetched" in run("http://127.0.0.1:9", tmp_path, code)


def test_nothing_is_fetched_unless_the_person_agreed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="agreed"):
        fetch(WeightsOffer("a/b", COMMIT, "", ()), tmp_path, agreed=False)


def test_a_broken_fetch_goes_on_where_it_stopped(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    code = """
        from vidstudio.engine.errors import Cancelled
        from vidstudio.engine.models.weights import find_weights, list_weights
        offer = ask("tiny/dinov2")
        def enough(done, total):
            if done > 2_000_000:
                raise Cancelled
        try:
            fetch(offer, folder, agreed=True, progress=enough)
        except Cancelled:
            print([one.state for one in list_weights(folder)])
        try:
            find_weights("tiny/dinov2", folder)
        except EngineError as error:
            print(error.message)
        told = []
        fetch(offer, folder, agreed=True, progress=lambda done, total: told.append(done))
        print(told == sorted(told), [one.state for one in list_weights(folder)])
    """
    hub[1].pause_s = 0.002
    lines = run(hub[0], tmp_path, code).splitlines()
    assert lines[0] == "['part']"
    assert lines[1].startswith("Only a part of the weights of tiny/dinov2 is here; missing: model.safetensors")
    assert lines[2] == "True ['here']"
    ranges = [asked for command, path, asked in hub[1].asked if command == "GET" and "safetensors" in path]
    assert ranges[0] == ""
    assert int(ranges[1].removeprefix("bytes=").rstrip("-")) > 0
    assert (tmp_path / "tiny--dinov2" / "model.safetensors").read_bytes() == WEIGHTS


def test_a_connection_that_breaks_is_taken_up_again(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    hub[1].break_after = 3_000_000
    code = """
        fetch(ask("tiny/dinov2"), folder, agreed=True)
    """
    run(hub[0], tmp_path, code)
    assert (tmp_path / "tiny--dinov2" / "model.safetensors").read_bytes() == WEIGHTS
    ranges = {asked for command, path, asked in hub[1].asked if command == "GET" and "safetensors" in path}
    assert "bytes=3000000-" in ranges


def test_weights_that_rotted_on_the_disk_are_fetched_again(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    code = """
        offer = ask("tiny/dinov2")
        file = fetch(offer, folder, agreed=True) / "model.safetensors"
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
        fetch(offer, folder, agreed=True)
    """
    run(hub[0], tmp_path, code)
    assert (tmp_path / "tiny--dinov2" / "model.safetensors").read_bytes() == WEIGHTS


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    offer = WeightsOffer("a/b", COMMIT, "", (("model.safetensors", 10**18, "0" * 64),))
    with pytest.raises(EnvironmentProblem, match=r"a/b takes 1000000000\.0 GB more"):
        fetch(offer, tmp_path / "models", agreed=True)


@pytest.mark.parametrize("name", ["../../x.json", "/etc/x.json", "..\\x.json", "x.bin", "code.py"])
def test_files_that_do_not_belong_there_are_not_taken(name: str) -> None:
    assert not is_weight_file(name)
