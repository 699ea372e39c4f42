from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import shot, write_clip
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.errors import Cancelled
from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.frame import Frame
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.models.basic import BasicEmbedder
from vidstudio.engine.stages import embed
from vidstudio.engine.stages.embed import EMBED_BASIC, EMBED_MODEL, EmbedParams, segment_frames
from vidstudio.engine.time import Span
from vidstudio.engine.types import Embedding, FrameTimes


@dataclass
class PlainEnv:
    path: Path
    times: FrameTimes
    ticks: list[tuple[float, float]] = field(default_factory=list)
    stop_at: float = np.inf
    models_folder: Path = Path()

    def tick(self, done: float, total: float, note: str = "") -> None:
        self.ticks.append((done, total))
        if done >= self.stop_at:
            raise Cancelled

    def media(self, content_id: str) -> Path:
        return self.path

    def needed(self, number: int) -> Sequence[Any]:
        return [self.times]


def run(env: PlainEnv, segment_us: int, span: Span | None = None) -> list[Embedding]:
    return list(EMBED_BASIC.run(("c0ffee",), EmbedParams(segment_us), span, env))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shots of 2 s at 10 frames a second, and half a second of a fourth."""
    pictures = [picture for seed, count in ((1, 20), (2, 20), (3, 20), (4, 5)) for picture in shot(seed, count)]
    return write_clip(tmp_path_factory.mktemp("embed") / "a.mp4", pictures, 10, gop=20)


def test_segments_are_cut_on_the_grid_and_vectors_are_of_their_own_frames(clip: Path) -> None:
    env = PlainEnv(clip, frame_times(clip))
    found = run(env, 2_000_000)
    assert [embedding.segment.span for embedding in found] == list(Span(0, 6_500_000).split(2_000_000))
    assert {embedding.segment.content_id for embedding in found} == {"c0ffee"}
    assert {embedding.model for embedding in found} == {BasicEmbedder().name}
    for number, embedding in enumerate(found):
        span = embedding.segment.span
        pictures = np.stack([f.pixels for f in frames(clip, env.times, span, size=(224, 224))])
        whole = BasicEmbedder().embed(pictures).mean(0)
        distances = [1 - float(other.vector @ whole / np.linalg.norm(whole)) for other in found]
        assert distances[number] < 0.02
        assert min(distances[:number] + distances[number + 1 :]) > 0.3
        assert np.linalg.norm(embedding.vector) == pytest.approx(1, abs=1e-5)
        assert not embedding.vector.flags.writeable
    assert env.ticks[0] == (0, 4)
    assert env.ticks[-1] == (4, 4)


def test_a_chunk_gives_the_same_as_the_whole(clip: Path) -> None:
    env = PlainEnv(clip, frame_times(clip))
    whole = run(env, 500_000)
    parts = [
        embedding for span in Span(0, env.times.duration_us).split(1_500_000) for embedding in run(env, 500_000, span)
    ]
    assert len(whole) == 13
    for one, other in zip(whole, parts, strict=True):
        assert one.segment == other.segment
        np.testing.assert_allclose(one.vector, other.vector, atol=1e-5)


def test_segments_shorter_than_a_frame_show_the_frame_on_screen(clip: Path) -> None:
    env = PlainEnv(clip, frame_times(clip))
    found = run(env, 30_000, Span(0, 300_000))
    assert len(found) == 10
    assert np.allclose(found[1].vector, found[2].vector)


def test_cancelling_closes_the_file_and_ends_it(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    def sampled(path: Path, times: FrameTimes, numbers: Sequence[int], **options: Any) -> Iterator[Frame]:
        try:
            for number in numbers:
                yield Frame(number, times.start_of(number), 1, np.zeros((224, 224, 3), np.uint8))
        finally:
            closed.append(True)

    monkeypatch.setattr(embed.decode, "sampled", sampled)
    env = PlainEnv(clip, frame_times(clip), stop_at=8)
    with pytest.raises(Cancelled):
        run(env, 100_000)
    assert closed == [True]


def test_the_model_stage_runs_in_the_model_process_only(clip: Path) -> None:
    assert EMBED_MODEL.place == "model_process"
    assert EMBED_BASIC.place == "here"
    with pytest.raises(TypeError, match="model process"):
        list(EMBED_MODEL.run(("c",), EmbedParams(1_000_000, "x"), None, PlainEnv(clip, frame_times(clip))))


@given(
    gaps=st.lists(st.integers(1, 3_000_000), min_size=1, max_size=60),
    segment_us=st.integers(1, 5_000_000),
    at=st.floats(0, 1),
)
def test_frames_of_a_segment_rise_and_lie_within_it(gaps: list[int], segment_us: int, at: float) -> None:
    starts = np.cumsum([0, *gaps[:-1]]).astype(np.int64)
    times = FrameTimes(starts, np.ones(len(starts), np.bool_), int(starts[-1]) + gaps[-1])
    number = int(at * (times.duration_us - 1)) // segment_us
    segment = Span(number * segment_us, min((number + 1) * segment_us, times.duration_us))
    numbers = segment_frames(times, segment)
    inside = [n for n, start in enumerate(starts) if start in segment]
    assert 1 <= len(numbers) <= 4
    assert all(a < b for a, b in pairwise(numbers))
    if inside:
        assert set(numbers) <= set(inside)
    else:
        assert numbers == [times.frame_at(segment.start_us)]


def test_four_frames_stand_evenly() -> None:
    starts = np.arange(0, 4_000_000, 40_000)
    times = FrameTimes(starts, np.ones(100, np.bool_), 4_000_000)
    assert segment_frames(times, Span(0, 2_000_000)) == [6, 18, 31, 43]
    assert segment_frames(times, Span(2_000_000, 4_000_000)) == [56, 68, 81, 93]


@dataclass
class PairEnv(PlainEnv):
    """Two versions: needs are the times of A, those of B, their alignment, and the active pictures."""

    frame_map: list[int] = field(default_factory=list)
    active: Active = field(default_factory=lambda: Active(0, 0, 1, 1, 1, 1))

    def needed(self, number: int) -> Sequence[Any]:
        if number == 2:
            return [Aligned(np.array(self.frame_map, np.int32))]
        return [self.active] if number > 2 else [self.times]


@dataclass
class Aligned:
    """The part of an alignment that embedding reads."""

    frame_map: NDArray[np.int32]


def test_aligned_sides_see_the_same_frames_however_the_cuts_fall(clip: Path) -> None:
    times = frame_times(clip)
    # B: 0.3 s of new material, then A's frames from its third on, then A's first shot again
    frame_map = [-1] * 3 + list(range(3, 45)) + list(range(20))
    env = PairEnv(clip, times, frame_map=frame_map)
    shown_by_b = [max(0, number) for number in frame_map]
    sides = {side: list(EMBED_BASIC.run((side,), EmbedParams(1_000_000, side=side), None, env)) for side in ("a", "b")}
    assert len(sides["a"]) == len(sides["b"]) == 7
    starts = [one.segment.span.start_us for one in sides["b"]]
    assert starts == [n * 1_000_000 for n in range(7)]
    for of_a, of_b in zip(sides["a"], sides["b"], strict=True):
        numbers = [n for n in segment_frames(times, of_b.segment.span) if frame_map[n] >= 0]
        pictures = {f.number: f.pixels for f in frames(clip, times, size=(224, 224))}
        truth = BasicEmbedder().embed(np.stack([pictures[shown_by_b[n]] for n in numbers])).mean(0)
        assert float(of_a.vector @ truth / np.linalg.norm(truth)) == pytest.approx(1, abs=1e-4)


def test_what_is_embedded_of_a_version_in_bars_is_its_picture(clip: Path, tmp_path: Path) -> None:
    times = frame_times(clip)
    plain = [frame.pixels for frame in frames(clip, times)]
    height, width = plain[0].shape[:2]
    barred = [np.pad(picture, ((16, 16), (0, 0), (0, 0))) for picture in plain]
    path = write_clip(tmp_path / "bars.mp4", barred, 10, gop=20)
    active = Active(0, 16, width, height, width, height + 32)
    found = {}
    for name, of, seen in (("plain", clip, None), ("bars", path, active), ("bars and all", path, None)):
        env = PairEnv(of, times, frame_map=list(range(65)), **({"active": seen} if seen else {}))
        found[name] = list(EMBED_BASIC.run(("b",), EmbedParams(1_000_000, side="b"), None, env))
    apart = {
        name: max(1 - float(one.vector @ other.vector) for one, other in zip(found[name], found["plain"], strict=True))
        for name in ("bars", "bars and all")
    }
    assert apart["bars"] < 0.03 < 0.1 < apart["bars and all"]


def test_a_segment_that_is_mostly_new_has_no_embedding(clip: Path) -> None:
    env = PairEnv(clip, frame_times(clip), frame_map=[-1] * 30 + list(range(35)))
    found = list(EMBED_BASIC.run(("b",), EmbedParams(2_000_000, side="b"), None, env))
    assert [one.segment.span.start_us for one in found] == [2_000_000, 4_000_000, 6_000_000]
