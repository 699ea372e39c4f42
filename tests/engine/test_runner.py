from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import shot, write_clip
from counted_stages import Nothing, Numbers, PartParams, Toy, plan, toy_paths

from vidstudio.engine.errors import Cancelled, ChangedMedia, EngineError, MissingMedia
from vidstudio.engine.media.probe import probe
from vidstudio.engine.runner import Runner
from vidstudio.engine.settings import Settings
from vidstudio.engine.stage import Call, Env, Progress, Stage, call_key
from vidstudio.engine.store.calls import each
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(toy_paths(tmp_path)) as store:
        yield store


def expected(parts: int) -> list[int]:
    total = np.zeros(50, np.int64)
    for number in range(parts):
        total += np.random.default_rng(1 + number * 10).integers(0, 1000, 50)
    return total.tolist()


def files(store: Store) -> list[Path]:
    return [file for file in store.paths.artifacts.rglob("*") if file.is_file()]


def artifact(store: Store, toy: Toy, call: Call) -> Path:
    key = call_key(call, {name: stage.version for name, stage in toy.stages().items()})
    return store.paths.artifacts / key[:2] / key


def test_needs_run_first_and_once(store: Store) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    assert not runner.done(plan(3))
    assert runner.load(plan(3)) is None
    (result,) = runner.run(plan(3))
    assert result.values.tolist() == expected(3)
    assert result.span == Span(0, 30)
    assert toy.ran == ["part 0", "part 10", "part 20", "total"]
    assert runner.done(plan(3))
    assert runner.load(plan(3))[0].values.tolist() == expected(3)  # type: ignore[index]
    # new objects of the same calls, and one that is longer
    assert runner.run(plan(3))[0].values.tolist() == expected(3)
    assert len(toy.ran) == 4
    runner.run(plan(4))
    assert toy.ran[4:] == ["part 30", "total"]


def test_a_call_that_is_forgotten_runs_again_without_what_it_needs(store: Store) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    runner.run(plan(2))
    runner.forget(plan(2))
    assert not runner.done(plan(2))
    assert runner.run(plan(2))[0].values.tolist() == expected(2)
    assert toy.ran == ["part 0", "part 10", "total", "total"]


def test_survives_reopening(tmp_path: Path) -> None:
    toy = Toy()
    for _ in range(2):
        with Store(toy_paths(tmp_path)) as store:
            assert Runner(toy.stages(), store).run(plan(2))[0].values.tolist() == expected(2)
    assert len(toy.ran) == 3


def test_equal_needs_run_once(store: Store) -> None:
    toy = Toy()
    part = plan(1).needs[0]
    (result,) = Runner(toy.stages(), store).run(Call("total", (), needs=(part, replace(part), part)))
    assert toy.ran == ["part 0", "total"]
    assert result.values.tolist() == [3 * value for value in expected(1)]


def test_sealed_result_needs_no_needs(store: Store) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    runner.run(plan(3))
    for need in plan(3).needs:
        artifact(store, toy, need).unlink()
    runner.run(plan(3))
    assert len(toy.ran) == 4


def test_newer_version_of_a_stage_runs_again(store: Store) -> None:
    toy = Toy()
    Runner(toy.stages(), store).run(plan(2))
    newer = {**toy.stages(), "part": replace(toy.stages()["part"], version=2)}
    Runner(newer, store).run(plan(2))
    assert toy.ran == ["part 0", "part 10", "total"] * 2


@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "longer"])
@pytest.mark.parametrize("which", ["part", "total"])
def test_damaged_results_are_made_anew(store: Store, harm: str, which: str) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    runner.run(plan(3))
    toy.ran.clear()
    file = artifact(store, toy, plan(3) if which == "total" else plan(3).needs[1])
    data = file.read_bytes()
    if which == "part":
        artifact(store, toy, plan(3)).unlink()
    if harm == "cut":
        file.write_bytes(data[:-5])
    elif harm == "flip":
        file.write_bytes(data[:-5] + bytes(byte ^ 1 for byte in data[-5:]))
    elif harm == "gone":
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(data + b"x")
    told: list[Progress] = []
    (result,) = runner.run(plan(3), told.append)
    assert result.values.tolist() == expected(3)
    assert set(toy.ran) == ({"total"} if which == "total" else {"part 10", "total"})
    assert [p.fraction for p in told] == sorted(p.fraction for p in told)
    assert runner.load(plan(3)) is not None


def test_progress_is_weighted(store: Store) -> None:
    toy = Toy()
    told: list[Progress] = []
    # parts of 10, 30 and 20 us weigh 3 together, the total weighs 2
    spans = (Span(0, 10), Span(10, 40), Span(40, 60))
    call = Call("total", (), needs=tuple(Call("part", (), {}, span) for span in spans))
    runner = Runner(toy.stages(), store)
    runner.run(call, told.append)
    fractions = [p.done for p in told]
    assert all(p.total == 1 for p in told)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    for start in (0, 0.1, 0.4, 0.6):
        assert any(abs(fraction - start) < 1e-9 for fraction in fractions)
    # half of the second part
    assert any(abs(fraction - 0.25) < 1e-9 for fraction in fractions)
    assert {p.note for p in told} == {"", "adding"}


