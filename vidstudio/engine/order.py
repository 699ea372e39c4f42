"""Which rows of an edit list run in the order of A, whatever they are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.types import Edit

Ints = NDArray[np.int64]


def in_order(edits: Sequence[Edit]) -> list[bool]:
    """Of edits in the order of B those matched ones that make up most of B without going back in A."""
    matched = [
        (number, edit.a, edit.b) for number, edit in enumerate(edits) if edit.a is not None and edit.b is not None
    ]
    starts = np.array([a.start_us for _, a, _ in matched], np.int64)
    ends = np.array([a.end_us for _, a, _ in matched], np.int64)
    result = [False] * len(edits)
    if (starts[1:] >= ends[:-1]).all():
        kept = list(range(len(matched)))
    else:
        kept = _heaviest(starts, ends, np.array([b.duration_us for _, _, b in matched], np.int64))
    for place in kept:
        result[matched[place][0]] = True
    return result


def _heaviest(starts: Ints, ends: Ints, lengths: Ints) -> list[int]:
    """The heaviest chain of spans (N,) that rise."""
    total, before = lengths.copy(), np.full(len(starts), -1)
    for place in range(1, len(starts)):
        weights = np.where(ends[:place] <= starts[place], total[:place], -1)
        best = int(weights.argmax())
        if weights[best] > 0:
            total[place] += weights[best]
            before[place] = best
    chain = [int(total.argmax())]
    while before[chain[-1]] >= 0:
        chain.append(int(before[chain[-1]]))
    return chain[::-1]
