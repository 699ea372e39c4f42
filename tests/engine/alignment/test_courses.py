import numpy as np
import pytest
from programmes import pictures, recoded, shot

from vidstudio.engine.alignment.appearance.looks import Look, Seen
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.refinement.courses import straightened

BEFORE, SHOT, AFTER = shot(1, 90), shot(2, 60), shot(3, 90)
A = np.concatenate([BEFORE, SHOT, AFTER])
MIDDLE = np.arange(90, 150)


def _of_shot(shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Thumbnails of B whose middle shot shows these frames of A, and its true map."""
    truth = np.concatenate([np.arange(90), shown, np.arange(150, 240)])
    return recoded(A[truth]), truth


COURSES = {
    "backward": MIDDLE[::-1],
    "at half speed": MIDDLE[np.arange(120) // 2],
    "twice as fast": MIDDLE[::2],
    "a quarter faster": MIDDLE[(np.arange(48) * 1.25).astype(int)],
    "standing still to its end": np.concatenate([MIDDLE[:25], np.full(35, MIDDLE[24])]),
    "standing still from its beginning": np.concatenate([np.full(35, MIDDLE[35]), MIDDLE[35:]]),
    "standing still for a while": np.concatenate([MIDDLE[:30], np.full(35, MIDDLE[30]), MIDDLE[30:]]),
}


@pytest.mark.parametrize("shown", COURSES.values(), ids=COURSES.keys())
def test_a_shot_with_a_course_of_its_own_is_followed(shown: np.ndarray) -> None:
    b, truth = _of_shot(shown)
    found = match(pictures(A), pictures(b)).frame_map
    right = np.abs(found - truth) <= 1
    assert right.mean() >= 0.99, np.flatnonzero(~right)


def _straightened(b: np.ndarray, frame_map: np.ndarray, look: Look | None = None) -> np.ndarray:
    looks, number = ([look], 0) if look else ([], -1)
    seen = Seen(A, b, looks, np.full(len(b), number, np.int32))
    return straightened(frame_map.astype(np.int32), np.arange(len(b)), seen)


def test_a_jump_cut_stays_one() -> None:
    shown = np.concatenate([MIDDLE[:25], MIDDLE[33:]])
    b, truth = _of_shot(shown)
    assert np.array_equal(_straightened(b, truth), truth)


def test_a_few_frames_that_seem_to_be_elsewhere_belong_to_their_shot() -> None:
    b, truth = _of_shot(MIDDLE[::-1])
    seeming = truth.copy()
    seeming[147:150] = np.arange(3)
    assert np.array_equal(_straightened(b, seeming), truth)


def test_a_slow_shot_backward_is_not_taken_for_one_forward() -> None:
    b, truth = _of_shot(MIDDLE[::-1])
    assert np.array_equal(_straightened(b, np.arange(len(b))), truth)


def test_a_part_seen_through_a_window_does_not_hide_the_course_of_its_shot() -> None:
    b, truth = _of_shot(MIDDLE[::-1])
    seeming = truth.copy()
    seeming[90:110] = np.arange(100, 120)
    number = np.full(len(b), -1, np.int32)
    number[90:110] = 0
    zoomed = Look(first=90, path=np.tile(np.float32([0.05, 0.05, 0.9, 0.9]), (20, 1)))
    seen = Seen(A, b, [zoomed], number)
    assert np.array_equal(straightened(seeming.astype(np.int32), np.arange(len(b)), seen), truth)
    assert seen.plain(90, 150).all()


def test_a_still_that_is_shown_twice_is_no_course() -> None:
    """Any course is as good there, backward too: what was found, by the film's pace, stays, and none of it is new."""
    still = np.concatenate([BEFORE, SHOT[:1].repeat(60, axis=0), AFTER])
    truth = np.concatenate([np.arange(150), np.arange(90, 240)])
    b = recoded(still[truth])
    seen = Seen(still, b, [], np.full(len(b), -1, np.int32))
    assert np.array_equal(straightened(truth.astype(np.int32), np.arange(len(b)), seen), truth)
    found = match(pictures(still), pictures(b)).frame_map
    assert (found >= 0).all()
    assert (found[:90] == truth[:90]).all()
    assert (found[210:] == truth[210:]).all()


def test_jumps_through_a_slow_shot_become_its_course() -> None:
    b, truth = _of_shot(MIDDLE[np.arange(120) // 2])
    jumping = truth.copy()
    for start in range(90, 210, 20):  # at the natural pace, and back again
        jumping[start : start + 20] = truth[start] + np.arange(20)
    found = _straightened(b, jumping)
    assert (np.abs(jumping - truth) > 1).sum() > 60
    assert (np.abs(found - truth) <= 1).all()


def test_what_is_seen_mirrored_or_through_a_window_is_left() -> None:
    b, truth = _of_shot(MIDDLE[np.arange(120) // 2])
    jumping = truth.copy()
    jumping[90:110] = truth[90] + np.arange(20)
    assert np.array_equal(_straightened(b, jumping, Look(mirrored=True)), jumping)


def test_what_hardly_moves_backward_is_not_taken_for_the_same_forward() -> None:
    room = shot(7, 1).repeat(60, axis=0).astype(int)
    for number, picture in enumerate(room):
        left = 5 + number // 3
        picture[10:15, left : left + 5] += 18
    a = np.concatenate([BEFORE, np.clip(room, 0, 255).astype(np.uint8), AFTER])
    truth = np.concatenate([np.arange(90), MIDDLE[::-1], np.arange(150, 240)])
    b = recoded(a[truth], noise=0.5)
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    found = straightened(np.arange(len(b), dtype=np.int32), np.arange(len(b)), seen)
    assert np.array_equal(found[:90], truth[:90])
    assert np.array_equal(found[150:], truth[150:])
    assert (np.abs(found - truth)[90:150] <= 3).all()


def test_what_stands_still_has_no_course() -> None:
    a = np.concatenate([BEFORE, recoded(shot(7, 1).repeat(60, axis=0), noise=0.5), AFTER])
    b = recoded(a, noise=1.0)
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    every = np.arange(len(b), dtype=np.int32)
    assert np.array_equal(straightened(every, np.arange(len(b)), seen), every)


def _take(places: np.ndarray) -> np.ndarray:
    """A room in which something stands at those places."""
    result = shot(7, 1).repeat(len(places), axis=0)
    for picture, at in zip(result, places.tolist(), strict=True):
        picture[8:20, at : at + 8] = 230
    return result


def test_another_take_within_a_shot_is_no_stop() -> None:
    """A frame that is somewhat like all of it is not what B stands at: it is less like it than what B does show."""

    of_a, other = _take(np.arange(108) // 3), _take(15 + np.arange(40) // 24)
    other[:, 20:26, 30:44] = np.clip(other[:, 20:26, 30:44].astype(int) + 20, 0, 255)
    a = np.concatenate([BEFORE, of_a, AFTER])
    b = recoded(np.concatenate([BEFORE, of_a[:45], other, of_a[45:], AFTER]))
    found = np.concatenate([np.arange(90 + 85), np.arange(90 + 45, len(a))])
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    assert np.array_equal(straightened(found.astype(np.int32), np.arange(len(b)), seen), found)


@pytest.mark.parametrize("slowness", [4, 6])
def test_another_take_behind_a_shot_does_not_bend_its_course(slowness: int) -> None:
    """What goes on at A's pace for long, and is as alike, is no slow course, however well that suits the rest."""
    of_a, other = _take(np.arange(120) // slowness), _take((120 + np.arange(50)) // (2 * slowness))
    a = np.concatenate([BEFORE, of_a, AFTER])
    b = recoded(np.concatenate([BEFORE, of_a[:70], other, AFTER]))
    found = np.concatenate([np.arange(160), np.arange(120, 170), np.arange(210, 300)])
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    straight = straightened(found.astype(np.int32), np.arange(len(b)), seen)
    assert np.array_equal(straight[:160], found[:160])
