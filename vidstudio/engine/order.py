"""Which rows of an edit list run in the order of A, whatever they are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.types import Edit

Ints = NDArray[np.int64]


def in_order(edits: Sequence[Edit]) -> list[bool]:
    """Of edits in the order of B those matched ones that make up most of B without going back in A."""
    matched = [number for number, edit in enumerate(edits) if edit.a is not None and edit.b is not None]
    starts = np.array([edits[number].a.start_us for number in matched], np.int64)  # type: ignore[union-attr]
    ends = np.array([edits[number].a.end_us for number in matched], np.int64)  # type: ignore[union-attr]
    result = [False] * len(edits)
    if (starts[1:] >= ends[:-1]).all():
        kept = list(range(len(matched)))
    else:
        lengths = np.array([edits[number].b.duration_us for number in matched], np.int64)  # type: ignore[union-attr]
        kept = _heaviest(starts, ends, lengths)
    for place in kept:
        result[matched[place]] = True
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
