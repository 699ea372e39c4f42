"""The whole alignment of two videos from their thumbnails: coarse runs first, then exact frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment import coarse, descriptors, exact, framing, tracking, verify
from vidstudio.engine.alignment.results import Window

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_CELL_US = 200_000
_MOST_CELLS = 2400
_SAMPLES = 5
_MEAN_OF = 4000
_COSTS_OF = 2000
_LEAST_PAIRS = 20
_POORLY_MATCHED = 0.25
_GUESS_OF = 200
_PAIRS = 48
_SURELY_WHOLE = 0.97
_CLEARLY_BETTER = 0.02
_LONG_PIECE = 100
_LEAST_RETIMING = 0.004


@dataclass(frozen=True, slots=True)
class Pictures:
    """What alignment needs of one video: grey thumbnails uint8 (N, 28, 48), starts int64 (N,), and its shape.

    aspect: width over height of the active picture as it is shown.
    """

    thumbs: NDArray[np.uint8]
    starts_us: Ints
    duration_us: int
    aspect: float


@dataclass(frozen=True, slots=True)
class Match:
    """frame_map: int32 (frames of B,), the frame of A or -1. likeness: float32, similarity of what is matched.

    likeness_new: below it frames were taken for new. window: the part of A's picture that B shows.
    reframed: whether B (or A) shows a moving window of the other's picture.
    """

    frame_map: NDArray[np.int32]
    likeness: Floats
    likeness_new: float
    window: Window
    reframed: bool


def match(a: Pictures, b: Pictures, tick: Callable[[float], None] | None = None) -> Match:
    """Which frame of A each frame of B shows. `tick` is told the share done, 0..1."""
    tell = tick or (lambda share: None)
    if not len(a.thumbs) or not len(b.thumbs):
        empty = len(b.thumbs)
        return Match(np.full(empty, exact.NEW, np.int32), np.zeros(empty, np.float32), 0.0, Window(), reframed=False)
    first = _match(a, b, lambda share: tell(share / 2))
    if first.reframed:
        return first
    start = Window()
    if (first.frame_map >= 0).mean() < _POORLY_MATCHED:
        start = framing.guess_window(_some(a.thumbs), _some(b.thumbs)) or start
        if not start.whole:
            first = _match(replace(a, thumbs=descriptors.cut(a.thumbs, start)), b, lambda share: tell(share / 2))
    window = _common_window(a, b, first, start)
    speed = _common_speed(first.frame_map, a, b)
    best = first
    if window is not None or speed != 1:
        if window is not None:
            a = replace(a, thumbs=descriptors.cut(a.thumbs, window))
        best = _match(a, b, lambda share: tell(0.5 + share / 2), speed)
        best = replace(best, window=window or Window())
    of_a, of_b = (verify.Filmed(video.thumbs, _frame_us(video)) for video in (a, b))
    sure = verify.verified(best.frame_map, of_a, of_b)
    frame_map = verify.filled(sure, _natural(a, b, speed), of_a, of_b)
    likeness = best.likeness.copy()
    likeness[(sure < 0) & (frame_map >= 0)] = np.median(likeness[sure >= 0]) if (sure >= 0).any() else best.likeness_new
    return replace(best, frame_map=frame_map, likeness=likeness)


def _some(thumbs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return thumbs[:: 1 + len(thumbs) // _GUESS_OF]


def _common_speed(frame_map: NDArray[np.int32], a: Pictures, b: Pictures) -> float:
    """How much faster A runs in most of B than it did; exactly 1 when not clearly otherwise."""
    matched = np.flatnonzero(frame_map >= 0)
    step = max(_frame_us(a), _frame_us(b))
    slopes, weights = [], []
    for part in verify.pieces(frame_map, matched, _frame_us(a), _frame_us(b)) if len(matched) else []:
        if len(part) >= _LONG_PIECE:
            at = b.starts_us[part] - b.starts_us[part[0]]
            drift = a.starts_us[frame_map[part]] - a.starts_us[frame_map[part[0]]] - at
            slope = float(np.polyfit(at, drift, 1)[0])
            slopes.append(slope if abs(slope) * at[-1] > 3 * step else 0.0)
            weights.append(len(part))
    if not slopes:
        return 1.0
    order = np.argsort(slopes)
    middle = np.searchsorted(np.cumsum(np.array(weights)[order]), sum(weights) / 2)
    slope = slopes[order[middle]]
    return 1 + slope if abs(slope) > _LEAST_RETIMING else 1.0


def _frame_us(video: Pictures) -> float:
    return max(1.0, video.duration_us / len(video.thumbs))


def _common_window(a: Pictures, b: Pictures, found: Match, start: Window) -> Window | None:
    """The part of A's picture that B shows all through, when that is clearly not the whole."""
    matched = np.flatnonzero(found.frame_map >= 0)
    if len(matched) < _LEAST_PAIRS or np.median(found.likeness[matched]) > _SURELY_WHOLE:
        return None if start.whole else start
    sure = matched[found.likeness[matched] >= np.median(found.likeness[matched])]
    chosen = sure[np.linspace(0, len(sure) - 1, _PAIRS).astype(int)]
    window, before, after = framing.find_window(a.thumbs[found.frame_map[chosen]], b.thumbs[chosen], start)
    better = not window.whole and after > before + _CLEARLY_BETTER
    return window if better else (start if not start.whole else None)


