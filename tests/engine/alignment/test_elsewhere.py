import numpy as np
import pytest
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.cuts import cuts
from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.elsewhere import confirmed

FRAME_US = 40_000.0


def _confirmed(a: np.ndarray, b: np.ndarray, frame_map: np.ndarray) -> np.ndarray:
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    return confirmed(frame_map.astype(np.int32), np.arange(len(b)), seen, FRAME_US, FRAME_US)


def _scene(place: np.ndarray, level: int) -> np.ndarray:
    """One picture in which something moves along: a take of the scene."""
    take = shot(7, 1).repeat(len(place), axis=0)
    for picture, at in zip(take, place.tolist(), strict=True):
        picture[8:20, at % 40 : at % 40 + 8] = level
    return take


def test_a_shot_that_moved_stays() -> None:
    first, second, third = shot(1, 80), shot(2, 40), shot(3, 80)
    a, b = np.concatenate([first, second, third]), recoded(np.concatenate([second, first, third]))
    truth = np.concatenate([np.arange(80, 120), np.arange(80), np.arange(120, 200)])
    assert np.array_equal(_confirmed(a, b, truth), truth)


def test_another_take_of_a_scene_has_not_moved() -> None:
    take, other = _scene(np.arange(40), 230), _scene(np.arange(40)[::-1] + 7, 230)
    a = np.concatenate([shot(1, 160), take])
    b = recoded(np.concatenate([other, a]))
    frame_map = np.concatenate([np.arange(160, 200), np.arange(200)])
    found = _confirmed(a, b, frame_map)
    assert (found[:40] == -1).all()
    assert np.array_equal(found[40:], frame_map[40:])


def test_a_take_that_moves_nearly_alike_has_not_moved_where_all_else_moves_as_one() -> None:
    take, other = _scene(np.arange(40), 230), _scene(np.arange(40), 230)
    for number in range(40):
        # somebody walks the other way below, in one take only
        other[number, 21:26, (117 - 3 * number) % 40 : (117 - 3 * number) % 40 + 8] = 230
    a = np.concatenate([shot(1, 160), take])
    for shown, noise, first, stays in (
        (other, 0.7, 6, False),
        (take, 0.7, 6, True),
        (take, 14.0, 6, True),  # coarse coding makes everything less alike
    ):
        b = recoded(np.concatenate([shown[first:], a]), noise=noise)
        found = _confirmed(a, b, np.concatenate([np.arange(160 + first, 200), np.arange(200)]))
        assert (found[: 40 - first] >= 0).all() == stays


def _faint(frames: int, level: int = 12) -> np.ndarray:
    """A take of a scene in which something moves that is hardly brighter than what is behind it."""
    take = shot(7, 1).repeat(frames, axis=0).astype(int)
    for number, picture in enumerate(take):
        picture[8:20, number % 40 : number % 40 + 8] += level
    return np.clip(take, 0, 255).astype(np.uint8)


def test_a_whole_shot_that_moved_stays_though_coding_took_half_of_how_it_moves() -> None:
    a = np.concatenate([shot(1, 160), _faint(40)])
    b = recoded(np.concatenate([a[160:], a[:160]]), noise=6.5)
    truth = np.concatenate([np.arange(160, 200), np.arange(160)])
    assert np.array_equal(_confirmed(a, b, truth), truth)


@pytest.mark.parametrize("first", [0, 40])
def test_what_stands_still_out_of_order_has_more_than_its_likeness_to_speak_for_it(first: int) -> None:
    """An empty room looks the same at any time: only as a whole shot of A it is A's."""
    room = shot(7, 1).repeat(80, axis=0)
    a = np.concatenate([shot(1, 160), room])
    b = recoded(np.concatenate([room[first:], shot(1, 160)]), noise=0.7)
    frame_map = np.concatenate([np.arange(160 + first, 240), np.arange(160)])
    found = _confirmed(a, b, frame_map)
    assert np.array_equal(found, frame_map if first == 0 else np.append(np.full(40, -1), np.arange(160)))


