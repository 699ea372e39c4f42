from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from numpy.typing import NDArray

from vidstudio.engine.errors import ModelUnavailable, OutOfMemory
from vidstudio.engine.models.manager import ModelManager, ModelSpec, smaller_batches


@dataclass
class Loader:
    """Makes models that are their own name, and counts."""

    loads: list[str] = field(default_factory=list)

    def spec(self, name: str, size: int = 10) -> ModelSpec[str]:
        def load() -> str:
            self.loads.append(name)
            return name

        return ModelSpec("toy", name, size, load)


def names(manager: ModelManager) -> list[str]:
    return [name for _, name in manager.loaded]


def test_a_model_is_loaded_when_first_asked_for_and_then_kept() -> None:
    loader, manager = Loader(), ModelManager(100)
    spec = loader.spec("a")
    assert loader.loads == []
    for _ in range(3):
        with manager.use(spec) as model:
            assert model == "a"
    assert loader.loads == ["a"]
    assert manager.used_bytes == 10


def test_the_least_recently_used_goes_first_and_its_memory_is_handed_back() -> None:
    freed: list[list[str]] = []
    loader = Loader()
    manager = ModelManager(30, freed=lambda: freed.append(names(manager)))
    for name in ("a", "b", "c", "a"):
        with manager.use(loader.spec(name)):
            pass
    with manager.use(loader.spec("d")):
        assert names(manager) == ["c", "a", "d"]
    assert freed == [["c", "a"]], "handed back before the next is loaded"


def test_a_leased_model_is_never_let_go() -> None:
    loader, manager = Loader(), ModelManager(20)
    with manager.use(loader.spec("a")):
        for name in ("b", "c"):
            with manager.use(loader.spec(name)):
                assert names(manager) == ["a", name]


def test_no_room_beside_leased_models_is_said_and_nothing_is_let_go_in_vain() -> None:
    loader, manager = Loader(), ModelManager(30)
    with manager.use(loader.spec("idle")):
        pass
    with (
        manager.use(loader.spec("busy", 20)),
        pytest.raises(OutOfMemory, match="busy") as caught,
        manager.use(loader.spec("big", 20)),
    ):
        pass
    assert caught.value.hint
    assert names(manager) == ["idle", "busy"]


def test_a_model_larger_than_the_budget_is_refused() -> None:
    loader, manager = Loader(), ModelManager(5 * 1024**3)
    with (
        pytest.raises(OutOfMemory, match=r"needs 7\.0 GB; only 5\.0 GB") as caught,
        manager.use(loader.spec("giant", 7 * 1024**3)),
    ):
        pass
    assert "smaller model" in caught.value.hint
    assert loader.loads == []


def test_a_loader_that_fails_leaves_no_trace() -> None:
    manager = ModelManager(10)

    def fail() -> str:
        raise ModelUnavailable("no weights")

    for _ in range(2):
        with pytest.raises(ModelUnavailable), manager.use(ModelSpec("toy", "a", 10, fail)):
            pass
    assert manager.used_bytes == 0
    with manager.use(Loader().spec("a")) as model:
        assert model == "a"


def test_clear_lets_go_of_all_but_the_leased() -> None:
    loader, manager = Loader(), ModelManager(100)
    with manager.use(loader.spec("a")), manager.use(loader.spec("b")):
        pass
    with manager.use(loader.spec("a")):
        manager.clear()
        assert names(manager) == ["a"]


def test_threads_that_ask_for_the_same_model_share_one_load() -> None:
    gate, loads, models = threading.Event(), [], []

    def load() -> object:
        loads.append(1)
        assert gate.wait(10)
        return object()

    manager = ModelManager(10)

    def work() -> None:
        with manager.use(ModelSpec("toy", "a", 10, load)) as model:
            models.append(model)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    gate.set()
    for thread in threads:
        thread.join(10)
    assert len(loads) == 1
    assert len(models) == 6
    assert len(set(map(id, models))) == 1


