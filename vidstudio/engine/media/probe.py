"""What a file's own streams say about it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from vidstudio.engine.cadence import usual_frame_us
from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.identity import content_id
from vidstudio.engine.media.index import Scan, scan
from vidstudio.engine.media.look import Look, identity, look
from vidstudio.engine.media.opening import film_streams, open_media, pick_video, stream_rate
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
_HDR = {16: "PQ", 18: "HLG"}
_UNKNOWN = "unknown"
_USUAL_RATES = [Fraction(n) for n in (10, 12, 15, 24, 25, 30, 48, 50, 60, 100, 120)] + [
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)
]


def probe(path: Path) -> VideoInfo:
    """Look at a file: its streams, its packets and its first picture.

    Raises UnreadableMedia with one clear message when it is missing, a folder, empty, not media, without
    a picture, cut off, when nothing in it decodes, or when somebody is writing to it.
    """
    before = identity(path)
    first = look(path)
    found = scan(path)
    with open_media(path) as container:
        info = _info(path, container, pick_video(container, path), found, first)
    if identity(path) != before:
        message = f"{path.name} was changed while it was read."
        raise UnreadableMedia(path, message, "Wait until it is written completely, then try again.")
    return info


def _info(path: Path, container: InputContainer, stream: VideoStream, found: Scan, first: Look) -> VideoInfo:
    rate, variable = _rate(found, stream)
    return VideoInfo(
        content_id=content_id(path),
        path=str(path),
        size_bytes=path.stat().st_size,
        container=container.format.name,
        duration_us=found.times.duration_us,
        width=first.width,
        height=first.height,
        rotation=first.rotation,
        pixel_aspect=first.pixel_aspect,
        frame_rate=rate,
        time_base=found.time_base,
        frames=len(found.times),
        variable_rate=variable,
        start_us=_start_us(first),
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=first.pixel_format,
        bit_depth=first.bit_depth,
        color_primaries=_PRIMARIES.get(first.primaries, _UNKNOWN),
        color_transfer=_TRANSFERS.get(first.transfer, _UNKNOWN),
        color_matrix=_MATRICES.get(first.matrix, _UNKNOWN),
        color_range="full" if first.pixel_format.startswith("yuvj") else _RANGES.get(first.range, _UNKNOWN),
        interlaced=first.interlaced,
        video_streams=len(film_streams(container)),
        audio=tuple(_audio(s) for s in container.streams.audio if s.codec_context is not None),
        subtitle_streams=len(container.streams.subtitles),
        notes=_notes(container, stream, found, first, variable),
    )


def _start_us(first: Look) -> int:
    return rescale_to_us(1, first.origin)


def _rate(found: Scan, stream: VideoStream) -> tuple[Fraction, bool]:
    """Average rate, and whether frames are unevenly spaced (by more than the file's clock and ours round).

    Where they are, without those that are shown for many times as long as most: a time code counts frames.
    """
    starts = found.times.starts_us
    said = stream_rate(stream)
    if len(starts) < 2 or found.first_pts is None:
        return said, False
    steps = np.diff(starts)
    tick_us = float(found.time_base) * US
    variable = bool(steps.max() - steps.min() > max(2 + 2 * tick_us, 0.02 * float(np.median(steps))))
    measured = Fraction((len(starts) - 1) * US, int(starts[-1]))
    if not variable:
        # the file's clock is too coarse to tell rates closer than this apart
        slack = measured * Fraction(2 + 2 * tick_us) / int(starts[-1])
        for rate in (min(_USUAL_RATES, key=lambda r: abs(r - said)), said):
            if abs(rate - measured) <= slack:
                return rate, False
    if variable:
        measured = Fraction(US / usual_frame_us(starts[:-1], int(starts[-1]))).limit_denominator(1_000_000)
    # of pictures that stay for minutes it is the length that is a plain number
    return measured.limit_denominator(1001) if measured > 1 else 1 / (1 / measured).limit_denominator(1001), variable


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


def _notes(container: InputContainer, stream: VideoStream, found: Scan, first: Look, variable: bool) -> tuple[str, ...]:
    notes: list[str] = []
    if variable:
        notes.append("variable frame rate")
    if first.rotation:
        notes.append(f"rotated {first.rotation}°")
    if first.mirrored:
        notes.append("mirrored")
    if found.first_pts is None:
        what = "the file's clock jumps" if first.pts else "the file holds no usable times"
        notes.append(f"{what}; frames are counted")
    if found.unreadable:
        what = "packet" if found.unreadable == 1 else "packets"
        notes.append(f"damaged: {found.unreadable} {what} could not be read")
    elif first.damaged:
        notes.append("damaged: some of the first pictures are lost")
    if name := _HDR.get(first.transfer):
        notes.append(f"HDR ({name}), shown without tone mapping")
    if (films := len(film_streams(container))) > 1:
        notes.append(f"{films} video streams; stream {stream.index} is shown")
    for sound in container.streams.audio[:1]:
        if sound.start_time is not None and sound.time_base and found.first_pts is not None:
            late = rescale_to_us(sound.start_time, sound.time_base) - _start_us(first)
            if abs(late) >= 40_000:
                notes.append(f"audio starts {abs(late) // 1000} ms {'late' if late > 0 else 'early'}")
    return tuple(notes)
