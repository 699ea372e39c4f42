"""One side's decoder: a thread that turns plans of frames into pictures, ahead of time.

The newest frames stay in a cache bounded by bytes, so that stepping back, short loops and playing
backward need no new decoding; a miss on the way back fills the cache from well before the frame.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from vidstudio.engine.errors import EngineError, UnreadableMedia
from vidstudio.engine.media.frame import Frame
from vidstudio.engine.priority import thread_stands_back
from vidstudio.engine.types import FrameTimes, VideoInfo
from vidstudio.player.buffer import Buffer, Key

AHEAD_FRAMES = 24
ENOUGH_FRAMES = 4
"""With so many ahead there is no hurry: the rest comes with rests, in which the window gets the interpreter."""
REST_S = 0.003
AHEAD_BYTES = 64 * 2**20
CACHE_BYTES = 128 * 2**20
BACK_FRAMES = 48
"""How far before a frame that is missing on the way back decoding begins."""


@dataclass(frozen=True, slots=True)
class Side:
    """A video as the player needs it: where it is, what it is, when its frames are."""

    path: Path
    info: VideoInfo
    times: FrameTimes


class Reader(Protocol):
    """What is used of a VideoReader."""

    def frames_from(self, number: int) -> Iterator[Frame]:
        """Frames from exactly `number` on."""

    def resize(self, size: tuple[int, int]) -> None:
        """Give pictures of another size from now on."""

    def close(self) -> None:
        """Let go of the file."""


OpenReader = Callable[[Side, tuple[int, int]], Reader]


def open_reader(side: Side, size: tuple[int, int]) -> Reader:
    """A decoder of a side that gives BGRA pictures of `size`."""
    # not when the window starts: it is there before the decoder is
    from vidstudio.engine.media.decode import VideoReader

    return VideoReader(side.path, side.times, size=size, pixels="bgra")


@dataclass(frozen=True, slots=True)
class Plan:
    """Frames to come: keys whose last part is the frame number, and the (width, height) wanted."""

    keys: Iterator[Key]
    size: tuple[int, int]


class Source:
    """The decoder thread of a side. Everything but `buffer` belongs to that thread.

    `error` is set once, when decoding had to end: an EngineError for people, anything else is a bug.
    """

    def __init__(self, side: Side, opener: OpenReader = open_reader) -> None:
        self.side = side
        self.buffer: Buffer[Plan, Frame] = Buffer(AHEAD_FRAMES)
        self.error: Exception | None = None
        self._open = opener
        self._cache: dict[int, Frame] = {}
        self._frames: Iterator[Frame] | None = None
        self._next = -1
        self._first = -1  # frame the newest plan began with
        self._back = False  # that was before the one of the plan before
        self._centre = 0  # what is farthest from here leaves the cache first
        self._thread = threading.Thread(target=self._main, name=f"decode {side.path.name}", daemon=True)
        self._thread.start()

    def aim(self, keys: Iterator[Key], size: tuple[int, int]) -> None:
        """Decode these frames next; what is held or under way for an older aim is refused from now on."""
        room = AHEAD_BYTES // max(1, size[0] * size[1] * 4)
        self.buffer.aim(Plan(keys, size), capacity=min(AHEAD_FRAMES, max(3, room)))

    def stop(self) -> None:
        """Ask the thread to end; `join` waits for it."""
        self.buffer.close()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread's end; whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # the thread

    def _main(self) -> None:
        try:
            thread_stands_back()
            self._serve()
        except EngineError as error:
            self.error = error
        except OSError as error:
            self.error = UnreadableMedia(self.side.path, f"{self.side.path.name} cannot be read any more.", str(error))
        except Exception as error:  # noqa: BLE001 - a bug: the GUI thread raises it, where it is reported
            self.error = error
        finally:
            self._cache.clear()

    def _serve(self) -> None:
        reader: Reader | None = None
        size = (0, 0)
        generation = 0
        try:
            while (newest := self.buffer.next_plan(generation)) is not None:
                generation, plan = newest
                if reader is None:
                    reader = self._open(self.side, plan.size)
                elif plan.size != size:
                    reader.resize(plan.size)
                    self._cache.clear()
                    self._drop_iterator()
                size = plan.size
                self._follow(reader, generation, plan)
        finally:
            self._drop_iterator()
            if reader is not None:
                reader.close()

    def _follow(self, reader: Reader, generation: int, plan: Plan) -> None:
        most = max(4, CACHE_BYTES // (plan.size[0] * plan.size[1] * 4))
        chunk = min(BACK_FRAMES, most // 2)
        last = -1
        for place, key in enumerate(plan.keys):
            number = key[-1]
            if place == 0:
                self._back, self._first = number < self._first, number
            backward = number < last
            back = self._back if place == 0 else backward
            self._centre = number - AHEAD_FRAMES
            if backward or self._back:
                self._centre = (number if backward else self._first) - chunk // 2
            last = number
            frame = self._frame(reader, generation, number, chunk if back else 0, most)
            if frame is None:
                if self.buffer.wanted(generation):
                    self.buffer.end(generation)
                return
            if not self.buffer.put(generation, key, frame):
                return
            self.buffer.rest(generation, REST_S, ENOUGH_FRAMES)
        self.buffer.end(generation)

    def _frame(self, reader: Reader, generation: int, number: int, before: int, most: int) -> Frame | None:
        """The frame; None when the video has no more, or nobody waits for it any longer.

        A frame that is not in the cache is decoded with `before` frames in front of it; `most` are kept.
        """
        if (frame := self._cache.get(number)) is not None:
            return frame
        if number != self._next or self._frames is None:
            start = max(0, number - before)
            while start < number and start in self._cache:
                start += 1
            self._drop_iterator()
            self._frames = reader.frames_from(start)
        for frame in self._frames:
            self._next = frame.number + 1
            self._cache[frame.number] = frame
            while len(self._cache) > most:
                del self._cache[max(self._cache, key=lambda kept: abs(kept - self._centre))]
            if frame.number >= number:
                return frame
            if not self.buffer.wanted(generation):
                return None
        self._drop_iterator()
        return None

    def _drop_iterator(self) -> None:
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()
        self._frames, self._next = None, -1
