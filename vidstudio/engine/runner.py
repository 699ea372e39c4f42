"""Runs a call and all it needs, each once: what is sealed is not run again. That is also resuming."""

from __future__ import annotations

import contextlib
import functools
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, overload

import msgspec

from vidstudio.engine import codec
from vidstudio.engine.errors import Cancelled, ChangedMedia, EngineError
from vidstudio.engine.identity import FileState, file_state
from vidstudio.engine.stage import Call, Progress, Stage, Warm, call_key, call_name
from vidstudio.engine.store.calls import each
from vidstudio.engine.store.store import Store

Progressed = Callable[[Progress], None]
Tick = Callable[[float, float, str], None]

_REPAIRS = 3
_REMEMBERED = 4


class ModelProcess(Protocol):
    """Where stages of another place than "here" run: the model process, the cloud process."""

    def run(
        self,
        stage: Stage[Any, Any],
        call: Call,
        needed: Sequence[Sequence[Any]],
        paths: Mapping[str, Path],
        tick: Tick,
    ) -> Iterator[Any]:
        """Results of the call; `tick` may raise Cancelled. Raises EngineError as the stage would."""


class Runner:
    """Runs calls of `stages`, keeping every call's results sealed in the store under its key.

    May be used from any thread, and for several calls at once.
    """

    def __init__(
        self,
        stages: Mapping[str, Stage[Any, Any]],
        store: Store,
        model_process: ModelProcess | None = None,
        cloud_process: ModelProcess | None = None,
    ) -> None:
        self._stages = stages
        self._store = store
        self._processes = {"model_process": model_process, "cloud_process": cloud_process}

    @functools.cached_property
    def _versions(self) -> dict[str, int]:
        return {name: stage.version for name, stage in self._stages.items()}

    def run(
        self, call: Call, progressed: Progressed | None = None, cancelled: Callable[[], bool] | None = None
    ) -> list[Any]:
        """Results of the call, from the store where they are sealed, else run now with what it needs.

        progressed: told the overall progress (done 0..1 of total 1, never going back) in this thread, often:
        it must be cheap. cancelled: asked at every tick; Cancelled is raised once it says so.
        Raises EngineError, Cancelled, and TypeError for parameters that the stage does not take (a bug).
        """
        overall = _Overall(progressed, cancelled)
        for _ in range(_REPAIRS):
            work = self._plan(call)
            overall.start(work)
            try:
                with contextlib.closing(Warm()) as warm:
                    for step in work.steps:
                        self._run_step(work, step, overall, warm)
                results = self._results(work, call)
            except _ResultLost as lost:
                # it was sealed when the work was planned, and turned out damaged: made anew
                self._store.results.forget(lost.key)
                continue
            overall.finish()
            return results
        raise EngineError(
            "Results on the disk get damaged as soon as they are written.", "Check the disk that holds your projects."
        )

    def done(self, call: Call) -> bool:
        """Whether the call's results are sealed."""
        return self._store.results.has(self._key(call))

    def cloud_calls(self, call: Call) -> list[Call]:
        """The calls that would go to a cloud service if this call was run now, each once."""
        return [one for one in self._plan(call).steps if self._stage(one).place == "cloud_process"]

    def forget(self, call: Call) -> None:
        """Let the next run do the call again (not what it needs): what it made outside the store may be gone."""
        self._store.results.forget(self._key(call))

    def load(self, call: Call) -> list[Any] | None:
        """The call's results if they are sealed, else None."""
        return self._load(self._key(call), self._stage(call))

    def _load(self, key: str, stage: Stage[Any, Any]) -> list[Any] | None:
        data = self._store.results.load(key)
        if data is None:
            return None
        try:
            return [codec.decode(part, stage.result) for part in codec.unframed(data)]
        except codec.Damaged:
            return None

    def _key(self, call: Call, known: dict[int, str] | None = None) -> str:
        try:
            return call_key(call, self._versions, known)
        except KeyError as error:
            raise _unknown_stage(str(error.args[0])) from error

    def _stage(self, call: Call) -> Stage[Any, Any]:
        try:
            return self._stages[call.stage]
        except KeyError as error:
            raise _unknown_stage(call.stage) from error

    def _plan(self, call: Call) -> _Work:
        """What is to be run, needs first; below a sealed result nothing is."""
        keys: dict[int, str] = {}
        self._key(call, keys)
        steps: list[Call] = []
        seen: set[str] = set()
        open_calls: list[tuple[Call, Iterator[Call]]] = []

        def visit(one: Call) -> None:
            key = keys[id(one)]
            if key not in seen:
                seen.add(key)
                if not self._store.results.has(key):
                    open_calls.append((one, iter(one.needs)))

        # not by recursion: the chunks of a long film need one another in a chain
        visit(call)
        while open_calls:
            if (need := next(open_calls[-1][1], None)) is not None:
                visit(need)
            else:
                steps.append(open_calls.pop()[0])
        return _Work(call, keys, steps, self._weights(call, keys))

    def _weights(self, call: Call, keys: Mapping[int, str]) -> dict[str, float]:
        """Share of each call in the whole, by key: its stage's weight, by the length of its span."""
        calls = {keys[id(one)]: one for one in each(call)}
        lengths: dict[str, list[int]] = {}
        for one in calls.values():
            if one.span is not None:
                lengths.setdefault(one.stage, []).append(one.span.duration_us)
        weights = {}
        for key, one in calls.items():
            share = 1.0
            if one.span is not None and (all_of_stage := sum(lengths[one.stage])):
                share = one.span.duration_us * len(lengths[one.stage]) / all_of_stage
            weights[key] = self._stage(one).weight * share
        whole = sum(weights.values()) or 1.0
        return {key: weight / whole for key, weight in weights.items()}

    def _run_step(self, work: _Work, call: Call, overall: _Overall, warm: Warm) -> None:
        key = work.keys[id(call)]
        overall.begin(work.share(call))
        stage = self._stage(call)
        needed = _Needed(functools.partial(self._results, work), call.needs)
        files = _Files(self._store)
        results = self._start(stage, call, needed, files, overall, warm)
        with contextlib.closing(results):
            self._store.results.write(key, stage.name, _sealable(results, files), call_name(call, work.names))
        overall.end()

    def _start(
        self, stage: Stage[Any, Any], call: Call, needed: _Needed, files: _Files, overall: _Overall, warm: Warm
    ) -> Generator[Any, None, None]:
        try:
            params = codec.convert(call.params, stage.params)
        except (msgspec.ValidationError, TypeError) as error:
            raise TypeError(f"stage {stage.name} does not take the parameters {call.params}: {error}") from error
        if stage.place == "here":
            env = _Env(self._store, files, needed, overall.tick, warm)
            return _pulled(stage.run(call.inputs, params, call.span, env))
        process = self._processes[stage.place]
        if process is None:
            raise TypeError(f"stage {stage.name} runs in the {stage.place}, and this runner has none")
        paths = {content_id: files.path(content_id) for content_id in call.inputs}
        return _pulled(process.run(stage, call, needed, paths, overall.tick))

    def _results(self, work: _Work, call: Call) -> list[Any]:
        key = work.keys[id(call)]
        results = self._load(key, self._stage(call))
        if results is None:
            raise _ResultLost(key)
        return results


