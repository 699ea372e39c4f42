"""What the data types promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidstudio.engine.time import Span
from vidstudio.engine.types import Detections, FrameTimes


def times(gaps: list[int]) -> FrameTimes:
    starts = np.concatenate([[0], np.cumsum(gaps)]).astype(np.int64)
    return FrameTimes(starts[:-1], np.ones(len(gaps), bool), int(starts[-1]))


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50), st.data())
def test_every_moment_shows_the_frame_that_covers_it(gaps: list[int], data: st.DataObject) -> None:
    film = times(gaps)
    moment = data.draw(st.integers(0, film.duration_us - 1))
    frame = film.frame_at(moment)
    assert moment in film.span_of(frame, frame + 1)


def test_before_and_after_the_video_the_nearest_frame_is_shown() -> None:
    film = times([40, 40, 40])
    assert (film.frame_at(-5), film.frame_at(10**9)) == (0, 2)
    assert film.span_of(1, 3) == Span(40, 120)


def test_detections_of_unequal_lengths_are_refused() -> None:
    boxes, score, kind = np.zeros((2, 4), np.float32), np.zeros(2, np.float32), np.zeros(2, np.int32)
    assert len(Detections(0, boxes, score, kind)) == 2
    with pytest.raises(ValueError, match="disagree"):
        Detections(0, boxes[:1], score, kind)
    with pytest.raises(ValueError, match="track_id"):
        Detections(0, boxes, score, kind, np.zeros(3, np.int32))
