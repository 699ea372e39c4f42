"""Time above `engine.media`: integer microseconds on a video's own presentation clock.

The first frame of a video is at 0. Rationals (time bases, frame rates) only appear where a file is
read or written, and here, where they are turned into microseconds and into time codes.
Time code: SMPTE ST 12-1, with drop-frame counting for the 30000/1001 family.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

US = 1_000_000
"""Microseconds in a second."""
_LONG_US = 600 * US


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open stretch of time `[start_us, end_us)` in microseconds; never of negative length."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us < self.start_us:
            raise ValueError(f"span ends before it starts: {self.start_us}..{self.end_us}")

    @property
    def duration_us(self) -> int:
        """Length in microseconds."""
        return self.end_us - self.start_us

    def __contains__(self, time_us: int) -> bool:
        return self.start_us <= time_us < self.end_us

    def intersection(self, other: Span) -> Span | None:
        """The stretch both cover, or None when they share no time."""
        start, end = max(self.start_us, other.start_us), min(self.end_us, other.end_us)
        return Span(start, end) if start < end else None

    def shifted(self, by_us: int) -> Span:
        """The same length, `by_us` later."""
        return Span(self.start_us + by_us, self.end_us + by_us)

    def split(self, length_us: int) -> Iterator[Span]:
        """Consecutive pieces of `length_us`; the last may be shorter. `length_us` must be positive."""
        if length_us <= 0:
            raise ValueError(f"length must be positive, not {length_us}")
        for start in range(self.start_us, self.end_us, length_us):
            yield Span(start, min(start + length_us, self.end_us))


def rescale_to_us(ticks: int, time_base: Fraction) -> int:
    """Ticks of `time_base` seconds as microseconds, rounded to nearest (halves up)."""
    return _round_div(ticks * time_base.numerator * US, time_base.denominator)


def rescale_from_us(time_us: int, time_base: Fraction) -> int:
    """Microseconds as ticks of `time_base` seconds, rounded to nearest (halves up).

    Inverse of `rescale_to_us` for every time base of a microsecond or coarser.
    """
    return _round_div(time_us * time_base.denominator, time_base.numerator * US)


def frame_to_us(frame: int, rate: Fraction) -> int:
    """Start of frame number `frame` at the constant rate `rate` (frames a second), in microseconds."""
    return rescale_to_us(frame, 1 / rate)


def us_to_frame(time_us: int, rate: Fraction) -> int:
    """Number of the frame on screen at `time_us` at the constant rate `rate`.

    A start that `frame_to_us` rounded down still belongs to its own frame.
    """
    nearest = rescale_from_us(time_us, 1 / rate)
    return nearest if frame_to_us(nearest, rate) <= time_us else nearest - 1


def is_drop_frame_rate(rate: Fraction) -> bool:
    """Whether time code at this rate is customarily drop-frame (29.97 and 59.94)."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001))


def format_timecode(time_us: int, rate: Fraction, drop_frame: bool | None = None) -> str:
    """`HH:MM:SS:FF` (`HH:MM:SS;FF` when drop-frame) of the frame on screen at `time_us`.

    `drop_frame=None` follows the rate's custom. Negative times carry a leading minus. Below one frame a second
    there is no time code to count frames in: it is the second in which the frame starts, FF is 00.
    """
    if time_us < 0:
        return "-" + format_timecode(-time_us, rate, drop_frame)
    drop = is_drop_frame_rate(rate) if drop_frame is None else drop_frame
    base = max(1, round(rate))
    frame = us_to_frame(time_us, rate)
    if rate < 1:
        frame = frame_to_us(frame, rate) // US
    if drop:
        frame += _dropped_numbers(frame, base)
    seconds, ff = divmod(frame, base)
    minutes, ss = divmod(seconds, 60)
    hh, mm = divmod(minutes, 60)
    width = len(str(base - 1))
    return f"{hh:02d}:{mm:02d}:{ss:02d}{';' if drop else ':'}{ff:0{max(2, width)}d}"


_TIMECODE = re.compile(r"(?P<sign>-)?(?:(?P<hh>\d+):)?(?P<mm>\d+):(?P<ss>\d+)(?P<sep>[:;])(?P<ff>\d+)")
_CLOCK = re.compile(r"(?P<sign>-)?(?:(?:(?P<hh>\d+):)?(?P<mm>\d+):)?(?P<ss>\d+(?:\.\d+)?)s?")


def parse_time(text: str, rate: Fraction) -> int:
    """Microseconds from what a person typed.

    Accepts time code (`01:02:03:04`, `01:02;03`), a clock (`1:02:03.5`, `1:02`, `62.5`, `62.5s`) or a
    frame number (`f1500`). Raises ValueError, with the accepted forms, for anything else.
    """
    text = text.strip()
    if re.fullmatch(r"[fF]\d+", text):
        return frame_to_us(int(text[1:]), rate)
    if text.count(":") == 3 or ";" in text:
        if match := _TIMECODE.fullmatch(text):
            return _timecode_to_us(match, rate)
    elif match := _CLOCK.fullmatch(text):
        seconds = Fraction(match["ss"]) + 60 * int(match["mm"] or 0) + 3600 * int(match["hh"] or 0)
        time_us = rescale_to_us(1, seconds)
        return -time_us if match["sign"] else time_us
    raise ValueError(f"“{text}” is no time; write 00:01:02:03, 1:02.5, 62.5 or f1500")


def _timecode_to_us(match: re.Match[str], rate: Fraction) -> int:
    base = max(1, round(rate))
    if int(match["ff"]) >= base:
        raise ValueError(f"“{match[0]}”: there are only {base} frames in a second here")
    minutes = 60 * int(match["hh"] or 0) + int(match["mm"])
    frame = (minutes * 60 + int(match["ss"])) * base + int(match["ff"])
    if match["sep"] == ";":
        frame -= _drop_count(base) * (minutes - minutes // 10)
    if rate < 1:
        frame = us_to_frame((frame + 1) * US - 1, rate)
    time_us = frame_to_us(frame, rate)
    return -time_us if match["sign"] else time_us


def format_duration(duration_us: int) -> str:
    """A length for people: `0:41`, `12:05`, `1:02:03`."""
    seconds = round(duration_us / US)
    minutes, ss = divmod(seconds, 60)
    hh, mm = divmod(minutes, 60)
    return f"{hh}:{mm:02d}:{ss:02d}" if hh else f"{mm}:{ss:02d}"


def format_length(duration_us: int) -> str:
    """The length of a stretch for people, to the frame where it is short: `2.04 s`, `12:05`, `1:02:03`."""
    return f"{duration_us / US:.2f} s" if duration_us < _LONG_US else format_duration(duration_us)


def _drop_count(base: int) -> int:
    return base // 15  # 2 numbers a minute at 29.97, 4 at 59.94


def _dropped_numbers(frame: int, base: int) -> int:
    drop = _drop_count(base)
    per_minute = 60 * base - drop
    per_ten = 10 * 60 * base - 9 * drop
    tens, rest = divmod(frame, per_ten)
    return 9 * drop * tens + (drop * ((rest - drop) // per_minute) if rest > drop else 0)


def _round_div(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
