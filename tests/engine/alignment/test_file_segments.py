"""Segments on each file's own grid, held against one another by what the alignment says is shown."""

from __future__ import annotations

import numpy as np
import pytest

from vidstudio.engine.alignment.edits.file_segments import by_alignment, by_index
from vidstudio.engine.alignment.edits.segments import require_comparable
from vidstudio.engine.errors import EngineError
from vidstudio.engine.time import US, Span
from vidstudio.engine.types import Embedding, FrameTimes, Segment

LENGTH = 2 * US


def times(seconds: float, rate: int = 10) -> FrameTimes:
    starts = np.arange(int(seconds * rate)) * US // rate
    return FrameTimes(starts, np.zeros(len(starts), bool), round(seconds * US))


def embeddings(name: str, seconds: float, vectors: list[list[float]]) -> list[Embedding]:
    spans = list(Span(0, round(seconds * US)).split(LENGTH))
    unit = [np.array(v, np.float32) / np.linalg.norm(v) for v in vectors]
    return [Embedding(Segment(name, span), vector, "m") for span, vector in zip(spans, unit, strict=False)]


X, Y, Z = [1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]


def test_the_same_grid_is_compared_one_to_one() -> None:
    a, b = embeddings("a", 6, [X, Y, Z]), embeddings("b", 6, [X, Z, Z])
    found = by_alignment(a, b, times(6), times(6), np.arange(60, dtype=np.int32), LENGTH)
    assert [one.cosine for one in found] == pytest.approx([0, 1, 0], abs=1e-6)
    assert found[1].euclidean == pytest.approx(2**0.5)
    assert [(one.pair.a, one.pair.b) for one in found] == [(s, s) for s in Span(0, 6 * US).split(LENGTH)]


def test_a_shifted_grid_takes_the_parts_by_their_share() -> None:
    """B lacks A's first half second: its segments show 3/4 of one of A's and 1/4 of the next."""
    a = embeddings("a", 8, [X, Y, X, Y])
    frame_map = np.arange(5, 80, dtype=np.int32)
    mixed = np.array([0.75, 0.25, 0])
    b = embeddings("b", 7.5, [mixed.tolist(), [0.25, 0.75, 0], mixed.tolist(), Y])
    found = [one for one in by_alignment(a, b, times(8), times(7.5), frame_map, LENGTH) if one.pair.b]
    assert [one.cosine for one in found] == pytest.approx([0, 0, 0, 0], abs=1e-6)
    assert found[0].pair.a == Span(500_000, 2_500_000)


def test_what_is_new_has_no_counterpart_and_what_is_gone_is_listed() -> None:
    a, b = embeddings("a", 6, [X, Y, Z]), embeddings("b", 6, [X, Y, Y])
    frame_map = np.concatenate([np.arange(20), np.full(20, -1), np.arange(40, 60)]).astype(np.int32)
    found = by_alignment(a, b, times(6), times(6), frame_map, LENGTH)
    assert [(one.pair.a is not None, one.pair.b is not None) for one in found] == [
        (True, True), (False, True), (True, False), (True, True),
    ]  # fmt: skip
    assert found[3].cosine == pytest.approx(1)


def test_a_rest_without_a_vector_has_a_counterpart_but_no_distance() -> None:
    a, b = embeddings("a", 5, [X, Y]), embeddings("b", 5, [X, Y])
    for found in (
        by_alignment(a, b, times(5), times(5), np.arange(50, dtype=np.int32), LENGTH),
        by_index(a, b, 5 * US, 5 * US, LENGTH),
    ):
        assert [one.cosine for one in found] == [0, 0, None]
        assert found[2].pair.a == found[2].pair.b == Span(4 * US, 5 * US)


def test_by_index_lists_what_is_left_over() -> None:
    a, b = embeddings("a", 4, [X, Y]), embeddings("b", 6, [Y, Y, Z])
    found = by_index(a, b, 4 * US, 6 * US, LENGTH)
    assert [one.cosine for one in found] == pytest.approx([1, 0, None])
    assert found[2].pair.a is None


def test_opposite_vectors_do_not_cancel_out() -> None:
    a = embeddings("a", 4, [X, [-1.0, 0, 0]])
    b = embeddings("b", 2, [X])
    frame_map = np.concatenate([np.arange(10), np.arange(20, 30)]).astype(np.int32)
    found = [one for one in by_alignment(a, b, times(4), times(2), frame_map, LENGTH) if one.pair.b]
    assert found[0].cosine in (pytest.approx(0), pytest.approx(2))


@pytest.mark.parametrize(
    "other",
    [
        Embedding(Segment("b", Span(0, LENGTH)), np.array(X, np.float32), "another model"),
        Embedding(Segment("b", Span(0, LENGTH)), np.array([1.0, 0], np.float32), "m"),
        Embedding(Segment("b", Span(0, LENGTH)), np.array(X, np.float32), "m", "video"),
    ],
)
def test_unlike_things_are_never_compared(other: Embedding) -> None:
    one = embeddings("a", 2, [X])
    require_comparable(one, one)
    require_comparable([], [])
    with pytest.raises(EngineError, match="cannot be compared"):
        require_comparable(one, [other])


def test_a_vector_of_the_whole_video_says_nothing_of_segments() -> None:
    whole = Embedding(Segment("a", Span(0, LENGTH)), np.array(X, np.float32), "m", "video")
    with pytest.raises(EngineError, match="whole video"):
        require_comparable([whole], [whole])
