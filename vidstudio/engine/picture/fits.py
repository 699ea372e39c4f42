"""Fits of how B's tones and colours follow from A's, in which points that follow nothing have no say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture.medians import median

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

CAUTIOUS = 4
"""At least so many rounds of a fit that starts afresh rule no point out."""
LEAST_SPREAD = 1.5
"""Levels that points are off in any case."""

_TERMS = 10
_MOST_CAUTIOUS, _SETTLED = 16, 0.02
"""At most so many; fewer where one gains less than so many levels."""
_FAR_OFF = 20.0
_BLACK, _WHITE = 4.0, 250.0
_RIDGE = 2e-5
_LEVELS = np.arange(256, dtype=np.float32) / np.float32(255)
TABLE = np.stack([_LEVELS, _LEVELS**2, np.sqrt(_LEVELS)], axis=1)
"""What is summed up of each channel: enough for gains, lifts, gammas and contrasts of each."""
IDENTITY = np.zeros((_TERMS, 3), np.float32)
IDENTITY[1, 0] = IDENTITY[4, 1] = IDENTITY[7, 2] = 255


def _held() -> Floats:
    """How strongly each term of each channel (3, 10) is kept from moving where the points do not say."""
    # a channel follows itself; that it follows another, or bends with it, has to be well founded
    held = np.tile(np.array([0.3] + [4.0, 20.0, 20.0] * 3, np.float32), (3, 1))
    for channel in range(3):
        held[channel, 1 + 3 * channel : 4 + 3 * channel] = (1.0, 3.0, 3.0)
    return held


_HELD = _held()


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights (10, 3), what they make of points (N, 3), what those are meant to be, and how far they are off (N,)."""

    weights: Floats
    fitted: Floats
    meant: Floats
    apart: Floats

    @property
    def off(self) -> float:
        """How far points are off on average, those that are far off all alike."""
        return float(np.minimum(self.apart, _FAR_OFF).mean())

    @property
    def left(self) -> float:
        """The share of points that are left over."""
        return float((self.apart > 4 * max(LEAST_SPREAD, median(self.apart))).mean())


def fitted(basis: Floats, target: Floats, start: tuple[Floats, Floats], cautious: int, rounds: int) -> Fit:
    """Rounds of a fit, the cautious ones first. start: what the points are meant to become, and how far they are off.

    One that starts afresh is cautious until it has settled: what has few colours like its own is learned late.
    """
    meant, apart = start
    before = np.inf
    for turn in range(_MOST_CAUTIOUS if cautious == CAUTIOUS else cautious):
        one = _round(basis, target, meant, _trusted(apart, cautious=True))
        meant, apart = one.meant, one.apart
        if turn + 1 >= CAUTIOUS and one.off > before - _SETTLED:
            break
        before = one.off
    for _ in range(rounds):
        one = _round(basis, target, meant, _trusted(apart, cautious=False))
        meant, apart = one.meant, one.apart
    return one


def _round(basis: Floats, target: Floats, meant: Floats, trust: Floats) -> Fit:
    weights = _solved(basis, meant, trust)
    becomes = basis @ weights
    meant = unclipped(target, becomes)
    return Fit(weights, becomes, meant, apart_of(becomes, meant))


def terms_of(points: Bytes) -> Floats:
    """Terms of the fit (N, 10) of points (N, 3): one, and three of each channel."""
    result = np.ones((len(points), _TERMS), np.float32)
    result[:, 1:] = TABLE[points].reshape(len(points), -1)
    return result


def unclipped(target: Floats, fitted: Floats) -> Floats:
    """What the points would be if a grade that goes beyond white or black were not cut off there."""
    beyond = ((target >= _WHITE) & (fitted > target)) | ((target <= _BLACK) & (fitted < target))
    return np.where(beyond, fitted, target)


def apart_of(fitted: Floats, target: Floats) -> Floats:
    """How far points (N, 3) are off, in the channel that is most."""
    error = np.abs(fitted - target)
    result: Floats = np.maximum(error[:, 0], np.maximum(error[:, 1], error[:, 2]))
    return result


def _trusted(apart: Floats, cautious: bool) -> Floats:
    """Weight of each point: little where it is far off; while the fit is `cautious` none is ruled out."""
    spread = max(LEAST_SPREAD, 1.5 * median(apart))
    ratio = apart / np.float32(spread)
    trust = 1 / (1 + ratio) if cautious else 1 / (1 + ratio * ratio) ** 2
    return np.asarray(trust, np.float32)


def _solved(basis: Floats, target: Floats, trust: Floats) -> Floats:
    """Weights (10, 3) of the fit, each held near no grade at all where the points do not say."""
    heavy = basis * trust[:, None]
    normal, wanted = heavy.T @ basis, heavy.T @ target
    strength = np.float32(_RIDGE * float(trust.sum()) + 1e-4)
    held = _HELD * strength
    ridge = np.zeros((3, _TERMS, _TERMS), np.float32)
    ridge[:, range(_TERMS), range(_TERMS)] = held
    solved = np.linalg.solve(normal + ridge, (wanted.T + held * IDENTITY.T)[:, :, None])
    return np.asarray(solved[:, :, 0].T, np.float32)
