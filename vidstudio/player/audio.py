"""Sound of one side, along the map: a decoding thread, a bounded buffer, and the machine's output device.

The device is fed from the session's tick. Small errors between picture and sound are taken from the
clock, which follows the sound card; large ones from the sound, which skips or waits. Without a device,
or at other speeds than 1, there is silence and the clock runs by itself.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from vidstudio.engine.alignment.edits.timemap import TimeMap
from vidstudio.engine.errors import EngineError
from vidstudio.engine.time import US, Span
from vidstudio.player.buffer import Buffer
from vidstudio.player.output import CHANNELS, RATE, Output, Samples

if TYPE_CHECKING:
    from vidstudio.player.source import Side

log = logging.getLogger(__name__)

PIECE = RATE // 20
QUEUED_PIECES = 16
SLEW_WITHIN_US = 40_000
"""Errors up to this are taken from the clock, larger ones from the sound."""
SETTLE_US = 150_000
RETIMED = 0.001
"""A row whose side runs faster or slower than this against the master is silent."""


OpenOutput = Callable[[], Output | None]


class AudioOut:
    """Plays one side's sound, the first's by default. GUI thread only, but for its one decoding thread.

    `note` says in plain words why there is silence, or is empty.
    """

    def __init__(self, open_output: OpenOutput | None = None) -> None:
        self.note = ""
        self._open_output = open_output
        self._output: Output | None = None
        self._tried = False
        self._sides: Sequence[Side] = ()
        self._map: TimeMap | None = None
        self._side: int | None = 0
        self._volume, self._muted = 1.0, False
        self._feeder: _Feeder | None = None
        self._running = False
        self._number = 0  # of the next piece to take
        self._written_us = 0
        self._anchors: deque[tuple[int, int]] = deque()  # (device time, master time), rising

    @property
    def side(self) -> int | None:
        """The side that is heard."""
        return self._side

    @property
    def muted(self) -> bool:
        """Whether it is silenced."""
        return self._muted

    @property
    def running(self) -> bool:
        """Whether sound is being played."""
        return self._running

    def open(self, sides: Sequence[Side], time_map: TimeMap) -> None:
        """Sound of these sides from now on."""
        self.stop()
        self._sides, self._map = tuple(sides), time_map
        self._tried = self._output is not None  # a device may have been plugged in

    def listen(self, side: int | None) -> None:
        """Hear this side; None for silence."""
        if side != self._side:
            self.stop()
            self._side = side

    def mute(self, muted: bool) -> None:
        """Silence without forgetting side and volume."""
        self._muted = muted
        self._set_volume()

    def set_volume(self, volume: float) -> None:
        """0..1."""
        self._volume = min(max(volume, 0.0), 1.0)
        self._set_volume()

    def play(self, master_us: int) -> None:
        """Sound from a master time on."""
        self.stop()
        self.note = ""
        if self._map is None or self._side is None or self._side >= len(self._sides):
            return
        if not self._sides[self._side].info.audio:
            self.note = "This side has no sound."
            return
        if (output := self._device()) is None:
            self.note = "No sound device was found; playing without sound."
            return
        if self._feeder is None:
            self._feeder = _Feeder()
        self._set_volume()
        output.start()
        self._running, self._written_us = True, 0
        self._anchors.clear()
        self._aim(master_us)

    def stop(self) -> None:
        """Silence, at once."""
        if self._running and self._output is not None:
            self._output.stop()
        self._running = False

    def tick(self, master_us: int) -> int | None:
        """Feed the device; gives the master time that is heard now, when the clock should follow it."""
        output, feeder = self._output, self._feeder
        if not self._running or output is None or feeder is None:
            return None
        if feeder.error is not None or not output.works():
            self._give_up(feeder)
            return None
        self._feed(output, feeder)
        played = output.played_us()
        while len(self._anchors) > 1 and self._anchors[1][0] <= played:
            self._anchors.popleft()
        since, master = self._anchors[0]
        if played <= since:
            return None
        heard = master + played - since
        if abs(heard - master_us) <= SLEW_WITHIN_US:
            return heard
        if len(self._anchors) == 1 and played - since > SETTLE_US:
            self._aim(master_us + self._written_us - played)
        return None

    def close(self) -> None:
        """End the thread and let go of the device."""
        self.stop()
        if self._feeder is not None:
            self._feeder.close()
            self._feeder = None
        self._output, self._tried = None, False

    def _give_up(self, feeder: _Feeder) -> None:
        """Be silent from here on; the next `play` tries again, with another thread or device."""
        self.stop()
        if feeder.error is not None:
            self.note = str(feeder.error)
            feeder.close()
            self._feeder = None
            if not isinstance(feeder.error, EngineError | OSError):
                raise feeder.error
        else:
            self.note = "The sound device is gone; playing without sound."
            self._output, self._tried = None, False

    def _aim(self, master_us: int) -> None:
        assert self._feeder is not None
        assert self._map is not None
        assert self._side is not None
        self._number = 0
        self._anchors.append((self._written_us, master_us))
        self._feeder.buffer.aim(sound_along(self._map, self._side, self._sides[self._side], master_us))

    def _feed(self, output: Output, feeder: _Feeder) -> None:
        while output.room() >= PIECE:
            taken, _ = feeder.buffer.take((self._number,))
            if not taken:
                return
            self._number += 1
            output.write(taken[0][1])
            self._written_us += len(taken[0][1]) * US // RATE

    def _device(self) -> Output | None:
        if not self._tried:
            self._tried = True
            self._output = (self._open_output or open_default)()
        return self._output

    def _set_volume(self) -> None:
        if self._output is not None:
            self._output.set_volume(0.0 if self._muted else self._volume)


class _Feeder:
    """Decodes the pieces of the newest plan ahead, until its buffer is full."""

    def __init__(self) -> None:
        self.buffer: Buffer[Iterator[Samples], Samples] = Buffer(QUEUED_PIECES)
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._main, name="sound", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.buffer.close()
        self._thread.join()

    def _main(self) -> None:
        generation = 0
        try:
            while (newest := self.buffer.next_plan(generation)) is not None:
                generation, pieces = newest
                for number, piece in enumerate(pieces):
                    if not self.buffer.put(generation, (number,), piece):
                        break
        except Exception as error:  # noqa: BLE001 - a bug: the GUI thread raises it, where it is reported
            self.error = error


def sound_along(time_map: TimeMap, side: int, source: Side, master_us: int) -> Iterator[Samples]:
    """Pieces of a side's sound (at most PIECE samples each) along the master axis from a master time on.

    Silent where the side holds or runs at another speed. Raises what the decoder raises.
    """
    from vidstudio.engine.media.audio import samples

    for stretch, start_us in _stretches(time_map, side, master_us):
        missing = _samples(stretch.end_us) - _samples(stretch.start_us)
        if start_us is not None:
            for heard in samples(source.path, Span(start_us, start_us + stretch.duration_us), rate=RATE):
                for at in range(0, min(len(heard), missing), PIECE):
                    yield heard[at : min(at + PIECE, missing)]
                missing -= min(len(heard), missing)
        while missing > 0:
            yield np.zeros((min(missing, PIECE), CHANNELS), np.float32)
            missing -= min(missing, PIECE)


def _stretches(time_map: TimeMap, side: int, master_us: int) -> Iterator[tuple[Span, int | None]]:
    """(stretch of the master axis, where the side starts in it or None); rows that run on are one stretch."""
    stretch: tuple[Span, int | None] | None = None
    for row in time_map.rows[time_map.row_at(master_us) :]:
        part = Span(max(row.master.start_us, min(master_us, row.master.end_us)), row.master.end_us)
        span = row.sides[side]
        start: int | None = None
        if span is not None and abs(span.duration_us - row.master.duration_us) <= RETIMED * row.master.duration_us:
            start = row.side_time(side, part.start_us)
        if stretch is not None and _runs_on(stretch, start):
            stretch = Span(stretch[0].start_us, part.end_us), stretch[1]
        else:
            if stretch is not None:
                yield stretch
            stretch = part, start
    if stretch is not None:
        yield stretch


def _runs_on(stretch: tuple[Span, int | None], start: int | None) -> bool:
    before = stretch[1]
    if before is None or start is None:
        return before is start
    return abs(before + stretch[0].duration_us - start) <= 2000  # roundings of time bases, not cuts


def _samples(time_us: int) -> int:
    return time_us * RATE // US


def open_default() -> Output | None:
    """The system's default device, or None where there is none or its libraries are missing."""
    from vidstudio.player.sink import open_sink  # QtMultimedia costs start-up time

    return open_sink()
