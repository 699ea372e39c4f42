"""Small pictures of a video, in square pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.media.decode import sampled
from vidstudio.engine.media.look import look
from vidstudio.engine.types import FrameTimes

Tick = Callable[[float, float], None]


def thumbnail(path: Path, times: FrameTimes, time_us: int, *, height: int = 90) -> NDArray[np.uint8]:
    """The frame on screen at `time_us` as uint8 (height, width, 3) RGB. Raises UnreadableMedia."""
    number = times.frame_at(time_us)
    frame = next(sampled(path, times, [number], size=look(path).size_for_height(height)))
    return frame.pixels


def cover(path: Path, times: FrameTimes, *, height: int = 90) -> NDArray[np.uint8]:
    """A picture that stands for the whole video: the keyframe nearest a tenth into it, so that one frame is decoded.

    As in `thumbnail`.
    """
    return thumbnail(path, times, times.start_of(cover_number(times)), height=height)


def cover_number(times: FrameTimes) -> int:
    """Number of the frame that `cover` shows."""
    keys = np.flatnonzero(times.keyframes)
    wanted = times.duration_us // 10
    return int(keys[np.argmin(np.abs(times.starts_us[keys] - wanted))]) if len(keys) else times.frame_at(wanted)


def thumbnail_strip(
    path: Path, times: FrameTimes, count: int, *, height: int = 90, tick: Tick | None = None
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Up to `count` pictures spread evenly over the video, each with the start of its frame in microseconds.

    Where an equal part of the video has a keyframe the one nearest its middle stands for it, which is
    many times cheaper. Pictures as in `thumbnail`; `tick(done, total)` is told pictures.
    """
    numbers = strip_numbers(times, count)
    for done, frame in enumerate(sampled(path, times, numbers, size=look(path).size_for_height(height)), 1):
        yield frame.start_us, frame.pixels
        if tick is not None:
            tick(done, len(numbers))


def strip_numbers(times: FrameTimes, count: int) -> list[int]:
    """Numbers of the frames that stand for `count` equal parts of a video; rising, none twice."""
    keys = np.flatnonzero(times.keyframes)
    numbers: list[int] = []
    for part in range(count):
        start, end = (times.duration_us * n // count for n in (part, part + 1))
        middle = (start + end) // 2
        inside = keys[(times.starts_us[keys] >= start) & (times.starts_us[keys] < end)]
        if len(inside):
            number = int(inside[np.argmin(np.abs(times.starts_us[inside] - middle))])
        else:
            number = times.frame_at(middle)
        if not numbers or number > numbers[-1]:
            numbers.append(number)
    return numbers
