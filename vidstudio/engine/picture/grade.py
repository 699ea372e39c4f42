"""The grade: how B's colours follow from A's, fitted so that what changed in one place only has no say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture.medians import median

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

KNOTS = 5
"""Points of a picture's tone curve that are kept."""

_TERMS = 10
_STRIDE = 3
_RIDGE = 2e-5
_ROUNDS, _STEADY_ROUNDS = 2, 1
_LEAST_SPREAD = 1.5
_CAST = 0.46
"""Coarse coding alone gives all of a picture a cast of up to 8 levels of Cb or Cr, 14 of B-Y."""
_TO_BLUE, _TO_RED = 1.772, 1.402
_LEVELS = np.arange(256, dtype=np.float32) / np.float32(255)
_TABLE = np.stack([_LEVELS, _LEVELS**2, np.sqrt(_LEVELS)], axis=1)
"""What is summed up of each channel: enough for gains, lifts, gammas and contrasts of each."""
_IDENTITY = np.zeros((_TERMS, 3), np.float32)
_IDENTITY[1, 0] = _IDENTITY[4, 1] = _IDENTITY[7, 2] = 255


def _held() -> Floats:
    """How strongly each term of each channel (3, 10) is kept from moving where the points do not say."""
    # a channel follows itself; that it follows another, or bends with it, has to be well founded
    held = np.tile(np.array([0.3] + [4.0, 20.0, 20.0] * 3, np.float32), (3, 1))
    for channel in range(3):
        held[channel, 1 + 3 * channel : 4 + 3 * channel] = (1.0, 3.0, 3.0)
    return held


_HELD = _held()


@dataclass(frozen=True, slots=True)
class Tones:
    """What a grade does, in numbers small enough to keep for every frame.

    curve: float32 (2, KNOTS), levels of A's luma and what they become. chroma: float32 (4,), saturation, turn
    of the hue in degrees, shift of Cb and of Cr. moved: by how many of 255 levels a typical point moves.
    """

    curve: Floats
    chroma: Floats
    contrast: float
    moved: float


class Grader:
    """Fits grades of pictures that follow one another; each fit starts where the last ended."""

    def __init__(self) -> None:
        self._weights: Floats | None = None
        self._table: Bytes | None = None

    @property
    def fitted(self) -> bool:
        """Whether there was a fit."""
        return self._weights is not None

    def graded(self, a: Bytes, b: Bytes) -> tuple[Bytes, Tones]:
        """A's picture with B's grade, and the grade. All pictures RGB (rows, columns, 3)."""
        sample_a = a[1::_STRIDE, 1::_STRIDE].reshape(-1, 3)
        basis = _basis(sample_a)
        target = b[1::_STRIDE, 1::_STRIDE].reshape(-1, 3).astype(np.float32)
        cautious, rounds = 1, _STEADY_ROUNDS
        apart = _apart(basis @ (_IDENTITY if self._weights is None else self._weights), target)
        usual = median(apart)
        if usual < _LEAST_SPREAD:
            cautious = 0  # what held before holds on
        if self._weights is None or usual > 3 * _LEAST_SPREAD:
            # a cut or a first picture: what held before says nothing
            cautious, rounds = 4, _ROUNDS
            apart = np.minimum(apart, _apart(basis @ _IDENTITY, target))
        for turn in range(cautious + rounds):
            weights = _solved(basis, target, _trust(apart, turn < cautious))
            fitted = basis @ weights
            apart = _apart(fitted, target)
        self._weights, self._table = weights, None
        return self.applied(a), _tones(sample_a, fitted, weights)

    def applied(self, a: Bytes) -> Bytes:
        """A picture with the latest grade."""
        import cv2

        assert self._weights is not None, "nothing was graded yet"
        curves = np.einsum("lk,ckt->tlc", _TABLE, self._weights[1:].reshape(3, 3, 3)).astype(np.float32)
        planes = []
        for channel in range(3):
            parts = cv2.LUT(a, np.ascontiguousarray(curves[channel])[:, None, :])
            planes.append(cv2.transform(parts, np.ones((1, 3), np.float32)) + self._weights[0, channel])
        return np.asarray(np.clip(cv2.merge(planes), 0, 255) + np.float32(0.5), np.float32).astype(np.uint8)

    def luma_table(self) -> Bytes:
        """What each of 256 levels of grey becomes by the latest grade."""
        assert self._weights is not None, "nothing was graded yet"
        if self._table is None:
            self._table = np.asarray(np.clip((_GREYS @ self._weights) @ _TO_YCC[0] + 0.5, 0, 255), np.uint8)
        return self._table


