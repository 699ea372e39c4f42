from __future__ import annotations

import contextlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from counted_stages import Toy, plan, toy_paths
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidstudio.engine.errors import EngineError, EnvironmentProblem, MissingMedia
from vidstudio.engine.identity import content_id
from vidstudio.engine.ignore.rules import PRESETS, Ignore, Rule
from vidstudio.engine.runner import Runner
from vidstudio.engine.store import project_file
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span
from vidstudio.engine.types import VideoInfo


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Store]:
    with Store(toy_paths(tmp_path / "here")) as store:
        yield store


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    with Store(toy_paths(tmp_path / "there")) as store:
        yield store


def clip(store: Store, path: Path) -> VideoInfo:
    path.write_bytes(os.urandom(3000))
    rate = Fraction(24000, 1001)
    info = VideoInfo(
        content_id(path), str(path), 3000, "mov", 4_000_000, 320, 180, 0, Fraction(1), rate, Fraction(1, 24000), 96,
        False, 0, "h264", "yuv420p", 8, "", "", "", "", False, 1, (), 0,
    )  # fmt: skip
    store.media.add(info)
    return info


def make(store: Store, folder: Path, run: bool = True) -> str:
    """A project with two clips, a comparison, and its result."""
    a, b = clip(store, folder / "a.mp4"), clip(store, folder / "b ü.mp4")
    project = store.projects.create("Spring cut")
    store.projects.set_view(project.id, {"at_us": 5, "open": ["x"]})
    for info in (a, b):
        store.projects.add_media(project.id, info.content_id, info.path)
    store.projects.add_comparison(project.id, a.content_id, b.content_id, plan(3))
    if run:
        Runner(Toy().stages(), store).run(plan(3))
    return project.id


def test_a_project_on_another_machine(tmp_path: Path, here: Store, there: Store) -> None:
    project_id = make(here, tmp_path)
    before = here.projects.media(project_id)
    file = tmp_path / "spring.vidstudio"
    here.projects.export(project_id, file)
    (tmp_path / "b ü.mp4").unlink()
    project = there.projects.import_(file)
    assert project.name == "Spring cut"
    assert there.projects.get(project.id).view == {"at_us": 5, "open": ["x"]}
    assert [p.id for p in there.projects.recent()] == [project.id]
    media = there.projects.media(project.id)
    assert [(m.content_id, m.path) for m in media] == [(m.content_id, m.path) for m in before]
    a, b = (m.content_id for m in media)
    assert there.media.info(b) == here.media.info(b)
    assert there.media.path(a) == tmp_path / "a.mp4"
    with pytest.raises(MissingMedia, match="b ü"):
        there.media.path(b)
    (record,) = there.projects.comparisons(project.id)
    assert (record.a, record.b, record.call) == (a, b, plan(3))
    # its result came along: nothing is run
    toy = Toy()
    result = Runner(toy.stages(), there).load(record.call)
    expected = Runner(toy.stages(), here).load(record.call)
    assert result is not None
    assert expected is not None
    assert result[0].values.tolist() == expected[0].values.tolist()
    # the same file again is another project
    again = there.projects.import_(file)
    assert again.id != project.id
    assert len(there.projects.recent()) == 2
    assert not list(tmp_path.glob("*.part"))


def test_decisions_travel_with_the_project(tmp_path: Path, here: Store, there: Store) -> None:
    project_id = make(here, tmp_path, run=False)
    a = here.projects.media(project_id)[0].content_id
    ignore = Ignore((Rule("1", PRESETS["subtitles"], Span(0, 5), on=False),), ("audio",), 5)
    here.projects.set_ignore(here.projects.comparisons(project_id)[0].id, ignore)
    here.projects.set_reference(project_id, a)
    file = tmp_path / "spring.vidstudio"
    here.projects.export(project_id, file)
    project = there.projects.import_(file)
    assert (project.reference, there.projects.get(project.id).reference) == (a, a)
    assert there.projects.comparisons(project.id)[0].ignore == ignore

    def without(manifest: dict[str, Any]) -> None:
        """As a VidStudio wrote it that knew of neither."""
        del manifest["reference"]
        del manifest["comparisons"][0]["ignore"]

    old = there.projects.import_(rebuilt(file, without))
    assert old.reference == ""
    assert there.projects.comparisons(old.id)[0].ignore == Ignore()


