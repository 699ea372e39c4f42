import numpy as np
import pytest

from vidstudio.engine.alignment.edits.segments import by_alignment, by_index, difference
from vidstudio.engine.time import US, Span
from vidstudio.engine.types import Embedding, FrameTimes, Pair, Segment


def _unit(*values: float) -> np.ndarray:
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def _embeddings(vectors: list[np.ndarray], seconds: int = 2) -> list[Embedding]:
    spans = [Span(i * seconds * US, (i + 1) * seconds * US) for i in range(len(vectors))]
    return [Embedding(Segment("x", span), v, "m") for span, v in zip(spans, vectors, strict=True)]


def _times(seconds: int) -> FrameTimes:
    starts = np.arange(seconds * 10, dtype=np.int64) * 100_000
    return FrameTimes(starts, np.ones(len(starts), bool), seconds * US)


X, Y, Z = _unit(1, 0, 0), _unit(0, 1, 0), _unit(0, 0, 1)


def test_distances_of_unit_vectors() -> None:
    pair = Pair(Span(0, 1), Span(0, 1))
    assert difference(pair, X, X).cosine == 0
    assert difference(pair, X, Y).cosine == pytest.approx(1)
    assert difference(pair, X, Y).euclidean == pytest.approx(2**0.5)
    assert difference(pair, X, -X).cosine == pytest.approx(2)
    assert difference(pair, None, X).cosine is None


def test_by_index_leaves_surplus_without_a_counterpart() -> None:
    found = by_index(_embeddings([X, Y]), _embeddings([X, X, Z]))
    assert [one.cosine for one in found] == [0, pytest.approx(1), None]
    assert found[2].pair.a is None


def test_aligned_segments_meet_their_counterparts_and_the_rest_is_listed() -> None:
    # B lacks A's second segment and has a new one at its end
    frame_map = np.concatenate([np.arange(20), np.arange(40, 60), np.full(20, -1)]).astype(np.int32)
    a, b = _embeddings([X, Z]), _embeddings([X, _unit(0, 1, 1)])
    found = by_alignment(a, b, _times(6), _times(6), frame_map, 2 * US)
    assert [(one.pair.a, one.pair.b, one.cosine) for one in found] == [
        (Span(0, 2 * US), Span(0, 2 * US), 0),
        (Span(2 * US, 4 * US), None, None),
        (Span(4 * US, 6 * US), Span(2 * US, 4 * US), pytest.approx(1 - 0.5**0.5)),
        (None, Span(4 * US, 6 * US), None),
    ]


def test_off_a_s_grid_the_counterpart_is_where_it_is() -> None:
    frame_map = (np.arange(20) + 15).astype(np.int32)
    found = by_alignment(_embeddings([X]), _embeddings([X]), _times(4), _times(2), frame_map, 2 * US)
    assert found[0].pair.a == Span(1_500_000, 3_500_000)
