"""What hardly moves and is a few frames off is settled over all of a stretch; borders to the very frame."""

import numpy as np
import pytest
from programmes import recoded, shot, slow

from vidstudio.engine.alignment.looks import Seen
from vidstudio.engine.alignment.settling import settled


def _settled(a: np.ndarray, truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    seen = Seen(a, recoded(a[truth]), [], np.full(len(truth), -1, np.int32))
    return settled(found.astype(np.int32), np.arange(len(truth)), seen)


A = np.concatenate([shot(1, 40), slow(2, 120), shot(3, 40)])


@pytest.mark.parametrize("gone", [3, 5, 12])
def test_what_goes_on_after_frames_that_are_missing_in_a_slow_shot(gone: int) -> None:
    truth = np.concatenate([np.arange(100), np.arange(100 + gone, 160)])  # and B ends with the shot
    assert np.array_equal(_settled(A, truth, np.arange(len(truth))), truth)


@pytest.mark.parametrize("off", [-6, -2, 2, 6])
def test_a_slow_stretch_that_is_aside_is_moved(off: int) -> None:
    truth = np.arange(50, 150)
    assert np.array_equal(_settled(A, truth, truth + off), truth)


def test_frames_between_two_stretches_belong_to_one_of_them() -> None:
    truth = np.concatenate([np.arange(100), np.arange(130, len(A))])
    found = truth.copy()
    found[94:100] += 3
    found[100:103] -= 20
    assert np.array_equal(_settled(A, truth, found), truth)


def test_stills_stay_where_they_are_and_so_does_what_is_right() -> None:
    still = np.concatenate([shot(1, 40), shot(2, 1).repeat(60, axis=0), shot(3, 40)])
    found = np.concatenate([np.arange(60), np.arange(64, 140)])
    assert np.array_equal(_settled(still, found, found), found)
    assert np.array_equal(_settled(A, np.arange(len(A)), np.arange(len(A))), np.arange(len(A)))
    doubled = np.insert(np.arange(len(A)), 20, 20)[: len(A)]
    assert np.array_equal(_settled(A, doubled, doubled), doubled)


def test_what_is_new_stays_new() -> None:
    seen = Seen(A, np.concatenate([recoded(A[:100]), shot(7, 30)]), [], np.full(130, -1, np.int32))
    found = np.append(np.arange(100), np.full(30, -1)).astype(np.int32)
    assert np.array_equal(settled(found, np.arange(130), seen), found)
    assert np.array_equal(settled(np.full(130, -1, np.int32), np.arange(130), seen), np.full(130, -1))
