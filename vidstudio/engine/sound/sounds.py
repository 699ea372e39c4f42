"""Two sounds side by side: how far a stretch of one is from a stretch of the other, and where it fits best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import SoundPrint
from vidstudio.engine.sound.prints import BANDS, QUIETEST_DB, decibels, quantized

Floats = NDArray[np.float32]

SILENT_DB = -60.0
"""Sound softer than this is silence where the other version is louder by `SILENT_BELOW`."""
SILENT_BELOW = 20.0

_DEEP_DB = 50.0
"""What is this much softer than the loud parts of its band is a codec's business."""
_DEAF_DB = 60.0
"""A band this much softer than the loudest holds nothing to compare."""
_NOTHING_DB = -85.0
_FAINT_DB = -75.0
_SHORTEST = 30
_PLAIN_DB = 3.0
"""Differences up to about this size say little where sound is even."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The prints of one video put together. bands: uint8 (N, 24), frames of `FRAME_US`.

    floor: uint8 (24,), below which a band's level means nothing. loud: float32 (24,), dB of each band's loud parts.
    """

    bands: NDArray[np.uint8]
    floor: NDArray[np.uint8]
    loud: Floats

    @classmethod
    def of(cls, prints: Iterable[SoundPrint]) -> Sound:
        """Of all prints of a video in order; without sound there are no frames."""
        parts = list(prints)
        bands = np.concatenate([one.bands for one in parts] or [np.zeros((0, BANDS), np.uint8)])
        heard = bands[bands.max(axis=1, initial=0) > quantized(np.array([10 ** (_FAINT_DB / 10)], np.float32))[0]]
        if not len(heard):
            return cls(bands, np.zeros(BANDS, np.uint8), np.full(BANDS, QUIETEST_DB, np.float32))
        loud = decibels(np.percentile(heard[:: max(1, len(heard) // 60_000)], 95, axis=0).astype(np.uint8))
        floor = np.maximum(loud - _DEEP_DB, _NOTHING_DB - 5)
        return cls(bands, quantized(10 ** (floor / 10)), loud)

    def __len__(self) -> int:
        return len(self.bands)

    @property
    def floor_db(self) -> Floats:
        """The floor in dB: float32 (24,)."""
        return decibels(self.floor)

    @property
    def loud_db(self) -> float:
        """Level of its loud parts in dB of full scale."""
        return _sum_db(self.loud)

    @property
    def silent(self) -> bool:
        """Whether there is nothing to be heard."""
        return self.loud_db < _NOTHING_DB + 15

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Which bands hold sound: bool (24,)."""
        live: NDArray[np.bool_] = (self.loud > _NOTHING_DB) & (self.loud > self.loud.max() - _DEAF_DB)
        return live

    def at(self, frames: NDArray[np.int64]) -> Floats:
        """Levels in dB, the floor at least: float32 (n, 24). Frames outside are as the nearest."""
        picked = np.maximum(self.bands[np.clip(frames, 0, len(self) - 1)], self.floor)
        return decibels(picked)

    def loudness(self, frames: NDArray[np.int64]) -> Floats:
        """Power of all bands in dB of full scale: float32 (n,); silence outside."""
        inside = (frames >= 0) & (frames < len(self))
        power = 10 ** (decibels(self.bands[np.clip(frames, 0, max(0, len(self) - 1))]) / 10)
        return np.where(inside, 10 * np.log10(power.sum(axis=1)), QUIETEST_DB).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Fine:
    """A fit: by how many frames A's place is later than was thought, and how alike both are there (0..1)."""

    frames: float
    likeness: float


def shared_bands(a: Sound, b: Sound) -> NDArray[np.bool_]:
    """Bands in which both hold sound: bool (24,)."""
    if not len(a) or not len(b) or a.silent or b.silent:
        return np.zeros(BANDS, bool)
    shared: NDArray[np.bool_] = a.alive & b.alive
    return shared


def fit(
    a: Sound, b: Sound, shared: NDArray[np.bool_], frames: NDArray[np.int64], places: NDArray[np.float64], reach: int
) -> Fine | None:
    """Where frames of B (int64, rising) fit best in A, within `reach` frames around their `places` (float64) there.

    None where A or B have ended, or for less than 0.3 s.
    """
    inside = (frames >= 0) & (frames < len(b)) & (places > -reach) & (places < len(a) + reach)
    if inside.sum() < max(_SHORTEST, 0.5 * len(frames)):
        return None
    frames, places = frames[inside], places[inside]
    rate = (places[-1] - places[0]) / (frames[-1] - frames[0])
    beside = rate * np.arange(1, reach + 1)
    around = np.round(np.concatenate([places[0] - beside[::-1], places, places[-1] + beside])).astype(np.int64)
    wanted = b.at(frames)[:, shared]
    wanted = wanted - wanted.mean(axis=0)
    there = a.at(around)[:, shared]
    there = there - there.mean(axis=0)
    products = np.zeros(2 * reach + 1)
    power = np.zeros(2 * reach + 1)
    for band in range(wanted.shape[1]):
        products += np.correlate(there[:, band], wanted[:, band], "valid")
        power += _variances(there[:, band].astype(np.float64), len(frames))
    # 1 dB everywhere at least, so that even sound is like nothing
    size = np.maximum(np.sqrt(power * float((wanted * wanted).sum())), wanted.size)
    likeness = products / size
    best = int(likeness.argmax())
    rounding = float((np.round(places) - places).mean())
    return Fine((best - reach + _peak(likeness, best)) * rate + rounding, float(likeness[best]))


def _variances(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Sum of squares about the mean of every run of `length` values."""
    one = np.concatenate([[0.0], np.cumsum(values)])
    two = np.concatenate([[0.0], np.cumsum(values * values)])
    total: NDArray[np.float64] = (two[length:] - two[:-length]) - (one[length:] - one[:-length]) ** 2 / length
    return total


def _peak(values: NDArray[np.float64], at: int) -> float:
    """How far beside `at` the top of the curve lies, by a parabola."""
    if not 0 < at < len(values) - 1:
        return 0.0
    left, middle, right = values[at - 1 : at + 2]
    bend = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def distances(a: Floats, b: Floats, half: int) -> Floats:
    """How differently two sounds go, 0 (alike) to about 1, around each frame: float32 (n,).

    a, b: levels (n, bands) of frames that belong together, each less what its bands have on average. Windows reach
    `half` frames to each side; a level that differs all through a window does not count, and small differences of
    even sound count little.
    """
    size = _spread(a, half) + _spread(b, half) + 2 * _PLAIN_DB**2
    return np.sqrt(_spread(b - a, half) / size).astype(np.float32)


def _spread(values: Floats, half: int) -> NDArray[np.float64]:
    """Variance over a window of frames and all bands: float64 (n,)."""
    one = values.mean(axis=1, dtype=np.float64)
    two = (values.astype(np.float64) ** 2).mean(axis=1)
    return np.maximum(0, windowed(two, half) - windowed(one, half) ** 2)


def windowed(values: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    """Mean of `half` values to each side and the one between, fewer at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    mean: NDArray[np.float64] = (total[high] - total[low]) / (high - low)
    return mean


def _sum_db(levels: Floats) -> float:
    return float(10 * np.log10((10 ** (levels / 10)).sum()))
