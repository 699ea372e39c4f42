"""What a session says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from vidstudio.engine.alignment.edits.timemap import SidePoint


@dataclass(frozen=True, slots=True)
class Position:
    """Where playing is. sides: start of the frame each side has on screen, on that side's clock.

    `settled` is False while the frames of a new position are still being decoded.
    """

    master_us: int
    sides: tuple[SidePoint, ...]
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Statistics:
    """Since opening: frames of each side that were decoded but came too late, and how often the clock waited."""

    dropped: tuple[int, ...]
    waits: int
