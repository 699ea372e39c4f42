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
_SOFT = 5
_BLACK, _WHITE = 4.0, 250.0
_RIDGE = 2e-5
_ROUNDS, _STEADY_ROUNDS = 2, 1
_LEAST_SPREAD = 1.5
_CAST = 0.46
"""Coarse coding alone gives all of a picture a cast of up to 8 levels of Cb or Cr, 14 of B-Y."""
_MOST = 0.8
_PART = 7
_COLOURED, _ALIKE_COLOUR, _MOST_ALIKE = 8.0, 0.35, 0.7
_FARTHER = 2.0
_LEAST_TURN, _HARDLY_ANY, _MOST_TURN, _LUMA_SAY = 0.08, 0.15, 0.7, 0.3
_PARTS, _A_FEW = 4, 3
_FAINT = 0.5
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
    of the hue in degrees, shift of Cb and of Cr. moved: by how many of 255 levels a typical point moves. noise: levels
    of luma that most points stay within of what the grade makes of them. unlike: what the means of half of all parts
    stay within; to those it matters little that something is slightly elsewhere, or that a part is another.
    """

    curve: Floats
    chroma: Floats
    contrast: float
    moved: float
    noise: float
    unlike: float


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
        # details that coding or a smaller size took from B would pull all colours to their mean
        sample_a, shape = _sampled(_softened(a))
        basis = _basis(sample_a)
        target = _sampled(_softened(b))[0].astype(np.float32)
        cautious, rounds = 1, _STEADY_ROUNDS
        fitted = basis @ (_IDENTITY if self._weights is None else self._weights)
        meant = _unclipped(target, fitted)
        apart = _apart(fitted, meant)
        usual = median(apart)
        if usual < _LEAST_SPREAD:
            cautious = 0  # what held before holds on
        if self._weights is None or usual > 3 * _LEAST_SPREAD:
            # a cut or a first picture: what held before says nothing
            cautious, rounds = 4, _ROUNDS
            apart = np.minimum(apart, _apart(basis @ _IDENTITY, target))
        by_colour = _apart_by_colour(sample_a, target, shape)
        coloured = np.isfinite(by_colour)
        if coloured.any() and median(apart[coloured]) > _FARTHER * median(by_colour[coloured]) + 1:
            cautious, apart = max(cautious, 1), np.minimum(apart, by_colour)
        for turn in range(cautious + rounds):
            weights = _solved(basis, meant, _trust(apart, turn < cautious))
            fitted = basis @ weights
            meant = _unclipped(target, fitted)
            apart = _apart(fitted, meant)
        self._weights, self._table = weights, None
        left = _sampled(b)[0] - np.clip(_basis(_sampled(a)[0]) @ weights, 0, 255)
        return self.applied(a), _tones(sample_a, fitted, weights, left.astype(np.float32), shape)

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


def _softened(picture: Bytes) -> Bytes:
    import cv2

    return np.asarray(cv2.blur(picture, (_SOFT, _SOFT)), np.uint8)


def _sampled(picture: Bytes) -> tuple[Bytes, tuple[int, int]]:
    """Some points (N, 3) of a picture, evenly spread, and how many rows and columns they make."""
    some = picture[1::_STRIDE, 1::_STRIDE]
    return some.reshape(-1, 3), some.shape[:2]


def _basis(points: Bytes) -> Floats:
    """Terms of the fit (N, 10) of points (N, 3): one, and three of each channel."""
    result = np.ones((len(points), _TERMS), np.float32)
    result[:, 1:] = _TABLE[points].reshape(len(points), -1)
    return result


def _unclipped(target: Floats, fitted: Floats) -> Floats:
    """What the points would be if a grade that goes beyond white or black were not cut off there."""
    beyond = ((target >= _WHITE) & (fitted > target)) | ((target <= _BLACK) & (fitted < target))
    return np.where(beyond, fitted, target)


def _apart(fitted: Floats, target: Floats) -> Floats:
    error = np.abs(fitted - target)
    result: Floats = np.maximum(error[:, 0], np.maximum(error[:, 1], error[:, 2]))
    return result


def _apart_by_colour(sample: Bytes, target: Floats, shape: tuple[int, int]) -> Floats:
    """How far coloured points are off if all colours got stronger, weaker or turned alike; no say in the others.

    Where most of a picture is grey a fit would take its few coloured things for what changed on its own.
    """
    of_a, of_b = (points @ _TO_YCC[1:].T for points in (sample.astype(np.float32), target))
    z, w = of_a[:, 0] + 1j * of_a[:, 1], of_b[:, 0] + 1j * of_b[:, 1]
    size = np.abs(z)
    result = np.full(len(z), np.inf, np.float32)
    coloured = np.flatnonzero(size > _COLOURED)
    if not spread_out(coloured, shape):
        return result
    ratio = w[coloured] / z[coloured]
    usual = complex(np.median(ratio.real), np.median(ratio.imag))
    error = np.abs(w[coloured] - usual * z[coloured])
    alike = error < np.maximum(_LEAST_SPREAD * 2, _ALIKE_COLOUR * size[coloured])
    turned = abs(usual) > _HARDLY_ANY and abs(np.angle(usual)) > _MOST_TURN
    if abs(usual - 1) > _LEAST_TURN and not turned and alike.mean() > _MOST_ALIKE:
        luma = np.abs((target - sample)[coloured] @ _TO_YCC[0])
        result[coloured[alike]] = np.maximum(error[alike], luma[alike] * _LUMA_SAY)
    return result


def spread_out(points: NDArray[np.int64], shape: tuple[int, int]) -> bool:
    """Whether these points of a picture (rows, columns) lie in several parts of it."""
    rows, columns = points // shape[1] * 4 // shape[0], points % shape[1] * 4 // shape[1]
    return int((np.bincount(rows * 4 + columns, minlength=16) >= _A_FEW).sum()) >= _PARTS


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


def _turn(before: Floats, after: Floats) -> complex:
    """By what the colours of points (N, 3) YCC get stronger and turn, as a complex factor; 1 where they have none."""
    # a white balance colours what is bright more, which is no colour getting stronger
    luma = before[:, 0] - before[:, 0].mean()
    z, w = (points[:, 1] + 1j * points[:, 2] for points in (before, after))
    z, w = (one - one.mean() - luma * (luma @ one) / (luma @ luma + 1) for one in (z, w))
    grey = _FAINT * len(z)
    return complex((np.vdot(z, w) + grey) / (np.vdot(z, z).real + grey))


def _parts(values: Floats) -> Floats:
    """Means around each point of values (rows, columns)."""
    import cv2

    return np.asarray(cv2.blur(values, (_PART, _PART)), np.float32).ravel()


def _quantile(values: Floats, share: float) -> float:
    at = int(share * (len(values) - 1))
    return float(np.partition(values, at)[at])


def _ranks(count: int) -> list[int]:
    return [round((count - 1) * share) for share in np.linspace(0.05, 0.95, KNOTS).tolist()]


def _tones(sample: Bytes, fitted: Floats, weights: Floats, apart: Floats, shape: tuple[int, int]) -> Tones:
    before, after = (points @ _TO_YCC.T for points in (sample.astype(np.float32), fitted))
    at = np.partition(before[:, 0], where := _ranks(len(before)))[where]
    grey = np.repeat(np.clip(at + 0.5, 0, 255).astype(np.uint8)[:, None], 3, axis=1)
    becomes = (_basis(grey) @ weights) @ _TO_YCC.T
    turn = _turn(before, after)
    moved = after - before
    shift = float(np.sqrt(np.mean(moved[:, 0] ** 2)))
    for channel, scale in ((1, _TO_BLUE), (2, _TO_RED)):
        cast, rest = float(moved[:, channel].mean()) * scale, float(moved[:, channel].std()) * scale
        shift = max(shift, float(np.hypot(_CAST * cast, rest)))
    middle = becomes[KNOTS // 2]
    left = (apart @ _TO_YCC[0]).astype(np.float32)
    return Tones(
        curve=np.stack([at, becomes[:, 0]]).astype(np.float32),
        chroma=np.array([abs(turn), np.rad2deg(np.angle(turn)), middle[1], middle[2]], np.float32),
        contrast=max(0.05, float((becomes[-1, 0] - becomes[0, 0]) / max(1.0, float(at[-1] - at[0])))),
        moved=shift,
        noise=_quantile(np.abs(left), _MOST),
        unlike=median(np.abs(_parts(left.reshape(shape)))),
    )


_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]],
    np.float32,
)
_GREYS = _basis(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