class _ResultLost(Exception):
    """A result that was sealed is damaged or gone."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class _Work:
    """One run: its call, the key of every call below it by `id`, what is to be run, and shares by key."""

    call: Call
    keys: dict[int, str]
    steps: list[Call]
    shares: dict[str, float]
    names: dict[int, str] = field(default_factory=dict)

    def share(self, call: Call) -> float:
        """What part of the whole a call is."""
        return self.shares[self.keys[id(call)]]


class _Overall:
    """Progress over all calls of one run, and the place where it is cancelled."""

    def __init__(self, progressed: Progressed | None, cancelled: Callable[[], bool] | None) -> None:
        self._progressed = progressed
        self._cancelled = cancelled
        self._before = 0.0
        self._share = 0.0
        self._best = 0.0

    def start(self, work: _Work) -> None:
        self._before = max(0.0, 1.0 - sum(work.share(step) for step in work.steps))

    def begin(self, share: float) -> None:
        self._share = share
        self.tick(0, 1, "")

    def tick(self, done: float, total: float, note: str = "") -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        self._tell(self._before + self._share * Progress(max(0.0, done), total).fraction, note)

    def end(self) -> None:
        self._before += self._share
        self._share = 0.0

    def finish(self) -> None:
        self._tell(1.0, "")

    def _tell(self, fraction: float, note: str) -> None:
        self._best = max(self._best, min(1.0, fraction))
        if self._progressed is not None:
            self._progressed(Progress(self._best, 1.0, note))


class _Needed(Sequence[list[Any]]):
    """Results of a call's needs, read when asked for; only the last few are remembered."""

    def __init__(self, load: Callable[[Call], list[Any]], needs: tuple[Call, ...]) -> None:
        self._load = load
        self._needs = needs
        self._last: OrderedDict[int, list[Any]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._needs)

    @overload
    def __getitem__(self, number: int) -> list[Any]: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[list[Any]]: ...
    def __getitem__(self, number: int | slice) -> list[Any] | Sequence[list[Any]]:
        if isinstance(number, slice):
            return _Needed(self._load, self._needs[number])
        number = range(len(self._needs))[number]
        if number not in self._last:
            while len(self._last) >= _REMEMBERED:
                self._last.popitem(last=False)
            self._last[number] = self._load(self._needs[number])
        self._last.move_to_end(number)
        return self._last[number]


