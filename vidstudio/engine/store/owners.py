"""Which process something belongs to, and whether that process still lives."""

from __future__ import annotations

import functools
import os
import re
import socket

import psutil

_START_TOLERANCE_S = 3.0
"""Start times of one process read at two moments differ a little when the clock is set in between."""


def me() -> str:
    """This process as `host:pid:start`, `start` in whole seconds; the same for as long as it runs.

    The start time keeps a later process with the same pid from being taken for this one.
    """
    return _owner_of(os.getpid())


def of(pid: int) -> str:
    """What `me` says in the living process `pid`; "" when there is none."""
    try:
        return _owner_of(pid)
    except psutil.NoSuchProcess:
        return ""


def alive(owner: str) -> bool | None:
    """Whether the process that `me` named runs; None when it is on another machine, so that nobody here knows."""
    host, pid, start = _parts(owner)
    if host != _host():
        return None
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(float(process.create_time()) - start) <= _START_TOLERANCE_S
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        # it runs, under another account: not ours to take over
        return True


@functools.cache
def _owner_of(pid: int) -> str:
    # by pid, so that a forked child does not pass for its parent
    return f"{_host()}:{pid}:{psutil.Process(pid).create_time():.0f}"


@functools.cache
def _host() -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname()) or "localhost"


def _parts(owner: str) -> tuple[str, int, float]:
    host, _, rest = owner.partition(":")
    pid, _, start = rest.partition(":")
    try:
        return host, int(pid), float(start)
    except ValueError:
        return "", 0, 0.0