def _basis(points: Bytes) -> Floats:
    """Terms of the fit (N, 10) of points (N, 3): one, and three of each channel."""
    result = np.ones((len(points), _TERMS), np.float32)
    result[:, 1:] = _TABLE[points].reshape(len(points), -1)
    return result


def _apart(fitted: Floats, target: Floats) -> Floats:
    error = np.abs(fitted - target)
    result: Floats = np.maximum(error[:, 0], np.maximum(error[:, 1], error[:, 2]))
    return result


def _trust(apart: Floats, cautious: bool) -> Floats:
    """Weight of each point: little where it is far off; while the fit is `cautious` none is ruled out."""
    spread = max(_LEAST_SPREAD, 1.5 * median(apart))
    ratio = apart / np.float32(spread)
    trust = 1 / (1 + ratio) if cautious else 1 / (1 + ratio * ratio) ** 2
    return np.asarray(trust, np.float32)


def _solved(basis: Floats, target: Floats, trust: Floats) -> Floats:
    """Weights (10, 3) of the fit, each held near no grade at all where the points do not say."""
    heavy = basis * trust[:, None]
    normal, wanted = heavy.T @ basis, heavy.T @ target
    strength = np.float32(_RIDGE * float(trust.sum()) + 1e-4)
    held = _HELD * strength
    ridge = np.zeros((3, _TERMS, _TERMS), np.float32)
    ridge[:, range(_TERMS), range(_TERMS)] = held
    solved = np.linalg.solve(normal + ridge, (wanted.T + held * _IDENTITY.T)[:, :, None])
    return np.asarray(solved[:, :, 0].T, np.float32)


def _ranks(count: int) -> list[int]:
    return [round((count - 1) * share) for share in np.linspace(0.05, 0.95, KNOTS).tolist()]


def _tones(sample: Bytes, fitted: Floats, weights: Floats) -> Tones:
    before, after = (points @ _TO_YCC.T for points in (sample.astype(np.float32), fitted))
    at = np.partition(before[:, 0], where := _ranks(len(before)))[where]
    grey = np.repeat(np.clip(at + 0.5, 0, 255).astype(np.uint8)[:, None], 3, axis=1)
    becomes = (_basis(grey) @ weights) @ _TO_YCC.T
    # how much of each channel goes into each, at medium grey of this picture
    level = max(0.1, float(at[KNOTS // 2]) / 255)
    slopes = np.array([1, 2 * level, 0.5 / np.sqrt(level)], np.float32) / np.float32(255)
    matrix = np.einsum("k,ckt->tc", slopes, weights[1:].reshape(3, 3, 3))
    turned = (_TO_YCC @ matrix @ _TO_RGB)[1:, 1:]
    along, across = float(turned[0, 0] + turned[1, 1]) / 2, float(turned[1, 0] - turned[0, 1]) / 2
    moved = after - before
    shift = float(np.sqrt(np.mean(moved[:, 0] ** 2)))
    for channel, scale in ((1, _TO_BLUE), (2, _TO_RED)):
        cast, rest = float(moved[:, channel].mean()) * scale, float(moved[:, channel].std()) * scale
        shift = max(shift, float(np.hypot(_CAST * cast, rest)))
    middle = becomes[KNOTS // 2]
    return Tones(
        curve=np.stack([at, becomes[:, 0]]).astype(np.float32),
        chroma=np.array(
            [np.hypot(along, across), np.rad2deg(np.arctan2(across, along)), middle[1], middle[2]], np.float32
        ),
        contrast=max(0.05, float((becomes[-1, 0] - becomes[0, 0]) / max(1.0, float(at[-1] - at[0])))),
        moved=shift,
    )


_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]],
    np.float32,
)
_GREYS = _basis(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
_TO_RGB = np.linalg.inv(_TO_YCC).astype(np.float32)
