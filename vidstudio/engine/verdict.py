"""Whether two versions differ, under a threshold: the decision that scores alone do not make."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vidstudio.engine.types import Comparison, Edit, EditKind, Metric


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say in one line.

    different: any edit that is not "same", or a matched pair of segments over the threshold.
    counts: edits of each kind but "same", kinds that do not occur left out.
    over: matched pairs of segments whose distance is over the threshold.
    same_us, b_us: time of B that shows what A shows, and all of B.
    """

    different: bool
    counts: tuple[tuple[EditKind, int], ...]
    over: int
    same_us: int
    b_us: int

    @property
    def sentence(self) -> str:
        """For people: `Different: 1 inserted, 2 changed` or `No differences`."""
        if not self.different:
            return "No differences"
        if self.counts:
            return "Different: " + ", ".join(f"{count} {kind}" for kind, count in self.counts)
        return f"Different: {self.over} segment{'s' if self.over != 1 else ''} over the threshold"

    @property
    def same_share(self) -> float:
        """Share of B's time that is the same as in A, 0..1."""
        return self.same_us / self.b_us if self.b_us else 0.0


KINDS: tuple[EditKind, ...] = ("changed", "inserted", "removed", "moved", "retimed", "same")
"""Every kind of edit, the ones people look for first."""


def verdict(comparison: Comparison, metric: Metric, threshold: float) -> Verdict:
    """Weigh a comparison's scores with one threshold in one metric."""
    counts = {kind: sum(edit.kind == kind for edit in comparison.edits) for kind in KINDS if kind != "same"}
    distances = [segment.distance(metric) for segment in comparison.segments]
    over = sum(distance is not None and distance > threshold for distance in distances)
    same = sum(edit.b.duration_us for edit in comparison.edits if edit.kind == "same" and edit.b)
    return Verdict(
        different=any(counts.values()) or over > 0,
        counts=tuple((kind, count) for kind, count in counts.items() if count),
        over=over,
        same_us=same,
        b_us=comparison.b.duration_us,
    )


def is_different(comparison: Comparison, metric: Metric, threshold: float) -> bool:
    """Whether B is not simply A again: any edit but "same", or a pair of segments over the threshold."""
    return verdict(comparison, metric, threshold).different


def edit_distance(edit: Edit, metric: Metric) -> float | None:
    """An edit's distance in one metric; edits store cosine, and unit vectors make the other one of it."""
    if edit.distance is None or metric == "cosine":
        return edit.distance
    return math.sqrt(max(0.0, 2 * edit.distance))
