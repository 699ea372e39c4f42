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
    body = bytes(range(256)) * 40
    ids = set()
    for data in (body, body + b"x", b"y" + body[1:], body[:-1] + b"z"):
        file = tmp_path / "film"
        file.write_bytes(data)
        ids.add(content_id(file))
    assert len(ids) == 4


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia, match="no file"):
        content_id(tmp_path / "none.mp4")
    with pytest.raises(UnreadableMedia, match="folder"):
        content_id(tmp_path)
