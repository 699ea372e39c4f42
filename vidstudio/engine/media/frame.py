"""One decoded picture. What only shows pictures need not load the decoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a video as it is shown. pixels: uint8 (h, w, 3) RGB, (h, w) luma or (h, w, 4) BGRA.

    damaged: parts of it are made up, or its own picture cannot be decoded and this is the last good one.
    """

    number: int
    start_us: int
    duration_us: int
    pixels: NDArray[np.uint8]
    damaged: bool = False
