"""One shot at another speed between others: the same, that shot, the same; whatever the speed, the rates, the flaws."""

from fractions import Fraction

import numpy as np
import pytest

from vidstudio.engine.alignment.edits.editlist import Range, Row, clean_map, rows

Rate = Fraction | float
NTSC = Fraction(30000, 1001)
SPEEDS = (
    0.1,
    0.2,
    0.25,
    0.4,
    0.5,
    0.6,
    2 / 3,
    0.75,
    0.8,
    0.9,
    24 / 25,
    25 / 24,
    1.1,
    1.25,
    1.5,
    1.75,
    2,
    2.5,
    3,
    4,
    6,
    8,
)
RATES = ((25, 25), (25, 30), (24, 25), (NTSC, 25), (50, 25))


def _starts(frames: int, rate: Rate = 25) -> np.ndarray:
    return np.rint(np.arange(frames) * 1e6 / float(rate)).astype(np.int64)


def _listed(shown: np.ndarray, a_frames: int, a_rate: Rate = 25, b_rate: Rate = 25) -> list[Row]:
    starts = _starts(a_frames, a_rate), _starts(len(shown), b_rate)
    return rows(clean_map(shown.astype(np.int32), *starts), *starts)


def _one_shot(
    speed: float, a_rate: Rate = 25, b_rate: Rate = 25, nearest: bool = False
) -> tuple[np.ndarray, int, tuple[int, int]]:
    """The frames of A that B shows, how many A has, and where the shot lies in B: 3.24 s of A that begin after 8 s."""
    first, after = round(8 * a_rate), round(8 * a_rate) + round(3.24 * float(a_rate))
    frames = after + round(10 * a_rate)
    low = round(first / a_rate * b_rate)
    high = low + round((after - first) / float(a_rate) / speed * float(b_rate))
    at = np.arange(high + round((frames - after) / a_rate * b_rate))
    ratio = float(a_rate) / float(b_rate)
    place = np.where(at < low, at * ratio, np.where(at < high, first + (at - low) * ratio * speed, 0))
    place = np.where(at >= high, after + (at - high) * ratio, place)
    shown = np.floor(place + (0.5 - 1e-6 if nearest else 1e-6)).astype(int)
    shown[low:high] = shown[low:high].clip(first, after - 1)
    return shown.clip(0, frames - 1), frames, (low, high)