def test_unfinished_work_goes_on_elsewhere(tmp_path: Path, here: Store, there: Store) -> None:
    project_id = make(here, tmp_path, run=False)
    for need in plan(3).needs[:2]:
        Runner(Toy().stages(), here).run(need)
    here.projects.export(project_id, tmp_path / "p.zip")
    there.projects.import_(tmp_path / "p.zip")
    toy = Toy()
    Runner(toy.stages(), there).run(plan(3))
    assert toy.ran == ["part 20", "total"]


def test_files_that_were_removed_from_the_project(tmp_path: Path, here: Store, there: Store) -> None:
    project_id = make(here, tmp_path)
    b = here.projects.media(project_id)[1].content_id
    here.projects.remove_media(project_id, b)
    here.projects.export(project_id, tmp_path / "p.zip")
    project = there.projects.import_(tmp_path / "p.zip")
    assert len(there.projects.media(project.id)) == 1
    assert there.media.info(b) == here.media.info(b)


def test_a_media_file_of_the_same_name_is_not_mistaken(tmp_path: Path, here: Store, there: Store) -> None:
    project_id = make(here, tmp_path)
    here.projects.export(project_id, tmp_path / "p.zip")
    (tmp_path / "a.mp4").write_bytes(os.urandom(3000))
    project = there.projects.import_(tmp_path / "p.zip")
    with pytest.raises(MissingMedia):
        there.media.path(there.projects.media(project.id)[0].content_id)


def test_export_to_nowhere(tmp_path: Path, here: Store) -> None:
    project_id = make(here, tmp_path)
    with pytest.raises(EnvironmentProblem):
        here.projects.export(project_id, tmp_path / "none" / "p.zip")


def rebuilt(file: Path, change: Callable[[dict[str, Any]], None], results: dict[str, bytes] | None = None) -> Path:
    """A copy of a project file with a changed manifest, and other result files."""
    bad = file.with_name("bad.zip")
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as copy:
        manifest = json.loads(archive.read("manifest.json"))
        change(manifest)
        copy.writestr("manifest.json", json.dumps(manifest))
        for name in archive.namelist():
            if name != "manifest.json" and results is None:
                copy.writestr(name, archive.read(name))
        for name, data in (results or {}).items():
            copy.writestr(name, data)
    return bad


def assert_nothing_kept(store: Store, outside: Path) -> None:
    assert store.projects.recent() == []
    writing = store.paths.artifacts / "writing"
    assert not writing.exists() or not list(writing.iterdir())
    assert not list(outside.rglob("evil*"))
    assert store.results.clear_unsealed() == 0


