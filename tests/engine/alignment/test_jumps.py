"""Small trims where rounding jumps too: across frame rates, and in what runs at another speed all through."""

from fractions import Fraction

import numpy as np
import pytest

from vidstudio.engine.alignment.edits.editlist import Row, clean_map, rows

FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)
FRAMES = 700
RATES = (
    (FILM, 25),
    (25, FILM),
    (25, NTSC),
    (NTSC, 25),
    (FILM, NTSC),
    (NTSC, FILM),
    (25, 30),
    (30, 25),
    (24, 30),
    (30, 24),
    (25, 50),
    (50, 30),
    (25, 60),
    (60, 30),
)
TRIMMED = (90, 240, 330, 521)


def _starts(frames: int, rate: Fraction | float) -> np.ndarray:
    return np.rint(np.arange(frames) * 1e6 / float(rate)).astype(np.int64)


def _shown(left_out: int, speed: float, phase: float) -> np.ndarray:
    """Frames of A that B shows, with so many left out at each place: `speed` of A's for each of B's."""
    edited = np.delete(np.arange(FRAMES), [at + more for at in TRIMMED for more in range(left_out)])
    at = np.floor(np.arange(int(np.ceil(len(edited) / speed))) * speed + phase).astype(int)
    return edited[at.clip(0, len(edited) - 1)]


def _flawed(shown: np.ndarray, seed: int) -> np.ndarray:
    """Single frames that are off by one."""
    random = np.random.default_rng(seed)
    result = shown.copy()
    result[random.choice(len(shown), 8, replace=False)] += random.choice([-1, 1], 8)
    return result.clip(0, FRAMES - 1)


def _listed(shown: np.ndarray, a_rate: Fraction | float, b_rate: Fraction | float) -> list[Row]:
    starts = _starts(FRAMES, a_rate), _starts(len(shown), b_rate)
    return rows(clean_map(shown.astype(np.int32), *starts), *starts)


def _check(found: list[Row], shown: np.ndarray, kind: str) -> None:
    """Each trim is told, and nothing else: A's frames between those that B shows before and after it."""
    told = [row.a for row in found if row.kind == "removed"]
    sides = [(int(shown[shown < at].max()), int(shown[shown > at].min())) for at in TRIMMED]
    assert len(told) == len(TRIMMED), found
    for gap, (before, after) in zip(told, sides, strict=True):
        assert gap is not None
        assert abs(gap.first - before - 1) <= 1
        assert abs(gap.after - after) <= 1
    assert {row.kind for row in found} == {kind, "removed"}


@pytest.mark.parametrize("left_out", [2, 3])
@pytest.mark.parametrize("rates", RATES)
def test_a_trim_of_two_or_three_frames_is_told_across_frame_rates(
    rates: tuple[Fraction | float, Fraction | float], left_out: int
) -> None:
    for phase in (0.0, 0.3, 0.6):
        shown = _shown(left_out, float(rates[0] / Fraction(rates[1])), phase)
        _check(_listed(shown, *rates), shown, "same")


@pytest.mark.parametrize("left_out", [2, 3])
@pytest.mark.parametrize("speed", [0.8, 0.9, 24 / 25, 25 / 24, 1.1, 1.25])
def test_and_in_what_runs_at_another_speed(speed: float, left_out: int) -> None:
    for phase in (0.0, 0.3, 0.6):
        shown = _shown(left_out, speed, phase)
        _check(_listed(shown, 25, 25), shown, "retimed")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rates", RATES)
def test_frames_that_are_off_by_one_are_no_trims(rates: tuple[Fraction | float, Fraction | float], seed: int) -> None:
    shown = _flawed(_shown(0, float(rates[0] / Fraction(rates[1])), 0.3), seed)
    assert [row.kind for row in _listed(shown, *rates)] == ["same"]


@pytest.mark.parametrize("aside", [-1, 1])
@pytest.mark.parametrize("slipped", [30, 64])
@pytest.mark.parametrize("speed", [0.9, 24 / 25, 25 / 24, 1.1])
def test_a_while_a_frame_aside_does_not_part_what_runs_at_one_speed(speed: float, slipped: int, aside: int) -> None:
    shown = _shown(0, speed, 0.3)
    for at in (150, 300, len(shown) - slipped - 40):
        slips = shown.copy()
        slips[at : at + slipped] += aside
        assert [row.kind for row in _listed(slips, 25, 25)] == ["retimed"]
