"""Versions woven of two frames each: one of them all through."""

import numpy as np
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.woven import unravelled


def _programme() -> np.ndarray:
    # these three move fast enough to tell
    return np.concatenate([shot(1, 60), shot(2, 60), shot(5, 60)])


def _woven(pictures: np.ndarray) -> np.ndarray:
    """Each picture and the next one, half of the lines each: what is left of that in a thumbnail."""
    after = pictures[np.minimum(np.arange(len(pictures)) + 1, len(pictures) - 1)]
    return np.rint((pictures.astype(float) + after) / 2).astype(np.uint8)


def _unravelled(a: np.ndarray, b: np.ndarray, found: np.ndarray) -> np.ndarray:
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    return unravelled(found.astype(np.int32), np.arange(len(b)), seen)


def test_now_this_and_now_that_frame_becomes_one_of_them() -> None:
    a = _programme()
    b = recoded(_woven(a), noise=0.5)
    found = np.arange(len(a))
    found[:60] += 1
    found[150:179] += 1
    assert np.array_equal(_unravelled(a, b, found), np.arange(len(a)))


def test_a_frame_woven_of_what_goes_on_and_of_something_new_goes_on() -> None:
    a = _programme()
    new = shot(9, 40)
    b = recoded(_woven(np.concatenate([a[:60], new, a[60:]])), noise=0.5)
    truth = np.concatenate([np.arange(60), np.full(40, -1), np.arange(60, 180)])
    found = truth.copy()
    found[59] = -1
    assert np.array_equal(_unravelled(a, b, found), truth)


def test_a_frame_woven_of_something_new_and_of_what_begins_is_new_with_the_earlier_frames() -> None:
    a = _programme()
    b = recoded(_woven(np.concatenate([a[:60], shot(9, 40), a[60:]])), noise=0.5)
    truth = np.concatenate([np.arange(60), np.full(40, -1), np.arange(60, 180)])
    found = truth.copy()
    found[100:159] += 1
    found[99] = 60
    assert np.array_equal(_unravelled(a, b, found), truth)


def test_plain_frames_are_left_alone() -> None:
    a = _programme()
    found = np.arange(len(a))
    found[:60] += 1
    assert np.array_equal(_unravelled(a, recoded(a), found), found)
