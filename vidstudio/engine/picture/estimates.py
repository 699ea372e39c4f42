"""Which grade and which transform a stretch of frames shows, in the words of those who make them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import turns
from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.alignment.results import Turn, Window
from vidstudio.engine.picture.changes import Findings
from vidstudio.engine.picture.grade import KNOTS
from vidstudio.engine.picture.registration import IDENTITY, MIRRORED, PLAIN, TURNED, UPSIDE_DOWN
from vidstudio.engine.types import Grade, Transform

_MOST_FRAMES = 400
_EXPONENTS = np.geomspace(0.4, 2.5, 61)
_LEAST_RANGE = 45 / 255
_WORTH = 0.85
_WORTH_LEVELS = 0.15 / 255
_LEAST_CONTRAST = 0.05
_HARDLY_ANY_COLOUR = 0.2
_LEAST_CAST = 3.0
_LEAST_LEVEL = 16.0
Wide = NDArray[np.float64]


def grade_of(findings: Findings, frames: Range) -> Grade | None:
    """The grade of the frames, or None where none was measured."""
    curves = findings.curves[frames.first : frames.after]
    known = np.flatnonzero(~np.isnan(curves[:, 0, 0]))
    if not len(known):
        return None
    some = known[:: max(1, len(known) // _MOST_FRAMES)]
    x = np.clip(curves[some, 0].astype(np.float64).ravel() / 255, 0, 1)
    y = curves[some, 1].astype(np.float64).ravel() / 255
    gain, exponent, lift = _tones(x, y)
    chroma = findings.chroma[frames.first : frames.after][some]
    low, high = curves[some, :, 0], curves[some, :, -1]
    contrast = np.maximum(high[:, 1] - low[:, 1], 0) / np.maximum(high[:, 0] - low[:, 0], 1)
    strength = float(np.median(chroma[:, 0] / np.maximum(contrast, _LEAST_CONTRAST)))
    hue = float(np.median(chroma[:, 1])) if strength > _HARDLY_ANY_COLOUR else 0.0
    red, blue = _balance(curves[some, 1, KNOTS // 2], chroma[:, 2], chroma[:, 3])
    tones = (round(gain, 3), round(exponent, 3), round(lift, 4))
    return Grade(*tones, round(strength, 3), round(hue, 1), round(red, 3), round(blue, 3))


def _balance(luma: NDArray[np.float32], cb: NDArray[np.float32], cr: NDArray[np.float32]) -> tuple[float, float]:
    """Red and blue against green in what was a medium grey (N,); 1 where that stays as good as grey."""
    if np.hypot(np.median(cb), np.median(cr)) < _LEAST_CAST:
        return 1.0, 1.0
    level = np.maximum(luma, _LEAST_LEVEL)
    green = np.maximum(level - 0.344136 * cb - 0.714136 * cr, 1)
    red, blue = (np.maximum(level + share * shift, 1) / green for share, shift in ((1.402, cr), (1.772, cb)))
    return float(np.median(red)), float(np.median(blue))


def _tones(x: Wide, y: Wide) -> tuple[float, float, float]:
    """Gain, exponent and lift of a tone curve; an exponent other than 1 only where it explains clearly more."""
    found = {float(one): _line(x**one, y) for one in [1.0, *_EXPONENTS]}
    straight = found[1.0]
    exponent = min(found, key=lambda one: found[one][2])
    bent = found[exponent]
    narrow = np.ptp(np.quantile(x, (0.02, 0.98))) < _LEAST_RANGE
    if narrow or bent[2] > _WORTH * straight[2] or straight[2] - bent[2] < _WORTH_LEVELS:
        return straight[0], 1.0, straight[1]
    return bent[0], exponent, bent[1]


def _line(x: Wide, y: Wide) -> tuple[float, float, float]:
    """Slope and start of a line, and the mean distance from it; points far off count little."""
    weight = np.ones_like(x)
    slope, start = 1.0, 0.0
    for _ in range(4):
        total = weight.sum()
        x_mean, y_mean = (weight * x).sum() / total, (weight * y).sum() / total
        spread = (weight * (x - x_mean) ** 2).sum()
        slope = float((weight * (x - x_mean) * (y - y_mean)).sum() / spread) if spread > 1e-9 else 1.0
        start = float(y_mean - slope * x_mean)
        error = np.abs(y - slope * x - start)
        weight = 1 / np.maximum(error, 1 / 255)
    return slope, start, float(np.abs(y - slope * x - start).mean())


def transform_of(
    findings: Findings, frames: Range, a: Active, b: Active, window: Window, turn: Turn | None = None
) -> Transform:
    """Where the frames of B lie in A's, given how A was turned and which `window` of it was compared with B's."""
    turn = turn or Turn()
    from_a = turns.points(turn, a.full_width, a.full_height)
    a = turns.of_active(a, turn)
    part = slice(frames.first, frames.after)
    places = findings.places[part]
    known = ~np.isnan(places[:, 0, 0])
    place = np.median(places[known], axis=0) if known.any() else IDENTITY
    flips = findings.flips[part][known]
    flip = int(np.bincount(flips).argmax()) if len(flips) else PLAIN
    sign = np.diag([-1.0 if flip in (MIRRORED, TURNED) else 1.0, -1.0 if flip in (UPSIDE_DOWN, TURNED) else 1.0, 1.0])
    to_b = _square(b.x, b.y, b.width, b.height)
    to_a = _square(
        a.x + a.width * window.left,
        a.y + a.height * window.top,
        a.width * (window.right - window.left),
        a.height * (window.bottom - window.top),
    )
    whole = np.linalg.inv(to_a) @ sign @ np.vstack([place, [0, 0, 1]]) @ to_b
    # in A's pixels as large as B's
    plain = np.diag([b.full_width / a.full_width, b.full_height / a.full_height]) @ whole[:2, :2]
    plain, whole = np.linalg.inv(from_a[:2, :2]) @ plain, np.linalg.inv(from_a) @ whole
    mirrored = float(np.linalg.det(plain)) < 0
    turned = plain @ np.diag([-1.0, 1.0]) if mirrored else plain
    rotation = -float(np.rad2deg(np.arctan2(turned[1, 0] - turned[0, 1], turned[0, 0] + turned[1, 1])))
    scale = 1 / float(np.sqrt(abs(np.linalg.det(plain))))
    a_to_f = [round(float(value), 5) for value in whole[:2].ravel()]
    return Transform(
        a=a_to_f[0],
        b=a_to_f[1],
        c=a_to_f[2],
        d=a_to_f[3],
        e=a_to_f[4],
        f=a_to_f[5],
        scale=round(scale, 4),
        rotation=round(rotation, 2) + 0.0,
        mirrored=mirrored,
    )


def _square(x: float, y: float, width: float, height: float) -> Wide:
    """From pixels to -1..1 over a rectangle."""
    return np.array([[2 / width, 0, -1 - 2 * x / width], [0, 2 / height, -1 - 2 * y / height], [0, 0, 1]])