def test_progress_begins_where_it_was_left(store: Store) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    for need in plan(4).needs[:3]:
        runner.run(need)
    told: list[Progress] = []
    runner.run(plan(4), told.append)
    assert told[0].done == pytest.approx(3 / 6)


def test_cancel_leaves_nothing_unsealed_and_goes_on_later(store: Store) -> None:
    closed = []

    def part(inputs: tuple[str, ...], params: PartParams, span: Span | None, env: Env) -> Iterator[Numbers]:
        try:
            for result in toy.part(inputs, params, span, env):
                yield result
                env.tick(4, 4)
        finally:
            closed.append(span)

    toy = Toy()
    stages = {**toy.stages(), "part": Stage("part", 1, PartParams, Numbers, part)}
    runner = Runner(stages, store)
    ticks = 0

    def cancelled() -> bool:
        nonlocal ticks
        ticks += 1
        return ticks == 12

    with pytest.raises(Cancelled):
        runner.run(plan(3), cancelled=cancelled)
    assert toy.ran == ["part 0", "part 10"]
    assert closed == [Span(0, 10), Span(10, 20)]
    assert len(files(store)) == 1
    assert runner.run(plan(3))[0].values.tolist() == expected(3)
    assert toy.ran[2:] == ["part 10", "part 20", "total"]


def test_a_failing_stage_seals_nothing(store: Store) -> None:
    def broken(inputs: tuple[str, ...], params: Nothing, span: Span | None, env: Env) -> Iterator[Numbers]:
        yield Numbers(Span(0, 1), np.arange(3))
        raise EngineError("no", "why")

    runner = Runner({"broken": Stage("broken", 1, Nothing, Numbers, broken)}, store)
    with pytest.raises(EngineError, match="no why"):
        runner.run(Call("broken", ()))
    assert files(store) == []
    assert not runner.done(Call("broken", ()))


def test_no_results_is_a_result(store: Store) -> None:
    ran = []

    def empty(inputs: tuple[str, ...], params: Nothing, span: Span | None, env: Env) -> Iterator[Numbers]:
        ran.append(1)
        yield from ()

    runner = Runner({"empty": Stage("empty", 1, Nothing, Numbers, empty)}, store)
    assert runner.run(Call("empty", ())) == []
    assert runner.run(Call("empty", ())) == []
    assert runner.load(Call("empty", ())) == []
    assert ran == [1]


def test_params_come_as_the_stages_dataclass(store: Store) -> None:
    @dataclass(frozen=True, slots=True)
    class Params:
        pieces: tuple[Span, ...]
        name: str = "x"

    got = []

    def stage(inputs: tuple[str, ...], params: Params, span: Span | None, env: Env) -> Iterator[Numbers]:
        got.append(params)
        yield from ()

    runner = Runner({"s": Stage("s", 1, Params, Numbers, stage)}, store)
    runner.run(Call("s", (), {"pieces": [{"start_us": 1, "end_us": 2}]}))
    runner.run(Call("s", (), {"pieces": (Span(1, 2),)}))
    assert got == [Params((Span(1, 2),))]
    with pytest.raises(TypeError, match=r"stage s does not take the parameters.*pieces"):
        runner.run(Call("s", (), {"pieces": "no"}))
    with pytest.raises(TypeError, match="stage s"):
        runner.run(Call("s", (), {}))


def test_unknown_stage_is_said(store: Store) -> None:
    runner = Runner(Toy().stages(), store)
    for ask in (runner.run, runner.done, runner.load):
        with pytest.raises(EngineError, match="no 'gone'"):
            ask(Call("total", (), needs=(Call("gone", ()),)))


def test_missing_media_is_said(store: Store) -> None:
    def stage(inputs: tuple[str, ...], params: Nothing, span: Span | None, env: Env) -> Iterator[Numbers]:
        env.media(inputs[0])
        yield from ()

    with pytest.raises(MissingMedia):
        Runner({"s": Stage("s", 1, Nothing, Numbers, stage)}, store).run(Call("s", ("0" * 32,)))


