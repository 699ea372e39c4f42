"""How sure a matched row is: how alike its pictures are, and how much less alike any other place in A is."""

from __future__ import annotations

import numpy as np

from vidstudio.engine.alignment.results import Alignment
from vidstudio.engine.alignment.stretches import Range

_BY_ORDER = 0.7
_BY_LIKENESS = 0.3


def of_row(found: Alignment, b: Range, *, in_order: bool) -> float:
    """0..1 for frames of B that are matched.

    Still or repeated material fits several places in A. That it goes on in order speaks for the place that was
    chosen; what is out of order has nothing but its pictures to speak for it.
    """
    part = slice(b.first, b.after)
    room = max(1e-6, 1 - found.likeness_new)
    alike = float(np.clip((found.likeness[part].mean() - found.likeness_new) / room, 0, 1))
    if not len(found.distinct):
        return alike
    without = _BY_ORDER if in_order else _BY_LIKENESS
    return alike * (without + (1 - without) * float(found.distinct[part].mean()))
