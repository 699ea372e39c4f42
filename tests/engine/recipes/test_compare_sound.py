"""Whole comparisons of films whose sound differs in known ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sounds import RATE, music, speech, write_film

from vidstudio.engine.catalog import STAGES
from vidstudio.engine.paths import Paths
from vidstudio.engine.recipes.compare import CompareRequest, plan, prepare
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.store import Store
from vidstudio.engine.types import Comparison

Compare = Callable[..., Comparison]


@pytest.fixture
def compare(tmp_path: Path) -> Iterator[Compare]:
    store = Store(Paths(tmp_path / "data", tmp_path / "models", tmp_path / "logs"))
    runner = Runner(STAGES, store)

    def run(a: Path, b: Path, **options: bool) -> Comparison:
        info_a, times_a = prepare(store, runner, a)
        info_b, times_b = prepare(store, runner, b)
        request = CompareRequest(info_a.content_id, info_b.content_id, **options)
        return runner.run(plan(request, info_a, times_a, info_b, times_b))[0]

    yield run
    store.close()


def sound() -> np.ndarray:
    return 0.5 * music(21, 12) + speech(22, 12)


def test_a_version_with_a_softer_stretch(tmp_path: Path, compare: Compare) -> None:
    b = sound()
    b[5 * RATE : 8 * RATE] *= 0.4
    found = compare(
        write_film(tmp_path / "a.mp4", sound(), 12),
        write_film(tmp_path / "b.mkv", b, 12, codec="libopus", bit_rate=48_000),
    )
    assert [one.kind for one in found.audio] == ["level"]
    assert found.audio[0].level_db == pytest.approx(-8, abs=0.7)
    assert [(one.kind, one.change) for one in found.edits] == [("same", ()), ("changed", ("audio",)), ("same", ())]
    assert found.edits[1].b.start_us == pytest.approx(5_000_000, abs=400_000)
    assert all(one.psnr is not None for one in found.edits)
    assert all(one.audio is not None and one.audio < 0.4 for one in found.segments)
    assert found.a_loudness.integrated > found.b_loudness.integrated
    assert len(found.sound_map) == 1


def test_a_version_without_sound(tmp_path: Path, compare: Compare) -> None:
    a, b = write_film(tmp_path / "a.mp4", sound(), 4), write_film(tmp_path / "b.mp4", None, 4)
    for pair, side in (((a, b), "b"), ((b, a), "a")):
        found = compare(*pair)
        assert [(one.kind, one.side) for one in found.audio] == [("missing", side)]
        assert [one.change for one in found.edits] == [("audio",)]
    assert compare(b, b).audio == ()
    plain = compare(a, b, align=False)
    assert (plain.audio, plain.a_loudness) == ((), None)


def test_sound_that_is_longer_or_shorter_than_the_picture(tmp_path: Path, compare: Compare) -> None:
    a = write_film(tmp_path / "a.mp4", sound()[: 9 * RATE], 6)
    b = write_film(tmp_path / "b.mp4", sound()[: 4 * RATE], 6)
    assert compare(a, write_film(tmp_path / "c.mkv", sound(), 6, codec="ac3", bit_rate=192_000)).audio == ()
    found = compare(a, b)
    assert [(one.kind, one.side) for one in found.audio] == [("silent", "b")]
    assert found.audio[0].b.start_us == pytest.approx(4_000_000, abs=200_000)


def test_the_first_of_several_streams_counts(tmp_path: Path, compare: Compare) -> None:
    a = write_film(tmp_path / "a.mp4", sound(), 5)
    b = write_film(tmp_path / "b.mp4", [sound(), speech(30, 12)], 5)
    assert compare(a, b).audio == ()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("a", "b"), [("mdn/frog.mp4", "mdn/frog.webm"), ("augly/test_scale.mp4", "augly/test_trim.mp4")]
)
def test_real_re_encodes_give_nothing(compare: Compare, real_media: Path, a: str, b: str) -> None:
    found = compare(real_media / a, real_media / b)
    assert found.audio == ()
    assert all(one.audio is None or one.audio < 0.4 for one in found.segments)
