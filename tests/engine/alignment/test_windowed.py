"""Windows that zoom on, or jump at cuts: shots that are found because of what is beside them."""

import functools

import numpy as np
import pytest
from programmes import pictures, recoded, shot

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.appearance.looks import PLAIN, Look, Seen
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.refinement.windowed import filled
from vidstudio.engine.alignment.results import Window

LENGTH = 80
NARROW = 0.316


@functools.cache
def _film() -> np.ndarray:
    return np.concatenate([shot(seed, LENGTH) for seed in (11, 12, 13, 14)])


def _zoomed(thumbs: np.ndarray, most: float) -> np.ndarray:
    """More and more of a zoom into the middle."""
    margins = (1 - 1 / np.linspace(1, most, len(thumbs))) / 2
    return np.concatenate(
        [descriptors.cut(thumbs[i : i + 1], Window(m, m, 1 - m, 1 - m)) for i, m in enumerate(margins.tolist())]
    )


def _gap(b: np.ndarray) -> tuple[np.ndarray, Seen]:
    """A map that knows all but the third shot, and how it is seen."""
    known = np.arange(4 * LENGTH, dtype=np.int32)
    known[2 * LENGTH : 3 * LENGTH] = -1
    return known, Seen(_film(), b, [PLAIN], np.zeros(4 * LENGTH, np.int32))


@pytest.mark.parametrize("most", [1.15, 1.3, 1.5])
@pytest.mark.parametrize("backward", [False, True])
def test_a_slow_zoom_is_seen_to_its_end(most: float, backward: bool) -> None:
    b = _film().copy()
    part = slice(2 * LENGTH, 3 * LENGTH)
    b[part] = _zoomed(b[part][::-1], most)[::-1] if backward else _zoomed(b[part], most)
    found = match(pictures(_film()), pictures(recoded(b))).frame_map
    assert (np.abs(found - np.arange(4 * LENGTH)) <= 1).mean() >= 0.99


def test_windows_that_jump_at_cuts_are_followed() -> None:
    lefts = np.repeat([0.0, 0.65, 0.2, 0.5], LENGTH)
    b = np.concatenate(
        [descriptors.cut(_film()[i : i + 1], Window(x, 0, x + NARROW, 1)) for i, x in enumerate(lefts.tolist())]
    )
    truth = np.concatenate([np.arange(LENGTH), np.arange(2 * LENGTH, 4 * LENGTH)])
    found = match(pictures(_film()), pictures(recoded(b[truth]), 9 / 16)).frame_map
    assert (np.abs(found - truth) <= 1).mean() >= 0.99


def test_a_shot_of_another_window_is_found_by_what_is_beside_it() -> None:
    left = 0.55
    b = np.concatenate([descriptors.cut(one[None], Window(left, 0, left + NARROW, 1)) for one in _film()])
    known, seen = _gap(b)
    for low in (0, LENGTH, 3 * LENGTH):
        seen.look_at(low, low + LENGTH, _window(left))
    found = filled(known, np.arange(4 * LENGTH), seen, NARROW)
    assert np.array_equal(found, np.arange(4 * LENGTH))


@pytest.mark.parametrize(("aside", "lost"), [(0, 3), (1, 0)])
def test_neither_a_frame_aside_nor_a_few_that_are_lost_beside_it_hide_a_shot(aside: int, lost: int) -> None:
    left = 0.55
    b = np.concatenate([descriptors.cut(one[None], Window(left, 0, left + NARROW, 1)) for one in _film()])
    known, seen = _gap(b)
    for low in (0, LENGTH, 3 * LENGTH):
        seen.look_at(low, low + LENGTH, _window(left))
    known[LENGTH : 2 * LENGTH] += aside
    if lost:
        known[: 2 * LENGTH] = -1  # so that only the other side can say
        known[3 * LENGTH : 3 * LENGTH + lost] = -1
    found = filled(known, np.arange(4 * LENGTH), seen, NARROW)[2 * LENGTH : 3 * LENGTH]
    assert np.abs(found - np.arange(2 * LENGTH, 3 * LENGTH)).max() <= aside


def _window(left: float) -> Look:
    return Look(path=np.array([[left, 0, left + NARROW, 1]], np.float32))


@pytest.mark.parametrize("narrower", [None, NARROW])
def test_another_shot_as_long_stays_new_and_is_seen_as_before(narrower: float | None) -> None:
    b = _film().copy()
    b[2 * LENGTH : 3 * LENGTH] = shot(40, LENGTH)
    known, seen = _gap(b)
    assert np.array_equal(filled(known, np.arange(4 * LENGTH), seen, narrower), known)
    assert seen.plain(0, 4 * LENGTH).all()


def test_what_a_shows_elsewhere_in_b_is_not_taken_twice() -> None:
    known, seen = _gap(_film())
    known[:LENGTH] = np.arange(2 * LENGTH, 3 * LENGTH)
    assert np.array_equal(filled(known, np.arange(4 * LENGTH), seen, None), known)


def test_what_is_seen_plainly_again_is_not_mirrored() -> None:
    seen = Seen(_film(), _film(), [PLAIN, Look(mirrored=True)], np.repeat([0, 1, -1, 1], LENGTH).astype(np.int32))
    seen.see_plainly(3 * LENGTH, 4 * LENGTH)
    assert np.array_equal(np.flatnonzero(seen.mirrored), np.arange(LENGTH, 2 * LENGTH))
