"""Frame-exact reading of pictures.

A decoder hands out frames with the file's own times; `FrameTimes` says which number each has. After a
seek decoding starts at a keyframe at or before the frame that is wanted, and never at a later one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from operator import le
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vidstudio.engine.errors import EngineError, UnreadableMedia, of_the_machine
from vidstudio.engine.media.frame import Frame
from vidstudio.engine.media.index import scan
from vidstudio.engine.media.look import look, nothing_decodes, packets_of
from vidstudio.engine.media.opening import open_media, pick_video
from vidstudio.engine.media.picture import Converter, Pixels
from vidstudio.engine.time import Span, rescale_from_us, rescale_to_us
from vidstudio.engine.types import FrameTimes

__all__ = ["Pixels", "VideoReader", "cannot_be_shown", "frames", "sampled"]

# decoders that can leave out, from one packet to the next, pictures no other refers to
_SKIPPING = {"h264", "hevc"}
# program streams give a time for each pack only; those in between are derived, wrongly until the second one
_DERIVING = {"mpeg", "mpegts"}
_NEAR = 48
_SAME_US = 1

Wanted = Callable[[int], bool]


class _TooLate(Exception):
    """A seek landed behind the keyframe it was for."""


class _Source:
    """One open file: numbered decoded frames from a keyframe on."""

    def __init__(self, path: Path, times: FrameTimes, *, frame_threads: bool) -> None:
        self.path = path
        self._times = times
        self._frame_threads = frame_threads
        self._starts = array("q", times.starts_us.tobytes())  # searched twice a frame: faster than numpy's
        self.look = look(path)
        self._origin = self.look.pts[0] if self.look.pts else None
        self._open()
        # a clock that jumps does not tell frames apart; such videos have no second entry
        if int(times.keyframes.sum()) <= 1:
            self._origin = scan(path).first_pts

    def _open(self) -> None:
        self._container = open_media(self.path)
        try:
            self.stream: VideoStream = pick_video(self._container, self.path)
        except UnreadableMedia:
            self._container.close()
            raise
        if not self._frame_threads:
            self.stream.thread_type = "SLICE"
        self._base = self.stream.time_base
        self._fresh = True

    def close(self) -> None:
        self._container.close()

    def from_keyframe(self, key: int, wanted: Wanted) -> Iterator[tuple[int, VideoFrame]]:
        """Frames from keyframe number `key` on (0: from the start of the file), rising in number.

        What `wanted` refuses may be left out. Raises _TooLate when the file cannot be entered there.
        """
        if key == 0 or self._origin is None:
            if not self._fresh:
                self.close()
                self._open()
            self._fresh = False
            entry = None
        else:
            self._fresh = False
            entry = key
            start = rescale_from_us(int(self._times.starts_us[key]), self._base)
            try:
                self._container.seek(self._origin + start, stream=self.stream)
            except (av.FFmpegError, OverflowError) as error:
                raise _TooLate from error
        yield from self._decode(entry, wanted)

    def _decode(self, entry: int | None, wanted: Wanted) -> Iterator[tuple[int, VideoFrame]]:
        last = -1
        context = self.stream.codec_context
        skips = context.name in _SKIPPING
        unsure = 2 if self._container.format.name in _DERIVING else 0
        for packet in packets_of(self._container, self.stream):
            if packet is None:
                continue
            time_us = self._time_of(packet.pts)
            if entry is not None and packet.size:
                unsure -= packet.pos is not None and unsure > 0
                if unsure or not packet.is_keyframe or time_us is None:
                    continue
                if time_us > self._times.starts_us[entry] + _SAME_US:
                    raise _TooLate
                if entry in self._numbers_at(time_us):
                    last = entry - 1
                entry = None
            if skips:
                context.skip_frame = "DEFAULT" if self._needed(packet, time_us, wanted) else "NONREF"
            try:
                decoded = packet.decode()
            except (av.FFmpegError, ValueError):
                continue
            for frame in decoded:
                number = self._number(frame, last)
                if number is not None:
                    last = number
                    yield number, frame

    def _needed(self, packet: Packet[VideoStream], time_us: int | None, wanted: Wanted) -> bool:
        numbers = self._numbers_at(time_us) if packet.size else range(0)
        return not numbers or any(wanted(n) for n in numbers)

    def _numbers_at(self, time_us: int | None) -> range:
        """Frames at one time: one as a rule, more where the index had to set equal times a microsecond apart."""
        first = None if time_us is None else self._find(time_us)
        if first is None:
            return range(0)
        starts, after = self._starts, first + 1
        while after < len(starts) and starts[after] - starts[first] == after - first:
            after += 1
        return range(first, after)

    def _time_of(self, pts: int | None) -> int | None:
        return None if pts is None or self._origin is None else rescale_to_us(pts - self._origin, self._base)

    def _number(self, frame: VideoFrame, last: int) -> int | None:
        time_us = self._time_of(frame.pts)
        if time_us is None:
            return last + 1 if last + 1 < len(self._times) else None
        numbers = self._numbers_at(time_us)
        return next((n for n in numbers if n > last), None)

    def _find(self, time_us: int) -> int | None:
        starts = self._starts
        at = bisect_left(starts, time_us - _SAME_US)
        near = [i for i in range(at, min(at + 3, len(starts))) if starts[i] <= time_us + _SAME_US]
        return min(near, key=lambda i: (abs(starts[i] - time_us), i)) if near else None


class VideoReader:
    """Reads frames of one video; for one thread at a time.

    size: (width, height) of the pictures, after rotation; by default the video's own. frame_threads: whether frames
    are decoded side by side, so that the next ones are begun with each. damaged: of the last picture given, as of
    `Frame`. Raises UnreadableMedia when the file cannot be opened or nothing in it decodes.
    """

    def __init__(
        self,
        path: Path,
        times: FrameTimes,
        *,
        size: tuple[int, int] | None = None,
        pixels: Pixels = "rgb",
        frame_threads: bool = True,
    ) -> None:
        self._times = times
        self._size = size
        self._pixels: Pixels = pixels
        self._keys = np.flatnonzero(times.keyframes)
        self._source = _Source(path, times, frame_threads=frame_threads)
        self._converter: Converter | None = None
        self._turn: object = None  # the iterator that last moved the decoder
        self._closed = False
        self.damaged = False
        self._run: Iterator[tuple[int, VideoFrame]] | None = None
        self._clear()

    def _clear(self) -> None:
        self._floor = 0
        self._shown: tuple[int, VideoFrame] | None = None
        self._ahead: tuple[int, VideoFrame] | None = None

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the reader cannot be used again."""
        self._closed = True
        self._run = None
        self._clear()
        self._source.close()

    def resize(self, size: tuple[int, int] | None) -> None:
        """Give pictures of another size from the next frame on."""
        self._size = size
        self._converter = None

    def frames_from(self, number: int) -> Iterator[Frame]:
        """Frames `number`, `number + 1` ... to the end. Nothing for a number behind the end.

        A frame that a damaged file has no picture for repeats the last good one. Several such iterators may
        take turns; ValueError when the reader was closed.
        """
        for wanted, picture in self.pictures_from(number):
            yield self._frame(wanted, picture)

    def pictures_from(self, number: int) -> Iterator[tuple[int, VideoFrame]]:
        """As `frames_from`, but the numbers and the decoder's own pictures, neither turned nor converted."""
        if number < 0:
            raise ValueError(f"frame numbers start at 0, not {number}")
        me = object()
        for wanted in range(number, len(self._times)):
            if self._turn is not me and not self._goes_on_to(wanted):
                self._enter(wanted, partial(le, wanted))
                self._floor = wanted
            self._turn = me
            yield wanted, self._picture(wanted)

    def pictures_of(self, numbers: Sequence[int]) -> Iterator[tuple[int, VideoFrame]]:
        """The decoder's own pictures of these rising numbers; this reader is for no other use then."""
        chosen = frozenset(numbers)
        for number in numbers:
            if self._shown is None or self._is_far(number):
                self._enter(number, chosen.__contains__)
            yield number, self._picture(number)

    def _goes_on_to(self, number: int) -> bool:
        if self._run is None or number < self._floor or self._shown is None or number < self._shown[0]:
            return False
        return not self._is_far(number)

    def _is_far(self, number: int) -> bool:
        position = (self._ahead or self._shown or (0, None))[0]
        return number - position > _NEAR and self._keyframe(number) > position

    def _keyframe(self, number: int) -> int:
        """The last keyframe at or before a frame; 0 stands for the start of the file."""
        at = int(np.searchsorted(self._keys, number, side="right")) - 1
        return int(self._keys[at]) if at >= 0 else 0

    def _enter(self, number: int, wanted: Wanted) -> None:
        if self._closed:
            raise ValueError("the reader is closed")
        key, back, late = self._keyframe(number), 1, True
        while True:
            self._clear()
            self._run = self._source.from_keyframe(key, wanted)
            was_late = late
            try:
                self._ahead = next(self._run, None)
            except _TooLate:
                late, self._ahead = True, None
            else:
                late = False
                # nothing decodes up to the frame: the keyframe before gives the last good picture, or it is lost too
                good = self._ahead is not None and self._ahead[0] <= number
                if good or key == 0 or (self._ahead is not None and not was_late):
                    break
            at = int(np.searchsorted(self._keys, key)) - back
            key, back = int(self._keys[at]) if at > 0 else 0, back * 4
        if self._ahead is None:
            raise nothing_decodes(self._source.path)

    def _frame(self, number: int, picture: VideoFrame) -> Frame:
        start = self._times.start_of(number)
        length = self._times.start_of(number + 1) - start
        return Frame(number, start, length, self._convert(picture), self.damaged)

    def _picture(self, number: int) -> VideoFrame:
        if self._closed:
            raise ValueError("the reader is closed")
        while self._ahead is not None and self._ahead[0] <= number:
            self._shown = self._ahead
            self._ahead = next(self._run, None) if self._run is not None and self._shown[0] < number else None
            if self._shown[0] == number:
                break
        if self._run is not None and self._ahead is None and (self._shown is None or self._shown[0] < number):
            self._pull_to(number)
        best = self._shown or self._ahead
        if best is None:
            raise nothing_decodes(self._source.path)
        self.damaged = best[0] != number or best[1].is_corrupt
        return best[1]

    def _pull_to(self, number: int) -> None:
        assert self._run is not None
        for found in self._run:
            if found[0] > number:
                self._ahead = found
                return
            self._shown = found
            if found[0] == number:
                return

    def _convert(self, frame: VideoFrame) -> NDArray[np.uint8]:
        if self._converter is None:
            first = self._source.look
            size = self._size or (first.width, first.height)
            self._converter = Converter(size, self._pixels, first.rotation, first.mirrored)
        try:
            return self._converter.convert(frame)
        except (av.FFmpegError, ValueError) as error:
            raise cannot_be_shown(self._source.path, error) from error


