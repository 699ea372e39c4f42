from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from counted_stages import toy_paths

from vidstudio.engine.stage import Call, call_key, call_name
from vidstudio.engine.store.space import Space, clear, space, trim
from vidstudio.engine.store.store import Store


def call(name: str, *needs: Call) -> Call:
    return Call("s", (name,), needs=needs)


def seal(store: Store, one: Call) -> str:
    key = call_key(one, {"s": 1})
    store.results.write(key, "s", iter([bytes(500)]), call_name(one))
    return key


def test_projects_and_waiting_work_keep_their_results(tmp_path: Path) -> None:
    with Store(toy_paths(tmp_path)) as store:
        below, part = call("below"), call("part")
        shown, waiting = call("shown", below), call("waiting", part)
        keys = {one.inputs[0]: seal(store, one) for one in (shown, waiting, part, below, call("other"))}
        project = store.projects.create("p")
        store.projects.add_comparison(project.id, "a", "b", shown)
        job = store.jobs.submit("compare", "t", waiting, "cpu")
        store.settings.save(replace(store.settings.load(), results_limit_bytes=1))
        assert space(store) == Space(2500, 1500, 1)
        assert trim(store) == 1000
        assert {name for name, key in keys.items() if store.results.has(key)} == {"shown", "waiting", "part"}
        store.jobs.cancel(job.id)
        assert trim(store, 0) == 0
        assert clear(store) == 1000
        assert store.results.has(keys["shown"])
        assert space(store) == Space(500, 500, 1)
