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


def windows(aspect: float, other_aspect: float) -> list[Window]:
    """The parts of a picture that the other version may show, the whole first.

    Where the other version's picture is narrower than this one, it may be a window of it: nine evenly spread
    ones. Aspects are width over height as shown.
    """
    share = other_aspect / aspect
    if share > _ALIKE:
        return [Window()]
    return [Window(), *(Window(left, 0, left + share, 1) for left in np.linspace(0, 1 - share, _WINDOW_STEPS).tolist())]


def cut(thumbs: Bytes, window: Window) -> Bytes:
    """That part of each picture, stretched to the whole (bilinear)."""
    if window == Window():
        return thumbs
    rows, columns = _stretching(window.top, window.bottom, HEIGHT), _stretching(window.left, window.right, WIDTH)
    return _mapped(thumbs, rows, columns.T)


def cut_rotated(thumbs: Bytes, window: Window, rotation: float, aspect: float) -> Bytes:
    """The same of pictures rotated clockwise by that many degrees about the window's middle; edges go on outside.

    aspect: width over height of the pictures.
    """
    if not rotation:
        return cut(thumbs, window)
    import cv2

    angle = -np.deg2rad(rotation)
    middle = np.array([(window.left + window.right) / 2, (window.top + window.bottom) / 2])
    half = np.diag([(window.right - window.left) / 2, (window.bottom - window.top) / 2])
    upright = np.diag([aspect, 1.0])
    spun = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size = np.array([WIDTH, HEIGHT])
    # from -1..1 in the window to shares of the picture, and both in points
    turn = np.diag(size) @ np.linalg.inv(upright) @ spun @ upright @ half @ np.diag(2 / size)
    matrix = np.column_stack([turn, size * middle - 0.5 - turn @ (size / 2 - 0.5)])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    result = np.empty_like(thumbs)
    for seen, one in zip(result, thumbs, strict=True):
        cv2.warpAffine(one, matrix, (WIDTH, HEIGHT), dst=seen, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return result


def reshaped(thumbs: Bytes) -> Bytes:
    """Standing pictures (N, 48, 28) as thumbnails (N, 28, 48): means down, bilinear across."""
    return _mapped(thumbs, shrinking(WIDTH, HEIGHT), _stretching(0, 1, WIDTH, HEIGHT).T)


def softened(thumbs: Bytes, window: Window) -> Bytes:
    """The pictures as unsharp as `cut` leaves those of the other side: shrunk to the window's size and back."""
    if window == Window():
        return thumbs
    rows, columns = (
        _stretching(0, 1, length, small) @ shrinking(length, small)
        for length, small in (
            (HEIGHT, max(2, round(HEIGHT * (window.bottom - window.top)))),
            (WIDTH, max(2, round(WIDTH * (window.right - window.left)))),
        )
    )
    return _mapped(thumbs, rows, columns.T)


def _mapped(thumbs: Bytes, rows: Floats, columns: Floats) -> Bytes:
    result = np.empty((len(thumbs), len(rows), columns.shape[1]), np.uint8)
    for start in range(0, len(thumbs), _BATCH):
        part = rows @ thumbs[start : start + _BATCH].astype(np.float32) @ columns
        result[start : start + _BATCH] = np.rint(part)
    return result


def _stretching(low: float, high: float, length: int, of: int = 0) -> Floats:
    """Matrix (length, of or length) that stretches the part `low..high` of a line to `length` points (bilinear)."""
    of = of or length
    at = np.clip(of * low + (np.arange(length) + 0.5) * (high - low) * of / length - 0.5, 0, of - 1)
    index = np.minimum(at.astype(np.int64), of - 2)
    result = np.zeros((length, of), np.float32)
    result[np.arange(length), index] = 1 - (at - index)
    result[np.arange(length), index + 1] = at - index
    return result


def shrinking(length: int, to: int, low: float = 0.0, high: float = 1.0) -> Floats:
    """Matrix (to, length) that takes means over equal parts of the part `low..high` of a line."""
    edges = np.linspace(low * length, high * length, to + 1)
    at = np.arange(length)
    shared = np.minimum(at + 1, edges[1:, None]) - np.maximum(at, edges[:-1, None])
    result: Floats = (np.maximum(shared, 0) / ((high - low) * length / to)).astype(np.float32)
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


def _local_contrast(luma: Floats) -> Floats:
    """Luma at 24x14, its local mean taken off, over the contrast around each point."""
    small = _HALF_ROWS @ luma @ _HALF_COLUMNS
    mean = _AROUND_ROWS @ small @ _AROUND_COLUMNS
    spread = np.sqrt(np.maximum(_AROUND_ROWS @ (small * small) @ _AROUND_COLUMNS - mean * mean, 0))
    result: Floats = (small - mean) / (spread + 6)
    return result


def _features(luma: Floats) -> Floats:
    count = len(luma)
    across = luma[:, :, 2:] - luma[:, :, :-2]
    down = luma[:, 2:] - luma[:, :-2]
    squares = np.zeros_like(luma)
    np.square(across, out=squares[:, :, 1:-1])
    squares[:, 1:-1] += down * down
    steep = np.sqrt(squares, out=squares).mean(axis=(1, 2), keepdims=True) + 3
    parts = [
        _local_contrast(luma),
        (_QUARTER_ROWS @ (across @ _QUARTER_COLUMNS[1:-1])) / steep,
        (_QUARTER_ROWS[:, 1:-1] @ down @ _QUARTER_COLUMNS) / steep,
    ]
    flat: Floats = np.concatenate([part.reshape(count, -1) for part in parts], axis=1)
    return flat


def _pooling(length: int, by: int) -> Floats:
    """Matrix (length / by, length) that takes means of neighbours."""
    result: Floats = np.kron(np.eye(length // by), np.full((1, by), 1 / by)).astype(np.float32)
    return result


def averaging(length: int, radius: int) -> Floats:
    """Matrix (length, length) that takes means over `2 * radius + 1` neighbours, fewer at the ends."""
    at = np.arange(length)
    near = np.abs(at[:, None] - at) <= radius
    result: Floats = (near / near.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


_HALF_ROWS, _HALF_COLUMNS = _pooling(HEIGHT, 2), _pooling(WIDTH, 2).T.copy()
_QUARTER_ROWS, _QUARTER_COLUMNS = _pooling(HEIGHT, 4), _pooling(WIDTH, 4).T.copy()
_AROUND_ROWS, _AROUND_COLUMNS = averaging(HEIGHT // 2, 3), averaging(WIDTH // 2, 3).T.copy()
