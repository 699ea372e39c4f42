"""The arithmetic of the timeline, without Qt: time to pixels, ruler ticks, what each pixel column shows.

x is in pixels from the left edge of the drawing area, time in microseconds on the master axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.settings import TimeDisplay
from vidstudio.engine.time import US, format_timecode, parse_time, us_to_frame

FINEST_US_PER_PX = 500.0
"""Closest zoom: a frame of 25 a second is 80 pixels wide."""

_SCALE_KNEE = 0.05
_SCALE_TOP = 2.0
_SCALE_LENGTH = math.log1p(_SCALE_TOP / _SCALE_KNEE)


@dataclass(frozen=True, slots=True)
class TimeView:
    """The stretch of time that is on screen: `width` pixels from `start_us`, inside `0..duration_us`."""

    duration_us: int
    width: int
    start_us: float = 0.0
    us_per_px: float = 0.0

    @staticmethod
    def fitted(duration_us: int, width: int) -> TimeView:
        """All of the time in the width."""
        return TimeView(duration_us, max(1, width)).clamped()

    @property
    def widest(self) -> float:
        """us_per_px at which everything fits."""
        return max(1.0, self.duration_us) / max(1, self.width)

    @property
    def end_us(self) -> float:
        """Time at the right edge."""
        return self.start_us + self.width * self.us_per_px

    @property
    def is_fitted(self) -> bool:
        """Whether everything is on screen."""
        return self.us_per_px >= self.widest

    def clamped(self) -> TimeView:
        """The nearest view that shows nothing outside the time there is. us_per_px 0 means all."""
        finest = min(FINEST_US_PER_PX, self.widest)
        scale = self.widest if self.us_per_px <= 0 else min(max(self.us_per_px, finest), self.widest)
        last = max(0.0, self.duration_us - scale * self.width)
        return replace(self, us_per_px=scale, start_us=min(max(self.start_us, 0.0), last))

    def x_of(self, time_us: float) -> float:
        """Pixel of a time; may be outside the width."""
        return (time_us - self.start_us) / self.us_per_px

    def time_at(self, x: float) -> int:
        """Time of a pixel, held inside the time there is."""
        return min(max(round(self.start_us + x * self.us_per_px), 0), self.duration_us)

    def zoomed(self, factor: float, x: float) -> TimeView:
        """Closer by `factor` (below 1: wider) with the time at `x` staying there, as far as the ends allow."""
        finest = min(FINEST_US_PER_PX, self.widest)
        scale = min(max(self.us_per_px / factor, finest), self.widest)
        anchor = self.start_us + x * self.us_per_px
        return replace(self, us_per_px=scale, start_us=anchor - x * scale).clamped()

    def panned(self, dx: float) -> TimeView:
        """Moved so that what was at x is at x + dx."""
        return replace(self, start_us=self.start_us - dx * self.us_per_px).clamped()

    def resized(self, width: int) -> TimeView:
        """The same scale in another width; a view that showed everything still does."""
        if self.is_fitted:
            return TimeView.fitted(self.duration_us, width)
        return replace(self, width=max(1, width)).clamped()

    def showing(self, start_us: float, end_us: float) -> TimeView:
        """Moved, and widened if need be, so that the stretch is on screen with some room around it."""
        room = 0.1 * self.width * self.us_per_px
        if start_us >= self.start_us and end_us <= self.end_us:
            return self
        scale = max(self.us_per_px, (end_us - start_us) * 1.25 / self.width)
        return replace(self, us_per_px=scale, start_us=start_us - room).clamped()

    def following(self, time_us: float) -> TimeView:
        """Paged on so that `time_us` is on screen."""
        if self.start_us <= time_us < self.end_us or self.is_fitted:
            return self
        return replace(self, start_us=time_us - 0.05 * self.width * self.us_per_px).clamped()


@dataclass(frozen=True, slots=True)
class TimeText:
    """How times are written and read: as time code of `rate`, as frame numbers or as seconds."""

    rate: Fraction = Fraction(25)
    display: TimeDisplay = "timecode"

    def text(self, time_us: int) -> str:
        """A time for people."""
        if self.display == "frames":
            return f"f{us_to_frame(time_us, self.rate)}"
        if self.display == "seconds":
            return f"{time_us / US:.3f} s"
        return format_timecode(time_us, self.rate)

    def parse(self, text: str) -> int:
        """Microseconds of what was typed, never below 0. ValueError says what can be typed."""
        cleaned = text.strip()
        if self.display == "frames" and cleaned.isdigit():
            cleaned = f"f{cleaned}"
        return max(0, parse_time(cleaned.replace(" s", "s"), self.rate))


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the ruler; `text` is empty on the small ones."""

    time_us: int
    text: str


