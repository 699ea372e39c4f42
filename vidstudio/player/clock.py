"""The master clock: where playing is, from one source of time. No Qt, no devices."""

from __future__ import annotations

import time
from collections.abc import Callable

SLEW = 0.05
"""Part of a small error that one correction takes away: too little to be seen, enough against drift."""


def monotonic_us() -> int:
    """The machine's steady clock in microseconds."""
    return time.perf_counter_ns() // 1000


class Clock:
    """Stands, or runs at `rate` seconds a second. One thread only."""

    def __init__(self, now_us: Callable[[], int] = monotonic_us) -> None:
        self._now_us = now_us
        self._anchor_us = 0
        self._position_us = 0.0
        self._rate = 1.0
        self._running = False

    @property
    def running(self) -> bool:
        """Whether time passes."""
        return self._running

    @property
    def rate(self) -> float:
        """Seconds of video a second; negative runs backward."""
        return self._rate

    @property
    def position_us(self) -> int:
        """Where it is now."""
        if not self._running:
            return round(self._position_us)
        return round(self._position_us + (self._now_us() - self._anchor_us) * self._rate)

    def run(self, position_us: int, rate: float | None = None) -> None:
        """Run from a position, from now on."""
        self._rate = self._rate if rate is None else rate
        self._position_us, self._anchor_us, self._running = float(position_us), self._now_us(), True

    def stand(self, position_us: int | None = None) -> int:
        """Stand still, at a position or where it is; gives where."""
        self._position_us = float(self.position_us if position_us is None else position_us)
        self._running = False
        return round(self._position_us)

    def correct(self, true_us: int) -> None:
        """Move a little towards what a better clock (the sound card) says the position is."""
        if self._running:
            position = self.position_us
            self.run(position)
            self._position_us = position + (true_us - position) * SLEW