BAD: dict[str, Callable[[dict[str, Any]], None]] = {
    "another format": lambda m: m.update(format="other"),
    "no format": lambda m: m.pop("format"),
    "no name": lambda m: m.pop("name"),
    "way out of the folder": lambda m: m["results"][0].update(key="../../../../evil"),
    "absolute": lambda m: m["results"][0].update(key="/tmp/evil"),
    "key that is too short": lambda m: m["results"][0].update(key="ab"),
    "key that is not there": lambda m: m["results"][0].update(key="0" * 64),
    "wrong digest": lambda m: m["results"][0].update(digest="0" * 32),
    "too small a size": lambda m: m["results"][0].update(size_bytes=3),
    "too large a size": lambda m: m["results"][0].update(size_bytes=10**6),
    "negative size": lambda m: m["results"][0].update(size_bytes=-1),
    "size of another planet": lambda m: m["results"][0].update(size_bytes=2**70),
    "call of nothing": lambda m: m["comparisons"][0].update(call=[]),
    "call that needs itself": lambda m: m["comparisons"][0].update(call=[["s", [], {}, None, [0]]]),
    "call that needs the future": lambda m: m["comparisons"][0].update(call=[["s", [], {}, None, [-1]]] * 2),
    "time beyond time": lambda m: m.update(created_us=2**63),
    "text as time": lambda m: m.update(created_us="now"),
    "half a character": lambda m: m.update(name="\ud800"),
    "media of another id": lambda m: m["media"][0].update(content_id="c" * 32),
    "media without an id": lambda m: m["media"][0].update(content_id="", info=None),
    "media of no size": lambda m: m["media"][0]["info"].update(size_bytes=-5),
    "media of infinite rate": lambda m: m["media"][0]["info"].update(frame_rate="1/0"),
    "path with an end in it": lambda m: m["media"][0].update(path="a\0b"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_files_are_refused(tmp_path: Path, here: Store, there: Store, what: str) -> None:
    file = tmp_path / "p.zip"
    here.projects.export(make(here, tmp_path), file)
    with pytest.raises(EngineError, match="is not a VidStudio project, or is damaged") as caught:
        there.projects.import_(rebuilt(file, BAD[what]))
    assert caught.value.hint
    assert_nothing_kept(there, tmp_path)


def test_newer_and_too_large_files_are_refused(
    tmp_path: Path, here: Store, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "p.zip"
    here.projects.export(make(here, tmp_path), file)
    # whatever else a newer one changed
    with pytest.raises(EngineError, match="newer VidStudio"):
        there.projects.import_(rebuilt(file, lambda m: (m.update(version=99), m.pop("media"))))
    with monkeypatch.context() as patch:
        patch.setattr(project_file, "_LARGEST", 100)
        with pytest.raises(EngineError, match="too large"):
            there.projects.import_(file)
    with monkeypatch.context() as patch:
        patch.setattr(project_file, "_LARGEST_MANIFEST", 100)
        with pytest.raises(EngineError):
            there.projects.import_(file)
    assert_nothing_kept(there, tmp_path)
    there.projects.import_(file)


def test_a_bomb_does_not_go_off(tmp_path: Path, here: Store, there: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "p.zip"
    here.projects.export(make(here, tmp_path), file)
    with zipfile.ZipFile(file) as archive:
        (key,) = (entry["key"] for entry in json.loads(archive.read("manifest.json"))["results"])
    written = 0
    write = there.results.write

    def counted(key: str, stage: str, parts: Iterator[bytes], call: str = "") -> None:
        def counting() -> Iterator[bytes]:
            nonlocal written
            for part in parts:
                written += len(part)
                yield part

        write(key, stage, counting(), call)

    monkeypatch.setattr(there.results, "write", counted)
    bad = rebuilt(file, lambda m: None, {f"results/{key}": b"\0" * 50_000_000})
    with pytest.raises(EngineError, match="damaged"):
        there.projects.import_(bad)
    assert written < 10_000
    assert_nothing_kept(there, tmp_path)


def test_strangers_in_the_zip_are_ignored(tmp_path: Path, here: Store, there: Store) -> None:
    file = tmp_path / "p.zip"
    here.projects.export(make(here, tmp_path), file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../evil.txt", "x")
        archive.writestr("/evil.txt", "x")
    there.projects.import_(file)
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04" + b"x" * 50])
def test_not_a_zip(tmp_path: Path, there: Store, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(EngineError, match=r"x\.zip is not a VidStudio project"):
        there.projects.import_(tmp_path / "x.zip")
    with pytest.raises(EngineError):
        there.projects.import_(tmp_path / "missing.zip")
    with pytest.raises(EngineError):
        there.projects.import_(tmp_path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_an_error_for_people(tmp_path: Path, here: Store, there: Store, data: st.DataObject) -> None:
    file = tmp_path / "p.zip"
    if not file.exists():
        here.projects.export(make(here, tmp_path), file)
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    bad = tmp_path / "bad.zip"
    bad.write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    with contextlib.suppress(EngineError):
        there.projects.import_(bad)
