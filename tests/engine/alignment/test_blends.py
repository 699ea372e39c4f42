import numpy as np
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.blends import blended


def _mixed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    share = ((np.arange(len(before)) + 1) / (len(before) + 1))[:, None, None]
    return np.rint(before * (1 - share) + after * share).astype(np.uint8)


def _blended(a: np.ndarray, b: np.ndarray, frame_map: np.ndarray) -> np.ndarray:
    return blended(frame_map.astype(np.int32), np.arange(len(b)), Seen(a, b, [], np.full(len(b), -1, np.int32)))


def test_a_dissolve_is_given_to_the_side_that_is_seen_more() -> None:
    first, second = shot(1, 50), shot(2, 50)
    a = np.concatenate([first, second])
    b = recoded(np.concatenate([first[:38], _mixed(first[38:], second[:12]), second[12:]]))
    found = _blended(a, b, np.concatenate([np.arange(38), np.full(12, -1), np.arange(62, 100)]))
    boundary = int(np.flatnonzero(np.diff(found) != 1)[0]) + 1
    assert 42 <= boundary <= 46
    assert np.array_equal(found[:boundary], np.arange(boundary))
    assert np.array_equal(found[boundary:], np.arange(boundary, 88) + 12)


def test_a_frame_woven_of_both_sides_of_a_cut_is_no_new_one() -> None:
    first, second = shot(1, 20), shot(2, 20)
    a = np.concatenate([first, second])
    woven = (first[19].astype(int) + second[0]) // 2
    b = np.concatenate([first[:19], woven[None].astype(np.uint8), second[1:]])
    found = _blended(a, b, np.concatenate([np.arange(19), [-1], np.arange(21, 40)]))
    assert found[19] in (19, 20)


def test_other_material_stays_new() -> None:
    first, second = shot(1, 40), shot(2, 40)
    frame_map = np.concatenate([np.arange(30), np.full(10, -1), np.arange(40, 80)])
    b = np.concatenate([first[:30], shot(9, 10), second])
    assert np.array_equal(_blended(np.concatenate([first, second]), b, frame_map), frame_map)


def test_black_between_two_shots_stays_new() -> None:
    first, second = shot(1, 40), shot(2, 40)
    frame_map = np.concatenate([np.arange(40), np.full(10, -1), np.arange(40, 80)])
    b = np.concatenate([first, np.full((10, 28, 48), 16, np.uint8), second])
    assert np.array_equal(_blended(np.concatenate([first, second]), b, frame_map), frame_map)


def test_what_a_dissolve_hides_in_its_middle_is_no_new_material() -> None:
    """Its ends look enough like either side to be matched before."""
    first, second = shot(1, 50), shot(2, 50)
    a = np.concatenate([first, second])
    b = recoded(np.concatenate([first[:32], _mixed(first[32:], second[:18]), second[18:]]))
    for low, high in ((39, 43), (40, 43)):
        frame_map = np.concatenate([np.arange(low), np.full(high - low, -1), np.arange(high, 82) + 18])
        found = _blended(a, b, frame_map)
        assert np.array_equal(found[:low], frame_map[:low])
        assert np.array_equal(found[high:], frame_map[high:])
        assert np.isin(found[low:high] - np.arange(low, high), (0, 18)).all()
        assert (np.diff(found) >= 1).all()


def test_what_was_lost_beside_a_dissolve_is_no_part_of_it() -> None:
    """What goes on from before is, behind the dissolve, another shot of A already."""
    first, second = shot(1, 46), shot(2, 1).repeat(50, axis=0)
    a = np.concatenate([first, second])
    b = recoded(np.concatenate([first[:38], _mixed(first[38:45], second[5:12]), second[12:]]), noise=4)
    truth = np.concatenate([np.arange(38), np.arange(45, 83) + 13])
    for lost, lost_before in ((6, 0), (0, 4), (5, 3)):
        frame_map = np.concatenate([truth[:38], np.full(7, -1), truth[38:]])
        frame_map[45 : 45 + lost] = -1
        frame_map[38 - lost_before : 38] = -1
        found = _blended(a, b, frame_map)
        boundary = int(np.flatnonzero(np.diff(found) != 1)[0]) + 1
        assert 39 <= boundary <= 44
        assert np.array_equal(found[:boundary], np.arange(boundary))
        assert np.array_equal(found[boundary:], np.arange(boundary, 83) + 13)


def test_a_flash_within_a_dissolve_stays_new() -> None:
    first, second = shot(1, 50), shot(2, 50)
    b = np.concatenate([first[:32], _mixed(first[32:], second[:18]), second[18:]])
    b[41] = 250
    frame_map = np.concatenate([np.arange(41), [-1], np.arange(42, 82) + 18])
    assert np.array_equal(_blended(np.concatenate([first, second]), b, frame_map), frame_map)