def test_only_a_few_needed_results_are_held(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    toy = Toy()
    runner = Runner(toy.stages(), store)
    loads = []
    load = store.results.load
    monkeypatch.setattr(store.results, "load", lambda key: loads.append(key) or load(key))

    def stage(inputs: tuple[str, ...], params: Nothing, span: Span | None, env: Env) -> Iterator[Numbers]:
        for _ in range(3):
            for number in (5, 6):
                yield env.needed(number)[0]
        assert len(loads) == 2

    stages = {**toy.stages(), "pick": Stage("pick", 1, Nothing, Numbers, stage)}
    runner = Runner(stages, store)
    results = runner.run(Call("pick", (), needs=plan(9).needs))
    assert [r.span.start_us for r in results] == [50, 60] * 3


class FakeModelProcess:
    def __init__(self) -> None:
        self.asked: list[tuple[str, list[list[Any]], dict[str, Path]]] = []

    def run(
        self,
        stage: Stage[Any, Any],
        call: Call,
        needed: Sequence[Sequence[Any]],
        paths: Mapping[str, Path],
        tick: Callable[[float, float, str], None],
    ) -> Iterator[Any]:
        tick(1, 2, "far away")
        self.asked.append((stage.name, [list(results) for results in needed], dict(paths)))
        yield Numbers(Span(0, 1), np.arange(3))


def test_model_process_is_asked(store: Store) -> None:
    toy = Toy()
    stages = {**toy.stages(), "model": Stage("model", 1, Nothing, Numbers, toy.total, place="model_process")}
    process = FakeModelProcess()
    call = Call("model", (), needs=plan(2).needs)
    told: list[Progress] = []
    assert Runner(stages, store, process).run(call, told.append)[0].values.tolist() == [0, 1, 2]
    ((name, needed, paths),) = process.asked
    assert name == "model"
    assert [results[0].span for results in needed] == [Span(0, 10), Span(10, 20)]
    assert paths == {}
    assert "far away" in {p.note for p in told}
    assert "total" not in toy.ran
    with pytest.raises(Cancelled):
        Runner(stages, store, process).run(Call("model", (), {}, Span(0, 1)), cancelled=lambda: True)
    with pytest.raises(TypeError, match="has none"):
        Runner(stages, store).run(Call("model", (), {}, Span(0, 2)))


def test_several_threads_at_once(store: Store) -> None:
    runner = Runner(Toy().stages(), store)
    results: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: results.append(runner.run(plan(6, sleep_s=0.004))[0].values.tolist()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected(6)] * 4


def test_shared_needs_stay_cheap(store: Store) -> None:
    # as a tree this would be 3**40 calls
    call = Call("part", (), {}, Span(0, 10))
    for number in range(40):
        call = Call("part", (), {"seed": number}, Span(0, 10), (call, call, call))
    assert len(list(each(call))) == 41
    toy = Toy()
    runner = Runner(toy.stages(), store)
    runner.run(call)
    assert len(toy.ran) == 41


def test_a_result_of_other_words_is_made_anew(store: Store) -> None:
    @dataclass(frozen=True, slots=True)
    class Other:
        text: str

    def other(inputs: tuple[str, ...], params: PartParams, span: Span | None, env: Env) -> Iterator[Other]:
        yield Other("x")

    part = plan(1).needs[0]
    Runner(Toy().stages(), store).run(part)
    # the stage was changed, and its version forgotten
    runner = Runner({"part": Stage("part", 1, PartParams, Other, other)}, store)
    assert runner.load(part) is None
    assert runner.run(part) == [Other("x")]


def test_a_disk_that_keeps_nothing_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.results, "load", lambda key: None)
    with pytest.raises(EngineError, match="damaged as soon as"):
        Runner(Toy().stages(), store).run(plan(1))


def test_models_folder_is_the_users_choice(store: Store) -> None:
    seen = []

    def stage(inputs: tuple[str, ...], params: PartParams, span: Span | None, env: Env) -> Iterator[Numbers]:
        seen.append(env.models_folder)
        yield from ()

    runner = Runner({"s": Stage("s", 1, PartParams, Numbers, stage)}, store)
    runner.run(Call("s", ()))
    store.settings.save(Settings(models_folder="/elsewhere"))
    runner.run(Call("s", (), {"seed": 2}))
    assert seen == [store.paths.models, Path("/elsewhere")]


@pytest.mark.parametrize("how", ["same size", "cut off", "replaced", "gone", "not at all"])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_sealed_of_a_file_that_changed_meanwhile(
    store: Store, tmp_path: Path, how: str, fails: bool
) -> None:
    film = write_clip(tmp_path / "film.mp4", shot(1, 5, (32, 32)))
    store.media.add(info := probe(film))

    def stage(inputs: tuple[str, ...], params: Nothing, span: Span | None, env: Env) -> Iterator[Numbers]:
        path, data = env.media(inputs[0]), film.read_bytes()
        yield Numbers(Span(0, 1), np.zeros(1, np.int64))
        match how:
            case "same size":
                path.write_bytes(bytes(len(data)))
            case "cut off":
                path.write_bytes(data[:100])
            case "replaced":
                (tmp_path / "other").write_bytes(data[::-1])
                (tmp_path / "other").replace(path)
            case "gone":
                path.unlink()
        if fails:
            raise EngineError("No picture can be decoded.")

    runner, call = Runner({"s": Stage("s", 1, Nothing, Numbers, stage)}, store), Call("s", (info.content_id,))
    if how == "not at all" and not fails:
        assert len(runner.run(call)) == 1
        return
    with pytest.raises(EngineError) as caught:
        runner.run(call)
    assert isinstance(caught.value, ChangedMedia) == (how != "not at all")
    assert not runner.done(call)
