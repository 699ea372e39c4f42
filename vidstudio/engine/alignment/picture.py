"""How two pictures of one moment differ: grade, and where beyond grade and coding noise."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import Measures

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

COLUMNS, ROWS = 48, 27
"""Grid of cells over the active picture."""

_LEVELS = 5.0
_CHROMA_LEVELS = 7.0
_MOST_NOISE = 14.0
_MOST_CHROMA_NOISE = 30.0
_FLAT = 2.0
_RICH = 4.0
_MOSTLY = 0.4
_CAST = 0.46
"""Coarse coding alone gives all of a picture a cast of up to 8 levels of Cb or Cr, 14 of B-Y."""
_STEPS = 3
"""Of a fade that runs a few frames earlier or later, no grade is made."""


@dataclass(slots=True)
class Differ:
    """Takes aligned pictures one after the other, then says how they differ. Bounded by the length of a chunk."""

    _frames: list[int] = field(default_factory=list)
    _grids: list[tuple[Floats, Floats]] = field(default_factory=list)

    def add(self, number: int, a: Bytes, b: Bytes) -> None:
        """Frame `number` of B and its counterpart, RGB (height, width, 3) of one size."""
        import cv2

        luma_a, luma_b = cv2.cvtColor(a, cv2.COLOR_RGB2GRAY), cv2.cvtColor(b, cv2.COLOR_RGB2GRAY)
        self._frames.append(number)
        self._grids.append((_grid(a, luma_a), _grid(b, luma_b)))

    def finish(self) -> Measures:
        """What was found in all frames added; psnr and ssim are for others to fill in."""
        count = len(self._frames)
        frames = np.array(self._frames, np.int32)
        if not count:
            none = np.zeros(0, np.float32)
            return Measures(frames, none, none, none, none, np.zeros(0, np.int32), np.zeros(0, np.uint16))
        a = np.stack([pair[0] for pair in self._grids])
        b = np.stack([pair[1] for pair in self._grids])
        colour, hot = _differences(a, b, np.diff(frames, prepend=frames[0] - 9) == 1)
        wide = hot.mean(axis=(1, 2)).astype(np.float32)
        listed = hot & (wide < _MOSTLY)[:, None, None]
        at = np.nonzero(listed)
        cells = (at[1] * COLUMNS + at[2]).astype(np.uint16)
        unknown = np.full(count, np.nan, np.float32)
        return Measures(frames, unknown, unknown, colour, wide, frames[at[0]], cells)


def _grid(rgb: Bytes, luma: Bytes) -> Floats:
    """Per cell: luma, blue and red difference, detail. float32 (4, 27, 48)."""
    import cv2

    small = cv2.resize(rgb, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32)
    mean = small @ np.array([0.299, 0.587, 0.114], np.float32)
    detail = np.zeros(luma.shape, np.uint8)
    detail[:, 1:] = cv2.absdiff(luma[:, 1:], luma[:, :-1])
    detail[1:] = cv2.addWeighted(detail[1:], 0.5, cv2.absdiff(luma[1:], luma[:-1]), 0.5, 0)
    fine = cv2.resize(detail.astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    result: Floats = np.stack([mean, small[:, :, 2] - mean, small[:, :, 0] - mean, fine])
    return result


def _differences(a: Floats, b: Floats, follows: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Grade per frame (N,), and the cells (N, 27, 48) that differ beyond it. a, b: (N, 4, 27, 48)."""
    graded, colour = _graded(a, b)
    colour = np.maximum(colour - _STEPS * _fading(a[:, 0], follows), 0)
    reach = _reach(graded[:, 0])
    before = np.concatenate([graded[:1, 0], graded[:-1, 0]])
    motion = np.where(follows[:, None, None], np.abs(graded[:, 0] - before), 0)
    tolerance = 0.2 * reach + motion
    luma = np.abs(b[:, 0] - graded[:, 0])
    chroma = np.maximum(np.abs(b[:, 1] - graded[:, 1]), np.abs(b[:, 2] - graded[:, 2]))
    hot = luma > np.maximum(_LEVELS, _noise(luma, _MOST_NOISE)) + tolerance
    hot |= chroma > np.maximum(_CHROMA_LEVELS, _noise(chroma, _MOST_CHROMA_NOISE)) + tolerance
    hot |= _detail_changed(a[:, 3], b[:, 3])
    return colour, _connected(hot)


