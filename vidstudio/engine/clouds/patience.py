"""Waiting for a service: what went wrong with a request, whether it may pass, and trying again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from vidstudio.engine.errors import CloudError

T = TypeVar("T")
Ask = Callable[[], None]
"""Called often while waiting; raises Cancelled when the work is no longer wanted."""

TRIES = 5
LONGEST_WAIT_S = 60.0
"""A service that wants us to stay away for longer is left to the person."""
_FIRST_WAIT_S = 1.0
_SLICE_S = 0.1


class Trouble(Exception):
    """A request that failed.

    error: for people. passing: it may work a little later. maybe_done: the service may have carried it out all the
    same, so that asking again could have it done (and charged) twice. wait_s: how long the service wants us to wait.
    """

    def __init__(self, error: CloudError, *, passing: bool, maybe_done: bool = False, wait_s: float | None = None):
        super().__init__(error.message)
        self.error, self.passing, self.maybe_done, self.wait_s = error, passing, maybe_done, wait_s


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait. pace: 1 in real life; tests are in more of a hurry."""

    pace: float = 1.0

    def insist(self, request: Callable[[], T], ask: Ask) -> T:
        """The answer to a request that may safely be made again and again. Raises CloudError, Cancelled."""
        for number in range(TRIES):
            ask()
            try:
                return request()
            except Trouble as trouble:
                if not self.try_again(trouble, number, ask):
                    raise trouble.error from trouble
        raise AssertionError("the last try raises")

    def try_again(self, trouble: Trouble, number: int, ask: Ask) -> bool:
        """Wait and say True when try `number` (from 0) may be followed by another one."""
        wait = trouble.wait_s if trouble.wait_s is not None else _FIRST_WAIT_S * 2**number
        if not trouble.passing or number + 1 >= TRIES or wait > LONGEST_WAIT_S:
            return False
        self.pause(wait, ask)
        return True

    def pause(self, seconds: float, ask: Ask) -> None:
        """Wait, asking now and then whether the work is still wanted."""
        until = time.monotonic() + seconds * self.pace
        while (left := until - time.monotonic()) > 0:
            ask()
            time.sleep(min(left, _SLICE_S))
        ask()
