import itertools
from pathlib import Path

import clips
import numpy as np
import pytest

from vidstudio.engine.alignment.appearance.active import Active, find_active
from vidstudio.engine.media.decode import frames
from vidstudio.engine.media.index import frame_times


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


@pytest.mark.parametrize("crf", [28, 34, 40, 46])
def test_coarse_coding_moves_no_edge(crf: int, tmp_path: Path) -> None:
    """What is smeared into the bars, differently in each shot, does not count: they end where they did before."""
    shots = itertools.chain.from_iterable(clips.shot(seed, 2, (320, 180)) for seed in range(20))
    sharp = (np.pad(255 - picture // 2, ((20, 30), (60, 40), (0, 0))) for picture in shots)
    path = clips.write_clip(tmp_path / "b.mp4", sharp, 25, options={"crf": str(crf), "preset": "veryfast"})
    found = find_active(frame.pixels for frame in frames(path, frame_times(path), pixels="gray"))
    assert np.abs(np.subtract((found.x, found.y, found.width, found.height), (60, 20, 320, 180))).max() <= 1


@pytest.mark.parametrize("what", ["captions", "title", "logo across the edge", "captions and logo"])
def test_what_stands_in_a_bar_does_not_hide_it(what: str) -> None:
    """A wide picture in a square frame, as social media want it, with text in the bars."""
    rng = np.random.default_rng(3)
    pictures = []
    for picture in (255 - next(iter(clips.shot(seed, 1, (320, 180))))[:, :, 1] // 2 for seed in range(12)):
        frame = np.pad(picture, ((60, 80), (0, 0)), constant_values=16)
        if "captions" in what:
            half = int(rng.integers(60, 140))
            frame[285:297, 160 - half : 160 + half : 3] = 235
        if what == "title":
            frame[20:40, 40:270] = 235
        if "logo" in what:
            frame[230:270, 30:75] = 235
        pictures.append(frame)
    found = find_active(pictures)
    assert (found.x, found.y, found.width, found.height) == (0, 60, 320, 180)


def test_dark_corners_and_a_dark_beam_are_picture() -> None:
    """What is dark along a straight line for a part of the edge only is no bar in which something stands."""
    pictures = [255 - picture // 2 for picture in _pictures()]
    for picture in pictures:
        picture[:25, :60] = 8
        picture[-20:, 100:] = 8
    assert find_active(pictures).whole


def test_a_picture_that_grows_dark_towards_its_rim_keeps_it() -> None:
    shade = np.clip(np.minimum(np.arange(200), np.arange(200)[::-1]) * 3.0, 0, 200)
    found = find_active([np.pad(np.tile(shade.astype(np.uint8), (90, 1)), ((0, 0), (20, 20)))] * 2)
    assert found.x <= 20 + 5


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
