import numpy as np
import pytest
from programmes import pictures, recoded, shot, slow

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.refinement.verify import pieces, verified

FRAME_US = 40_000.0


def _plain(a: np.ndarray, b: np.ndarray) -> Seen:
    return Seen(a, b, [], np.full(len(b), -1, np.int32))


def _film(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts)


def test_a_strong_grade_in_an_otherwise_identical_pair_is_still_matched() -> None:
    shots = [shot(seed, 45) for seed in range(6)]
    graded = np.clip(255 * (shots[2] / 255.0 * 1.6 - 0.28), 0, 255).astype(np.uint8)
    b = _film(shots[0], shots[1], shot(90, 30), graded, shots[4], shots[5])
    truth = np.concatenate([np.arange(90), np.full(30, -1), np.arange(90, 135), np.arange(180, 270)])
    assert np.array_equal(match(pictures(_film(*shots)), pictures(b)).frame_map, truth)


def test_a_bright_title_over_a_dark_flat_scene_leaves_it_matched() -> None:
    dark = (recoded(np.full((60, 28, 48), 22, np.uint8), 1, 1.0) * 0.3 + shot(4, 60) * 0.06 + 12).astype(np.uint8)
    a = _film(shot(1, 50), dark, shot(2, 50))
    b = a.copy()
    b[60:100, 21:25, 3:20] = 240
    assert np.array_equal(match(pictures(a), pictures(b)).frame_map, np.arange(160))


def test_another_take_of_a_moving_scene_is_not_a_match() -> None:
    scene = shot(7, 1).repeat(60, axis=0)
    take, other = scene.copy(), scene.copy()
    for number in range(60):
        take[number, 8:20, number % 40 : number % 40 + 8] = 230
        other[number, 8:20, (60 - number) % 40 : (60 - number) % 40 + 8] = 20
    a, b = _film(shot(1, 160), shot(2, 40), take), _film(shot(1, 160), other)
    frame_map = np.concatenate([np.arange(160), np.arange(200, 260)]).astype(np.int32)
    found = verified(frame_map, _plain(a, b), FRAME_US, FRAME_US)
    assert np.array_equal(found[:160], frame_map[:160])
    assert (found[160:] == -1).all()


def test_black_or_white_is_no_grade_of_a_picture() -> None:
    a = shot(1, 40)
    for flat in (np.full_like(a, 0), np.full_like(a, 255)):
        assert (match(pictures(a), pictures(flat)).frame_map == -1).all()
        assert (match(pictures(flat), pictures(255 - flat)).frame_map == -1).all()


def test_a_glance_amid_another_take_is_not_a_match_unless_it_is_cut_in() -> None:
    """Another take of a room may show it just as A did, for a moment, between two that pass by."""
    room = shot(7, 1)
    a = _film(shot(1, 60), room.repeat(60, axis=0))
    take = room.repeat(40, axis=0)
    for number, picture in enumerate(take):
        for left in (20 + 2 * number, 2 * number - 56):
            picture[4:26, max(0, left) : max(0, left + 16)] = 230
    glance = np.flatnonzero((take == room).all(axis=(1, 2)))
    assert 4 <= len(glance) < 8
    first = 60 + int(glance[0])
    true = np.concatenate([np.arange(60), np.full(40, -1), np.arange(60, 120)]).astype(np.int32)
    found = true.copy()
    found[60 + glance] = 62
    passed = _film(a[:60], take, a[60:])
    assert np.array_equal(verified(found, _plain(a, passed), FRAME_US, FRAME_US), true)
    cut_in = _film(a[:60], shot(9, 40), a[60:])
    cut_in[60 + glance] = room
    assert (verified(found, _plain(a, cut_in), FRAME_US, FRAME_US)[first : first + len(glance)] == 62).all()


def test_a_flat_scene_that_moves_alike_stays_though_coding_takes_its_texture() -> None:
    """Where there is little contrast noise is much of it; what counts is that it is no more than elsewhere."""
    lawn = np.clip(60 + shot(7, 1).astype(float) * 0.04, 0, 255).repeat(60, axis=0)
    for number, picture in enumerate(lawn):
        picture[10:16, (5 + number) % 40 : (5 + number) % 40 + 5] = 95
    other = lawn[::-1]
    a = _film(shot(1, 160), lawn.astype(np.uint8), shot(2, 60))
    every = np.arange(280, dtype=np.int32)
    for scene, stays in ((lawn, True), (other, False)):
        b = recoded(_film(shot(1, 160), scene.astype(np.uint8), shot(2, 60)), 5, 4.0)
        b[:160] = recoded(b[:160], 6, 4.0)
        b[220:] = recoded(b[220:], 7, 4.0)
        found = verified(every, _plain(a, b), FRAME_US, FRAME_US)
        assert (found[:160] >= 0).all()
        assert (found[160:220] >= 0).all() == stays


