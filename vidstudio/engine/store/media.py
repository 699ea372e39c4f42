"""The media files the studio knows: what they are, and where they were seen."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from vidstudio.engine import codec
from vidstudio.engine.errors import EngineError, MissingMedia
from vidstudio.engine.identity import content_id as identify
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.db import Database, now_us
from vidstudio.engine.types import VideoInfo


class MediaStore:
    """Media by content id. The files themselves are never touched."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, info: VideoInfo) -> Changes:
        """Remember a file: what it is and that it is at `info.path`."""
        place = str(Path(info.path).absolute())
        with self._db.write() as db:
            db.execute(_KNOWN + _ANEW, _row(info))
            db.execute(_SEEN, [info.content_id, place, now_us()])
        return Changes.of("media")

    def add_elsewhere(self, info: VideoInfo) -> Changes:
        """Remember what a file is that was seen on another machine; if it is here too, also where."""
        with self._db.write() as db:
            db.execute(_KNOWN + " ON CONFLICT (content_id) DO NOTHING", _row(info))
        here = Path(info.path)
        if _has_size(here, info.size_bytes) and identify(here) == info.content_id:
            self.relink(info.content_id, here)
        return Changes.of("media")

    def info(self, content_id: str) -> VideoInfo | None:
        """What a file is; None when it is not known, or was kept by a version whose words are no longer ours."""
        with self._db.read() as db:
            row = db.execute("SELECT info FROM media WHERE content_id = ?", [content_id]).fetchone()
        if row is None:
            return None
        try:
            return codec.decode(row[0], VideoInfo)
        except codec.Damaged:
            return None

    def path(self, content_id: str) -> Path:
        """Where the file is now: the place it was last seen at that still has a file of its size.

        Raises MissingMedia when there is none.
        """
        with self._db.read() as db:
            rows = db.execute(
                "SELECT path, size_bytes FROM media_places JOIN media USING (content_id)"
                " WHERE content_id = ? ORDER BY seen_us DESC",
                [content_id],
            ).fetchall()
        for place, size in rows:
            if _has_size(Path(place), size):
                return Path(place)
        if rows:
            last = Path(rows[0][0])
            message = f"{last.name} is no longer in {last.parent}, or was changed."
            raise MissingMedia(content_id, message, "Put it back, or say where it is now.")
        info = self.info(content_id)
        if info is not None:
            message = f"{PurePath(info.path).name} is not on this machine."
            raise MissingMedia(content_id, message, "Say where it is.")
        raise MissingMedia(content_id, "A video of this project is not known here.", "Add the file again.")

    def relink(self, content_id: str, path: Path) -> Changes:
        """Say where a file is now. Raises EngineError when the file there is another one."""
        if identify(path) != content_id:
            raise EngineError(
                f"{path.name} is not the same video.",
                "Choose the file itself; a version that was exported anew is another.",
            )
        with self._db.write() as db:
            if not db.execute("SELECT 1 FROM media WHERE content_id = ?", [content_id]).fetchone():
                raise EngineError(f"{path.name} is not known yet.", "Add it to the project first.")
            db.execute(_SEEN, [content_id, str(path.absolute()), now_us()])
        return Changes.of("media")


_KNOWN = "INSERT INTO media (content_id, info, size_bytes) VALUES (?, ?, ?)"
_ANEW = " ON CONFLICT (content_id) DO UPDATE SET info = excluded.info, size_bytes = excluded.size_bytes"
_SEEN = (
    "INSERT INTO media_places (content_id, path, seen_us) VALUES (?, ?, ?)"
    " ON CONFLICT (content_id, path) DO UPDATE SET seen_us = excluded.seen_us"
)


def _row(info: VideoInfo) -> list[Any]:
    return [info.content_id, codec.encode(info), info.size_bytes]


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size
    except OSError:
        return False
