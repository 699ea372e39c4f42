"""Measures how long the GUI thread was ever busy: a timer that wants to fire every 5 ms."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
import time
from types import TracebackType

from PySide6.QtCore import Qt, QTimer

MOST_MS = 50
"""How long the window may answer nothing."""


def most_ms() -> float:
    """The same, and what it shares of their waiting where others keep the machine busy."""
    busy = hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1)
    return 500 if busy else MOST_MS


class Heartbeat:
    """Within its `with`, `longest_ms` is the longest time in which the GUI thread answered nothing.

    `longest_own_ms` leaves out the time in which the system let other programs have the processor: what the
    GUI thread waited to be run and, as it may wait for the interpreter that a thread of ours holds, the longest
    that one of those waited. Where the system does not tell (other than Linux), it is the same as `longest_ms`.

    What pytest holds is not looked through for garbage meanwhile (0.2 s each time), as the studio's start keeps what
    it made from that.
    """

    INTERVAL_MS = 5

    def __init__(self) -> None:
        self.longest_ms = 0.0
        self.longest_own_ms = 0.0
        self.beats = 0
        self._last = 0.0
        self._queued = _Queued()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(self.INTERVAL_MS)
        self._timer.timeout.connect(self._beat)

    def __enter__(self) -> Heartbeat:
        gc.collect()
        gc.freeze()
        self._queued.since_last()
        self._last = time.perf_counter()
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beat()
        self._timer.stop()
        self._queued.close()
        gc.unfreeze()

    def _beat(self) -> None:
        now = time.perf_counter()
        gap = (now - self._last) * 1000 - self.INTERVAL_MS
        self.longest_ms = max(self.longest_ms, gap)
        self.longest_own_ms = max(self.longest_own_ms, gap - self._queued.since_last())
        self._last = now
        self.beats += 1


class _Queued:
    """How long threads of this process were ready to run and were not, by Linux's `schedstat`."""

    def __init__(self) -> None:
        self._files: dict[int, int] = {}
        self._before: dict[int, float] = {}

    def since_last(self) -> float:
        """Milliseconds that this thread waited since the last call, and the longest that another Python thread did."""
        me = threading.get_native_id()
        now = {one: waited for one in self._threads() if (waited := self._waited(one)) is not None}
        grown = {one: waited - self._before.get(one, waited) for one, waited in now.items()}
        self._before = now
        return grown.pop(me, 0.0) + max(grown.values(), default=0.0)

    def close(self) -> None:
        for file in self._files.values():
            os.close(file)
        self._files.clear()

    def _threads(self) -> list[int]:
        return [one.native_id for one in threading.enumerate() if one.native_id is not None]

    def _waited(self, thread: int) -> float | None:
        if sys.platform != "linux":
            return None
        with contextlib.suppress(OSError, IndexError):  # it has ended, or the kernel keeps no such figures
            if thread not in self._files:
                self._files[thread] = os.open(f"/proc/self/task/{thread}/schedstat", os.O_RDONLY)
            return int(os.pread(self._files[thread], 100, 0).split()[1]) / 1e6
        return None
