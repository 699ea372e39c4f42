"""Standing back: the window's own thread goes before the work it asked for.

Where threads have priorities Qt sets them; Linux leaves those alone, but has a niceness for each thread, which the
threads it starts (FFmpeg's) take over.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading

import psutil

_THREAD, _PROCESS = 10, 15
"""Niceness. With 5 and 10 the window waited up to 80 ms for a processor while two players filled their buffers."""


def thread_stands_back() -> None:
    """Called by a thread of the window. Not by one that computes in Python for long: it would keep the interpreter."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a sandbox may forbid it; then all are equal
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _THREAD)


def process_stands_back(pid: int | None = None) -> None:
    """For a process that works beside the window, this one or that of `pid`, before it starts threads."""
    with contextlib.suppress(psutil.Error, OSError):
        psutil.Process(pid).nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else _PROCESS)
