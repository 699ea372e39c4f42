"""How unlike the thumbnails of pairs of frames are, and from where on that is too much for a match."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.appearance.looks import Seen

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_UNLIKE_TIMES = (3.0, 5.0)
_UNLIKE_MORE = (0.015, 0.025)
_MOST_UNLIKE = 0.5
_CLEARLY_THE_SAME = 0.005
_UNEXPLAINED = 0.3
_LEAST_CONTRAST = 0.06
_FLAT = 16
_OTHER_LEVEL = 30
_AROUND = 7
_MOST_POINTS, _FITS = 0.75, 3
_BATCH = 512
GAINS = (0.3, 3.0)
"""How much less, or more, contrast B may have than A."""


def limits(apart: Floats) -> tuple[float, float]:
    """Above which unlikeness a piece, and a frame, is not what it seems to be, from that of all matches (N,)."""
    usual = float(np.quantile(apart, 0.75)) if len(apart) else 0.0
    of_piece, of_frame = (
        min(_MOST_UNLIKE, times * usual + more) for times, more in zip(_UNLIKE_TIMES, _UNLIKE_MORE, strict=True)
    )
    return of_piece, of_frame


def pairs_apart(seen: Seen, b_frames: Ints, a_frames: Ints | Map) -> Floats:
    """How unlike pairs of frames are, with B's grade and without; the smaller one."""
    parts = []
    for start in range(0, len(b_frames), _BATCH):
        of_a, of_b = seen.pairs(b_frames[start : start + _BATCH], a_frames[start : start + _BATCH])
        plain = descriptors.unlikeness(of_a, of_b)
        contrast_a, contrast_b = (part.astype(np.float32).var(axis=(1, 2)) for part in (of_a, of_b))
        value = plain.copy()
        unclear = np.flatnonzero(plain > _CLEARLY_THE_SAME)
        if len(unclear):
            value[unclear] = _without_grade(of_a[unclear], of_b[unclear], plain[unclear])
        # flat pictures have nothing but their level
        flat = np.maximum(contrast_a, contrast_b) < _FLAT
        levels = np.abs(of_a.mean(axis=(1, 2)) - of_b.mean(axis=(1, 2)))
        parts.append(np.where(flat & (levels > _OTHER_LEVEL), 1, value).astype(np.float32))
    result: Floats = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return result


def _without_grade(a: Bytes, b: Bytes, plain: Floats) -> Floats:
    """How unlike pairs (N, 28, 48) are with B's grade, where a grade explains them; else `plain`."""
    regraded = _regraded(a, b)
    # a curve that explains little of the picture is no grade: flattened pictures are all alike
    left = ((regraded.astype(np.float32) - b) ** 2).mean(axis=(1, 2))
    contrast_a, contrast_b = (part.astype(np.float32).var(axis=(1, 2)) for part in (a, b))
    graded = (left < _UNEXPLAINED * contrast_b) & (contrast_b > _LEAST_CONTRAST * contrast_a)
    result: Floats = np.where(graded, np.minimum(plain, descriptors.unlikeness(regraded, b)), plain)
    return result


def _regraded(a: Bytes, b: Bytes) -> Bytes:
    """A's thumbnails with the tone curve, a polynomial of degree 3, that brings each closest to B's."""
    x = a.reshape(len(a), -1).astype(np.float64) / 255
    powers = np.stack([np.ones_like(x), x, x * x, x**3], axis=2)
    gram = powers.transpose(0, 2, 1) @ powers + 1e-3 * np.eye(4)
    target = powers.transpose(0, 2, 1) @ b.reshape(len(b), -1, 1).astype(np.float64)
    fitted = (powers @ np.linalg.solve(gram, target)).reshape(a.shape)
    result: Bytes = np.clip(np.rint(fitted), 0, 255).astype(np.uint8)
    return result