def cannot_be_shown(path: Path, error: BaseException) -> EngineError:
    """What to raise where FFmpeg cannot convert a decoded picture of a file."""
    if problem := of_the_machine(error):
        return problem
    return UnreadableMedia(path.name, f"A picture of {path.name} cannot be shown.", "Convert the file first.")


def frames(
    path: Path,
    times: FrameTimes,
    span: Span | None = None,
    *,
    size: tuple[int, int] | None = None,
    pixels: Pixels = "rgb",
) -> Iterator[Frame]:
    """All frames that start within `span` (by default the whole video), in order. Raises UnreadableMedia."""
    first, after = 0, len(times)
    if span is not None:
        first, after = (int(np.searchsorted(times.starts_us, t)) for t in (span.start_us, span.end_us))
    if first >= after:
        return
    with VideoReader(path, times, size=size, pixels=pixels) as reader:
        for frame in reader.frames_from(first):
            yield frame
            if frame.number + 1 >= after:
                return


def sampled(
    path: Path,
    times: FrameTimes,
    numbers: Sequence[int],
    *,
    size: tuple[int, int] | None = None,
    pixels: Pixels = "rgb",
) -> Iterator[Frame]:
    """The frames with these rising numbers; what nobody needs is not decoded where the codec allows.

    Raises ValueError when the numbers do not rise or are not in the video, UnreadableMedia as VideoReader.
    """
    if any(b <= a for a, b in pairwise(numbers)):
        raise ValueError("frame numbers must rise")
    if numbers and not 0 <= numbers[0] <= numbers[-1] < len(times):
        raise ValueError(f"frame numbers must be 0..{len(times) - 1}, not {numbers[0]}..{numbers[-1]}")
    if not numbers:
        return
    with VideoReader(path, times, size=size, pixels=pixels) as reader:
        for number, picture in reader.pictures_of(numbers):
            yield reader._frame(number, picture)
