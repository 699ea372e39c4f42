"""Versions woven of two frames each: held against frames of A that are woven as well."""

import numpy as np
from programmes import pictures, recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.edits import editlist
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.refinement.woven import is_woven, of_two, to_the_ends


def _programme() -> np.ndarray:
    # these three move fast enough to tell
    return np.concatenate([shot(1, 60), shot(2, 60), shot(5, 60)])


def _woven(pictures: np.ndarray) -> np.ndarray:
    """Each picture and the next one, half of the lines each: what is left of that in a thumbnail."""
    after = pictures[np.minimum(np.arange(len(pictures)) + 1, len(pictures) - 1)]
    return np.rint((pictures.astype(float) + after) / 2).astype(np.uint8)


def _seen(a: np.ndarray, b: np.ndarray) -> Seen:
    return Seen(a, b, [], np.full(len(b), -1, np.int32))


def _given(a: np.ndarray, b: np.ndarray, found: np.ndarray) -> np.ndarray:
    return to_the_ends(found.astype(np.int32), np.arange(len(b)), _seen(of_two(a), b), _seen(a, b))


def _removed(a: np.ndarray, b: np.ndarray) -> list[tuple[int, int]]:
    of_a, of_b = pictures(a), pictures(b)
    found = editlist.clean_map(match(of_a, of_b).frame_map, of_a.starts_us, of_b.starts_us)
    rows = editlist.rows(found, of_a.starts_us, of_b.starts_us)
    assert {row.kind for row in rows} <= {"same", "removed"}
    return [(row.a.first, row.a.after) for row in rows if row.kind == "removed" and row.a is not None]


def test_frames_of_two_are_told_from_frames_of_one() -> None:
    a = _programme()
    frame_map = np.arange(len(a), dtype=np.int32)
    assert is_woven(frame_map, np.arange(len(a)), _seen(a, recoded(_woven(a), noise=0.5)))
    assert not is_woven(frame_map, np.arange(len(a)), _seen(a, recoded(a, noise=0.5)))
    assert not is_woven(np.full(len(a), -1, np.int32), np.arange(len(a)), _seen(a, recoded(a)))


def test_of_two_is_the_mean_of_each_and_the_next() -> None:
    a = np.concatenate([shot(seed, 50) for seed in range(24)])  # more than are made at once
    assert np.abs(of_two(a).astype(int) - _woven(a)).max() <= 1


def test_what_is_trimmed_at_either_end_of_a_shot_is_told_to_the_frame() -> None:
    a = _programme()
    for gone in ((60, 62), (57, 60), (120, 121)):
        shown = np.delete(np.arange(len(a)), np.arange(*gone))
        assert _removed(a, recoded(_woven(a[shown]), noise=0.5)) == [gone]


def test_the_last_frame_is_of_one() -> None:
    """A's at that place is woven of two shots, where one ends there."""
    a = _programme()
    for last in (120, 60, 151):
        assert _removed(a, recoded(_woven(a[:last]), noise=0.5)) == [(last, 180)]
    new = np.concatenate([a[:100], shot(9, 1)])
    assert _given(a, recoded(new, noise=0.5), np.append(np.arange(100), -1))[-1] == -1


def test_a_frame_woven_of_what_goes_on_and_of_something_new_goes_on() -> None:
    a = _programme()
    new = shot(9, 40)
    b = recoded(_woven(np.concatenate([a[:60], new, a[60:]])), noise=0.5)
    truth = np.concatenate([np.arange(60), np.full(40, -1), np.arange(60, 180)])
    found = truth.copy()
    found[59] = -1
    assert np.array_equal(_given(a, b, found), truth)


def test_a_frame_that_is_as_like_as_those_beside_it_stays() -> None:
    a = _programme()
    a[60:64] = a[64]  # what comes next is like what is left out
    shown = np.delete(np.arange(len(a)), [60])
    assert np.array_equal(_given(a, recoded(_woven(a[shown]), noise=0.5), shown), shown)


def test_what_is_new_in_a_woven_version_is_told_to_the_frame() -> None:
    a = _programme()
    b = recoded(_woven(np.concatenate([a[:60], shot(9, 40), a[60:]])), noise=0.5)
    found = match(pictures(a), pictures(b)).frame_map
    assert np.array_equal(found, np.concatenate([np.arange(60), np.full(40, -1), np.arange(60, 180)]))
