from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from counted_stages import toy_paths

from vidstudio.engine.errors import EnvironmentProblem
from vidstudio.engine.store import owners
from vidstudio.engine.store.store import Store

KEY = "ab" * 32
OTHER = "cd" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(toy_paths(tmp_path)) as store:
        yield store


def place(store: Store, key: str = KEY) -> Path:
    return store.paths.artifacts / key[:2] / key


def unsealed(store: Store) -> list[Path]:
    return sorted((store.paths.artifacts / "writing").glob("*"))


def test_sealed_results(store: Store) -> None:
    assert store.results.load(KEY) is None
    assert not store.results.has(KEY)
    store.results.write(KEY, "stage", iter([b"ab", b"", b"c"]), "call")
    assert store.results.has(KEY)
    assert store.results.load(KEY) == b"abc"
    assert place(store).read_bytes() == b"abc"
    assert store.results.size() == 3
    store.results.write(OTHER, "stage", iter([]))
    assert store.results.load(OTHER) == b""
    assert store.results.keys_of("call") == [KEY]
    store.results.write(KEY, "stage", iter([b"again"]))
    assert store.results.load(KEY) == b"again"
    assert store.results.size() == 5
    assert unsealed(store) == []
    store.results.forget(KEY)
    assert store.results.load(KEY) is None
    assert not place(store).exists()


@pytest.mark.parametrize("data", [b"", b"ab", b"abX", b"abcd"])
def test_damaged_file_counts_as_absent(store: Store, data: bytes) -> None:
    store.results.write(KEY, "stage", iter([b"abc"]))
    place(store).write_bytes(data)
    assert store.results.load(KEY) is None
    place(store).write_bytes(b"abc")
    assert store.results.load(KEY) == b"abc"


def test_not_sealed_while_written(store: Store) -> None:
    def parts() -> Iterator[bytes]:
        yield b"one"
        assert store.results.load(KEY) is None
        assert not place(store).exists()
        assert len(unsealed(store)) == 1
        # a living writer's file stays
        assert store.results.clear_unsealed() == 0
        yield b"two"

    store.results.write(KEY, "stage", parts())
    assert store.results.load(KEY) == b"onetwo"


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    def parts() -> Iterator[bytes]:
        yield b"one"
        raise ZeroDivisionError

    store.results.write(KEY, "stage", iter([b"before"]))
    for key in (KEY, OTHER):
        with pytest.raises(ZeroDivisionError):
            store.results.write(key, "stage", parts())
    assert unsealed(store) == []
    assert store.results.load(KEY) == b"before"
    assert store.results.load(OTHER) is None


def test_two_writers_of_one_key(tmp_path: Path, store: Store) -> None:
    with Store(toy_paths(tmp_path)) as second:

        def slow() -> Iterator[bytes]:
            yield b"fir"
            second.results.write(KEY, "stage", iter([b"second, longer"]))
            assert store.results.load(KEY) == b"second, longer"
            yield b"st"

        store.results.write(KEY, "stage", slow())
        assert second.results.load(KEY) == store.results.load(KEY) == b"first"


def test_leftovers_of_the_dead_are_cleared(tmp_path: Path, store: Store) -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    host, _, start = owners.me().split(":")
    writing = store.paths.artifacts / "writing"
    writing.mkdir(parents=True)
    dead = writing / f"{KEY}.{host}!{process.pid}!{start}.0a0b0c0d"
    living = writing / f"{KEY}.{owners.me().replace(':', '!')}.0a0b0c0d"
    elsewhere = writing / f"{KEY}.other-host!1!1.0a0b0c0d"
    old = writing / f"{OTHER}.other-host!1!1.0a0b0c0d"
    for file in (dead, living, elsewhere, old):
        file.write_bytes(b"half")
    os.utime(old, (1e9, 1e9))
    # moved to its place, and then the power went
    stranger = place(store, OTHER)
    stranger.parent.mkdir()
    stranger.write_bytes(b"whole, without a row")
    store.results.write(KEY, "stage", iter([b"abc"]))
    assert store.results.clear_unsealed() == 3
    assert unsealed(store) == sorted([living, elsewhere])
    assert not stranger.exists()
    assert store.results.load(KEY) == b"abc"
    dead.write_bytes(b"half")
    with Store(toy_paths(tmp_path)):
        # opening clears the half-written ones
        assert not dead.exists()
        assert living.exists()


@pytest.mark.parametrize("at", ["fsync", "replace", "mkdir"])
def test_full_disk_is_said(store: Store, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os if at == "fsync" else Path, at, full)
        with pytest.raises(EnvironmentProblem, match="No space left"):
            store.results.write(KEY, "stage", iter([b"abc"]))
    assert unsealed(store) == []
    assert store.results.load(KEY) is None
    store.results.write(KEY, "stage", iter([b"abc"]))
    assert store.results.load(KEY) == b"abc"


def test_what_was_used_longest_ago_goes_first_and_what_is_needed_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour = [0]
    monkeypatch.setattr("vidstudio.engine.store.results.now_us", lambda: hour[0] * 3_700 * 10**6)
    for number in range(6):
        hour[0] += 1
        store.results.write(f"{number:064x}", "s", iter([bytes(1000)]), f"call {number}")
    hour[0] += 1
    assert store.results.load(f"{0:064x}")  # used again
    assert store.results.evict(6000, set()) == 0
    assert store.results.evict(3500, {"call 1"}) == 3000
    left = [number for number in range(6) if store.results.has(f"{number:064x}")]
    assert left == [0, 1, 5]
    assert store.results.size() == 3000
    assert store.results.size_of({"call 1", "call 9"}) == 1000
    assert store.results.evict(0, {"call 1"}) == 2000
