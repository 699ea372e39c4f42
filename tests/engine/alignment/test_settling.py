"""What is a few frames off is settled over all of a stretch, at the ends of B too; borders to the very frame."""

import numpy as np
import pytest
from numpy.typing import NDArray
from programmes import recoded, shot, slow

from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.appearance.looks import PLAIN, Seen
from vidstudio.engine.alignment.refinement.settling import settled


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


def test_nothing_is_moved_beyond_the_end() -> None:
    long = slow(2, 480)
    truth = np.minimum(np.arange(480) + 4, 479)  # the last picture is held
    settled_ = _settled(long, truth, np.arange(480))
    assert settled_.max() < 480
    assert np.array_equal(settled_[:476], truth[:476])


def test_what_is_new_stays_new() -> None:
    seen = Seen(A, np.concatenate([recoded(A[:100]), shot(7, 30)]), [], np.full(130, -1, np.int32))
    found = np.append(np.arange(100), np.full(30, -1)).astype(np.int32)
    assert np.array_equal(settled(found, np.arange(130), seen), found)
    assert np.array_equal(settled(np.full(130, -1, np.int32), np.arange(130), seen), np.full(130, -1))


FRAMES = 120


def _pictures(step: float) -> NDArray[np.uint8]:
    """Thumbnails of a pattern that moves by `step` points a frame."""
    at = np.arange(WIDTH)[None, None, :] + step * np.arange(FRAMES)[:, None, None]
    wave = 128 + 60 * np.sin(at / 4) + 30 * np.sin(np.arange(HEIGHT) / 3)[None, :, None]
    return np.clip(wave, 0, 255).astype(np.uint8)


def _seen(a: NDArray[np.uint8], shown: NDArray[np.int64]) -> Seen:
    noise = np.random.default_rng(1).normal(0, 1, (len(shown), HEIGHT, WIDTH))
    b = np.clip(a[shown] + noise, 0, 255).astype(np.uint8)
    return Seen(a, b, [PLAIN], np.zeros(len(shown), np.int64))


@pytest.mark.parametrize("left_out", [1, 2, 3])
@pytest.mark.parametrize("at", [10, 40, 100])
def test_what_is_left_out_within_stays_within(at: int, left_out: int) -> None:
    truth = np.delete(np.arange(FRAMES), np.arange(at, at + left_out))
    natural = np.arange(len(truth))
    for found in (natural + left_out, natural):
        moved = settled(found.astype(np.int32), natural, _seen(_pictures(1.0), truth))
        assert moved.tolist() == truth.tolist()


@pytest.mark.parametrize("cut", [np.arange(2, FRAMES), np.arange(FRAMES - 2)])
def test_what_is_left_out_at_an_end_stays_there(cut: NDArray[np.int64]) -> None:
    natural = np.arange(len(cut))
    for step in (0.0, 1.0):
        found = settled(cut.astype(np.int32), natural, _seen(_pictures(step), cut))
        assert found.tolist() == cut.tolist()


def test_where_nothing_moves_nothing_is_changed() -> None:
    natural = np.arange(FRAMES - 1)
    shown = (natural + 1).astype(np.int32)
    assert settled(shown, natural, _seen(_pictures(0.0), natural)).tolist() == shown.tolist()


def _pausing(first: int, last: int, frames: int = FRAMES) -> NDArray[np.uint8]:
    """A pattern that moves from frame `first` to `last` and stands still before and after."""
    at = np.clip(np.arange(frames), first, last)
    return _pictures(3.0)[at]


@pytest.mark.parametrize("left_out", [2, 3])
def test_what_is_left_out_as_a_shot_comes_to_stand_is_left_out_there_however_far_it_seems(left_out: int) -> None:
    """Once it stands, every frame is like any other: until the cut, or the end of the film."""
    a = np.concatenate([_pausing(0, 60), shot(3, 60)])
    truth = np.delete(np.arange(180), np.arange(60 - left_out, 60))
    for until in (FRAMES, 180):
        of_b, natural = truth[: until - left_out], np.arange(until - left_out)
        found = natural + np.where(natural < FRAMES - left_out, 0, left_out)
        moved = settled(found.astype(np.int32), natural, _seen(a[:until], of_b))
        assert moved.tolist() == of_b.tolist()


