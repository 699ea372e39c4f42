"""Frames are read ahead, in order, and from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import clips
import numpy as np
import pytest
from av.video.frame import VideoFrame
from numbered import numbered, read_number, write_even

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.quality import Part, Quality
from vidstudio.engine.media.stills import Squeezer, Still, Stills, _Shrinker, stills_of
from vidstudio.engine.types import FrameTimes

COUNT = 90
SIZE = (96, 64)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stills") / "clip.mp4"
    return write_even(path, numbered(range(COUNT)), "libx264", 30, {"preset": "ultrafast"})


@pytest.fixture
def stills(clip: Path) -> Iterator[Stills]:
    opened = Stills(clip, frame_times(clip), SIZE)
    yield opened
    opened.close()


def shown(still: Still | None) -> int | None:
    return None if still is None else read_number(Squeezer().rgb(still.small))


def test_every_frame_once_in_order(stills: Stills) -> None:
    assert [shown(stills.take()) for _ in range(COUNT + 1)] == [*range(COUNT), None]


@pytest.mark.parametrize("to", [0, 3, 19, 20, 21, 30, 59, 60, 89])
def test_goes_on_from_anywhere(stills: Stills, to: int) -> None:
    for _ in range(20):
        stills.take()
    for number in (to, 5, to):
        stills.go_to(number)
        assert stills.next == number
        assert [shown(stills.take()) for _ in range(4)] == [n if n < COUNT else None for n in range(number, number + 4)]


def test_what_was_just_seen_is_not_decoded_again(stills: Stills) -> None:
    taken = [stills.take() for _ in range(10)]
    stills.go_to(4)
    assert [stills.take() for _ in range(6)] == taken[4:]
    assert shown(stills.take()) == 10


def test_closing_in_mid_reading_leaves_no_thread(clip: Path) -> None:
    opened = Stills(clip, frame_times(clip), SIZE)
    opened.take()
    opened.close()  # the fixture of all tests fails on threads left behind


def test_chosen_frames(clip: Path) -> None:
    numbers = [2, 3, 40, 41, 88]
    assert [shown(still) for still in stills_of(clip, frame_times(clip), numbers, SIZE)] == numbers
    assert list(stills_of(clip, frame_times(clip), [], SIZE)) == []


def test_an_error_comes_to_whoever_takes(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no film")
    with pytest.raises(UnreadableMedia):
        Stills(path, FrameTimes(np.zeros(1, np.int64), np.ones(1, bool), 40_000), SIZE)


def test_small_pictures_look_as_directly_decoded_ones(tmp_path: Path) -> None:
    path = clips.write_clip(tmp_path / "clip.mp4", clips.shot(4, 3, (320, 180)))
    times = frame_times(path)
    squeezer, whole = Squeezer(), (0, 0, 160, 90)
    for still, rgb, gray in zip(
        stills_of(path, times, [0, 1, 2], (160, 90)),
        frames(path, times, size=(160, 90)),
        frames(path, times, size=(80, 45), pixels="gray"),
        strict=True,
    ):
        assert np.abs(squeezer.rgb(still.small).astype(int) - rgb.pixels).mean() < 2.5
        assert np.abs(squeezer.gray(still.small, whole, (80, 45)).astype(int) - gray.pixels).mean() < 1


@pytest.mark.parametrize("matrix", [3, 8, 10, 14, 179])
def test_a_matrix_that_ffmpeg_does_not_convert_is_no_obstacle(clip: Path, matrix: int) -> None:
    """As of ten-bit films that name constant luminance, ICtCp, or nothing that there is."""
    frame = VideoFrame.from_ndarray(next(iter(clips.shot(4, 1, (320, 180)))), "rgb24").reformat(format="yuv422p10le")
    plain = _Shrinker(clip, (160, 90), 0, False).shrink(frame)
    frame.colorspace = matrix
    named = _Shrinker(clip, (160, 90), 0, False).shrink(frame)
    luma = (Squeezer().gray(one, (0, 0, 160, 90), (80, 45)).astype(int) for one in (named, plain))
    assert np.abs(np.subtract(*luma)).max() <= 1
    part = Part(0, 0, 320, 180)
    assert Quality(part, part).of(frame, frame) == (100.0, 1.0)


def test_what_cannot_be_converted_is_said_of_the_file(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def reformat(self, *_: object, **__: object) -> None:
            raise av.error.OSError(95, "Operation not supported")

    shrinker = _Shrinker(clip, SIZE, 0, False)
    monkeypatch.setattr(shrinker, "_reformatter", Broken())
    with pytest.raises(UnreadableMedia, match=r"A picture of clip\.mp4 cannot be shown"):
        shrinker.shrink(VideoFrame(320, 180, "yuv420p"))