def test_a_shot_whose_cuts_are_a_frame_aside_is_whole() -> None:
    a = np.concatenate([shot(1, 60), shot(2, 40), shot(3, 60)])
    b = np.concatenate([shot(2, 40), shot(4, 60)])
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    assert seen.are_whole_shots(np.arange(40), np.arange(60, 100))
    assert seen.are_whole_shots(np.arange(1, 40), np.arange(61, 100))
    assert seen.are_whole_shots(np.arange(40), np.arange(60, 100)[::-1])
    assert not seen.are_whole_shots(np.arange(36), np.arange(60, 96))
    assert not seen.are_whole_shots(np.arange(40), np.arange(64, 104))
    assert not seen.are_whole_shots(np.arange(40), np.arange(60, 80).repeat(2))


def test_a_shot_between_takes_of_a_room_is_whole() -> None:
    room = shot(7, 1).repeat(120, axis=0)
    room[40:80, 8:20, 10:14] = 90  # hardly a cut: something stands there, and is gone again
    assert not cuts(recoded(room, noise=0.5)).any()
    a = recoded(np.concatenate([shot(1, 60), room, shot(3, 60)]), 1, 0.5)
    b = recoded(np.concatenate([shot(2, 30), room[40:80], shot(4, 60)]), 2, 0.5)
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    assert seen.are_whole_shots(np.arange(30, 70), np.arange(100, 140))
    assert not seen.are_whole_shots(np.arange(30, 70), np.arange(96, 136))
    assert not seen.are_whole_shots(np.arange(30, 66), np.arange(100, 136))


def test_a_still_shot_that_moved_is_not_given_to_another_picture_as_dark_as_its_grade_makes_it() -> None:
    still = shot(7, 1).repeat(40, axis=0)
    swept = np.stack([np.roll(still[0], 9 * by, axis=1) for by in range(6)])  # so that A is not cut there
    dark = still[:1] * 0.5
    grey = np.clip((shot(9, 1) - 120.0) * 0.1 + dark.mean(), 0, 255).astype(np.uint8).repeat(40, axis=0)
    a = recoded(np.concatenate([shot(1, 80), grey, shot(2, 80), swept, still]), 1, 0.5)
    b = recoded(np.concatenate([a[206:], a[:200]]) * 0.5, noise=0.3)
    b[:, 2:8, 2:10] = 240
    found = np.concatenate([np.arange(206, 246), np.arange(200)])
    assert np.array_equal(_confirmed(a, b, found), found)


def test_an_empty_scene_that_is_not_quite_as_it_was_has_not_moved() -> None:
    empty = shot(7, 1).repeat(40, axis=0)
    other = empty.copy()
    other[25:, 4:18, 10:20] = 20  # somebody comes in
    a = np.concatenate([shot(1, 160), empty])
    b = recoded(np.concatenate([other, a]), noise=0.7)
    found = _confirmed(a, b, np.concatenate([np.arange(160, 200), np.arange(200)]))
    assert (found[:40] == -1).all()


def test_a_still_shot_is_given_to_the_take_that_it_is_most_like() -> None:
    still = shot(7, 1).repeat(40, axis=0)
    later = np.clip(still.astype(int) + np.linspace(-4, 4, 48, dtype=int), 0, 255).astype(np.uint8)
    a = np.concatenate([still, shot(1, 160), later])
    b = recoded(np.concatenate([a, shot(9, 30), still]), noise=0.7)
    in_order = np.concatenate([np.arange(240), np.full(30, -1)])
    found = _confirmed(a, b, np.concatenate([in_order, np.arange(200, 240)]))
    assert np.array_equal(found, np.concatenate([in_order, np.arange(40)]))


def test_what_a_holds_as_well_where_it_is_expected_has_not_moved() -> None:
    still = shot(7, 1).repeat(40, axis=0)
    a = np.concatenate([shot(1, 80), still, shot(2, 80), still, shot(3, 60)])
    b = recoded(a, noise=0.7)
    found = np.arange(len(a))
    found[200:240] -= 120  # shown again, it seems
    assert np.array_equal(_confirmed(a, b, found), np.arange(len(a)))


def test_a_shot_that_moved_to_where_another_is_missing_stays_moved() -> None:
    shots = [shot(seed, 60) for seed in range(5)]
    a, b = np.concatenate(shots), recoded(np.concatenate([*shots[:3], shots[0], shots[4]]))
    truth = np.concatenate([np.arange(180), np.arange(60), np.arange(240, 300)])
    assert np.array_equal(_confirmed(a, b, truth), truth)


