"""A comparison made ready to be shown under a person's rules: worked out once, in any thread. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vidstudio.engine.alignment.timemap import TimeMap, aligned_map
from vidstudio.engine.ignore import Ignore, applied, with_ignored
from vidstudio.engine.types import Comparison, Edit
from vidstudio.ui.state.layout import Layout, lay_out

LARGE = 2000
"""Edits and segments from which on a comparison is laid out by a worker: before, it takes less than a frame's time."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A comparison with all that is worked out of it once.

    comparison: as it was found. seen: under the rules of `ignore`. edits: those that are shown, one a row of
    the layout; with `show_ignored` what is ignored is among them.
    """

    comparison: Comparison
    seen: Comparison
    edits: tuple[Edit, ...]
    time_map: TimeMap
    layout: Layout
    ignore: Ignore = field(default_factory=Ignore)
    show_ignored: bool = False


def is_large(comparison: Comparison) -> bool:
    """Whether laying it out takes longer than the window may wait."""
    return len(comparison.edits) + len(comparison.segments) >= LARGE


def prepare(comparison: Comparison, ignore: Ignore | None = None, show_ignored: bool = False) -> Prepared:
    """Lay a comparison out. Takes a second for 100,000 edits; may be called in any thread."""
    ignore = ignore or Ignore()
    seen = applied(comparison, ignore)
    edits, flags = with_ignored(comparison, ignore) if ignore and show_ignored else (seen.edits, ())
    time_map = aligned_map(edits, comparison.a, comparison.b)
    layout = lay_out(replace(seen, edits=edits), time_map, flags)
    return Prepared(comparison, seen, edits, time_map, layout, ignore, show_ignored)


@dataclass(frozen=True, slots=True)
class IgnoreDecision:
    """What is ignored from now on in the comparison of A and B (content ids)."""

    a: str
    b: str
    ignore: Ignore
