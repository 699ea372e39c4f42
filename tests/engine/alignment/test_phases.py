"""Which frame of A is on screen in B at another rate or speed: a converter may take the nearest or the last one."""

import numpy as np
import pytest
from programmes import pictures, recoded, shot, slow

from vidstudio.engine.alignment.appearance.looks import PLAIN, Seen
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.search.pace import natural_frames
from vidstudio.engine.alignment.search.phases import phase


def _film() -> np.ndarray:
    return np.concatenate([shot(seed, 80) for seed in range(6)])


def _shown(frames: np.ndarray, speed: float, ahead: float) -> np.ndarray:
    """Some of these frames of A, `speed` of them for each of B."""
    at = np.floor(np.arange(int(len(frames) / speed)) * speed + ahead).astype(int)
    return frames[at.clip(0, len(frames) - 1)]


@pytest.mark.parametrize("ahead", [0.0, 0.5, 0.75])
@pytest.mark.parametrize("b_us", [33_333, 41_667, 20_000])
def test_each_frame_is_the_one_that_the_converter_took(b_us: int, ahead: float) -> None:
    a = _film()
    truth = _shown(np.arange(len(a)), b_us / 40_000, ahead)
    found = match(pictures(recoded(a, 1)), pictures(recoded(a[truth]), frame_us=b_us)).frame_map
    assert (found == truth).mean() >= 0.97


@pytest.mark.parametrize(("speed", "ahead"), [(1.1, 0.5), (0.8, 0.5), (0.9, 0.25)])
def test_trims_do_not_lead_the_speed_astray(speed: float, ahead: float) -> None:
    a = _film()
    kept = np.delete(np.arange(len(a)), [80, 81, 157, 158, 159, 320, 321, 322])
    truth = _shown(kept, speed, ahead)
    found = match(pictures(recoded(a, 1)), pictures(recoded(a[truth]))).frame_map
    assert (found == truth).mean() >= 0.96


@pytest.mark.parametrize("noise", [0.7, 2.5])
@pytest.mark.parametrize(("speed", "ahead"), [(1.1, 0.5), (1.1, 0.9), (24 / 25, 0.9)])
def test_of_slow_shots_at_another_speed_each_frame_is_the_very_one(speed: float, ahead: float, noise: float) -> None:
    """Nearly alike are many courses through them, and an eighth of a frame is every tenth one."""
    a = np.concatenate([*(slow(20 + n, 80) for n in range(4)), shot(24, 40)])
    truth = _shown(np.arange(len(a) - 1), speed, ahead)
    found = match(pictures(a), pictures(recoded(a[truth], noise=noise))).frame_map
    assert np.array_equal(found, truth)


@pytest.mark.parametrize("ahead", [0.0, 0.25, 0.5, 0.75])
def test_the_pictures_say_how_far_the_clock_is_ahead(ahead: float) -> None:
    a = _film()
    of_a = pictures(a)
    truth = _shown(np.arange(len(a)), 5 / 6, ahead)
    of_b = pictures(recoded(a[truth]), frame_us=33_333)
    seen = Seen(of_a.thumbs, of_b.thumbs, [PLAIN], np.zeros(len(truth), np.int32))
    plain = natural_frames(of_a, of_b).astype(np.int32)
    found = phase(plain.clip(0, len(a) - 1), of_a, of_b, 1.0, seen)
    assert abs(found - ahead) <= 0.125
    assert phase(np.arange(len(a), dtype=np.int32), of_a, of_a, 1.0, Seen(a, a, [PLAIN], np.zeros(len(a), int))) == 0
