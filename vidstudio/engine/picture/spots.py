"""From residuals of frames in a row to the points that differ steadily, and when: runs of hot points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture.residual import UNIT

Signed = NDArray[np.int8]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

LEVEL = 32
"""Level of what is just beyond what noise explains; less is only told where something stronger is beside it."""

CONTEXT = 12
"""Frames before and after that have a say in whether a point is hot."""

_WINDOW = 13
_ROUGH = 2.0
_AT_ONCE = 1.5
_WEAK = 0.45
_MEANT = 0.65
_SUPPORT = 3


@dataclass(frozen=True, slots=True)
class Spots:
    """Runs of hot points: point number, first frame and one past the last (positions in the block), level 1..255."""

    points: NDArray[np.int32]
    first: NDArray[np.int32]
    after: NDArray[np.int32]
    level: NDArray[np.uint8]


def spots(planes: Signed, low: int, high: int) -> tuple[Spots, Floats]:
    """Runs within frames `low..high-1` of planes int8 (N, 4, rows, columns), and the hot share of each of them."""
    strength, single = _strengths(planes)
    strong = _supported(strength > _MEANT)
    weak = single > _WEAK
    lines = weak[low:high].reshape(high - low, -1).T
    # a run at an edge goes on in the next block, which knows what comes after
    strong_lines = strong[low:high].reshape(high - low, -1).T
    levels = strength[low:high].reshape(high - low, -1).T
    share = (strong & (strength > 1))[low:high].mean(axis=(1, 2)).astype(np.float32)
    busy = np.flatnonzero(strong_lines.any(axis=1))
    found = _runs(lines[busy], strong_lines[busy], levels[busy])
    return Spots(busy[found.points].astype(np.int32), found.first, found.after, found.level), share


def _strengths(planes: Signed) -> tuple[Floats, Floats]:
    """How far each point is beyond what noise explains (1: as far as it takes): over a while, and in one frame."""
    luma, red, blue, other = (planes[:, i].astype(np.float32) * np.float32(1 / UNIT) for i in range(4))
    smooth = _smooth(luma)
    pooled, single = np.abs(_over_time(smooth, _WINDOW)), _brief(np.abs(smooth))
    # strokes of opposite sign lie side by side where letters were swapped
    rough = np.abs(luma) * np.float32(1 / _ROUGH)
    np.maximum(pooled, _over_time(rough, _WINDOW), out=pooled)
    np.maximum(single, rough, out=single)
    blue, red = _smooth(blue), _smooth(red)
    np.maximum(pooled, np.hypot(_over_time(blue, _WINDOW), _over_time(red, _WINDOW)), out=pooled)
    np.maximum(single, _brief(np.hypot(blue, red)), out=single)
    np.maximum(pooled, _over_time(other, _WINDOW), out=pooled)
    np.maximum(single, _brief(other), out=single)
    return pooled, single


def _brief(size: Floats) -> Floats:
    """Mean of three frames, but little where the middle one has little: there it begins or ends only beside it."""
    return np.asarray(np.minimum(_over_time(size, 3), size * np.float32(_AT_ONCE)), np.float32)


def _smooth(values: Floats) -> Floats:
    """Mean over 3 x 3 points of every frame."""
    import cv2

    return np.stack([cv2.blur(one, (3, 3)) for one in values])


def _over_time(values: Floats, window: int) -> Floats:
    """Running mean over `window` frames around each."""
    import cv2

    flat = values.reshape(len(values), -1)
    return np.asarray(cv2.blur(flat, (1, window), borderType=cv2.BORDER_REFLECT), np.float32).reshape(values.shape)


def _supported(hot: Bools) -> Bools:
    """Only points with enough hot neighbours."""
    import cv2

    kernel = np.ones((3, 3), np.float32)
    return np.stack(
        [
            one & (cv2.filter2D(one.astype(np.float32), -1, kernel, borderType=cv2.BORDER_CONSTANT) > _SUPPORT)
            for one in hot
        ]
    )


def _runs(weak: Bools, strong: Bools, levels: Floats) -> Spots:
    """Runs of weak along rows (points, frames) that hold something strong."""
    points, frames = weak.shape
    none = np.zeros(0, np.int32)
    padded = np.zeros((points, frames + 1), bool)
    padded[:, :frames] = weak
    flat = padded.ravel()
    edges = np.flatnonzero(np.diff(flat, prepend=False))
    if not len(edges):
        return Spots(none, none, none, np.zeros(0, np.uint8))
    starts, ends = edges[::2], edges[1::2]
    value = np.zeros_like(padded, np.float32)
    value[:, :frames] = np.where(strong, levels, 0)
    peak = np.maximum.reduceat(value.ravel(), np.stack([starts, ends], axis=1).ravel()[: 2 * len(starts)])[::2]
    keep = peak > 0
    starts, ends, peak = starts[keep], ends[keep], peak[keep]
    row = starts // (frames + 1)
    return Spots(
        row.astype(np.int32),
        (starts - row * (frames + 1)).astype(np.int32),
        (ends - row * (frames + 1)).astype(np.int32),
        np.clip(peak * LEVEL, 1, 255).astype(np.uint8),
    )
