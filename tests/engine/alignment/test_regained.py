"""What of A is left between two places that are sure is found there, to the frame; what is new stays new."""

import numpy as np
import pytest
from programmes import recoded, shot, slow

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.refinement.regained import _costs, regained

A = np.concatenate([shot(1, 60), slow(2, 60), shot(3, 50), shot(4, 60)])


def _seen(b: np.ndarray) -> Seen:
    return Seen(A, b, [], np.full(len(b), -1, np.int32))


def _regained(found: np.ndarray, b: np.ndarray) -> np.ndarray:
    return regained(found, np.arange(len(b)), _seen(b), 40_000, 40_000)


@pytest.mark.parametrize("cut", [(60, 90), (75, 110), (120, 170), (100, 140)])
def test_what_a_has_between_its_neighbours_comes_back(cut: tuple[int, int]) -> None:
    """A shot, or parts of two, between 80 frames of new material and what goes on."""
    low, high = cut
    truth = np.concatenate([np.arange(60), np.full(80, -1), np.arange(low, high), np.arange(170, 230)])
    b = recoded(np.concatenate([A[:60], shot(9, 80), A[low:high], A[170:]]))
    found = np.where(np.isin(truth, np.arange(low, high)), -1, truth).astype(np.int32)
    assert np.array_equal(_regained(found, b), truth)


def test_two_parts_with_something_new_between_come_back() -> None:
    truth = np.concatenate([np.arange(60), np.arange(70, 100), np.full(40, -1), np.arange(130, 230)])
    b = recoded(np.concatenate([A[:60], A[70:100], shot(9, 40), A[130:]]))
    found = np.where((truth >= 60) & (truth < 170), -1, truth).astype(np.int32)
    assert np.array_equal(_regained(found, b), truth)


def test_at_the_ends_too_and_what_is_out_of_order_is_left_alone() -> None:
    b = recoded(A)
    found = np.where((np.arange(230) < 60) | (np.arange(230) >= 170), -1, np.arange(230)).astype(np.int32)
    assert np.array_equal(_regained(found, b), np.arange(230))
    b = recoded(np.concatenate([A[170:], A[120:170], A[60:120]]))
    moved = np.concatenate([np.arange(170, 230), np.full(50, -1), np.arange(60, 120)]).astype(np.int32)
    assert np.array_equal(_regained(moved, b)[50:110], moved[50:110]), "in A's order nothing is between"


def test_what_is_moved_is_not_in_the_way() -> None:
    b = recoded(np.concatenate([A[:60], A[190:220], A[60:120], A[120:]]))
    truth = np.concatenate([np.arange(60), np.arange(190, 220), np.arange(60, 230)])
    found = np.where(np.arange(260) // 60 == 1, -1, truth).astype(np.int32)
    found[60:90] = truth[60:90]
    assert np.array_equal(_regained(found, b), truth)


def test_what_is_new_stays_new_and_too_little_says_nothing() -> None:
    b = recoded(np.concatenate([A[:60], shot(9, 80), A[170:]]))
    found = np.concatenate([np.arange(60), np.full(80, -1), np.arange(170, 230)]).astype(np.int32)
    assert np.array_equal(_regained(found, b), found)
    b[100:108] = recoded(A[130:138])
    assert np.array_equal(_regained(found, b), found)
    backward = np.arange(229, -1, -1)
    b = recoded(A[backward])
    found = np.where(backward < 60, -1, backward).astype(np.int32)
    assert np.array_equal(_regained(found, b), found)
    nothing = np.full(200, -1, np.int32)
    assert np.array_equal(_regained(nothing, b[:200]), nothing)


def test_costs_of_all_pairs_are_those_of_each() -> None:
    b = recoded(A[50:80])
    shown = np.tile(np.arange(40, 90), 30)
    each = residuals(_seen(b), np.repeat(np.arange(30), 50), shown).reshape(30, 50)
    assert np.abs(_costs(b, A[40:90]) - each)[each < 12].max() < 0.1
