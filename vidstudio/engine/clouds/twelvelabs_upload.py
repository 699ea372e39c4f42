"""A file becomes an asset at TwelveLabs: sent in chunks, going on where an earlier try stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from vidstudio.engine.clouds.patience import Ask, Patience
from vidstudio.engine.clouds.permit import Notes
from vidstudio.engine.clouds.twelvelabs_api import Api, is_missing, trouble
from vidstudio.engine.errors import CloudError, UnreadableMedia

Sent = Callable[[int], None]
"""Told how many bytes are there, often; raises Cancelled when the work is no longer wanted."""

_PIECE = 256 * 1024
_BATCH = 5
_URLS = 20
_PAGE = 50
_MOST_CHUNKS = 10_000
_LASTS_S = 23 * 3600
"""The service drops an upload a day after it began."""


@dataclass(frozen=True, slots=True)
class _Session:
    """What is known of an upload. begun_s: seconds since 1970. headers: the storage wants them with every chunk.

    whole: every chunk is there.
    """

    upload_id: str
    asset_id: str
    chunk_size: int
    size: int
    begun_s: int
    headers: dict[str, str] = field(default_factory=dict)
    whole: bool = False

    @property
    def chunks(self) -> int:
        return -(-self.size // self.chunk_size)

    def length(self, index: int) -> int:
        """Bytes of chunk `index`, from 1."""
        return min(self.chunk_size, self.size - (index - 1) * self.chunk_size)


class Uploader:
    """Sends files, each once for all the work that is done on it."""

    def __init__(self, api: Api, notes: Notes, patience: Patience) -> None:
        self._api, self._notes, self._patience = api, notes, patience
        self._urls: dict[int, str] = {}

    def send(self, path: Path, content_id: str, sent: Sent) -> str:
        """Id of the asset that holds the whole file, which the service may still have to look at.

        The file's own name is not sent. Raises CloudError, UnreadableMedia, Cancelled.
        """
        size = file_size(path)
        session = self._known(content_id, size)
        if session is None or not session.whole:
            session = self._resumed(path, content_id, session, sent) or self._anew(path, content_id, size, sent)
        sent(size)
        return session.asset_id

    def forget(self, content_id: str) -> None:
        """Forget an asset that is of no use any more; the next `send` makes another."""
        self._notes.remember(_note(content_id), None)

    def delete(self, content_id: str, asset_id: str, ask: Ask) -> None:
        """Have the service delete an asset, and forget it. Raises CloudError."""
        try:
            self._patience.insist(lambda: self._api.ask(lambda client: client.assets.delete(asset_id)), ask)
        except CloudError as error:
            if not is_missing(error):
                raise
        self.forget(content_id)

    def _known(self, content_id: str, size: int) -> _Session | None:
        kept = self._notes.recall(_note(content_id))
        if kept is None:
            return None
        try:
            session = msgspec.json.decode(kept, type=_Session)
        except msgspec.DecodeError:
            return None
        return session if session.size == size and session.chunk_size > 0 else None

    def _keep(self, content_id: str, session: _Session) -> None:
        self._notes.remember(_note(content_id), json.dumps(asdict(session)))

    def _resumed(self, path: Path, content_id: str, session: _Session | None, sent: Sent) -> _Session | None:
        """An earlier try's upload, brought to its end; None when it is over or nothing of it is there."""
        if session is None or time.time() - session.begun_s > _LASTS_S:
            return None
        try:
            done = self._arrived(session, lambda: sent(0))
            return self._finished(path, content_id, session, done, sent) if done else None
        except CloudError as error:
            if error.kind != "bad_input":
                raise
            return None  # the service will have nothing more to do with it

    def _anew(self, path: Path, content_id: str, size: int, sent: Sent) -> _Session:
        name = f"vidstudio-{content_id}{path.suffix.lower()[:8]}"

        def begin() -> _Session:
            reply = self._api.ask(
                lambda client: client.multipart_upload.create(filename=name, type="video", total_size=size)
            )
            ids = (reply.upload_id or "", reply.asset_id or "")
            headers = dict(reply.upload_headers or {})
            session = _Session(*ids, reply.chunk_size or 0, size, int(time.time()), headers)
            if not session.upload_id or not session.asset_id or session.chunk_size <= 0:
                raise trouble("network", "TwelveLabs began an upload without saying how.")
            if session.chunks > _MOST_CHUNKS:
                raise trouble("network", "TwelveLabs wants this file in more pieces than make sense.")
            self._urls = _addresses(reply.upload_urls)
            return session

        session = self._patience.insist(begin, lambda: sent(0))
        self._keep(content_id, session)
        return self._finished(path, content_id, session, set(), sent)

    def _finished(self, path: Path, content_id: str, session: _Session, done: set[int], sent: Sent) -> _Session:
        self._send_rest(path, session, done, sent)
        session = replace(session, whole=True)
        self._keep(content_id, session)
        return session

    def _arrived(self, session: _Session, ask: Ask) -> set[int]:
        """Chunks of an earlier try that are there."""
        self._urls = {}
        done: set[int] = set()
        for page in range(1, 2 + session.chunks // _PAGE):

            def look(page: int = page) -> Any:
                return self._api.ask(
                    lambda client: client.multipart_upload.get_status(session.upload_id, page=page, page_limit=_PAGE)
                )

            found = self._patience.insist(look, ask).items or ()
            done |= {one.index for one in found if one.status == "completed" and one.index}
            if len(found) < _PAGE:
                break
        return done

    def _send_rest(self, path: Path, session: _Session, done: set[int], sent: Sent) -> None:
        there = sum(session.length(index) for index in done)
        batch: list[tuple[int, str]] = []
        for index in range(1, session.chunks + 1):
            if index in done:
                continue
            proof = self._send_chunk(path, session, index, there, sent)
            there += session.length(index)
            batch.append((index, proof))
            if len(batch) == _BATCH:
                self._report(session, batch, lambda: sent(there))  # noqa: B023 - called at once
                batch = []
        if batch:
            self._report(session, batch, lambda: sent(there))

    def _send_chunk(self, path: Path, session: _Session, index: int, there: int, sent: Sent) -> str:
        def put() -> str:
            url = self._url(session, index)
            length = session.length(index)
            headers = {"Content-Type": "application/octet-stream", **session.headers, "Content-Length": str(length)}
            pieces = _pieces(path, (index - 1) * session.chunk_size, length, lambda count: sent(there + count))
            try:
                # at the storage's own address, which must not get the key
                reply = self._api.web.put(url, content=pieces, headers=headers)
            except httpx.HTTPError as error:
                raise self._api.broken(error) from error
            if reply.status_code == httpx.codes.FORBIDDEN:
                self._urls.pop(index, None)  # it was good for an hour only: another one is asked for
            if reply.status_code != httpx.codes.OK:
                message = f"A piece of the file was not taken (status {reply.status_code})."
                raise trouble("network", message, passing=True)
            proof = str(reply.headers.get("ETag", "")).strip('"')
            if not proof:
                raise trouble("network", "A piece of the file was taken without a receipt.", passing=True)
            return proof

        return self._patience.insist(put, lambda: sent(there))

    def _url(self, session: _Session, index: int) -> str:
        if index not in self._urls:
            count = min(_URLS, session.chunks - index + 1)
            reply = self._api.ask(
                lambda client: client.multipart_upload.get_additional_presigned_urls(
                    session.upload_id, start=index, count=count
                )
            )
            self._urls |= _addresses(reply.upload_urls)
        url = self._urls.get(index, "")
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise trouble("network", "TwelveLabs gave no safe address for a piece of the file.")
        return url

    def _report(self, session: _Session, batch: list[tuple[int, str]], ask: Ask) -> None:
        from twelvelabs.types.completed_chunk import CompletedChunk

        chunks = [
            CompletedChunk(chunk_index=index, proof=proof, proof_type="etag", chunk_size=session.length(index))
            for index, proof in batch
        ]
        self._patience.insist(
            lambda: self._api.ask(
                lambda client: client.multipart_upload.report_chunk_batch(session.upload_id, completed_chunks=chunks)
            ),
            ask,
        )


def _addresses(chunks: Iterable[Any] | None) -> dict[int, str]:
    return {one.chunk_index: one.url for one in chunks or () if one.chunk_index and one.url}


def _pieces(path: Path, start: int, length: int, sent: Sent) -> Iterator[bytes]:
    """A chunk's bytes; `sent` is told how many of them are on their way."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            there = 0
            while there < length:
                sent(there)
                piece = file.read(min(_PIECE, length - there))
                if not piece:
                    raise UnreadableMedia(path, f"{path.name} got shorter while it was sent.", "Try again.")
                there += len(piece)
                yield piece
    except OSError as error:
        raise UnreadableMedia(path, f"{path.name} cannot be read ({error.strerror}).", "Check its rights.") from error


def file_size(path: Path) -> int:
    """Bytes of a file. Raises UnreadableMedia."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise UnreadableMedia(path, f"{path.name} cannot be read ({error.strerror}).", "Check its rights.") from error


def _note(content_id: str) -> str:
    return f"twelvelabs/asset/{content_id}"
