"""Coarse alignment: which stretches of B are which stretches of A, by repeated local alignment.

Smith-Waterman with affine gaps (Gotoh 1982) on a similarity matrix, vectorised along rows. After each
alignment its rows (B) are taken out and the search goes on, so moved and reused shots are found; columns
(A) stay, because a shot may be used twice.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Described = NDArray[np.float16]

_OPEN = 1.2
_EXTEND = 0.02
_THRESHOLD = 0.4
_MASKED = -4.0


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of B that follows a stretch of A: rows (B) and columns (A) of the matrix, both int32 (N,), rising.

    score: the sum of what the matched cells are above the threshold.
    """

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    score: float


def similarity(a: list[Described], b: list[Described], a_at: NDArray[np.int64], b_at: NDArray[np.int64]) -> Floats:
    """Coarse similarity (rows of B, columns of A) of unit descriptors: the best of windows and neighbours.

    a, b: descriptors (frames, D) of each window. a_at: (columns, K) frames that stand for a column.
    b_at: (rows,) frame that stands for a row.
    """
    best = np.full((len(b_at), len(a_at)), -1, np.float32)
    for of_a in a:
        for of_b in b:
            rows = of_b[b_at].astype(np.float32)
            for neighbour in range(a_at.shape[1]):
                np.maximum(best, rows @ of_a[a_at[:, neighbour]].astype(np.float32).T, out=best)
    return best


def runs(matrix: Floats, least_score: float = 1.2, most: int = 400) -> list[Run]:
    """All stretches of B found in A, best first, each split where the alignment has a gap."""
    score = (matrix - _THRESHOLD) / (1 - _THRESHOLD)
    score = np.maximum(score, -1).astype(np.float32)
    found: list[Run] = []
    for _ in range(most):
        rows, columns, best = _local_alignment(score)
        if best < least_score:
            break
        for part in _split_at_gaps(rows, columns):
            value = float(np.maximum(score[rows[part], columns[part]], 0).sum())
            found.append(Run(rows[part], columns[part], value))
        score[rows] = _MASKED
    return found


def _local_alignment(score: Floats) -> tuple[NDArray[np.int32], NDArray[np.int32], float]:
    """Best local alignment: matched rows and columns, rising, and its score."""
    height, width = score.shape
    come_from = np.zeros((height, width), np.uint8)  # 0 start, 1 diagonal, 2 from above, 3 from the left
    from_row = np.zeros((height, width), np.int32)
    from_column = np.zeros((height, width), np.int32)
    steps = np.arange(width, dtype=np.float32) * _EXTEND
    previous = np.zeros(width, np.float32)
    above = np.full(width, -1e9, np.float32)
    above_source = np.zeros(width, np.int32)
    shifted = np.zeros(width, np.float32)
    best, best_at = 0.0, (0, 0)
    for row in range(height):
        shifted[1:] = previous[:-1]
        diagonal = shifted + score[row]
        opened = previous - _OPEN
        above = above - _EXTEND
        fresh = opened > above
        above = np.where(fresh, opened, above)
        above_source = np.where(fresh, row - 1, above_source).astype(np.int32)
        here = np.maximum(np.maximum(diagonal, above), 0)
        source = np.where(here <= 0, 0, np.where(diagonal >= above, 1, 2)).astype(np.uint8)
        reach = np.maximum.accumulate(here + steps)
        is_top = here + steps >= reach
        top_column = np.maximum.accumulate(np.where(is_top, np.arange(width), 0)).astype(np.int32)
        left = np.full(width, -1e9, np.float32)
        left[1:] = reach[:-1] - steps[1:] - _OPEN + _EXTEND
        is_left = left > here
        source[is_left] = 3
        from_column[row, 1:] = top_column[:-1]
        from_row[row] = above_source
        come_from[row] = source
        previous = np.maximum(here, left)
        column = int(np.argmax(previous))
        if previous[column] > best:
            best, best_at = float(previous[column]), (row, column)
    return *_trace(come_from, from_row, from_column, best_at, best > 0), best


def _trace(
    come_from: NDArray[np.uint8],
    from_row: NDArray[np.int32],
    from_column: NDArray[np.int32],
    end: tuple[int, int],
    any_found: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    rows: list[int] = []
    columns: list[int] = []
    row, column = end
    while any_found and row >= 0 and column >= 0 and come_from[row, column]:
        step = come_from[row, column]
        if step == 1:
            rows.append(row)
            columns.append(column)
            row, column = row - 1, column - 1
        elif step == 2:
            row = int(from_row[row, column])
        else:
            column = int(from_column[row, column])
    return np.array(rows[::-1], np.int32), np.array(columns[::-1], np.int32)


def _split_at_gaps(rows: NDArray[np.int32], columns: NDArray[np.int32]) -> list[slice]:
    """Pieces without a jump of more than one cell off the diagonal."""
    drift = np.abs(np.diff(rows.astype(np.int64) - columns))
    breaks = np.flatnonzero((drift > 1) | (np.diff(rows) > 3)) + 1
    edges = [0, *breaks.tolist(), len(rows)]
    return [slice(low, high) for low, high in itertools.pairwise(edges) if high > low]
