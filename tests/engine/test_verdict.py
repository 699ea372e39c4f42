"""What counts as different."""

from __future__ import annotations

import math
from dataclasses import replace

import comparisons
from hypothesis import given
from hypothesis import strategies as st

from vidstudio.engine.types import Comparison, Difference, Edit, Metric, Pair
from vidstudio.engine.verdict import decided, edit_distance, is_over, kind_word, verdict


def test_edits_count_whatever_the_threshold() -> None:
    said = verdict(comparisons.comparison(), "cosine", 2.0)
    assert said.different
    assert dict(said.counts) == {"changed": 2, "inserted": 2, "removed": 1, "moved": 1, "retimed": 1}
    assert said.over == 0
    assert said.sentence == "Different: 2 changed, 2 inserted, 1 removed, 1 moved, 1 retimed"
    assert said.same_share == 100 / 520


def different(comparison: Comparison, metric: Metric, threshold: float) -> bool:
    return verdict(comparison, metric, threshold).different


def test_segments_count_when_over_the_threshold_of_their_metric() -> None:
    made = comparisons.unchanged()
    assert not different(made, "cosine", 0.1)
    pair = Difference(Pair(comparisons.span(0, 50), comparisons.span(0, 50)), 0.2, math.sqrt(0.4))
    made = replace(made, segments=(*made.segments, pair))
    assert different(made, "cosine", 0.1)
    assert not different(made, "cosine", 0.2)
    assert different(made, "euclidean", 0.6)
    assert not different(made, "euclidean", 0.64)
    assert verdict(made, "cosine", 0.1).sentence == "Different: 1 segment over the threshold"


@given(st.floats(0, math.pi))
def test_both_metrics_say_the_same_of_unit_vectors(angle: float) -> None:
    edit = Edit("changed", comparisons.span(0, 1), comparisons.span(0, 1), distance=1 - math.cos(angle))
    distance = edit_distance(edit, "euclidean")
    assert distance is not None
    assert abs(distance - math.hypot(1 - math.cos(angle), math.sin(angle))) < 1e-6


def test_without_alignment_the_threshold_decides_what_changed() -> None:
    spans = [comparisons.span(n * 50, n * 50 + 50) for n in range(4)]
    segments = (
        Difference(Pair(spans[0], spans[0]), 0.0, 0.0),
        Difference(Pair(spans[1], spans[1]), 0.2, math.sqrt(0.4)),
        Difference(Pair(spans[2], spans[2]), 0.5, 1.0),
        Difference(Pair(None, spans[3]), None, None),
    )
    plain = replace(comparisons.unchanged(), aligned=False, edits=(), segments=segments)

    def kinds(metric: Metric, threshold: float) -> list[tuple[str, int]]:
        edits = decided(plain, metric, threshold).edits
        return [(edit.kind, (edit.b or spans[0]).duration_us // spans[0].duration_us) for edit in edits]

    assert kinds("cosine", 0.1) == [("same", 1), ("changed", 2), ("inserted", 1)]
    assert kinds("cosine", 0.3) == [("same", 2), ("changed", 1), ("inserted", 1)]
    assert kinds("euclidean", 0.7) == kinds("cosine", 0.3)
    assert kinds("cosine", 2) == [("same", 3), ("inserted", 1)]


def test_equal_to_the_threshold_is_not_over_it() -> None:
    assert [is_over(distance, 0.1) for distance in (None, 0.0, 0.1, 0.1001)] == [False, False, False, True]
    assert not is_over(0.0, 0.0)


def test_what_is_left_over_at_equal_times_is_surplus_and_sure_of_nothing() -> None:
    made = comparisons.surplus()
    assert verdict(made, "cosine", 0.1).sentence == "Different: 1 changed, 1 surplus"
    assert [edit.confidence for edit in made.edits] == [None] * 3
    assert kind_word("inserted", aligned=True) == "inserted"
    assert [kind_word(kind, aligned=False) for kind in ("inserted", "removed", "changed")] == ["surplus"] * 2 + [
        "changed"
    ]
