"""From coarse runs to the narrow bands in which the exact pass looks."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import PLAIN, Look
from vidstudio.engine.alignment.edits import stretches
from vidstudio.engine.alignment.search import coarse, exact

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

_STRAIGHT_CELLS = 1.2
_ENTRY = 0.15
_SLIPS = 0.3
_OTHER_PACE = 0.08
_LEAST_CELLS = 4
_FROZEN_CELLS = 3


@dataclass(frozen=True, slots=True)
class Band:
    """What tracks of one pair share: frames of A and B, A's at the time of each of B's, and how far to look.

    natural: int64 (frames of B,), going on at A's pace beyond its end. radius: in frames of A. reach: by how many
    frames of B a track is longer than its run, at both ends.
    """

    a_frames: int
    b_frames: int
    natural: Ints
    radius: int
    reach: int


def tracks(run: coarse.Run, b_at: Ints, a_at: Ints, band: Band, look: Look = PLAIN) -> list[exact.Track]:
    """A run's frames of B, stretched at both ends, and the frames of A it points to: at A's pace.

    Where its own is another one, or it goes backward, there is a track along each straight part of it too, and
    one where A is held.
    a_at (columns,) and b_at (rows,) are the frames in the middle of cells.
    """
    rows, shown = b_at[run.rows], a_at[run.columns]
    cell = max(1.0, float(np.median(np.diff(a_at)))) if len(a_at) > 1 else 1.0
    result = []
    if run.layer.direction > 0:
        first, after = _stretched(rows, band)
        natural = band.natural[first:after]
        calm = _smoothed(shown - band.natural[rows], 5)
        centers = natural + np.rint(np.interp(np.arange(first, after), rows, calm)).astype(np.int64)
        result.append(exact.Track(first, centers, natural, look, entry=0.0 if run.layer.plain else _ENTRY))
    at, calm = rows.astype(np.float64), _smoothed(shown, 3)
    edges = [0, *_bends(at, calm, _STRAIGHT_CELLS * cell), len(rows)]
    for low, high in itertools.pairwise(edges):
        if high - low < min(_LEAST_CELLS, len(rows)) or rows[high - 1] == rows[low]:
            continue
        slope, start = np.polyfit(at[low:high], calm[low:high], 1)
        usual = np.polyfit(at[low:high], band.natural[rows[low:high]], 1)[0]
        if run.layer.direction < 0 or abs(slope / max(usual, 1e-3) - 1) > _OTHER_PACE:
            first, after = _stretched(rows[low:high], band)
            course = np.rint(start + slope * np.arange(first, after)).astype(np.int64)
            result.append(exact.Track(first, course, course, look, slips=_SLIPS, entry=_ENTRY))
    for part in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(run.columns)) + 1):
        if len(part) >= _FROZEN_CELLS:
            first, after = _stretched(rows[part], band)
            course = np.full(after - first, shown[part[0]], np.int64)
            result.append(exact.Track(first, course, course, look, slips=1.0, entry=_ENTRY))
    return result


def _stretched(rows: Ints, band: Band) -> tuple[int, int]:
    """First frame of B and one past the last of a track along those rows."""
    return max(0, int(rows[0]) - band.reach), min(band.b_frames, int(rows[-1]) + band.reach + 1)


def _bends(at: Reals, values: Reals, off: float) -> list[int]:
    """Between which of the points straight lines have to end so that none is farther off than that."""
    if len(at) < 2 * stretches.LEAST_FOR_A_LINE or at[0] == at[-1]:
        return []  # few, or all one picture that is shown for long
    slope, start = np.polyfit(at, values, 1)
    if np.abs(values - start - slope * at).max() <= off:
        return []
    middle = stretches.bend(at, values)
    return [*_bends(at[:middle], values[:middle], off), middle,
            *(middle + one for one in _bends(at[middle:], values[middle:], off))]  # fmt: skip


def _smoothed(values: Ints, over: int) -> Reals:
    """Running median, so that one wrong cell does not move the band."""
    padded = np.pad(values.astype(np.float64), over // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, over), axis=1)
