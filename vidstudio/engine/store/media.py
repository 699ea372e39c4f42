"""The media files the studio knows: what they are, and where they were seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from vidstudio.engine import codec
from vidstudio.engine.errors import ChangedMedia, EngineError, MissingMedia, UnreadableMedia
from vidstudio.engine.identity import content_id as identify
from vidstudio.engine.identity import file_state
from vidstudio.engine.paths import is_file, path_from_text, path_to_text
from vidstudio.engine.store.changes import Changes
from vidstudio.engine.store.db import Database, now_us
from vidstudio.engine.types import VideoInfo


class MediaStore:
    """Media by content id. The files themselves are never touched."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, info: VideoInfo, changed_ns: int | None = None) -> Changes:
        """Remember a file: what it is and that it is at `info.path`.

        changed_ns: the file's date before it was looked at; without it the file is identified anew before it is used.
        """
        with self._db.write() as db:
            db.execute(_KNOWN + _ANEW, _row(info))
            db.execute(_SEEN, [info.content_id, *_place(info.path), changed_ns])
        return Changes.of("media")

    def add_elsewhere(self, info: VideoInfo) -> Changes:
        """Remember what a file is that was seen on another machine; if it is here too, also where."""
        with self._db.write() as db:
            db.execute(_KNOWN + " ON CONFLICT (content_id) DO NOTHING", _row(info))
        here = Path(info.path)
        if file_state(here)[0] == info.size_bytes and is_file(here) and identify(here) == info.content_id:
            self.relink(info.content_id, here)
        return Changes.of("media")

    def info(self, content_id: str) -> VideoInfo | None:
        """What a file is; None when it is not known, or was kept by a version whose words are no longer ours."""
        with self._db.read() as db:
            row = db.execute("SELECT info FROM media WHERE content_id = ?", [content_id]).fetchone()
        if row is None:
            return None
        try:
            info = codec.decode(row[0], VideoInfo)
        except codec.Damaged:
            return None
        return replace(info, path=path_from_text(info.path))

    def path(self, content_id: str) -> Path:
        """Where the file is now: the place it was last seen at that still has it.

        One that has another date than when it was identified is identified anew, which takes a second for a long film.
        Raises MissingMedia when there is none, ChangedMedia when another file is in its place.
        """
        with self._db.read() as db:
            rows = db.execute(
                "SELECT path, size_bytes, changed_ns FROM media_places JOIN media USING (content_id)"
                " WHERE content_id = ? ORDER BY seen_us DESC",
                [content_id],
            ).fetchall()
        for place, size, changed_ns in rows:
            path = Path(path_from_text(place))
            if self._is_still(content_id, path, size, changed_ns):
                return path
        if rows:
            raise _not_there(content_id, Path(path_from_text(rows[0][0])))
        info = self.info(content_id)
        if info is not None:
            message = f"{PurePath(info.path).name} is not on this machine."
            raise MissingMedia(content_id, message, "Say where it is.")
        raise MissingMedia(content_id, "A video of this project is not known here.", "Add the file again.")

    def relink(self, content_id: str, path: Path) -> Changes:
        """Say where a file is now. Raises EngineError when the file there is another one."""
        changed_ns = file_state(path)[1]
        if identify(path) != content_id:
            raise EngineError(
                f"{path.name} is not the same video.",
                "Choose the file itself; a version that was exported anew is another.",
            )
        with self._db.write() as db:
            if not db.execute("SELECT 1 FROM media WHERE content_id = ?", [content_id]).fetchone():
                raise EngineError(f"{path.name} is not known yet.", "Add it to the project first.")
            db.execute(_SEEN, [content_id, *_place(path), changed_ns])
        return Changes.of("media")

    def _is_still(self, content_id: str, path: Path, size: int, changed_ns: int | None) -> bool:
        now_size, now_changed_ns, _ = file_state(path)
        if now_size != size or not is_file(path):
            return False
        if now_changed_ns == changed_ns:
            return True
        try:
            if identify(path) != content_id:
                return False
        except UnreadableMedia:
            return False
        with self._db.write() as db:
            place, _ = _place(path)
            db.execute(
                "UPDATE media_places SET changed_ns = ? WHERE content_id = ? AND path = ?",
                [now_changed_ns, content_id, place],
            )
        return True


_KNOWN = "INSERT INTO media (content_id, info, size_bytes) VALUES (?, ?, ?)"
_ANEW = " ON CONFLICT (content_id) DO UPDATE SET info = excluded.info, size_bytes = excluded.size_bytes"
_SEEN = (
    "INSERT INTO media_places (content_id, path, seen_us, changed_ns) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (content_id, path) DO UPDATE SET seen_us = excluded.seen_us, changed_ns = excluded.changed_ns"
)


def _row(info: VideoInfo) -> list[Any]:
    return [info.content_id, codec.encode(replace(info, path=path_to_text(info.path))), info.size_bytes]


def _place(path: Path | str) -> tuple[str, int]:
    return path_to_text(Path(path).absolute()), now_us()


def _not_there(content_id: str, path: Path) -> MissingMedia:
    if is_file(path):
        message = f"{path.name} in {path.parent} was changed since it was added."
        return ChangedMedia(content_id, message, "Put the old file back, or read it anew as it is now.")
    message = f"{path.name} is no longer in {path.parent}."
    return MissingMedia(content_id, message, "Put it back, or say where it is now.")
