"""A small print of sound: how loud it is in each band of pitch, a hundred times a second."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
"""Samples a second that prints are made of."""
FRAME_US = 10_000
"""Time between frames of a print; frame k is centred on k times this."""
HOP = 160
WINDOW = 512
BANDS = 24
QUIETEST_DB = -110.0
_STEP_DB = 0.5
_LOW_HZ, _HIGH_HZ = 60.0, 7600.0

Levels = NDArray[np.uint8]
Decibels = NDArray[np.float32]


def levels(samples: NDArray[np.float32]) -> Levels:
    """Bands uint8 (N, 24) of sound float32 (n, channels) at `RATE`.

    Frame i looks at samples `i * HOP .. i * HOP + WINDOW`; N is how many of these there are. Bands hold the power of
    all channels together, so that they stay when channels are joined, parted or turned over.
    """
    count = max(0, (len(samples) - WINDOW) // HOP + 1)
    bands = np.zeros((count, BANDS), np.float32)
    for channel in range(samples.shape[1] if count else 0):
        pieces = np.lib.stride_tricks.sliding_window_view(samples[:, channel], WINDOW)[::HOP][:count]
        spectrum = np.fft.rfft(pieces * _window(), axis=1)
        bands += (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ _filters()
    return quantized(bands)


def quantized(power: NDArray[np.float32]) -> Levels:
    """Power (mean square of samples in -1..1) as steps of half a decibel above `QUIETEST_DB`."""
    level = 10 * np.log10(np.maximum(power, 1e-12))
    return np.clip(np.round((level - QUIETEST_DB) / _STEP_DB), 0, 255).astype(np.uint8)


def decibels(steps: Levels) -> Decibels:
    """What `quantized` wrote, in dB of full scale."""
    return np.asarray(steps.astype(np.float32) * np.float32(_STEP_DB) + np.float32(QUIETEST_DB), np.float32)


@lru_cache(maxsize=1)
def _window() -> NDArray[np.float32]:
    return np.hanning(WINDOW).astype(np.float32)


@lru_cache(maxsize=1)
def _filters() -> NDArray[np.float32]:
    """Overlapping triangles, evenly wide on the mel scale: float32 (WINDOW // 2 + 1, BANDS).

    Scaled so that the bands of a frame add up to the mean square of its samples.
    """
    pitch = _mel(np.linspace(0, RATE / 2, WINDOW // 2 + 1))
    edges = np.linspace(_mel(np.array(_LOW_HZ)), _mel(np.array(_HIGH_HZ)), BANDS + 2)
    rise = (pitch[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - pitch[:, None]) / (edges[2:] - edges[1:-1])
    shape = np.clip(np.minimum(rise, fall), 0, None)
    scaled: NDArray[np.float32] = (2 * shape / (WINDOW * (_window() ** 2).sum())).astype(np.float32)
    return scaled


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(2595 * np.log10(1 + hertz / 700), np.float64)