def _flawed(shown: np.ndarray, frames: int, flaws: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    result = shown.copy()
    result[random.choice(len(shown), flaws, replace=False)] += random.choice([-1, 1], flaws)
    return result.clip(0, frames - 1)


def _check(found: list[Row], speed: float, shot: tuple[int, int], per_frame: float, near: float = 0.03) -> None:
    assert [row.kind for row in found] == ["same", "retimed", "same"], found
    middle = found[1]
    assert middle.b is not None
    assert middle.speed == pytest.approx(speed, rel=near, abs=0.01)
    # where the speed begins is known to a frame of A and what that takes in B
    room = 3 + per_frame / abs(speed - 1)
    assert abs(middle.b.first - shot[0]) <= room
    assert abs(middle.b.after - shot[1]) <= room
    assert (found[0].a, found[0].b) == (Range(0, found[1].a.first), Range(0, middle.b.first))


@pytest.mark.parametrize("nearest", [False, True])
@pytest.mark.parametrize("speed", SPEEDS)
def test_a_shot_at_another_speed_is_one_row(speed: float, nearest: bool) -> None:
    shown, frames, shot = _one_shot(speed, nearest=nearest)
    _check(_listed(shown, frames), speed, shot, 0.9)


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("speed", SPEEDS)
def test_whatever_the_frame_rates(speed: float, rates: tuple[Rate, Rate]) -> None:
    a_rate, b_rate = rates
    for nearest in (False, True):
        shown, frames, shot = _one_shot(speed, a_rate, b_rate, nearest)
        for flaws in (0, 6):
            found = _listed(_flawed(shown, frames, flaws, seed=3), frames, a_rate, b_rate)
            _check(found, speed, shot, 0.9 * max(1.0, float(b_rate) / float(a_rate)))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("speed", [one for one in SPEEDS if one < 5])
def test_frames_that_are_off_by_one_change_nothing(speed: float, seed: int) -> None:
    shown, frames, shot = _one_shot(speed)
    _check(_listed(_flawed(shown, frames, 10, seed), frames), speed, shot, 0.9)


@pytest.mark.parametrize("speed", [0.2, 0.5, 0.8, 1.25, 1.5, 2.0, 3.0])
def test_a_frame_doubled_or_left_out_within_the_shot_does_not_part_it(speed: float) -> None:
    shown, frames, (low, high) = _one_shot(speed)
    middle = (low + high) // 2
    doubled = np.insert(shown, middle, shown[middle])
    _check(_listed(doubled, frames), speed, (low, high + 1), 1.2, near=0.07)
    dropped = np.delete(shown, middle)
    _check(_listed(dropped, frames), speed, (low, high - 1), 1.2, near=0.07)


@pytest.mark.parametrize("speed", [-2.0, -1.0, -0.5])
def test_a_shot_that_runs_backward_has_a_speed_below_nothing(speed: float) -> None:
    shot = np.floor(199 + np.arange(round(100 / abs(speed))) * speed + 1e-6).astype(int)
    found = _listed(np.concatenate([np.arange(100), shot, np.arange(200, 300)]), 300)
    assert [row.kind for row in found] == ["same", "retimed", "same"]
    assert found[1].speed == pytest.approx(speed, rel=0.02)
    assert abs(found[1].b.first - 100) <= 1
    assert abs(found[1].b.after - 100 - len(shot)) <= 1


@pytest.mark.parametrize("held", [3, 5, 12, 50])
def test_a_still_is_told_with_the_frame_that_it_holds(held: int) -> None:
    inserted = np.concatenate([np.arange(100), np.full(held, 99), np.arange(100, 300)])
    assert _listed(inserted, 300) == [
        Row("same", Range(0, 99), Range(0, 99)),
        Row("retimed", Range(99, 100), Range(99, 100 + held), 0.0),
        Row("same", Range(100, 300), Range(100 + held, 300 + held)),
    ]
    replacing = np.concatenate([np.arange(100), np.full(held, 99), np.arange(100 + held, 300)])
    assert _listed(replacing, 300) == [
        Row("same", Range(0, 99), Range(0, 99)),
        Row("retimed", Range(99, 100), Range(99, 100 + held), 0.0),
        Row("removed", Range(100, 100 + held), None),
        Row("same", Range(100 + held, 300), Range(100 + held, 300)),
    ]


def test_a_still_of_the_next_shots_first_frame_is_told() -> None:
    shown = np.concatenate([np.arange(100), np.full(50, 100), np.arange(100, 300)])
    found = _listed(shown, 300)
    assert [(row.kind, row.speed) for row in found] == [("same", 1), ("retimed", 0), ("same", 1)]
    assert found[1].a == Range(100, 101)


def test_the_last_frame_may_be_held_twice() -> None:
    shown = np.concatenate([np.arange(100), np.full(20, 99), np.full(10, -1), np.full(20, 99)])
    found = _listed(shown, 100)
    assert [row.kind for row in found] == ["same", "retimed", "inserted", "moved"]
    assert (found[1].a, found[3].a, found[3].speed) == (Range(99, 100), Range(99, 100), 0.0)


STILL, NEW = np.append(np.full(40, 98), 99), np.full(20, -1)
"""The end of A held, a frame off for a moment, and something else."""


@pytest.mark.parametrize(
    ("shown", "kinds"),
    [
        ([STILL, NEW, STILL, NEW, STILL], ["retimed", "moved", "moved"]),
        ([np.full(40, 98), NEW, [98, 99, 99], NEW, np.full(40, 99)], ["retimed", "same", "moved"]),
        ([NEW, STILL, NEW, STILL, NEW, np.full(40, 99)], ["retimed", "moved", "retimed"]),
    ],
)
def test_the_end_may_be_held_time_and_again(shown: list, kinds: list[str]) -> None:
    found = _listed(np.concatenate([np.arange(98), *shown]), 100)
    assert [row.kind for row in found if row.kind != "inserted"] == ["same", *kinds], found
    assert all(0 <= row.a.first < row.a.after <= 100 for row in found if row.a), found


@pytest.mark.parametrize("at", [30, 60, 150])
@pytest.mark.parametrize("more", [1, 2])
def test_a_frame_that_is_held_for_good_is_told_where_it_is(at: int, more: int) -> None:
    shown = np.insert(np.arange(300), at, [at] * more)
    assert _listed(shown, 300) == [
        Row("same", Range(0, at), Range(0, at)),
        Row("retimed", Range(at, at + 1), Range(at, at + 1 + more), 0.0),
        Row("same", Range(at + 1, 300), Range(at + 1 + more, 300 + more)),
    ]


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_a_few_frames_shown_again_are_told(count: int) -> None:
    shown = np.concatenate([np.arange(60), np.arange(60 - count, 300)])
    assert _listed(shown, 300) == [
        Row("same", Range(0, 60), Range(0, 60)),
        Row("moved", Range(60 - count, 60), Range(60, 60 + count)),
        Row("same", Range(60, 300), Range(60 + count, 300 + count)),
    ]


def test_dropped_frames_are_told_where_they_were() -> None:
    shown = np.delete(np.arange(600), [60, 300, 301])
    found = [row for row in _listed(shown, 600) if row.kind != "same"]
    assert found == [Row("removed", Range(60, 61), None), Row("removed", Range(300, 302), None)]


def test_a_frame_doubled_and_one_left_out_later_are_both_told() -> None:
    found = _listed(np.concatenate([np.arange(61), np.arange(60, 100), np.arange(101, 300)]), 300)
    assert [row.kind for row in found] == ["same", "retimed", "same", "removed", "same"]
    assert (found[1].b, found[3].a) == (Range(60, 62), Range(100, 101))


def test_frames_doubled_by_another_rate_are_no_edits() -> None:
    woven = np.array([4 * n + one for n in range(60) for one in (0, 1, 1, 2, 3)])
    assert [row.kind for row in _listed(woven, 240, 24, 30)] == ["same"]
    assert [row.kind for row in _listed(np.arange(500) * 24 // 25, 480, 24, 25)] == ["same"]
    assert [row.kind for row in _listed(np.arange(500) * 30 // 25, 600, 30, 25)] == ["same"]


@pytest.mark.parametrize("trimmed", [1, 2, 3])
@pytest.mark.parametrize("apart", [(60, 160, 260), (40, 90, 330), (30, 75, 140)])
def test_trims_here_and_there_are_no_speed(trimmed: int, apart: tuple[int, ...]) -> None:
    shown = np.delete(np.arange(400), [at + more for at in apart for more in range(trimmed)])
    found = [row for row in _listed(shown, 400) if row.kind != "same"]
    assert found == [Row("removed", Range(at, at + trimmed), None) for at in apart]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("speed", [24 / 25, 25 / 24])
def test_pal_with_more_after_it_is_the_whole_and_the_new(speed: float, seed: int) -> None:
    for rounded in (np.floor, np.rint):
        shown = rounded(np.arange(int(1000 / speed)) * speed).astype(int).clip(0, 999)
        flawed = _flawed(shown, 1000, 8 * seed, seed)
        found = _listed(np.concatenate([flawed, np.full(60, -1)]), 1000)
        assert [row.kind for row in found] == ["retimed", "inserted"]
        assert (found[0].a, found[0].b) == (Range(0, 1000), Range(0, len(shown)))
        assert found[0].speed == pytest.approx(speed, rel=0.002)


def test_a_tenth_of_a_percent_is_a_speed_once_it_is_long_enough() -> None:
    shown = np.floor(np.arange(9000) * 1.001).astype(int)
    assert [(row.kind, row.speed) for row in _listed(shown, 9009)] == [("retimed", 1.001)]
