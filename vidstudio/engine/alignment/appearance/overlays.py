"""What lies over B all through, a logo or subtitles: where it is, and pictures without it.

It is B's own and the same in every shot, so it makes all that B shows less alike, and what stands still in one shot
more like what stands still in another. Where most shots differ at a point from what A shows there it lies; both
pictures are then filled in from what is around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import GAINS
from vidstudio.engine.alignment.results import Window

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_LEAST_MATCHED, _LEAST_SHOTS, _SAMPLES = 40, 3, 400
_ROUNDS = 3
_OUTLIES, _LEVELS = 4.0, 6.0
"""By how many times what is usual in the picture, and levels more, a point differs that something lies over."""
_INLIES, _LEAST_LEVELS = 4.0, 2.0
_CHANGES = 2.5
_MOSTLY = 0.5
_LEAST, _MOST = 0.01, 0.33
"""Shares of the picture: a smaller thing hardly matters, and where so much differs it is not laid over."""
_NEAR = 8.0
_BATCH = 1024


def overlaid(frame_map: Map, seen: Seen) -> Bools:
    """The points (28, 48) that something lies over in most shots of B, for most of the shot; none where that is little.

    frame_map: int32 (frames of B,), which may be wrong here and there.
    """
    nothing = np.zeros(seen.b.shape[1:], bool)
    matched = np.flatnonzero(frame_map >= 0)
    if len(matched) < _LEAST_MATCHED:
        return nothing
    some = matched[:: max(1, len(matched) // _SAMPLES)]
    over = _outlying(*seen.pairs(some, frame_map[some]))
    of_shot = np.cumsum(seen.cuts_b)[some]
    shots = np.unique(of_shot)
    if len(shots) < _LEAST_SHOTS:
        return nothing
    mostly = np.stack([over[of_shot == one].mean(axis=0) >= _MOSTLY for one in shots])
    return _if_some(mostly.mean(axis=0) >= _MOSTLY)


def uncovered(seen: Seen, b_frames: Ints, ways: Sequence[Ints | Map]) -> Bools:
    """The points (N, 28, 48) of frames of B that nothing lies over, whichever of these ways in A they show.

    What differs by far more than the rest from what A shows on each of the ways is a title, or a logo.
    """
    result = np.zeros((len(b_frames), *seen.b.shape[1:]), bool)
    for start in range(0, len(b_frames), _BATCH):
        some = np.arange(start, min(start + _BATCH, len(b_frames)))
        for way in ways:
            over = _outlying(*seen.pairs(b_frames[some], way[some]))
            share = over.mean(axis=(1, 2))
            result[some] |= ~over
            # where nothing lies over it on one way, nothing lies over it
            rest = (share >= _LEAST) & (share <= _MOST)
            result[some[~rest]] = True
            some = some[rest]
            if not len(some):
                break
    return result


def maybe_overlaid(a: Bytes, b: Bytes) -> Bools:
    """The same (28, 48) without knowing which pictures (N, 28, 48) belong together, but that most of both are the same.

    That is where B is all in all brighter or darker than A, or more often another, by far more than elsewhere.
    """
    of_a, of_b = (part[:: max(1, len(part) // _SAMPLES)].astype(np.float32) for part in (a, b))
    mean_a, mean_b = (part.mean(axis=0) for part in (of_a, of_b))
    far = _outlying(mean_a[None], mean_b[None])[0]
    changes_a, changes_b = (part.std(axis=0) for part in (of_a, of_b))
    gain = float(np.median(changes_b) / max(1.0, float(np.median(changes_a))))
    far |= changes_b > _CHANGES * gain * changes_a + _LEVELS
    return _if_some(far)


def _if_some(points: Bools) -> Bools:
    """The points; none where they are few, or too many."""
    return points if _LEAST <= points.mean() <= _MOST else np.zeros_like(points)


def _outlying(a: Bytes | Floats, b: Bytes | Floats) -> Bools:
    """Which points (N, 28, 48) of pairs differ far more than the others, given B's brightness and contrast."""
    of_a, of_b = (part.reshape(len(part), -1).astype(np.float32) for part in (a, b))
    apart = np.abs((of_b - np.median(of_b, axis=1, keepdims=True)) - (of_a - np.median(of_a, axis=1, keepdims=True)))
    for _ in range(_ROUNDS):
        usual = np.median(apart, axis=1, keepdims=True)
        weight = (apart < _INLIES * usual + _LEAST_LEVELS).astype(np.float32)
        total = weight.sum(axis=1, keepdims=True)
        level_a, level_b = ((weight * part).sum(axis=1, keepdims=True) / total for part in (of_a, of_b))
        spread = (weight * (of_a - level_a) ** 2).sum(axis=1, keepdims=True)
        gain = (weight * (of_a - level_a) * (of_b - level_b)).sum(axis=1, keepdims=True) / np.maximum(spread, 1)
        apart = np.abs(of_b - level_b - np.clip(gain, *GAINS) * (of_a - level_a))
    usual = np.median(apart, axis=1, keepdims=True)
    result: Bools = (apart > _OUTLIES * usual + _LEVELS).reshape(a.shape)
    return result


def behind(points: Bools, window: Window) -> Bools:
    """The points (28, 48) of A's picture that are behind those of B, which shows that part of it."""
    height, width = points.shape
    x, y = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    columns = (x - window.left) / (window.right - window.left)
    rows = (y - window.top) / (window.bottom - window.top)
    inside = ((rows >= 0) & (rows < 1))[:, None] & ((columns >= 0) & (columns < 1))
    at = np.clip((rows * height).astype(int), 0, height - 1), np.clip((columns * width).astype(int), 0, width - 1)
    result: Bools = points[np.ix_(*at)] & inside
    return result


def filled_in(thumbs: Bytes, points: Bools) -> Bytes:
    """Pictures (N, 28, 48) with those points given what is around them, the nearest most."""
    at, known = np.argwhere(points), np.argwhere(~points)
    far = ((at[:, None] - known) ** 2).sum(axis=2)
    weight = np.exp(-(far - far.min(axis=1, keepdims=True)) / _NEAR).astype(np.float32)
    weight /= weight.sum(axis=1, keepdims=True)
    result = thumbs.copy()
    for start in range(0, len(thumbs), _BATCH):
        part = result[start : start + _BATCH]
        part[:, points] = np.rint(part[:, ~points].astype(np.float32) @ weight.T).astype(np.uint8)
    return result
