"""From coarse runs to the narrow bands in which the exact pass looks."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment import coarse, exact

Ints = NDArray[np.int64]

_EVERY = 8
_JUMP = 3


def track(run: coarse.Run, b_at: Ints, a_at: Ints, natural: Ints, radius: int, b_frames: int) -> exact.Track:
    """A run's frames of B, stretched at both ends, and the frames of A it points to.

    a_at (columns, K) and b_at (rows,) are the frames that stand for cells; natural as in `exact.align`.
    """
    rows, middle = b_at[run.rows], a_at[run.columns, a_at.shape[1] // 2]
    offsets = middle - natural[rows]
    first = max(0, int(rows[0]) - 3 * radius)
    after = min(b_frames, int(rows[-1]) + 3 * radius + 1)
    frames = np.arange(first, after)
    calm = _smoothed(offsets, 5)
    centers = natural[first:after] + np.rint(np.interp(frames, rows, calm)).astype(np.int64)
    return exact.Track(first, centers)


def refined(
    wide: exact.Track, natural: Ints, radius: int, a_frames: int, similarity: exact.Emission
) -> list[exact.Track]:
    """Tracks along the best offsets within `radius` of a track of long cells, one for each steady offset.

    Each is as long as where it may be, so that the exact pass decides where one ends and the next begins.
    """
    numbers = np.arange(0, len(wide.centers), _EVERY)
    offsets = np.empty(len(numbers), np.int64)
    for i, at in enumerate(numbers.tolist()):
        frame, center = wide.first + at, int(wide.centers[at])
        low, high = max(0, center - radius), min(a_frames, center + radius + 1)
        best = low + int(np.argmax(similarity(frame, frame + 1, low, high)[0])) if low < high else center
        offsets[i] = best - natural[frame]
    calm = np.rint(_smoothed(offsets, 7)).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.abs(np.diff(calm)) > _JUMP) + 1).tolist(), len(calm)]
    result = []
    for low, high in itertools.pairwise(edges):
        if high - low < 3:
            continue
        start = max(0, int(numbers[low]) - 2 * radius)
        after = min(len(wide.centers), int(numbers[high - 1]) + 2 * radius + 1)
        within = np.arange(start, after)
        shift = np.rint(np.interp(within, numbers[low:high], calm[low:high])).astype(np.int64)
        result.append(exact.Track(wide.first + start, natural[wide.first + start : wide.first + after] + shift))
    return result or [wide]


def _smoothed(values: Ints, over: int) -> NDArray[np.float64]:
    """Running median, so that one wrong cell does not move the band."""
    padded = np.pad(values.astype(np.float64), over // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, over), axis=1)
