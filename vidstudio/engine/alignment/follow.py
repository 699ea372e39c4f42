"""Follows two videos while they are read: which frame of A does each frame of B probably show?

Only a guess, made early, so that a pair can be measured while both frames are at hand; the alignment decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.flags import leading

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

MEMORY = 3000
"""Frames of each video that are remembered: two minutes."""

RUN = 8
"""Frames in a row that must look alike to say that the videos meet."""

_LEVEL = 1.5
"""Added to every descriptor, so that two flat pictures are alike; others are ten times as long."""
_UNLIKE = 0.6
_ALIKE = 0.75
_SURELY_ALIKE = 0.85
_AS_GOOD = 0.005
_SLIPS = (-1, 1, -2, 2)
_SLIP_GAIN = 0.04
_SLIP_SHARE = 0.35
_FAR = 256
_NEAR = 12


class Ribbon:
    """The last frames of one video, `first..after-1`: their thumbnails and descriptors."""

    def __init__(self, first: int) -> None:
        self._start = self.after = first
        self._thumbs = np.zeros((0, descriptors.HEIGHT, descriptors.WIDTH), np.uint8)
        self._vectors = np.zeros((0, 0), np.float32)

    @property
    def first(self) -> int:
        """Number of the oldest frame that is remembered."""
        return max(self._start, self.after - MEMORY)

    def add(self, thumbs: Bytes) -> None:
        """Add the frames that follow, thumbnails (N, 28, 48)."""
        if not len(thumbs):
            return
        vectors = _vectors(thumbs)
        have = self.after - self._start
        if have + len(thumbs) > len(self._thumbs):
            kept = min(have, MEMORY)
            room = max(256, 2 * (kept + len(thumbs)))
            old = self._thumbs[have - kept : have], self._vectors[have - kept : have]
            self._thumbs = np.zeros((room, *thumbs.shape[1:]), np.uint8)
            self._vectors = np.zeros((room, *vectors.shape[1:]), np.float32)
            if kept:
                self._thumbs[:kept], self._vectors[:kept] = old
            self._start, have = self.after - kept, kept
        self._thumbs[have : have + len(thumbs)] = thumbs
        self._vectors[have : have + len(thumbs)] = vectors
        self.after += len(thumbs)

    def thumbs(self) -> Bytes:
        """Thumbnails of all frames remembered; a copy."""
        return self._thumbs[self.first - self._start : self.after - self._start].copy()

    def vectors(self, first: int, after: int) -> Floats:
        """Unit descriptors (after - first, D) of remembered frames."""
        return self._vectors[first - self._start : after - self._start]

    def vectors_of(self, numbers: Ints) -> Floats:
        """Unit descriptors of remembered frames."""
        result: Floats = self._vectors[numbers - self._start]
        return result

    def knows(self, numbers: Ints) -> NDArray[np.bool_]:
        """Which of the frames are remembered."""
        result: NDArray[np.bool_] = (numbers >= self.first) & (numbers < self.after)
        return result


def _vectors(thumbs: Bytes) -> Floats:
    raw = descriptors.features(thumbs)
    raw = np.concatenate([raw, np.full((len(raw), 1), _LEVEL, np.float32)], axis=1)
    result: Floats = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    return result


def likenesses(a: Ribbon, b: Ribbon, a_numbers: Ints, b_numbers: Ints) -> Floats:
    """Likeness -1..1 of pairs of frames; NaN where one is not remembered."""
    known = a.knows(a_numbers) & b.knows(b_numbers)
    result = np.full(len(b_numbers), np.nan, np.float32)
    result[known] = np.einsum("nd,nd->n", a.vectors_of(a_numbers[known]), b.vectors_of(b_numbers[known]))
    return result


def trusted(a: Ribbon, b: Ribbon, a_numbers: Ints, b_numbers: Ints) -> tuple[int, int]:
    """How many of these consecutive pairs, from the first on, look right, and by how many frames A slips then.

    A slip of 0 means: the rest (if any) is not A near there.
    """
    if not len(b_numbers):
        return 0, 0
    now = likenesses(a, b, a_numbers, b_numbers)
    if float((1 - now).sum()) <= _SLIP_GAIN:
        return len(b_numbers), 0  # no slip could gain as much
    wrong = np.nan_to_num(now, nan=-1) < _UNLIKE
    lone = wrong & ~np.append(wrong[1:], True) & ~np.insert(wrong[:-1], 0, False)
    wrong &= ~lone  # a flash, a damaged frame
    count = leading(~wrong)
    best, found = 0.0, (count, 0)
    for slip in _SLIPS:
        other = likenesses(a, b, a_numbers[:count] + slip, b_numbers[:count])
        gains = np.cumsum(np.nan_to_num(other - now[:count])[::-1])[::-1]
        if not len(gains):
            break
        at = int(np.argmax(gains))
        gain, missing = float(gains[at]), float((1 - now[at:count]).sum())
        if gain > max(best, _SLIP_GAIN, _SLIP_SHARE * missing):
            best, found = gain, (at, slip)
    at, slip = found
    return (at, _far_slip(a, b, a_numbers[at:count], b_numbers[at:count], slip)) if slip else found


def _far_slip(a: Ribbon, b: Ribbon, a_numbers: Ints, b_numbers: Ints, near: int) -> int:
    """By how many frames A slips, `near` or further: a still shot hides how far A is off until it ends."""
    low, high = max(a.first, int(a_numbers[0]) - _FAR), min(a.after, int(a_numbers[-1]) + _FAR + 1)
    slips = np.arange(low - int(a_numbers[0]), high - int(a_numbers[-1]))
    if not len(slips) or not b.knows(b_numbers).all():
        return near
    table = b.vectors_of(b_numbers) @ a.vectors(low, high).T
    alike = table[np.arange(len(b_numbers))[:, None], a_numbers[:, None] + slips - low].mean(axis=0)
    good = slips[alike >= alike.max() - _AS_GOOD / 10]
    best = int(good[np.argmin(np.abs(good))])
    # of the nearest some may not have been read yet
    now = likenesses(a, b, a_numbers + near, b_numbers)
    now = now[~np.isnan(now)]
    return best if not len(now) or alike[best - slips[0]] > now.mean() + _AS_GOOD else near


def meeting(
    a: Ribbon, b: Ribbon, natural: Ints, fresh: int, lost: tuple[int, int], *, onward: bool = False
) -> tuple[int, int] | None:
    """Where the videos run together again: a frame of A and the frame of B that shows it.

    natural: the frame of A at the time of each frame of B. fresh: how many frames of each are new since this was
    asked last. lost: the frames of A and B that came next when they got lost, of B the first that may be found.
    onward: A goes on from there, and not from what it showed before.
    Looks for a run of frames that are alike and end with the newest frame of one of the videos. Where that stands
    still A goes on from where it was, if that is as good: something was put in.
    """
    a_first, first = max(a.first, lost[0] if onward else 0), max(lost[1], b.first)
    ends = [end(a, b, natural, fresh, (a_first, first)) for end in (_ending_in_b, _ending_in_a)]
    found = [one for one in ends if one is not None]
    if not found:
        return None
    _, offset, last = max(found)
    numbers = np.arange(first, last + 1)
    start = _start(a, b, numbers, natural[numbers] + offset)
    if start is None:
        return None
    offset, start = _longest(a, b, numbers, natural[numbers], offset, start)
    on = lost[0] - int(natural[start])
    if _as_good(a, b, np.arange(start, last + 1), natural[start : last + 1], offset, on):
        offset = on
    return int(natural[start]) + offset, start


def _start(a: Ribbon, b: Ribbon, numbers: Ints, shown: Ints) -> int | None:
    """The first frame of B from which on all pairs are alike; None if the last of them is not."""
    alike = np.nan_to_num(likenesses(a, b, shown, numbers), nan=-1) >= _ALIKE
    if not len(alike) or not alike[-1]:
        return None
    unlike = np.flatnonzero(~alike)
    return int(numbers[unlike[-1] + 1]) if len(unlike) else int(numbers[0])


def _as_good(a: Ribbon, b: Ribbon, numbers: Ints, natural: Ints, offset: int, other: int) -> bool:
    """Whether another offset makes each pair as alike, so far as its frames of A are remembered."""
    here, there = (likenesses(a, b, natural + one, numbers) for one in (offset, other))
    known = ~np.isnan(there)
    as_good = there[known] >= here[known] - _AS_GOOD
    return len(as_good) >= min(RUN, len(numbers)) and bool(as_good.all())


def _longest(a: Ribbon, b: Ribbon, numbers: Ints, natural: Ints, offset: int, start: int) -> tuple[int, int]:
    """Of offsets near one, as good as it, that with the longest run, and its start; of such the most alike.

    A slow shot looks alike a few frames earlier and later too, but only with one offset do both begin at once.
    """
    run = slice(start - int(numbers[0]), None)
    best = (-start, float(np.nanmean(likenesses(a, b, natural[run] + offset, numbers[run]))), offset)
    for other in range(offset - _NEAR, offset + _NEAR + 1):
        if other == offset or not _as_good(a, b, numbers[run], natural[run], offset, other):
            continue
        known = a.knows(natural + other)
        at = _start(a, b, numbers[known], natural[known] + other)
        if at is not None:
            alike = likenesses(a, b, natural[run] + other, numbers[run])
            best = max(best, (-at, float(np.nanmean(alike)), other))
    return best[2], -best[0]


_End = tuple[float, int, int]
"""Likeness of a run, its offset, its last frame of B."""


def _ending_in_b(a: Ribbon, b: Ribbon, natural: Ints, fresh: int, first: tuple[int, int]) -> _End | None:
    """The best run, of frames of A and B from those on, whose last frame is one of B's newest."""
    columns, rows = np.arange(first[0], a.after), np.arange(max(first[1], b.after - RUN - fresh), b.after)
    if len(rows) < RUN or not len(columns):
        return None
    table = b.vectors(int(rows[0]), b.after) @ a.vectors(first[0], a.after).T
    at = natural[rows]
    offsets = _offsets(columns, at)
    best = _best(table, np.arange(len(rows))[:, None], at[:, None] + offsets - first[0], offsets)
    return None if best is None else (best[0], int(offsets[best[1]]), int(rows[best[2]]))


