"""Which part of A's picture B shows, found before anything is matched: from frames that need not belong together.

Every window on a grid of widths, heights and places is tried with coarse pictures of some frames of both, and the best
ones with descriptors. A window is as good as most frames of B are like that of A which is most like them through it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors, framing, turns
from vidstudio.engine.alignment.appearance.framing import Framing
from vidstudio.engine.alignment.results import Turn, Window

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_SIZES = (1.0, 0.92, 0.84, 0.77, 0.7, 0.64, 0.58, 0.52, 0.47, 0.42)
_APART = 0.08
_COARSE = (7, 12)
_COARSE_A, _COARSE_B = 160, 48
_AROUND = 6
_BEST = 16
_CLIMBED = 2
_PAIRS = 24
_BESIDE = 4
_LEAST_SEEN = 0.5
"""How good a framing has to be, and has to be at once to be looked for nearer: what is worse takes long for nothing."""
_SURE, _SURELY = 0.995, 0.97
_FLAT = 6.0
_MOVES = 0.2
_LEAST_TURNED = 0.4
_LEFT = 0.75
"""What is unlike must be less than that share of what it is without a window."""


def seek_framing(a: Bytes, b: Bytes, aspect: float) -> Framing | None:
    """A framing of A's thumbnails (N, 28, 48) in which most of B's (M, 28, 48) look like some of A's, if there is one.

    None where B is much like A without, or too flat to say. aspect: width over height of A's picture.
    """
    b = _telling(b)
    if not len(b):
        return None
    best, found = 0.0, None
    plain = _Fit.of(a, b, Framing(), aspect)
    upright = [Framing(window) for window in _coarsely(a, b)]
    for some in (upright, framing.rotations_of(Window(), aspect)):
        tried = sorted((_Fit.of(a, b, one, aspect) for one in some), key=lambda fit: -fit.score)
        for fit in tried[:_CLIMBED]:
            if fit.score < _LEAST_SEEN:
                break
            near = framing.find_framing(*fit.pairs(a, b), fit.framing, aspect).framing
            score = _Fit.of(a, b, near, aspect).score
            if score > best:
                best, found = score, near
            if best > _SURE:
                break
        if best > _SURELY:
            break
    if found is None or found.whole or best < _LEAST_SEEN or 1 - best > _LEFT * (1 - plain.score):
        return None
    return found


def seek_turn(a: Bytes, b: Bytes) -> Turn:
    """How A's thumbnails (N, 28, 48) have to be turned for most of B's (M, 28, 48) to look like some of them."""
    b = _telling(b)
    if not len(b):
        return Turn()
    plain = _Fit.of(a, b, Framing(), 1.0).score
    best, found = max(_LEAST_TURNED, 1 - _LEFT * (1 - plain)), Turn()
    for turn in turns.TURNS[1:]:
        score = _Fit.of(turns.of_thumbs(a, turn), turns.as_sharp(b, turn), Framing(), 1.0).score
        if score > best:
            best, found = score, turn
    return found


def _telling(thumbs: Bytes) -> Bytes:
    """Those of thumbnails (N, 28, 48) that show something: what is flat looks like any flat part of a picture."""
    result: Bytes = thumbs[thumbs.std(axis=(1, 2)) >= _FLAT]
    return result


@dataclass(frozen=True, slots=True)
class _Fit:
    """How good a framing is, 0..1; for each frame of B, int64 (M,) and float32 (M,), which of A's is most like it."""

    framing: Framing
    score: float
    nearest: NDArray[np.int64]
    alike: Floats

    @classmethod
    def of(cls, a: Bytes, b: Bytes, framing: Framing, aspect: float) -> _Fit:
        a_raw = descriptors.features(framing.of(a, aspect))
        b_raw = descriptors.features(descriptors.softened(b, framing.window))
        mean = _shared(a_raw, b_raw)
        table = descriptors.center(b_raw, mean) @ descriptors.center(a_raw, mean).T
        nearest = table.argmax(axis=1)
        alike = table[np.arange(len(b)), nearest]
        return cls(framing, float(np.median(alike)), nearest, alike)

    def pairs(self, a: Bytes, b: Bytes) -> tuple[Bytes, Bytes]:
        """Frames of B that are much like one of A's, and for each this one and those beside it; see `find_window`."""
        good = np.flatnonzero(self.alike >= np.median(self.alike))
        chosen = good[np.linspace(0, len(good) - 1, min(_PAIRS, len(good))).astype(int)]
        beside = self.nearest[chosen][:, None] + np.arange(-_BESIDE, _BESIDE + 1)
        return a[np.clip(beside, 0, len(a) - 1).ravel()], b[chosen]


def _shared(a: Floats, b: Floats) -> Floats:
    """What all frames share (D,), to be taken off; nothing where that is all they show: one shot that stands still."""
    mean = descriptors.common_mean(a, b)
    moves = max(float(np.linalg.norm(side - side.mean(axis=0), axis=1).mean()) for side in (a, b))
    return mean if moves > _MOVES * float(np.linalg.norm(mean)) else np.zeros_like(mean)


def _coarsely(a: Bytes, b: Bytes) -> list[Window]:
    """The best windows of a grid."""
    of_a, of_b = (_levelled(side[:: 1 + len(side) // most]) for side, most in ((a, _COARSE_A), (b, _COARSE_B)))
    rows, columns = (descriptors.shrinking(length, to) for length, to in zip(of_b.shape[1:], _COARSE, strict=True))
    target = _unit((rows @ of_b @ columns.T).astype(np.float32)).T
    lines = [(left, left + size) for size in _SIZES
             for left in np.linspace(0, 1 - size, 1 + int(np.ceil((1 - size) / _APART))).tolist()]  # fmt: skip
    down = [descriptors.shrinking(of_a.shape[1], _COARSE[0], *line) for line in lines]
    scores = np.empty((len(lines), len(lines)))
    for i, line in enumerate(lines):
        seen = of_a @ descriptors.shrinking(of_a.shape[2], _COARSE[1], *line).T
        for k, rows in enumerate(down):
            scores[i, k] = np.median((_unit((rows @ seen).astype(np.float32)) @ target).max(axis=0))
    best = np.argsort(-scores, axis=None)[:_BEST].tolist()
    chosen = [(lines[at // len(lines)], lines[at % len(lines)]) for at in best]
    return [Window(left, top, right, bottom) for (left, right), (top, bottom) in chosen]


def _levelled(thumbs: Bytes) -> Floats:
    """Luma (N, 28, 48) over the contrast around each point, so that neither grade nor vignette counts."""
    luma = thumbs.astype(np.float32)
    mean = _ROWS @ luma @ _COLUMNS
    spread = np.sqrt(np.maximum(_ROWS @ (luma * luma) @ _COLUMNS - mean * mean, 0))
    result: Floats = (luma - mean) / (spread + 6)
    return result


def _unit(pictures: Floats) -> Floats:
    """Pictures (N, H, W) as unit vectors (N, H * W), their means taken off."""
    flat = pictures.reshape(len(pictures), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    result: Floats = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return result


_ROWS = descriptors.averaging(descriptors.HEIGHT, _AROUND)
_COLUMNS = descriptors.averaging(descriptors.WIDTH, _AROUND).T.copy()
