from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from clips import write_clip
from marked import numbered, read_number

from vidstudio.engine.errors import EngineError, UnreadableMedia
from vidstudio.engine.media.frame import Frame
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.probe import probe
from vidstudio.player import source as source_module
from vidstudio.player.source import BACK_FRAMES, Side, Source

SIZE = (96, 54)


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Side:
    path = write_clip(tmp_path_factory.mktemp("source") / "a.mp4", numbered(120, 1), gop=60)
    return Side(path, probe(path), frame_times(path))


class Counting:
    """A reader that makes pictures from nothing, and says what was asked of it."""

    def __init__(self, frames: int = 1000) -> None:
        self.entered: list[int] = []
        self.decoded = 0
        self.closed = False
        self._frames = frames
        self._size = SIZE

    def frames_from(self, number: int) -> Iterator[Frame]:
        self.entered.append(number)
        for n in range(number, self._frames):
            self.decoded += 1
            yield Frame(n, n * 40_000, 40_000, np.zeros((self._size[1], self._size[0], 4), np.uint8))

    def resize(self, size: tuple[int, int]) -> None:
        self._size = size

    def close(self) -> None:
        self.closed = True


def keys(*numbers: int) -> Iterator[tuple[int, ...]]:
    return ((place, number) for place, number in enumerate(numbers))


def collect(source: Source, count: int) -> list[Frame]:
    """The next `count` frames, or fewer when there are no more."""
    found: list[Frame] = []
    until = time.monotonic() + 10
    while len(found) < count and time.monotonic() < until and source.error is None:
        taken, complete = source.buffer.take((len(found), 10**9))
        found += [frame for _, frame in taken]
        if complete and not taken:
            break
        time.sleep(0.001)
    return found


def test_it_gives_the_frames_of_a_plan_in_its_order(side: Side) -> None:
    source = Source(side)
    source.aim(keys(5, 6, 7, 100, 101, 2, 3), SIZE)
    frames = collect(source, 7)
    assert [frame.number for frame in frames] == [5, 6, 7, 100, 101, 2, 3]
    assert [read_number(frame.pixels) for frame in frames] == [(n, 1) for n in (5, 6, 7, 100, 101, 2, 3)]
    assert {frame.pixels.shape for frame in frames} == {(54, 96, 4)}
    source.stop()
    assert source.join(5)


def test_another_size_applies_to_cached_frames_too(side: Side) -> None:
    source = Source(side)
    source.aim(keys(10, 11), SIZE)
    collect(source, 2)
    source.aim(keys(10), (48, 26))
    assert collect(source, 1)[0].pixels.shape == (26, 48, 4)
    source.stop()
    assert source.join(5)


def test_stepping_back_decodes_once_for_many_steps(side: Side) -> None:
    reader = Counting()
    source = Source(side, lambda *_: reader)
    for number in range(500, 400, -1):
        source.aim(keys(number), SIZE)
        assert collect(source, 1)[0].number == number
    assert len(reader.entered) <= 1 + 100 // BACK_FRAMES + 1
    assert reader.entered[1] == 499 - BACK_FRAMES
    source.stop()
    assert source.join(5)
    assert reader.closed


def test_what_runs_backward_is_decoded_once(side: Side) -> None:
    reader = Counting()
    source = Source(side, lambda *_: reader)
    numbers = [*range(100, 110), *range(309, 199, -1), *range(310, 320)]
    source.aim(keys(*numbers), SIZE)
    frames = collect(source, len(numbers))
    assert [frame.number for frame in frames] == numbers
    assert reader.decoded <= len(numbers) + 2 * BACK_FRAMES
    assert len(reader.entered) <= 3 + -(-110 // BACK_FRAMES)
    source.stop()
    assert source.join(5)


def test_a_short_loop_decodes_each_frame_once(side: Side) -> None:
    reader = Counting()
    source = Source(side, lambda *_: reader)
    source.aim(keys(*list(range(20, 30)) * 5), SIZE)
    assert [frame.number for frame in collect(source, 50)] == list(range(20, 30)) * 5
    assert reader.decoded == 10
    source.stop()
    assert source.join(5)


def test_what_it_keeps_is_bounded(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "CACHE_BYTES", 20 * SIZE[0] * SIZE[1] * 4)
    source = Source(side, lambda *_: Counting())
    source.aim(keys(*range(300)), SIZE)
    collect(source, 300)
    assert len(source._cache) == 20
    source.stop()
    assert source.join(5)


def test_a_video_with_fewer_frames_than_promised_ends(side: Side) -> None:
    source = Source(side, lambda *_: Counting(10))
    source.aim(keys(*range(20)), SIZE)
    assert [frame.number for frame in collect(source, 20)] == list(range(10))
    source.stop()
    assert source.join(5)


@pytest.mark.parametrize(
    ("raised", "kind"), [(FileNotFoundError("x"), UnreadableMedia), (UnreadableMedia("a", "Bad."), UnreadableMedia)]
)
def test_a_failure_ends_the_thread_and_is_kept(side: Side, raised: Exception, kind: type[EngineError]) -> None:
    def failing(*_: object) -> Counting:
        raise raised

    source = Source(side, failing)
    source.aim(keys(0), SIZE)
    assert source.join(5)
    assert isinstance(source.error, kind)
    source.stop()
