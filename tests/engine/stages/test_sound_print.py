"""A print says how loud each band is, when it is, and is the same in pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips import write_clip
from numbered import numbered
from sounds import RATE, music, write_film

from vidstudio.engine.alignment.results import SoundPrint
from vidstudio.engine.sound.prints import decibels
from vidstudio.engine.stages.sound_print import SOUND_PRINT, SoundPrintParams
from vidstudio.engine.time import Span


class Env:
    def __init__(self, path: Path) -> None:
        self.path = path

    def media(self, content_id: str) -> Path:
        return self.path

    def tick(self, done: float, total: float, note: str = "") -> None:
        assert done <= total


def prints(path: Path, *spans: tuple[int, int]) -> list[SoundPrint]:
    return [next(iter(SOUND_PRINT.run(("x",), SoundPrintParams(), Span(*span), Env(path)))) for span in spans]


def test_pieces_are_as_the_whole(tmp_path: Path) -> None:
    path = write_film(tmp_path / "m.mp4", music(1, 6), 6)
    whole = prints(path, (0, 6_000_000))[0]
    parts = prints(path, (0, 1_500_000), (1_500_000, 4_010_000), (4_010_000, 6_000_000))
    assert [one.first for one in parts] == [0, 150, 401]
    assert whole.bands.shape == (600, 24)
    # in half decibels; samples lie a fraction of one elsewhere
    gaps = np.abs(np.concatenate([one.bands for one in parts]).astype(int) - whole.bands)
    assert gaps.mean() < 0.3
    assert (gaps > 4).mean() < 0.001


@pytest.mark.parametrize(("start", "name"), [(0, "a.mov"), (9600, "a.mov"), (12000, "a.mkv")])
def test_levels_and_times(tmp_path: Path, start: int, name: str) -> None:
    sound = np.zeros((2 * RATE, 2), np.float32)
    sound[RATE // 2 : RATE, 0] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE // 2) / RATE)
    path = write_film(tmp_path / name, sound, 3, codec="pcm_s16le", sound_start=start)
    found = prints(path, (0, 3_000_000))[0]
    level = 10 * np.log10((10 ** (decibels(found.bands) / 10)).sum(axis=1))
    begin = 50 + start * 100 // RATE
    assert level[begin + 5 : begin + 45] == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.5)
    assert level[: begin - 3].max(initial=-110) < -80
    assert level[begin + 53 :].max() < -80
    mel = 2595 * np.log10(1 + np.array([60, 1000, 7600]) / 700)
    band = round(float((mel[1] - mel[0]) / (mel[2] - mel[0]) * 25)) - 1
    assert (found.bands[begin + 10 : begin + 40].argmax(axis=1) == band).all()


def test_no_sound(tmp_path: Path) -> None:
    found = prints(write_clip(tmp_path / "n.mp4", numbered(range(5)), 25), (0, 200_000))[0]
    assert found.bands.shape == (0, 24)
