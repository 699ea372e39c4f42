"""The grade: how B's colours follow from A's, fitted so that what changed in one place only has no say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture import fits
from vidstudio.engine.picture.medians import median

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

KNOTS = 5
"""Points of a picture's tone curve that are kept."""

_STRIDE = 3
_SOFT = 5
_ROUNDS, _STEADY_ROUNDS = 2, 1
_LEFT, _LESS, _PATIENCE, _GRADED = 0.004, 0.95, 6, 3.0
"""A fit that leaves so much over is asked for afresh, once in so many pictures, if it moves most points so far; the
other is taken if it is so much less off."""
_CAST = 0.46
"""Coarse coding alone gives all of a picture a cast of up to 8 levels of Cb or Cr, 14 of B-Y."""
_MOST = 0.8
_PART = 7
_COLOURED, _ALIKE_COLOUR, _MOST_ALIKE = 8.0, 0.35, 0.7
_FARTHER, _FAR = 2.0, 3.0
_TONE, _TONE_OFF = 8, 5.0
"""Levels of A that count as one tone, and by how many a fit may be off there."""
_LEAST_TURN, _HARDLY_ANY, _MOST_TURN, _LUMA_SAY = 0.08, 0.15, 0.7, 0.3
_PARTS, _A_FEW = 4, 3
_FAINT = 0.5
_TO_BLUE, _TO_RED = 1.772, 1.402


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
        self._shift: Floats | None = None
        self._waits = 0

    @property
    def fitted(self) -> bool:
        """Whether there was a fit."""
        return self._weights is not None

    def graded(self, a: Bytes, b: Bytes) -> tuple[Bytes, Tones]:
        """A's picture with B's grade, and the grade. All pictures RGB (rows, columns, 3)."""
        # details that coding or a smaller size took from B would pull all colours to their mean
        sample_a, shape = _sampled(_softened(a))
        basis = fits.terms_of(sample_a)
        target = _sampled(_softened(b))[0].astype(np.float32)
        cautious, rounds = 1, _STEADY_ROUNDS
        fitted = basis @ (fits.IDENTITY if self._weights is None else self._weights)
        meant = fits.unclipped(target, fitted)
        apart = fits.apart_of(fitted, meant)
        usual = median(apart)
        if usual < fits.LEAST_SPREAD:
            cautious = 0  # what held before holds on
        if self._weights is None or usual > 3 * fits.LEAST_SPREAD:
            # a cut or a first picture: what held before says nothing
            cautious, rounds = fits.CAUTIOUS, _ROUNDS
            apart = np.minimum(apart, fits.apart_of(basis @ fits.IDENTITY, target))
        by_colour, tint = _apart_by_colour(sample_a, target, shape)
        coloured = np.isfinite(by_colour)
        if coloured.any() and _tell_more(coloured, (by_colour, apart), (tint, _tint(fitted - target)), shape):
            cautious, apart = max(cautious, 1), np.minimum(apart, by_colour)
        fit = fits.fitted(basis, target, (meant, apart), cautious, rounds)
        if cautious < fits.CAUTIOUS and self._asks(sample_a, fit):
            afresh = np.minimum(fits.apart_of(basis @ fits.IDENTITY, target), by_colour)
            other = fits.fitted(basis, target, (target, afresh), fits.CAUTIOUS, _ROUNDS)
            if other.off < _LESS * fit.off:
                fit, self._waits = other, 0
        fitted, meant = fit.fitted, fit.meant
        self._weights, self._table = fit.weights, None
        self._shift = _tone_shift(_luma(sample_a), (meant - fitted) @ _TO_YCC[0], fitted @ _TO_YCC[0], shape)
        plain = _sampled(a)[0]
        becomes = fits.terms_of(plain) @ fit.weights
        if self._shift is not None:
            becomes += self._shift[_luma(plain)][:, None]
        left = _sampled(b)[0] - np.clip(becomes, 0, 255)
        return self.applied(a), _tones(sample_a, fitted, fit.weights, left.astype(np.float32), shape)

    def _asks(self, sample: Bytes, fit: fits.Fit) -> bool:
        """Whether to start afresh for once: a fit that leaves something over may only never have learned of it."""
        self._waits = max(0, self._waits - 1)
        moved = fits.apart_of(fit.fitted, sample.astype(np.float32))
        if self._waits or fit.left < _LEFT or median(moved) < _GRADED:
            return False
        self._waits = _PATIENCE
        return True

    def applied(self, a: Bytes) -> Bytes:
        """A picture with the latest grade."""
        import cv2

        assert self._weights is not None, "nothing was graded yet"
        curves = np.einsum("lk,ckt->tlc", fits.TABLE, self._weights[1:].reshape(3, 3, 3)).astype(np.float32)
        planes = []
        for channel in range(3):
            parts = cv2.LUT(a, np.ascontiguousarray(curves[channel])[:, None, :])
            planes.append(cv2.transform(parts, np.ones((1, 3), np.float32)) + self._weights[0, channel])
        if self._shift is not None:
            shift = cv2.LUT(cv2.cvtColor(a, cv2.COLOR_RGB2GRAY), self._shift)
            planes = [plane + shift for plane in planes]
        return np.asarray(np.clip(cv2.merge(planes), 0, 255) + np.float32(0.5), np.float32).astype(np.uint8)

    def luma_table(self) -> Bytes:
        """What each of 256 levels of grey becomes by the latest grade."""
        assert self._weights is not None, "nothing was graded yet"
        if self._table is None:
            becomes = (_GREYS @ self._weights) @ _TO_YCC[0] + (0 if self._shift is None else self._shift)
            self._table = np.asarray(np.clip(becomes + 0.5, 0, 255), np.uint8)
        return self._table


