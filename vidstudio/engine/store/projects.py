"""Projects: a name, media, comparisons, and how the window looked."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from vidstudio.engine import codec
from vidstudio.engine.errors import UsageError
from vidstudio.engine.stage import Call
from vidstudio.engine.store.calls import pack, unpack
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.db import Database, now_us
from vidstudio.engine.store.media import MediaStore
from vidstudio.engine.store.results import ResultStore


@dataclass(frozen=True, slots=True)
class Project:
    """A project. `view` is the state of the window as plain JSON values; times are microseconds since 1970."""

    id: str
    name: str
    created_us: int
    opened_us: int
    view: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProjectMedia:
    """A file in a project, and where it was when it was added."""

    content_id: str
    path: str
    added_us: int


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """Two files of a project that were compared, and the call that did it."""

    id: str
    project_id: str
    a: str
    b: str
    call: Call
    created_us: int


class ProjectStore:
    """Projects. Every change is kept at once. Methods that take an id raise UsageError when there is none such."""

    def __init__(self, db: Database, media: MediaStore, results: ResultStore) -> None:
        self._db = db
        self._media = media
        self._results = results

    def create(self, name: str) -> Project:
        """A new, empty project."""
        project = Project(secrets.token_hex(8), name, now_us(), now_us(), {})
        with self._db.write(durable=True) as db:
            db.execute(
                "INSERT INTO projects (id, name, created_us, opened_us, view) VALUES (?, ?, ?, ?, '{}')",
                [project.id, name, project.created_us, project.opened_us],
            )
        return project

    def get(self, project_id: str) -> Project:
        """The project as it stands."""
        with self._db.read() as db:
            row = db.execute(f"SELECT {_PROJECT} FROM projects WHERE id = ?", [project_id]).fetchone()
        if row is None:
            raise UsageError("There is no such project.", "See `vidstudio projects list`.")
        return _project(row)

    def recent(self, limit: int = 20) -> list[Project]:
        """Projects, the last opened first."""
        with self._db.read() as db:
            rows = db.execute(
                f"SELECT {_PROJECT} FROM projects ORDER BY opened_us DESC, rowid DESC LIMIT ?", [limit]
            ).fetchall()
        return [_project(row) for row in rows]

    def rename(self, project_id: str, name: str) -> Changes:
        """Give it another name."""
        return self._update("name = ?", [name], project_id)

    def opened(self, project_id: str) -> Changes:
        """Say that it was opened now."""
        return self._update("opened_us = ?", [now_us()], project_id)

    def set_view(self, project_id: str, view: dict[str, Any]) -> Changes:
        """Keep how the window looks: plain JSON values."""
        return self._update("view = ?", [msgspec.json.encode(view).decode()], project_id)

    def delete(self, project_id: str) -> Changes:
        """Take it out. Files and results stay."""
        with self._db.write(durable=True) as db:
            gone = db.execute("DELETE FROM projects WHERE id = ?", [project_id]).rowcount
        return Changes.of("projects", "jobs") if gone else Changes()

    def add_media(self, project_id: str, content_id: str, path: Path | str) -> Changes:
        """Put a file into the project; one that is there already only gets the new path."""
        self.get(project_id)
        with self._db.write(durable=True) as db:
            db.execute(
                "INSERT INTO project_media (project_id, content_id, path, added_us) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (project_id, content_id) DO UPDATE SET path = excluded.path",
                [project_id, content_id, str(path), now_us()],
            )
        return Changes.of("projects")

    def remove_media(self, project_id: str, content_id: str) -> Changes:
        """Take a file out of the project; its comparisons stay, and the file itself is not touched."""
        with self._db.write() as db:
            gone = db.execute(
                "DELETE FROM project_media WHERE project_id = ? AND content_id = ?", [project_id, content_id]
            ).rowcount
        return Changes.of("projects") if gone else Changes()

    def media(self, project_id: str) -> list[ProjectMedia]:
        """Files of the project, in the order they were added."""
        with self._db.read() as db:
            rows = db.execute(
                "SELECT content_id, path, added_us FROM project_media WHERE project_id = ? ORDER BY added_us, rowid",
                [project_id],
            ).fetchall()
        return [ProjectMedia(*row) for row in rows]

    def add_comparison(self, project_id: str, a: str, b: str, call: Call) -> tuple[ComparisonRecord, Changes]:
        """Remember that `a` and `b` (content ids) were compared by `call`."""
        self.get(project_id)
        record = ComparisonRecord(secrets.token_hex(8), project_id, a, b, call, now_us())
        with self._db.write(durable=True) as db:
            db.execute(
                "INSERT INTO comparisons (id, project_id, a, b, call, created_us) VALUES (?, ?, ?, ?, ?, ?)",
                [record.id, project_id, a, b, pack(call), record.created_us],
            )
        return record, Changes.of("projects")

    def remove_comparison(self, comparison_id: str) -> Changes:
        """Forget a comparison; its results stay."""
        with self._db.write() as db:
            gone = db.execute("DELETE FROM comparisons WHERE id = ?", [comparison_id]).rowcount
        return Changes.of("projects") if gone else Changes()

    def comparisons(self, project_id: str) -> list[ComparisonRecord]:
        """Comparisons of the project, the oldest first. One whose call cannot be read any more is left out."""
        with self._db.read() as db:
            rows = db.execute(
                "SELECT id, project_id, a, b, call, created_us FROM comparisons WHERE project_id = ?"
                " ORDER BY created_us, rowid",
                [project_id],
            ).fetchall()
        records = []
        for comparison_id, project, a, b, call, created_us in rows:
            try:
                records.append(ComparisonRecord(comparison_id, project, a, b, unpack(call), created_us))
            except codec.Damaged:
                continue
        return records

    def _update(self, assignment: str, values: Sequence[Any], project_id: str) -> Changes:
        with self._db.write() as db:
            if not db.execute(f"UPDATE projects SET {assignment} WHERE id = ?", [*values, project_id]).rowcount:
                raise UsageError("There is no such project.", "See `vidstudio projects list`.")
        return Changes.of("projects")


_PROJECT = "id, name, created_us, opened_us, view"


def _project(row: Sequence[Any]) -> Project:
    project_id, name, created_us, opened_us, view = row
    try:
        state = msgspec.json.decode(view, type=dict[str, Any])
    except msgspec.DecodeError:
        state = {}
    return Project(project_id, name, created_us, opened_us, state)