class _Files:
    """The files that one call reads, and whether each stays the one with its content id meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, tuple[Path, FileState]] = {}

    def path(self, content_id: str) -> Path:
        """Where the file is. Raises MissingMedia."""
        while True:
            path = self._store.media.path(content_id)
            state = file_state(path)
            # it was the right one when it was so
            if self._store.media.path(content_id) == path:
                self._seen.setdefault(content_id, (path, state))
                return path

    def check(self) -> None:
        """Raise ChangedMedia when a file is no longer as it was: what was made of it is of no known content."""
        for content_id, (path, state) in self._seen.items():
            if file_state(path) != state:
                message = f"{path.name} was changed, moved or cut off while it was read."
                raise ChangedMedia(content_id, message, "Wait until it is complete and in its place, then try again.")


class _Env:
    """What a stage that runs in this thread may use."""

    def __init__(self, store: Store, files: _Files, needed: _Needed, tick: Tick, warm: Warm) -> None:
        self._store = store
        self._files = files
        self._needed = needed
        self._tick = tick
        self._warm = warm

    def tick(self, done: float, total: float, note: str = "") -> None:
        self._tick(done, total, note)

    def media(self, content_id: str) -> Path:
        return self._files.path(content_id)

    def needed(self, number: int) -> Sequence[Any]:
        return self._needed[number]

    @property
    def models_folder(self) -> Path:
        return self._store.models_folder

    @property
    def warm(self) -> Warm:
        return self._warm


def _sealable(results: Iterator[Any], files: _Files) -> Iterator[bytes]:
    """The results as bytes. Ends with an error, so that nothing is sealed, when a file they come from was changed."""
    try:
        for result in results:
            yield codec.framed(result)
    except Cancelled:
        raise
    except Exception:
        files.check()  # whatever went wrong came of that
        raise
    files.check()


def _pulled(results: Iterator[Any]) -> Generator[Any, None, None]:
    """The results as a generator, so that closing it closes what makes them."""
    yield from results


def _unknown_stage(name: str) -> EngineError:
    return EngineError(f"This VidStudio has no '{name}'; another version planned this work.", "Start it anew.")
