"""Sound lies where the picture's clock says."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from clips import write_clip
from numbered import numbered
from numpy.typing import NDArray

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.audio import _Resampler, samples, waveform
from vidstudio.engine.time import Span


def with_sound(path: Path, sound: NDArray[np.int16], start: int, video_start: int = 0, rate: int = 48000) -> Path:
    """25 frames at 25/s from tick `video_start`/25 s, and PCM (N, channels) from sample `start` on."""
    layout = {1: "mono", 2: "stereo"}[sound.shape[1]]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        stream = container.add_stream("pcm_s16le", rate=rate, layout=layout)
        for number, picture in enumerate(numbered(range(25))):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number + video_start
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for at in range(0, len(sound), 1000):
            part = np.ascontiguousarray(sound[at : at + 1000]).reshape(1, -1)
            block = av.AudioFrame.from_ndarray(part, format="s16", layout=layout)
            block.sample_rate, block.pts = rate, start + at
            container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    return path


def ramp(count: int) -> NDArray[np.int16]:
    """Every sample tells its own number (never 0)."""
    return (np.arange(count) % 30000 + 1).astype(np.int16)[:, None]


@pytest.mark.parametrize("name", ["a.mov", "a.mkv"])
@pytest.mark.parametrize(("start", "video_start"), [(0, 0), (4800, 0), (48000, 25), (48000, 20), (52800, 25)])
def test_every_sample_is_in_its_place(tmp_path: Path, name: str, start: int, video_start: int) -> None:
    path = with_sound(tmp_path / name, ramp(30000), start, video_start)
    offset = start - video_start * 1920
    heard = np.round(np.concatenate(list(samples(path, channels=1)))[:, 0] * 32768)
    expected = np.concatenate([np.zeros(max(offset, 0)), np.arange(30000)[max(-offset, 0) :] + 1])
    assert np.array_equal(heard, expected)
    for first, after in ((0, 100), (100, 20_000), (19_999, 40_001), (90_000, 96_000)):
        span = Span(first * 125 // 6, after * 125 // 6)
        first, after = (t * 48000 // 1_000_000 for t in (span.start_us, span.end_us))
        piece = np.concatenate(list(samples(path, span, channels=1)))[:, 0]
        padded = np.concatenate([expected, np.zeros(100_000)])[first:after]
        assert len(piece) == len(padded)
        # Matroska's times are whole milliseconds
        slack = 0 if name == "a.mov" else 48
        both = (piece != 0) & (padded != 0)
        assert np.abs(np.round(piece * 32768) - padded)[both].max(initial=0) <= slack
        assert ((piece != 0) != (padded != 0)).sum() <= slack


def test_a_hole_in_the_sound_is_silence(tmp_path: Path) -> None:
    path = tmp_path / "hole.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000, layout="mono")
        for start in (0, 24000):
            block = av.AudioFrame.from_ndarray(np.full((1, 4800), 8000, np.int16), format="s16", layout="mono")
            block.sample_rate, block.pts = 48000, start
            container.mux(stream.encode(block))
        container.mux(stream.encode(None))
    heard = np.concatenate(list(samples(path, channels=1)))[:, 0]
    assert len(heard) == 28800
    assert (heard[:4800] > 0.2).all()
    assert (heard[4800:24000] == 0).all()
    assert (heard[24000:] > 0.2).all()


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_another_rate_keeps_the_length_and_the_place(tmp_path: Path, rate: int) -> None:
    sound = np.zeros((44100, 2), np.int16)
    sound[22050:22100] = 20000
    path = with_sound(tmp_path / "r.mov", sound, 0, rate=44100)
    heard = np.concatenate(list(samples(path, rate=rate, channels=2)))
    assert heard.shape[1] == 2
    assert heard.dtype == np.float32
    assert abs(len(heard) - rate) <= 2
    loud = np.flatnonzero(np.abs(heard[:, 0]) > 0.2)
    assert abs(loud.mean() / rate - 22075 / 44100) < 0.001


def test_compressed_sound_keeps_its_place(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "t.mp4", numbered(range(50)), 25, tone_hz=440)
    heard = np.concatenate(list(samples(path, Span(500_000, 1_500_000))))
    assert heard.shape == (48000, 2)
    truth = 0.3 * np.sin(2 * np.pi * 440 * (np.arange(48000) + 24000) / 48000)
    assert np.abs(heard[:, 0] - truth).max() < 0.02


def test_many_channels_without_places_are_mixed(real_media: Path) -> None:
    many = np.concatenate(list(samples(real_media / "torchcodec" / "sine_16ch_s16.wav", rate=16000)))
    assert many.shape == (16000, 2)
    assert np.abs(many).max() > 0.01


def test_what_cannot_be_heard(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "n.mp4", numbered(range(5)), 25)
    with pytest.raises(UnreadableMedia, match="no sound"):
        next(samples(path))
    with pytest.raises(UnreadableMedia, match="no file"):
        next(samples(tmp_path / "none.mp4"))
    with pytest.raises(ValueError, match="channels"):
        next(samples(path, channels=3))
    assert (waveform(path, 7) == 0).all()
    with pytest.raises(ValueError, match="bucket"):
        waveform(path, 0)


def test_waveform_shows_where_it_is_loud(tmp_path: Path) -> None:
    sound = np.zeros((48000, 2), np.int16)
    sound[12000:24000, 1] = 16384
    sound[36000, 0] = -8192
    path = with_sound(tmp_path / "w.mov", sound, 0)
    ticks: list[tuple[float, float]] = []
    shape = waveform(path, 20, lambda done, total: ticks.append((done, total)))
    assert shape.shape == (20, 2)
    assert np.allclose(shape[5:10, 1], 0.5)
    assert np.allclose(shape[:5], 0)
    assert shape[15, 0] == pytest.approx(-0.25)
    assert ticks[-1] == (1.0, 1.0)


def test_waveform_of_real_sound(real_media: Path) -> None:
    shape = waveform(real_media / "whisper" / "jfk.flac", 11)
    assert (shape[:, 1] > 0).all()
    assert (np.abs(shape) <= 1).all()


def _frame(layout: str, level: float, samples: int = 1024, rate: int = 48_000) -> AudioFrame:
    frame = AudioFrame(format="flt", layout=layout, samples=samples)
    frame.planes[0].update(np.full(frame.planes[0].buffer_size // 4, level, np.float32).tobytes())
    frame.sample_rate = rate
    return frame


@pytest.mark.parametrize(
    "order", [["stereo", "5.1", "stereo", "mono"], ["38 channels", "stereo", "38 channels", "mono"]]
)
def test_what_the_frames_are_may_change_on_the_way(order: list[str]) -> None:
    """As at a programme's breaks, or for a damaged frame of more channels than there are."""
    resampler = _Resampler(48_000, 2)
    for layout in order:
        blocks = np.concatenate(list(resampler.feed(_frame(layout, 0.25))))
        assert blocks.shape == (1024, 2)
        assert np.abs(blocks).max() > 0.1
    assert not list(resampler.finish())


def test_what_nothing_can_be_made_of_is_silence_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, **_: object) -> None: ...

        def resample(self, _: object) -> list[AudioFrame]:
            raise av.error.ArgumentError(22, "Invalid argument")

    monkeypatch.setattr(av, "AudioResampler", Broken)
    block = np.concatenate(list(_Resampler(24_000, 1).feed(_frame("stereo", 0.25))))
    assert block.shape == (512, 1)
    assert not block.any()
