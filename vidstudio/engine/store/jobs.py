"""The durable queue: jobs with a lane, a state, and the process that works on them."""

from __future__ import annotations

import secrets
import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vidstudio.engine import codec
from vidstudio.engine.errors import UsageError
from vidstudio.engine.paths import readable
from vidstudio.engine.stage import Call, Progress
from vidstudio.engine.store import owners
from vidstudio.engine.store.calls import pack, unpack
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.db import Database, now_us
from vidstudio.engine.time import US

Lane = Literal["cpu", "gpu", "network"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]

LANES: tuple[Lane, ...] = ("cpu", "gpu", "network")

SILENT_US = 60 * US
"""A job on another machine that was silent for longer is lost."""

_COLUMNS = (
    "id, recipe, title, project_id, lane, state, done, total, note, error, hint, attempts, owner,"
    " created_us, started_us, finished_us"
)
_REMEMBERED_CALLS = 256


@dataclass(frozen=True, slots=True)
class Job:
    """A call in the queue, as it stood when it was read.

    attempts: how often it was begun. owner: the process that works on it. Times are microseconds since 1970.
    """

    id: str
    recipe: str
    title: str
    project_id: str | None
    lane: Lane
    call: Call
    state: JobState
    progress: Progress
    error: str
    hint: str
    attempts: int
    created_us: int
    started_us: int | None
    finished_us: int | None
    owner: str = ""


