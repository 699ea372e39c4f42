import numpy as np
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.cuts import breaks, cuts
from vidstudio.engine.alignment.appearance.looks import Seen


def _whip(seed: int, frames: int, last: int) -> np.ndarray:
    """A picture that is swept across faster and faster, `last` columns from the last frame but one to the last."""
    wide = np.concatenate([shot(seed + one, 1)[0] for one in range(12)], axis=1)
    at = np.cumsum(np.linspace(1, last, frames).astype(int))
    return np.stack([wide[:, left : left + 48] for left in at.tolist()])


def test_a_cut_out_of_a_fast_sweep_is_one() -> None:
    still = shot(30, 1).repeat(20, axis=0)
    swept = _whip(40, 20, 6)
    assert np.flatnonzero(cuts(np.concatenate([swept, still]))).tolist() == [20]
    assert np.flatnonzero(cuts(np.concatenate([still, swept[::-1]]))).tolist() == [20]


def test_a_sweep_that_stops_dead_is_no_cut() -> None:
    swept = _whip(40, 20, 6)
    stopped = np.concatenate([swept, swept[-1:].repeat(20, axis=0)])
    assert not cuts(stopped).any()
    assert not cuts(stopped[::-1]).any()


def test_frames_of_a_are_in_one_shot_up_to_its_cut() -> None:
    a = recoded(np.concatenate([shot(1, 30), shot(2, 30)]))
    seen = Seen(a, a, [], np.full(60, -1, np.int32))
    assert np.flatnonzero(seen.cuts_a).tolist() == np.flatnonzero(seen.cuts_b).tolist() == [30]
    for frames, one in (((0, 29), True), ((30, 59), True), ((29, 30), False), ((-1, 5), False), ((50, 60), False)):
        assert seen.one_shot_of_a(np.array(frames)) is one


def _mixed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Two shots, and between them a picture with every other line of both, as an interlaced film has it."""
    mix = (one[-1:].astype(np.int16) + other[:1]) // 2
    return np.concatenate([one, mix.astype(np.uint8), other])


def test_a_picture_that_mixes_two_shots_is_the_first_after_the_cut() -> None:
    for one, other in ((1, 2), (5, 6), (6, 1)):
        assert np.flatnonzero(cuts(recoded(_mixed(shot(one, 20), shot(other, 20))))).tolist() == [20]


def test_a_flash_is_no_mix() -> None:
    still = shot(30, 1).repeat(20, axis=0)
    flash = np.concatenate([still, shot(31, 1), still])
    assert not cuts(flash).any()


def test_few_pictures_have_no_cuts() -> None:
    pictures = np.concatenate([shot(1, 1), shot(2, 1), shot(3, 1)])
    for count in range(4):
        assert cuts(pictures[:count]).shape == (count,)


def test_what_comes_into_a_still_picture_at_once_is_a_break() -> None:
    still = shot(30, 1).repeat(30, axis=0)
    still[10:, 8:20, 10:14] = 220
    b = recoded(still, noise=0.5)
    assert np.flatnonzero(breaks(b)).tolist() == [10]
    assert not cuts(b).any()


def test_what_moves_has_no_breaks() -> None:
    assert not breaks(recoded(shot(5, 60))).any()
    still = shot(30, 1).repeat(20, axis=0)
    stopped = np.concatenate([_whip(40, 20, 6), _whip(40, 20, 6)[-1:].repeat(20, axis=0)])
    assert not breaks(stopped).any()
    assert np.flatnonzero(breaks(np.concatenate([still, shot(31, 1).repeat(20, axis=0)]))).tolist() == [20]
