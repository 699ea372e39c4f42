import numpy as np
from programmes import recoded, shot, slow

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.gaps import bridged, filled


def _plain(a: np.ndarray, b: np.ndarray) -> Seen:
    return Seen(a, b, [], np.full(len(b), -1, np.int32))


def _film(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts)


def test_new_material_in_a_gap_stays_new() -> None:
    a, b = _film(shot(1, 50), shot(2, 50), shot(3, 50)), _film(shot(1, 50), shot(9, 50), shot(3, 50))
    frame_map = np.where((np.arange(150) < 50) | (np.arange(150) >= 100), np.arange(150), -1).astype(np.int32)
    found = filled(frame_map, np.arange(150), _plain(a, b))
    assert np.array_equal(found, frame_map)


def test_another_take_as_alike_as_the_end_of_the_shot_before_is_not_given_it() -> None:
    room = shot(7, 1).repeat(60, axis=0).astype(int)
    take, other = room.copy(), room.copy()
    for number in range(60):  # somebody small crosses the room, and somebody else does in the other take
        take[number, 14:20, number % 40 : number % 40 + 6] += 18
        other[number, 4:10, (60 - number) % 40 : (60 - number) % 40 + 6] += 18
    take, other = (np.clip(one, 0, 255).astype(np.uint8) for one in (take, other))
    a = _film(shot(1, 60), take, shot(2, 60))
    frame_map = np.where(np.arange(180) // 60 == 1, -1, np.arange(180)).astype(np.int32)
    for shown, comes_back in ((take, True), (other, False)):
        found = filled(frame_map, np.arange(180), _plain(a, recoded(_film(a[:60], shown, a[120:]), noise=5)))
        assert np.array_equal(found, np.arange(180) if comes_back else frame_map)


def test_what_something_else_shows_is_not_given_back() -> None:
    a = shot(1, 60)
    b = _film(a[:30], a[30:40], a[30:])
    frame_map = np.concatenate([np.arange(30), np.full(10, -1), np.arange(30, 60)]).astype(np.int32)
    found = filled(frame_map, np.arange(70), _plain(a, b))
    assert np.array_equal(found, frame_map)


def test_between_what_goes_on_nothing_is_taken_from_the_same_time() -> None:
    """B is two frames behind all through; what an overlay hides there is behind too, or nothing."""
    a = slow(2, 124)
    b = recoded(a[:120])
    b[[53, *range(55, 72)], 10:24, 8:40] = 250
    found = filled(_with_a_gap(120, 50, 74), np.arange(120) + 2, _plain(a, b))
    assert np.abs(found[found >= 0] - np.flatnonzero(found >= 0)).max() <= 1
    assert (found >= 0).sum() > 96


def _with_a_gap(length: int, low: int, high: int) -> np.ndarray:
    numbers = np.arange(length)
    return np.where((numbers >= low) & (numbers < high), -1, numbers).astype(np.int32)


def test_a_few_poor_frames_between_what_goes_on_come_back() -> None:
    a = shot(1, 120)
    b = recoded(a)
    b[50:58] = recoded(b[50:58], noise=14)
    assert np.array_equal(bridged(_with_a_gap(120, 50, 58), np.arange(120), _plain(a, b), reframed=False), range(120))


def test_a_longer_gap_comes_back_only_where_it_is_as_like_as_the_rest() -> None:
    a = shot(1, 120)
    gap = _with_a_gap(120, 40, 70)
    for noise, comes_back in ((1.5, True), (14, False)):
        b = recoded(a)
        b[40:70] = recoded(a[40:70], noise=noise)
        found = bridged(gap, np.arange(120), _plain(a, b), reframed=False)
        assert (found[40:70] >= 0).all() == comes_back


def test_another_picture_of_the_same_length_stays_new() -> None:
    a = shot(1, 120)
    b = recoded(a)
    b[50:58] = shot(8, 8)
    gap = _with_a_gap(120, 50, 58)
    assert np.array_equal(bridged(gap, np.arange(120), _plain(a, b), reframed=False), gap)


def test_a_gap_across_which_a_jumps_stays_new() -> None:
    a = shot(1, 140)
    gap = _with_a_gap(120, 50, 58)
    gap[58:] += 3
    assert np.array_equal(bridged(gap, np.arange(120), _plain(a, recoded(a[:120])), reframed=False), gap)


def test_a_window_that_is_lost_while_somebody_passes_by_is_bridged() -> None:
    """Nothing is cut where he comes and goes."""
    a = _film(shot(1, 60), shot(2, 60))
    b = recoded(a, noise=4)
    for number in range(24):
        b[20 + number, :, : 4 * min(number + 1, 24 - number)] = 20
    gap = _with_a_gap(120, 22, 42)
    assert np.array_equal(bridged(gap, np.arange(120), _plain(a, b), reframed=True), range(120))
    assert np.array_equal(bridged(gap, np.arange(120), _plain(a, b), reframed=False), gap)


def test_a_window_that_is_lost_for_a_moment_is_bridged_but_not_over_foreign_frames() -> None:
    a = _film(shot(1, 60), shot(2, 60))
    b = recoded(a, noise=14)
    for low, high in ((20, 26), (57, 63)):  # too where both are cut
        gap = _with_a_gap(120, low, high)
        assert np.array_equal(bridged(gap, np.arange(120), _plain(a, b), reframed=True), range(120))
        gap[high:] += 1  # and the window made it seem a frame aside
        assert (bridged(gap, np.arange(120), _plain(_film(a, a[-1:]), b), reframed=True) >= 0).all()
    b[20:26] = shot(8, 6)
    gap = _with_a_gap(120, 20, 26)
    assert np.array_equal(bridged(gap, np.arange(120), _plain(a, b), reframed=True), gap)


def test_the_ends_of_a_shot_belong_to_it() -> None:
    a = _film(shot(1, 60), shot(2, 60))
    b = recoded(_film(a[:50], shot(9, 30), a[60:]), noise=14)
    truth = np.concatenate([np.arange(50), np.full(30, -1), np.arange(60, 120)])
    found = np.where(np.isin(np.arange(140), [48, 49, 80, 81, 138, 139]), -1, truth).astype(np.int32)
    for reframed in (True, False):
        assert np.array_equal(bridged(found, np.arange(140), _plain(a, b), reframed=reframed), truth)


def test_what_is_new_before_a_cut_of_a_stays_new() -> None:
    a = _film(shot(1, 48), shot(2, 72))
    b = recoded(_film(shot(1, 48), shot(1, 50)[48:], shot(9, 30)))
    found = np.append(np.arange(48), np.full(32, -1)).astype(np.int32)
    assert np.array_equal(bridged(found, np.arange(80), _plain(a, b), reframed=True), found)


def test_black_in_a_fade_through_it_is_bridged_but_not_black_alone() -> None:
    a = _film(shot(1, 60), shot(2, 60))
    gap = _with_a_gap(120, 58, 62)
    share = np.clip(np.abs(np.arange(120) - 59.5) / 12, 0, 1)[:, None, None]
    faded, cut_out = recoded((a * share).astype(np.uint8)), recoded(a)
    faded[58:62] = cut_out[58:62] = 16
    found = bridged(gap, np.arange(120), _plain(a, faded), reframed=False)
    assert np.array_equal(found, range(120))
    assert np.array_equal(bridged(gap, np.arange(120), _plain(a, cut_out), reframed=False), gap)


def test_the_darkest_of_a_fade_is_bridged_with_what_is_just_not_black() -> None:
    a = _film(shot(1, 60), shot(2, 60))
    share = np.clip(np.abs(np.arange(120) - 60) / 12, 0.02, 1)[:, None, None]
    faded = recoded((16 + (a - 16.0) * share).astype(np.uint8))
    for low, high in ((56, 64), (57, 62), (59, 63)):
        found = bridged(_with_a_gap(120, low, high), np.arange(120), _plain(a, faded), reframed=False)
        assert np.array_equal(found, range(120))


def test_a_title_over_a_picture_that_is_held_leaves_it_held_and_another_picture_does_not() -> None:
    """A man turns, the picture stops, and his name comes up."""
    a = _film(shot(7, 60), shot(2, 60))
    held = a[59:60].repeat(60, axis=0)
    held[10:, 21:26, 4:24] = 230
    truth = np.concatenate([np.arange(60), np.full(60, 59), np.arange(60, 120)])
    found = np.where((np.arange(180) >= 70) & (np.arange(180) < 120), -1, truth).astype(np.int32)
    for behind, comes_back in ((held, True), (_film(held[:10], shot(8, 50)), False)):
        b = recoded(_film(a[:60], behind, a[60:]))
        filled_ = bridged(found, np.arange(180), _plain(a, b), reframed=False)
        assert np.array_equal(filled_, truth if comes_back else found)


def test_somebody_who_moves_before_what_stood_still_is_no_title_over_it() -> None:
    a = _film(shot(7, 60), shot(2, 60))
    room = a[59:60].repeat(60, axis=0)
    for number in range(10, 60):
        room[number, 14:26, (5 * number) % 40 : (5 * number) % 40 + 8] = 230
    found = np.concatenate([np.arange(60), np.full(10, 59), np.full(50, -1), np.arange(60, 120)]).astype(np.int32)
    b = recoded(_film(a[:60], room, a[60:]))
    assert np.array_equal(bridged(found, np.arange(180), _plain(a, b), reframed=False), found)


def test_a_held_picture_that_hardly_moved_before_is_held_to_its_end() -> None:
    """Its last frames look as well like those that lead to it."""
    calm = slow(5, 60)
    calm[50:] = calm[50]
    a = _film(calm, shot(2, 60))
    held = calm[59:60].repeat(60, axis=0)
    held[10:50, 21:26, 4:24] = 230
    truth = np.concatenate([np.arange(60), np.full(60, 59), np.arange(60, 120)])
    found = truth.astype(np.int32)
    found[70:110], found[112:120] = -1, np.arange(52, 60)
    b = recoded(_film(calm, held, a[60:]))
    assert np.array_equal(bridged(found, np.arange(180), _plain(a, b), reframed=False), truth)


def test_what_flies_past_is_no_foreign_picture_and_a_few_foreign_frames_are() -> None:
    """It hides all of the picture for a few frames, and little of it is left by coarse coding: but nothing is cut."""
    a = shot(1, 120)
    for number, share in zip(range(50, 62), (0.1, 0.3, 0.5, 0.7, 0.9, 1, 1, 0.9, 0.7, 0.5, 0.3, 0.1), strict=True):
        a[number, :, : round(48 * share)] = 30 + number % 2
    b = recoded(a)
    truth = np.arange(120)
    # what is dark has a grain of its own in each version
    b[54:58] = np.clip(30 + np.random.default_rng(4).normal(0, 4, (4, 28, 48)), 0, 255)
    gap = _with_a_gap(120, 54, 58)
    assert np.array_equal(bridged(gap, truth, _plain(a, b), reframed=False), truth)
    b[54:58] = shot(9, 4)
    assert np.array_equal(bridged(gap, truth, _plain(a, b), reframed=False), gap)


def test_another_take_that_hardly_moves_is_not_given_what_moves_a_little() -> None:
    room = shot(7, 1).repeat(60, axis=0).astype(int)
    take, other = room.copy(), room.copy()
    for number in range(60):
        take[number, 14:20, number // 2 : number // 2 + 6] += 14
        other[number, 4:10, 40 - number // 2 : 46 - number // 2] += 14
    take, other = (np.clip(one, 0, 255).astype(np.uint8) for one in (take, other))
    a = _film(shot(1, 60), take, shot(2, 60))
    frame_map = np.where(np.arange(180) // 60 == 1, -1, np.arange(180)).astype(np.int32)
    for shown, comes_back in ((take, True), (other, False)):
        b = recoded(_film(a[:60], shown, a[120:]), noise=1)
        found = filled(frame_map, np.arange(180), _plain(a, b))
        assert np.array_equal(found, np.arange(180) if comes_back else frame_map)


def test_somebody_in_a_room_in_which_nothing_moved_just_before_is_no_title_over_it() -> None:
    """It takes more than a few frames that stand still to say that the picture is held."""
    a = _film(shot(7, 60), shot(2, 60))
    room = a[59:60].repeat(50, axis=0)
    for number in range(50):
        somebody = room[number, 2:9, 2 + number // 4 : 8 + number // 4]
        somebody[:] = np.clip(somebody.astype(int) + 40, 0, 255)
    b = np.concatenate([recoded(_film(a[:60], room)), recoded(a[60:], noise=6)])
    for stood, held in ((3, False), (5, True)):
        found = np.concatenate([np.arange(60), np.full(stood - 1, 59), np.full(51 - stood, -1), np.arange(60, 120)])
        filled_ = bridged(found.astype(np.int32), np.arange(170), _plain(a, b), reframed=False)
        assert np.array_equal(filled_, np.where(held & (found < 0), 59, found))
