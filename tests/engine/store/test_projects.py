from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from counted_stages import plan, toy_paths
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidstudio.engine.errors import UsageError
from vidstudio.engine.ignore.rules import PRESETS, Ignore, Rule
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span

A, B = "a" * 32, "b" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(toy_paths(tmp_path)) as store:
        yield store


def test_everything_survives_reopening(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as store:
        project = store.projects.create("Werbung “Äpfel” 🍏")
        assert store.projects.set_view(project.id, {"zoom": 1.5, "at_us": 2**40, "rows": [1, None, {"x": True}]})
        assert store.projects.add_media(project.id, A, Path("/clips/a.mp4")) == Changes.of("projects")
        store.projects.add_media(project.id, B, "/clips/b.mp4")
        record, changes = store.projects.add_comparison(project.id, A, B, plan(2))
        assert changes == Changes.of("projects")
    with Store(toy_paths(tmp_path)) as store:
        found = store.projects.get(project.id)
        assert found.name == "Werbung “Äpfel” 🍏"
        assert found.view == {"zoom": 1.5, "at_us": 2**40, "rows": [1, None, {"x": True}]}
        assert found.created_us == project.created_us
        assert [(m.content_id, m.path) for m in store.projects.media(project.id)] == [
            (A, "/clips/a.mp4"),
            (B, "/clips/b.mp4"),
        ]
        assert store.projects.comparisons(project.id) == [record]
        assert record.call == plan(2)


def test_recent_is_by_last_opened(store: Store) -> None:
    ids = [store.projects.create(str(n)).id for n in range(4)]
    assert [project.id for project in store.projects.recent()] == ids[::-1]
    store.projects.opened(ids[1])
    assert [project.id for project in store.projects.recent(2)] == [ids[1], ids[3]]


def test_media_of_a_project(store: Store) -> None:
    first, second = store.projects.create("1"), store.projects.create("2")
    for project in (first, second):
        store.projects.add_media(project.id, A, "/a.mp4")
    store.projects.add_media(first.id, A, "/elsewhere/a.mp4")
    assert [m.path for m in store.projects.media(first.id)] == ["/elsewhere/a.mp4"]
    assert store.projects.remove_media(first.id, A) == Changes.of("projects")
    assert store.projects.remove_media(first.id, A) == Changes()
    assert store.projects.media(first.id) == []
    assert len(store.projects.media(second.id)) == 1


def test_rename_and_delete(store: Store) -> None:
    project = store.projects.create("old")
    store.projects.rename(project.id, "new")
    assert store.projects.get(project.id).name == "new"
    store.projects.add_media(project.id, A, "/a.mp4")
    record, _ = store.projects.add_comparison(project.id, A, B, plan(1))
    store.projects.remove_comparison(record.id)
    assert store.projects.comparisons(project.id) == []
    store.projects.add_comparison(project.id, A, B, plan(1))
    assert store.projects.delete(project.id)
    assert not store.projects.delete(project.id)
    assert store.projects.recent() == []
    assert store.projects.comparisons(project.id) == []
    assert store.projects.media(project.id) == []
    for ask in (
        lambda: store.projects.get(project.id),
        lambda: store.projects.rename(project.id, "x"),
        lambda: store.projects.opened(project.id),
        lambda: store.projects.set_view(project.id, {}),
        lambda: store.projects.add_media(project.id, A, "/a.mp4"),
        lambda: store.projects.add_comparison(project.id, A, B, plan(1)),
    ):
        with pytest.raises(UsageError, match="no such project"):
            ask()


IGNORE = Ignore(
    (Rule("1", PRESETS["subtitles"], Span(0, 5), name="“ß”"), Rule("2", None, Span(3, 4), "a", on=False)),
    ("colour",),
    200_000,
)


def test_what_is_ignored_and_the_reference_survive_reopening(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as store:
        project = store.projects.create("p")
        assert project.reference == ""
        assert store.projects.set_reference(project.id, A) == Changes.of("projects")
        record, _ = store.projects.add_comparison(project.id, A, B, plan(1))
        assert not record.ignore
        assert store.projects.set_ignore(record.id, IGNORE) == Changes.of("projects")
        other, _ = store.projects.add_comparison(project.id, B, A, plan(1))
    with Store(toy_paths(tmp_path)) as store:
        assert store.projects.get(project.id).reference == A
        assert [one.ignore for one in store.projects.comparisons(project.id)] == [IGNORE, Ignore()]
        # the same two compared in another way keep what was ignored of them
        again, _ = store.projects.add_comparison(project.id, A, B, plan(2))
        assert again.ignore == IGNORE
        for ask in (lambda: store.projects.set_ignore("x", IGNORE), lambda: store.projects.set_reference("x", A)):
            with pytest.raises(UsageError, match="no such"):
                ask()
    assert other.ignore == Ignore()


def test_rules_that_cannot_be_read_leave_the_comparison(store: Store, tmp_path: Path) -> None:
    project = store.projects.create("p")
    store.projects.add_comparison(project.id, A, B, plan(1))
    with closing(sqlite3.connect(toy_paths(tmp_path).database)) as connection, connection:
        connection.execute("UPDATE comparisons SET ignore = '{\"rules\": 5}'")
    assert [one.ignore for one in store.projects.comparisons(project.id)] == [Ignore()]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: texts | st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(view=st.dictionaries(st.sampled_from("abc"), json_values))
def test_view_round_trip(store: Store, view: dict[str, object]) -> None:
    project = store.projects.create("p")
    store.projects.set_view(project.id, view)
    assert store.projects.get(project.id).view == view
