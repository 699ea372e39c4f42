"""Slips by a frame: what noise makes up goes, what the pictures show stays."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from programmes import recoded, shot, slow

from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.appearance.looks import PLAIN, Seen
from vidstudio.engine.alignment.refinement.slips import steadied

FRAMES = 80


def pictures(step: float, noise: int) -> NDArray[np.uint8]:
    """Thumbnails of a pattern that moves by `step` points a frame, with noise of their own."""
    random = np.random.default_rng(noise)
    at = np.arange(WIDTH)[None, None, :] + step * np.arange(FRAMES)[:, None, None]
    wave = 128 + 60 * np.sin(at / 4) + 30 * np.sin(np.arange(HEIGHT) / 3)[None, :, None]
    return np.clip(wave + random.normal(0, 2, wave.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("step", "reframed", "stays"), [(0.0, False, False), (1.0, False, True), (0.15, True, False)])
def test_a_slip_stays_only_where_something_moves(step: float, reframed: bool, stays: bool) -> None:
    hiccup = np.concatenate([np.arange(30), [29], np.arange(30, 44), np.arange(45, FRAMES)]).astype(np.int32)
    a = pictures(step, 1)
    b = pictures(step, 2)[hiccup]
    seen = Seen(a, b, [PLAIN], np.zeros(FRAMES, np.int64))
    natural = np.arange(FRAMES)
    found = steadied(hiccup, natural, seen, reframed=reframed)
    assert found.tolist() == (hiccup if stays else natural).tolist()


def test_a_slip_that_lasts_or_is_larger_is_left_alone() -> None:
    still = pictures(0.0, 1)
    seen = Seen(still, still, [PLAIN], np.zeros(FRAMES, np.int64))
    natural = np.arange(FRAMES)
    for change in ((10, 50, -1), (30, 40, -3), (70, FRAMES, -1)):
        changed = natural.astype(np.int32)
        changed[change[0] : change[1]] += change[2]
        assert steadied(changed, natural, seen, reframed=False).tolist() == changed.tolist()


def test_a_window_may_be_a_few_frames_aside_for_a_while_and_come_back() -> None:
    a, b = pictures(0.15, 1), pictures(0.15, 2)
    seen = Seen(a, b, [PLAIN], np.zeros(FRAMES, np.int64))
    natural = np.arange(FRAMES)
    found = natural.astype(np.int32)
    found[16:33] -= 1
    found[33:45] += 3
    assert steadied(found, natural, seen, reframed=True).tolist() == natural.tolist()
    found_plainly = found.copy()
    found_plainly[16:33] = natural[16:33]  # a frame aside up to a jump, and as near
    assert steadied(found, natural, seen, reframed=False).tolist() == found_plainly.tolist()


def test_a_window_may_be_a_frame_aside_where_a_shot_begins_or_ends_but_not_over_a_cut_of_a() -> None:
    a, b = pictures(0.15, 1), pictures(0.15, 2)
    other = 255 - a[::-1]  # a cut in both, and one in A alone
    a, b = np.concatenate([a, other]), np.concatenate([b, other])
    seen = Seen(a, b, [PLAIN], np.zeros(2 * FRAMES, np.int64))
    natural = np.arange(2 * FRAMES)
    found = natural.astype(np.int32)
    found[:5] += 1
    found[FRAMES - 5 : FRAMES] -= 1
    assert steadied(found, natural, seen, reframed=True).tolist() == natural.tolist()
    assert steadied(found, natural, seen, reframed=False)[:5].tolist() == found[:5].tolist()
    seen = Seen(np.concatenate([other[:3], a[3:]]), b, [PLAIN], np.zeros(2 * FRAMES, np.int64))
    assert steadied(found, natural, seen, reframed=True)[:5].tolist() == found[:5].tolist()


@pytest.mark.parametrize(("step", "stays"), [(0.0, False), (1.0, True)])
def test_beside_a_fade_a_few_frames_aside_go_on_straight_where_the_pictures_allow(step: float, stays: bool) -> None:
    natural = np.arange(FRAMES)
    true = natural.astype(np.int32)
    true[36:40] = -1  # nothing is seen there
    aside = true.copy()
    aside[30:36] -= 2
    aside[40:45] -= 3
    a, b = pictures(step, 1), pictures(step, 2)
    shown = np.where(aside >= 0, aside, natural)
    seen = Seen(a, b[shown] if stays else b, [PLAIN], np.zeros(FRAMES, np.int64))
    found = steadied(aside, natural, seen, reframed=False)
    assert found.tolist() == (aside if stays else true).tolist()
    # without anything hidden, three frames are no slip
    whole = natural.astype(np.int32)
    whole[30:40] -= 3
    assert steadied(whole, natural, seen, reframed=False).tolist() == whole.tolist()


@pytest.mark.parametrize("trimmed", [0, 1])
def test_through_a_window_a_shot_that_is_as_long_as_that_of_a_is_that_shot(trimmed: int) -> None:
    """Where it was lost, likeness says a few frames aside; that B is cut just as A is says more."""
    shots = [shot(1, 40), slow(5, 50), shot(2, 40)]
    a = np.concatenate(shots)
    truth = np.concatenate([np.arange(90 - trimmed), np.arange(92, 130)])  # what follows is on by two frames
    b = recoded(a[truth], noise=4)
    seen = Seen(a, b, [PLAIN], np.zeros(len(b), np.int64))
    found = truth.copy()
    found[55:75] += 3
    found[75 : 90 - trimmed] += 4
    found[62:66] = -1
    steady = steadied(found.astype(np.int32), np.arange(len(b)), seen, reframed=True)
    whole = np.where(found < 0, -1, truth)
    if trimmed:  # then the lengths say nothing
        assert not np.array_equal(steady[found >= 0], truth[found >= 0])
    else:
        assert steady.tolist() == whole.tolist()


@pytest.mark.parametrize(("step", "stays"), [(0.0, False), (1.0, True)])
def test_in_a_shot_as_long_as_that_of_a_nothing_is_shown_twice_unless_it_is_seen(step: float, stays: bool) -> None:
    """Noise over a still shot leads a few frames aside, and back by more than a slip."""
    still = pictures(step, 1)[:30]
    a = np.concatenate([shot(1, 40), still, shot(2, 40)])
    found = np.arange(110, dtype=np.int32)
    found[48:56] += 2
    found[56:70] -= 1
    b = np.concatenate([a[:40], pictures(step, 2)[:30], a[70:]])
    seen = Seen(a, b[found] if stays else b, [], np.full(110, -1, np.int32))
    steady = steadied(found, np.arange(110), seen, reframed=False)
    assert steady.tolist() == (found if stays else np.arange(110)).tolist()


@pytest.mark.parametrize(("step", "stays"), [(0.0, False), (1.0, True)])
@pytest.mark.parametrize("backward", [False, True])
def test_beside_what_is_new_nothing_is_a_frame_aside_unless_it_is_seen(
    step: float, stays: bool, backward: bool
) -> None:
    """A shot is trimmed where something else comes in, not once more later, where it stood still until then."""
    true = np.arange(3, 3 + FRAMES).astype(np.int32)
    true[20:26] = -1
    aside = true.copy()
    aside[26:40] -= 1
    if backward:
        true, aside = ((FRAMES + 2 - one[::-1]) * (one[::-1] >= 0) - (one[::-1] < 0) for one in (true, aside))
    a, b = pictures(step, 1), pictures(step, 2)
    shown = np.clip(aside, 0, FRAMES - 1)
    seen = Seen(np.concatenate([a, a[:3]]), b[shown] if stays else b, [PLAIN], np.zeros(FRAMES, np.int64))
    found = steadied(aside.astype(np.int32), np.arange(FRAMES), seen, reframed=False)
    assert found.tolist() == (aside if stays else true).tolist()


def test_what_goes_on_behind_what_is_new_as_it_did_before_is_not_aside() -> None:
    """Then the frame that is left out is where it goes on a frame later."""
    a, b = pictures(0.0, 1), pictures(0.0, 2)
    found = np.arange(FRAMES, dtype=np.int32)
    found[20:26] = -1
    found[40:] += 1
    seen = Seen(np.concatenate([a, a[:1]]), b, [PLAIN], np.zeros(FRAMES, np.int64))
    assert steadied(found, np.arange(FRAMES), seen, reframed=False).tolist() == found.tolist()


@pytest.mark.parametrize("backward", [False, True])
def test_nothing_goes_on_beyond_the_ends_of_a(backward: bool) -> None:
    """What shows A's last frame, or its first, cannot be a frame further."""
    a = pictures(0.0, 1)
    found = np.concatenate([np.arange(20), np.arange(60, 70), np.arange(69, FRAMES), [3, 4]]).astype(np.int32)
    found = np.concatenate([[40], np.arange(11), np.arange(10, 25)]).astype(np.int32) if backward else found
    natural = np.arange(len(found))
    seen = Seen(a, a[found], [PLAIN], np.zeros(len(found), np.int64))
    steady = steadied(found, natural, seen, reframed=False)
    assert steady.min() >= 0
    assert steady.max() < FRAMES
