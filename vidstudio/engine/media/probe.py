"""What a file's own streams say about it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.identity import content_id
from vidstudio.engine.media.index import Scan, decoded, nothing_decodes, scan
from vidstudio.engine.media.opening import check_size, film_streams, open_media, pick_video, stream_rate
from vidstudio.engine.media.picture import clockwise
from vidstudio.engine.time import US, rescale_to_us
from vidstudio.engine.types import AudioInfo, VideoInfo

_PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"} | {
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
_TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 9: "log100"} | {
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "srgb",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
_MATRICES = {0: "rgb", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco"} | {
    9: "bt2020nc",
    10: "bt2020c",
}
_RANGES = {1: "limited", 2: "full"}
_UNKNOWN = "unknown"


def probe(path: Path) -> VideoInfo:
    """Look at a file: its streams, its packets and its first picture.

    Raises UnreadableMedia with one clear message when it is missing, a folder, empty, not media, without
    a picture, cut off, or when nothing in it decodes.
    """
    with open_media(path) as container:
        stream = pick_video(container, path)
        found = scan(path)
        frame = next(decoded(container, stream), None)
        if frame is None:
            raise nothing_decodes(path)
        check_size(path, frame.width, frame.height)
        return _info(path, container, stream, found, frame)


def _info(path: Path, container: InputContainer, stream: VideoStream, found: Scan, frame: VideoFrame) -> VideoInfo:
    times, rotation = found.times, clockwise(frame)
    width, height, aspect = frame.width, frame.height, _pixel_aspect(stream)
    if rotation % 180:
        width, height, aspect = height, width, 1 / aspect
    rate, variable = _rate(found, stream)
    start_us = rescale_to_us(found.first_pts, found.time_base) if found.first_pts is not None else 0
    audio = tuple(_audio(s) for s in container.streams.audio if s.codec_context is not None)
    return VideoInfo(
        content_id=content_id(path),
        path=str(path),
        size_bytes=path.stat().st_size,
        container=container.format.name,
        duration_us=times.duration_us,
        width=width,
        height=height,
        rotation=rotation,
        pixel_aspect=aspect,
        frame_rate=rate,
        time_base=found.time_base,
        frames=len(times),
        variable_rate=variable,
        start_us=start_us,
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=frame.format.name,
        bit_depth=max((c.bits for c in frame.format.components), default=8),
        color_primaries=_PRIMARIES.get(int(frame.color_primaries), _UNKNOWN),
        color_transfer=_TRANSFERS.get(int(frame.color_trc), _UNKNOWN),
        color_matrix=_MATRICES.get(int(frame.colorspace), _UNKNOWN),
        color_range="full" if frame.format.name.startswith("yuvj") else _RANGES.get(int(frame.color_range), _UNKNOWN),
        interlaced=bool(frame.interlaced_frame),
        video_streams=len(film_streams(container)),
        audio=audio,
        subtitle_streams=len(container.streams.subtitles),
        notes=_notes(container, stream, found, rotation, variable, start_us),
    )


def _pixel_aspect(stream: VideoStream) -> Fraction:
    aspect = stream.sample_aspect_ratio
    return Fraction(aspect) if aspect and Fraction(1, 100) <= aspect <= 100 else Fraction(1)


def _rate(found: Scan, stream: VideoStream) -> tuple[Fraction, bool]:
    """Average rate, and whether frames are unevenly spaced (by more than the file's clock and ours round)."""
    starts = found.times.starts_us
    said = stream_rate(stream)
    if len(starts) < 2 or found.first_pts is None:
        return said, False
    steps = np.diff(starts)
    slack = 2 + 2 * float(found.time_base) * US
    variable = bool(steps.max() - steps.min() > max(slack, 0.02 * float(np.median(steps))))
    measured = Fraction((len(starts) - 1) * US, int(starts[-1]))
    if not variable and abs(measured / said - 1) < Fraction(1, 200):
        return said, False
    return measured.limit_denominator(1001), variable


def _audio(stream: AudioStream) -> AudioInfo:
    known = stream.duration is not None and stream.time_base is not None
    return AudioInfo(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        sample_rate=stream.codec_context.sample_rate,
        channels=stream.codec_context.channels,
        layout=stream.codec_context.layout.name,
        language=stream.language or "",
        duration_us=rescale_to_us(stream.duration, stream.time_base) if known else None,
    )


def _notes(
    container: InputContainer, stream: VideoStream, found: Scan, rotation: int, variable: bool, start_us: int
) -> tuple[str, ...]:
    notes: list[str] = []
    if variable:
        notes.append("variable frame rate")
    if rotation:
        notes.append(f"rotated {rotation}°")
    if found.first_pts is None:
        notes.append("the file holds no times; they are counted")
    if found.unreadable:
        notes.append(f"damaged: {found.unreadable} packets could not be read")
    if (films := len(film_streams(container))) > 1:
        notes.append(f"{films} video streams; stream {stream.index} is shown")
    for sound in container.streams.audio[:1]:
        if sound.start_time is not None and sound.time_base and found.first_pts is not None:
            late = rescale_to_us(sound.start_time, sound.time_base) - start_us
            if abs(late) >= 40_000:
                notes.append(f"audio starts {abs(late) // 1000} ms {'late' if late > 0 else 'early'}")
    return tuple(notes)


__all__ = ["UnreadableMedia", "probe"]
