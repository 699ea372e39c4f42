"""The parent's side of the model process: started at the first call, kept warm, supervised, ended to free memory."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from vidstudio.engine import codec
from vidstudio.engine.clouds.permit import Notes, Permit
from vidstudio.engine.errors import Cancelled, ModelProcessDied
from vidstudio.engine.model_child import MODELS, Child, Role
from vidstudio.engine.model_messages import Cancel, End, Failed, Note, Noted, Ready, Result, Run, Tick, engine_error
from vidstudio.engine.stage import Call, Stage

_log = logging.getLogger("vidstudio.model_process")

Ticked = Callable[[float, float, str], None]

_POLL_SECONDS = 0.1  # how often a silent child's call still looks for a cancel
_SPARE_SECONDS = 5.0  # a child that worked just now is not ended for want of memory: it will be wanted again
_SCARCE = 0.06  # share of the memory below which a child that does nothing has to go


class StageBug(RuntimeError):
    """A stage in the model process raised what is no EngineError; holds the child's traceback."""


class ModelProcess:
    """One child process for whatever imports torch; serves one call at a time, from any thread.

    models_folder: where weights are. device: torch's name of it, None for the best there is.
    idle_seconds: how long a child that does nothing is kept warm; under memory pressure it goes at once.
    catalog: `module:NAME` of the child's stage table. startup_seconds: how long the child may take to
    be ready. cancel_seconds: how long a cancelled call may take to its next tick before the child is killed.
    role: what people are told that it is.
    """

    def __init__(
        self,
        models_folder: Path,
        device: str | None = None,
        *,
        catalog: str = "vidstudio.engine.catalog:STAGES",
        startup_seconds: float = 120.0,
        cancel_seconds: float = 5.0,
        idle_seconds: float = 300.0,
        role: Role = MODELS,
    ) -> None:
        self._role = role
        self.models_folder = models_folder
        self._options = ["--catalog", catalog, *(["--device", device] if device is not None else [])]
        self._idle_seconds = idle_seconds
        self._idle_since = time.monotonic()
        self._startup_seconds, self._cancel_seconds = startup_seconds, cancel_seconds
        self._turn = threading.Lock()  # held for the length of a call
        self._child: Child | None = None
        self._calls = 0

    @property
    def pid(self) -> int | None:
        """Process id of the living child, or None."""
        child = self._child
        return child.pid if child is not None and child.alive else None

    @property
    def memory_bytes(self) -> int | None:
        """Memory that the living child takes (not that on a card), or None."""
        pid = self.pid
        try:
            return int(psutil.Process(pid).memory_info().rss) if pid is not None else None
        except psutil.Error:  # it ended just now
            return None

    def run(
        self,
        stage: Stage[Any, Any],
        call: Call,
        needed: Sequence[Sequence[Any]],
        paths: Mapping[str, Path],
        tick: Ticked,
        *,
        permit: Permit | None = None,
        notes: Notes | None = None,
    ) -> Iterator[Any]:
        """Results of the call, as the child gives them.

        needed: the results of each of the call's needs. paths: where the media are, by content id.
        permit, notes: for a call that speaks to a cloud; notes are kept by this process.
        tick is called in this thread, also while the child says nothing; what it raises (Cancelled)
        cancels the child's call. Closing the iterator does so too. Raises the stage's EngineErrors,
        ModelProcessDied when the child ends in mid-call (the next call starts a new one), StageBug.
        """
        with self._my_turn(tick):
            child = self._ready_child(tick)
            self._calls += 1
            number = self._calls
            over = False
            last = (0.0, 0.0, "")
            try:
                child.send(_order(number, stage, call, needed, paths, permit))
                while not over:
                    report = child.report(_POLL_SECONDS)
                    if report is None:
                        tick(*last)
                    elif isinstance(report, Ready) or report.call != number:
                        continue
                    elif isinstance(report, Tick):
                        last = (report.done, report.total, report.note)
                        tick(*last)
                    elif isinstance(report, Result):
                        yield codec.decode(report.value, stage.result)
                    elif isinstance(report, Note):
                        child.send(_noted(report, notes))
                    else:
                        over = True
                        if isinstance(report, Failed) and report.fatal:
                            self._drop()
                        _raise_failure(report)
            finally:
                if not over:  # cancelled, closed, a bug in the caller's tick, or the child died
                    self._stop_call(child, number, notes)

    def release(self) -> bool:
        """End the child, so that all of its memory is free; False when a call is at work."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            self._drop()
        finally:
            self._turn.release()
        return True

    def close(self) -> None:
        """End the child at once; a call at work in another thread raises ModelProcessDied."""
        child = self._child
        if child is not None:
            child.end()
            if self._child is child:
                self._child = None

    @contextmanager
    def _my_turn(self, tick: Ticked) -> Iterator[None]:
        while not self._turn.acquire(timeout=_POLL_SECONDS):
            tick(0.0, 0.0, f"waiting for the {self._role.name}")
        try:
            yield
        finally:
            self._idle_since = time.monotonic()
            self._turn.release()

    def _ready_child(self, tick: Ticked) -> Child:
        folder = self.models_folder
        if self._child is not None and (not self._child.alive or self._child.folder != folder):
            self._drop()
        if self._child is not None:
            return self._child
        child = self._child = Child(folder, self._options, self._role, self._keep_warm)
        until = time.monotonic() + self._startup_seconds
        try:
            while not isinstance(child.report(_POLL_SECONDS), Ready):
                child.must_be_ready(until)
                tick(0.0, 0.0, f"starting the {self._role.name}")
        except BaseException:
            self._drop()
            raise
        return child

    def _stop_call(self, child: Child, number: int, notes: Notes | None) -> None:
        """Cancel a call; a child that does not answer in time is killed."""
        until = time.monotonic() + self._cancel_seconds
        try:
            child.send(Cancel(number))
            while time.monotonic() < until:
                report = child.report(_POLL_SECONDS)
                if isinstance(report, Note) and report.call == number:
                    child.send(_noted(report, notes))  # what was paid for is written down, cancelled or not
                if isinstance(report, End | Failed) and report.call == number:
                    if isinstance(report, Failed) and report.fatal:
                        self._drop()
                    return
            _log.warning("the %s did not answer a cancel and was killed", self._role.name)
        except ModelProcessDied:
            pass  # then there is nothing left to stop
        self._drop()

    def _keep_warm(self, child: Child) -> bool:
        """Asked now and then by a thread of the child: ends one that nobody needs; False when it is to go."""
        idle = time.monotonic() - self._idle_since
        if idle < self._idle_seconds and not (idle > _SPARE_SECONDS and _short_of_memory()):
            return True
        if self._child is child and self._turn.acquire(blocking=False):
            try:
                # a call may have begun and ended since
                if time.monotonic() - self._idle_since >= idle:
                    self._drop()
                    _log.info("the %s was idle and gave its memory back", self._role.name)
                    return False
            finally:
                self._turn.release()
        return True

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _short_of_memory() -> bool:
    memory = psutil.virtual_memory()
    return bool(memory.available < _SCARCE * memory.total)


def _order(
    number: int,
    stage: Stage[Any, Any],
    call: Call,
    needed: Sequence[Sequence[Any]],
    paths: Mapping[str, Path],
    permit: Permit | None,
) -> Run:
    return Run(
        number,
        stage.name,
        call.inputs,
        codec.encode(call.params),
        call.span,
        tuple(need.stage for need in call.needs),
        tuple(tuple(codec.encode(value) for value in values) for values in needed),
        {name: str(path) for name, path in paths.items()},
        permit,
    )


def _noted(note: Note, notes: Notes | None) -> Noted:
    if notes is None:
        raise TypeError("this call keeps notes, and was given nothing to keep them in")
    if note.write:
        notes.remember(note.name, note.value)
        return Noted(note.call, None)
    return Noted(note.call, notes.recall(note.name))


def _raise_failure(report: End | Failed) -> None:
    """Raise what a call ended with; nothing when it gave all of its results."""
    if isinstance(report, End):
        if report.cancelled:
            raise Cancelled
        return
    if report.kind:
        raise engine_error(report)
    raise StageBug(f"{report.message}\n\nIn the model process:\n{report.traceback}")
