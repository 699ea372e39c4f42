"""Makes small videos with known content, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def shot(seed: int, frames: int, size: tuple[int, int] = (320, 180)) -> Iterator[Picture]:
    """A textured scene under a slow pan: each seed looks unlike every other. Yields (h, w, 3) uint8."""
    width, height = size
    random = np.random.default_rng(seed)
    big = np.zeros((height * 2, width * 2, 3), np.float32)
    for cells in (3, 6, 12, 24):
        coarse = random.normal(0, 1, (cells, cells * 2, 3)).astype(np.float32)
        rows = np.linspace(0, cells - 1.001, big.shape[0])
        cols = np.linspace(0, cells * 2 - 1.001, big.shape[1])
        r0, c0 = rows.astype(int), cols.astype(int)
        fr, fc = (rows - r0)[:, None, None].astype(np.float32), (cols - c0)[None, :, None].astype(np.float32)
        top = coarse[r0][:, c0] * (1 - fc) + coarse[r0][:, c0 + 1] * fc
        low = coarse[r0 + 1][:, c0] * (1 - fc) + coarse[r0 + 1][:, c0 + 1] * fc
        big += (top * (1 - fr) + low * fr) / np.sqrt(cells)
    big = np.clip(118 + 90 * big, 0, 255).astype(np.uint8)
    speed = random.uniform(0.4, 1.6, 2)
    for number in range(frames):
        x = int(speed[0] * number) % width
        y = int(speed[1] * number * 0.5) % height
        yield big[y : y + height, x : x + width]


def write_clip(
    path: Path,
    pictures: Iterable[Picture],
    rate: Fraction | int = 25,
    *,
    codec: str = "libx264",
    gop: int = 50,
    options: dict[str, str] | None = None,
    pixel_format: str = "yuv420p",
    pts: Iterable[int] | None = None,
    tone_hz: float | None = None,
) -> Path:
    """Encode pictures (h, w, 3) uint8 RGB at `rate` frames a second.

    pts: presentation times in ticks of 1/(rate*1000), for variable rates; by default evenly spaced.
    tone_hz: adds a 48 kHz stereo AAC sine of that pitch, as long as the picture.
    """
    rate = Fraction(rate)
    time_base = 1 / (rate * 1000)
    with av.open(str(path), "w") as container:
        stream = None
        audio = None
        times = iter(pts) if pts is not None else None
        count = 0
        for count, picture in enumerate(pictures, 1):
            if stream is None:
                stream = container.add_stream(codec, rate=rate)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = pixel_format
                stream.codec_context.gop_size = gop
                stream.codec_context.time_base = time_base
                stream.options = (
                    {"preset": "ultrafast", "crf": "18"} | (options or {}) if codec == "libx264" else (options or {})
                )
                if tone_hz is not None:
                    audio = container.add_stream("aac", rate=48000, layout="stereo")
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.time_base = time_base
            frame.pts = next(times) if times is not None else (count - 1) * 1000
            container.mux(stream.encode(frame))
        assert stream is not None, "no pictures"
        container.mux(stream.encode(None))
        if audio is not None:
            length = int(count / rate * 48000)
            wave = (0.3 * np.sin(2 * np.pi * (tone_hz or 0) * np.arange(length) / 48000)).astype(np.float32)
            for start in range(0, length, 1024):
                part = np.stack([wave[start : start + 1024]] * 2)
                sound = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
                sound.sample_rate, sound.pts = 48000, start
                container.mux(audio.encode(sound))
            container.mux(audio.encode(None))
    return path
