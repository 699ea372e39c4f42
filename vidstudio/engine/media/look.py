"""The first pictures of a file: what they are like, and when they are on the file's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.identity import FileState, file_state
from vidstudio.engine.media.opening import check_size, open_media, pick_video
from vidstudio.engine.media.picture import orientation

Identity = tuple[str, FileState]

_PICTURES = 8
_BAD_READS = 64


@dataclass(frozen=True, slots=True)
class Look:
    """The first picture of a video. width, height and pixel_aspect are as shown, after `rotation` (clockwise;
    a `mirrored` picture is mirrored before it is turned).

    pts: ticks of `time_base` of the first pictures that a decoder gives. Empty when their times say nothing
    about their order (raw streams, AVI with pictures that look ahead): then pictures can only be counted.
    damaged: some of the first packets could not be decoded.
    """

    pts: tuple[int, ...]
    damaged: bool
    time_base: Fraction
    width: int
    height: int
    rotation: int
    mirrored: bool
    pixel_aspect: Fraction
    pixel_format: str
    bit_depth: int
    primaries: int
    transfer: int
    matrix: int
    range: int
    interlaced: bool

    @property
    def origin(self) -> Fraction:
        """The file's own clock at the first picture, in seconds."""
        return self.pts[0] * self.time_base if self.pts else Fraction(0)

    def size_for_height(self, height: int) -> tuple[int, int]:
        """Width and height of a picture in square pixels."""
        return max(1, round(height * self.width * self.pixel_aspect / self.height)), height


def look(path: Path) -> Look:
    """Look at the first pictures; remembered for the same unchanged file. Raises UnreadableMedia."""
    return _look(path, identity(path))


def identity(path: Path) -> Identity:
    """Name and state of a file, to know whether it is still the same."""
    return str(path.absolute()), file_state(path)


@lru_cache(maxsize=32)
def _look(path: Path, _: Identity) -> Look:
    with open_media(path) as container:
        stream = pick_video(container, path)
        first: VideoFrame | None = None
        pts: list[int | None] = []
        errors: list[Exception] = []
        for frame in decoded(container, stream, errors):
            first = first or frame
            pts.append(frame.pts)
            if len(pts) == _PICTURES:
                break
        if first is None and not stream.width * stream.height:
            message = f"{path.name} claims pictures that are too large, or of no size."
            raise UnreadableMedia(path, message, "The file may be damaged.")
        if first is None:
            raise nothing_decodes(path)
        check_size(path, first.width, first.height)
        if container.format.name == "avi" and stream.codec_context.has_b_frames:
            pts = []
        return _describe(stream, first, _rising(pts), bool(errors))


def _rising(pts: list[int | None]) -> tuple[int, ...]:
    known = [p for p in pts if p is not None]
    return tuple(known) if len(known) == len(pts) and all(a <= b for a, b in pairwise(known)) else ()


def _describe(stream: VideoStream, frame: VideoFrame, pts: tuple[int, ...], damaged: bool) -> Look:
    rotation, mirrored = orientation(frame)
    width, height = frame.width, frame.height
    aspect = stream.sample_aspect_ratio
    aspect = Fraction(aspect) if aspect and Fraction(1, 100) <= aspect <= 100 else Fraction(1)
    if rotation % 180:
        width, height, aspect = height, width, 1 / aspect
    return Look(
        pts=pts,
        damaged=damaged,
        time_base=stream.time_base or Fraction(1, 1000),
        width=width,
        height=height,
        rotation=rotation,
        mirrored=mirrored,
        pixel_aspect=aspect,
        pixel_format=frame.format.name,
        bit_depth=max((c.bits for c in frame.format.components), default=8),
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
        matrix=int(frame.colorspace),
        range=int(frame.color_range),
        interlaced=bool(frame.interlaced_frame),
    )


def nothing_decodes(path: Path) -> UnreadableMedia:
    """The error for a video of which not one picture can be decoded."""
    return UnreadableMedia(path, f"No picture of {path.name} can be decoded.", "The file is damaged or cut off.")


def packets_of(container: InputContainer, stream: VideoStream) -> Iterator[Packet[VideoStream] | None]:
    """Packets of a stream to its end, the last one empty; None where the file could not be read."""
    failures = 0
    demux = container.demux(stream)
    while True:
        try:
            packet = next(demux)
        except (StopIteration, IndexError):
            # PyAV ends with an IndexError where a broken file brought up streams on the way
            return
        except (av.FFmpegError, ValueError):
            yield None
            failures += 1
            if failures > _BAD_READS:
                return
            demux = container.demux(stream)
            continue
        failures = 0
        yield packet


def decoded(
    container: InputContainer, stream: VideoStream, errors: list[Exception] | None = None
) -> Iterator[VideoFrame]:
    """Frames of a stream in order of presentation; what cannot be decoded is left out, and noted in `errors`."""
    for packet in packets_of(container, stream):
        if packet is None:
            continue
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError) as error:
            if errors is not None:
                errors.append(error)
            continue
        yield from frames
