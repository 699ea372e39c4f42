"""Weight-free descriptors of frames: what is where in the picture, blind to grade, size and coding noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 48, 28
"""Size of the grey thumbnail that stands for a frame; the active picture is stretched to it."""

_BATCH = 256
_WINDOW_STEPS = 9

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def features(thumbs: Bytes) -> Floats:
    """Raw descriptors (N, 504) of grey thumbnails (N, 28, 48); `center` makes them comparable.

    Luma at 24x14 normalised by the contrast around each point, and gradients at 12x7 by 2.
    """
    parts = [_features(thumbs[i : i + _BATCH].astype(np.float32)) for i in range(0, len(thumbs), _BATCH)]
    size = (HEIGHT // 2) * (WIDTH // 2) + 2 * (HEIGHT // 4) * (WIDTH // 4)
    result: Floats = np.concatenate(parts) if parts else np.zeros((0, size), np.float32)
    return result


def common_mean(a: Floats, b: Floats) -> Floats:
    """What all frames of both videos share; (D,)."""
    total = a.sum(axis=0, dtype=np.float64) + b.sum(axis=0, dtype=np.float64)
    result: Floats = (total / max(1, len(a) + len(b))).astype(np.float32)
    return result


def center(raw: Floats, mean: Floats) -> Floats:
    """Unit descriptors (..., D): raw ones without what all frames share."""
    moved = raw - mean
    length = np.linalg.norm(moved, axis=-1, keepdims=True)
    result: Floats = moved / np.maximum(length, 1e-6)
    return result


def windows(thumbs: Bytes, aspect: float, other_aspect: float) -> list[Bytes]:
    """Thumbnails of the parts of each picture that the other version may show, whole pictures first.

    Where the other version's picture is narrower (or flatter) than this one, it may be a window of it:
    nine evenly spread ones are cut out and stretched. Aspects are width over height as shown.
    """
    whole = [thumbs]
    share = min(aspect, other_aspect) / max(aspect, other_aspect)
    if share > 0.93 or aspect <= other_aspect:
        return whole
    width = share * WIDTH
    lefts = np.linspace(0, WIDTH - width, _WINDOW_STEPS)
    return whole + [_stretched(thumbs, left, width) for left in lefts]


def _stretched(thumbs: Bytes, left: float, width: float) -> Bytes:
    """Columns `left..left+width` of each picture, stretched to the full width."""
    at = np.clip(left + (np.arange(WIDTH) + 0.5) * width / WIDTH - 0.5, 0, WIDTH - 1)
    low = np.minimum(at.astype(int), WIDTH - 2)
    part = (at - low).astype(np.float32)
    mixed = thumbs[:, :, low] * (1 - part) + thumbs[:, :, low + 1] * part
    result: Bytes = np.rint(mixed).astype(np.uint8)
    return result


def _features(luma: Floats) -> Floats:
    small = _pooled(luma, 2)
    mean = _box(small, 3)
    spread = np.sqrt(np.maximum(_box(small * small, 3) - mean * mean, 0))
    local = (small - mean) / (spread + 6)
    across = np.zeros_like(luma)
    down = np.zeros_like(luma)
    across[:, :, 1:-1] = luma[:, :, 2:] - luma[:, :, :-2]
    down[:, 1:-1] = luma[:, 2:] - luma[:, :-2]
    steep = np.sqrt(across * across + down * down).mean(axis=(1, 2), keepdims=True) + 3
    count = len(luma)
    parts = [local, _pooled(across / steep, 4), _pooled(down / steep, 4)]
    flat: Floats = np.concatenate([part.reshape(count, -1) for part in parts], axis=1)
    return flat


def _pooled(pictures: Floats, by: int) -> Floats:
    count, height, width = pictures.shape
    result: Floats = pictures.reshape(count, height // by, by, width // by, by).mean(axis=(2, 4))
    return result


def _box(pictures: Floats, radius: int) -> Floats:
    """Mean over the square of `2 * radius + 1` around each point, smaller at the borders."""
    result = pictures
    for axis in (1, 2):
        length = result.shape[axis]
        sums = np.concatenate([np.zeros_like(result.take([0], axis)), np.cumsum(result, axis=axis)], axis=axis)
        low = np.maximum(np.arange(length) - radius, 0)
        high = np.minimum(np.arange(length) + radius + 1, length)
        shape = [1, 1, 1]
        shape[axis] = length
        count = (high - low).reshape(shape)
        result = ((sums.take(high, axis) - sums.take(low, axis)) / count).astype(np.float32)
    return result
