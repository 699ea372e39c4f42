"""Following two videos: pairs that are right are trusted, and after an edit both meet again at the right frames."""

from __future__ import annotations

import tracemalloc

import clips
import numpy as np
import pytest
from numpy.typing import NDArray

from vidstudio.engine.alignment.follow import MEMORY, Ribbon, likenesses, meeting, trusted

Bytes = NDArray[np.uint8]


def shot(seed: int, frames: int) -> Bytes:
    pictures = np.stack(list(clips.shot(seed, frames, (96, 56)))).mean(axis=3)
    return np.rint(pictures.reshape(frames, 28, 2, 48, 2).mean(axis=(2, 4))).astype(np.uint8)


def ribbon(*parts: Bytes, first: int = 0) -> Ribbon:
    result = Ribbon(first)
    for part in parts:
        result.add(part)
    return result


def noisy(thumbs: Bytes) -> Bytes:
    return np.clip(thumbs + np.random.default_rng(3).integers(-3, 4, thumbs.shape), 0, 255).astype(np.uint8)


def test_the_same_frames_are_trusted() -> None:
    numbers = np.arange(20)
    a, b = ribbon(shot(1, 60)), ribbon(noisy(shot(1, 60)))
    assert trusted(a, b, numbers + 10, numbers + 10) == (20, 0)
    assert trusted(a, b, numbers[:0], numbers[:0]) == (0, 0)


def test_trust_ends_where_the_pictures_do() -> None:
    numbers = np.arange(20)
    a, b = ribbon(shot(1, 60)), ribbon(noisy(shot(1, 12)), shot(2, 48))
    assert trusted(a, b, numbers, numbers) == (12, 0)
    flash = noisy(shot(1, 60))
    flash[7] = 255
    assert trusted(a, ribbon(flash), numbers, numbers) == (20, 0)


def test_a_dropped_frame_is_a_slip() -> None:
    numbers = np.arange(20)
    of_a = shot(8, 60)
    count, slip = trusted(ribbon(of_a), ribbon(np.delete(of_a, 9, axis=0)), numbers, numbers)
    assert slip == 1
    assert 7 <= count <= 9


def test_they_meet_after_an_inserted_shot() -> None:
    a = ribbon(shot(1, 40), shot(2, 60))
    b = ribbon(noisy(shot(1, 40)), shot(5, 30), noisy(shot(2, 20)))
    assert meeting(a, b, np.arange(200), 20, (40, 40)) == (40, 70)


def test_they_meet_after_a_removed_shot() -> None:
    a = ribbon(shot(1, 40), shot(5, 30), shot(2, 20))
    b = ribbon(noisy(shot(1, 40)), noisy(shot(2, 60)))
    assert meeting(a, b, np.arange(200), 20, (40, 40)) == (70, 40)


def test_what_b_showed_before_does_not_hide_where_they_meet() -> None:
    again, between = shot(2, 60), shot(1, 40)
    a = ribbon(again, between, again[:46])
    b = ribbon(again, noisy(between), shot(5, 30), noisy(again[:16]))
    assert meeting(a, b, np.arange(200), 20, (100, 100)) == (100, 130)


def test_onward_what_a_showed_before_is_not_gone_back_to() -> None:
    again, between = shot(2, 60), shot(1, 40)
    a = ribbon(again, between, shot(5, 12))
    b = ribbon(noisy(again), noisy(between), noisy(again[:16]))
    assert meeting(a, b, np.arange(200), 20, (100, 100)) == (0, 100)
    assert meeting(a, b, np.arange(200), 20, (100, 100), onward=True) is None
    a.add(np.concatenate([shot(5, 18), again[:16]]))
    assert meeting(a, b, np.arange(200), 20, (100, 100), onward=True) == (130, 100)


def test_where_a_stands_still_it_goes_on_from_where_it_was_after_an_inserted_shot() -> None:
    still = np.repeat(shot(2, 1), 60, axis=0)
    a = ribbon(shot(1, 40), still)
    b = ribbon(noisy(shot(1, 40)), shot(5, 30), noisy(still[:12]))
    assert meeting(a, b, np.arange(200), 20, (40, 40)) == (40, 70)
    # also where A was in the midst of it
    assert meeting(a, b, np.arange(200), 20, (55, 40)) == (55, 70)


