"""Measures how long the GUI thread was ever busy: a timer that wants to fire every 5 ms."""

from __future__ import annotations

import time
from types import TracebackType

from PySide6.QtCore import Qt, QTimer


class Heartbeat:
    """Within its `with`, `longest_ms` is the longest time in which the GUI thread answered nothing."""

    INTERVAL_MS = 5

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.beats = 0
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(self.INTERVAL_MS)
        self._timer.timeout.connect(self._beat)

    def __enter__(self) -> Heartbeat:
        self._last = time.perf_counter()
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beat()
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000 - self.INTERVAL_MS)
        self._last = now
        self.beats += 1