@pytest.mark.parametrize(("contrast", "held"), [(0.1, 4), (0.08, 3)])
def test_a_flat_scene_stays_where_it_ends_up_alike_though_coding_holds_each_picture_for_a_while(
    contrast: float, held: int
) -> None:
    lawn = np.clip(60 + shot(7, 1).astype(float) * contrast, 0, 255).repeat(60, axis=0)
    for number, picture in enumerate(lawn):
        picture[10:16, (5 + number) % 40 : (5 + number) % 40 + 5] = 95
    coded = lawn[np.minimum(held * (np.arange(60) // held) + held // 2, 59)]
    a = _film(shot(1, 160), lawn.astype(np.uint8), shot(2, 60))
    for scene, stays in ((coded, True), (coded[:, ::-1, ::-1], False)):
        b = recoded(_film(shot(1, 160), scene.astype(np.uint8), shot(2, 60)), 5, 3.0)
        b[:160] = recoded(b[:160], 6, 4.0)
        b[220:] = recoded(b[220:], 7, 4.0)
        found = verified(np.arange(280, dtype=np.int32), _plain(a, b), FRAME_US, FRAME_US)
        assert (found[:160] >= 0).all()
        assert ((found[160:220] >= 0) == stays).all()


def _walk(step: int, top: int) -> np.ndarray:
    """A room through which somebody walks, and in half of which it gets lighter."""
    room = shot(7, 1).repeat(60, axis=0).astype(int)
    for number, picture in enumerate(room):
        at = (step * number) % 40
        picture[top : top + 6, at : at + 5] += 40
        picture[:14, :24] += np.clip(10 * (number - 25), 0, 100)
    return np.clip(room, 0, 255).astype(np.uint8)


def test_another_take_in_order_is_not_a_match_though_it_gets_lighter_in_both() -> None:
    """What changes alike in both outweighs, for a moment, all that moves otherwise."""
    a, b = (_film(shot(1, 160), take) for take in (_walk(1, 8), _walk(-3, 12)))
    found = verified(np.arange(220, dtype=np.int32), _plain(a, recoded(b, noise=2.5)), FRAME_US, FRAME_US)
    assert np.array_equal(found[:160], np.arange(160))
    assert (found[160:] == -1).all()


def test_a_flat_scene_that_moves_now_and_then_stays_though_coding_makes_it_unlike() -> None:
    flat = np.rint(60 + 0.05 * shot(4, 1).repeat(60, axis=0)).astype(np.uint8)
    for number in range(12, 60):
        at = 8 * (number // 12)
        flat[number, 8:20, at : at + 8] = 80  # somebody who stops and goes
    a = _film(shot(1, 200), flat)
    b = recoded(a, seed=2, noise=3.0)
    assert np.array_equal(verified(np.arange(260, dtype=np.int32), _plain(a, b), FRAME_US, FRAME_US), np.arange(260))


def test_what_moved_and_hardly_moves_stays_where_it_is_nearer_than_all_else() -> None:
    """Coarse coding leaves little of a slow movement; that little does not speak against what is so near."""
    calm = shot(7, 1).repeat(60, axis=0).astype(int)
    for number, picture in enumerate(calm):
        left = 5 + number // 4
        picture[10:15, left : left + 5] += 20
    calm = np.clip(calm, 0, 255).astype(np.uint8)
    a = _film(shot(1, 200), calm)
    b = _film(recoded(calm, seed=4, noise=3.0), recoded(shot(1, 200), seed=5, noise=5.0))
    frame_map = np.concatenate([np.arange(200, 260), np.arange(200)]).astype(np.int32)
    assert np.array_equal(verified(frame_map, _plain(a, b), FRAME_US, FRAME_US), frame_map)


def test_somebody_else_in_the_same_room_is_not_the_last_picture_held() -> None:
    """B cuts to another take of a room while A's shot ends: nothing of A is as it is there."""
    room = 120 + 2 * (shot(7, 1)[0].astype(int) - 120)
    walk, other = (np.repeat(room[None], count, axis=0) for count in (60, 50))
    for number in range(60):
        walk[number, 8:20, 5 + number // 3 : 10 + number // 3] = 230
    other[:, 8:20, 34:39] = 20
    walk, other = (np.clip(one, 0, 255).astype(np.uint8) for one in (walk, other))
    rest = (60 + 0.5 * shot(1, 160)).astype(np.uint8)  # coding tells more in what has little contrast
    a, b = _film(rest, walk, shot(2, 60)), recoded(_film(rest, walk, other, shot(2, 60)), noise=2.5)
    frame_map = np.concatenate([np.arange(220), np.full(50, 219), np.arange(220, 280)]).astype(np.int32)
    found = verified(frame_map, _plain(a, b), FRAME_US, FRAME_US)
    truth = frame_map.copy()
    truth[220:270] = -1
    assert np.array_equal(found, truth)


def test_a_title_over_the_last_picture_held_leaves_it_held() -> None:
    rest, walk = shot(1, 160), shot(7, 60)
    a = _film(rest, walk, shot(2, 60))
    held = walk[-1:].repeat(50, axis=0)
    held[5:, 21:26, 4:24] = 230
    b = recoded(_film(rest, walk, held, shot(2, 60)))
    frame_map = np.concatenate([np.arange(220), np.full(50, 219), np.arange(220, 280)]).astype(np.int32)
    assert np.array_equal(verified(frame_map, _plain(a, b), FRAME_US, FRAME_US), frame_map)


def test_what_a_dissolve_leads_to_is_judged_by_what_is_behind_it() -> None:
    """The last of the dissolve changes more than a slow shot does in all the time after it."""
    calm = shot(7, 1).repeat(70, axis=0).astype(int)
    for number, picture in enumerate(calm):
        left = 5 + number // 8
        picture[8:20, left : left + 6] += 15
    calm = np.clip(calm, 0, 255)
    rest = shot(1, 160)
    a, b = _film(rest, calm).astype(np.uint8), _film(rest[:150], calm)
    for number, share in enumerate(np.linspace(0, 1, 14)[1:-1]):
        b[144 + number] = (1 - share) * rest[144 + number] + share * calm[max(0, number - 6)]
    frame_map = np.concatenate([np.arange(150), np.arange(160, 230)]).astype(np.int32)
    found = verified(frame_map, _plain(a, recoded(b)), FRAME_US, FRAME_US)
    assert np.array_equal(found[160:], frame_map[160:])


def _passers(common: int, own: int, way: int) -> np.ndarray:
    """A room that somebody crosses above, and somebody else below, that much brighter than it."""
    room = shot(7, 1).repeat(60, axis=0).astype(int)
    for number, picture in enumerate(room):
        above, below = (2 * number) % 40, (17 + way * number) % 40
        picture[4:10, above : above + 6] += common
        picture[16:22, below : below + 6] += own
    return np.clip(room, 0, 255).astype(np.uint8)


def test_another_take_in_order_is_not_a_match_though_some_of_it_moves_alike() -> None:
    a = _film(shot(1, 160), _passers(20, 26, 3))
    for take, stays in ((a[160:], True), (_passers(20, 26, -3), False)):
        found = verified(np.arange(220, dtype=np.int32), _plain(a, recoded(_film(a[:160], take))), FRAME_US, FRAME_US)
        assert np.array_equal(found[:160], np.arange(160))
        assert (found[160:] == (np.arange(160, 220) if stays else -1)).all()


def test_nothing_is_new_amid_a_whole_shot_that_moves_alike() -> None:
    """What flies past comes out of coarse coding as a smear, between the same cuts as in A."""
    rest, lawn = shot(1, 160), shot(7, 1).repeat(60, axis=0).astype(int)
    for number, picture in enumerate(lawn):
        at = 2 * number if number < 30 else 60 + 14 * (number - 30)
        for left in range(0, 480, 24):
            picture[6:22, max(0, left - at) : max(0, left - at + 10)] = 220
    coded = lawn.copy()
    for number in range(34, 56):
        coded[number] = lawn[number - 3 : number + 4].mean(axis=0)
    a, b = (_film(rest, take.astype(np.uint8), shot(2, 60)) for take in (lawn, coded))
    every = np.arange(280, dtype=np.int32)
    assert np.array_equal(verified(every, _plain(a, recoded(b)), FRAME_US, FRAME_US), every)


@pytest.mark.parametrize("behind", [False, True])
def test_a_moment_at_one_end_of_another_take_is_no_match(behind: bool) -> None:
    """The take begins, or ends, just as A's shot does, and is another one for the rest of it; both are cut there."""
    room = slow(7, 60)
    a = _film(shot(1, 60), room, shot(2, 60))
    take = _film(slow(8, 54), room[-6:]) if behind else _film(room[:6], slow(8, 54))
    for number in range(6):  # without a cut
        share, at = (number + 1) / 7, 54 - 6 + number if behind else 6 + number
        take[at] = np.rint((1 - share) * take[at - 1 - number] + share * take[at + 6 - number])
    b = recoded(_film(a[:60], take, a[120:]))
    found = np.arange(180, dtype=np.int32)
    found[60 : 114 if behind else 66] = -1
    found[66 if not behind else 114 : 120] = -1
    moment = np.arange(114, 120) if behind else np.arange(60, 66)
    found[moment] = moment
    assert not _plain(a, b).cuts_b[61:119].any()
    checked = verified(found, _plain(a, b), FRAME_US, FRAME_US)
    assert (checked[60:120] == -1).all()
    assert np.array_equal(np.delete(checked, np.arange(60, 120)), np.delete(np.arange(180), np.arange(60, 120)))


def _faint(row: int, step: int) -> np.ndarray:
    """A room in which something faint goes its way, every other frame."""
    room = shot(7, 1).repeat(40, axis=0).astype(int)
    for number, picture in enumerate(room):
        at = 20 + step * (number // 2)
        picture[row : row + 6, at : at + 6] += 14
    return np.clip(room, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("alike", [False, True])
def test_another_take_as_long_as_the_shot_is_no_match_though_little_moves_in_it(alike: bool) -> None:
    take = _faint(14, 1)
    a, b = (_film(shot(1, 160), one, shot(2, 40)) for one in (take, take if alike else _faint(4, -1)))
    found = verified(np.arange(240, dtype=np.int32), _plain(a, recoded(b, noise=4.0)), FRAME_US, FRAME_US)
    assert np.array_equal(np.flatnonzero(found < 0), np.arange(0 if alike else 40) + 160)


@pytest.mark.parametrize("alike", [False, True])
def test_a_shot_that_coding_holds_nearly_to_its_end_is_judged_by_what_it_shows_then(alike: bool) -> None:
    take = _faint(14, 1)
    held = (take if alike else _faint(4, -1)).copy()
    held[:37] = held[0]
    a, b = (_film(shot(1, 160), one, shot(2, 40)) for one in (take, held))
    found = verified(np.arange(240, dtype=np.int32), _plain(recoded(a, 1, 0.5), recoded(b, 2, 0.5)), FRAME_US, FRAME_US)
    assert np.array_equal(np.flatnonzero(found < 0), np.arange(0 if alike else 40) + 160)


@pytest.mark.parametrize("somebody", [False, True])
def test_a_still_take_is_no_match_because_both_cut_to_it(somebody: bool) -> None:
    """A cut changes the picture alike in any take of a room; of what stands behind that says nothing."""
    room = shot(7, 1).repeat(34, axis=0)
    other = room.copy()
    if somebody:
        other[:, 10:26, 30:36] = 20
    a, b = (_film(shot(1, 160), one, shot(2, 40)) for one in (room, other))
    frame_map = np.arange(234, dtype=np.int32)
    frame_map[169:194] = -1  # not found for now
    found = verified(frame_map, _plain(a, recoded(b, noise=2.0)), FRAME_US, FRAME_US)
    assert np.array_equal(np.flatnonzero(found < 0), np.arange(160 if somebody else 169, 194))
    if somebody:  # nor where A seems to have stopped
        frame_map[169:194] = 168
        found = verified(frame_map, _plain(a, recoded(b, noise=1.0)), FRAME_US, FRAME_US)
        assert np.array_equal(np.flatnonzero(found < 0), np.arange(160, 194))


def _ball(places: np.ndarray, top: int) -> np.ndarray:
    """A room in which something bright flies past at that height."""
    room = shot(7, 1).repeat(len(places), axis=0)
    for picture, at in zip(room, places.tolist(), strict=True):
        picture[top : top + 6, at % 40 : at % 40 + 6] = 230
    return room


def test_another_take_in_the_midst_of_a_piece_is_new_though_most_of_the_piece_is_not() -> None:
    """No cut that we see parts them, and the course goes straight through it."""
    a = _film(shot(1, 160), _ball(3 * np.arange(100), 8), shot(3, 60))
    kept = np.delete(np.arange(320), np.arange(255, 260))  # not the whole shot
    b = recoded(a[kept])
    b[200:240] = recoded(_ball(7 - 5 * np.arange(40), 10))
    found = verified(kept.astype(np.int32), _plain(a, b), FRAME_US, FRAME_US)
    assert np.array_equal(np.delete(found, np.arange(200, 240)), np.delete(kept, np.arange(200, 240)))
    assert (found[204:240] == -1).all()


def test_a_step_back_parts_two_pieces() -> None:
    shown = np.concatenate([np.arange(30), np.arange(27, 60), np.arange(59, 30, -1)]).astype(np.int32)
    parts = pieces(shown, np.arange(len(shown)), FRAME_US, FRAME_US)
    assert [(int(part[0]), int(part[-1]) + 1) for part in parts] == [(0, 30), (30, len(shown))]


def test_a_still_shot_with_more_in_it_than_what_it_seems_to_hold_is_new() -> None:
    """It is a shot of its own; with but a title over it, it is held."""
    still = shot(7, 1).repeat(40, axis=0)
    a = _film(shot(1, 100), still, shot(2, 60))
    true = np.concatenate([np.arange(100), np.full(30, 110), np.arange(140, 200)]).astype(np.int32)
    lamp, title = still[:30].copy(), still[:30].copy()
    lamp[:, :20, 8:40] = np.clip(lamp[:, :20, 8:40].astype(int) + 14, 0, 255)
    title[:, 22:26, 4:40] = 230
    for shown, held in ((lamp, False), (title, True)):
        b = recoded(_film(shot(1, 100), shown, shot(2, 60)), noise=1.0)
        found = verified(true, _plain(a, b), FRAME_US, FRAME_US)
        assert ((found[100:130] == 110) if held else (found[100:130] == -1)).all()
        assert np.array_equal(np.delete(found, np.arange(100, 130)), np.delete(true, np.arange(100, 130)))


def test_a_still_shot_of_what_b_shows_again_behind_it_is_another_take_if_something_lies_over_it() -> None:
    still = shot(7, 1).repeat(40, axis=0)
    a = _film(shot(1, 100), still, shot(2, 60))
    true = np.concatenate([np.arange(100), np.full(30, 101), np.arange(100, 200)]).astype(np.int32)
    more = still[:30].copy()
    more[:, 22:26, 4:40] = 230
    b = recoded(_film(shot(1, 100), more, still, shot(2, 60)), noise=1.0)
    found = verified(true, _plain(a, b), FRAME_US, FRAME_US)
    assert (found[100:130] == -1).all()
    assert np.array_equal(found[130:], true[130:])
    once = np.delete(true, np.arange(130, 170))
    found = verified(once, _plain(a, np.delete(b, np.arange(130, 170), axis=0)), FRAME_US, FRAME_US)
    assert np.array_equal(found, once)


def test_a_shot_of_b_most_of_which_seems_to_hold_a_frame_is_new_as_a_whole() -> None:
    """Another take with something more in it; A's own is shown elsewhere."""
    room = shot(7, 1).repeat(60, axis=0)
    a = _film(shot(1, 100), room, shot(2, 60))
    other = room[:50].copy()
    other[:, 4:24, 4:16] = 115  # as little as a title may lie over
    b = recoded(_film(shot(1, 100), other, shot(2, 60), room), noise=1.0)
    found = np.concatenate(
        [np.arange(100), np.full(40, 101), np.arange(102, 112), np.arange(160, 220), np.arange(100, 160)]
    )
    result = verified(found.astype(np.int32), _plain(a, b), FRAME_US, FRAME_US)
    assert (result[100:150] == -1).all()
    assert np.array_equal(np.delete(result, np.arange(100, 150)), np.delete(found, np.arange(100, 150)))
