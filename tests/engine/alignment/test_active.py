import clips
import numpy as np
import pytest

from vidstudio.engine.alignment.active import Active, find_active


def _pictures(count: int = 5) -> list[np.ndarray]:
    return [picture[:, :, 1] for picture in clips.shot(3, count, (160, 90))]


def test_without_bars_all_is_active() -> None:
    found = find_active(_pictures())
    assert found == Active(0, 0, 160, 90, 160, 90)
    assert found.whole


def test_pillars_and_letterbox_are_cut_off() -> None:
    rng = np.random.default_rng(5)
    pictures = [np.pad(p, ((12, 12), (30, 26)), constant_values=16) for p in _pictures()]
    noisy = [np.clip(p + rng.integers(-3, 4, p.shape), 0, 255).astype(np.uint8) for p in pictures]
    found = find_active(noisy)
    assert (found.x, found.y, found.width, found.height) == (30, 12, 160, 90)
    assert (found.full_width, found.full_height) == (216, 114)


def test_a_black_video_and_a_bright_border_are_left_whole() -> None:
    assert find_active([np.zeros((90, 160), np.uint8)] * 3).whole
    assert find_active([np.pad(p, 10, constant_values=200) for p in _pictures()]).whole


def test_a_night_shot_among_bright_ones_cuts_nothing() -> None:
    dark = _pictures()[0].copy()
    dark[:, :60] = 10
    assert find_active([dark, *_pictures()]).whole


def test_bright_edges_all_around_say_enough() -> None:
    bright = [np.full((90, 160), 90, np.uint8), np.full((90, 160), 20, np.uint8)]
    bright[0][:, :40] = 20
    bright[1][:, :40] = 90
    pictures = iter([*bright, *_pictures()])
    assert find_active(pictures).whole
    assert len(list(pictures)) == 5, "the first leaves the left edge open, the second does not"


def test_no_pictures_is_an_error() -> None:
    with pytest.raises(ValueError, match="no pictures"):
        find_active([])
