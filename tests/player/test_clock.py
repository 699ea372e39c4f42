from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vidstudio.player.clock import Clock, monotonic_us


class Now:
    def __init__(self) -> None:
        self.us = 5_000_000

    def __call__(self) -> int:
        return self.us


def test_it_stands_runs_and_stands_again() -> None:
    now = Now()
    clock = Clock(now)
    now.us += 1000
    assert (clock.running, clock.position_us) == (False, 0)
    clock.run(10_000)
    now.us += 1000
    assert (clock.running, clock.position_us) == (True, 11_000)
    assert clock.stand() == 11_000
    now.us += 1000
    assert clock.position_us == 11_000


@given(st.floats(-4, 4), st.lists(st.integers(0, 10**9), max_size=20))
def test_an_hour_of_any_rate_adds_up(rate: float, gaps: list[int]) -> None:
    now = Now()
    clock = Clock(now)
    clock.run(0, rate)
    for gap in gaps:
        now.us += gap
        assert abs(clock.position_us - rate * (now.us - 5_000_000)) <= 1


def test_corrections_take_an_error_away_without_a_jump() -> None:
    now = Now()
    clock = Clock(now)
    clock.run(0)
    last = 0
    for _ in range(200):
        now.us += 8000
        clock.correct(now.us - 5_000_000 + 30_000)
        assert 8000 <= clock.position_us - last <= 8000 + 1600
        last = clock.position_us
    assert abs(last - (now.us - 5_000_000 + 30_000)) < 100


def test_it_is_not_corrected_while_it_stands() -> None:
    clock = Clock(Now())
    clock.stand(7)
    clock.correct(1_000_000)
    assert clock.position_us == 7


def test_the_steady_clock_never_runs_back() -> None:
    assert monotonic_us() <= monotonic_us()
