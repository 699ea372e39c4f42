"""When each frame is shown: read from the packets of a file, so that nothing needs decoding.

That the packets foretell the frames is checked on the first pictures; where it does not hold (fields in
packets of their own, times missing here and there) the whole video is decoded once instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.opening import open_media, pick_video, stream_rate
from vidstudio.engine.time import rescale_to_us
from vidstudio.engine.types import FrameTimes

Tick = Callable[[float, float], None]

_CHECKED = 8
_TICK_EVERY = 256
_BAD_READS = 64
# every frame of these builds on the one before, whatever their packets say
_ONLY_FROM_START = {"gif", "apng"}


@dataclass(frozen=True, slots=True)
class Scan:
    """What the packets of the main video say. `first_pts` is in ticks of `time_base`, None without times."""

    times: FrameTimes
    time_base: Fraction
    first_pts: int | None
    unreadable: int


@dataclass(slots=True)
class _Packets:
    shown: list[tuple[int | None, bool, int]]
    unreadable: int = 0
    timed: bool = True
    size: int = 0


def frame_times(path: Path, tick: Tick | None = None) -> FrameTimes:
    """Start of every frame a full decode of `path` gives, in order; entry i belongs to frame i.

    `tick(done, total)` is told bytes; whatever it raises ends the work. Where a packet of a damaged file
    gives no picture its entry is kept. Raises UnreadableMedia when there is no video to show.
    """
    return scan(path, tick).times


def scan(path: Path, tick: Tick | None = None) -> Scan:
    """Read all packets of the main video. The last few results are kept for the same unchanged file."""
    key = _identity(path)
    if (known := _RECENT.get(key)) is None:
        known = _scan(path, tick)
        while len(_RECENT) >= _KEPT:
            _RECENT.pop(next(iter(_RECENT)), None)
        _RECENT[key] = known
    return known


_KEPT = 4
_RECENT: dict[tuple[str, int, int], Scan] = {}


def _identity(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return str(path), -1, -1
    return str(path.absolute()), status.st_size, status.st_mtime_ns


def first_pts(path: Path) -> int | None:
    """Ticks of the file's own clock at the first frame a decoder gives; None when frames carry no times."""
    return _first_pts(path, _identity(path))


@lru_cache(maxsize=16)
def _first_pts(path: Path, identity: tuple[str, int, int]) -> int | None:
    if known := _RECENT.get(identity):
        return known.first_pts
    with open_media(path) as container:
        stream = pick_video(container, path)
        for frame in decoded(container, stream):
            pts: int | None = frame.pts
            return pts
    raise nothing_decodes(path)


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
        except StopIteration:
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


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Frames of a stream in order of presentation; what cannot be decoded is left out."""
    stream.thread_type = "AUTO"
    for packet in packets_of(container, stream):
        if packet is None:
            continue
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            continue
        yield from frames


def _scan(path: Path, tick: Tick | None) -> Scan:
    with open_media(path) as container:
        stream = pick_video(container, path)
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        time_base, rate = stream.time_base or Fraction(1, 1000), stream_rate(stream)
        only_start = container.format.name in _ONLY_FROM_START
        packets = _read(path, container, stream, tick)
    if not packets.shown:
        raise UnreadableMedia(path, f"{path.name} holds no pictures.", "The file is cut off or damaged.")
    start = _first_decoded(path)
    if not start:
        raise nothing_decodes(path)
    rows = packets.shown
    if not packets.timed and start[0] is None:
        return Scan(_counted(len(rows), rate), time_base, None, packets.unreadable)
    if packets.timed and start[0] is not None:
        rows = sorted((r for r in rows if (r[0] or 0) >= start[0]), key=lambda r: r[0] or 0)
    if not packets.timed or [r[0] for r in rows[: len(start)]] != start:
        rows = _decode_all(path, packets.size, tick)
    return _timed(rows, time_base, rate, packets.unreadable, only_start)


def _read(path: Path, container: InputContainer, stream: VideoStream, tick: Tick | None) -> _Packets:
    found = _Packets([], size=path.stat().st_size)
    for count, packet in enumerate(packets_of(container, stream)):
        if packet is None:
            found.unreadable += 1
            continue
        if tick is not None and count % _TICK_EVERY == 0:
            tick(min(max(packet.pos or 0, 0), found.size), found.size)
        found.unreadable += packet.is_corrupt
        if packet.size == 0 or packet.is_discard or _hidden(stream.codec_context.name, packet):
            continue
        found.timed = found.timed and packet.pts is not None
        found.shown.append((packet.pts, packet.is_keyframe, packet.duration or 0))
    if tick is not None:
        tick(found.size, found.size)
    return found


def _hidden(codec: str, packet: Packet[VideoStream]) -> bool:
    """Whether a packet only carries a picture that others refer to (VP8's alternate reference frames)."""
    return codec == "vp8" and not memoryview(packet)[0] & 0x10


def _first_decoded(path: Path) -> list[int | None]:
    found: list[int | None] = []
    with open_media(path) as container:
        for frame in decoded(container, pick_video(container, path)):
            found.append(frame.pts)
            if len(found) == _CHECKED:
                break
    return found


def _decode_all(path: Path, size: int, tick: Tick | None) -> list[tuple[int | None, bool, int]]:
    rows: list[tuple[int | None, bool, int]] = []
    with open_media(path) as container:
        stream = pick_video(container, path)
        for frame in decoded(container, stream):
            if tick is not None and len(rows) % _TICK_EVERY == 0:
                tick(0, size)
            rows.append((frame.pts, bool(frame.key_frame), frame.duration or 0))
    return rows


def _counted(count: int, rate: Fraction) -> FrameTimes:
    """Evenly spaced times for a video without any; it can only be decoded from its start."""
    starts = np.array([rescale_to_us(i, 1 / rate) for i in range(count + 1)], np.int64)
    keys = np.zeros(count, np.bool_)
    keys[0] = True
    return _frozen(starts[:-1], keys, int(starts[-1]))


def _timed(
    rows: list[tuple[int | None, bool, int]], time_base: Fraction, rate: Fraction, unreadable: int, only_start: bool
) -> Scan:
    step = max(1, round(1 / (rate * time_base)))
    origin = next((r[0] for r in rows if r[0] is not None), None)
    ticks: list[int] = []
    for pts, _, _ in rows:
        previous = ticks[-1] if ticks else (origin or 0) - step
        ticks.append(previous + step if pts is None else pts)
    starts = np.array([rescale_to_us(t - ticks[0], time_base) for t in ticks], np.int64)
    # equal times (broken files, clocks finer than ours) still give every frame its own entry
    order = np.arange(len(starts))
    starts = np.maximum.accumulate(starts - order) + order
    keys = np.array([r[1] for r in rows], np.bool_)
    if only_start or origin is None:
        keys[:] = False
        keys[0] = True
    length = max(1, rescale_to_us(rows[-1][2] or _usual_step(ticks) or step, time_base))
    return Scan(_frozen(starts, keys, int(starts[-1]) + length), time_base, origin, unreadable)


def _usual_step(ticks: list[int]) -> int:
    return int(np.median(np.diff(ticks))) if len(ticks) > 1 else 0


def _frozen(starts: NDArray[np.int64], keys: NDArray[np.bool_], duration_us: int) -> FrameTimes:
    starts.flags.writeable = False
    keys.flags.writeable = False
    return FrameTimes(starts, keys, duration_us)
