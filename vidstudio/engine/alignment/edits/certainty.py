"""How sure a row is: how alike its pictures are, for how long, and whether another place is as alike."""

from __future__ import annotations

import numpy as np

from vidstudio.engine.alignment.edits.editlist import Row
from vidstudio.engine.alignment.edits.stretches import Range
from vidstudio.engine.alignment.results import Alignment

_BY_ORDER = 0.7
_BY_LIKENESS = 0.3
_ONE_LOOK = 12
_ROUNDED = 2
_LEAST_LOOKS, _MOST_LOOKS = 0.5, 3.0
"""Frames that follow one another say much the same: looks at a row that are worth counting."""


def of_row(found: Alignment, b: Range, *, in_order: bool) -> float:
    """0..1 for frames of B that are matched.

    What is only somewhat alike, such as under an overlay, is sure if it goes on for long. Still or repeated material
    fits several places in A. That it goes on in order speaks for the place that was chosen; what is out of order has
    nothing but its pictures to speak for it.
    """
    part = slice(b.first, b.after)
    room = max(1e-6, 1 - found.likeness_new)
    alike = float(np.clip((found.likeness[part].mean() - found.likeness_new) / room, 0, 1))
    looks = min(max(len(b) / _ONE_LOOK, _LEAST_LOOKS), _MOST_LOOKS)
    sure = 1 - float((1 - alike) ** looks)
    if not len(found.distinct):
        return sure
    without = _BY_ORDER if in_order else _BY_LIKENESS
    return sure * (without + (1 - without) * float(found.distinct[part].mean()))


def where(sure: float, slide: tuple[int, int]) -> float:
    """How sure it is that something was put in, or left out, just here, where that is as sure as `sure` somewhere."""
    return sure / (1 + sum(slide) / _ONE_LOOK)


def slide(found: Alignment, row: Row) -> tuple[int, int]:
    """By how many frames what was put in or left out could be earlier, and later."""
    side, at = (1, row.b.first) if row.b else (0, row.a.first if row.a else 0)
    near = found.slides[np.abs(found.slides[:, side] - at) <= _ROUNDED]
    return (int(near[0, 2]), int(near[0, 3])) if len(near) else (0, 0)


def elsewhere(found: Alignment, b: Range) -> list[tuple[int, int]]:
    """Other frames of A, first and one past the last, that these frames of B show as well as those they are given."""
    result = []
    for first, after, a_first, a_after in found.others.tolist():
        if not (first <= b.first and b.after <= after):
            continue
        whole, part = found.frame_map[first:after], found.frame_map[b.first : b.after]
        on = a_first - int(whole.min())
        low, high = int(part.min()) + on, int(part.max()) + 1 + on
        if low < high <= a_after:
            result.append((low, high))
    return result
