"""Sides that play together: one clock, frames painted in step, exact seeks and steps.

The GUI thread pulls: a timer runs while something moves or is awaited, asks which frames are due, and
paints only what changed. All sides change together: when one has not decoded its due frame, the others
and the clock wait. So the sides never drift apart, and a slow machine plays slower instead of skipping.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, QTimer

from vidstudio.engine.alignment.edits.timemap import TimeMap
from vidstudio.engine.errors import EngineError
from vidstudio.engine.time import Span
from vidstudio.player.audio import AudioOut
from vidstudio.player.clock import Clock, monotonic_us
from vidstudio.player.lanes import Lanes
from vidstudio.player.pacing import SLACK_US, stepped
from vidstudio.player.position import Position, Statistics
from vidstudio.player.screen import Screen
from vidstudio.player.signals import signal
from vidstudio.player.source import OpenReader, Side, open_reader

__all__ = ["Position", "Session", "Side", "Statistics"]

TICK_MS = 8
RESIZE_MS = 120
GRACE_US = 60_000
"""How long the clock runs on while a side is late and sound is heard: a gap in it is worse than a skipped frame."""
HANG_US = 250_000
"""A longer gap between ticks counts as a pause of everything, not as frames missed."""
SLOWEST, FASTEST = 0.25, 4.0


class Session(QObject):
    """Plays sides along a time map. GUI thread only; `close` ends every thread it started."""

    moved = signal(Position)
    playing_changed = signal()
    speed_changed = signal()
    failed = signal(EngineError)

    def __init__(
        self, parent: QObject | None = None, *, opener: OpenReader = open_reader, audio: AudioOut | None = None
    ) -> None:
        super().__init__(parent)
        self._lanes = Lanes(opener)
        self._attached: dict[int, int] = {}  # how often a screen was given to each side
        self._map: TimeMap | None = None
        self._clock = Clock()
        self._audio = audio or AudioOut()
        self._playing = False
        self._settled = True
        self._position_us = 0  # where the last frames were asked for; the clock leads while it runs
        self._scrub_us: int | None = None  # where scrubbing goes when the frames of _position_us are shown
        self._speed = 1.0
        self._loop: Span | None = None
        self._lap = 0
        self._late_since_us: int | None = None
        self._last_tick_us = 0
        self._last_step_us = 0
        self._waits = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._resizing = QTimer(self)
        self._resizing.setSingleShot(True)
        self._resizing.setInterval(RESIZE_MS)
        self._resizing.timeout.connect(self._resized)

    # what plays

    def open(self, sides: Sequence[Side], time_map: TimeMap) -> None:
        """Play these sides from the start, in place of what was open. Errors in a file come as `failed`."""
        if time_map.sides != len(sides):
            raise ValueError(f"{len(sides)} sides need a map of as many, not {time_map.sides}")
        self._let_go()
        self._map = time_map
        self._lanes.open(sides, time_map)
        self._audio.open(sides, time_map)
        self._loop, self._lap, self._position_us = None, 0, 0
        self._go(0, again=True)

    def set_map(self, time_map: TimeMap) -> None:
        """Relate the same sides in another way; the first side stays on the frame it shows."""
        if self._map is None or time_map.sides != self._map.sides:
            raise ValueError("a map needs as many sides as are open")
        here = self._map.side_time(0, self.position_us).time_us
        self._map = time_map
        self._lanes.set_map(time_map)
        self._audio.open(self._lanes.sides, time_map)
        self._loop = None
        self._go(time_map.master_time(0, here), again=True)

    def attach(self, side: int, screen: Screen) -> None:
        """Show a side (0 is A) on a screen, now and for all that is opened later."""
        old = self._lanes.attach(side, screen)
        if old is screen:
            return
        if old is not None:
            old.resized.disconnect(self._screen_resized)
        screen.resized.connect(self._screen_resized)
        generation = self._attached[side] = self._attached.get(side, 0) + 1
        screen.destroyed.connect(lambda: self._lanes.detach(side) if self._attached[side] == generation else None)

    def close(self) -> None:
        """End every thread. The session can be opened again."""
        self._let_go()
        self._lanes.join()
        self._audio.close()

    # where and how it plays

    @property
    def position_us(self) -> int:
        """Master time: of the last seek or step, or where playing is."""
        return self._position_us if self._scrub_us is None else self._scrub_us

    @property
    def duration_us(self) -> int:
        """Length of the master axis; 0 with nothing open."""
        return self._map.duration_us if self._map is not None else 0

    @property
    def playing(self) -> bool:
        """Whether it plays (also while it waits for frames)."""
        return self._playing

    @property
    def settled(self) -> bool:
        """Whether every screen shows the frame of the present position."""
        return self._settled

    @property
    def speed(self) -> float:
        """Seconds of video a second; negative plays backward."""
        return self._speed

    @property
    def looping(self) -> Span | None:
        """The stretch that repeats."""
        return self._loop

    @property
    def audio(self) -> AudioOut:
        """The sound."""
        return self._audio

    @property
    def statistics(self) -> Statistics:
        """How well it plays."""
        return Statistics(self._lanes.dropped, self._waits)

    def play(self) -> None:
        """Play from here; from the end, from the start again."""
        if self._playing or self._map is None:
            return
        first, last = self._bounds()
        if self._speed > 0 and self._at_end():
            self._go(first)
        elif self._speed < 0 and self._position_us <= first:
            self._go(last)
        self._playing = True
        self._last_tick_us = self._last_step_us = monotonic_us()
        self._timer.start()
        self.playing_changed.emit()

    def pause(self) -> None:
        """Stop on the frame that is on screen."""
        if not self._playing:
            return
        self._playing = False
        self._stand()
        self.playing_changed.emit()
        self._settled = False  # a side may have been late
        self._settle()

    def toggle(self) -> None:
        """Play or pause."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def seek(self, master_us: int) -> None:
        """Go to the frames on screen at a master time (clamped). Only the last of many seeks is shown."""
        if self._map is not None:
            self._go(master_us)

    def scrub(self, master_us: int) -> None:
        """Like `seek`, for dragging: the frames of earlier places are shown as far as they come in time.

        Where dragging ends is shown exactly.
        """
        if self._map is None:
            return
        if self._settled:
            self._go(master_us)
        else:
            self._scrub_us = min(max(0, master_us), self.duration_us - 1)

    def step(self, frames: int) -> None:
        """Pause and go that many frames on (negative: back), of the side with the most frames a second."""
        if self._map is None:
            return
        self.pause()
        self._go(stepped(self._map, self._lanes.tracks, self.position_us, frames))

    def set_speed(self, speed: float) -> None:
        """0.25..4 times as fast, clamped; negative plays backward, frame by frame."""
        speed = min(max(abs(speed), SLOWEST), FASTEST) * (-1 if speed < 0 else 1)
        if speed != self._speed:
            self._stand()
            self._speed = speed
            self._audio.stop()
            self.speed_changed.emit()

    def loop(self, span: Span | None) -> None:
        """Repeat a stretch of the master axis, once playing is in it; None plays on to the end."""
        if self._map is None:
            return
        span = span.intersection(Span(0, self._map.duration_us)) if span is not None else None
        if span != self._loop:
            self._loop = span
            here = self._position_us
            self._go(here if span is None or here in span else span.start_us, again=True)

    # sound

    def listen(self, side: int | None) -> None:
        """Hear this side; None for silence."""
        self._audio.listen(side)
        self._sound()

    def mute(self, muted: bool) -> None:
        """Silence without forgetting the side and the volume."""
        self._audio.mute(muted)

    def volume(self, volume: float) -> None:
        """0..1."""
        self._audio.set_volume(volume)

    # inside

    def _bounds(self) -> tuple[int, int]:
        """First and last master time to play; a loop stops short of where the frame after it is due."""
        if self._loop is None:
            return 0, max(0, self.duration_us - 1)
        return self._loop.start_us, max(self._loop.start_us, self._loop.end_us - 1 - SLACK_US)

    def _at_end(self) -> bool:
        end = self._bounds()[1]
        return all(track.due(self._position_us) == track.due(end) for track in self._lanes.tracks)

    def _aim(self, *, again: bool) -> None:
        bounds = self._bounds()
        repeats = self._loop is not None and self._position_us <= bounds[1]
        self._lanes.aim(self._position_us, self._lap, bounds if repeats else None, again=again)
        self._settled = False
        self._timer.start()

    def _go(self, master_us: int, *, again: bool = False) -> None:
        """Move to a master time; lanes that do not have it near are aimed anew (`again`: all are)."""
        self._stand()
        self._audio.stop()
        self._scrub_us = None
        self._position_us = min(max(0, master_us), max(0, self.duration_us - 1))
        self._aim(again=again)
        self._settle()
        if not self._settled:
            self._say()

    def _stand(self) -> None:
        if self._clock.running:
            self._clock.stand()
        self._late_since_us = None
        if not self._playing:
            self._audio.stop()

    def _let_go(self) -> None:
        self.pause()
        self._timer.stop()
        self._resizing.stop()
        self._lanes.retire()
        self._audio.stop()
        self._map, self._position_us, self._scrub_us, self._settled = None, 0, None, True

    def _tick(self) -> None:
        now = monotonic_us()
        hung, self._last_tick_us = now - self._last_tick_us > HANG_US, now
        for error in self._lanes.failures():
            self.failed.emit(error)
        if not self._settled:
            self._settle()
        elif not self._playing:
            self._timer.stop()
        elif self._speed < 0:
            self._step_back(now)
        elif not self._clock.running:
            self._start_clock()
        else:
            if hung:
                self._clock.run(self._position_us)
            self._advance(now)

    def _settle(self) -> None:
        """Show the frames of a new position once all sides have them."""
        if self._lanes.show(self._position_us, self._lap) is not None:
            self._settled = True
            self._say()
            if self._scrub_us is not None:
                self._go(self._scrub_us)

    def _start_clock(self) -> None:
        self._clock.run(self._position_us, self._speed)
        self._sound()

    def _sound(self) -> None:
        """Sound from where the clock is, if there is to be any."""
        self._audio.stop()
        if self._clock.running and self._speed == 1.0:
            self._audio.play(self._clock.position_us)

    def _advance(self, now: int) -> None:
        first, last = self._bounds()
        position = self._clock.position_us
        if self._loop is not None and self._position_us <= last < position:
            self._lap += 1
            position = min(first + position - last - 1, last)
            self._clock.run(position)
            self._sound()
        self._position_us = min(position, self.duration_us - 1)
        changed = self._lanes.show(self._position_us, self._lap, playing=True)
        if changed is not None:
            self._late_since_us = None
            if changed:
                self._say()
            if position >= self.duration_us - 1:
                self.pause()
            elif (heard := self._audio.tick(self._position_us)) is not None:
                self._clock.correct(heard)
        elif self._audio.running and self._late_since_us is None:
            self._late_since_us = now
        elif self._late_since_us is None or now - self._late_since_us > GRACE_US:
            self._waits += 1
            self._stand()
            self._audio.stop()
            self._settled = False

    def _step_back(self, now: int) -> None:
        assert self._map is not None
        pause_us = min(track.period_us for track in self._lanes.tracks) / -self._speed
        if now - self._last_step_us < pause_us:
            return
        self._last_step_us = max(self._last_step_us + round(pause_us), now - 100_000)
        first, last = self._bounds()
        target = stepped(self._map, self._lanes.tracks, self._position_us, -1)
        if target < first or target >= self._position_us:
            if self._loop is None:
                self.pause()
                return
            target = last
        self._go(target)

    def _say(self) -> None:
        if self._map is None:
            return
        self.moved.emit(Position(self._position_us, self._lanes.points(self._position_us), self._settled))

    def _screen_resized(self) -> None:
        self._resizing.start()

    def _resized(self) -> None:
        if self._lanes.resized():
            self._stand()
            self._aim(again=False)
