"""How loud the sound of a file is as a whole (EBU R 128, by FFmpeg's own filter)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame

from vidstudio.engine.errors import of_the_machine
from vidstudio.engine.media.audio import Tick, pick_sound, sound_frames
from vidstudio.engine.media.opening import open_media
from vidstudio.engine.types import Loudness

_GATE = -70.0
"""Where the filter's scale begins: nothing was loud enough to count."""


def loudness(path: Path, tick: Tick | None = None, stream: int = 0) -> Loudness:
    """Measure one sound stream from beginning to end, with all its channels.

    `tick(done, total)` is told seconds. Raises UnreadableMedia when the file has no such stream.
    """
    meter: _Meter | None = None
    with open_media(path) as container:
        sound = pick_sound(container, path, stream)
        total = float(container.duration or 0) / av.time_base
        heard = 0.0
        for frame in sound_frames(container, sound):
            if not frame.samples or not frame.sample_rate:
                continue
            try:
                meter = meter or _Meter(frame)
                meter.feed(frame)
            except (av.FFmpegError, ValueError) as error:
                if problem := of_the_machine(error):
                    raise problem from error
                # damaged: of so many channels, or at such a rate, as nothing can be made of
            before, heard = heard, heard + frame.samples / frame.sample_rate
            if tick is not None and int(heard) > int(before):
                tick(heard, max(total, heard))
    said = meter.finish() if meter is not None else {}
    integrated, peak = _number(said, "I", _GATE), _number(said, "true_peak", 0.0)
    return Loudness(
        integrated if integrated > _GATE else None,
        _number(said, "LRA", 0.0),
        20 * math.log10(peak) if peak > 0 else None,
    )


def _number(said: Mapping[str, str], name: str, otherwise: float) -> float:
    value = float(said.get(f"lavfi.r128.{name}", otherwise))
    return value if math.isfinite(value) else otherwise


class _Meter:
    """The filter, fed with frames; frames of another kind than the first are brought to it."""

    def __init__(self, first: AudioFrame) -> None:
        self._kind = _kind(first)
        self._rate, self._position = first.sample_rate, 0
        self._said: dict[str, str] = {}
        self._convert: dict[tuple[str, str, int], av.AudioResampler] = {}
        self._graph = av.filter.Graph()
        source = self._graph.add_abuffer(
            sample_rate=first.sample_rate,
            format=first.format.name,
            layout=first.layout.name,
            time_base=Fraction(1, first.sample_rate),
        )
        meter = self._graph.add("ebur128", "metadata=1:peak=true")
        sink = self._graph.add("abuffersink")
        source.link_to(meter)
        meter.link_to(sink)
        self._graph.configure()

    def feed(self, frame: AudioFrame) -> None:
        """Measure a frame."""
        for one in self._alike(frame):
            one.pts, one.time_base = self._position, Fraction(1, self._rate)
            self._position += one.samples
            self._graph.push(one)
            self._pull()

    def finish(self) -> Mapping[str, str]:
        """What the filter said last."""
        self._graph.push(None)
        self._pull()
        return self._said

    def _alike(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        kind = _kind(frame)
        if kind == self._kind:
            yield frame
            return
        if kind not in self._convert:
            form, layout, rate = self._kind
            self._convert[kind] = av.AudioResampler(format=form, layout=layout, rate=rate)
        frame.pts = None
        yield from self._convert[kind].resample(frame)

    def _pull(self) -> None:
        while True:
            try:
                out = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._said = dict(out.metadata) or self._said


def _kind(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
