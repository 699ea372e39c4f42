import numpy as np
import pytest
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import changed_alike, motion_along

FRAMES = 40


def _unrelated(a: np.ndarray, b: np.ndarray, *, expected: bool) -> bool:
    seen = Seen(recoded(a, 1, 0.5), b, [], np.full(len(b), -1, np.int32))
    whole = np.arange(len(b))
    return motion_along(whole.astype(np.int32), seen).unrelated(whole, likely=expected)


def _still() -> np.ndarray:
    return shot(7, 1).repeat(FRAMES, axis=0)


@pytest.mark.parametrize("expected", [True, False])
def test_a_title_that_comes_over_a_still_scene_is_no_movement(expected: bool) -> None:
    b = recoded(_still(), noise=0.5)
    b[15:, 20:26, 4:44] = 240
    assert not _unrelated(_still(), b, expected=expected)


@pytest.mark.parametrize("expected", [True, False])
def test_titles_that_change_all_through_a_brief_still_scene_are_no_movement(expected: bool) -> None:
    a = _still()[:11]
    b = recoded(a, noise=0.5)
    for first, after, left in ((0, 2, 4), (5, 11, 12)):
        b[first:after, 20:24, left : left + 30] = 240
    assert not _unrelated(a, b, expected=expected)
    for number in range(11):
        b[number, 6:24, 3 * number : 3 * number + 8] = 30  # somebody walks through it
    assert _unrelated(a, b, expected=expected)


@pytest.mark.parametrize("expected", [True, False])
def test_a_last_frame_woven_of_two_shots_is_no_movement(expected: bool) -> None:
    b = recoded(_still(), noise=0.5)
    b[-1] = (b[-1].astype(int) + shot(3, 1)[0]) // 2
    assert not _unrelated(_still(), b, expected=expected)


@pytest.mark.parametrize("expected", [True, False])
def test_somebody_who_walks_through_a_still_scene_is_movement(expected: bool) -> None:
    b = recoded(_still(), noise=0.5)
    for number in range(FRAMES):
        b[number, 6:24, number : number + 8] = 30
    assert _unrelated(_still(), b, expected=expected)


ROOM = shot(7, 1).repeat(FRAMES, axis=0)


def _takes(*, noise_of_b: float, left: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A room, and what B shows: the same take, then another one. left: how much of A's noise coding leaves."""
    random = np.random.default_rng(3)
    takes = [random.normal(0, 0.7, ROOM.shape) for _ in range(2)]
    coded = [ROOM + left * noise + random.normal(0, noise_of_b, ROOM.shape) for noise in takes]
    a, b = ROOM + takes[0], np.concatenate(coded)
    return np.rint(a).astype(np.uint8), np.clip(np.rint(b), 0, 255).astype(np.uint8)


def _other_noise(a: np.ndarray, b: np.ndarray) -> tuple[bool, bool]:
    """Whether the first, and the second, of B's takes is said to be another one; the first says what is usual."""
    once, again = np.arange(FRAMES), FRAMES + np.arange(FRAMES)
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    motion = motion_along(np.tile(once, 2).astype(np.int32), seen)
    limit = motion.noise_limit(once)
    return motion.other_noise(once, limit), motion.other_noise(again, limit)


def test_another_take_of_a_still_room_has_other_noise() -> None:
    assert _other_noise(*_takes(noise_of_b=0.4)) == (False, True)


def test_what_runs_over_a_still_room_does_not_change_its_noise() -> None:
    a, b = _takes(noise_of_b=0.3)
    for number in range(FRAMES):
        b[number, 24:, (3 * number) % 40 : (3 * number) % 40 + 8] = 255  # a ticker
    once = np.arange(FRAMES)
    motion = motion_along(once.astype(np.int32), Seen(a, b[:FRAMES], [], np.full(FRAMES, -1, np.int32)))
    assert motion.unrelated(once, likely=True)  # what moves is unlike, what flickers is not
    assert not motion.other_noise(once, 0.3)


def test_noise_that_coding_has_taken_away_tells_nothing() -> None:
    assert _other_noise(*_takes(noise_of_b=1.0, left=0.1)) == (False, False)


def test_noise_that_coding_brings_in_where_it_starts_anew_tells_nothing() -> None:
    """Between its whole pictures it repeats the one before."""
    a, b = _takes(noise_of_b=1.1)
    for first in range(FRAMES, 2 * FRAMES, 10):
        b[first : first + 10] = b[first]
    assert _other_noise(a, b) == (False, False)


def _rolling(step: float, brightness: int = 14) -> np.ndarray:
    """A still scene through which something faint goes, at so many columns a frame."""
    scene = _still().astype(int)
    for number, picture in enumerate(scene):
        at = round(20 + step * number) % 40
        picture[8:14, at : at + 6] += brightness
    return np.clip(scene, 0, 255).astype(np.uint8)


def test_titles_that_come_and_go_do_not_hide_that_the_rest_moves_alike() -> None:
    a = _rolling(0.5)
    b = recoded(a, 2, 0.5)
    for first in (5, 20):
        b[first : first + 8, 20:26, 4:44] = 240
    assert not _unrelated(a, b, expected=True)
    other = recoded(_rolling(-0.5), 2, 0.5)
    other[b == 240] = 240
    assert _unrelated(a, other, expected=True)


@pytest.mark.parametrize("titled", [False, True])
def test_what_moves_a_little_and_otherwise_is_not_at_all_alike(titled: bool) -> None:
    whole = np.arange(FRAMES)
    for step, otherwise in ((0.5, False), (-1.3, True)):
        b = recoded(_rolling(step), 2, 0.5)
        if titled:
            b[5:13, 20:26, 4:44] = 240
        seen = Seen(recoded(_rolling(0.5), 1, 0.5), b, [], np.full(FRAMES, -1, np.int32))
        motion = motion_along(whole.astype(np.int32), seen)
        assert motion.of_a[3:].mean() < 3  # as little as `unrelated` asks nothing of
        assert motion.not_at_all_alike(whole) == otherwise


def test_what_is_likely_may_move_half_alike_under_titles() -> None:
    a, noise = _rolling(0.5), 3.4
    b = recoded(a, 2, noise)
    for first in (5, 20):
        b[first : first + 8, 20:26, 4:44] = 240
    seen, whole = Seen(recoded(a, 1, 0.5), b, [], np.full(FRAMES, -1, np.int32)), np.arange(FRAMES)
    motion = motion_along(whole.astype(np.int32), seen)
    assert 0.5 < motion.alike_but_for_titles(whole) < 0.6
    assert not motion.unrelated(whole, likely=True)
    assert motion.unrelated(whole, likely=False)


def test_what_changes_alike_in_the_end_does_so_however_little_each_frame_tells() -> None:
    whole = np.arange(FRAMES)
    a, other = recoded(_rolling(0.5), 1, 0.5), recoded(_rolling(-0.5), 2, 0.5)
    held = recoded(_rolling(0.5) // 2 + 40, 3, 0.5)  # graded, and held by coding
    held[:-3] = held[0]
    for b, alike in ((held, True), (other, False)):
        seen = Seen(a, b, [], np.full(FRAMES, -1, np.int32))
        assert (changed_alike(seen, whole, whole) > 0.8) == alike
        assert abs(changed_alike(seen, whole[:1], whole[:1])) < 0.2
