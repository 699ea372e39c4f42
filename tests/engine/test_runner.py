from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vidstudio.engine.paths import Paths
from vidstudio.engine.runner import Runner
from vidstudio.engine.stage import Call, Env, Progress, Stage
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span


@dataclass(frozen=True, slots=True)
class Number:
    value: int


@dataclass(frozen=True, slots=True)
class Add:
    to: int = 0


@dataclass
class Toy:
    """Stages that count how often they run."""

    ran: list[str] = field(default_factory=list)

    def part(self, inputs: tuple[str, ...], params: Add, span: Span | None, env: Env) -> Iterator[Number]:
        self.ran.append(f"part {span.start_us if span else '-'}")
        for number in range(4):
            env.tick(number, 4, "parts")
        yield Number(params.to + (span.start_us if span else 0))

    def total(self, inputs: tuple[str, ...], params: Add, span: Span | None, env: Env) -> Iterator[Number]:
        self.ran.append("total")
        count = params.to
        yield Number(sum(env.needed(number)[0].value for number in range(count)))

    def stages(self) -> dict[str, Stage]:
        return {
            "part": Stage("part", 1, Add, Number, self.part),
            "total": Stage("total", 1, Add, Number, self.total, weight=2.0),
        }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(Paths(tmp_path / "data", tmp_path / "models", tmp_path / "logs")) as store:
        yield store


def plan(parts: int) -> Call:
    return Call(
        "total",
        (),
        {"to": parts},
        needs=tuple(Call("part", (), {"to": 1}, Span(n * 10, n * 10 + 10)) for n in range(parts)),
    )


def test_results_and_cache(store: Store) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    told: list[Progress] = []
    assert not runner.done(plan(3))
    assert runner.load(plan(3)) is None
    assert runner.run(plan(3), told.append) == [Number(0 + 10 + 20 + 3)]
    assert toy.ran == ["part 0", "part 10", "part 20", "total"]
    assert runner.run(plan(3)) == [Number(33)]
    assert len(toy.ran) == 4
    assert runner.done(plan(3))
    fractions = [p.fraction for p in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
