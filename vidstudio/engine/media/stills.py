"""Decoded frames for several uses at once, read ahead in a thread of their own: small to look at, whole to measure."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from vidstudio.engine.media.ahead import Ahead
from vidstudio.engine.media.decode import VideoReader, cannot_be_shown
from vidstudio.engine.media.look import look
from vidstudio.engine.media.picture import full_range, has_matrix, matrix, names_matrix, turned_on, upright
from vidstudio.engine.types import FrameTimes

Bytes = NDArray[np.uint8]

_AHEAD_BYTES = 16 << 20
_BACK_BYTES = 64 << 20
_MOST_AHEAD = 6
_MOST_BACK = 16
_LIMITED, _FULL = 1, 2
_ALONE = 1
"""Threads of a scaler: to wait for others takes longer than pictures as small as these."""
_STUDIO_TO_FULL = np.clip(np.rint((np.arange(256) - 16) * (255 / 219)), 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Still:
    """Frame `number` of a video: the decoder's own picture, and the same made small. damaged: as of `Frame`."""

    number: int
    picture: VideoFrame
    small: Small
    damaged: bool = False


def stills_of(
    path: Path, times: FrameTimes, numbers: Sequence[int], size: tuple[int, int], turned: tuple[int, bool] = (0, False)
) -> Iterator[Still]:
    """The frames with these rising numbers; what nobody needs is not decoded where the codec allows.

    size: as of `Stills`, once they are also `turned`: mirrored or not, then by clockwise degrees. Raises
    UnreadableMedia.
    """
    if not numbers:
        return
    first = look(path)
    shrinker = _Shrinker(path, size, *turned_on(first.rotation, first.mirrored, *turned))
    with VideoReader(path, times) as reader:
        for number, picture in reader.pictures_of(numbers):
            yield Still(number, picture, shrinker.shrink(picture), reader.damaged)


