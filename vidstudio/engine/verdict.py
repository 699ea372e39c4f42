"""Whether two versions differ, under a threshold: the decisions that scores alone do not make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from vidstudio.engine.ignore.applying import quiet_segments
from vidstudio.engine.time import Span
from vidstudio.engine.types import Comparison, Difference, Edit, EditKind, Metric


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say in one line.

    different: any edit that is not "same", or a matched pair of segments over the threshold.
    counts: edits of each kind but "same", kinds that do not occur left out.
    over: matched pairs of segments whose distance is over the threshold, those that show ignored material left out.
    same_us, b_us: time of B that shows what A shows, and all of B. aligned: as in `Comparison`.
    """

    different: bool
    counts: tuple[tuple[EditKind, int], ...]
    over: int
    same_us: int
    b_us: int
    aligned: bool = True

    @property
    def sentence(self) -> str:
        """For people: `Different: 1 inserted, 2 changed` or `No differences`."""
        if not self.different:
            return "No differences"
        if self.counts:
            words: dict[str, int] = {}
            for kind, count in self.counts:
                word = kind_word(kind, self.aligned)
                words[word] = words.get(word, 0) + count
            return "Different: " + ", ".join(f"{count} {word}" for word, count in words.items())
        return f"Different: {self.over} segment{'s' if self.over != 1 else ''} over the threshold"

    @property
    def same_share(self) -> float:
        """Share of B's time that is the same as in A, 0..1."""
        return self.same_us / self.b_us if self.b_us else 0.0


KINDS: tuple[EditKind, ...] = ("changed", "inserted", "removed", "moved", "retimed", "same")
"""Every kind of edit, the ones people look for first."""


def is_surplus(kind: EditKind, aligned: bool) -> bool:
    """Whether a kind is only what the longer one goes on with; nothing says that the other lacks it."""
    return not aligned and kind in ("inserted", "removed")


def kind_word(kind: EditKind, aligned: bool) -> str:
    """A kind as a person is told."""
    return "surplus" if is_surplus(kind, aligned) else kind


def is_over(distance: float | None, threshold: float) -> bool:
    """Whether a segment counts as different: its distance is greater than the threshold. False without a pair."""
    return distance is not None and distance > threshold


def hangs_on_threshold(comparison: Comparison) -> bool:
    """Whether the edit list is another one at another threshold: that of the plain rule is (see `decided`)."""
    return not comparison.aligned and not comparison.edits


def decided(comparison: Comparison, metric: Metric, threshold: float) -> Comparison:
    """The comparison with the edit list that a threshold gives.

    An aligned one has its own, whatever the threshold, and one that was decided keeps what it has. The
    plain rule "segment i against segment i" (`aligned=False`) calls a segment changed when it is over the
    threshold, and one without a counterpart inserted or removed, that is surplus; it is sure of nothing.
    """
    if not hangs_on_threshold(comparison):
        return comparison
    return replace(comparison, edits=tuple(_index_edits(comparison.segments, metric, threshold)))


def _index_edits(segments: Sequence[Difference], metric: Metric, threshold: float) -> list[Edit]:
    """One edit for each run of segments of the same kind."""

    def kind(one: Difference) -> EditKind:
        if one.pair.a is None:
            return "inserted"
        if one.pair.b is None:
            return "removed"
        return "changed" if is_over(one.distance(metric), threshold) else "same"

    edits = []
    for of_kind, group in groupby(segments, kind):
        run = list(group)
        distances = [one.cosine for one in run if one.cosine is not None]
        edits.append(
            Edit(
                of_kind,
                _cover([one.pair.a for one in run]),
                _cover([one.pair.b for one in run]),
                change=("picture",) if of_kind == "changed" else (),
                distance=max(distances, default=None),
                confidence=None,
            )
        )
    return edits


def _cover(spans: Sequence[Span | None]) -> Span | None:
    present = [span for span in spans if span is not None]
    return Span(present[0].start_us, present[-1].end_us) if present else None


def verdict(comparison: Comparison, metric: Metric, threshold: float) -> Verdict:
    """Weigh a comparison's scores with one threshold in one metric."""
    edits = decided(comparison, metric, threshold).edits
    counts = {kind: sum(edit.kind == kind for edit in edits) for kind in KINDS if kind != "same"}
    quiet = quiet_segments(comparison)
    over = sum(
        is_over(segment.distance(metric), threshold)
        for segment, is_quiet in zip(comparison.segments, quiet, strict=True)
        if not is_quiet
    )
    same = sum(edit.b.duration_us for edit in edits if edit.kind == "same" and edit.b)
    return Verdict(
        different=any(counts.values()) or over > 0,
        counts=tuple((kind, count) for kind, count in counts.items() if count),
        over=over,
        same_us=same,
        b_us=comparison.b.duration_us,
        aligned=comparison.aligned,
    )


def as_metric(cosine: float, metric: Metric) -> float:
    """A cosine distance of unit vectors in one metric: their euclidean distance is the root of twice it."""
    return cosine if metric == "cosine" else math.sqrt(max(0.0, 2 * cosine))


def edit_distance(edit: Edit, metric: Metric) -> float | None:
    """An edit's distance in one metric; edits store cosine."""
    return None if edit.distance is None else as_metric(edit.distance, metric)