def _ending_in_a(a: Ribbon, b: Ribbon, natural: Ints, fresh: int, first: tuple[int, int]) -> _End | None:
    """The same, whose last frame is shown by one of A's newest."""
    columns, rows = np.arange(max(first[0], a.after - RUN - fresh), a.after), np.arange(first[1], b.after)
    if len(columns) < RUN or len(rows) < RUN:
        return None
    table = b.vectors(first[1], b.after) @ a.vectors(int(columns[0]), a.after).T
    offsets = _offsets(columns, natural[rows])
    # for each offset the last frame of B whose counterpart is there, and those before it
    last = np.searchsorted(natural[rows], columns[-1] - offsets, side="right") - 1
    back = np.arange(1 - min(RUN + fresh, len(rows)), 1)[:, None]
    at = last + back
    inside = np.clip(at, 0, len(rows) - 1)
    cells = np.where(at == inside, natural[rows][inside] + offsets - columns[0], -1)
    best = _best(table, inside, cells, offsets)
    if best is None:
        return None
    alike, at_offset, step = best
    end = last[at_offset] + int(back[step, 0])
    return alike, int(offsets[at_offset]), int(rows[min(max(end, 0), len(rows) - 1)])


def _offsets(of_a: Ints, natural: Ints) -> Ints:
    """By how much frames of A in a row can be off those that stand at the time of some frames of B, rising."""
    if natural[-1] - natural[0] <= 4 * len(natural):
        return np.arange(int(of_a[0] - natural[-1]), int(of_a[-1] - natural[0]) + 1)
    # a picture of B that stays for long
    return np.unique(of_a[:, None] - natural)


def _best(table: Floats, row: Ints, column: Ints, offsets: Ints) -> tuple[float, int, int] | None:
    """The best run of `RUN` steps in cells (steps, offsets) of a table: likeness, place of its offset, last step."""
    inside = (column >= 0) & (column < table.shape[1])
    values = np.where(inside, table[np.broadcast_to(row, column.shape), np.clip(column, 0, table.shape[1] - 1)], -1)
    sums = np.cumsum(np.concatenate([np.zeros((1, len(offsets)), np.float32), values]), axis=0)
    runs = (sums[RUN:] - sums[:-RUN]) / RUN
    if not runs.size or runs.max() < _SURELY_ALIKE:
        return None
    good = np.argwhere(runs >= runs.max() - _AS_GOOD)
    # of runs as good as one another the latest, so that a still shot is followed to its end; then the best
    start, at = good[np.lexsort((runs[good[:, 0], good[:, 1]], good[:, 0]))[-1]].tolist()
    return float(runs[start, at]), at, start + RUN - 1
