"""Loudness by the reference tones of EBU Tech 3341, and of sounds that have none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from clips import write_clip
from numbered import numbered
from sounds import RATE, coded, write_film

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media import loudness as loudness_of
from vidstudio.engine.media.loudness import loudness


def tone(level_db: float, seconds: float, channels: int = 2) -> np.ndarray:
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize(("level", "expected"), [(-23.0, -23.0), (-33.0, -33.0)])
def test_a_stereo_tone_is_as_loud_as_it_is_high(tmp_path: Path, level: float, expected: float) -> None:
    path = write_film(tmp_path / "t.mov", tone(level, 5), 1, codec="pcm_s16le")
    told: list[tuple[float, float]] = []
    found = loudness(path, lambda done, total: told.append((done, total)))
    assert found.integrated == pytest.approx(expected, abs=0.1)
    assert found.true_peak == pytest.approx(level, abs=0.3)
    assert found.range == pytest.approx(0, abs=0.1)
    assert told[-1][0] == pytest.approx(5, abs=0.1)


def test_parts_that_differ_make_a_range(tmp_path: Path) -> None:
    steps = np.concatenate([tone(-20, 10), tone(-30, 10)])  # EBU Tech 3342, case 1
    found = loudness(write_film(tmp_path / "t.mov", steps, 1, codec="pcm_s16le"))
    assert found.range == pytest.approx(10, abs=1)


def test_six_channels(tmp_path: Path) -> None:
    sound = np.zeros((3 * RATE, 6), np.float32)
    sound[:, 2] = tone(-23, 3)[:, 0]  # centre alone
    found = loudness(write_film(tmp_path / "t.mov", sound, 1, codec="pcm_s16le", layout="5.1"))
    assert found.integrated == pytest.approx(-26, abs=0.2)


def test_silence_and_almost_no_sound(tmp_path: Path) -> None:
    silent = loudness(write_film(tmp_path / "s.mov", 0 * tone(0, 2), 1, codec="pcm_s16le"))
    assert (silent.integrated, silent.range, silent.true_peak) == (None, 0.0, None)
    short = loudness(coded(tone(-20, 0.1), tmp_path, "aac", 64_000))
    assert short.integrated is None
    with pytest.raises(UnreadableMedia, match="no sound"):
        loudness(write_clip(tmp_path / "n.mp4", numbered(range(5)), 25))


def test_many_channels_without_places(real_media: Path) -> None:
    assert loudness(real_media / "torchcodec" / "sine_16ch_s16.wav").true_peak == pytest.approx(-10.5, abs=0.2)


def test_a_frame_that_nothing_can_be_made_of_leaves_the_rest_as_loud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __init__(self, **_: object) -> None: ...

        def resample(self, _: object) -> list[AudioFrame]:
            raise av.error.ArgumentError(22, "Invalid argument")

    path = write_film(tmp_path / "t.mov", tone(-23, 5), 1, codec="pcm_s16le")
    whole = loudness_of.sound_frames

    def damaged(*of: object) -> Iterator[AudioFrame]:
        for number, frame in enumerate(whole(*of)):
            if number == 2:
                other = AudioFrame(format="flt", layout="38 channels", samples=frame.samples)
                other.sample_rate = frame.sample_rate
                yield other
            yield frame

    monkeypatch.setattr(loudness_of, "sound_frames", damaged)
    monkeypatch.setattr(av, "AudioResampler", Broken)
    assert loudness(path).integrated == pytest.approx(-23, abs=0.1)
