"""How much faster or slower one version runs than the other all through."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidstudio.engine.alignment.cells import Cells, Pictures

MANY_SLIPS = 0.02
"""Share of cells that slip from which on another speed is likely."""

_SPEEDS = (0.5, 0.6, 2 / 3, 0.75, 0.8, 0.9, 24 / 25, 1.0, 25 / 24, 1.1, 1.2, 1.25, 4 / 3, 1.5, 1.75, 2.0)
_CLEARLY_CHEAPER = 0.75
_LONGEST_CELLS = 1_500


def speed(a: Pictures, b: Pictures, cell_us: int) -> float:
    """At which speed most of B is the cheapest way through A; 1 where no other is clearly cheaper.

    Of a long B only a part from its middle is tried.
    """
    part = _middle(b, _LONGEST_CELLS * cell_us)
    prices = {}
    for one in _SPEEDS:
        prices[one] = Cells(a, part, cell_us, one).way().price / one
    best = min(prices, key=lambda one: prices[one])
    return best if prices[best] < _CLEARLY_CHEAPER * prices[1.0] else 1.0


def _middle(video: Pictures, longest_us: int) -> Pictures:
    if video.duration_us <= longest_us:
        return video
    start = (video.duration_us - longest_us) // 2
    low, high = np.searchsorted(video.starts_us, (start, start + longest_us)).tolist()
    return replace(
        video,
        thumbs=video.thumbs[low:high],
        starts_us=video.starts_us[low:high] - video.starts_us[low],
        duration_us=longest_us,
    )