class Stills:
    """Frames of one video one after the other; a few read ahead, and a few of the last to go back to.

    size: width and height of the small pictures, as shown. May be used by one thread at a time; close it when done.
    """

    def __init__(self, path: Path, times: FrameTimes, size: tuple[int, int]) -> None:
        first = look(path)
        self._count = len(times)
        self._shrinker = _Shrinker(path, size, first.rotation, first.mirrored)
        self._reader = VideoReader(path, times)
        weight = first.width * first.height * (2 if first.bit_depth <= 8 else 4)
        self._depth = min(_MOST_AHEAD, max(2, _AHEAD_BYTES // weight))
        self._recent: deque[Still] = deque(maxlen=min(_MOST_BACK, max(1, _BACK_BYTES // weight)))
        self._again: deque[Still] = deque()
        self._ahead: Ahead[Still] | None = None
        self._next = 0

    @property
    def next(self) -> int:
        """Number of the frame that `take` gives."""
        return self._next

    def take(self) -> Still | None:
        """The next frame, None behind the last. Raises UnreadableMedia."""
        if self._next >= self._count:
            return None
        if self._again:
            still = self._again.popleft()
        else:
            if self._ahead is None:
                self._ahead = Ahead(self._read(self._next), self._depth)
            still = self._ahead.take()
        self._recent.append(still)
        self._next = still.number + 1
        return still

    def go_to(self, number: int) -> None:
        """Let `take` go on with this frame."""
        if number == self._next:
            return
        if self._recent and self._recent[0].number <= number < self._next:
            while self._recent and self._recent[-1].number >= number:
                self._again.appendleft(self._recent.pop())
        else:
            self._stop()
        self._next = number

    def close(self) -> None:
        """End reading ahead and close the file."""
        self._stop()
        self._reader.close()

    def _stop(self) -> None:
        if self._ahead is not None:
            self._ahead.close()
            self._ahead = None
        self._recent.clear()
        self._again.clear()

    def _read(self, first: int) -> Generator[Still]:
        for number, picture in self._reader.pictures_from(first):
            yield Still(number, picture, self._shrinker.shrink(picture), self._reader.damaged)


class _Shrinker:
    """Makes small pictures of one video's frames."""

    def __init__(self, path: Path, size: tuple[int, int], rotation: int, mirrored: bool) -> None:
        self._path = path
        self._size = size if rotation % 180 == 0 else size[::-1]
        self._rotation, self._mirrored = rotation, mirrored
        self._reformatter = VideoReformatter()

    def shrink(self, frame: VideoFrame) -> Small:
        """The small picture of a frame. Raises UnreadableMedia where FFmpeg cannot convert it."""
        width, height = self._size
        shrinks = width * 2 <= frame.width or height * 2 <= frame.height
        colours = has_matrix(frame)
        # colours stay as they are, which is cheaper than to convert all points; FFmpeg does not take every matrix a
        # file may name
        name = ("yuvj420p" if frame.format.name.startswith("yuvj") else "yuv420p") if colours else "rgb24"
        way = matrix(frame) if colours else None
        try:
            small = self._reformatter.reformat(
                frame,
                width,
                height,
                name,
                src_colorspace=way,
                dst_colorspace=way,
                interpolation=Interpolation.AREA if shrinks else Interpolation.BILINEAR,
                threads=_ALONE,
            )
        except (av.FFmpegError, ValueError) as error:
            raise cannot_be_shown(self._path, error) from error
        return Small(small, way, names_matrix(frame), full_range(frame), self._rotation, self._mirrored)


class Squeezer:
    """Makes arrays of small pictures; one for each use, so that FFmpeg's scalers are kept from frame to frame."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def rgb(self, small: Small, size: tuple[int, int] | None = None) -> Bytes:
        """The whole picture as uint8 (height, width, 3), by default in its own size."""
        width, height = small.picture.width, small.picture.height
        if size is not None:
            width, height = size if small.rotation % 180 == 0 else size[::-1]
        shrinks = width * 2 <= small.picture.width or height * 2 <= small.picture.height
        plain = self._reformatter.reformat(
            small.picture,
            width,
            height,
            "rgb24",
            src_colorspace=small.matrix,
            dst_colorspace=None if small.matrix is None else Colorspace.ITU709,
            src_color_range=_FULL if small.full else _LIMITED,
            dst_color_range=_FULL,
            interpolation=Interpolation.AREA if shrinks else Interpolation.BILINEAR,
            threads=_ALONE,
        )
        rows = _rows(plain, 3).reshape(height, width, 3)
        return np.ascontiguousarray(upright(rows, small.rotation, small.mirrored))

    def gray(self, small: Small, part: tuple[int, int, int, int], size: tuple[int, int]) -> Bytes:
        """Luma of a part `x, y, width, height`, squeezed into uint8 (height, width)."""
        picture = small.picture
        plain = small.matrix is not None and not small.rotation and not small.mirrored
        if not plain or part != (0, 0, picture.width, picture.height):
            picture = self._luma_of(small, part)
        squeezed = _rows(self._reformatter.reformat(picture, *size, interpolation=Interpolation.AREA, threads=_ALONE))
        return squeezed.copy() if small.full or small.matrix is None else _STUDIO_TO_FULL[squeezed]

    def _luma_of(self, small: Small, part: tuple[int, int, int, int]) -> VideoFrame:
        """A grey picture of a part."""
        gray = small.picture
        if small.matrix is None:
            gray = self._reformatter.reformat(gray, format="gray", dst_color_range=_FULL, threads=_ALONE)
        x, y, across, down = part
        luma = upright(_rows(gray), small.rotation, small.mirrored)[y : y + down, x : x + across]
        if luma.strides[1] != 1:
            luma = np.ascontiguousarray(luma)
        return VideoFrame.from_numpy_buffer(luma, "gray")


@dataclass(frozen=True, slots=True)
class Small:
    """A small picture (8 bits) with the colours of its source; `Squeezer` makes upright full-range arrays of it.

    matrix: None where its planes are red, green and blue. named: the file says so; else it is what players guess.
    """

    picture: VideoFrame
    matrix: Colorspace | None
    named: bool
    full: bool
    rotation: int
    mirrored: bool


def _rows(frame: VideoFrame, channels: int = 1) -> Bytes:
    """The first plane (height, width * channels) of a frame, without a copy."""
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width * channels]
