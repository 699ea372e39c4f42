"""Where stages that speak to cloud services run: a process of its own, with the gate before it.

The vendors' SDKs take seconds and much memory to import, and a call that waits for a service for minutes must
not hold up the model process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vidstudio.engine.clouds.gate import Gate
from vidstudio.engine.clouds.keys import Keys
from vidstudio.engine.clouds.vendors import Vendor
from vidstudio.engine.errors import Cancelled
from vidstudio.engine.model_child import Role
from vidstudio.engine.model_process import ModelProcess, Ticked
from vidstudio.engine.stage import Call, Stage
from vidstudio.engine.stages.key_test import KEY_TEST
from vidstudio.engine.store.clouds import CloudStore
from vidstudio.engine.store.store import Store

_IDLE_S = 60.0
_CLOUDS = Role("cloud process", "look into the log and report it; nothing that was paid for is asked for twice")


class CloudProcess:
    """The runner's `ModelProcess` for the place "cloud_process". May be used from any thread.

    keys: of the person who works with this store. The child is started at the first call.
    """

    def __init__(self, store: Store, keys: Keys) -> None:
        self.gate = Gate(store, keys)
        self._notes = _StoreNotes(store.clouds)
        self._process = ModelProcess(store.models_folder, "cpu", idle_seconds=_IDLE_S, role=_CLOUDS)

    def run(
        self,
        stage: Stage[Any, Any],
        call: Call,
        needed: Sequence[Sequence[Any]],
        paths: Mapping[str, Path],
        tick: Ticked,
    ) -> Iterator[Any]:
        """Results of the call. Raises NotAllowed when the gate does not let it pass, else as ModelProcess.run."""
        permit = self.gate.permit(call)
        return self._process.run(stage, call, needed, paths, tick, permit=permit, notes=self._notes)

    def test_key(self, vendor: Vendor, stopped: Callable[[], bool] = lambda: False) -> None:
        """Try a vendor's key at no cost; nothing but the key is sent. `stopped`: asked often.

        Raises CloudError when the key does not work, Cancelled, UsageError for a vendor whose key cannot be tried.
        """

        def tick(_done: float, _total: float, _note: str) -> None:
            if stopped():
                raise Cancelled

        permit = self.gate.permit_to_test(vendor)
        call = Call(KEY_TEST.name, (), {"vendor": vendor.name})
        list(self._process.run(KEY_TEST, call, [], {}, tick, permit=permit))

    def close(self) -> None:
        """End the child at once."""
        self._process.close()


class _StoreNotes:
    """Notes that are kept in the store."""

    def __init__(self, store: CloudStore) -> None:
        self._store = store

    def recall(self, name: str) -> str | None:
        return self._store.note(name)

    def remember(self, name: str, value: str | None) -> None:
        self._store.set_note(name, value)
