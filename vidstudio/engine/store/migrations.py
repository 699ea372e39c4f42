"""The tables, as steps from the empty database to today's. Steps are never changed once released.

Each runs in one transaction together with its number (`PRAGMA user_version`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite_utils

Migration = Callable[["sqlite_utils.Database"], None]


def _first(db: sqlite_utils.Database) -> None:
    for statement in _FIRST.split(";"):
        db.execute(statement)


_FIRST = """
CREATE TABLE media (
  content_id TEXT PRIMARY KEY,
  info BLOB NOT NULL,
  size_bytes INTEGER NOT NULL
) STRICT;
CREATE TABLE media_places (
  content_id TEXT NOT NULL REFERENCES media(content_id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  seen_us INTEGER NOT NULL,
  PRIMARY KEY (content_id, path)
) STRICT;
CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  opened_us INTEGER NOT NULL,
  view TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX projects_by_opened ON projects (opened_us);
CREATE TABLE project_media (
  project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
  content_id TEXT NOT NULL,
  path TEXT NOT NULL,
  added_us INTEGER NOT NULL,
  PRIMARY KEY (project_id, content_id)
) STRICT;
CREATE TABLE comparisons (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
  a TEXT NOT NULL,
  b TEXT NOT NULL,
  call BLOB NOT NULL,
  created_us INTEGER NOT NULL
) STRICT;
CREATE INDEX comparisons_by_project ON comparisons (project_id);
CREATE TABLE results (
  key TEXT PRIMARY KEY,
  stage TEXT NOT NULL,
  call TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  digest TEXT NOT NULL,
  sealed_us INTEGER NOT NULL
) STRICT;
CREATE INDEX results_by_call ON results (call);
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  recipe TEXT NOT NULL,
  title TEXT NOT NULL,
  project_id TEXT REFERENCES projects(id) ON DELETE SET NULL,
  lane TEXT NOT NULL,
  call BLOB NOT NULL,
  state TEXT NOT NULL,
  done REAL NOT NULL DEFAULT 0,
  total REAL NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  hint TEXT NOT NULL DEFAULT '',
  attempts INTEGER NOT NULL DEFAULT 0,
  owner TEXT NOT NULL DEFAULT '',
  beat_us INTEGER NOT NULL DEFAULT 0,
  created_us INTEGER NOT NULL,
  started_us INTEGER,
  finished_us INTEGER
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state, lane, created_us);
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT
"""


def _clouds(db: sqlite_utils.Database) -> None:
    for statement in _CLOUDS.split(";"):
        db.execute(statement)


_CLOUDS = """
ALTER TABLE projects ADD COLUMN local_only INTEGER NOT NULL DEFAULT 0;
CREATE TABLE cloud_agreements (
  call TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  agreed_us INTEGER NOT NULL
) STRICT;
CREATE TABLE cloud_notes (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  written_us INTEGER NOT NULL
) STRICT
"""


def _dates(db: sqlite_utils.Database) -> None:
    """Of media: the file's date when it was identified; NULL: it is identified anew. Of results: the last use."""
    db.execute("ALTER TABLE media_places ADD COLUMN changed_ns INTEGER")
    db.execute("ALTER TABLE results ADD COLUMN used_us INTEGER NOT NULL DEFAULT 0")
    db.execute("UPDATE results SET used_us = sealed_us")


def _decisions(db: sqlite_utils.Database) -> None:
    """What is ignored in a comparison, and which file of a project the others are versions of."""
    db.execute("ALTER TABLE comparisons ADD COLUMN ignore TEXT NOT NULL DEFAULT '{}'")
    db.execute("ALTER TABLE projects ADD COLUMN reference TEXT NOT NULL DEFAULT ''")


MIGRATIONS: Sequence[Migration] = (_first, _dates, _decisions, _clouds)
"""Step n makes version n+1 of version n."""
