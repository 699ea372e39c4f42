"""To which of two places in A frames of B lean: what is left of them, held against how the two places differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import gains, levelled

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_BACK = -0.35
_OF_NORMAL = 1.4826
_BATCH = 512


@dataclass(frozen=True, slots=True)
class Leaning:
    """to: -1 where frames of B are what A shows at one place, 1 at the other, near 0 where they are neither or both.

    plain: how far the two places are apart, in units of what is left of B at half way between them; where that is
    little, coding decides, which holds what hardly changes.
    """

    to: float
    plain: float

    def is_back(self, plain: float) -> bool:
        """Whether the frames are rather what A shows at the first place, which is more than so plain."""
        return self.plain > plain and self.to < _BACK


def leaning(seen: Seen, b_frames: Ints, one: Ints | Map, other: Ints | Map) -> Leaning:
    """Whether frames of B, taken together, are rather those frames of A or those others.

    With A1 and A2 the two pictures in B's brightness and contrast and R what is left of B at their mean, that is
    the matched filter sum(2 R (A2 - A1)) / sum((A2 - A1)^2): noise of B has no share in it, however strong.
    """
    along, between, left = 0.0, 0.0, []
    for start in range(0, len(b_frames), _BATCH):
        some = slice(start, start + _BATCH)
        of_one, of_b = seen.pairs(b_frames[some], one[some])
        of_other, _ = seen.pairs(b_frames[some], other[some])
        a1, a2, b = (levelled(part) for part in (of_one, of_other, of_b))
        middle: Floats = (a1 + a2) / np.float32(2)
        gain = gains(middle, b)
        rest, step = b - gain * middle, gain * (a2 - a1)
        along += float(2 * (rest * step).sum())
        between += float((step * step).sum())
        left.append(_OF_NORMAL * np.median(np.abs(rest), axis=1))
    if between <= 0:
        return Leaning(0.0, 0.0)
    apart = np.sqrt(between / (len(b_frames) * seen.b[0].size))
    return Leaning(along / between, apart / max(float(np.concatenate(left).mean()), 1e-3))