def _fading(luma: Floats, follows: NDArray[np.bool_]) -> Floats:
    """By how many levels the whole picture gets brighter or darker from frame to frame, around each; (N,)."""
    level = luma.mean(axis=(1, 2))
    step = np.where(follows, np.abs(np.diff(level, prepend=level[:1])), 0)
    both: Floats = np.maximum(step, np.append(step[1:], 0)).astype(np.float32)
    # a cut is no fade: what lasts for one frame only does not count
    around = np.stack([np.append(both[2:], both[-2:])[: len(both)], both, np.append(both[:2], both[:-2])[: len(both)]])
    result: Floats = np.sort(around, axis=0)[1]
    return result


def _graded(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """A's luma and chroma with B's grade, (N, 3, 27, 48), and by how many levels the grade moves a point (N,)."""
    result = np.empty_like(a[:, :3])
    moved = np.zeros(len(a), np.float32)
    for i in range(len(a)):
        luma = a[i, 0].ravel() / 255
        basis = np.stack([np.ones_like(luma), luma, luma * luma], axis=1)
        fitted = _robust(basis, b[i, 0].ravel())
        result[i, 0] = fitted.reshape(ROWS, COLUMNS)
        shift = float(np.sqrt(np.mean((fitted - a[i, 0].ravel()) ** 2)))
        for channel in (1, 2):
            chroma = a[i, channel].ravel()
            basis = np.stack([np.ones_like(chroma), chroma / 64], axis=1)
            fitted = _robust(basis, b[i, channel].ravel())
            result[i, channel] = fitted.reshape(ROWS, COLUMNS)
            cast, rest = float((fitted - chroma).mean()), float((fitted - chroma).std())
            shift = max(shift, float(np.hypot(_CAST * cast, rest)))
        moved[i] = shift
    return result, moved


def _robust(basis: Floats, target: Floats) -> Floats:
    """Fitted values of a least-squares fit that lets the worst fifth of the points go their own way."""
    keep = np.ones(len(target), bool)
    fitted = target
    for _ in range(3):
        solved = basis[keep]
        weights = np.linalg.solve(solved.T @ solved + np.eye(basis.shape[1]) * 1e-2, solved.T @ target[keep])
        fitted = basis @ weights
        error = np.abs(target - fitted)
        keep = error <= max(float(np.quantile(error, 0.8)), 0.5)
    result: Floats = fitted.astype(np.float32)
    return result


def _reach(luma: Floats) -> Floats:
    """How much luma changes within a cell's neighbourhood: what a small shift could explain."""
    padded = np.pad(luma, ((0, 0), (1, 1), (1, 1)), mode="edge")
    shifted = [padded[:, y : y + ROWS, x : x + COLUMNS] for y in range(3) for x in range(3)]
    result: Floats = np.maximum.reduce(shifted) - np.minimum.reduce(shifted)
    return result


def _noise(apart: Floats, most: float) -> Floats:
    """What coding alone may do to a cell in each frame, judged by most cells, at most `most`; (N, 1, 1)."""
    usual = 4 * np.quantile(apart, 0.75, axis=(1, 2), keepdims=True).astype(np.float32)
    result: Floats = np.minimum(usual, most)
    return result


def _detail_changed(a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Cells whose fine detail went or came, compared with what coding did to the rest of the picture."""
    ratio = np.log((b + _FLAT) / (a + _FLAT))
    result = np.zeros(a.shape, bool)
    for i in range(len(a)):
        rich = ratio[i][a[i] > _RICH]
        if len(rich) < 20:
            rich = np.zeros(1, np.float32)
        low, usual, high = np.quantile(rich, (0.25, 0.5, 0.75))
        spread = max(0.75, 3.5 * float(high - low))
        usual = float(np.clip(usual, -1.5, 1.5))
        result[i] = ((ratio[i] < usual - spread) & (a[i] > _RICH)) | ((ratio[i] > usual + spread) & (b[i] > _RICH + 1))
    return result


def _connected(hot: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Only the cells that have at least two of their eight neighbours with them."""
    padded = np.pad(hot, ((0, 0), (1, 1), (1, 1))).astype(np.uint8)
    around = sum(padded[:, y : y + ROWS, x : x + COLUMNS] for y in range(3) for x in range(3) if (y, x) != (1, 1))
    result: NDArray[np.bool_] = hot & (np.asarray(around) >= 2)
    return result
