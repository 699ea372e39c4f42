"""What is left out or held where the pictures leave a choice: at cuts, and held only where nothing leaps."""

import numpy as np
from programmes import recoded, shot, slow

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.trims import at_cuts, at_first_cuts, thawed


def _seen(a: np.ndarray, b: np.ndarray) -> Seen:
    return Seen(a, b, [], np.full(len(b), -1, np.int32))


def _still(seed: int, frames: int) -> np.ndarray:
    return shot(seed, 1).repeat(frames, axis=0)


def _trimmed(a: np.ndarray, at: int, amount: int) -> tuple[np.ndarray, np.ndarray]:
    """B without some frames of A, and what it shows."""
    shown = np.concatenate([np.arange(at), np.arange(at + amount, len(a))])
    return recoded(a[shown]), shown.astype(np.int32)


def test_what_a_still_shot_lacks_is_left_out_at_its_cut() -> None:
    a = np.concatenate([shot(1, 50), _still(2, 100), shot(3, 50)])
    b, truth = _trimmed(a, 50, 4)  # its first frames
    found = np.where((np.arange(len(b)) >= 50) & (np.arange(len(b)) < 70), np.arange(len(b)), truth).astype(np.int32)
    assert np.array_equal(at_cuts(found, np.arange(len(b)), _seen(a, b)), truth)


def test_a_jump_before_a_cut_goes_to_it_with_one_that_is_there() -> None:
    a = np.concatenate([shot(1, 50), _still(2, 60), shot(3, 50)])
    b, truth = _trimmed(a, 96, 14)  # its last frames
    found = np.where((np.arange(len(b)) >= 88) & (np.arange(len(b)) < 96), truth + 5, truth).astype(np.int32)
    assert np.array_equal(at_cuts(found, np.arange(len(b)), _seen(a, b)), truth)


def test_what_a_moving_shot_lacks_in_its_middle_stays_there() -> None:
    a = np.concatenate([shot(1, 50), shot(2, 60), shot(3, 50)])
    b, truth = _trimmed(a, 75, 4)
    assert np.array_equal(at_cuts(truth, np.arange(len(b)), _seen(a, b)), truth)


def test_what_a_slow_shot_lacks_in_its_middle_stays_there() -> None:
    """Frames nearly alike, of which those that B shows are plainly more so."""
    faint = np.rint(slow(2, 60) / 6 + 80).astype(np.uint8)
    a = np.concatenate([shot(1, 50), faint, shot(3, 50)])
    b, truth = _trimmed(a, 75, 2)
    b = recoded(a[truth], noise=1.0)
    assert np.array_equal(at_cuts(truth, np.arange(len(b)), _seen(a, b)), truth)


def test_what_is_left_out_behind_a_frame_of_two_shots_stays_there() -> None:
    a = np.concatenate([shot(1, 50), _still(2, 60), shot(3, 50)])
    b, truth = _trimmed(a, 51, 4)
    still = truth.copy()
    assert not np.array_equal(at_cuts(still, np.arange(len(b)), _seen(a, b)), truth)
    assert np.array_equal(at_cuts(still, np.arange(len(b)), _seen(a, b), woven=True), truth)


def test_where_a_has_no_cut_in_what_is_left_out_nothing_moves() -> None:
    a = np.concatenate([_still(2, 110), shot(3, 50)])
    b, truth = _trimmed(a, 80, 4)
    b[60:] = np.concatenate([_still(4, len(b) - 60)])  # B has a cut that A has not
    assert np.array_equal(at_cuts(truth, np.arange(len(b)), _seen(a, b)), truth)


def test_what_lacks_at_the_first_cut_is_not_left_out_at_the_beginning_nor_at_the_end() -> None:
    a = np.concatenate([_still(2, 60), shot(3, 50), _still(4, 60)])
    every = np.arange(len(a) - 1)
    for at, aside in ((60, slice(60)), (109, slice(109, None))):  # the first frame of the shot behind the cut, the last
        b, truth = _trimmed(a, at, 1)
        found = truth.copy()
        found[aside] += 1 if at == 60 else -1
        assert np.array_equal(at_first_cuts(found, every, _seen(a, b)), truth)
    for at in (0, len(a) - 1):
        b, truth = _trimmed(a, at, 1)
        assert np.array_equal(at_first_cuts(truth, every, _seen(a, b)), truth)


def test_a_still_shot_that_seems_held_and_then_leaps_goes_on() -> None:
    a = np.concatenate([shot(1, 50), _still(2, 60), shot(3, 50)])
    truth = np.arange(len(a), dtype=np.int32)
    held = truth.copy()
    held[60:90] = 60
    assert np.array_equal(thawed(held, np.arange(len(a)), _seen(a, recoded(a))), truth)


def test_a_frame_that_is_held_and_goes_on_from_there_is_held() -> None:
    a = np.concatenate([shot(1, 50), _still(2, 60), shot(3, 50)])
    held = np.concatenate([np.arange(60), np.full(30, 60), np.arange(61, len(a))]).astype(np.int32)
    found = thawed(held, np.arange(len(held)), _seen(a, recoded(a[held])))
    assert np.array_equal(found, held)


def test_a_moving_shot_that_is_held_and_then_leaps_is_held() -> None:
    a = np.concatenate([shot(1, 50), shot(2, 60), shot(3, 50)])
    held = np.arange(len(a), dtype=np.int32)
    held[60:90] = 60
    found = thawed(held, np.arange(len(a)), _seen(a, recoded(a[held])))
    assert np.abs(found - held).max() <= 1  # beside the leap a frame or two are as like


def test_nothing_is_held_beyond_a_cut() -> None:
    """A take with more in it, and behind a cut A's own: both are near one picture of a shot that hardly moves."""
    room = slow(2, 60) // 8 + 100
    a = np.concatenate([shot(1, 50), room, shot(3, 50)])
    other = room[:30].copy()
    other[:, 6:22, 20:26] = 200
    shown = np.concatenate([np.arange(50), np.full(30, -1), np.arange(50, 110)])
    b = recoded(np.concatenate([a[:50], other, room, a[110:]]), noise=0.5)
    held = np.concatenate([shown, np.arange(110, 160)]).astype(np.int32)
    held[50:140] = 70
    found = thawed(held, np.arange(len(b)), _seen(a, b))
    assert np.abs(found[80:140] - np.arange(50, 110)).max() <= 1


def test_a_still_over_which_a_title_comes_is_held_beyond_it() -> None:
    a = np.concatenate([shot(1, 50), _still(2, 60), shot(3, 50)])
    held = np.concatenate([np.arange(60), np.full(60, 60), np.arange(61, len(a))]).astype(np.int32)
    b = recoded(a[held])
    b[90:120, 2:26, 4:44] = 230
    assert _seen(a, b).cuts_b[90]
    assert np.array_equal(thawed(held, np.arange(len(b)), _seen(a, b)), held)