def test_a_shot_aside_that_moves_but_now_and_then_is_moved() -> None:
    """Where it stands still nothing speaks against it; the shot behind it goes on at the same distance."""
    a = np.concatenate([shot(3, 60), _pausing(30, 60, 90), shot(4, 60)])
    truth = np.concatenate([np.arange(146), np.arange(150, 210)])
    natural = np.arange(len(truth))
    found = np.where(natural < 60, natural, natural + 4)
    blurred = np.clip(60 + 0.5 * a, 0, 255).astype(np.uint8)
    grain = np.random.default_rng(2).normal(0, 24, a.shape[1:])
    b = np.clip(blurred[truth] + grain, 0, 255).astype(np.uint8)
    seen = Seen(a, b, [PLAIN], np.zeros(len(truth), np.int64))
    moved = settled(found.astype(np.int32), natural, seen)
    # and once it stands, every frame is like any other
    assert moved[:120].tolist() == truth[:120].tolist()
    assert moved[146:].tolist() == truth[146:].tolist()


def test_a_shot_that_is_later_by_a_frame_is_moved_alone() -> None:
    """The shot before it stands still and would be as near there; coding hides much of how little this one moves."""
    still = shot(3, 1).repeat(40, axis=0)
    a = np.concatenate([shot(5, 40), still, slow(2, 81), shot(4, 40)])
    truth = np.concatenate([np.arange(80), np.arange(81, 201)])
    grain = np.random.default_rng(2).normal(0, 4, (len(truth), *a.shape[1:]))
    seen = Seen(a, np.clip(np.rint(a[truth] + grain), 0, 255).astype(np.uint8), [], np.full(len(truth), -1, np.int32))
    found = np.where(np.arange(len(truth)) < 160, np.arange(len(truth)), truth)
    assert settled(found.astype(np.int32), np.arange(len(truth)), seen).tolist() == truth.tolist()


def test_frames_off_in_coarse_coding_a_stretch_is_moved_though_its_last_frame_is_a_blend() -> None:
    a = np.concatenate([shot(1, 40), slow(4, 120), shot(3, 40)])
    truth = np.concatenate([np.arange(80), np.arange(84, 126), np.arange(160, 200)])
    b = recoded(a[truth], noise=3.5)
    b[121] = (b[121].astype(int) + b[122]) // 2
    found = truth.copy()
    found[80:122] -= 4
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    assert np.array_equal(settled(found.astype(np.int32), np.arange(len(b)), seen)[:122], truth[:122])


def test_frames_that_coding_makes_lag_are_not_what_was_shown_just_before() -> None:
    a = np.concatenate([shot(1, 60), slow(4, 160), shot(3, 40)])
    lagging = a.astype(float)
    lagging[140:165] = 0.6 * a[128:153] + 0.4 * a[140:165]
    seen = Seen(a, recoded(lagging), [], np.full(len(a), -1, np.int32))
    every = np.arange(len(a))
    assert np.array_equal(settled(every.astype(np.int32), every, seen), every)


@pytest.mark.parametrize("off", [-8, 5])
def test_a_shot_aside_is_moved_though_titles_lie_over_it(off: int) -> None:
    """Each of its places is about as near: most of what differs is the titles."""
    a = np.concatenate([shot(1, 40), (slow(2, 120) // 6 + 90).astype(np.uint8), shot(3, 40)])
    truth = np.arange(60, 140)
    b = recoded(np.rint(0.8 * a[truth] + 20), noise=1.0)
    b[:40, 20:25, 4:30], b[40:, 20:25, 8:40] = 235, 235
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    assert np.array_equal(settled((truth + off).astype(np.int32), np.arange(len(b)), seen), truth)
