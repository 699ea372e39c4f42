"""Stretches in which both versions show the same picture, and by how much their sounds are apart there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.editlist import Row
from vidstudio.engine.sound.prints import FRAME_US
from vidstudio.engine.sound.sounds import SILENT_BELOW, SILENT_DB, Sound, fit, windowed
from vidstudio.engine.types import FrameTimes, SoundMatch

_WINDOW = 400  # frames that are laid on the other sound at once
_STEP = 100
_SHORTEST = 50
_REACH = 35
_REACH_MAP = 8
_SMOOTH_US = 500_000
LIKE = 0.6
"""Likeness from which on a window of both is the same sound."""
_BETTER = 0.1
_MOST_SILENT = 0.12


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of prints of B, int64 (n,) in a row, and their places in A by the picture, float64 (n,).

    frame_us: of the video with the longer frames. jitter_us: by how much single pictures are off their place, as they
    are where frame rates differ.
    """

    frames: NDArray[np.int64]
    places: NDArray[np.float64]
    frame_us: float
    jitter_us: float


@dataclass(frozen=True, slots=True)
class Fits:
    """Where windows of a stretch fit best. All float64 (N,).

    middles: frame of B in the middle of each. later: by how many frames B's sound is later than the picture says.
    likeness: 0..1.
    """

    middles: NDArray[np.float64]
    later: NDArray[np.float64]
    likeness: NDArray[np.float64]

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Windows with the same sound on both sides."""
        result: NDArray[np.bool_] = self.likeness >= LIKE
        return result


def stretches(
    rows: Sequence[Row], frame_map: NDArray[np.int32], a_times: FrameTimes, b_times: FrameTimes
) -> list[Stretch]:
    """One for each row of the edit list that shows the same on both sides, in the order of B."""
    frame_us = max(_frame_us(a_times), _frame_us(b_times))
    result = []
    for row in rows:
        if row.kind not in ("same", "moved", "retimed") or row.b is None:
            continue
        span = b_times.span_of(row.b.first, row.b.after)
        frames = np.arange(-(-span.start_us // FRAME_US), -(-span.end_us // FRAME_US), dtype=np.int64)
        if not len(frames):
            continue
        starts = b_times.starts_us[row.b.first : row.b.after].astype(np.float64)
        ahead = a_times.starts_us[frame_map[row.b.first : row.b.after]] - starts
        half = max(1, round(_SMOOTH_US / frame_us))
        drift = np.polyfit(starts - starts[0], ahead, 1) if len(starts) > 2 * half else np.array([0.0, ahead.mean()])
        trend = np.polyval(drift, starts - starts[0])
        rest = ahead - trend
        low, high = np.percentile(rest - windowed(rest, half), (5, 95))
        smooth = trend + windowed(rest, half)
        times = frames * float(FRAME_US)
        places = times + np.interp(times, starts, smooth)
        result.append(Stretch(frames, places / FRAME_US, frame_us, float(high - low)))
    return result


def _frame_us(times: FrameTimes) -> float:
    return float(np.median(np.diff(times.starts_us))) if len(times) > 1 else 40_000.0


def fits(a: Sound, b: Sound, shared: NDArray[np.bool_], stretch: Stretch, found: Sequence[SoundMatch]) -> Fits:
    """Lay windows of the stretch on A: near where the picture is, and where the sound alone was found."""
    count = len(stretch.frames)
    length = min(_WINDOW, count)
    rows = []
    if length >= _SHORTEST and shared.any():
        firsts = [*range(0, count - length, _STEP), count - length]
        for first in dict.fromkeys(firsts):
            part = slice(first, first + length)
            frames, places = stretch.frames[part], stretch.places[part]
            if _one_silent(a, b, frames, places) > _MOST_SILENT:
                continue
            best = fit(a, b, shared, frames, places, _REACH)
            middle = float(frames[length // 2])
            away = _by_sound(middle, float(places[length // 2]), found)
            if away is not None and abs(away) > _REACH - _REACH_MAP:
                other = fit(a, b, shared, frames, places + away, _REACH_MAP)
                if other and other.likeness > max(LIKE, _BETTER + (best.likeness if best else 0.0)):
                    rows.append((middle, -(other.frames + away), other.likeness))
                    continue
            if best:
                rows.append((middle, -best.frames, best.likeness))
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Fits(table[:, 0], table[:, 1], table[:, 2])


def _one_silent(a: Sound, b: Sound, frames: NDArray[np.int64], places: NDArray[np.float64]) -> float:
    """Share of frames in which one is silent and the other is not: the edge of a silence fits anywhere."""
    of_a, of_b = a.loudness(np.round(places).astype(np.int64)), b.loudness(frames)
    return float((((of_a < SILENT_DB) != (of_b < SILENT_DB)) & (np.abs(of_a - of_b) > SILENT_BELOW)).mean())


def _by_sound(frame: float, place: float, found: Sequence[SoundMatch]) -> float | None:
    """By how many frames A's place is further on by the sound alone."""
    time_us = frame * FRAME_US
    for piece in found:
        if piece.b.start_us <= time_us < piece.b.end_us:
            there = piece.a.start_us + piece.rate * (time_us - piece.b.start_us)
            return there / FRAME_US - place
    return None
