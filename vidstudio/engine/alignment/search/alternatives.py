"""Where else in A what B shows could come from: a shot that A has twice, black, a still that comes again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.stretches import unbroken
from vidstudio.engine.alignment.search.cells import Cells

Ints = NDArray[np.int64]

_LEAST_CELLS = 5
_SAMPLES = 16
_DISTINCT = 0.5
_BESIDE = 10
_AS_ALIKE, _NOWHERE_LESS = 0.02, 0.08
"""Of 1 - similarity: in all, and at any of the samples but a few."""


def alternatives(frame_map: NDArray[np.int32], cells: Cells, a_starts: Ints, b_starts: Ints) -> NDArray[np.int32]:
    """Stretches that another place in A fits as well: int32 (N, 4), first and one past the last frame of B, then of A.

    Of each stretch of B that follows A without a jump, as a whole: in a part of it anything may come again.
    """
    column_of = np.searchsorted(cells.a_at, np.arange(len(a_starts)))
    found = []
    for part in unbroken(frame_map, a_starts, b_starts):
        rows = np.flatnonzero((cells.b_at >= part.first) & (cells.b_at < part.after))
        if len(rows) < _LEAST_CELLS:
            continue
        columns = np.minimum(column_of[frame_map[cells.b_at[rows]]], len(cells.a_at) - 1)
        if float(cells.margins(rows, columns).mean()) > _DISTINCT:
            continue
        shift = _other_place(rows, columns, cells)
        if shift is not None:
            shown = frame_map[part.first : part.after]
            on = int(cells.a_at[columns[0] + shift] - cells.a_at[columns[0]])
            first = max(0, int(shown.min()) + on)
            found.append((part.first, part.after, first, min(len(a_starts), int(shown.max()) + 1 + on)))
    return np.array(found, np.int32).reshape(-1, 4)


def _other_place(rows: Ints, columns: Ints, cells: Cells) -> int | None:
    """By how many cells further on or back in A these rows are as much alike as at their columns, if anywhere."""
    some = np.unique(np.linspace(0, len(rows) - 1, _SAMPLES).astype(int))
    unlike = cells.unlike(rows[some])[0]
    low, high = int(columns.min()), len(cells.a_at) - int(columns.max())
    apart = np.stack([line[at - low : at + high] for line, at in zip(unlike, columns[some].tolist(), strict=True)])
    apart = apart - apart[:, low : low + 1]
    fits = (apart.mean(axis=0) < _AS_ALIKE) & (np.quantile(apart, 0.9, axis=0) < _NOWHERE_LESS)
    length = int(np.ptp(columns)) + 1
    fits[max(0, low - max(length, _BESIDE)) : low + max(length, _BESIDE)] = False
    where = np.flatnonzero(fits)
    return int(where[np.argmin(apart.mean(axis=0)[where])]) - low if len(where) else None
