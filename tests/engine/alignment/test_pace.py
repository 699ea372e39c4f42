from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from programmes import pictures, recoded, shot, slow

from vidstudio.engine.alignment.appearance.pictures import Pictures
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.search import cells, pace


def film(seeds: range, length: int) -> np.ndarray:
    return np.concatenate([shot(seed, length) for seed in seeds])


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60)])
@pytest.mark.parametrize("unit", [1, 1000])
def test_at_one_rate_b_keeps_step_with_a_and_beyond_its_end(rate: Fraction, unit: int) -> None:
    """Times are rounded to microseconds, in some containers to milliseconds."""
    starts = [unit * round(number * 1_000_000 / rate / unit) for number in range(1001)]
    blank = np.zeros((1000, 28, 48), np.uint8)
    a, b = (Pictures(blank[:count], np.array(starts[:count], np.int64), starts[count], 16 / 9) for count in (700, 1000))
    assert (pace.natural_frames(a, b) == np.arange(1000)).all()


def test_a_picture_that_is_shown_for_hours_is_all_there_is_of_the_middle() -> None:
    """As a damaged clock has it."""
    a = pictures(film(range(3), 20))
    starts = np.append(np.arange(30) * 40_000, 36_000_000_000 + np.arange(30) * 40_000)
    b = Pictures(a.thumbs, starts.astype(np.int64), 36_001_200_000, 16 / 9)
    assert pace.speed(a, b, 1_000_000) == 1


def test_small_jumps_all_one_way_add_up_to_a_speed() -> None:
    """Where little moves a map keeps its pace, and makes up for it at the next cut."""
    blank = np.zeros((750, 28, 48), np.uint8)
    at = np.arange(720)
    block = at // 72 * 72
    creeping = (block * 25 // 24 + at - block).astype(np.int32)
    a, b = pictures(blank), pictures(blank[:720])
    assert np.count_nonzero(np.diff(creeping) != 1) == 9
    assert pace.common_speed(creeping, a, b) == pytest.approx(25 / 24)
    assert pace.common_speed((749 - creeping[::-1]).astype(np.int32), a, b) == pytest.approx(25 / 24)


def test_trims_that_no_usual_speed_explains_do_not() -> None:
    a = np.zeros((800, 28, 48), np.uint8)
    kept = np.concatenate([np.arange(low, low + 97) for low in range(0, 800, 100)]).astype(np.int32)
    assert pace.common_speed(kept, pictures(a), pictures(a[: len(kept)])) == 1


def test_a_map_that_follows_a_at_its_pace_has_no_other_speed() -> None:
    a = np.zeros((400, 28, 48), np.uint8)
    assert pace.common_speed(np.arange(400, dtype=np.int32), pictures(a), pictures(a)) == 1


def test_another_speed_is_found_beside_something_new() -> None:
    a = film(range(8), 100)
    shown = np.floor(np.arange(len(a) / 1.1) * 1.1).astype(int)
    faster = recoded(a[shown])
    b = np.concatenate([faster[:300], shot(50, 80), faster[300:]])
    truth = np.concatenate([shown[:300], np.full(80, -1), shown[300:]])
    of_a, of_b = pictures(a), pictures(b)
    assert pace.speed(of_a, of_b, cells.length_us(of_a, of_b)) == pytest.approx(1.1)
    found = match(of_a, of_b).frame_map
    near = np.where(truth < 0, found < 0, (found >= 0) & (np.abs(found - truth) <= 1))
    assert near.mean() >= 0.98


@pytest.mark.parametrize(("gone", "of"), [(1, 60), (2, 100), (3, 72)])
def test_trims_that_look_like_another_speed_stay_trims(gone: int, of: int) -> None:
    """The last frames of every shot are gone: of 72 as many as the usual speed-up takes."""
    a = film(range(8), of)
    truth = np.concatenate([np.arange(low, low + of - gone) for low in range(0, len(a), of)])
    found = match(pictures(a), pictures(recoded(a[truth]))).frame_map
    assert (np.abs(found - truth) <= 1).mean() >= 0.98
    assert (found == truth).mean() >= 0.95


def test_trims_beside_shots_that_hardly_move_stay_trims() -> None:
    """Every second shot shows a picture four times: any pace seems to fit it."""
    shots = [shot(seed, 100)[np.arange(100) // 4 if seed % 2 else np.arange(100)] for seed in range(8)]
    a = np.concatenate(shots)
    truth = np.concatenate([np.arange(low, low + 98) for low in range(0, len(a), 100)])
    found = match(pictures(recoded(a, 1)), pictures(recoded(a[truth]))).frame_map
    assert (found == truth).mean() >= 0.98


@pytest.mark.parametrize("cuts", [((84, 90), (202, 216)), ((67, 83), (200, 208)), ((120, 128), (180, 200))])
def test_frames_left_out_of_one_slow_shot_are_no_speed(cuts: tuple[tuple[int, int], ...]) -> None:
    """All of it could run a little faster, until every frame is looked at."""
    of_a = slow(2, 270)
    shown = np.delete(np.arange(270), [frame for first, after in cuts for frame in range(first + 1, after)])
    found = match(pictures(of_a), pictures(recoded(of_a[shown]))).frame_map
    assert np.abs(found - shown).max() <= 1
    assert np.mean(found == shown) > 0.98


def test_a_picture_that_is_shown_for_long_is_few_cells() -> None:
    """A still of a quarter of an hour took nine seconds to align with another."""
    long = pictures(shot(1, 1), frame_us=1_000_000_000)
    assert cells.length_us(long, long) >= long.duration_us // 5
    usual = pictures(shot(1, 100))
    assert cells.length_us(usual, long) == cells.length_us(usual, usual) == cells.SHORTEST_US


def test_pictures_that_are_shown_for_many_cells_each_have_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged clock showed 29 pictures for twenty minutes each, and 16 speeds of them took four seconds."""
    of_a, of_b = pictures(shot(1, 100)), pictures(shot(2, 29), frame_us=1_200_000_000)
    monkeypatch.setattr(pace, "Cells", None)
    assert pace.speed(of_a, of_b, cells.length_us(of_a, of_b)) == 1.0
