"""Results of stages: a row each, and a file each that counts only once it is sealed.

A file is written under a name of its own, brought to the disk, and moved to its place in the
transaction that writes its row, so that a row and its file are always of the same writer. A file that
does not agree with its row counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from vidstudio.engine.errors import EnvironmentProblem
from vidstudio.engine.store import owners
from vidstudio.engine.store.db import Database, disk_problem, now_us
from vidstudio.engine.time import US

_WRITING = "writing"
_STALE_S = 24 * 3600
_USE_US = 3600 * US


@dataclass(frozen=True, slots=True)
class SealedResult:
    """A result's row: key, stage, name of its call (see `stage.call_name`), and its file's size and digest."""

    key: str
    stage: str
    call: str
    size_bytes: int
    digest: str


class ResultStore:
    """Sealed results by key. May be used from any thread and by several processes at once."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._folder = folder

    def has(self, key: str) -> bool:
        """Whether a sealed result is there; looks at its size, not at every byte."""
        row = self._row(key)
        try:
            return row is not None and self._file(key).stat().st_size == row[0]
        except OSError:
            return False

    def load(self, key: str) -> bytes | None:
        """A sealed result's bytes, checked against its digest; None when it is absent or damaged."""
        # twice: another process may seal the same result anew between the row and the file
        for _ in range(2):
            row = self._row(key)
            if row is None:
                return None
            try:
                data = self._file(key).read_bytes()
            except OSError:
                data = b""
            if len(data) == row[0] and digest_of(data) == row[1]:
                self._note_use(key, row[2])
                return data
        return None

    def write(self, key: str, stage: str, parts: Iterator[bytes], call: str = "") -> None:
        """Write the joined `parts` and seal them; what was written is removed when `parts` raises.

        call: names the call whatever the version of its stage, so that exports find it.
        Raises EnvironmentProblem when the disk is full or must not be written.
        """
        file = self._file(key)
        unsealed = self._folder / _WRITING / _unsealed_name(key)
        try:
            try:
                unsealed.parent.mkdir(parents=True, exist_ok=True)
                file.parent.mkdir(exist_ok=True)
            except OSError as error:
                raise disk_problem(file, error) from error
            size, digest = self._write_parts(unsealed, parts)
            self._seal(key, stage, call, unsealed, size, digest)
        finally:
            with contextlib.suppress(OSError):
                unsealed.unlink(missing_ok=True)

    def forget(self, key: str) -> None:
        """Take a result out, file and row."""
        with self._db.write() as db:
            db.execute("DELETE FROM results WHERE key = ?", [key])
            with contextlib.suppress(OSError):
                self._file(key).unlink(missing_ok=True)

    def evict(self, limit_bytes: int, kept: Set[str]) -> int:
        """Take out results, those used longest ago first, until all take no more than `limit_bytes`.

        kept: names of calls whose results stay whatever they take. Returns the bytes that were freed.
        """
        over, freed = self.size() - limit_bytes, 0
        if over <= 0:
            return 0
        with self._db.read() as db:
            rows = db.execute("SELECT key, call, size_bytes FROM results ORDER BY used_us, rowid").fetchall()
        for key, call, size in rows:
            if freed >= over:
                break
            if call not in kept:
                self.forget(key)
                freed += size
        return freed

    def clear_unsealed(self) -> int:
        """Remove what dead processes left half-written, and files without a row; returns how many files."""
        return self.clear_writing() + self._clear_strangers()

    def clear_writing(self) -> int:
        """Remove what dead processes left half-written; never a living writer's file. Quick."""
        gone = 0
        for file in _listed(self._folder / _WRITING):
            if _abandoned(file):
                with contextlib.suppress(OSError):
                    file.unlink()
                    gone += 1
        return gone

    def size(self) -> int:
        """Bytes of all sealed results."""
        with self._db.read() as db:
            return int(db.execute("SELECT coalesce(sum(size_bytes), 0) FROM results").fetchone()[0])

    def keys_of(self, call: str) -> list[str]:
        """Keys of the sealed results of a call, whatever the version of its stage; the newest first."""
        with self._db.read() as db:
            rows = db.execute("SELECT key FROM results WHERE call = ? ORDER BY sealed_us DESC", [call]).fetchall()
        return [key for (key,) in rows]

    def describe(self, key: str) -> SealedResult | None:
        """What is known of a sealed result; None when it is absent."""
        with self._db.read() as db:
            row = db.execute("SELECT key, stage, call, size_bytes, digest FROM results WHERE key = ?", [key]).fetchone()
        return None if row is None else SealedResult(*row)

    def size_of(self, calls: Set[str]) -> int:
        """Bytes of the sealed results of these calls."""
        with self._db.read() as db:
            rows = db.execute("SELECT call, size_bytes FROM results").fetchall()
        return sum(size for call, size in rows if call in calls)

    def _note_use(self, key: str, used_us: int) -> None:
        """Remember that it was used; to the hour, so that reading hardly ever writes."""
        if now_us() - used_us > _USE_US:
            with contextlib.suppress(EnvironmentProblem), self._db.write() as db:
                db.execute("UPDATE results SET used_us = ? WHERE key = ?", [now_us(), key])

    def _row(self, key: str) -> tuple[int, str, int] | None:
        with self._db.read() as db:
            row = db.execute("SELECT size_bytes, digest, used_us FROM results WHERE key = ?", [key]).fetchone()
        return None if row is None else (int(row[0]), str(row[1]), int(row[2]))

    def _file(self, key: str) -> Path:
        return self._folder / key[:2] / key

    def _write_parts(self, file: Path, parts: Iterator[bytes]) -> tuple[int, str]:
        size, digest = 0, hashlib.blake2b(digest_size=16)
        try:
            stream = file.open("wb")
        except OSError as error:
            raise disk_problem(file, error) from error
        with stream:
            for part in parts:
                size += len(part)
                digest.update(part)
                try:
                    stream.write(part)
                except OSError as error:
                    raise disk_problem(file, error) from error
            try:
                stream.flush()
                os.fsync(stream.fileno())
            except OSError as error:
                raise disk_problem(file, error) from error
        return size, digest.hexdigest()

    def _seal(self, key: str, stage: str, call: str, unsealed: Path, size: int, digest: str) -> None:
        file = self._file(key)
        with self._db.write(durable=True) as db:
            try:
                unsealed.replace(file)
            except PermissionError:
                # Windows does not replace a file that somebody reads: what is sealed there is as good
                if self.has(key):
                    return
                raise
            _sync_folder(file.parent)
            db.execute(
                "INSERT OR REPLACE INTO results (key, stage, call, size_bytes, digest, sealed_us, used_us)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [key, stage, call, size, digest, now_us(), now_us()],
            )

    def _clear_strangers(self) -> int:
        gone = 0
        for folder in _listed(self._folder):
            if folder.name == _WRITING or not folder.is_dir():
                continue
            # in a write, so that no other process is between moving a file here and writing its row
            with self._db.write() as db:
                for file in _listed(folder):
                    if not db.execute("SELECT 1 FROM results WHERE key = ?", [file.name]).fetchone():
                        with contextlib.suppress(OSError):
                            file.unlink()
                            gone += 1
        return gone


def _unsealed_name(key: str) -> str:
    return f"{key}.{owners.me().replace(':', '!')}.{secrets.token_hex(4)}"


def _abandoned(file: Path) -> bool:
    _, _, rest = file.name.partition(".")
    living = owners.alive(rest.rpartition(".")[0].replace("!", ":"))
    if living is None:
        try:
            return time.time() - file.stat().st_mtime > _STALE_S
        except OSError:
            return False
    return not living


def digest_of(data: bytes) -> str:
    """Checksum of a result's bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise disk_problem(folder, error) from error


def _sync_folder(folder: Path) -> None:
    """Bring a rename to the disk; systems that cannot open a folder do it by themselves."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
