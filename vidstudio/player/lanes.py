"""All sides of a session, which aim, wait and change together. GUI thread only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vidstudio.engine.alignment.edits.timemap import SidePoint, TimeMap
from vidstudio.engine.errors import EngineError
from vidstudio.player.lane import Lane, Moment
from vidstudio.player.pacing import Due, Track
from vidstudio.player.screen import Screen
from vidstudio.player.source import OpenReader, Side, Source


class Lanes:
    """Owns the decoder of each side: none is forgotten before its thread has ended."""

    def __init__(self, opener: OpenReader) -> None:
        self._opener = opener
        self._lanes: list[Lane] = []
        self._screens: dict[int, Screen] = {}
        self._ending: list[Source] = []

    def open(self, sides: Sequence[Side], time_map: TimeMap) -> None:
        """Begin with these sides; nothing is decoded before `aim`."""
        for number, side in enumerate(sides):
            lane = Lane(side, Track(time_map, number, side.times, side.info.frame_rate), self._opener)
            self._lanes.append(lane)
            if number in self._screens:
                lane.attach(self._screens[number])

    def set_map(self, time_map: TimeMap) -> None:
        """Relate the same sides in another way."""
        for number, lane in enumerate(self._lanes):
            lane.track = Track(time_map, number, lane.side.times, lane.side.info.frame_rate)

    def attach(self, side: int, screen: Screen) -> Screen | None:
        """Show a side on a screen; gives the one it was shown on."""
        old = self._screens.get(side)
        self._screens[side] = screen
        if old is not screen and side < len(self._lanes):
            self._lanes[side].attach(screen)
        return old

    def detach(self, side: int) -> None:
        """The screen of a side is gone."""
        self._screens.pop(side, None)
        if side < len(self._lanes):
            self._lanes[side].screen = None

    def retire(self) -> None:
        """Show nothing any more and ask the decoders to end, without waiting for them."""
        for lane in self._lanes:
            lane.source.stop()
            self._ending.append(lane.source)
            if lane.screen is not None:
                lane.screen.set_source(None)
        self._lanes.clear()
        self._ending = [source for source in self._ending if not source.join(0)]

    def join(self) -> None:
        """Wait for every retired decoder's end."""
        for source in self._ending:
            source.join()
        self._ending.clear()

    @property
    def sides(self) -> list[Side]:
        """What is open."""
        return [lane.side for lane in self._lanes]

    @property
    def tracks(self) -> list[Track]:
        """The frames of each side along the map."""
        return [lane.track for lane in self._lanes]

    @property
    def dropped(self) -> tuple[int, ...]:
        """Frames of each side that playing left out because they came too late."""
        return tuple(lane.dropped for lane in self._lanes)

    def aim(self, master_us: int, lap: int, loop: tuple[int, int] | None, *, again: bool = False) -> None:
        """Have the frames from a master time on decoded where they are not here already (`again`: in any case).

        loop: first and last master time of what repeats.
        """
        for lane in self._lanes:
            moment = lane.due(master_us, lap)
            if not lane.failed and (again or not lane.reaches(moment)):
                lane.aim(moment, _frames(lane.track, loop))

    def resized(self) -> bool:
        """Look at the screens' sizes again; whether `aim` is needed to get frames of another size."""
        return any([lane.resized() for lane in self._lanes if not lane.failed])  # noqa: C419 - each is to look

    def show(self, master_us: int, lap: int, *, playing: bool = False) -> bool | None:
        """Put what is due on all screens, or on none: None when a side does not have it yet.

        Otherwise whether any screen changed.
        """
        moments = [lane.due(master_us, lap) for lane in self._lanes]
        if not self._ready(moments, playing):
            return None
        changed = [lane.show(moment) for lane, moment in zip(self._lanes, moments, strict=True)]
        return any(changed)

    def points(self, master_us: int) -> tuple[SidePoint, ...]:
        """What each screen shows."""
        return tuple(lane.point(master_us) for lane in self._lanes)

    def failures(self) -> Iterator[EngineError]:
        """Errors by which decoders ended, each once. Raises what is a bug."""
        for lane in self._lanes:
            error = lane.failure()
            if error is not None:
                yield error

    def _ready(self, moments: Sequence[Moment], playing: bool) -> bool:
        # every lane is asked, as each drops what is too old
        ready = [lane.ready(moment, playing=playing) for lane, moment in zip(self._lanes, moments, strict=True)]
        return all(ready)


def _frames(track: Track, loop: tuple[int, int] | None) -> tuple[Due, Due] | None:
    return None if loop is None else (track.due(loop[0]), track.due(loop[1]))
