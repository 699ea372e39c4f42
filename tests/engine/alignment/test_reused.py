"""A new shot of B that is a whole shot of A from elsewhere is found by its length, whatever the search had for it."""

import numpy as np
import pytest
from programmes import recoded, shot, slow

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.elsewhere import confirmed

FRAME_US = 40_000.0
SHOTS = [shot(1, 60), slow(2, 40), shot(3, 50), slow(4, 70)]
A = np.concatenate(SHOTS)
FIRSTS = np.cumsum([0, 60, 40, 50])


def _found(b: np.ndarray, frame_map: np.ndarray) -> np.ndarray:
    seen = Seen(A, b, [], np.full(len(b), -1, np.int32))
    return confirmed(frame_map.astype(np.int32), np.arange(len(b)), seen, FRAME_US, FRAME_US)


@pytest.mark.parametrize("again", [0, 1, 2])
def test_a_whole_shot_shown_again_is_found(again: int) -> None:
    """As the first shot of B, in its midst, or the last one."""
    used = SHOTS[again]
    for at in (0, 100, len(A)):
        b = recoded(np.concatenate([A[:at], used, A[at:]]))
        truth = np.insert(np.arange(len(A)), at, FIRSTS[again] + np.arange(len(used)))
        missed = np.insert(np.arange(len(A)), at, np.full(len(used), -1))
        assert np.array_equal(_found(b, missed), truth)


def test_another_shot_that_is_as_long_is_new() -> None:
    b = recoded(np.concatenate([A[:100], shot(9, 60), A[100:]]))
    missed = np.insert(np.arange(len(A)), 100, np.full(60, -1))
    assert np.array_equal(_found(b, missed), missed)


def test_a_part_of_a_shot_is_not_looked_for() -> None:
    b = recoded(np.concatenate([A[:100], A[10:40], A[100:]]))
    missed = np.insert(np.arange(len(A)), 100, np.full(30, -1))
    assert np.array_equal(_found(b, missed), missed)


def test_a_shot_that_lasts_a_frame_longer_than_one_of_a_is_none_of_it() -> None:
    """Another take of the room, which is nearly as near as all else."""
    other = np.concatenate([SHOTS[1], SHOTS[1][-1:]])
    b = recoded(np.concatenate([A[:100], shot(8, 30), other, A[100:]]))
    missed = np.insert(np.arange(len(A)), 100, np.full(30 + len(other), -1))
    assert np.array_equal(_found(b, missed), missed)


def test_a_whole_shot_whose_cut_is_not_seen_in_b_is_found() -> None:
    """As between shots of one room that are woven. What is new is as long as the shot, and all that A lacks."""
    b = recoded(np.concatenate([A[:60], SHOTS[2], A[60:100], A[150:]]))
    truth = np.concatenate([np.arange(60), np.arange(100, 150), np.arange(60, 100), np.arange(150, 220)])
    missed = truth.copy()
    missed[60:110] = -1
    seen = Seen(A, b, [], np.full(len(b), -1, np.int32))
    seen.cuts_b[60] = False
    found = confirmed(missed.astype(np.int32), np.arange(len(b)), seen, FRAME_US, FRAME_US)
    assert np.array_equal(found, truth)
