"""Weight-free descriptors of frames: what is where in the picture, blind to grade, size and coding noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import Window

WIDTH, HEIGHT = 48, 28
"""Size of the grey thumbnail that stands for a frame; the active picture is stretched to it."""

_BATCH = 256
_WINDOW_STEPS = 9
_ALIKE = 0.93
_FLAT = 0.05

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


def described(thumbs: Bytes, mean: Floats) -> NDArray[np.float16]:
    """Unit descriptors (N, 504) of thumbnails, without what all frames share; in half precision, to be small."""
    result = np.empty((len(thumbs), len(mean)), np.float16)
    for start in range(0, len(thumbs), _BATCH):
        result[start : start + _BATCH] = center(features(thumbs[start : start + _BATCH]), mean)
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

    Where the other version's picture is narrower than this one, it may be a window of it: nine evenly spread
    ones are cut out and stretched. Aspects are width over height as shown.
    """
    share = other_aspect / aspect
    if share > _ALIKE:
        return [thumbs]
    lefts = np.linspace(0, 1 - share, _WINDOW_STEPS).tolist()
    return [thumbs, *(cut(thumbs, Window(left, 0, left + share, 1)) for left in lefts)]


def cut(thumbs: Bytes, window: Window) -> Bytes:
    """That part of each picture, stretched to the whole (bilinear)."""
    if window == Window():
        return thumbs
    columns, across = _sampling(window.left, window.right, WIDTH)
    rows, down = _sampling(window.top, window.bottom, HEIGHT)
    parts = []
    for start in range(0, len(thumbs), _BATCH):
        part = thumbs[start : start + _BATCH].astype(np.float32)
        part = part[:, :, columns] * (1 - across) + part[:, :, columns + 1] * across
        part = part[:, rows] * (1 - down[:, None]) + part[:, rows + 1] * down[:, None]
        parts.append(np.rint(part).astype(np.uint8))
    result: Bytes = np.concatenate(parts) if parts else thumbs
    return result


def unlikeness(a: Bytes, b: Bytes) -> Floats:
    """How unlike two thumbnails (N, 28, 48) are over most of the picture, 0 (equal) to about 1; (N,).

    The median over 21 blocks, so that a logo or a lower third counts for nothing and another take for much.
    """
    parts = []
    for start in range(0, len(a), _BATCH):
        of_a, of_b = a[start : start + _BATCH].astype(np.float32), b[start : start + _BATCH].astype(np.float32)
        x, y = _local_contrast(of_a), _local_contrast(of_b)
        squares: Floats = (x - y) ** 2
        energy: Floats = (x * x + y * y) * np.float32(0.5)
        apart: Floats = np.median(_block_means(squares) / (_block_means(energy) + _FLAT), axis=1)
        # what hardly differs in plain levels is the same, however little there is to see (fades, dark frames)
        plain = (of_a - of_b).std(axis=(1, 2))
        parts.append((apart * np.clip((plain - 1.5) / 2.5, 0, 1)).astype(np.float32))
    result: Floats = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return result


def _block_means(values: Floats) -> Floats:
    """Means over blocks of 2 x 8 points of (N, 14, 24); (N, 21)."""
    result: Floats = values.reshape(len(values), 7, 2, 3, 8).mean(axis=(2, 4)).reshape(len(values), -1)
    return result


def _sampling(low: float, high: float, length: int) -> tuple[NDArray[np.int64], Floats]:
    """Lower of the two neighbours for each point, and the share of the upper one."""
    at = np.clip(length * low + (np.arange(length) + 0.5) * (high - low) - 0.5, 0, length - 1)
    index = np.minimum(at.astype(np.int64), length - 2)
    return index, (at - index).astype(np.float32)


def _local_contrast(luma: Floats) -> Floats:
    """Luma at 24x14, its local mean taken off, over the contrast around each point."""
    small = _pooled(luma, 2)
    mean = _box(small, 3)
    spread = np.sqrt(np.maximum(_box(small * small, 3) - mean * mean, 0))
    result: Floats = (small - mean) / (spread + 6)
    return result


def _features(luma: Floats) -> Floats:
    local = _local_contrast(luma)
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
