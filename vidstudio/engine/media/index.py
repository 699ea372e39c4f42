"""When each frame is shown: read from the packets of a file, so that nothing needs decoding.

That the packets foretell the frames is checked on the first pictures; where it does not hold (fields in
packets of their own, times missing here and there) the whole video is decoded once instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.look import Identity, decoded, identity, look, packets_of
from vidstudio.engine.media.opening import LONGEST_FRAME_S, open_media, pick_video, stream_rate
from vidstudio.engine.time import rescale_to_us
from vidstudio.engine.types import FrameTimes

Tick = Callable[[float, float], None]

_TICK_EVERY = 256
# every frame of these builds on the one before, whatever their packets say
_ONLY_FROM_START = {"gif", "apng"}
_KEPT = 4
_JUMP = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Scan:
    """What the packets of the main video say.

    `first_pts` is in ticks of `time_base`; None when the file's own times do not tell frames apart (there are
    none, or its clock jumps): then frames can only be counted from the start.
    """

    times: FrameTimes
    time_base: Fraction
    first_pts: int | None
    unreadable: int


# presentation time, whether decoding can start there, duration
_Row = tuple[int | None, bool, int]
_RECENT: dict[Identity, Scan] = {}
_RECENT_LOCK = threading.Lock()


@dataclass(slots=True)
class _Packets:
    shown: list[_Row]
    unreadable: int = 0
    timed: bool = True
    size: int = 0
    parts: list[int] = field(default_factory=list)
    _clock: int | None = None

    def notice(self, dts: int | None, jump: int) -> None:
        """Note where the file's clock jumps back: two recordings in one file."""
        if dts is None:
            return
        if self._clock is not None and dts < self._clock - jump:
            self.parts.append(len(self.shown))
        self._clock = dts


def frame_times(path: Path, tick: Tick | None = None) -> FrameTimes:
    """Start of every frame a full decode of `path` gives, in order; entry i belongs to frame i.

    `tick(done, total)` is told bytes; whatever it raises ends the work. Where a packet of a damaged file
    gives no picture its entry is kept. Raises UnreadableMedia when there is no video to show.
    """
    return scan(path, tick).times


def scan(path: Path, tick: Tick | None = None) -> Scan:
    """Read all packets of the main video. The last few results are kept for the same unchanged file."""
    key = identity(path)
    with _RECENT_LOCK:
        known = _RECENT.get(key)
    if known is None:
        known = _scan(path, tick)
        with _RECENT_LOCK:
            while len(_RECENT) >= _KEPT:
                del _RECENT[next(iter(_RECENT))]
            _RECENT[key] = known
    return known


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
    first = look(path)
    start = list(first.pts)
    rows = packets.shown
    if not start or time_base > LONGEST_FRAME_S:
        return Scan(_counted(rows, time_base, rate), time_base, None, packets.unreadable)
    if packets.timed and packets.parts:
        return Scan(_joined(rows, packets.parts, time_base, rate), time_base, None, packets.unreadable)
    if packets.timed:
        rows = sorted((r for r in rows if (r[0] or 0) >= start[0]), key=lambda r: r[0] or 0)
    foretold = [r[0] for r in rows]
    if not packets.timed or (foretold[: len(start)] != start and not (first.damaged and set(start) <= set(foretold))):
        rows = _decode_all(path, packets.size, tick)
    return _timed(rows, time_base, rate, packets.unreadable, only_start)


def _read(path: Path, container: InputContainer, stream: VideoStream, tick: Tick | None) -> _Packets:
    found = _Packets([], size=path.stat().st_size)
    jump = int(_JUMP / stream.time_base) if stream.time_base else 1
    for count, packet in enumerate(packets_of(container, stream)):
        if packet is None:
            found.unreadable += 1
            continue
        if tick is not None and count % _TICK_EVERY == 0:
            tick(min(max(packet.pos or 0, 0), found.size), found.size)
        found.unreadable += packet.is_corrupt
        if packet.size == 0 or packet.is_discard or _hidden(stream.codec_context.name, packet):
            continue
        found.notice(packet.dts, jump)
        found.timed = found.timed and packet.pts is not None
        found.shown.append((packet.pts, packet.is_keyframe, packet.duration or 0))
    if tick is not None:
        tick(found.size, found.size)
    return found


def _hidden(codec: str, packet: Packet[VideoStream]) -> bool:
    """Whether a packet only carries a picture that others refer to (VP8's alternate reference frames)."""
    return codec == "vp8" and not memoryview(packet)[0] & 0x10


