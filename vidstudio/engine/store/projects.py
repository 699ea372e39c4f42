"""Projects: a name, media, comparisons, and how the window looked."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from vidstudio.engine import codec
from vidstudio.engine.errors import UsageError
from vidstudio.engine.ignore.rules import Ignore
from vidstudio.engine.paths import path_from_text, path_to_text, readable
from vidstudio.engine.stage import Call, call_name
from vidstudio.engine.store.calls import each, pack, unpack
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.db import Database, now_us
from vidstudio.engine.store.media import MediaStore
from vidstudio.engine.store.project_file import (
    ComparisonEntry,
    Manifest,
    MediaEntry,
    project_file,
    write_project_file,
)
from vidstudio.engine.store.results import ResultStore
from vidstudio.engine.types import VideoInfo


@dataclass(frozen=True, slots=True)
class Project:
    """A project. `view` is the state of the window as plain JSON values; times are microseconds since 1970.

    reference: content id of the file that the others are versions of; "" where none was chosen.
    local_only: nothing of its media may be sent to a cloud service, whoever asks.
    """

    id: str
    name: str
    created_us: int
    opened_us: int
    view: dict[str, Any]
    reference: str = ""
    local_only: bool = False


@dataclass(frozen=True, slots=True)
class ProjectMedia:
    """A file in a project, and where it was when it was added."""

    content_id: str
    path: str
    added_us: int


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """Two files of a project that were compared, the call that did it, and what a person ignores of the result."""

    id: str
    project_id: str
    a: str
    b: str
    call: Call
    created_us: int
    ignore: Ignore = field(default_factory=Ignore)


class ProjectStore:
    """Projects. Every change is kept at once. Methods that take an id raise UsageError when there is none such."""

    def __init__(self, db: Database, media: MediaStore, results: ResultStore) -> None:
        self._db = db
        self._media = media
        self._results = results

    def create(self, name: str) -> Project:
        """A new, empty project."""
        project = Project(secrets.token_hex(8), readable(name), now_us(), now_us(), {})
        with self._db.write(durable=True) as db:
            _insert(db, project)
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
        return self._update("name = ?", [readable(name)], project_id)

    def opened(self, project_id: str) -> Changes:
        """Say that it was opened now."""
        return self._update("opened_us = ?", [now_us()], project_id)

    def set_view(self, project_id: str, view: dict[str, Any]) -> Changes:
        """Keep how the window looks: plain JSON values."""
        return self._update("view = ?", [msgspec.json.encode(view).decode()], project_id)

    def set_local_only(self, project_id: str, local_only: bool) -> Changes:
        """Say whether its media have to stay on this computer."""
        return self._update("local_only = ?", [int(local_only)], project_id)

    def keeping_local(self, content_id: str) -> str | None:
        """Name of a project that is local only and holds or compares this file; None when it may be sent."""
        with self._db.read() as db:
            row = db.execute(_KEEPING_LOCAL, [content_id] * 3).fetchone()
        return None if row is None else str(row[0])

    def set_reference(self, project_id: str, content_id: str) -> Changes:
        """Say which file the others are versions of; "" for none."""
        return self._update("reference = ?", [content_id], project_id)

    def delete(self, project_id: str) -> Changes:
        """Take it out. Files and results stay."""
        with self._db.write(durable=True) as db:
            gone = db.execute("DELETE FROM projects WHERE id = ?", [project_id]).rowcount
        return Changes.of("projects", "jobs") if gone else Changes()

    def add_media(self, project_id: str, content_id: str, path: Path | str) -> Changes:
        """Put a file into the project; one that is there already only gets the new path."""
        self.get(project_id)
        with self._db.write(durable=True) as db:
            db.execute(_ADD_MEDIA, [project_id, content_id, path_to_text(path), now_us()])
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
        return [ProjectMedia(content_id, path_from_text(path), added_us) for content_id, path, added_us in rows]

    def add_comparison(self, project_id: str, a: str, b: str, call: Call) -> tuple[ComparisonRecord, Changes]:
        """Remember that `a` and `b` (content ids) were compared by `call`; the two keep what was ignored of them."""
        self.get(project_id)
        before = [one.ignore for one in self.comparisons(project_id) if (one.a, one.b) == (a, b)]
        ignore = before[-1] if before else Ignore()
        record = ComparisonRecord(secrets.token_hex(8), project_id, a, b, call, now_us(), ignore)
        with self._db.write(durable=True) as db:
            db.execute(_ADD_COMPARISON, [record.id, project_id, a, b, pack(call), record.created_us, _text(ignore)])
        return record, Changes.of("projects")

    def set_ignore(self, comparison_id: str, ignore: Ignore) -> Changes:
        """Keep what is ignored in a comparison."""
        with self._db.write() as db:
            if not db.execute(
                "UPDATE comparisons SET ignore = ? WHERE id = ?", [_text(ignore), comparison_id]
            ).rowcount:
                raise UsageError("There is no such comparison.", "See `vidstudio projects show`.")
        return Changes.of("projects")

    def remove_comparison(self, comparison_id: str) -> Changes:
        """Forget a comparison; its results stay."""
        with self._db.write() as db:
            gone = db.execute("DELETE FROM comparisons WHERE id = ?", [comparison_id]).rowcount
        return Changes.of("projects") if gone else Changes()

    def comparisons(self, project_id: str) -> list[ComparisonRecord]:
        """Comparisons of the project, the oldest first. One whose call cannot be read any more is left out."""
        with self._db.read() as db:
            rows = db.execute(
                "SELECT id, project_id, a, b, call, created_us, ignore FROM comparisons WHERE project_id = ?"
                " ORDER BY created_us, rowid",
                [project_id],
            ).fetchall()
        records = []
        for comparison_id, project, a, b, call, created_us, ignore in rows:
            try:
                record = ComparisonRecord(comparison_id, project, a, b, unpack(call), created_us, _ignore(ignore))
                records.append(record)
            except codec.Damaged:
                continue
        return records

    def export(self, project_id: str, file: Path) -> None:
        """Write the project into one file: its view, what its media are, its comparisons and their results.

        Media are named, not copied. Raises EnvironmentProblem when the file cannot be written.
        """
        project = self.get(project_id)
        media = [
            _media_entry(one.content_id, one.path, self._media.info(one.content_id)) for one in self.media(project_id)
        ]
        records = self.comparisons(project_id)
        comparisons = [
            ComparisonEntry(one.a, one.b, msgspec.Raw(pack(one.call)), one.created_us, one.ignore) for one in records
        ]
        known = {one.content_id for one in media}
        for content_id in dict.fromkeys(side for one in records for side in (one.a, one.b)):
            # a comparison outlives the removal of its files from the project
            info = self._media.info(content_id)
            if info is not None and content_id not in known:
                media.append(_media_entry(content_id, info.path, info, in_project=False))
        keys = list(dict.fromkeys(key for one in records for key in self._keys_of(one.call)))
        write_project_file(
            file,
            Manifest(
                *(project.name, project.created_us, project.view, media, comparisons),
                reference=project.reference,
                local_only=project.local_only,
            ),
            self._results,
            keys,
        )

    def import_(self, file: Path) -> Project:
        """A new project from a file that `export` wrote.

        Raises EngineError when it is not such a file, is damaged, or comes from a newer VidStudio;
        nothing but results and facts about media may have been kept then.
        """
        with project_file(file) as content:
            manifest = content.manifest
            content.results_into(self._results)
        for one in manifest.media:
            if one.info is not None:
                self._media.add_elsewhere(replace(one.info, path=path_from_text(one.info.path)))
        project = Project(
            *(secrets.token_hex(8), manifest.name, manifest.created_us, now_us(), manifest.view),
            *(manifest.reference, manifest.local_only),
        )
        with self._db.write(durable=True) as db:
            _insert(db, project)
            for number, one in enumerate(one for one in manifest.media if one.in_project):
                db.execute(_ADD_MEDIA, [project.id, one.content_id, one.path, project.opened_us + number])
            for entry in manifest.comparisons:
                db.execute(
                    _ADD_COMPARISON,
                    [
                        *(secrets.token_hex(8), project.id, entry.a, entry.b, bytes(entry.call), entry.created_us),
                        _text(entry.ignore),
                    ],
                )
        return project

    def _keys_of(self, call: Call) -> list[str]:
        """Keys of what is sealed of a comparison: its result, or else the parts that are done."""
        known: dict[int, str] = {}
        calls = list(each(call))
        names = [call_name(one, known) for one in calls]
        whole = self._results.keys_of(names[-1])[:1]
        return whole or [key for name in names for key in self._results.keys_of(name)[:1]]

    def _update(self, assignment: str, values: Sequence[Any], project_id: str) -> Changes:
        with self._db.write() as db:
            if not db.execute(f"UPDATE projects SET {assignment} WHERE id = ?", [*values, project_id]).rowcount:
                raise UsageError("There is no such project.", "See `vidstudio projects list`.")
        return Changes.of("projects")


_ADD_MEDIA = (
    "INSERT INTO project_media (project_id, content_id, path, added_us) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (project_id, content_id) DO UPDATE SET path = excluded.path"
)
_ADD_COMPARISON = (
    "INSERT INTO comparisons (id, project_id, a, b, call, created_us, ignore) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_PROJECT = "id, name, created_us, opened_us, view, reference, local_only"
_KEEPING_LOCAL = (
    "SELECT name FROM projects WHERE local_only AND ("
    "EXISTS (SELECT 1 FROM project_media m WHERE m.project_id = projects.id AND m.content_id = ?)"
    " OR EXISTS (SELECT 1 FROM comparisons c WHERE c.project_id = projects.id AND (c.a = ? OR c.b = ?)))"
    " ORDER BY opened_us DESC LIMIT 1"
)


def _insert(db: sqlite3.Connection, project: Project) -> None:
    db.execute(
        f"INSERT INTO projects ({_PROJECT}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            *(project.id, project.name, project.created_us, project.opened_us),
            *(msgspec.json.encode(project.view).decode(), project.reference, int(project.local_only)),
        ],
    )


def _media_entry(content_id: str, path: str, info: VideoInfo | None, *, in_project: bool = True) -> MediaEntry:
    as_text = None if info is None else replace(info, path=path_to_text(info.path))
    return MediaEntry(content_id, path_to_text(path), as_text, in_project)


def _project(row: Sequence[Any]) -> Project:
    project_id, name, created_us, opened_us, view, reference, local_only = row
    try:
        state = msgspec.json.decode(view, type=dict[str, Any])
    except msgspec.DecodeError:
        state = {}
    return Project(project_id, name, created_us, opened_us, state, reference, bool(local_only))


def _text(ignore: Ignore) -> str:
    return codec.to_json(ignore).decode()


def _ignore(text: str) -> Ignore:
    """Rules as they were kept; none where they cannot be read any more: the comparison itself is worth more."""
    try:
        return codec.from_json(text.encode(), Ignore)
    except codec.Damaged:
        return Ignore()