def test_many_threads_never_go_over_the_budget() -> None:
    loader, manager = Loader(), ModelManager(40)
    over: list[int] = []
    refused: list[str] = []

    def work(seed: int) -> None:
        random = np.random.default_rng(seed)
        for _ in range(100):
            name = "abcdef"[random.integers(6)]
            try:
                with manager.use(loader.spec(name)) as model:
                    over.extend([manager.used_bytes] if manager.used_bytes > 40 else [])
                    assert ("toy", name) in manager.loaded
                    assert model == name
            except OutOfMemory:
                refused.append(name)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not over
    assert not refused, "four threads with one lease each always fit"


class Leasing(RuleBasedStateMachine):
    """Leases and returns in any order: never over budget, leased models stay, refusals are right."""

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.loader = Loader()
        self.manager = ModelManager(50)
        self.held: list[tuple[str, int]] = []

    @rule(target=leases, name=st.sampled_from("abcdef"))
    def lease(self, name: str) -> tuple[ExitStack, tuple[str, int]]:
        size = {"a": 5, "b": 10, "c": 20, "d": 30, "e": 50, "f": 51}[name]
        stack, item = ExitStack(), (name, size)
        others = {other for other in self.held if other != item}
        if sum(other for _, other in others) + size > 50:
            with pytest.raises(OutOfMemory):
                stack.enter_context(self.manager.use(self.loader.spec(name, size)))
            return stack, ("", 0)
        assert stack.enter_context(self.manager.use(self.loader.spec(name, size))) == name
        self.held.append(item)
        return stack, item

    @rule(lease=consumes(leases))
    def give_back(self, lease: tuple[ExitStack, tuple[str, int]]) -> None:
        lease[0].close()
        if lease[1][0]:
            self.held.remove(lease[1])

    @rule()
    def clear(self) -> None:
        self.manager.clear()

    @invariant()
    def in_budget_and_leased_stay(self) -> None:
        assert self.manager.used_bytes <= 50
        assert {name for name, _ in self.held} <= set(names(self.manager))


TestLeasing = Leasing.TestCase


class NoMemory(Exception):
    pass


def is_no_memory(error: BaseException) -> bool:
    return isinstance(error, NoMemory)


def fits(most: int) -> Callable[[NDArray[np.uint8]], NDArray[np.int64]]:
    def run(frames: NDArray[np.uint8]) -> NDArray[np.int64]:
        if len(frames) > most:
            raise NoMemory
        return frames.astype(np.int64) * 2

    return run


@given(count=st.integers(1, 200), batch=st.integers(1, 64), most=st.integers(0, 64))
def test_the_ladder_gives_every_frame_once_and_in_order(count: int, batch: int, most: int) -> None:
    said: list[str] = []
    frames = np.arange(count).astype(np.uint8)
    doubled = smaller_batches(
        fits(most), frames, batch, is_out_of_memory=is_no_memory, say=said.append, on_cpu=lambda: fits(1)
    )
    assert doubled.tolist() == (frames.astype(np.int64) * 2).tolist()
    assert bool(said) == (most < min(batch, count))
    assert any("CPU" in text for text in said) == (most == 0)


def test_the_ladder_halves_and_frees_at_each_step() -> None:
    said: list[str] = []
    freed: list[int] = []
    smaller_batches(
        fits(3),
        np.zeros(16, np.uint8),
        16,
        is_out_of_memory=is_no_memory,
        say=said.append,
        free=lambda: freed.append(1),
    )
    assert [int("".join(filter(str.isdigit, text))) for text in said] == [8, 4, 2]
    assert len(freed) == 3


def test_the_end_of_the_ladder_is_an_error_for_people() -> None:
    with pytest.raises(OutOfMemory) as caught:
        smaller_batches(fits(0), np.zeros(4, np.uint8), 4, is_out_of_memory=is_no_memory, say=lambda text: None)
    assert caught.value.hint
    with pytest.raises(OutOfMemory):
        smaller_batches(
            fits(0),
            np.zeros(4, np.uint8),
            4,
            is_out_of_memory=is_no_memory,
            say=lambda text: None,
            on_cpu=lambda: fits(0),
        )


def test_other_errors_pass_through_the_ladder() -> None:
    def run(frames: NDArray[np.uint8]) -> NDArray[np.int64]:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        smaller_batches(
            run, np.zeros(4, np.uint8), 4, is_out_of_memory=is_no_memory, say=lambda text: None, on_cpu=lambda: fits(9)
        )
