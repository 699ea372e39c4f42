"""A comparison made ready to be shown under a person's rules: worked out once, in any thread. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vidstudio.engine.alignment.edits.timemap import TimeMap, aligned_map, clock_map
from vidstudio.engine.ignore.applying import applied, with_ignored
from vidstudio.engine.ignore.rules import Ignore
from vidstudio.engine.types import Comparison, Edit, Metric
from vidstudio.engine.verdict import decided
from vidstudio.ui.state.layout import Layout, edit_ends, lay_out

LARGE = 2000
"""Edits and segments from which on a comparison is laid out by a worker: before, it takes less than a frame's time."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided that edits hang on. metric, threshold: see `verdict.decided`."""

    ignore: Ignore = field(default_factory=Ignore)
    show_ignored: bool = False
    metric: Metric = "cosine"
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A comparison with all that is worked out of it once for some decisions.

    comparison: as it was found. seen: decided, and under the rules of what is ignored. edits: those that are shown,
    in the order of the layout; with `show_ignored` what is ignored is among them.
    """

    comparison: Comparison
    seen: Comparison
    edits: tuple[Edit, ...]
    time_map: TimeMap
    layout: Layout
    decisions: Decisions


def is_large(comparison: Comparison) -> bool:
    """Whether laying it out takes longer than the window may wait."""
    return len(comparison.edits) + len(comparison.segments) >= LARGE


def prepare(comparison: Comparison, decisions: Decisions) -> Prepared:
    """Lay a comparison out. Takes a second for 100,000 edits; may be called in any thread."""
    ignore, whole = decisions.ignore, decided(comparison, decisions.metric, decisions.threshold)
    seen = applied(whole, ignore)
    edits, flags = with_ignored(whole, ignore) if ignore and decisions.show_ignored else (seen.edits, ())
    if comparison.aligned:
        time_map = aligned_map(edits, comparison.a, comparison.b)
    else:  # both sides run at the same time whatever the threshold, also where a last segment is shorter
        time_map = clock_map((comparison.a.duration_us, comparison.b.duration_us), edit_ends(edits).tolist())
    layout = lay_out(replace(seen, edits=edits), time_map, flags)
    return Prepared(comparison, seen, edits, time_map, layout, decisions)


@dataclass(frozen=True, slots=True)
class IgnoreDecision:
    """What is ignored from now on in the comparison of A and B (content ids)."""

    a: str
    b: str
    ignore: Ignore