def _match(a: Pictures, b: Pictures, tell: Callable[[float], None], speed: float = 1.0) -> Match:
    a_views, b_views = _views(a, b)
    tell(0.2)
    cell_us = max(_CELL_US, -(-max(a.duration_us, b.duration_us) // _MOST_CELLS))
    a_at, b_at = _cells(a, cell_us, _SAMPLES), _cells(b, cell_us, 1)[:, 0]
    found = coarse.runs(coarse.similarity(a_views, b_views, a_at, b_at))
    tell(0.6)
    natural = _natural(a, b, speed)
    rate = len(a.thumbs) * cell_us / max(1, a.duration_us)
    radius = max(8, round(2.2 * rate))
    tracks = [tracking.track(run, b_at, a_at, natural, radius, len(b.thumbs)) for run in found]

    def similarity(b_low: int, b_high: int, a_low: int, a_high: int) -> Floats:
        best = np.full((b_high - b_low, a_high - a_low), -1, np.float32)
        for of_a in a_views:
            for of_b in b_views:
                rows, columns = of_b[b_low:b_high].astype(np.float32), of_a[a_low:a_high].astype(np.float32)
                np.maximum(best, rows @ columns.T, out=best)
        return best

    if cell_us > _CELL_US:
        wide, radius = radius, max(8, round(2.2 * rate * _CELL_US / cell_us))
        tracks = [fine for one in tracks for fine in tracking.refined(one, natural, wide, len(a.thumbs), similarity)]
    reframed = len(a_views) + len(b_views) > 2
    costs = _costs(tracks, similarity, radius, len(a.thumbs), reframed)
    frame_map, likeness = exact.align(
        len(b.thumbs),
        len(a.thumbs),
        natural,
        tracks,
        radius,
        similarity,
        costs,
        lambda frame: tell(0.6 + 0.4 * frame / len(b.thumbs)),
    )
    return Match(frame_map, likeness, 1 - costs.new, Window(), reframed)


def _views(a: Pictures, b: Pictures) -> tuple[list[coarse.Described], list[coarse.Described]]:
    """Descriptors of each window of both, float16: an hour is 90 MB."""
    a_parts = descriptors.windows(a.thumbs, a.aspect, b.aspect)
    b_parts = descriptors.windows(b.thumbs, b.aspect, a.aspect)
    a_some, b_some = (thumbs[:: 1 + len(thumbs) // _MEAN_OF] for thumbs in (a.thumbs, b.thumbs))
    mean = descriptors.common_mean(descriptors.features(a_some), descriptors.features(b_some))
    return [descriptors.described(part, mean) for part in a_parts], [
        descriptors.described(part, mean) for part in b_parts
    ]


def _cells(video: Pictures, cell_us: int, samples: int) -> Ints:
    """Frames (cells, samples) that stand for each cell of time."""
    cells = max(1, -(-video.duration_us // cell_us))
    at = (np.arange(cells)[:, None] + (np.arange(samples) + 0.5) / samples) * cell_us
    frames = np.searchsorted(video.starts_us, at, side="right") - 1
    result: Ints = np.clip(frames, 0, len(video.thumbs) - 1)
    return result


def _natural(a: Pictures, b: Pictures, speed: float) -> Ints:
    """The frame of A on screen at the time of each frame of B, going on at A's pace beyond its end."""
    step = _frame_us(a)
    times = b.starts_us * speed
    inside = np.searchsorted(a.starts_us, times + step / 8, side="right") - 1
    beyond = len(a.thumbs) + ((times - a.duration_us) / step).astype(np.int64)
    result: Ints = np.where(times < a.duration_us, inside, beyond).astype(np.int64)
    return result


def _costs(
    tracks: list[exact.Track],
    similarity: exact.Emission,
    radius: int,
    a_frames: int,
    reframed: bool,
) -> exact.Costs:
    """Prices that suit this pair: how unlike right matches are says how unlike new material must be."""
    best = []
    step = max(5, sum(len(track.centers) for track in tracks) // _COSTS_OF)
    for track in tracks:
        for at in range(0, len(track.centers), step):
            center = int(track.centers[at])
            low, high = max(0, center - radius), min(a_frames, center + radius + 1)
            if low < high:
                best.append(float(similarity(track.first + at, track.first + at + 1, low, high).max()))
    typical = 1 - float(np.median(best)) if best else 0.5
    new = float(np.clip(3 * typical + 0.12, 0.3, 0.7))
    # where a moving window is guessed anew for every frame, likeness says little about a jump
    jump = 3.0 if reframed else 2.2
    return exact.Costs(switch=jump * new, slip=0.45 * new, new=new)
