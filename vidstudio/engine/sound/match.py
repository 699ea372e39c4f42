"""Where the sound of B comes from in A's, by the sound alone.

Stretches of B of four seconds are looked for in all of A; a path through the best places that jumps seldom gives
pieces; each piece is then laid on A to the millisecond. Level, tone and codec do not matter; a change of speed of a
few percent is found as a piece of another length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.sound.pieces import Piece, finished
from vidstudio.engine.sound.prints import FRAME_US
from vidstudio.engine.sound.sounds import Sound, fit, shared_bands
from vidstudio.engine.types import SoundMatch

Floats = NDArray[np.float32]
Told = Callable[[float], None]

_GROUP = 8  # frames of a print in one coarse frame
_STRIDE = 2  # coarse frames from one that is looked at to the next
_LENGTH = 25  # of these in a stretch: 4 s
_SHORTEST = 6
_CANDIDATES = 5
_CELL = 8  # coarse frames of A that give one candidate
_CHUNK = 4096
_BATCH = 256
_LONG = 60_000  # frames of a print, 10 min, beyond which stretches begin every two seconds
_NEW = 0.5  # likeness below which a stretch counts as new
_SWITCH = 0.6
_LEAVE = 0.15
_DRIFT = 0.06  # how much faster or slower than A sound may run
_STEADY_FRAMES = 1.0
_DRIFTED_FRAMES = 1.5


def match(a: Sound, b: Sound, told: Told = lambda share: None) -> tuple[SoundMatch, ...]:
    """The pieces of B that sound like a piece of A, in the order of B; they do not overlap.

    `told` gets the share that is done. Silence is like nothing.
    """
    shared = shared_bands(a, b)
    if not shared.any() or min(len(a), len(b)) < _SHORTEST * _STRIDE * _GROUP:
        return ()
    places = _search(_coarse(a, shared), _coarse(b, shared), 1 if len(b) <= _LONG else 2, told)
    pieces = [piece for run in _runs(places) for piece in _laid(a, b, shared, places, run)]
    return finished(a, b, shared, pieces)


@dataclass(frozen=True, slots=True)
class _Places:
    """Stretches of B and the best places for each. All in coarse frames.

    starts: int64 (N,); length: of a stretch; offsets: int64 (N, K), A's place less B's; likeness: float32 (N, K).
    """

    starts: NDArray[np.int64]
    length: int
    offsets: NDArray[np.int64]
    likeness: Floats


def _coarse(sound: Sound, shared: NDArray[np.bool_]) -> Floats:
    """Loudness over time of pairs of bands without what is steady: float32 (N / 8, bands / 2), unscaled."""
    groups = len(sound) // _GROUP
    levels = np.maximum(sound.bands[: groups * _GROUP], sound.floor)[:, shared]
    slow = levels.reshape(groups, _GROUP, -1).mean(axis=1, dtype=np.float32) * 0.5
    if slow.shape[1] > 1:
        slow = (slow[:, : slow.shape[1] // 2 * 2 : 2] + slow[:, 1::2]) / 2
    slow = np.concatenate([slow[:1], (slow[1:] + slow[:-1]) / 2])
    return np.asarray(slow - _running_mean(slow, 19), np.float32)


def _running_mean(values: Floats, half: int) -> Floats:
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    mean: Floats = ((total[high] - total[low]) / (high - low)[:, None]).astype(np.float32)
    return mean


def _search(a: Floats, b: Floats, seconds: int, told: Told) -> _Places:
    """The likeness of every stretch of B with every place in A; the best places are kept."""
    count = min(_LENGTH, (len(b) - 1) // _STRIDE, (len(a) - 1) // _STRIDE)
    length = count * _STRIDE
    step = max(1, round(seconds * 1e6 / FRAME_US / _GROUP))
    starts = np.arange(0, max(1, len(b) - length + 1), step, dtype=np.int64)
    if starts[-1] < len(b) - length:
        starts = np.append(starts, len(b) - length)
    wanted = _unit(_windows(b, count)[starts].reshape(len(starts), -1))
    # stretches may begin before A does and end after it
    margin = length // 2
    padded = np.concatenate([np.zeros((margin, a.shape[1]), np.float32), a, np.zeros((margin, a.shape[1]), np.float32)])
    windows = _windows(padded, count)
    best = np.full((len(starts), _CANDIDATES), -1, np.float32)
    where = np.zeros((len(starts), _CANDIDATES), np.int64)
    for low in range(0, len(windows), _CHUNK):
        there = _unit(windows[low : low + _CHUNK].reshape(len(windows[low : low + _CHUNK]), -1))
        for first in range(0, len(starts), _BATCH):
            rows = slice(first, first + _BATCH)
            _keep_best(best, where, rows, wanted[rows] @ there.T, low)
        told((low + len(there)) / len(windows))
    return _Places(starts, length, where - margin - starts[:, None], best)


def _windows(values: Floats, count: int) -> Floats:
    """Every stretch of `count` frames, each `_STRIDE` after the last: a view (N, bands, count)."""
    span = (count - 1) * _STRIDE + 1
    view: Floats = np.lib.stride_tricks.sliding_window_view(values, span, axis=0)[..., ::_STRIDE]
    return view


def _unit(rows: Floats) -> Floats:
    """Rows of length 1; those with next to nothing in them stay short, so that they are like nothing."""
    size = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.maximum(size, np.sqrt(rows.shape[1])), np.float32)


def _keep_best(best: Floats, where: NDArray[np.int64], rows: slice, likeness: Floats, low: int) -> None:
    """Take the best of each cell of A into the candidates of each stretch."""
    missing = -likeness.shape[1] % _CELL
    cells = np.pad(likeness, ((0, 0), (0, missing)), constant_values=-1).reshape(len(likeness), -1, _CELL)
    at = cells.argmax(axis=2) + np.arange(cells.shape[1]) * _CELL + low
    values = np.concatenate([best[rows], cells.max(axis=2)], axis=1)
    places = np.concatenate([where[rows], at], axis=1)
    kept = np.argpartition(-values, _CANDIDATES - 1, axis=1)[:, :_CANDIDATES]
    best[rows] = np.take_along_axis(values, kept, axis=1)
    where[rows] = np.take_along_axis(places, kept, axis=1)


def _runs(places: _Places) -> list[NDArray[np.int64]]:
    """Stretches that follow one another in A as in B: rows (stretch, candidate) of each run, int64 (n, 2)."""
    count = len(places.starts)
    choices = _path(places)
    runs: list[list[tuple[int, int]]] = []
    for stretch in range(count):
        choice = int(choices[stretch])
        if choice < 0:
            continue
        if runs:
            last, of_last = runs[-1][-1]
            gone = int(places.starts[stretch] - places.starts[last])
            moved = abs(int(places.offsets[stretch, choice] - places.offsets[last, of_last]))
            if moved <= 1 + _DRIFT * gone and gone <= 4 * places.length:
                runs[-1].append((stretch, choice))
                continue
        runs.append([(stretch, choice)])
    return [np.array(run, np.int64) for run in runs]


def _path(places: _Places) -> NDArray[np.int64]:
    """The best candidate of each stretch, -1 for new: a path that pays for jumps."""
    count, width = places.offsets.shape
    cost = np.concatenate([1 - places.likeness, np.full((count, 1), 1 - _NEW, np.float32)], axis=1)
    total = cost[0].copy()
    back = np.zeros((count, width + 1), np.int64)
    for at in range(1, count):
        gone = int(places.starts[at] - places.starts[at - 1])
        moved = np.abs(places.offsets[at][None, :] - places.offsets[at - 1][:, None])
        step = np.full((width + 1, width + 1), _LEAVE, np.float32)
        step[:width, :width] = np.where(moved <= 1 + _DRIFT * gone, 0.01 * moved, _SWITCH)
        step[width, width] = 0
        ways = total[:, None] + step
        back[at] = ways.argmin(axis=0)
        total = ways.min(axis=0) + cost[at]
    choice = int(total.argmin())
    result = np.full(count, -1, np.int64)
    for at in range(count - 1, -1, -1):
        result[at] = choice if choice < width else -1
        choice = int(back[at][choice])
    return result


def _laid(a: Sound, b: Sound, shared: NDArray[np.bool_], places: _Places, run: NDArray[np.int64]) -> list[Piece]:
    """The run as pieces of even speed, laid on A to a fraction of a frame."""
    half = places.length * _GROUP / 2
    middles = (places.starts[run[:, 0]] * _GROUP + half).astype(np.float64)
    rough = places.offsets[run[:, 0], run[:, 1]].astype(np.float64) * _GROUP
    rate = _slope(middles, rough)
    found = []
    for middle, offset in zip(middles.tolist(), rough.tolist(), strict=True):
        frames = np.arange(round(middle - half), round(middle + half), dtype=np.int64)
        fine = fit(a, b, shared, frames, middle + offset + (1 + rate) * (frames - middle), 3 * _GROUP)
        if fine is not None and fine.likeness > _NEW:
            found.append((middle, middle + offset + fine.frames, fine.likeness))
    return [_piece(np.array(part), half) for part in _even(found)]


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """How fast offsets drift; 0 where rounding could explain it."""
    if len(x) < 4:
        return 0.0
    slope = float(np.polyfit(x, y, 1)[0])
    return slope if abs(slope) * (x[-1] - x[0]) > 2 * _GROUP and abs(slope) <= _DRIFT else 0.0


def _even(found: list[tuple[float, float, float]]) -> list[list[tuple[float, float, float]]]:
    """Parted where the offset steps away from where it was going."""
    parts: list[list[tuple[float, float, float]]] = []
    for one in found:
        if parts and _goes_on(parts[-1], one):
            parts[-1].append(one)
        else:
            parts.append([one])
    return parts


def _goes_on(part: list[tuple[float, float, float]], one: tuple[float, float, float]) -> bool:
    last = part[-1]
    gone = one[0] - last[0]
    drift = one[1] - last[1] - gone
    if len(part) < 2:
        return abs(drift) <= _STEADY_FRAMES + _DRIFT * gone
    before = part[-min(len(part), 6)]
    usual = (last[1] - before[1]) / (last[0] - before[0]) - 1
    return abs(drift - usual * gone) <= _STEADY_FRAMES + 0.004 * gone


def _piece(found: NDArray[np.float64], half: float) -> Piece:
    """One piece through places (middle in B, place in A, likeness), (n, 3); its ends are half a stretch further."""
    middles, there = found[:, 0], found[:, 1]
    rate = 1.0
    if len(found) >= 4:
        slope = float(np.polyfit(middles, there - middles, 1)[0])
        if abs(slope) * (middles[-1] - middles[0]) > _DRIFTED_FRAMES:
            rate += slope
    start = float(np.median(there - rate * middles))
    first, after = float(middles[0] - half), float(middles[-1] + half)
    likeness = float(np.median(found[:, 2]))
    return Piece(first, after, float(middles[0]), float(middles[-1]), start + rate * first, rate, likeness)
