from __future__ import annotations

import gc
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from contextlib import closing
from pathlib import Path

import counted_stages
import pytest
import sqlite_utils
from counted_stages import toy_paths
from disks import fill

from vidstudio.engine.errors import EnvironmentProblem, StoreTooNew
from vidstudio.engine.store import owners
from vidstudio.engine.store.db import Database
from vidstudio.engine.store.migrations import MIGRATIONS
from vidstudio.engine.store.store import Store


def add_column(db: sqlite_utils.Database) -> None:
    db.execute("ALTER TABLE projects ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'")


def fails_half_way(db: sqlite_utils.Database) -> None:
    db.execute("CREATE TABLE half (x INTEGER) STRICT")
    raise ZeroDivisionError


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_is_set_up_as_promised(tmp_path: Path) -> None:
    database = Database(tmp_path / "new" / "studio.db")
    with database.read() as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 1
        assert db.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        assert db.execute("PRAGMA busy_timeout").fetchone()[0] >= 10_000
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        tables = db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
        assert len(tables) > 5
        assert [name for name, strict in tables if not strict and not name.startswith("sqlite_")] == []
    database.close()
    assert not list(tmp_path.rglob("*.backup.db"))


def test_migrates_with_a_backup(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as store:
        store.projects.create("kept")
    path = toy_paths(tmp_path).database
    database = Database(path, (*MIGRATIONS, add_column))
    with database.read() as db:
        assert db.execute("SELECT name, colour FROM projects").fetchall() == [("kept", "red")]
    database.close()
    assert version_of(path) == len(MIGRATIONS) + 1
    (backup,) = path.parent.glob("*.backup.db")
    assert version_of(backup) == len(MIGRATIONS)
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT name FROM projects").fetchall() == [("kept",)]


def test_failed_migration_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "studio.db"
    Database(path).close()
    with pytest.raises(ZeroDivisionError):
        Database(path, (*MIGRATIONS, add_column, fails_half_way))
    # each step is whole by itself
    assert version_of(path) == len(MIGRATIONS) + 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


@pytest.mark.parametrize("log_left", [False, True])
def test_newer_database_is_left_alone(tmp_path: Path, log_left: bool) -> None:
    path = tmp_path / "studio.db"
    newer = Database(path, (*MIGRATIONS, add_column))
    if log_left:
        # as after a crash of the newer program: its last writes are only in the log
        with newer.write() as db:
            db.execute("INSERT INTO settings (name, value) VALUES ('a', '1')")
        copy = tmp_path / "crashed"
        copy.mkdir()
        for file in tmp_path.glob("studio.db*"):
            shutil.copy(file, copy)
        path = copy / "studio.db"
        assert (copy / "studio.db-wal").stat().st_size > 0
    newer.close()
    before = {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}
    with pytest.raises(StoreTooNew, match="newer VidStudio") as caught:
        Database(path)
    assert caught.value.hint
    assert {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()} == before


@pytest.mark.parametrize("content", [b"this is not a database at all" * 300, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_damaged_database_is_kept_and_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "studio.db"
    path.write_bytes(content)
    with pytest.raises(EnvironmentProblem) as caught:
        Database(path)
    assert caught.value.hint
    assert path.read_bytes() == content


def test_damage_found_later_is_said(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as store:
        for number in range(300):
            store.projects.create(f"project {number} " + "x" * 200)
    path = toy_paths(tmp_path).database
    data = bytearray(path.read_bytes())
    data[4096 * 3 :] = os.urandom(len(data) - 4096 * 3)
    path.write_bytes(data)

    def use() -> None:
        with Store(toy_paths(tmp_path)) as store:
            store.projects.recent(1000)
            store.projects.create("one more")
            store.jobs.recent()

    with pytest.raises(EnvironmentProblem, match="damaged") as caught:
        use()
    assert "Move it away" in caught.value.hint


def test_places_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentProblem):
        Database(tmp_path / "file" / "studio.db")
    (tmp_path / "studio.db").mkdir()
    with pytest.raises(EnvironmentProblem):
        Database(tmp_path / "studio.db")


def test_results_folder_that_cannot_be_used(tmp_path: Path) -> None:
    paths = toy_paths(tmp_path)
    paths.data.mkdir()
    paths.artifacts.write_text("a file where the folder should be")
    with Store(paths) as store, pytest.raises(EnvironmentProblem, match="results"):
        store.results.write("ab" * 32, "stage", iter([b"x"]))


def test_full_and_read_only_are_said(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as store:
        store.projects.create("first")
        connection = store._db.connection()
        connection.execute("PRAGMA max_page_count=1")
        with pytest.raises(EnvironmentProblem, match="full"):
            store.projects.create("x" * 1_000_000)
        connection.execute("PRAGMA max_page_count=1000000")
        connection.execute("PRAGMA query_only=ON")
        with pytest.raises(EnvironmentProblem, match="cannot be written"):
            store.projects.create("x")
        connection.execute("PRAGMA query_only=OFF")
        store.projects.create("works again")


def test_a_commit_onto_a_full_disk_is_undone(small_disk: Path) -> None:
    db = Database(small_disk / "data" / "studio.db")
    with db.write() as opened:
        opened.execute("INSERT INTO settings VALUES ('a', 'before')")
    fill(small_disk, 20_000)
    with pytest.raises(EnvironmentProblem, match="full"), db.write() as opened:
        opened.execute("UPDATE settings SET value = ? WHERE name = 'a'", ["x" * 200_000])
    (small_disk / "filler").unlink()
    with db.read() as opened:
        assert opened.execute("SELECT value FROM settings").fetchall() == [("before",)]
    with db.write() as opened:
        opened.execute("UPDATE settings SET value = 'after' WHERE name = 'a'")
    with db.read() as opened:
        assert opened.execute("SELECT value FROM settings").fetchall() == [("after",)]
    db.close()


def test_a_failed_write_is_undone(tmp_path: Path) -> None:
    database = Database(tmp_path / "studio.db")

    def fails() -> None:
        with database.write() as db:
            db.execute("INSERT INTO settings (name, value) VALUES ('a', '1')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with database.read() as db:
        assert db.execute("SELECT count(*) FROM settings").fetchone() == (0,)
    with database.write() as db, pytest.raises(RuntimeError, match="nest"), database.write():
        pass
    database.close()


def test_each_thread_has_a_connection_and_it_goes_with_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "studio.db")
    mine = database.connection()
    assert database.connection() is mine
    others: list[sqlite3.Connection] = []
    thread = threading.Thread(target=lambda: others.append(database.connection()))
    thread.start()
    thread.join()
    assert others[0] is not mine
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        others[0].execute("SELECT 1")
    assert mine.execute("SELECT 1").fetchone() == (1,)


def test_close_closes_all_threads_connections(tmp_path: Path) -> None:
    database = Database(tmp_path / "studio.db")
    got, end = threading.Event(), threading.Event()
    connections: list[sqlite3.Connection] = [database.connection()]

    def work() -> None:
        connections.append(database.connection())
        got.set()
        end.wait()

    thread = threading.Thread(target=work)
    thread.start()
    got.wait()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        database.close()
        gc.collect()
    for connection in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
    end.set()
    thread.join()
    assert not (tmp_path / "studio.db-wal").exists()
    with pytest.raises((RuntimeError, sqlite3.ProgrammingError)):
        database.version()
    database.close()


def test_version_rises_with_every_write(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as here, Store(toy_paths(tmp_path)) as elsewhere:
        seen = [here.version()]
        assert here.version() == seen[0]
        here.projects.create("by me")
        seen.append(here.version())
        elsewhere.projects.create("by another")
        seen.append(here.version())
        thread = threading.Thread(target=lambda: here.projects.create("by another thread"))
        thread.start()
        thread.join()
        seen.append(here.version())
        here.projects.recent()
        assert here.version() == seen[-1]
        assert seen == sorted(set(seen))


def run_here(*arguments: str) -> subprocess.Popen[str]:
    root = Path(counted_stages.__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.Popen(
        [sys.executable, counted_stages.__file__, *arguments], env=env, stdout=subprocess.PIPE, text=True
    )


def test_three_processes_at_once(tmp_path: Path) -> None:
    # the database does not exist yet: they also create it at once
    count = 25
    crowd = [run_here("crowd", str(tmp_path), name, str(count)) for name in ("a", "b", "c")]
    outputs = [process.communicate(timeout=100)[0] for process in crowd]
    assert [process.returncode for process in crowd] == [0, 0, 0]
    claimed = "".join(outputs).split()
    assert len(claimed) == len(set(claimed)) == 3 * count
    with Store(toy_paths(tmp_path)) as store:
        assert len(store.projects.recent(1000)) == 3 * count
        jobs = store.jobs.recent(1000)
        assert {job.id for job in jobs} == set(claimed)
        assert {(job.state, job.attempts) for job in jobs} == {("done", 1)}
        for number in range(count):
            assert store.results.load(f"{number:02x}" * 32) == b"same for all" * 1000
        assert store.results.clear_unsealed() == 0
    assert not list((tmp_path / "data" / "results" / "writing").iterdir())
    with closing(sqlite3.connect(toy_paths(tmp_path).database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_log_that_two_turn_on_at_once_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite says at once that it is locked, whatever its time limit, when it sees that neither could go first."""
    refused = []

    class Crowded(sqlite3.Connection):
        def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:
            if "journal_mode" in sql and len(refused) < 3:
                refused.append(sql)
                locked = sqlite3.OperationalError("database is locked")
                locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise locked
            return super().execute(sql, *parameters)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *path, **how: connect(*path, **how, factory=Crowded))
    Database(tmp_path / "studio.db").close()
    assert len(refused) == 3


def test_a_busy_database_is_waited_for(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as store, Store(toy_paths(tmp_path)) as other:
        with other._db.write() as db:
            db.execute("INSERT INTO settings (name, value) VALUES ('a', '1')")
            done = threading.Event()
            thread = threading.Thread(target=lambda: (store.projects.create("waits"), done.set()))
            thread.start()
            time.sleep(0.2)
            assert not done.is_set()
        thread.join(10)
        assert done.is_set()
        assert [project.name for project in store.projects.recent()] == ["waits"]


def test_owners() -> None:
    me = owners.me()
    assert me == owners.me()
    assert owners.alive(me) is True
    host, pid, start = me.split(":")
    # the pid was given to a later process
    assert owners.alive(f"{host}:{pid}:{int(start) - 1000}") is False
    assert owners.alive(f"elsewhere:{pid}:{start}") is None
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    assert owners.alive(f"{host}:{process.pid}:{int(time.time())}") is False