def test_another_take_of_a_still_room_has_not_moved() -> None:
    """The noise of the camera, of which coding leaves most, is all that tells them apart."""
    random = np.random.default_rng(5)
    room, still = (shot(seed, 1).repeat(60, axis=0).astype(float) for seed in (7, 8))
    of_a, other, of_still = (random.normal(0, 0.7, room.shape) for _ in range(3))
    a = np.rint(np.concatenate([shot(1, 100), still + of_still, shot(2, 60), room + of_a])).astype(np.uint8)
    frame_map = np.concatenate([np.arange(220, 280), np.arange(220)])
    for take, stays in ((of_a, True), (other, False)):
        b = recoded(np.concatenate([np.rint(room + take), a[:220]]), noise=0.5)
        found = _confirmed(a, b, frame_map)
        assert np.array_equal(found[60:], frame_map[60:])
        assert np.array_equal(found[:60], frame_map[:60] if stays else np.full(60, -1))


def test_a_moment_that_moves_nearly_alike_but_is_far_less_alike_has_not_moved() -> None:
    take, other = _scene(np.arange(40), 230), _scene(np.arange(40), 230)
    other[:, 20:26, 4:44] += 40  # another take: something else lies below
    for number in range(40):
        other[number, 2:6, (67 - 3 * number) % 40 : (67 - 3 * number) % 40 + 6] = 200
    a = np.concatenate([shot(1, 160), take])
    b = recoded(np.concatenate([other, shot(1, 160)]), noise=0.7)
    found = _confirmed(a, b, np.concatenate([np.arange(160, 200), np.arange(160)]))
    assert (found[:40] == -1).all()


def _stirring(seed: int, frames: int, at: tuple[int, int] = (10, 20)) -> np.ndarray:
    """A still picture in a part of which the light changes a little."""
    picture = shot(seed, 1).repeat(frames, axis=0).astype(float)
    row, column = at
    picture[:, row : row + 6, column : column + 10] += 4 * np.sin(np.arange(frames) / 3 + seed)[:, None, None]
    return np.rint(picture).astype(np.uint8)


def _grained(a: np.ndarray, seed: int = 3) -> np.ndarray:
    """As coding leaves what stands still."""
    return np.clip(np.rint(a + np.random.default_rng(seed).normal(0, 2, a.shape[1:])), 0, 255).astype(np.uint8)


def test_of_two_takes_of_a_still_room_the_one_that_stirs_alike_was_kept() -> None:
    takes = _stirring(7, 50), _stirring(7, 50, at=(2, 34))
    a = np.concatenate([shot(1, 80), *takes, shot(2, 80)])
    for first, after in ((80, 130), (130, 180)):
        truth = np.concatenate([np.arange(80), np.arange(first, after), np.arange(180, 260)])
        for found in (80, 130):
            seems = truth.copy()
            seems[80:130] = np.arange(found, found + 50)
            assert np.array_equal(_confirmed(a, _grained(a[truth]), seems), truth)


def test_where_coding_leaves_nothing_of_what_stirs_a_still_shot_that_moved_stays() -> None:
    a = np.concatenate([shot(1, 100), _stirring(8, 60), shot(2, 60), _stirring(7, 60)])
    coded = a.copy()
    coded[100:160], coded[220:] = _stirring(8, 60, at=(2, 34)), _stirring(7, 60, at=(2, 34))
    truth = np.concatenate([np.arange(220, 280), np.arange(220)])
    assert np.array_equal(_confirmed(a, _grained(coded[truth]), truth), truth)


def test_a_still_room_in_which_nothing_stirs_is_not_the_one_in_which_something_does() -> None:
    """Elsewhere coding leaves what stirs in still shots, so it is not coding that took it here."""

    a = np.concatenate([shot(1, 100), _stirring(8, 60), shot(2, 60), _stirring(7, 60)])
    frame_map = np.concatenate([np.arange(220, 280), np.arange(220)])
    for take, stays in ((a[220:], True), (shot(7, 1).repeat(60, axis=0), False)):
        found = _confirmed(a, _grained(np.concatenate([take, a[:220]])), frame_map)
        assert np.array_equal(found[60:], frame_map[60:])
        assert np.array_equal(found[:60], frame_map[:60] if stays else np.full(60, -1))


