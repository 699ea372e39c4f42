"""Marengo, TwelveLabs's embedding model, as a `VideoEmbedder`; and the test of a key.

A file is sent once (`twelvelabs_upload`), a task is begun on it, and the task is looked at until it is done.
What is charged is the task. Its id is on the disk of the studio before anything else happens, so that a run after
a kill goes on with it; and where it is not sure whether a task was begun, the service's own list is looked at
before another one is.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.clouds import marengo
from vidstudio.engine.clouds.patience import Patience, Trouble
from vidstudio.engine.clouds.permit import Notes, Permit
from vidstudio.engine.clouds.twelvelabs_api import Api, is_missing, trouble
from vidstudio.engine.clouds.twelvelabs_upload import Uploader, file_size
from vidstudio.engine.errors import CloudError
from vidstudio.engine.ports import Tick, VideoEmbedder
from vidstudio.engine.sizes import size_text
from vidstudio.engine.time import US, Span
from vidstudio.engine.types import Embedding, Segment

_log = logging.getLogger("vidstudio.clouds")

_SENDING, _LOOKING, _WHOLE = 50.0, 60.0, 100.0  # where in the progress each part of the work ends
_FIRST_LOOK_S, _SLOWEST_LOOK_S = 0.5, 10.0
_LIMIT_S = 1800.0
_SKEW = timedelta(minutes=15)  # how far the service's clock and ours may differ
_PAGES, _PAGE = 4, 50
_SAME_S = 0.1


@dataclass(frozen=True, slots=True)
class _Task:
    """A task that was begun, or (id "") is about to be: `asked_s` seconds since 1970."""

    id: str
    asset_id: str
    asked_s: int


class Marengo:
    """Embeds whole files with one of the Marengo models. Needs TwelveLabs's SDK, so it lives in the cloud process.

    notes: what outlives a kill. patience: how long to wait between tries. limit_s: how long one task may take.
    Every method may raise CloudError.
    """

    def __init__(
        self,
        model: marengo.MarengoModel,
        permit: Permit,
        notes: Notes,
        *,
        patience: Patience | None = None,
        limit_s: float = _LIMIT_S,
    ) -> None:
        self._model, self._notes = model, notes
        self._patience = patience or Patience()
        self._limit_s = limit_s
        self._api = Api(permit)
        self._uploader = Uploader(self._api, notes, self._patience)

    def __enter__(self) -> Marengo:
        return self

    def __exit__(self, *_error: object) -> None:
        self._api.close()

    @property
    def name(self) -> str:
        """Such as `twelvelabs:marengo3.5`."""
        return self._model.name

    def embed(self, path: Path, content_id: str, segment_us: int, tick: Tick) -> list[Embedding]:
        """Unit vectors of the file's segments (see `ports.VideoEmbedder`). Raises UsageError for a segment length.

        A rest shorter than two seconds gets no vector from the service.
        """
        seconds = marengo.segment_seconds(segment_us)
        note = f"twelvelabs/task/{self._model.model}/{seconds}/{content_id}"
        task = self._begun(note, content_id, seconds, tick)
        if task is None:
            asset_id = self._asset(path, content_id, tick)
            task = self._begin(note, asset_id, content_id, seconds, tick)
        data = self._waited_for(note, task, tick)
        found = self._embeddings(data, content_id)
        self._tidy(content_id, task.asset_id, tick)
        tick(_WHOLE, _WHOLE, "")
        return found

    # the asset

    def _asset(self, path: Path, content_id: str, tick: Tick) -> str:
        """Id of an asset that is ready. One that went or failed is made anew, once."""
        size = max(1, file_size(path))

        def sent(count: int) -> None:
            note = f"sending to TwelveLabs: {size_text(count)} of {size_text(size)}"
            tick(_SENDING * count / size, _WHOLE, note)

        asset_id = self._uploader.send(path, content_id, sent)
        try:
            self._ready(asset_id, content_id, tick)
        except CloudError as error:
            if not is_missing(error):
                raise
            self._uploader.forget(content_id)  # deleted there, or it was another account's
            asset_id = self._uploader.send(path, content_id, sent)
            self._ready(asset_id, content_id, tick)
        return asset_id

    def _ready(self, asset_id: str, content_id: str, tick: Tick) -> None:
        def look() -> str:
            asset = self._api.ask(lambda client: client.assets.retrieve(asset_id))
            if asset.status == "failed":
                self._uploader.forget(content_id)
                said = asset.error.message if asset.error else ""
                raise trouble("bad_input", f"TwelveLabs cannot use this file: {said}".rstrip(": "))
            return str(asset.status)

        for share in self._looks(tick, "TwelveLabs checks the file", _SENDING, _LOOKING):
            if self._patience.insist(look, share) == "ready":
                return

    # the task

    def _begun(self, note: str, content_id: str, seconds: int, tick: Tick) -> _Task | None:
        """A task of an earlier run that is still good; also one whose id was lost with that run."""
        kept = self._notes.recall(note)
        if kept is None:
            return None
        try:
            task = msgspec.json.decode(kept, type=_Task)
        except msgspec.DecodeError:
            return None
        if task.id:
            return task if self._exists(note, task, tick) else None
        found = self._found(task, content_id, seconds, tick)
        return self._keep(note, replace(task, id=found)) if found else None

    def _exists(self, note: str, task: _Task, tick: Tick) -> bool:
        try:
            self._patience.insist(lambda: self._look(task), _asking(tick, _LOOKING, "looking for an earlier task"))
        except CloudError as error:
            if not is_missing(error):
                raise
            self._notes.remember(note, None)  # it is kept for seven days, and for its own account
            return False
        return True

    def _found(self, task: _Task, content_id: str, seconds: int, tick: Tick) -> str:
        """Id of a task that the service has for this file and we know nothing of; "" when there is none."""
        since = datetime.fromtimestamp(task.asked_s, UTC) - _SKEW
        ask = _asking(tick, _LOOKING, "looking for an earlier task")
        for page in range(1, _PAGES + 1):

            def look(page: int = page) -> Any:
                started = since.strftime("%Y-%m-%dT%H:%M:%SZ")
                return self._api.ask(
                    lambda client: client.embed.v_2.tasks.list(started_at=started, page=page, page_limit=_PAGE)
                )

            items = self._patience.insist(look, ask).items or ()
            for item in items:
                if self._is_ours(item, task, content_id, seconds, ask):
                    return str(item.id)
            if len(items) < _PAGE:
                break
        return ""

    def _is_ours(self, item: Any, task: _Task, content_id: str, seconds: int, ask: Callable[[], None]) -> bool:
        """Whether a task of the service's list is this one: by the file's name, or else by all that is told of it."""
        about = item.video_embedding.metadata if item.video_embedding else None
        if not item.id or item.status == "failed" or item.model_name != self._model.model or about is None:
            return False
        if about.video_clip_length not in (None, seconds):
            return False
        if about.input_filename:
            return content_id in str(about.input_filename)
        if self._notes.recall(_of(item.id)) not in (None, content_id) or not about.duration:
            return False
        asset = self._patience.insist(lambda: self._api.ask(lambda api: api.assets.retrieve(task.asset_id)), ask)
        return asset.duration is not None and abs(asset.duration - about.duration) < _SAME_S

    def _begin(self, note: str, asset_id: str, content_id: str, seconds: int, tick: Tick) -> _Task:
        task = self._keep(note, _Task("", asset_id, int(time.time())))
        ask = _asking(tick, _LOOKING, "TwelveLabs begins")
        number = 0
        while True:
            ask()
            try:
                reply = self._api.ask(lambda client: client.embed.v_2.tasks.create(**self._order(asset_id, seconds)))
                return self._keep(note, replace(task, id=str(reply.id)))
            except Trouble as error:
                # it may have been begun all the same, and would be charged again
                if error.maybe_done and (found := self._found(task, content_id, seconds, tick)):
                    return self._keep(note, replace(task, id=found))
                if not self._patience.try_again(error, number, ask):
                    if not error.maybe_done:
                        self._notes.remember(note, None)
                    raise error.error from error
            number += 1

    def _order(self, asset_id: str, seconds: int) -> dict[str, Any]:
        """What the service is asked for: one vector of what is seen, for each clip of equal length."""
        from twelvelabs import types

        fixed: Any
        if self._model.nested:
            cut = types.TemporalSegmentation_Fixed(fixed=types.TemporalSegmentationFixedFixed(duration_sec=seconds))
            fixed = types.AsyncTemporalSegmentation(temporal=cut)
        else:
            fixed = types.VideoSegmentation_Fixed(fixed=types.VideoSegmentationFixedFixed(duration_sec=seconds))
        return {
            "input_type": "video",
            "model_name": self._model.model,
            "video": types.AsyncVideoInputRequest(
                media_source=types.MediaSource(asset_id=asset_id),
                segmentation=fixed,
                embedding_option=["visual"],
                embedding_scope=["clip"],
            ),
        }

    def _look(self, task: _Task) -> Any:
        return self._api.ask(lambda client: client.embed.v_2.tasks.retrieve(task.id))

    def _waited_for(self, note: str, task: _Task, tick: Tick) -> Sequence[Any]:
        for share in self._looks(tick, "TwelveLabs makes the embeddings", _LOOKING, _WHOLE):
            reply = self._patience.insist(lambda: self._look(task), share)
            if reply.status == "failed":
                self._notes.remember(note, None)  # the next try begins another one
                said = reply.error.message if reply.error else "it does not say why"
                temporary = "try again later" in said.lower()
                raise trouble("network" if temporary else "bad_input", f"TwelveLabs failed at this: {said}").error
            if reply.status == "ready":
                return list(reply.data or ())
        raise AssertionError("the looks end with an error")

    def _looks(self, tick: Tick, note: str, start: float, end: float) -> Iterator[Callable[[], None]]:
        """One look after the other, ever more slowly, until the time limit; each gives what says how far it is."""
        began, rest = time.monotonic(), _FIRST_LOOK_S
        while True:
            passed = time.monotonic() - began
            share = _asking(tick, start + (end - start) * (1 - math.exp(-passed / 60)), note)
            yield share
            if passed > self._limit_s:
                raise CloudError(
                    "network",
                    f"TwelveLabs is not ready after {passed / 60:.0f} minutes.",
                    "Start it again later: it goes on with the same task, and nothing is paid twice.",
                )
            self._patience.pause(rest, share)
            rest = min(_SLOWEST_LOOK_S, rest * 1.5)

    def _keep(self, note: str, task: _Task) -> _Task:
        if task.id:
            self._notes.remember(_of(task.id), note.rpartition("/")[2])
        self._notes.remember(note, msgspec.json.encode(task).decode())
        return task

    # the answer

    def _embeddings(self, data: Sequence[Any], content_id: str) -> list[Embedding]:
        """The clips' vectors: of the whole file, of sound and of speech there may be others, which are left out."""
        clips = [one for one in data if one.embedding_scope == "clip" and one.embedding_option in (None, "visual")]
        clips.sort(key=lambda one: one.start_sec or 0.0)
        found = []
        for one in clips:
            start, end = (round((value or 0.0) * US) for value in (one.start_sec, one.end_sec))
            if end > start >= 0:
                found.append(Embedding(Segment(content_id, Span(start, end)), _unit(one.embedding), self.name))
        if not found or len({len(one.vector) for one in found}) != 1:
            raise trouble("network", "TwelveLabs gave no embeddings, or such that do not fit together.").error
        return found

    def _tidy(self, content_id: str, asset_id: str, tick: Tick) -> None:
        """Have the file deleted there. Embeddings that are here must not be lost because that failed."""
        try:
            self._uploader.delete(content_id, asset_id, _asking(tick, _WHOLE, "TwelveLabs deletes the file"))
        except CloudError:
            _log.warning("TwelveLabs did not delete %s; it can be deleted on its web page", asset_id)


def try_key(permit: Permit, tick: Tick) -> None:
    """Ask for something free. Raises CloudError when the key does not work."""
    with _api(permit) as api:
        Patience().insist(
            lambda: api.ask(lambda client: client.assets.list(page_limit=1)), _asking(tick, 0.0, "asking TwelveLabs")
        )


@contextmanager
def _api(permit: Permit) -> Iterator[Api]:
    api = Api(permit)
    try:
        yield api
    finally:
        api.close()


def _asking(tick: Tick, at: float, note: str) -> Callable[[], None]:
    return lambda: tick(at, _WHOLE, note)


def _of(task_id: str) -> str:
    """The note that says which file a task is of."""
    return f"twelvelabs/of/{task_id}"


def _unit(values: Sequence[float]) -> NDArray[np.float32]:
    vector = np.array(values, np.float32)
    length = float(np.linalg.norm(vector))
    if vector.ndim != 1 or not math.isfinite(length) or length <= 0:
        raise trouble("network", "TwelveLabs gave an embedding that is none.").error
    unit = np.asarray(vector / length, np.float32)
    unit.flags.writeable = False
    return unit


_: type[VideoEmbedder] = Marengo
