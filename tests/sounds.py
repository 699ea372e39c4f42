"""Makes sounds with known content, and puts them under pictures, for tests."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from clips import shot
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import SoundPrint
from vidstudio.engine.sound import prints
from vidstudio.engine.sound.sounds import Sound

RATE = 48000
Samples = NDArray[np.float32]


def music(seed: int, seconds: float) -> Samples:
    """Chords and strokes at random times over a slow bass: float32 (n, 2)."""
    random = np.random.default_rng(seed)
    out = np.zeros((round(seconds * RATE), 2))
    at = 0.0
    while at < seconds:
        length = float(random.choice([0.2, 0.3, 0.45, 0.6, 0.9]))
        t = np.arange(round(min(length * 2, seconds - at) * RATE)) / RATE
        tone = np.zeros(len(t))
        for note in random.choice(np.arange(40, 80), 3, replace=False):
            pitch = 440 * 2 ** ((note - 69) / 12)
            for harmonic in range(1, 7):
                if pitch * harmonic < 15000:
                    tone += np.sin(2 * np.pi * pitch * harmonic * t + random.uniform(0, 6)) / harmonic**1.5
        tone *= np.exp(-t / (0.5 * length)) * np.minimum(1, t / 0.005) * random.uniform(0.4, 1)
        if random.random() < 0.5:
            tone += random.normal(0, 0.6, len(t)) * np.exp(-t / 0.04)
        pan = random.uniform(0.3, 0.7)
        first = round(at * RATE)
        out[first : first + len(t)] += tone[:, None] * (pan, 1 - pan)
        at += length
    return _scaled(out, 0.12)


def speech(seed: int, seconds: float) -> Samples:
    """Syllables of buzz and hiss through changing resonances, with pauses: float32 (n, 2), alike on both sides."""
    random = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE))
    at, pitch = 0.1, float(random.uniform(90, 220))
    while at < seconds:
        length = float(random.uniform(0.08, 0.3))
        n = round(min(length, seconds - at) * RATE)
        if n < 200:
            break
        t = np.arange(n) / RATE
        if random.random() < 0.25:
            source = random.normal(0, 0.3, n)
        else:
            bend = pitch * (1 + 0.1 * np.sin(2 * np.pi * random.uniform(1, 4) * t))
            source = np.sign(np.sin(2 * np.pi * np.cumsum(bend) / RATE)) * 0.5 + random.normal(0, 0.02, n)
        spectrum = np.fft.rfft(source)
        hertz = np.fft.rfftfreq(n, 1 / RATE)
        shape = 0.01 * np.ones(len(hertz))
        for low, high, wide in ((250, 850, 80), (900, 2300, 120), (2300, 3400, 200)):
            shape += np.exp(-0.5 * ((hertz - random.uniform(low, high)) / wide) ** 2)
        syllable = np.fft.irfft(spectrum * shape, n) * np.sin(np.pi * np.arange(n) / n) ** 0.5
        out[round(at * RATE) : round(at * RATE) + n] += syllable * random.uniform(0.4, 1)
        at += length + (float(random.uniform(0.3, 0.9)) if random.random() < 0.12 else float(random.uniform(0, 0.05)))
    out += random.normal(0, 10 ** (-68 / 20), len(out))
    return _scaled(np.stack([out, out], axis=1), 0.08)


def noise(seed: int, seconds: float) -> Samples:
    """Wind: hiss that slowly comes, goes and changes colour: float32 (n, 2)."""
    random = np.random.default_rng(seed)
    n = round(seconds * RATE)
    result = np.zeros((n, 2))
    for low, high in ((80, 400), (400, 1500), (1500, 5000), (5000, 12000)):
        knots = random.uniform(-14, 0, int(seconds * 2) + 3)
        level = 10 ** (np.interp(np.arange(n) / RATE, np.arange(len(knots)) / 2, knots) / 20)
        for side in (0, 1):
            spectrum = np.fft.rfft(random.normal(0, 1, n))
            hertz = np.fft.rfftfreq(n, 1 / RATE)
            spectrum[(hertz < low) | (hertz >= high)] = 0
            result[:, side] += np.fft.irfft(spectrum, n) * level
    return _scaled(result, 0.07)


def _scaled(sound: NDArray[np.float64], size: float) -> Samples:
    return np.clip(sound * (size / np.sqrt((sound**2).mean())), -1, 1).astype(np.float32)


def retimed(sound: Samples, speed: float) -> Samples:
    """Played faster by `speed`, its pitch with it."""
    at = np.arange(int(len(sound) / speed)) * speed
    columns = [np.interp(at, np.arange(len(sound)), sound[:, side]) for side in range(sound.shape[1])]
    return np.stack(columns, axis=1).astype(np.float32)


def stretched(sound: Samples, speed: float) -> Samples:
    """Played faster by `speed`, its pitch kept (overlapping pieces, laid where they fit best)."""
    size, hop = 2400, 1200
    window = np.hanning(size)[:, None]
    count = int(len(sound) / speed)
    out, weight = np.zeros((count + size, sound.shape[1])), np.zeros((count + size, 1))
    mono = sound.mean(axis=1)
    last = 0
    for start in range(0, count - size, hop):
        at = int(start * speed)
        if start:
            wish = mono[last + hop : last + hop + 600]
            low = max(0, at - 400)
            around = mono[low : at + 400 + len(wish)]
            if len(wish) == 600 and len(around) > 700:
                at = low + int(np.correlate(around, wish, "valid").argmax())
        part = sound[at : at + size]
        out[start : start + len(part)] += part * window[: len(part)]
        weight[start : start + len(part)] += window[: len(part)]
        last = at
    return (out / np.maximum(weight, 0.1))[:count].astype(np.float32)


def write_film(
    path: Path,
    sounds: Samples | list[Samples] | None,
    seconds: float,
    *,
    codec: str = "aac",
    bit_rate: int | None = None,
    rate: int = RATE,
    layout: str = "stereo",
    pictures: Iterable[NDArray[np.uint8]] | None = None,
    frame_rate: Fraction | int = 25,
    sound_start: int = 0,
) -> Path:
    """A film with sound float32 (n, channels) of `RATE`, brought to `rate`; a list gives one stream each.

    sound_start: samples of `RATE` after the first picture at which the sound starts.
    """
    streams = [] if sounds is None else sounds if isinstance(sounds, list) else [sounds]
    if pictures is None:
        cuts = [shot(seed, 75, (160, 90)) for seed in range(int(seconds * frame_rate) // 75 + 1)]
        pictures = (picture for cut in cuts for picture in cut)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=frame_rate)
        video.width, video.height, video.pix_fmt = 160, 90, "yuv420p"
        video.options = {"preset": "ultrafast", "crf": "23"}
        outs = []
        for _ in streams:
            out = container.add_stream(codec, rate=rate, layout=layout)
            if bit_rate:
                out.bit_rate = bit_rate
            outs.append(out)
        for number, picture in zip(range(round(seconds * frame_rate)), pictures, strict=False):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for out, sound in zip(outs, streams, strict=True):
            _encode(container, out, sound, rate, layout, sound_start)
    return path


def _encode(container, out, sound: Samples, rate: int, layout: str, start: int) -> None:
    given = {1: "mono", 2: "stereo", 6: "5.1"}[sound.shape[1]]
    resampler = av.AudioResampler(format=out.codec_context.format, layout=layout, rate=rate)
    fifo = av.AudioFifo()
    size = out.codec_context.frame_size or 1024

    def put(frames) -> None:
        for frame in frames:
            frame.pts = None
            fifo.write(frame)

    for at in range(0, len(sound), RATE):
        block = np.ascontiguousarray(sound[at : at + RATE]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="flt", layout=given)
        frame.sample_rate = RATE
        put(resampler.resample(frame))
    put(resampler.resample(None))
    position = round(start * rate / RATE)
    while (frame := fifo.read(size, partial=True)) is not None:
        frame.pts, frame.time_base = position, Fraction(1, rate)
        position += frame.samples
        container.mux(out.encode(frame))
    container.mux(out.encode(None))


def coded(sound: Samples, folder: Path, codec: str, bit_rate: int, rate: int = RATE, layout: str = "stereo") -> Path:
    """The sound alone in a file, through a codec."""
    path = folder / f"{codec}{bit_rate}{rate}{layout}.mkv"
    with av.open(str(path), "w") as container:
        out = container.add_stream(codec, rate=rate, layout=layout)
        out.bit_rate = bit_rate
        _encode(container, out, sound, rate, layout, 0)
    return path


def heard(sound: Samples) -> Sound:
    """The print of a sound of `RATE`, as a stage would make it of a file."""
    resampler = av.AudioResampler(format="flt", layout="stereo", rate=prints.RATE)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound).reshape(1, -1), format="flt", layout="stereo")
    frame.sample_rate = RATE
    blocks = [out.to_ndarray().reshape(-1, 2) for out in resampler.resample(frame) + resampler.resample(None)]
    before = np.zeros((prints.WINDOW // 2, 2), np.float32)
    return Sound.of([SoundPrint(0, prints.levels(np.concatenate([before, *blocks, before])))])
