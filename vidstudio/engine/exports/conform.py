"""B as an editor would cut it from A: whole frames on B's time line, shared by the OTIO and EDL exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vidstudio.engine.time import Span, format_timecode, frame_to_us, us_to_frame
from vidstudio.engine.types import Comparison, Edit

_OWN_PACE = 0.001
_EDITORS_RATES = (
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(48000, 1001),
    Fraction(48),
    Fraction(50),
    Fraction(60000, 1001),
    Fraction(60),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of B in whole frames at `rate`: frames `start..end-1` of B's time line.

    `source` is where it comes from: side A, or B itself for new material and for what is in the place of old, with
    its frames there at the same rate. `speed` is how many source frames pass in one frame of B; 1 unless it was
    retimed, below 0 where it runs backward from `source_end - 1` on, 0 where frame `source_start` is held.
    """

    edit: Edit
    from_a: bool
    start: int
    end: int
    source_start: int
    source_end: int

    @property
    def speed(self) -> float:
        """Source frames for each frame of B."""
        return float(self.exact_speed)

    @property
    def exact_speed(self) -> Fraction:
        """Source frames for each frame of B."""
        if self.from_a and not self.edit.speed:
            return Fraction(0)
        sign = -1 if self.from_a and self.edit.speed < 0 else 1
        return Fraction(sign * (self.source_end - self.source_start), self.end - self.start)


@dataclass(frozen=True, slots=True)
class Removal:
    """Material of A that B lacks, and the frame of B where it was."""

    edit: Edit
    at: int


def editors_rate(rate: Fraction) -> Fraction:
    """The rate editing programs count in that is nearest to a video's: itself, else a small multiple, else 30."""
    near = min(_EDITORS_RATES, key=lambda known: abs(known - rate))
    if abs(near - rate) <= Fraction(rate, 2000):
        return near
    for times in (2, 3, 4, 5):
        for known in _EDITORS_RATES:
            if abs(known - rate * times) <= Fraction(known, 2000):
                return known
    for known in (Fraction(60), Fraction(50)):
        if (rate / known).denominator == 1:  # 100, 120, 240
            return known
    return near if abs(near - rate) <= Fraction(rate, 100) else Fraction(30)


def timecode(frame: int, rate: Fraction) -> str:
    """Time code of a frame at an editing rate, drop-frame where that is the custom."""
    return format_timecode(frame_to_us(frame, rate), rate)


def conform(comparison: Comparison, rate: Fraction) -> Iterator[Event | Removal]:
    """B's pieces in order, without gaps between them; pieces shorter than half a frame vanish."""
    at = 0
    for edit in comparison.edits:
        if edit.b is None:
            yield Removal(edit, at)
            continue
        end = us_to_frame(edit.b.end_us, rate)
        if end <= at:
            continue
        from_a = edit.a is not None and _is_matched(comparison, edit.b)
        first, last = _frames(edit.a if edit.a and from_a else edit.b, rate)
        own_pace = edit.kind != "retimed" or abs(abs(edit.speed) - 1) < _OWN_PACE
        if own_pace and abs((last - first) - (end - at)) <= 1:
            last = first + (end - at)  # a frame's rounding between two clocks is no change of speed
        if from_a and not edit.speed:
            last = first + 1
        yield Event(edit, from_a, at, end, first, max(last, first + 1))
        at = end


def _is_matched(comparison: Comparison, b: Span) -> bool:
    """Whether B shows something of A there, and no new material in the place of old."""
    first, after = np.searchsorted(comparison.b_times.starts_us, (b.start_us, b.end_us))
    shown = comparison.frame_map[first:after]
    return not len(shown) or bool((shown >= 0).any())


def _frames(span: Span, rate: Fraction) -> tuple[int, int]:
    return us_to_frame(span.start_us, rate), us_to_frame(span.end_us, rate)
