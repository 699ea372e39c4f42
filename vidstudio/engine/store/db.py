"""The SQLite file: one connection per thread, write-ahead log, migrations, and errors in plain words."""

from __future__ import annotations

import contextlib
import errno
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vidstudio.engine.errors import EnvironmentProblem, StoreTooNew
from vidstudio.engine.store.migrations import MIGRATIONS, Migration

log = logging.getLogger("vidstudio.engine.store")

_BUSY_TIMEOUT_S = 30.0
_BUSY_STEP_S = 0.02
_HEADER = b"SQLite format 3\x00"
_VERSION_AT = 60
"""Where the header of a SQLite file keeps `user_version` (4 bytes, big-endian)."""


class Database:
    """The studio's database. May be used from any thread; every thread gets its own connection.

    Raises StoreTooNew when a newer VidStudio wrote the file (it is left as it is), EnvironmentProblem
    when it cannot be opened, read or written.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        self.path = path
        self._migrations = migrations
        self._local = threading.local()
        self._guard = threading.Lock()
        self._open: dict[int, weakref.finalize[Any, _Owned]] = {}
        self._closed = False
        self._watch: sqlite3.Connection | None = None
        self._seen = (0, 0)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._refuse_newer(_version_in_header(path))
            try:
                self._migrate()
                self._watch = self._connect()
            except BaseException:
                self.close()
                raise

    def connection(self) -> sqlite3.Connection:
        """This thread's connection; it is closed when the thread ends or the database is closed."""
        owned: _Owned | None = getattr(self._local, "owned", None)
        if owned is None:
            with explained(self.path):
                connection = self._connect()
            owned = _Owned(connection)
            with self._guard:
                if self._closed:
                    connection.close()
                    raise RuntimeError("the store is closed")
                # a thread's locals go when it ends, and its connection with them
                self._open[id(owned)] = weakref.finalize(owned, self._forget, id(owned), connection)
            self._local.owned = owned
        return owned.connection

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection, with SQLite's errors as EnvironmentProblem."""
        with explained(self.path):
            yield self.connection()

    @contextlib.contextmanager
    def write(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction that no other process writes into; undone when the block raises.

        durable: on the disk, not only safe from a crash of this program, when the block ends.
        """
        with explained(self.path):
            db = self.connection()
            if db.in_transaction:
                raise RuntimeError("writes do not nest")
            db.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            # takes the write lock at once: a reader that turns writer cannot wait for it
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                # on a full disk this fails too, and would leave the connection in the middle of it
                db.execute("COMMIT")
            except BaseException:
                db.rollback()
                raise

    def version(self) -> int:
        """Rises whenever anybody wrote: this thread, another one, another process. Cheap."""
        with self._guard, explained(self.path):
            if self._watch is None:
                raise RuntimeError("the store is closed")
            # this connection never writes, so that every write is somebody else's to it
            now = int(self._watch.execute("PRAGMA data_version").fetchone()[0])
            count, last = self._seen
            if now != last:
                self._seen = (count + 1, now)
            return self._seen[0]

    def close(self) -> None:
        """Close the connections of all threads. No thread may be using one."""
        with self._guard:
            self._closed = True
            closers = list(self._open.values())
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        for closer in closers:
            closer()

    def _forget(self, number: int, connection: sqlite3.Connection) -> None:
        connection.close()
        self._open.pop(number, None)

    def _connect(self) -> sqlite3.Connection:
        # closed by another thread than its own when the store closes; begins no transaction that `write` did not
        connection = sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA synchronous=NORMAL")
            _log_ahead(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        with contextlib.closing(self._connect()) as connection:
            version = _version(connection)
            self._refuse_newer(version)
            if version == len(self._migrations):
                return
            if version:
                self._back_up(connection, version)
            # only here: it takes a tenth of the window's start
            import sqlite_utils

            db = sqlite_utils.Database(connection, execute_plugins=False)
            for number, step in enumerate(self._migrations, 1):
                connection.execute("BEGIN IMMEDIATE")
                try:
                    # another process may have migrated in the meantime
                    if _version(connection) < number:
                        step(db)
                        connection.execute(f"PRAGMA user_version={number}")
                    connection.execute("COMMIT")
                except BaseException:
                    connection.rollback()
                    raise
            # the new version is in the file itself, where an older program sees it before it opens the log
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _back_up(self, connection: sqlite3.Connection, version: int) -> None:
        file = self.path.with_name(f"{self.path.stem}-version{version}-{time.strftime('%Y%m%d-%H%M%S')}.backup.db")
        with contextlib.closing(sqlite3.connect(file)) as copy:
            connection.backup(copy)
        log.info("copied the database to %s before bringing it up to date", file)

    def _refuse_newer(self, version: int) -> None:
        if version > len(self._migrations):
            raise StoreTooNew(
                f"Your projects in {self.path.parent} were last opened with a newer VidStudio.",
                "Update VidStudio, or set VIDSTUDIO_HOME to another folder to begin afresh. Nothing was changed.",
            )


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Turn the write-ahead log on; waited for as any lock is.

    SQLite does not wait by itself where two processes turn it on at once: either could wait for the other forever.
    """
    until = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_BUSY_STEP_S)
        else:
            return


class _Owned:
    """A thread's connection, weakly watched."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk raise into EnvironmentProblem; mistakes in our SQL stay as they are."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if (problem := _explanation(path, error)) is None:
            raise
        raise problem from error
    except OSError as error:
        raise disk_problem(path, error) from error


def disk_problem(path: Path, error: OSError) -> EnvironmentProblem:
    """A failed file operation on `path` in plain words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentProblem(
            f"The disk with {path.parent} is full ({error.strerror}).", "Make room on it and try again."
        )
    return EnvironmentProblem(
        f"{path} cannot be used ({error.strerror or error}).",
        "Check that the disk is not full and that you may write to that folder.",
    )


def _explanation(path: Path, error: sqlite3.DatabaseError) -> EnvironmentProblem | None:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return EnvironmentProblem(
            f"The studio's database {path} is damaged.",
            "It was left as it is. Move it away to begin afresh, or put a copy (.backup.db, beside it) in its place.",
        )
    if code == sqlite3.SQLITE_FULL:
        return EnvironmentProblem(f"The disk with {path.parent} is full.", "Make room on it and try again.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return EnvironmentProblem(
            f"The studio's database {path} cannot be written.",
            "Check that you may write to that folder, or set VIDSTUDIO_HOME to another one.",
        )
    if code == sqlite3.SQLITE_IOERR:
        return EnvironmentProblem(
            f"The disk with {path.parent} does not work.", "Check that it is not full, and its connection."
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return EnvironmentProblem(
            f"The studio's database {path} has been busy for {_BUSY_TIMEOUT_S:.0f} seconds.",
            "Close other programs that use it and try again.",
        )
    return None


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _version_in_header(path: Path) -> int:
    """`user_version` read from the file's own header, without opening it as a database; 0 when there is none."""
    try:
        with path.open("rb") as file:
            header = file.read(_VERSION_AT + 4)
    except FileNotFoundError:
        return 0
    if not header.startswith(_HEADER) or len(header) < _VERSION_AT + 4:
        return 0
    return int.from_bytes(header[_VERSION_AT:], "big")


def now_us() -> int:
    """Wall-clock time in microseconds since 1970."""
    return time.time_ns() // 1000
