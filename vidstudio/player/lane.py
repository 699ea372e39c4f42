"""One side of a session: its decoder, its track through the map, what its screen shows. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass

from vidstudio.engine.alignment.edits.timemap import SidePoint
from vidstudio.engine.errors import EngineError
from vidstudio.engine.media.frame import Frame
from vidstudio.player.buffer import Key
from vidstudio.player.pacing import Due, Track, looped
from vidstudio.player.screen import Screen
from vidstudio.player.source import OpenReader, Side, Source

DEFAULT_SIZE = (640, 360)


@dataclass(frozen=True, slots=True)
class Moment:
    """What is due on a lane, and in which lap of the loop."""

    lap: int
    due: Due

    @property
    def key(self) -> Key:
        """Rises while playing forward."""
        return self.lap, *self.due.key


class Lane:
    """Shows the due frame of one side, and counts those that came too late to be shown."""

    def __init__(self, side: Side, track: Track, opener: OpenReader) -> None:
        self.side = side
        self.track = track
        self.source = Source(side, opener)
        self.screen: Screen | None = None
        self.dropped = 0
        self.failed = False
        self.frame: Frame | None = None
        self.held = False
        self._shown: Key | None = None  # key of `frame` in the present generation
        self._best: tuple[Key, Frame] | None = None  # newest taken, not yet painted
        self._stale_size = False

    def due(self, master_us: int, lap: int) -> Moment:
        """What is to be on screen."""
        return Moment(lap, self.track.due(master_us))

    def aim(self, moment: Moment, loop: tuple[Due, Due] | None) -> None:
        """Have this moment's frame, and those after it, decoded; nothing older will be shown."""
        self._best = None
        self._shown = None
        self._stale_size = False
        self.source.aim(looped(self.track, moment.lap, moment.due, loop), self._size())

    def reaches(self, moment: Moment) -> bool:
        """Whether the frame is here already, with those after it to follow, so that no new aim is needed."""
        if self.failed:
            return True
        if self._stale_size:
            return False
        if self._best is not None and self._best[0] >= moment.key:
            return self._best[0] == moment.key
        return self._shown == moment.key or self.source.buffer.holds(moment.key)

    def ready(self, moment: Moment, *, playing: bool) -> bool:
        """Whether the due frame, or all there will ever be for it, is here.

        Frames left out while playing count as dropped; those a seek jumps over don't.
        """
        if self.failed or (self._shown == moment.key and self._best is None):
            return True
        taken, complete = self.source.buffer.take(moment.key)
        if taken:
            late = len(taken) - 1 + (self._best is not None)
            self.dropped += late if playing else 0
            self._best = taken[-1]
        return complete or (self._best is not None and self._best[0] == moment.key)

    def show(self, moment: Moment) -> bool:
        """Put the newest frame that is due on the screen; whether the screen changed."""
        changed = False
        if self._best is not None:
            self._shown, frame = self._best
            self._best = None
            changed = frame is not self.frame
            self.frame = frame
            if changed and self.screen is not None:
                self.screen.show_frame(frame)
        held = moment.due.held and self.frame is not None
        if held != self.held:
            self.held, changed = held, True
            if self.screen is not None:
                self.screen.set_held(held)
        return changed

    def attach(self, screen: Screen | None) -> None:
        """Show on this screen from now on."""
        self.screen = screen
        if screen is not None:
            screen.set_source(self.side.info)
            if self.frame is not None:
                screen.show_frame(self.frame)
            screen.set_held(self.held)

    def resized(self) -> bool:
        """Look at the screen's size again; whether frames of another size are needed."""
        self._stale_size = self.frame is not None and self.frame.pixels.shape[1::-1] != self._size()
        return self._stale_size

    def point(self, master_us: int) -> SidePoint:
        """Start of the frame on the screen; before there is one, of the frame that is due."""
        due = self.track.due(master_us)
        return SidePoint(
            self.frame.start_us if self.frame else self.track.times.start_of(due.number),
            self.held if self.frame else due.held,
        )

    def failure(self) -> EngineError | None:
        """The decoder's end by an error, once: from then on the message stands in the picture's place.

        Raises what is a bug.
        """
        error = self.source.error
        if error is None or self.failed:
            return None
        self.failed, self.frame = True, None
        if self.screen is not None:
            self.screen.set_error(str(error) if isinstance(error, EngineError) else "")
        if not isinstance(error, EngineError):
            raise error
        return error

    def _size(self) -> tuple[int, int]:
        if self.screen is not None:
            return self.screen.wanted_size()
        width, height = self.side.info.display_size
        scale = min(1.0, DEFAULT_SIZE[0] / width, DEFAULT_SIZE[1] / height)
        return max(2, round(width * scale)), max(2, round(height * scale))
