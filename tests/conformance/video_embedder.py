"""What every `VideoEmbedder` must keep to. `check_video_embedder` raises AssertionError naming what it does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vidstudio.engine.errors import Cancelled
from vidstudio.engine.ports import VideoEmbedder


def check_video_embedder(embedder: VideoEmbedder, path: Path, content_id: str, duration_us: int) -> None:
    """Unit vectors of one length for segments of the file, in order, from 0; the same again; cancelling."""
    segment_us = 2_000_000
    told: list[tuple[float, float, str]] = []
    found = embedder.embed(path, content_id, segment_us, lambda *progress: told.append(progress))
    assert embedder.name, "the model has a name"
    assert found, "a file has embeddings"
    assert {one.model for one in found} == {embedder.name}, "each says its model"
    assert {one.scope for one in found} == {"clip"}, "each is of a segment"
    assert {one.segment.content_id for one in found} == {content_id}, "each says its file"
    assert len({len(one.vector) for one in found}) == 1, "all are of one length"
    for one in found:
        assert one.vector.dtype == np.float32, f"vectors are {one.vector.dtype}"
        assert abs(np.linalg.norm(one.vector) - 1) < 1e-3, "vectors are of unit length"
    starts = [one.segment.span.start_us for one in found]
    assert starts == [number * segment_us for number in range(len(starts))], f"segments start at {starts}"
    assert duration_us - found[-1].segment.span.end_us < segment_us, "the whole file is covered but for a rest"
    assert told, "it says how far it is"
    assert all(0 <= done <= total for done, total, _ in told), "done is part of the total"
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told), "it never goes back"
    again = embedder.embed(path, content_id, segment_us, lambda *_: None)
    assert all((a.vector == b.vector).all() for a, b in zip(found, again, strict=True)), "the same again"
    _check_cancelling(embedder, path, content_id)


def _check_cancelling(embedder: VideoEmbedder, path: Path, content_id: str) -> None:
    def stop(*_progress: object) -> None:
        raise Cancelled

    try:
        embedder.embed(path, content_id, 3_000_000, stop)
    except Cancelled:
        return
    raise AssertionError("what the tick raises ends the work")
