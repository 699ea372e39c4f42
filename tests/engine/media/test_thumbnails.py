"""Thumbnails show the frame they stand for, in square pixels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numbered import numbered, read_number, write_even

from vidstudio.engine.media.index import frame_times
from vidstudio.engine.media.thumbnails import strip_numbers, thumbnail, thumbnail_strip
from vidstudio.engine.types import FrameTimes


def test_the_frame_at_a_time_in_square_pixels(tmp_path: Path) -> None:
    path = write_even(tmp_path / "t.mp4", numbered(range(50)), "libx264", 25, {}, sample_aspect_ratio=Fraction(2))
    times = frame_times(path)
    for time_us, number in ((0, 0), (39_999, 0), (40_000, 1), (1_000_000, 25), (99_000_000, 49), (-5, 0)):
        picture = thumbnail(path, times, time_us, height=48)
        assert picture.shape == (48, 144, 3)
        assert read_number(picture) == number


@pytest.mark.parametrize("gop", [5, 250])
def test_a_strip_is_spread_over_the_video(tmp_path: Path, gop: int) -> None:
    path = write_even(tmp_path / "t.mp4", numbered(range(100)), "libx264", gop, {})
    times = frame_times(path)
    ticks: list[tuple[float, float]] = []
    strip = list(thumbnail_strip(path, times, 10, height=32, tick=lambda *t: ticks.append(t)))
    assert [read_number(p) for _, p in strip] == [times.frame_at(t) for t, _ in strip]
    assert len(strip) == 10
    for part, (time_us, _) in enumerate(strip):
        assert part * 400_000 <= time_us < (part + 1) * 400_000
    assert ticks[-1] == (10, 10)


@given(st.lists(st.integers(1, 90_000), min_size=1, max_size=40), st.integers(1, 60), st.integers(1, 9))
def test_strip_numbers_rise_and_fit(steps: list[int], count: int, every: int) -> None:
    starts = np.cumsum([0, *steps[:-1]])
    keys = np.arange(len(starts)) % every == 0
    numbers = strip_numbers(FrameTimes(starts, keys, int(sum(steps))), count)
    assert numbers
    assert numbers == sorted(set(numbers))
    assert 0 <= numbers[0] <= numbers[-1] < len(starts)
    assert len(numbers) <= min(count, len(starts))
