"""Models in memory: leased, loaded when first asked for, the least recently used let go first, inside a budget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.errors import OutOfMemory
from vidstudio.engine.stage import Env

M = TypeVar("M")
S = TypeVar("S", bound=np.generic)
Say = Callable[[str], None]
"""Tells the person, in a sentence, that something goes another way than asked."""


@dataclass(frozen=True, slots=True)
class ModelSpec(Generic[M]):
    """A model that can be loaded. Equal `kind` and `name` mean the same model.

    bytes_needed: memory it takes once loaded. load: makes it; may raise EngineError.
    """

    kind: str
    name: str
    bytes_needed: int
    load: Callable[[], M] = field(compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same model."""
        return self.kind, self.name


@runtime_checkable
class ModelEnv(Env, Protocol):
    """What a stage in the model process may use besides `Env`."""

    @property
    def models(self) -> ModelManager:
        """The models of this process."""

    @property
    def device(self) -> str:
        """Torch's name of the device: "cpu", "cuda:0"."""


@dataclass(slots=True)
class _Slot:
    bytes_needed: int
    leases: int = 0
    model: Any = None
    loaded: bool = False


class ModelManager:
    """Leases models to threads; never more than `budget_bytes` of them at once.

    `freed` is called after models were let go, to hand their memory back to the device.
    """

    def __init__(self, budget_bytes: int, freed: Callable[[], None] = lambda: None) -> None:
        self.budget_bytes = budget_bytes
        self._freed = freed
        self._slots: OrderedDict[tuple[str, str], _Slot] = OrderedDict()  # least recently used first
        self._changed = threading.Condition()

    @property
    def used_bytes(self) -> int:
        """Memory of all models that are loaded or being loaded."""
        with self._changed:
            return self._used()

    @property
    def loaded(self) -> tuple[tuple[str, str], ...]:
        """Kind and name of the loaded models, least recently used first."""
        with self._changed:
            return tuple(key for key, slot in self._slots.items() if slot.loaded)

    @contextmanager
    def use(self, spec: ModelSpec[M]) -> Iterator[M]:
        """Lease a model: it stays loaded until the block ends. Threads that ask for the same one share it.

        Raises OutOfMemory when it is larger than the whole budget or when leased models leave no room,
        and what its loader raises.
        """
        slot = self._lease(spec)
        try:
            yield slot.model
        finally:
            with self._changed:
                slot.leases -= 1
                self._changed.notify_all()

    def clear(self) -> None:
        """Let go of every model that is not leased."""
        with self._changed:
            gone = self._evict(lambda: False)
        if gone:
            self._freed()

    def _lease(self, spec: ModelSpec[M]) -> _Slot:
        with self._changed:
            while (slot := self._slots.get(spec.key)) is not None and not slot.loaded:
                self._changed.wait()  # another thread is loading it
            if slot is not None:
                slot.leases += 1
                self._slots.move_to_end(spec.key)
                return slot
            gone = self._make_room(spec)
            slot = self._slots[spec.key] = _Slot(spec.bytes_needed, leases=1)
        try:
            if gone:
                self._freed()
            slot.model = spec.load()
        except BaseException:
            with self._changed:
                del self._slots[spec.key]
                self._changed.notify_all()
            raise
        with self._changed:
            slot.loaded = True
            self._changed.notify_all()
        return slot

    def _make_room(self, spec: ModelSpec[M]) -> bool:
        if spec.bytes_needed > self.budget_bytes:
            raise OutOfMemory(
                f"{spec.name} needs {_size(spec.bytes_needed)}; only {_size(self.budget_bytes)} may be used here.",
                "Choose a smaller model, or close other programs that use the device.",
            )

        def fits() -> bool:
            return self._used() + spec.bytes_needed <= self.budget_bytes

        leased = [key for key, slot in self._slots.items() if slot.leases]
        held = sum(self._slots[key].bytes_needed for key in leased)
        if held + spec.bytes_needed > self.budget_bytes:  # said before anything is let go in vain
            raise OutOfMemory(
                f"There is no room for {spec.name} ({_size(spec.bytes_needed)}) beside "
                f"{', '.join(name for _, name in leased)}, which is at work.",
                "Wait until that is done, or choose a smaller model.",
            )
        return self._evict(fits)

    def _evict(self, enough: Callable[[], bool]) -> bool:
        gone = False
        for key in [key for key, slot in self._slots.items() if not slot.leases]:
            if enough():
                break
            del self._slots[key]
            gone = True
        return gone

    def _used(self) -> int:
        return sum(slot.bytes_needed for slot in self._slots.values())


def smaller_batches(
    run: Callable[[NDArray[np.uint8]], NDArray[S]],
    frames: NDArray[np.uint8],
    batch: int,
    *,
    is_out_of_memory: Callable[[BaseException], bool],
    say: Say,
    on_cpu: Callable[[], Callable[[NDArray[np.uint8]], NDArray[S]]] | None = None,
    free: Callable[[], None] = lambda: None,
) -> NDArray[S]:
    """`run` over `frames` (N, …), at most `batch` at a time; its results (n, …) in order, joined.

    Out of memory (as `is_out_of_memory` knows it): `free` is called and the batch halved; at one frame
    `on_cpu()` gives a slower `run` for the rest. Each step is told through `say`. Raises OutOfMemory at
    the end of the ladder. N must be positive.
    """
    parts: list[NDArray[S]] = []
    start, batch = 0, max(1, min(batch, len(frames)))
    while start < len(frames):
        try:
            parts.append(run(frames[start : start + batch]))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        else:
            start += batch
            continue
        # Outside of the handler: the exception's traceback would keep the failed batch in memory.
        free()
        if batch > 1:
            batch //= 2
            say(f"The device is short of memory: going on with {batch} pictures at a time.")
        elif on_cpu is not None:
            say("The device has too little memory: going on with the CPU, which is slower.")
            run, on_cpu = on_cpu(), None
        else:
            raise OutOfMemory(
                "There is too little memory for even one picture.",
                "Close other programs that use the device, or choose a smaller model.",
            )
    return np.concatenate(parts)


def _size(count: int) -> str:
    return f"{count / 1024**3:.1f} GB" if count >= 1024**3 // 10 else f"{count / 1024**2:.0f} MB"
