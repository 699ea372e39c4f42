"""How much room sealed results take, and which of them may go: whatever nobody's project or work needs any more."""

from __future__ import annotations

from dataclasses import dataclass

from vidstudio.engine.stage import Call, call_name
from vidstudio.engine.store.calls import each
from vidstudio.engine.store.store import Store


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes that results take, how many of these projects and waiting work need, and the limit (0: none)."""

    used_bytes: int
    needed_bytes: int
    limit_bytes: int


def space(store: Store) -> Space:
    """How it is now."""
    results = store.results
    return Space(results.size(), results.size_of(_needed(store)), store.settings.load().results_limit_bytes)


def trim(store: Store, limit_bytes: int | None = None, wanted: Call | None = None) -> int:
    """Bring results within the user's limit (or another), those used longest ago first. Returns the bytes freed.

    What a project shows, what queued and running jobs build on, and that of `wanted` stays whatever it takes.
    """
    limit = store.settings.load().results_limit_bytes if limit_bytes is None else limit_bytes
    if limit <= 0 or store.results.size() <= limit:
        return 0
    return store.results.evict(limit, _needed(store) | ({call_name(wanted)} if wanted is not None else set()))


def clear(store: Store) -> int:
    """Take out all that is not needed, and what dead processes left. Returns the bytes that were freed."""
    store.results.clear_unsealed()
    return store.results.evict(0, _needed(store))


def _needed(store: Store) -> set[str]:
    """Names of the calls whose results must stay."""
    names: set[str] = set()
    for project in store.projects.recent(limit=-1):
        names |= {call_name(record.call) for record in store.projects.comparisons(project.id)}
    for job in store.jobs.recent(limit=-1):
        if job.state in ("queued", "running"):
            known: dict[int, str] = {}
            names |= {call_name(call, known) for call in each(job.call)}
    return names
