"""What the person agreed to send to cloud services, and what these have of it already. Keys are never in here."""

from __future__ import annotations

from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.db import Database, now_us


class CloudStore:
    """Agreements by the name of a call (see `stage.call_name`), and notes by a name of their own.

    Notes are what makes work go on that was paid for: ids of uploaded files and of tasks.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def agree(self, call: str, text: str) -> Changes:
        """Remember that the person agreed to a call, and to what words."""
        with self._db.write(durable=True) as db:
            db.execute("INSERT OR REPLACE INTO cloud_agreements VALUES (?, ?, ?)", [call, text, now_us()])
        return Changes.of("settings")

    def agreed(self, call: str) -> bool:
        """Whether the person agreed to this call."""
        with self._db.read() as db:
            return db.execute("SELECT 1 FROM cloud_agreements WHERE call = ?", [call]).fetchone() is not None

    def note(self, name: str) -> str | None:
        """What was noted under a name; None when nothing was."""
        with self._db.read() as db:
            row = db.execute("SELECT value FROM cloud_notes WHERE name = ?", [name]).fetchone()
        return None if row is None else str(row[0])

    def set_note(self, name: str, value: str | None) -> None:
        """Note something, on the disk when this returns; None takes it out."""
        with self._db.write(durable=True) as db:
            if value is None:
                db.execute("DELETE FROM cloud_notes WHERE name = ?", [name])
            else:
                db.execute("INSERT OR REPLACE INTO cloud_notes VALUES (?, ?, ?)", [name, value, now_us()])
