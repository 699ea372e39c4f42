from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from counted_stages import toy_paths

from vidstudio.engine.errors import ChangedMedia, EngineError, MissingMedia, UnreadableMedia
from vidstudio.engine.identity import content_id, file_state
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.store import Store
from vidstudio.engine.types import AudioInfo, VideoInfo


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(toy_paths(tmp_path)) as store:
        yield store


def info_of(path: Path) -> VideoInfo:
    return VideoInfo(
        content_id(path), str(path), path.stat().st_size, "mov", 4_000_000, 320, 180, 90, Fraction(16, 15),
        Fraction(30000, 1001), Fraction(1, 90000), 120, False, -5, "h264", "yuv420p", 8, "bt709", "bt709", "bt709",
        "tv", False, 1, (AudioInfo(1, "aac", 48000, 2, "stereo", "", None),), 0, ("odd",),
    )  # fmt: skip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip ünï.mp4"
    path.write_bytes(os.urandom(5000))
    return path


def test_round_trip_and_reopening(tmp_path: Path, clip: Path) -> None:
    info = info_of(clip)
    with Store(toy_paths(tmp_path)) as store:
        assert store.media.info(info.content_id) is None
        assert store.media.add(info) == Changes.of("media")
    with Store(toy_paths(tmp_path)) as store:
        assert store.media.info(info.content_id) == info
        assert store.media.path(info.content_id) == clip
        newer = replace(info, notes=("odd", "told later"))
        store.media.add(newer)
        assert store.media.info(info.content_id) == newer


def test_moved_file_is_missing_until_relinked(store: Store, clip: Path, tmp_path: Path) -> None:
    info = info_of(clip)
    store.media.add(info)
    moved = clip.rename(tmp_path / "moved.mp4")
    with pytest.raises(MissingMedia, match=r"clip ünï\.mp4 is no longer in") as caught:
        store.media.path(info.content_id)
    assert caught.value.content_id == info.content_id
    assert store.media.relink(info.content_id, moved) == Changes.of("media")
    assert store.media.path(info.content_id) == moved
    # another file in its place, later the file itself again
    moved.rename(clip)
    moved.write_bytes(b"something else")
    assert store.media.path(info.content_id) == clip


def test_relink_refuses_another_file(store: Store, clip: Path, tmp_path: Path) -> None:
    info = info_of(clip)
    store.media.add(info)
    other = tmp_path / "other.mp4"
    other.write_bytes(os.urandom(5000))
    with pytest.raises(EngineError, match="not the same video"):
        store.media.relink(info.content_id, other)
    with pytest.raises(UnreadableMedia):
        store.media.relink(info.content_id, tmp_path / "gone.mp4")
    with pytest.raises(EngineError, match="not known yet"):
        store.media.relink(content_id(other), other)


def test_unknown_is_missing(store: Store) -> None:
    with pytest.raises(MissingMedia, match="not known here"):
        store.media.path("0" * 32)


def test_a_file_of_another_machine(store: Store, clip: Path, tmp_path: Path) -> None:
    elsewhere = replace(info_of(clip), path=str(tmp_path / "nowhere" / "there.mp4"))
    store.media.add_elsewhere(elsewhere)
    assert store.media.info(elsewhere.content_id) == elsewhere
    with pytest.raises(MissingMedia, match=r"there\.mp4 is not on this machine"):
        store.media.path(elsewhere.content_id)
    # what is known from here is not overwritten; and it is found where it is the same
    store.media.add_elsewhere(info_of(clip))
    assert store.media.info(elsewhere.content_id) == elsewhere
    assert store.media.path(elsewhere.content_id) == clip
    # the same name and size, other bytes
    impostor = tmp_path / "impostor.mp4"
    impostor.write_bytes(os.urandom(5000))
    stranger = replace(info_of(clip), content_id="f" * 32, path=str(impostor))
    store.media.add_elsewhere(stranger)
    with pytest.raises(MissingMedia):
        store.media.path("f" * 32)


def test_another_file_of_the_same_size_is_not_taken_for_it(store: Store, clip: Path) -> None:
    info, kept = info_of(clip), clip.read_bytes()
    store.media.add(info, file_state(clip)[1])
    clip.write_bytes(os.urandom(len(kept)))
    os.utime(clip, ns=(1, 1))
    with pytest.raises(ChangedMedia, match="was changed since it was added"):
        store.media.path(info.content_id)
    # the old bytes under another date are the file itself, and known as that from then on
    clip.write_bytes(kept)
    os.utime(clip, ns=(2, 2))
    assert store.media.path(info.content_id) == clip


def test_a_file_is_identified_anew_only_when_its_date_changed(
    store: Store, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = info_of(clip)
    looked: list[Path] = []
    monkeypatch.setattr("vidstudio.engine.store.media.identify", lambda path: looked.append(path) or content_id(path))
    store.media.add(info, file_state(clip)[1])
    assert store.media.path(info.content_id) == clip
    assert not looked
    os.utime(clip, ns=(5, 5))
    for _ in range(3):
        assert store.media.path(info.content_id) == clip
    assert looked == [clip]


@pytest.mark.skipif(os.name == "nt", reason="names on Windows are text")
def test_a_name_that_is_no_text_is_found_again(store: Store, clip: Path, tmp_path: Path) -> None:
    odd = clip.rename(tmp_path / os.fsdecode(b"no \xff text.mp4"))
    info = info_of(odd)
    store.media.add(info)
    assert store.media.path(info.content_id) == odd
    assert store.media.info(info.content_id) == info
    project = store.projects.create("p")
    store.projects.add_media(project.id, info.content_id, odd)
    assert [one.path for one in store.projects.media(project.id)] == [str(odd)]
    store.projects.export(project.id, tmp_path / "p.vidstudio")
    again = store.projects.import_(tmp_path / "p.vidstudio")
    assert [one.path for one in store.projects.media(again.id)] == [str(odd)]
