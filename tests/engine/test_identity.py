"""Content ids: the bytes decide, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from vidstudio.engine import identity
from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.identity import content_id


def test_a_copy_has_the_same_id_and_a_changed_byte_another(tmp_path: Path) -> None:
    first, copy, other = (tmp_path / name for name in "abc")
    first.write_bytes(b"film" * 1000)
    copy.write_bytes(b"film" * 1000)
    other.write_bytes(b"film" * 999 + b"filn")
    assert content_id(first) == content_id(copy) != content_id(other)
    assert len(content_id(first)) == 32


def test_long_files_differ_by_size_head_and_tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_WHOLE_UP_TO", 1000)
    monkeypatch.setattr(identity, "_BLOCK", 16)
    monkeypatch.setattr(identity, "_STEP", 256)
    body = bytes(range(256)) * 40
    ids = set()
    for data in (body, body + b"x", b"y" + body[1:], body[:-1] + b"z"):
        file = tmp_path / "film"
        file.write_bytes(data)
        ids.add(content_id(file))
    assert len(ids) == 4


def test_in_a_long_file_a_change_of_a_step_is_seen_wherever_it_is(tmp_path: Path) -> None:
    # one changed shot in a master of constant frame size: equal sizes, equal heads and tails
    file = tmp_path / "master.dv"
    size = identity._WHOLE_UP_TO + 7 * identity._STEP + 123
    ids = set()
    for changed_at in (None, 0, 6_000_000, size // 2 + 77_777, size - identity._STEP):
        with file.open("wb") as out:
            out.truncate(size)  # sparse: quick to make
            if changed_at is not None:
                out.seek(changed_at)
                out.write(b"x" * identity._STEP)
        ids.add(content_id(file))
    assert len(ids) == 5


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia, match="no file"):
        content_id(tmp_path / "none.mp4")
    with pytest.raises(UnreadableMedia, match="folder"):
        content_id(tmp_path)
