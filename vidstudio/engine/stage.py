"""What a stage is: one kind of work on videos, as a generator that its caller pulls.

A `Call` is a stage with plain values, so that it can be stored, resumed, or run in another process.
Results of the calls it needs come through `Env.needed`. Closing the generator runs its `finally`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec

from vidstudio.engine.time import Span

P_contra = TypeVar("P_contra", contravariant=True)
R = TypeVar("R")

Place = Literal["here", "model_process", "cloud_process"]
"""Where a stage runs: in the thread that asks, in the model process (whatever imports torch), or in the cloud
process (whatever speaks to a service on the network; only what the gate lets pass gets there)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of work is: `done` of `total` units (total 0: not known yet), and on what."""

    done: float = 0.0
    total: float = 0.0
    note: str = ""

    @property
    def fraction(self) -> float:
        """0..1."""
        return min(1.0, self.done / self.total) if self.total > 0 else 0.0


class Closable(Protocol):
    """What must be closed once."""

    def close(self) -> None:
        """Let go of it."""


class Warm:
    """What a call leaves open for the next call of the same run: a decoder that stands where that one goes on.

    One thing at a time; results never depend on it. For one thread.
    """

    def __init__(self) -> None:
        self._left: tuple[object, Closable] | None = None

    def leave(self, name: object, thing: Closable) -> None:
        """Leave `thing` to whoever asks for `name` next; what was left before is closed."""
        self.close()
        self._left = (name, thing)

    def take(self, name: object) -> Closable | None:
        """What was left under this name, the caller's own from now on; anything else that was left is closed."""
        left, self._left = self._left, None
        if left is None or left[0] == name:
            return left and left[1]
        left[1].close()
        return None

    def close(self) -> None:
        """Close what nobody took."""
        left, self._left = self._left, None
        if left is not None:
            left[1].close()


class Env(Protocol):
    """What a running stage may use."""

    def tick(self, done: float, total: float, note: str = "") -> None:
        """Say how far it is. The one place for cancelling: raises Cancelled."""

    def media(self, content_id: str) -> Path:
        """Where the file with this content is now. Raises MissingMedia."""

    def needed(self, number: int) -> Sequence[Any]:
        """Results of the call's `needs[number]`."""

    @property
    def models_folder(self) -> Path:
        """Where weights are kept."""

    @property
    def warm(self) -> Warm:
        """What calls of one run leave open for one another."""


@dataclass(frozen=True, slots=True)
class Call:
    """A stage with plain values. `needs` are calls whose results it reads, in order.

    Calls that ask for the same are equal, also when one was stored and read again (its tuples are lists then).
    """

    stage: str
    inputs: tuple[str, ...]
    params: dict[str, Any] = field(default_factory=dict)
    span: Span | None = None
    needs: tuple[Call, ...] = ()
    _name: list[str] = field(default_factory=list, init=False, repr=False)
    """What `call_name` found: the window asks many times a second, and a long film's call has thousands below it."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Call):
            return NotImplemented
        # by name: walking both would visit a shared need once for every call that needs it
        return self is other or call_name(self) == call_name(other)

    def __hash__(self) -> int:
        return hash(call_name(self))


@dataclass(frozen=True, slots=True)
class Stage(Generic[P_contra, R]):
    """A kind of work. `params` and `result` are the dataclasses of its parameters and of each result.

    Raise `version` whenever the same input would give another result. `weight` is the work of one call
    relative to other stages, for the progress of a whole job.
    """

    name: str
    version: int
    params: type[P_contra]
    result: type[R]
    run: Callable[[tuple[str, ...], P_contra, Span | None, Env], Iterator[R]]
    place: Place = "here"
    weight: float = 1.0


class _AnyVersion(dict[str, int]):
    def __missing__(self, stage: str) -> int:
        return 0


def call_name(call: Call, known: dict[int, str] | None = None) -> str:
    """Names a call by what it asks for, whatever the versions of the stages. `known` as in `call_key`."""
    if not call._name:
        call._name.append(call_key(call, _AnyVersion(), known))
    return call._name[0]


def call_key(call: Call, versions: Mapping[str, int], known: dict[int, str] | None = None) -> str:
    """Cache key of a call: sha256 over stage, version, content ids, params, span and the keys of its needs.

    `versions` gives each stage's version; KeyError for a stage that is not in it. `known` remembers keys by
    the `id` of calls that the caller keeps alive, so that needs shared by many calls are hashed once.
    """
    known = {} if known is None else known
    # not by recursion: the chunks of a long film need one another in a chain
    waiting = [call]
    while waiting:
        one = waiting[-1]
        missing = [] if id(one) in known else [need for need in one.needs if id(need) not in known]
        if missing:
            waiting += missing
            continue
        waiting.pop()
        if id(one) not in known:
            keys = [known[id(need)] for need in one.needs]
            plain = [one.stage, versions[one.stage], one.inputs, one.params, one.span, keys]
            known[id(one)] = hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()
    return known[id(call)]