def ruler_ticks(view: TimeView, times: TimeText, label_px: float) -> list[Tick]:
    """Ticks at round times inside the view, labels at least `label_px` apart; bounded by the width."""
    base = max(1, round(times.rate))
    seconds = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000, 86400, 864000)
    frames = [n for n in (1, 2, 5, 10) if n < base] + [n * base for n in seconds]
    wanted = label_px * view.us_per_px
    num, den = times.rate.numerator, times.rate.denominator
    step = next((n for n in frames if n * den * US >= wanted * num), frames[-1])
    parts = next((n for n in (5, 4, 3, 2) if step % n == 0), 1)
    small = max(1, step // parts)
    first = max(0, us_to_frame(int(view.start_us), times.rate) // small)
    last = us_to_frame(min(int(view.end_us) + 1, view.duration_us), times.rate) // small
    ticks = []
    for number in range(first, last + 1):
        frame = number * small
        time_us = (2 * frame * den * US + num) // (2 * num)  # as frame_to_us, without its fractions
        ticks.append(Tick(time_us, times.text(time_us) if frame % step == 0 else ""))
    return ticks


def column_edges(view: TimeView, columns: int) -> NDArray[np.float64]:
    """Times (columns + 1,) at the borders of `columns` equal columns over the view."""
    return view.start_us + (view.end_us - view.start_us) * np.arange(columns + 1) / columns


def column_peaks(
    starts: NDArray[np.int64], ends: NDArray[np.int64], values: NDArray[np.float32], edges: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Largest value (columns,) of the spans that touch each column; NaN where none does or none has a value.

    `starts` and `ends` must both rise. Costs O(columns log N + spans on screen).
    """
    columns = len(edges) - 1
    if len(starts) == 0:
        return np.full(columns, np.nan, np.float32)
    # whole numbers, or searchsorted would first make floats of all of the times
    first = np.searchsorted(ends, np.floor(edges[:-1]).astype(np.int64), side="right")
    after = np.searchsorted(starts, np.ceil(edges[1:]).astype(np.int64), side="left")
    padded = np.append(np.where(np.isnan(values), -np.inf, values), -np.inf).astype(np.float32)
    borders = np.stack([first, np.maximum(after, first)], axis=1).ravel()
    peaks = np.maximum.reduceat(padded, borders)[::2]
    peaks[(after <= first) | np.isneginf(peaks)] = np.nan
    return peaks.astype(np.float32)


def scale_position(distance: float) -> float:
    """Where a distance 0..2 is on the scale, 0..1: near linear up to 0.05, then logarithmic.

    Most distances are far below 0.5, so the lower half of the scale is given to them.
    """
    return math.log1p(min(max(distance, 0.0), _SCALE_TOP) / _SCALE_KNEE) / _SCALE_LENGTH


def scale_distance(position: float) -> float:
    """Inverse of `scale_position`."""
    return _SCALE_KNEE * math.expm1(min(max(position, 0.0), 1.0) * _SCALE_LENGTH)


def scale_positions(distances: NDArray[np.float32]) -> NDArray[np.float64]:
    """`scale_position` of many; NaN stays NaN."""
    return np.asarray(np.log1p(np.clip(distances, 0.0, _SCALE_TOP) / _SCALE_KNEE) / _SCALE_LENGTH, np.float64)