class JobStore:
    """The queue. Several processes may claim from it at once; each job goes to one of them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._calls: OrderedDict[str, Call] = OrderedDict()

    def submit(self, recipe: str, title: str, call: Call, lane: Lane, project_id: str | None = None) -> Job:
        """Put a call at the end of its lane."""
        job_id = secrets.token_hex(8)
        with self._db.write(durable=True) as db:
            db.execute(
                "INSERT INTO jobs (id, recipe, title, project_id, lane, call, state, created_us)"
                " VALUES (?, ?, ?, ?, ?, ?, 'queued', ?)",
                [job_id, recipe, readable(title), project_id, lane, pack(call), now_us()],
            )
        return self._must(job_id)

    def claim(self, lane: Lane, owner: str) -> Job | None:
        """Take the oldest queued job of a lane, now running for `owner` (see `owners.me`); None when there is none."""
        with self._db.write() as db:
            row = db.execute(
                "SELECT id FROM jobs WHERE state = 'queued' AND lane = ? ORDER BY created_us, rowid LIMIT 1", [lane]
            ).fetchone()
            if row is None:
                return None
            self._begin(db, row[0], owner)
        return self._must(row[0])

    def claim_one(self, job_id: str, owner: str) -> Job | None:
        """Take this job if it is queued, whatever stands before it; None when it is not."""
        with self._db.write() as db:
            if not db.execute("SELECT 1 FROM jobs WHERE id = ? AND state = 'queued'", [job_id]).fetchone():
                return None
            self._begin(db, job_id, owner)
        return self._must(job_id)

    def beat(self, job_id: str, progress: Progress, attempt: int | None = None) -> bool:
        """Say that the job is being worked on, and how far it is.

        False when it no longer is its worker's: somebody cancelled it, or (with `attempt`, the job's
        `attempts` when it was claimed) it was given to another worker.
        """
        sql = "UPDATE jobs SET done = ?, total = ?, note = ?, beat_us = ? WHERE id = ? AND state = 'running'"
        values: list[Any] = [progress.done, progress.total, progress.note, now_us(), job_id]
        if attempt is not None:
            sql += " AND attempts = ?"
            values.append(attempt)
        with self._db.write() as db:
            return bool(db.execute(sql, values).rowcount)

    def finish(
        self, job_id: str, state: JobState, error: str = "", hint: str = "", attempt: int | None = None
    ) -> Changes:
        """Write a running job's end. One that is no longer running (or no longer this attempt's) stays as it is."""
        sql = (
            "UPDATE jobs SET state = ?, error = ?, hint = ?, finished_us = ?, owner = ''"
            " WHERE id = ? AND state = 'running'"
        )
        values: list[Any] = [state, readable(error), readable(hint), now_us(), job_id]
        if attempt is not None:
            sql += " AND attempts = ?"
            values.append(attempt)
        with self._db.write(durable=True) as db:
            changed = db.execute(sql, values).rowcount
            if changed and state == "done":
                db.execute("UPDATE jobs SET done = 1, total = 1, note = '' WHERE id = ?", [job_id])
        return Changes.of("jobs") if changed else Changes()

    def release(self, job_id: str, attempt: int) -> Changes:
        """Put a running job back into the queue, in its old place: its worker stops."""
        return self._change(
            "UPDATE jobs SET state = 'queued', owner = '', started_us = NULL"
            " WHERE id = ? AND state = 'running' AND attempts = ?",
            [job_id, attempt],
        )

    def release_all(self, lane: Lane, owner: str) -> Changes:
        """Put back what a worker has running in a lane, where it cannot have anything: an end was not written."""
        return self._change(
            "UPDATE jobs SET state = 'queued', owner = '', started_us = NULL"
            " WHERE state = 'running' AND lane = ? AND owner = ?",
            [lane, owner],
        )

    def cancel(self, job_id: str) -> Changes:
        """Cancel a queued or running job; its worker sees it at its next beat."""
        return self._change(
            "UPDATE jobs SET state = 'cancelled', finished_us = ?, owner = ''"
            " WHERE id = ? AND state IN ('queued', 'running')",
            [now_us(), job_id],
        )

    def retry(self, job_id: str) -> Changes:
        """Put a failed or cancelled job at the end of its lane; what it had sealed is kept."""
        return self._change(
            "UPDATE jobs SET state = 'queued', error = '', hint = '', done = 0, total = 0, note = '', owner = '',"
            " created_us = ?, started_us = NULL, finished_us = NULL WHERE id = ? AND state IN ('failed', 'cancelled')",
            [now_us(), job_id],
        )

    def remove(self, job_id: str) -> Changes:
        """Take a job that is not running out of the list."""
        return self._change("DELETE FROM jobs WHERE id = ? AND state != 'running'", [job_id])

    def get(self, job_id: str) -> Job | None:
        """The job as it stands; None when there is none."""
        found = self._select("WHERE id = ?", [job_id])
        return found[0] if found else None

    def recent(self, limit: int = 200, project_id: str | None = None) -> list[Job]:
        """Jobs, the newest first; of one project, or of all."""
        where, values = ("", []) if project_id is None else ("WHERE project_id = ? ", [project_id])
        return self._select(where + "ORDER BY created_us DESC, rowid DESC LIMIT ?", [*values, limit])

    def requeue_lost(self) -> int:
        """Queue anew the running jobs whose process is gone (here), or was silent (elsewhere); returns how many."""
        with self._db.read() as db:
            running = db.execute("SELECT id, owner, attempts, beat_us FROM jobs WHERE state = 'running'").fetchall()
        lost = [row for row in running if _is_lost(row[1], row[3])]
        if not lost:
            return 0
        count = 0
        with self._db.write(durable=True) as db:
            for job_id, owner, attempts, _ in lost:
                # another process may have found it first, and begun it
                count += db.execute(
                    "UPDATE jobs SET state = 'queued', owner = '', started_us = NULL"
                    " WHERE id = ? AND state = 'running' AND owner = ? AND attempts = ?",
                    [job_id, owner, attempts],
                ).rowcount
        return count

    def _begin(self, db: sqlite3.Connection, job_id: str, owner: str) -> None:
        now = now_us()
        db.execute(
            "UPDATE jobs SET state = 'running', owner = ?, attempts = attempts + 1, beat_us = ?, started_us = ?,"
            " finished_us = NULL, error = '', hint = '' WHERE id = ?",
            [owner, now, now, job_id],
        )

    def _change(self, sql: str, values: Sequence[Any]) -> Changes:
        with self._db.write(durable=True) as db:
            changed = db.execute(sql, values).rowcount
        return Changes.of("jobs") if changed else Changes()

    def _must(self, job_id: str) -> Job:
        job = self.get(job_id)
        if job is None:
            raise UsageError(f"There is no job {job_id}.", "See `vidstudio jobs list`.")
        return job

    def _select(self, where: str, values: Sequence[Any]) -> list[Job]:
        with self._db.read() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM jobs {where}", values).fetchall()
            return [self._job(db, row) for row in rows]

    def _job(self, db: sqlite3.Connection, row: Sequence[Any]) -> Job:
        job_id, recipe, title, project_id, lane, state, done, total, note, error, hint = row[:11]
        attempts, owner, created_us, started_us, finished_us = row[11:]
        return Job(
            id=job_id,
            recipe=recipe,
            title=title,
            project_id=project_id,
            lane=lane,
            call=self._call(db, job_id),
            state=state,
            progress=Progress(done, total, note),
            error=error,
            hint=hint,
            attempts=attempts,
            created_us=created_us,
            started_us=started_us,
            finished_us=finished_us,
            owner=owner,
        )

    def _call(self, db: sqlite3.Connection, job_id: str) -> Call:
        """A job's call; it never changes, and long ones take a while to read, so the last ones are remembered.

        One that cannot be read any more is a call of no stage: running it says that it is to be started anew.
        """
        if (call := self._calls.get(job_id)) is None:
            row = db.execute("SELECT call FROM jobs WHERE id = ?", [job_id]).fetchone()
            try:
                call = unpack(row[0] if row else b"")
            except codec.Damaged:
                call = Call("", ())
            self._calls[job_id] = call
            while len(self._calls) > _REMEMBERED_CALLS:
                self._calls.popitem(last=False)
        return call


def _is_lost(owner: str, beat_us: int) -> bool:
    living = owners.alive(owner)
    return now_us() - beat_us > SILENT_US if living is None else not living
