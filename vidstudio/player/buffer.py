"""Bounded hand-over from one producer thread to the GUI thread, with generations.

The consumer aims: it hands over a new plan, and from that moment nothing made for an older plan is
taken in or given out. Items carry keys that rise along a plan.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

Key = tuple[int, ...]
P = TypeVar("P")
T = TypeVar("T")


class Buffer(Generic[P, T]):
    """Holds at most `capacity` items of the newest plan. `_lock` protects every field."""

    def __init__(self, capacity: int) -> None:
        self._lock = threading.Condition()
        self._capacity = max(1, capacity)
        self._items: deque[tuple[Key, T]] = deque()
        self._plan: P | None = None
        self._generation = 0
        self._ended = False
        self._closed = False

    # the consumer's side

    def aim(self, plan: P, capacity: int | None = None) -> int:
        """Start a new generation: what is held is dropped and the producer gets `plan` as soon as it can."""
        with self._lock:
            self._generation += 1
            self._plan = plan
            self._items.clear()
            self._ended = False
            self._capacity = self._capacity if capacity is None else max(1, capacity)
            self._lock.notify_all()
            return self._generation

    def take(self, due: Key) -> tuple[list[tuple[Key, T]], bool]:
        """Everything up to and with `due`, oldest first, and whether that was all there will be up to `due`."""
        with self._lock:
            taken: list[tuple[Key, T]] = []
            while self._items and self._items[0][0] <= due:
                taken.append(self._items.popleft())
            complete = bool(self._items or self._ended or (taken and taken[-1][0] == due))
            if taken:
                self._lock.notify_all()
            return taken, complete

    def ready(self, due: Key) -> bool:
        """Whether `take(due)` would be complete."""
        with self._lock:
            return self._ended or bool(self._items and self._items[-1][0] >= due)

    def holds(self, key: Key) -> bool:
        """Whether this very key is held."""
        with self._lock:
            return any(held == key for held, _ in self._items)

    def close(self) -> None:
        """Refuse everything from now on and wake the producer. Twice is as good as once."""
        with self._lock:
            self._closed = True
            self._items.clear()
            self._lock.notify_all()

    # the producer's side

    def next_plan(self, after: int) -> tuple[int, P] | None:
        """Wait for a generation newer than `after`; gives it with its plan, or None once closed."""
        with self._lock:
            self._lock.wait_for(lambda: self._closed or self._generation > after)
            if self._closed or self._plan is None:
                return None
            return self._generation, self._plan

    def put(self, generation: int, key: Key, item: T) -> bool:
        """Hand over an item, waiting for room. False: the generation is over, stop working for it."""
        with self._lock:
            self._lock.wait_for(
                lambda: self._closed or generation != self._generation or len(self._items) < self._capacity
            )
            if self._closed or generation != self._generation:
                return False
            self._items.append((key, item))
            return True

    def rest(self, generation: int, seconds: float, enough: int) -> None:
        """Wait this long where `enough` items are held; no longer than the generation is of use."""
        with self._lock:
            if len(self._items) >= enough:
                self._lock.wait_for(lambda: self._closed or generation != self._generation, seconds)

    def end(self, generation: int) -> None:
        """Nothing more comes in this generation."""
        with self._lock:
            if generation == self._generation:
                self._ended = True

    def wanted(self, generation: int) -> bool:
        """Whether work for `generation` is still of use."""
        with self._lock:
            return not self._closed and generation == self._generation