def residuals(
    seen: Seen, b_frames: Ints, a_frames: Ints | Map, like: Ints | None = None, of: Bools | None = None
) -> Floats:
    """What is left of the difference of pairs of frames once A has B's brightness and contrast: RMS in levels (N,).

    like: as of `Seen.pairs`. of: bool (N, 28, 48), the points that count; else all do.
    """
    result = np.zeros(len(b_frames), np.float32)
    for start in range(0, len(b_frames), _BATCH):
        some = slice(start, start + _BATCH)
        of_a, of_b = seen.pairs(b_frames[some], a_frames[some], None if like is None else like[some])
        result[some] = _residuals(of_a, of_b) if of is None else _residuals_of(of_a, of_b, of[some])
    return result


def _residuals(a: Bytes, b: Bytes) -> Floats:
    of_a, of_b = levelled(a), levelled(b)
    left = of_b - gains(of_a, of_b) * of_a
    result: Floats = np.sqrt((left * left).mean(axis=1))
    return result


def _residuals_of(a: Bytes, b: Bytes, points: Bools) -> Floats:
    weight = points.reshape(len(points), -1).astype(np.float32)
    total = weight.sum(axis=1, keepdims=True)
    of_a, of_b = (part.reshape(len(part), -1).astype(np.float32) for part in (a, b))
    of_a, of_b = (weight * (part - (weight * part).sum(axis=1, keepdims=True) / total) for part in (of_a, of_b))
    left = of_b - gains(of_a, of_b) * of_a
    result: Floats = np.sqrt((left * left).sum(axis=1) / total[:, 0])
    return result


def levelled(thumbs: Bytes) -> Floats:
    """Thumbnails (N, 28, 48) as (N, 1344) without their mean brightness."""
    flat = thumbs.reshape(len(thumbs), -1).astype(np.float32)
    result: Floats = flat - flat.mean(axis=1, keepdims=True)
    return result


def gains(of_a: Floats, of_b: Floats) -> Floats:
    """How much more contrast B's levelled pictures (N, 1344) have than A's, (N, 1)."""
    gain = (of_a * of_b).sum(axis=1, keepdims=True) / np.maximum((of_a * of_a).sum(axis=1, keepdims=True), 1)
    result: Floats = np.clip(gain, *GAINS)
    return result


def residuals_of_most(seen: Seen, b_frames: Ints, a_frames: Ints | Map) -> Floats:
    """The same as `residuals`, of the three quarters of the points that are nearest; (N,).

    What lies over less of the picture hardly counts, also not for what is taken for brightness and contrast.
    """
    result = np.zeros(len(b_frames), np.float32)
    for start in range(0, len(b_frames), _BATCH):
        some = slice(start, start + _BATCH)
        of_a, of_b = (levelled(part) for part in seen.pairs(b_frames[some], a_frames[some]))
        left = of_b - gains(of_a, of_b) * of_a
        for _ in range(_FITS):
            near = _nearest(left)
            of_a, of_b = (part - part.mean(axis=1, keepdims=True, where=near) for part in (of_a, of_b))
            left = of_b - gains(of_a * near, of_b * near) * of_a
        result[some] = np.sqrt((left * left).mean(axis=1, where=_nearest(left)))
    return result


def _nearest(left: Floats) -> Bools:
    """Which three quarters of the points of pairs (N, 1344) differ least."""
    apart = np.abs(left)
    result: Bools = apart <= np.quantile(apart, _MOST_POINTS, axis=1, keepdims=True)
    return result


def share_near(seen: Seen, b_frames: Ints, a_frames: Ints | Map, within: float) -> Floats:
    """Share of the points of each pair of frames (N,) that differ by at most `within` levels but for brightness."""
    result = np.zeros(len(b_frames), np.float32)
    for start in range(0, len(b_frames), _BATCH):
        some = slice(start, start + _BATCH)
        of_a, of_b = seen.pairs(b_frames[some], a_frames[some])
        apart = (of_b.astype(np.int16) - of_a).reshape(len(of_a), -1)
        result[some] = (np.abs(apart - np.median(apart, axis=1, keepdims=True)) <= within).mean(axis=1)
    return result


def calmed(values: Floats) -> Floats:
    """Running median over seven frames."""
    padded = np.pad(values, _AROUND // 2, mode="edge")
    result: Floats = np.median(np.lib.stride_tricks.sliding_window_view(padded, _AROUND), axis=1)
    return result
