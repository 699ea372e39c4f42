"""Where else a cut could be: known from stills, in which any frames could be the ones that are missing or new."""

import numpy as np
import pytest
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.slides import slides


def _still(seed: int, frames: int) -> np.ndarray:
    return shot(seed, 1).repeat(frames, axis=0)


def _of(a: np.ndarray, shown: np.ndarray, new: np.ndarray | None = None) -> list[list[int]]:
    """The slides of a B that shows those frames of A, and `new` where it shows none."""
    b = recoded(np.concatenate([a, a[:1] if new is None else new])[shown])
    frame_map = np.where(shown < len(a), shown, -1).astype(np.int32)
    return slides(frame_map, np.arange(len(b)), Seen(a, b, [], np.full(len(b), -1, np.int32))).tolist()


A = np.concatenate([shot(1, 40), _still(2, 60), shot(3, 40)])
"""A still shot, frames 40 to 99, between two that move."""


@pytest.mark.parametrize(("first", "amount"), [(60, 10), (40, 10), (90, 10), (41, 3)])
def test_what_a_still_shot_lacks_could_be_any_of_it(first: int, amount: int) -> None:
    shown = np.concatenate([np.arange(first), np.arange(first + amount, len(A))])
    assert _of(A, shown) == [[first, first, first - 40, 100 - first - amount]]


@pytest.mark.parametrize("first", [10, 110, 0, 130])
def test_what_a_moving_shot_lacks_is_just_that(first: int) -> None:
    shown = np.concatenate([np.arange(first), np.arange(first + 10, len(A))])
    assert all(earlier + later <= 2 for _, _, earlier, later in _of(A, shown))


def test_what_was_put_into_a_still_shot_and_looks_like_it_could_be_any_of_it() -> None:
    shown = np.concatenate([np.arange(60), np.full(10, len(A)), np.arange(60, len(A))])
    assert _of(A, shown, A[50:51]) == [[60, 60, 20, 40]]
    assert _of(A, shown, shot(7, 1)) == []


def test_what_a_still_lacks_at_the_ends_could_be_further_in() -> None:
    a = np.concatenate([_still(1, 40), shot(3, 40), _still(2, 40)])
    assert _of(a, np.arange(10, 110)) == [[0, 0, 0, 30], [110, 100, 30, 0]]
    assert _of(a, np.arange(10)) == []  # all that is missing is not in the still alone


def test_of_two_stretches_that_are_not_in_place_only_what_is_missing_can_be_elsewhere() -> None:
    a = np.concatenate([_still(1, 60), shot(2, 40), shot(3, 40)])
    # ten frames of the still are missing, and the next shot was moved to the end
    shown = np.concatenate([np.arange(50), np.arange(100, 140), np.arange(60, 100)])
    assert [50, 50, 50, 0] in _of(a, shown)


def test_nothing_slides_where_nothing_is_missing() -> None:
    assert _of(A, np.arange(len(A))) == []
    assert _of(A, np.full(20, len(A)), shot(7, 1)) == []


def test_by_how_much_of_a_is_told_in_frames_of_a_though_b_shows_each_twice() -> None:
    a, gone = _still(2, 40), range(12, 20)
    shown = np.repeat(np.delete(np.arange(40), gone), 2)
    b = recoded(a[shown])
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    assert slides(shown.astype(np.int32), np.arange(len(b)) // 2, seen).tolist() == [[12, 24, 12, 20]]
