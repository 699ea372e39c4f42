import numpy as np
import pytest

from vidstudio.engine.alignment.edits.stretches import steady


def _starts(frames: int, rate: float = 25) -> np.ndarray:
    return np.rint(np.arange(frames) * 1e6 / rate).astype(np.int64)


def _steady(shown: np.ndarray, a_frames: int, b_rate: float = 25) -> list[tuple[int, int, bool]]:
    found = steady(shown.astype(np.int32), _starts(a_frames), _starts(len(shown), b_rate))
    return [(piece.b.first, piece.b.after, piece.retimed) for piece in found]


@pytest.mark.parametrize("trimmed", [1, 2, 7])
def test_a_trim_of_any_length_ends_a_piece(trimmed: int) -> None:
    shown = np.concatenate([np.arange(60), np.arange(60 + trimmed, 140)])
    assert _steady(shown, 140) == [(0, 60, False), (60, len(shown), False)]


def test_a_frame_that_is_off_for_a_moment_does_not() -> None:
    shown = np.arange(100)
    shown[40] = 39
    assert _steady(shown, 100) == [(0, 100, False)]


def test_rounding_between_frame_rates_does_not() -> None:
    shown = (np.arange(240) * 25 / 30).astype(int)
    assert _steady(shown, 200, 30) == [(0, 240, False)]


@pytest.mark.parametrize("speed", [0.5, 24 / 25, 25 / 24, 1.5, 2.0])
def test_an_even_speed_is_one_retimed_piece(speed: float) -> None:
    shown = (np.arange(int(400 / speed)) * speed).astype(int)
    assert _steady(shown, 400) == [(0, len(shown), True)]


def test_a_fast_shot_between_others_is_a_piece_of_its_own() -> None:
    shown = np.concatenate([np.arange(80), np.arange(80, 160, 2), np.arange(160, 240)])
    found = _steady(shown, 240)
    assert [retimed for *_, retimed in found] == [False, True, False]
    assert abs(found[1][0] - 80) <= 2
    assert abs(found[1][1] - 120) <= 2


def test_backward_and_still_are_retimed() -> None:
    assert _steady(np.arange(60)[::-1], 60) == [(0, 60, True)]
    shown = np.concatenate([np.arange(40), np.full(30, 40), np.arange(41, 90)])
    assert [retimed for *_, retimed in _steady(shown, 90)] == [False, True, False]


def test_new_material_is_in_no_piece() -> None:
    shown = np.concatenate([np.arange(40), np.full(20, -1), np.arange(40, 80)])
    assert _steady(shown, 80) == [(0, 40, False), (60, 100, False)]


def test_a_few_trims_near_a_line_are_no_speed() -> None:
    trims = ((0, 3), (100, 2), (292, 1), (483, 1), (651, 2))
    shown = np.arange(763) + sum((np.arange(763) >= at) * frames for at, frames in trims)
    found = _steady(shown, 800)
    assert [first for first, _, _ in found] == [0, 100, 292, 483, 651]
    assert not any(retimed for *_, retimed in found)


def test_a_stretch_too_short_to_show_its_speed_runs_at_that_of_the_rest() -> None:
    shown = (np.arange(400) * 1.1).astype(int)
    short = 500 + (np.arange(33) * 1.1).astype(int)
    assert _steady(np.concatenate([short, shown]), 600) == [(0, 33, True), (33, 433, True)]


def test_a_shot_at_its_own_pace_among_others_at_a_speed_is_not_retimed() -> None:
    shown = (np.arange(400) * 1.25).astype(int)
    assert _steady(np.concatenate([shown, np.arange(520, 560)]), 600)[-1] == (400, 440, False)
