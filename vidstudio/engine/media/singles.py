"""Keyframes of a video, some of them at a time: none needs another to be decoded."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path

from vidstudio.engine.media.ahead import Ahead
from vidstudio.engine.media.decode import Pixels, VideoReader
from vidstudio.engine.media.frame import Frame
from vidstudio.engine.types import FrameTimes

_SIDE_BY_SIDE = 2


def singles(path: Path, times: FrameTimes, numbers: Sequence[int], *, pixels: Pixels = "rgb") -> Generator[Frame]:
    """The frames with these rising numbers, each by itself. Raises UnreadableMedia.

    A decoder that begins several frames at once would begin those that follow each of them as well.
    """
    with ExitStack() as stack:
        ahead = []
        for at in range(_SIDE_BY_SIDE):
            ahead.append(Ahead(_read(path, times, numbers[at::_SIDE_BY_SIDE], pixels), 1))
            stack.callback(ahead[-1].close)
        for at in range(len(numbers)):
            yield ahead[at % _SIDE_BY_SIDE].take()


def _read(path: Path, times: FrameTimes, numbers: Sequence[int], pixels: Pixels) -> Generator[Frame]:
    if not numbers:
        return
    with VideoReader(path, times, pixels=pixels, frame_threads=False) as reader:
        for number in numbers:
            for frame in reader.frames_from(number):
                yield frame
                break
