"""Reading ahead: what an iterator gives is made in a thread of its own before it is asked for."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Generator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Ahead(Generic[Item]):
    """Takes from a generator in a thread, at most `depth` more than were asked for; that closes it in the end."""

    def __init__(self, source: Generator[Item], depth: int) -> None:
        self._source = source
        self._depth = depth
        self._held: deque[Item] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._ended = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="frames ahead", daemon=True)
        self._thread.start()

    def take(self) -> Item:
        """The next one. Raises what the source raised, StopIteration at its end."""
        with self._changed:
            while not self._held and not self._ended:
                self._changed.wait()
            if self._held:
                item = self._held.popleft()
                self._changed.notify_all()
                return item
        if self._error is not None:
            raise self._error
        raise StopIteration

    def close(self) -> None:
        """Stop, and wait for the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        try:
            with contextlib.closing(self._source):
                for item in self._source:
                    if not self._put(item):
                        return
        except BaseException as error:  # noqa: BLE001 - whoever takes gets it
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, item: Item) -> bool:
        with self._changed:
            while len(self._held) >= self._depth and not self._stopped:
                self._changed.wait()
            if not self._stopped:
                self._held.append(item)
                self._changed.notify_all()
            return not self._stopped
