"""Where frames of A are left out though rounding jumps too: what is ahead of the clock stays ahead.

At another frame rate or speed, which frame of A is on screen jumps by up to a frame all the time; against the clock
that adds up to nothing. Where two frames or more are left out, all that follows is as far ahead as that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits import speeds

Reals = NDArray[np.float64]

_OWN = 1.2
_LASTING, _SUDDEN = 1.25, 0.75
_SPREAD, _MOSTLY = 1.2, 0.1
_AROUND = (24, 12)
_NEAR = 24
_SHORTEST = 8
_CALM = 3


def jumps(offsets: Reals, low: int, high: int, lines: Sequence[speeds.Line], rate: float) -> list[int]:
    """First ones, of frames `low..high-1`, of what is two frames of A or more ahead of what is before it, and stays so.

    offsets: float64 (frames of B,), how many frames of A is ahead of the clock. lines: the speeds that A may have, and
    where, or near it. rate: frames of A in the time of one of B.
    """
    found: list[int] = []
    candidates = low + 1 + np.flatnonzero(np.diff(offsets[low:high]) >= _OWN)
    for at in candidates.tolist():
        near = (line for line in lines if line.low - _NEAR <= at <= line.high + _NEAR)
        # through a fast shot a frame of B that was lost is no more than that
        if any(_lasts(line.off(offsets, low, high), at - low, max(1.0, 1 + line.slope / rate)) for line in near):
            found.append(at)
            low = at
    return found


def _lasts(level: Reals, at: int, speed: float) -> bool:
    """Whether it is level before that place and, higher, after it."""
    return any(_is_step(level[max(0, at - around) : at], level[at : at + around], speed) for around in _AROUND)


def _is_step(before: Reals, after: Reals, speed: float) -> bool:
    """Whether one is higher than the other, each is nearly level, and it is no slope that leads from one to the other.

    Rounding looks like a slope too, as long as it comes to one frame.
    """
    if min(len(before), len(after)) < _SHORTEST:
        return False
    # a frame that is off says nothing
    before, after = speeds.calmed(before, _CALM), speeds.calmed(after, _CALM)
    spread = max(float(np.ptp(np.quantile(side, (_MOSTLY, 1 - _MOSTLY)))) for side in (before, after))
    step = float(after.mean() - before.mean())
    return spread <= _SPREAD and step >= _LASTING * speed and step - _rise(before, after) >= _SUDDEN


def _rise(before: Reals, after: Reals) -> float:
    """How much a slope that both share makes of the step from one to the other."""
    sides = [(np.arange(len(side)) - (len(side) - 1) / 2, side - side.mean()) for side in (before, after)]
    slope = sum(float(at @ side) for at, side in sides) / sum(float(at @ at) for at, _ in sides)
    return slope * (len(before) + len(after)) / 2