def _softened(picture: Bytes) -> Bytes:
    import cv2

    return np.asarray(cv2.blur(picture, (_SOFT, _SOFT)), np.uint8)


def _sampled(picture: Bytes) -> tuple[Bytes, tuple[int, int]]:
    """Some points (N, 3) of a picture, evenly spread, and how many rows and columns they make."""
    some = picture[1::_STRIDE, 1::_STRIDE]
    return some.reshape(-1, 3), some.shape[:2]


def _apart_by_colour(sample: Bytes, target: Floats, shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """How far coloured points, and their colours alone, are off if all colours got stronger, weaker or turned alike.

    Infinite: they have no say. Where most of a picture is grey a fit would take its few coloured things for what
    changed on its own.
    """
    of_a, of_b = (points @ _TO_YCC[1:].T for points in (sample.astype(np.float32), target))
    z, w = of_a[:, 0] + 1j * of_a[:, 1], of_b[:, 0] + 1j * of_b[:, 1]
    size = np.abs(z)
    result, tint = np.full((2, len(z)), np.inf, np.float32)
    coloured = np.flatnonzero(size > _COLOURED)
    if not spread_out(coloured, shape):
        return result, tint
    ratio = w[coloured] / z[coloured]
    usual = complex(np.median(ratio.real), np.median(ratio.imag))
    error = np.abs(w[coloured] - usual * z[coloured])
    alike = error < np.maximum(fits.LEAST_SPREAD * 2, _ALIKE_COLOUR * size[coloured])
    turned = abs(usual) > _HARDLY_ANY and abs(np.angle(usual)) > _MOST_TURN
    if abs(usual - 1) > _LEAST_TURN and not turned and alike.mean() > _MOST_ALIKE:
        luma = np.abs((target - sample)[coloured] @ _TO_YCC[0])
        result[coloured[alike]] = np.maximum(error[alike], luma[alike] * _LUMA_SAY)
        tint[coloured[alike]] = error[alike]
    return result, tint


def _luma(points: Bytes) -> NDArray[np.int64]:
    """Luma of points (N, 3), 0..255."""
    return np.asarray(np.minimum(points @ _TO_YCC[0] + np.float32(0.5), 255), np.int64)


def _tone_shift(luma: NDArray[np.int64], off: Floats, fitted: Floats, shape: tuple[int, int]) -> Floats | None:
    """By how many levels tones of A, 0..255, become brighter than a fit says: (256,), or None where it is right.

    luma: A's, off: how much brighter B is than the fit, fitted: what that says, of points of a picture (rows,
    columns). The darkest and brightest tones may be few, and a fit to all others takes them for what changed on its
    own; but where tones follow on from those beside them, and not in one place only, it is the grade.
    """
    if median(np.abs(fitted - luma)) <= _TONE_OFF / 2:
        return None  # where nothing is graded, coarse coding moves what is dark and flat
    which = luma // _TONE
    count = np.bincount(which)
    known = np.flatnonzero(count >= _A_FEW)
    if not (np.abs(np.bincount(which, off)[known]) > _TONE_OFF * count[known]).any():
        return None
    parts = np.split(np.argsort(which, kind="stable"), np.cumsum(count)[:-1])
    quarters = np.array([_quarters(off[parts[i]]) for i in known], np.float32)
    usual = quarters[:, 1]
    becomes = np.array([median(fitted[parts[i]]) for i in known], np.float32) + usual
    told = _followed_on(becomes, int(np.argmax(count[known])))
    far = told & (np.abs(usual) > _TONE_OFF) & (np.sign(usual) * quarters[:, [0, 2]].T > _TONE_OFF / 2).all(axis=0)
    # nor does a grade begin within one tone
    far &= np.append(far[1:], False) | np.insert(far[:-1], 0, False)
    if not far.any():
        return None
    near = known[told & (np.abs(usual) > _TONE_OFF / 2)]
    if _in_one_place(np.concatenate([parts[i] for i in near]), shape):
        return None
    return np.interp(np.arange(256), (known[told] + 0.5) * _TONE, usual[told]).astype(np.float32)


def _quarters(values: Floats) -> Floats:
    """What a quarter, a half and three quarters of values stay below."""
    at = [len(values) // 4, len(values) // 2, 3 * len(values) // 4]
    return np.partition(values, at)[at]


def _followed_on(becomes: Floats, start: int) -> NDArray[np.bool_]:
    """Of levels that tones become, from dark to bright, which rise from the one before, all the way from `start`."""
    rises = np.diff(becomes) >= -1
    result = np.zeros(len(becomes), bool)
    result[start] = True
    result[start + 1 :] = np.logical_and.accumulate(rises[start:])
    result[:start] = np.logical_and.accumulate(rises[:start][::-1])[::-1]
    return result


def _tint(points: Floats) -> Floats:
    """How much colour points (N, 3) have beside their luma."""
    return np.asarray(np.hypot(*(points @ _TO_YCC[1:].T).T), np.float32)


def _tell_more(
    coloured: NDArray[np.bool_], apart: tuple[Floats, Floats], tint: tuple[Floats, Floats], shape: tuple[int, int]
) -> bool:
    """Whether one change of all colours explains the coloured points better than a fit does: most, or some all over.

    apart, tint: how far all points, and their colours alone, are off by that change and by the fit. Where one thing
    has most of the colour, a fit to it says nothing of other colours than its own.
    """
    by_colour, fitted = apart
    if median(fitted[coloured]) > _FARTHER * median(by_colour[coloured]) + 1:
        return True
    return spread_out(np.flatnonzero(coloured & (tint[1] > _FARTHER * tint[0] + _FAR)), shape)


def spread_out(points: NDArray[np.int64], shape: tuple[int, int], parts: int = _PARTS) -> bool:
    """Whether these points of a picture (rows, columns) lie in several parts of it, of 16."""
    return int((_in_parts(points, shape) >= _A_FEW).sum()) >= parts


def _in_one_place(points: NDArray[np.int64], shape: tuple[int, int]) -> bool:
    """Whether most of these points lie within half the width and half the height of a picture (rows, columns)."""
    parts = _in_parts(points, shape)
    blocks = parts[:-1, :-1] + parts[1:, :-1] + parts[:-1, 1:] + parts[1:, 1:]
    return int(blocks.max()) > _MOST * len(points)


def _in_parts(points: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.int64]:
    """How many points lie in each part (4, 4) of a picture (rows, columns)."""
    rows, columns = points // shape[1] * 4 // shape[0], points % shape[1] * 4 // shape[1]
    return np.bincount(rows * 4 + columns, minlength=16).reshape(4, 4)


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
    becomes = (fits.terms_of(grey) @ weights) @ _TO_YCC.T
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
_GREYS = fits.terms_of(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