def _decode_all(path: Path, size: int, tick: Tick | None) -> list[_Row]:
    rows: list[_Row] = []
    with open_media(path) as container:
        stream = pick_video(container, path)
        for frame in decoded(container, stream):
            if tick is not None and len(rows) % _TICK_EVERY == 0:
                tick(0, size)
            rows.append((frame.pts, bool(frame.key_frame), frame.duration or 0))
    return rows


def _counted(rows: list[_Row], time_base: Fraction, rate: Fraction) -> FrameTimes:
    """Times for pictures that can only be counted from the start: those of the packets, else evenly spaced."""
    ticks = sorted(r[0] for r in rows if r[0] is not None)
    even = [rescale_to_us(i, 1 / rate) for i in range(len(rows) + 1)]
    starts = np.array(even[:-1], np.int64)
    if len(set(ticks)) == len(rows) and time_base <= LONGEST_FRAME_S:
        ticks = _without_leaps(ticks, time_base, rate)
        starts = np.array([rescale_to_us(t - ticks[0], time_base) for t in ticks], np.int64)
    keys = np.zeros(len(rows), np.bool_)
    keys[0] = True
    return _frozen(starts, keys, int(starts[-1]) + even[1])


def _joined(rows: list[_Row], parts: list[int], time_base: Fraction, rate: Fraction) -> FrameTimes:
    """Times of recordings that follow one another in one file, each with a clock of its own."""
    step = max(1, round(1 / (rate * time_base)))
    ticks: list[int] = []
    end = 0
    for first, after in pairwise([0, *parts, len(rows)]):
        own = sorted(r[0] for r in rows[first:after] if r[0] is not None)
        if own:
            ticks += [end + t - own[0] for t in own]
            end = ticks[-1] + step
    *ticks, end = _without_leaps([*ticks, end], time_base, rate)
    starts = np.array([rescale_to_us(t, time_base) for t in [*ticks, end]], np.int64)
    keys = np.zeros(len(ticks), np.bool_)
    keys[0] = True
    return _frozen(starts[:-1], keys, int(starts[-1]))


def _timed(rows: list[_Row], time_base: Fraction, rate: Fraction, unreadable: int, only_start: bool) -> Scan:
    step = max(1, round(1 / (rate * time_base)))
    origin = next((r[0] for r in rows if r[0] is not None), 0)
    ticks: list[int] = []
    for pts, _, _ in rows:
        previous = ticks[-1] if ticks else origin - step
        ticks.append(previous + step if pts is None else pts)
    paced = _without_leaps(ticks, time_base, rate)
    leaps, ticks = paced != ticks, paced
    starts = np.array([rescale_to_us(t - ticks[0], time_base) for t in ticks], np.int64)
    # equal times (broken files, clocks finer than ours) still give every frame its own entry
    order = np.arange(len(starts))
    starts = np.maximum.accumulate(starts - order) + order
    keys = np.array([r[1] for r in rows], np.bool_)
    if only_start or leaps:
        keys[:] = False
        keys[0] = True
    length = rows[-1][2] or _usual_step(ticks) or step
    if length * time_base > LONGEST_FRAME_S:
        length = _usual_step(ticks) or step
    length = max(1, rescale_to_us(length, time_base))
    return Scan(_frozen(starts, keys, int(starts[-1]) + length), time_base, None if leaps else origin, unreadable)


def _without_leaps(ticks: list[int], time_base: Fraction, rate: Fraction) -> list[int]:
    """The same times, but where more than `LONGEST_FRAME_S` lies between two the usual step does."""
    leap = int(LONGEST_FRAME_S / time_base)
    steps = [after - before for before, after in pairwise(ticks)]
    if all(step <= leap for step in steps):
        return ticks
    possible = [step for step in steps if step <= leap]
    usual = max(1, int(np.median(possible)) if possible else round(1 / (rate * time_base)))
    return list(accumulate((usual if step > leap else step for step in steps), initial=ticks[0]))


def _usual_step(ticks: list[int]) -> int:
    return int(np.median(np.diff(ticks))) if len(ticks) > 1 else 0


def _frozen(starts: NDArray[np.int64], keys: NDArray[np.bool_], duration_us: int) -> FrameTimes:
    starts.flags.writeable = False
    keys.flags.writeable = False
    return FrameTimes(starts, keys, duration_us)
