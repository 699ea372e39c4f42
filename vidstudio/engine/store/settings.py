"""The user's preferences, one row each, so that an older or newer program reads the rest."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, get_type_hints

import msgspec

from vidstudio.engine.settings import Settings
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.db import Database


class SettingsStore:
    """Keeps Settings. Keys and passwords are never in here."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def load(self) -> Settings:
        """The preferences; what is missing or makes no sense any more has its default."""
        with self._db.read() as db:
            rows: dict[str, str] = dict(db.execute("SELECT name, value FROM settings").fetchall())
        kinds = get_type_hints(Settings)
        kept: dict[str, Any] = {}
        for name in (field.name for field in fields(Settings)):
            if name in rows:
                try:
                    kept[name] = msgspec.json.decode(rows[name], type=kinds[name])
                except msgspec.DecodeError:
                    continue
        return Settings(**kept)

    def save(self, settings: Settings) -> Changes:
        """Keep the preferences. Rows of other versions stay."""
        rows = [(name, msgspec.json.encode(value).decode()) for name, value in asdict(settings).items()]
        with self._db.write() as db:
            db.executemany("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", rows)
        return Changes.of("settings")
