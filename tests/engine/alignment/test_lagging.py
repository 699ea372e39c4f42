import numpy as np
import pytest
from programmes import pictures, recoded, shot, slow

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.edits import editlist
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.refinement.lagging import caught_up


def _caught_up(a: np.ndarray, b: np.ndarray, frame_map: np.ndarray) -> np.ndarray:
    clock = np.arange(len(b))
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    return caught_up(frame_map.astype(np.int32), clock, clock, seen, as_long=len(a) == len(b))


def _held(a: np.ndarray, share: float = 0.4, noise: float = 3.0) -> np.ndarray:
    """A as an encoder shows it that takes over but a share of what changes from frame to frame."""
    shown = a.astype(np.float64)
    for number in range(1, len(a)):
        shown[number] = shown[number - 1] + share * (a[number] - shown[number - 1])
    random = np.random.default_rng(1)
    grain = random.normal(0, noise, a.shape[1:])  # it stands still too
    return np.clip(np.rint(shown + grain), 0, 255).astype(np.uint8)


def _nearest(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.array([np.abs(a.astype(int) - picture).mean(axis=(1, 2)).argmin() for picture in b])


def _kinds(a: np.ndarray, b: np.ndarray) -> list[str]:
    of_a, of_b = pictures(a), pictures(b)
    found = editlist.clean_map(match(of_a, of_b).frame_map, of_a.starts_us, of_b.starts_us)
    return [row.kind for row in editlist.rows(found, of_a.starts_us, of_b.starts_us)]


@pytest.mark.parametrize("frames", [15, 27, 60])
def test_what_is_coded_so_that_it_lags_has_no_edits(frames: int) -> None:
    a = slow(5, frames)
    assert _kinds(a, _held(a)) == ["same"]


def test_a_shot_that_lags_between_others_is_straight() -> None:
    before, after = shot(1, 50), shot(2, 50)
    a = np.concatenate([before, slow(5, 60), after])
    b = np.concatenate([recoded(before), _held(slow(5, 60)), recoded(after)])
    lags = _nearest(a, b)
    lags[:50], lags[110:] = np.arange(50), np.arange(110, 160)
    assert (lags[50:110] < np.arange(50, 110)).sum() > 20
    assert np.array_equal(_caught_up(a, b, lags), np.arange(160))


def test_a_shot_that_lags_for_a_while_goes_on_from_its_beginning_to_its_end() -> None:
    before, lags, after = shot(1, 50), slow(5, 60), shot(2, 50)
    held = lags.copy()
    held[24:40] = _held(lags[24:40], share=0.15, noise=0)
    a = np.concatenate([before, lags, after])
    b = np.concatenate([recoded(before), _held(held, share=1.0), recoded(after)])
    seems = _nearest(a, b)
    seems[:50], seems[110:] = np.arange(50), np.arange(110, 160)
    assert (np.arange(160) - seems).max() > 4
    assert np.array_equal(_caught_up(a, b, seems), np.arange(160))


def test_frames_left_out_of_a_slow_shot_stay_so() -> None:
    a = np.concatenate([shot(1, 50), slow(5, 80), shot(2, 50)])
    truth = np.delete(np.arange(180), np.arange(85, 88))
    assert np.array_equal(_caught_up(a, recoded(a[truth], noise=1.0), truth), truth)


@pytest.mark.parametrize("gone", [[0, 1, 2, 4, 5, 6, 7], [58, 59, 61, 62, 63, 64, 65]], ids=["first", "last"])
def test_a_film_with_but_one_frame_of_a_shot_at_its_end_stays_so(gone: list[int]) -> None:
    a = np.concatenate([shot(1, 8), shot(2, 50), shot(3, 8)])
    truth = np.delete(np.arange(66), gone)
    assert np.array_equal(_caught_up(a, recoded(a[truth], noise=1.0), truth), truth)


def test_a_slow_shot_that_stops_stays_so() -> None:
    a = np.concatenate([shot(1, 50), slow(5, 80), shot(2, 50)])
    truth = np.arange(180)
    truth[110:130] = 109
    assert np.array_equal(_caught_up(a, recoded(a[truth], noise=1.0), truth), truth)


def test_a_slow_clip_backward_stays_so() -> None:
    a = (0.15 * slow(5, 30) + 90).astype(np.uint8)
    truth = np.arange(30)[::-1]
    assert np.array_equal(_caught_up(a, recoded(a[truth], noise=4.0), truth), truth)


def test_what_is_left_out_at_the_end_of_a_shot_that_lags_does_not_go_to_its_beginning() -> None:
    a = np.concatenate([shot(1, 50), slow(5, 60), shot(2, 50)])
    truth = np.delete(np.arange(160), [108, 109])
    b = recoded(a[truth], noise=1.0)
    # the last two frames look as well like what was left out
    seems = truth.copy()
    seems[106:108] += 2
    assert np.array_equal(_caught_up(a, b, seems), truth)


@pytest.mark.parametrize("left_out", [2, 3])
def test_a_shot_that_lags_begins_where_its_first_frames_do(left_out: int) -> None:
    """What is left out at its beginning seems to be left out behind it: all but the first frames look like before."""
    before, after, lags = shot(1, 50), shot(2, 50), slow(5, 60)
    a = np.concatenate([before, lags, after])
    truth = np.delete(np.arange(160), np.arange(50, 50 + left_out))
    b = np.concatenate([recoded(before), _held(lags[left_out:], share=0.35), recoded(after)])
    seems = truth.copy()
    seems[50 : 110 - left_out] -= left_out
    assert np.array_equal(_caught_up(a, b, seems), truth)


def test_the_first_frames_of_a_shot_that_lags_are_not_new() -> None:
    """It seems to have begun three frames before A's does; those frames are nowhere in A."""
    a = np.concatenate([slow(5, 60), shot(2, 50), shot(1, 50)])
    b = np.concatenate([recoded(shot(1, 50)), _held(slow(5, 60), share=0.35), recoded(shot(2, 50))])
    truth = np.concatenate([np.arange(110, 160), np.arange(110)])
    seems = truth.copy()
    seems[50:110] -= 3
    seems[50:53] = -1
    assert np.array_equal(_caught_up(a, b, seems), truth)
    # what is new at the beginning of a shot stays so
    other = b.copy()
    other[50:53] = shot(9, 3)
    assert (_caught_up(a, other, seems)[50:53] == -1).all()


def test_what_is_left_out_at_the_end_of_a_shot_that_stands_soon_is_not_left_out_before_it() -> None:
    moves = (0.2 * slow(5, 12) + 70).astype(np.uint8)
    a = np.concatenate([shot(1, 50), moves, moves[-1:].repeat(68, axis=0), shot(2, 50)])
    truth = np.delete(np.arange(180), np.arange(118, 130))
    seems = truth.copy()
    seems[112:118] += 12  # from where it stands every frame looks alike
    found = _caught_up(a, recoded(a[truth], noise=2.0), seems)
    assert np.array_equal(found[:112], truth[:112])


def test_what_lies_over_a_shot_makes_its_first_frames_say_less_of_where_it_begins() -> None:
    """Beside a title that differs much, a difference of a few tenths of a level is noise."""
    a = np.concatenate([shot(1, 50), slow(5, 60), shot(2, 50)])
    truth = np.concatenate([np.arange(108), np.arange(110, 160)])
    b = recoded(a[truth]).astype(float)
    b[50:53] = 0.4 * a[50:53] + 0.6 * a[54:57]
    b[:, 22:24, 4:24] = 240
    found = _caught_up(a, np.rint(b).astype(np.uint8), truth)
    assert np.array_equal(found, truth)


@pytest.mark.parametrize("left_out", [2, 3])
def test_what_seems_left_out_before_a_shot_that_lags_is_left_out_at_its_end(left_out: int) -> None:
    a = np.concatenate([shot(1, 50), slow(5, 60), shot(2, 50)])
    truth = np.concatenate([np.arange(110 - left_out), np.arange(110, 160)])
    held = _held(a[50 : 110 - left_out])
    held[10:] = _held(a[50 + left_out : 110])[10:]  # later on it is as like what A shows later
    b = np.concatenate([recoded(a[:50]), held, recoded(a[110:])])
    seems = truth.copy()
    seems[50 : 110 - left_out] += left_out
    assert np.array_equal(_caught_up(a, b, seems), truth)


def test_a_shot_most_of_which_is_beside_what_leads_on_by_as_much_does_not_lag() -> None:
    a = np.concatenate([shot(1, 50), slow(5, 81), shot(2, 50)])
    truth = np.concatenate([np.arange(130), np.arange(131, 181)])
    seems = truth.copy()
    seems[120:130] += 1  # coarse coding makes its last frames look like those that are left out
    blended = a[truth].astype(float)
    blended[50:53] = (a[50:53].astype(float) + a[51:54]) / 2  # as interlaced ones are: they say nothing
    b = recoded(np.rint(blended).astype(np.uint8), noise=4.5)
    assert np.array_equal(_caught_up(a, b, seems)[:120], truth[:120])


def test_a_title_that_comes_in_a_slow_shot_is_no_cut_behind_which_it_begins_anew() -> None:
    a = np.concatenate([shot(1, 50), slow(5, 60), shot(2, 50)])
    b = recoded(a).astype(float)
    b[60:, 2:26, 2:30] = 240
    b[60:63] = 0.6 * b[60:63] + 0.4 * recoded(a)[50:53]
    found = _caught_up(a, np.rint(b).astype(np.uint8), np.arange(160))
    assert np.array_equal(found, np.arange(160))


def test_the_first_frame_of_a_shot_says_where_it_begins_though_all_others_lag_at_once() -> None:
    before, moving, after = shot(1, 50), slow(5, 60), shot(2, 50)
    a = np.concatenate([before, moving, after])
    lags = moving[2:].copy()
    lags[1:] = np.rint(0.3 * moving[3:] + 0.7 * moving[1:-2])
    b = recoded(np.concatenate([before, lags, after]), noise=0.7)
    truth = np.concatenate([np.arange(50), np.arange(52, 160)])
    seems = truth.copy()
    seems[50:108] -= 2
    assert np.array_equal(_caught_up(a, b, seems), truth)


def test_a_frame_that_another_rate_left_out_before_a_shot_is_not_given_back() -> None:
    """B shows five of six frames of A, each blended with the one before it."""
    a = np.concatenate([shot(1, 60), slow(5, 90), shot(2, 60)])
    natural = np.floor(np.arange(110) * 1.2 + 1e-6).astype(int)
    truth = np.concatenate([np.full(40, -1), 61 + natural[:70]])
    blended = np.rint(0.7 * a[truth[40:] - 1] + 0.3 * a[truth[40:]]).astype(np.uint8)
    b = np.concatenate([recoded(shot(9, 40)), recoded(blended)])
    natural[40:] = natural[40] + natural[:70]
    seen = Seen(a, b, [], np.full(110, -1, np.int32))
    assert np.array_equal(caught_up(truth.astype(np.int32), natural, natural, seen, as_long=False), truth)


def test_a_title_does_not_make_all_places_in_a_shot_as_near() -> None:
    """A part is left out of the midst of a slow, poorly graded shot."""
    scene = (slow(5, 117) // 6 + 90).astype(np.uint8)
    a = np.concatenate([shot(1, 50), scene, shot(2, 50)])
    truth = np.delete(np.arange(len(a)), np.arange(119, 129))
    poor = np.random.default_rng(1).normal(0, 3, a.shape[1:])
    b = np.clip(recoded(a[truth], noise=0.5) + poor, 0, 255).astype(np.uint8)
    b[50:119, 22:25, 10:38] = 135
    assert np.array_equal(_caught_up(a, b, truth), truth)
