"""Sound of a file on its video's own clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from vidstudio.engine.errors import UnreadableMedia, of_the_machine
from vidstudio.engine.media.index import scan
from vidstudio.engine.media.look import look
from vidstudio.engine.media.opening import film_streams, open_media
from vidstudio.engine.time import US, Span

Tick = Callable[[float, float], None]
Samples = NDArray[np.float32]

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
# what a decoder needs to hear before its sound is right (Opus asks for 80 ms)
_RUN_UP = Fraction(1, 4)
# times in files jitter by their clock's ticks; only a real hole moves the sound
_HOLE = Fraction(1, 25)


def samples(
    path: Path, span: Span | None = None, *, rate: int = 48000, channels: int = 2, stream: int = 0
) -> Iterator[Samples]:
    """Sound as float32 blocks (N, channels), sample 0 at the video's first frame.

    With a span exactly its samples, from `start_us * rate` to `end_us * rate` rounded down, silence where
    there is no sound; without one from 0 to the end of the sound. `stream` counts the sound streams.
    Raises UnreadableMedia when there is no such stream; ValueError for another number of channels
    than 1, 2, 6 or 8.
    """
    if channels not in _LAYOUTS:
        raise ValueError(f"channels must be one of {sorted(_LAYOUTS)}, not {channels}")
    first = span.start_us * rate // US if span else 0
    after = span.end_us * rate // US if span else None
    with open_media(path) as container:
        sound = pick_sound(container, path, stream)
        origin = _origin(container, path)
        _seek(container, sound, origin + Fraction(first, rate) - _RUN_UP)
        yield from _laid_out(_placed(container, sound, origin, rate, channels), first, after, rate, channels)


def waveform(path: Path, buckets: int, tick: Tick | None = None) -> Samples:
    """Lowest and highest sample, over all channels, of `buckets` equal parts of the video: float32 (buckets, 2).

    Zeros where there is no sound. `tick(done, total)` is told seconds. Raises UnreadableMedia when the
    file cannot be opened, ValueError for no buckets.
    """
    if buckets < 1:
        raise ValueError(f"there must be at least one bucket, not {buckets}")
    result = np.zeros((buckets, 2), np.float32)
    with open_media(path) as container:
        if not container.streams.audio or container.streams.audio[0].codec_context is None:
            return result
        rate: int = container.streams.audio[0].codec_context.sample_rate or 48000
        seconds = container.duration / av.time_base if container.duration else 0.0
        if film_streams(container):
            seconds = scan(path).times.duration_us / US
    total = int(seconds * rate)
    position = 0
    for block in samples(path, rate=rate):
        if position >= total:
            break
        _gather(result, block[: total - position], position, total)
        position += len(block)
        if tick is not None:
            tick(min(position, total) / rate, total / rate)
    return result


def _gather(result: Samples, block: Samples, position: int, total: int) -> None:
    numbers = (position + np.arange(len(block), dtype=np.int64)) * len(result) // total
    chosen, starts = np.unique(numbers, return_index=True)
    low = np.minimum.reduceat(block.min(axis=1), starts)
    high = np.maximum.reduceat(block.max(axis=1), starts)
    result[chosen, 0] = np.minimum(result[chosen, 0], low)
    result[chosen, 1] = np.maximum(result[chosen, 1], high)


def pick_sound(container: InputContainer, path: Path, number: int) -> AudioStream:
    """The sound stream with this number. Raises UnreadableMedia when there is none."""
    streams = [s for s in container.streams.audio if s.codec_context is not None]
    if not 0 <= number < len(streams):
        what = "no sound" if not streams else f"no sound stream {number + 1}"
        raise UnreadableMedia(path, f"{path.name} has {what}.", "Choose another file or stream.")
    return streams[number]


def _origin(container: InputContainer, path: Path) -> Fraction:
    return look(path).origin if film_streams(container) else Fraction(0)


def _seek(container: InputContainer, sound: AudioStream, seconds: Fraction) -> None:
    ticks = int(seconds / (sound.time_base or Fraction(1, 1000)))
    if ticks > (sound.start_time or 0):
        try:
            container.seek(ticks, stream=sound)
        except (av.FFmpegError, OverflowError):
            container.seek(0)


def _placed(
    container: InputContainer, sound: AudioStream, origin: Fraction, rate: int, channels: int
) -> Iterator[tuple[int, Samples]]:
    """Resampled blocks with the number of their first sample; numbers jump only over holes in the sound."""
    resampler: _Resampler | None = None
    start, given, heard = Fraction(0), 0, Fraction(0)
    for frame in sound_frames(container, sound):
        if not frame.samples or not frame.sample_rate:
            continue
        time = heard if frame.pts is None else frame.pts * frame.time_base - origin
        if resampler is None or abs(time - heard) > _HOLE:
            if resampler is not None:
                for block in resampler.finish():
                    yield round(start * rate) + given, block
                    given += len(block)
            resampler, start, given, heard = _Resampler(rate, channels), time, 0, time
        heard += Fraction(frame.samples, frame.sample_rate)
        for block in resampler.feed(frame):
            yield round(start * rate) + given, block
            given += len(block)
    if resampler is not None:
        for block in resampler.finish():
            yield round(start * rate) + given, block
            given += len(block)


def sound_frames(container: InputContainer, sound: AudioStream) -> Iterator[AudioFrame]:
    """Everything of a sound stream that can be decoded."""
    demux = container.demux(sound)
    failures = 0
    while failures < 64:
        try:
            packet = next(demux)
        except StopIteration:
            return
        except (av.FFmpegError, ValueError):
            failures += 1
            demux = container.demux(sound)
            continue
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            continue
        failures = 0
        yield from frames


class _Resampler:
    """Brings frames to one rate and number of channels; what they are may change on the way."""

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._rate = rate
        self._kind: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def feed(self, frame: AudioFrame) -> Iterator[Samples]:
        frame.pts = None
        kind = frame.format.name, frame.layout.name, frame.sample_rate
        if kind != self._kind:
            yield from self.finish()
            self._kind = kind
        # channels without known places cannot be mixed by it
        for layout in (_LAYOUTS[self._channels], None):
            resampler = self._resampler or av.AudioResampler(format="flt", layout=layout, rate=self._rate)
            try:
                blocks = resampler.resample(frame)
            except (av.FFmpegError, ValueError) as error:
                if problem := of_the_machine(error):
                    raise problem from error
                self._resampler = None
                continue
            self._resampler = resampler
            yield from map(self._array, blocks)
            return
        # damaged: what nothing can be made of lasts as long, so that all else stays where it is
        yield np.zeros((round(frame.samples * self._rate / frame.sample_rate), self._channels), np.float32)

    def finish(self) -> Iterator[Samples]:
        """What is left in it; it may go on with frames of another kind."""
        resampler, self._resampler, self._kind = self._resampler, None, None
        if resampler is None:
            return
        try:
            yield from map(self._array, resampler.resample(None))
        except (av.FFmpegError, ValueError):
            return

    def _array(self, frame: AudioFrame) -> Samples:
        block: Samples = frame.to_ndarray().reshape(frame.samples, -1).astype(np.float32, copy=False)
        if block.shape[1] != self._channels:
            block = np.repeat(block.mean(axis=1, keepdims=True), self._channels, axis=1)
        return block


def _laid_out(
    blocks: Iterator[tuple[int, Samples]], first: int, after: int | None, rate: int, channels: int
) -> Iterator[Samples]:
    """Blocks end to end from sample `first` up to `after`, with silence in the holes, nothing twice."""
    position = first
    for start, samples in blocks:
        block = samples[max(0, position - start) :]
        start = max(start, position)
        if not len(block):
            continue
        if after is not None and start >= after:
            break
        yield from _silence(start - position, rate, channels)
        block = block if after is None else block[: after - start]
        yield block
        position = start + len(block)
        if after is not None and position >= after:
            return
    if after is not None:
        yield from _silence(after - position, rate, channels)


def _silence(count: int, rate: int, channels: int) -> Iterator[Samples]:
    while count > 0:
        yield np.zeros((min(count, rate), channels), np.float32)
        count -= rate