@pytest.mark.parametrize("seen", [10, 12, 20, 28])
def test_they_meet_at_the_first_frames_of_a_slow_shot(seen: int) -> None:
    """A few frames off its frames are as much alike; but it begins in both at once."""
    share = np.linspace(0, 0.3, 60)[:, None, None]
    slow = np.rint(shot(2, 1) * (1 - share) + shot(3, 1) * share).astype(np.uint8)
    a = ribbon(shot(1, 40), slow)
    b = ribbon(noisy(shot(1, 40)), shot(5, 30), noisy(slow[:seen]))
    assert meeting(a, b, np.arange(200), 20, (40, 60)) == (40, 70)
    removed = ribbon(shot(1, 40), shot(5, 30), slow[:seen])
    assert meeting(removed, ribbon(noisy(shot(1, 40)), noisy(slow)), np.arange(200), 20, (40, 40)) == (70, 40)


@pytest.mark.parametrize("off", [2, 4, 6, 8, -2, -5, -10])
def test_where_a_is_off_is_told_at_once_however_far(off: int) -> None:
    """Not by a frame or two after each look: pictures that change slowly are alike for long."""
    share = np.linspace(0, 1, 16, endpoint=False)[:, None, None]
    slowly = [np.rint(shot(n, 1) * (1 - share) + shot(n + 1, 1) * share).astype(np.uint8) for n in range(2, 9)]
    a, b = ribbon(shot(1, 40), *slowly), ribbon(*(noisy(part) for part in slowly))
    numbers = np.arange(30, 38)
    assert trusted(a, b, numbers + 40 - off, numbers) == (0, off)
    assert trusted(a, b, numbers + 40, numbers) == (8, 0)


def test_where_a_is_off_by_a_frame_that_is_not_read_yet_it_does_not_go_far() -> None:
    again = shot(2, 60)
    a, b = ribbon(again, shot(1, 40), again[:21]), ribbon(shot(1, 40), noisy(again[:30]))
    numbers = np.arange(54, 61)
    assert trusted(a, b, numbers + 60, numbers)[1] == 0
    count, slip = trusted(a, b, numbers + 59, numbers)
    assert (count, slip) == (0, 1)
    # the last one is not known where it would be
    numbers = np.arange(55, 62)
    assert trusted(a, b, numbers + 59, numbers) == (0, 1)


def test_they_meet_at_other_rates() -> None:
    natural = np.arange(300) * 5 // 6  # 25 against 30 frames a second
    of_a = shot(2, 100)
    a = ribbon(shot(1, 50), of_a)
    b = ribbon(noisy(shot(1, 50)[natural[:60]]), shot(5, 36), noisy(of_a[natural[:40]]))
    found = meeting(a, b, natural, 16, (50, 60))
    assert found is not None
    assert abs(found[0] - 50) <= 1
    assert abs(found[1] - 96) <= 1


def test_a_picture_that_stays_for_an_hour_costs_no_more_than_others() -> None:
    of_a = shot(1, 60)
    a, b = ribbon(of_a), ribbon(shot(5, 10), noisy(of_a[20:40]))
    natural = np.concatenate([np.arange(10), 90_000 + np.arange(40)])
    tracemalloc.start()
    try:
        assert meeting(a, b, natural, 90_000, (10, 10)) == (20, 10)
        assert meeting(ribbon(of_a[:40]), b, natural, 90_000, (10, 10)) == (20, 10)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()


def test_strangers_never_meet() -> None:
    assert meeting(ribbon(shot(1, 60)), ribbon(shot(2, 60)), np.arange(60), 16, (0, 0)) is None
    assert meeting(ribbon(), ribbon(), np.arange(60), 16, (0, 0)) is None


def test_only_the_last_frames_are_remembered() -> None:
    thumbs = np.random.default_rng(0).integers(0, 256, (700, 28, 48), np.uint8)
    long = Ribbon(10)
    for _ in range(10):
        long.add(thumbs)
    assert (long.first, long.after) == (7010 - MEMORY, 7010)
    assert np.array_equal(long.thumbs()[-700:], thumbs)
    at = np.array([long.first, long.after - 1])
    assert np.allclose(likenesses(long, long, at, at), 1)
    assert np.isnan(likenesses(long, long, at - MEMORY, at)).all()