def test_a_moved_shot_that_moves_little_stays_though_coding_took_some_of_it() -> None:
    take = shot(7, 1).repeat(40, axis=0).astype(int)
    for number, picture in enumerate(take):
        picture[10:16, 4 + number // 2 : 10 + number // 2] += 24
    take = np.clip(take, 0, 255).astype(np.uint8)
    a = np.concatenate([shot(1, 160), take])
    b = np.concatenate([recoded(take, 1, 3.5), recoded(shot(1, 160), 2, 3.0)])
    truth = np.concatenate([np.arange(160, 200), np.arange(160)])
    assert np.array_equal(_confirmed(a, b, truth), truth)


@pytest.mark.parametrize("shown", [np.arange(66, 96)[::-1], np.arange(66, 96) + 3])
def test_another_take_between_two_parts_of_a_shot_is_new_and_neither_part_moved(shown: np.ndarray) -> None:
    """The course goes back by as much as the other take is long, as if A were shown twice."""
    take = _scene(np.arange(160), 230)
    a = np.concatenate([take, shot(3, 60)])
    b = recoded(np.concatenate([take[:100], _scene(shown, 230), take[100:], shot(3, 60)]))
    found = _confirmed(a, b, np.concatenate([np.arange(100), np.arange(70, 220)]))
    assert np.array_equal(found, np.concatenate([np.arange(100), np.full(30, -1), np.arange(100, 220)]))


def test_what_is_all_that_a_lacks_in_one_place_has_moved_though_it_begins_at_no_cut_of_a() -> None:
    a = np.concatenate([shot(1, 160), _faint(120)])
    truth = np.concatenate([np.arange(200, 240), np.arange(200), np.arange(240, 280)])
    assert np.array_equal(_confirmed(a, recoded(a[truth], noise=5), truth), truth)


def test_what_hardly_moves_and_seems_to_run_backward_runs_forward() -> None:
    room = shot(7, 1).repeat(40, axis=0).astype(int)
    for number, picture in enumerate(room):
        picture[8:20, number // 2 : number // 2 + 8] += 4
    a = np.concatenate([shot(1, 160), np.clip(room, 0, 255).astype(np.uint8), shot(3, 80)])
    truth = np.concatenate([np.arange(160, 200), np.arange(160), np.arange(200, 280)])
    seeming = np.concatenate([truth[:40][::-1], truth[40:]])
    assert np.array_equal(_confirmed(a, recoded(a[truth]), seeming), truth)


def test_a_part_of_a_room_that_is_farther_than_all_else_has_not_moved_though_what_stirs_is_alike() -> None:
    a = np.concatenate([shot(1, 160), _faint(80, 6)])
    other = np.clip(a[170:220] + np.linspace(-4.5, 4.5, 48), 0, 255).astype(np.uint8)  # in another light
    for shown, stays in ((a[170:220], True), (other, False)):
        b = recoded(np.concatenate([shown, a[:160]]))
        found = _confirmed(a, b, np.concatenate([np.arange(170, 220), np.arange(160)]))
        assert (found[:50] >= 0).all() == stays
        assert np.array_equal(found[50:], np.arange(160))


def test_a_moment_amid_a_new_shot_has_not_moved() -> None:
    """Between two cuts it is a shot."""
    take, used = _scene(np.arange(60), 230), _scene(np.arange(60), 230)
    used[:24, 21:26, 4:12] = used[34:, 21:26, 30:38] = 255
    a = np.concatenate([shot(1, 160), take])
    for inserted, first, stays in (
        (used, 24, False),
        (np.concatenate([shot(5, 24), take[24:34], shot(6, 26)]), 24, True),
    ):
        b = recoded(np.concatenate([a[:80], inserted, a[80:]]), noise=0.7)
        found = np.concatenate([np.arange(80), np.full(60, -1), np.arange(80, 220)])
        found[80 + first : 90 + first] = 160 + np.arange(24, 34)
        left = _confirmed(a, b, found)
        assert ((left[104:114] >= 0) == stays).all()
        assert np.array_equal(np.delete(left, np.arange(80, 140)), np.delete(found, np.arange(80, 140)))
