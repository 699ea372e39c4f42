"""What counts as different."""

from __future__ import annotations

import math
from dataclasses import replace

import comparisons
from hypothesis import given
from hypothesis import strategies as st

from vidstudio.engine.types import Difference, Edit, Pair
from vidstudio.engine.verdict import edit_distance, is_different, verdict


def test_edits_count_whatever_the_threshold() -> None:
    said = verdict(comparisons.comparison(), "cosine", 2.0)
    assert said.different
    assert dict(said.counts) == {"changed": 2, "inserted": 2, "removed": 1, "moved": 1, "retimed": 1}
    assert said.over == 0
    assert said.sentence == "Different: 2 changed, 2 inserted, 1 removed, 1 moved, 1 retimed"
    assert said.same_share == 100 / 520


def test_segments_count_when_over_the_threshold_of_their_metric() -> None:
    made = comparisons.unchanged()
    assert not is_different(made, "cosine", 0.1)
    pair = Difference(Pair(comparisons.span(0, 50), comparisons.span(0, 50)), 0.2, math.sqrt(0.4))
    made = replace(made, segments=(*made.segments, pair))
    assert is_different(made, "cosine", 0.1)
    assert not is_different(made, "cosine", 0.2)
    assert is_different(made, "euclidean", 0.6)
    assert not is_different(made, "euclidean", 0.64)
    assert verdict(made, "cosine", 0.1).sentence == "Different: 1 segment over the threshold"


@given(st.floats(0, math.pi))
def test_both_metrics_say_the_same_of_unit_vectors(angle: float) -> None:
    edit = Edit("changed", comparisons.span(0, 1), comparisons.span(0, 1), distance=1 - math.cos(angle))
    distance = edit_distance(edit, "euclidean")
    assert distance is not None
    assert abs(distance - math.hypot(1 - math.cos(angle), math.sin(angle))) < 1e-6
