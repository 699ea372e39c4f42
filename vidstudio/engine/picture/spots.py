"""From residuals of frames in a row to the points that differ steadily, and when: runs of hot points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture.residual import GONE, UNIT

Signed = NDArray[np.int8]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

LEVEL = 32
"""Level of what is just beyond what noise explains; less is only told where something stronger is beside it."""

CONTEXT = 12
"""Frames before and after that have a say in whether a point is hot."""

_WINDOW = 13
_ROUGH = 2.0
_AT_ONCE = 1.5
_WEAK = 0.45
_MEANT = 0.65
_LINGERS = 0.2
_CALM = 0.3
_SUPPORT = 3
_AREA_SHARE, _AREA_RICH, _AREA_LEAST = 0.85, 0.02, (0.04, 0.06)
_AREA_USUAL, _AREA_RARE = 2.0, 5.5
_OWN = 0.5
_STRONG, _WEAKER, _SPILT, _BESIDE = 2.0, 0.65, 0.3, 5
"""What gives some of itself to points within so many across; what is weaker than that, and so weak itself, is given."""
_GONE_SHARE, _GONE_LEAST, _GONE_USUAL, _GONE_RARE = 0.85, 0.25, 1.4, 3.5
"""What most areas lose less than, at least so much, and how many times that coding takes often, and hardly ever."""
_WIDTH, _AROUND, _SOLID = 5, 7, 0.8
"""Areas of 2 x 2 points: what lost detail itself is at least so wide and high; at what is plain is within so many. So
much of what is inside is plain where all of it is."""


@dataclass(frozen=True, slots=True)
class Spots:
    """Runs of hot points: point number, first frame and one past the last (positions in the block), level 1..255."""

    points: NDArray[np.int32]
    first: NDArray[np.int32]
    after: NDArray[np.int32]
    level: NDArray[np.uint8]

    def later(self, frames: int) -> Spots:
        """The same so many frames later."""
        shift = np.int32(frames)
        return replace(self, first=self.first + shift, after=self.after + shift)


NONE = Spots(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint8))
"""No spots."""


def spots(planes: Signed, low: int, high: int) -> tuple[Spots, Floats]:
    """Runs within frames `low..high-1` of planes int8 (N, 5, rows, columns), and the hot share of each of them."""
    strength, single = _strengths(planes)
    lost, lost_brief = _of_detail(planes[:, GONE], strength)
    np.maximum(strength, lost, out=strength)
    np.maximum(single, lost_brief, out=single)
    strong = _supported(strength > _MEANT)
    lines = single[low:high].reshape(high - low, -1).T
    # a run at an edge goes on in the next block, which knows what comes after
    strong_lines = strong[low:high].reshape(high - low, -1).T
    levels = strength[low:high].reshape(high - low, -1).T
    share = (strong & (strength > 1))[low:high].mean(axis=(1, 2)).astype(np.float32)
    busy = np.flatnonzero(strong_lines.any(axis=1))
    found = _runs(lines[busy], strong_lines[busy], levels[busy])
    return Spots(busy[found.points].astype(np.int32), found.first, found.after, found.level), share


def calm(planes: Signed) -> bool:
    """Whether the planes int8 (5, rows, columns) of one frame show nothing that might come to count."""
    strength, _ = _strengths(planes[None])
    # detail is judged by few areas, of which in one frame alone some always lose more than most
    lost, _ = _of_detail(planes[None, GONE], strength)
    return not _supported((strength > _CALM) | (lost > _MEANT)).any()


def _strengths(planes: Signed) -> tuple[Floats, Floats]:
    """How far each point is beyond what noise explains (1: as far as it takes): over a while, and in one frame.

    Detail that is gone has no say. Of luma and chroma 0 where neither could count.
    """
    luma, red, blue, other = (planes[:, i].astype(np.float32) * np.float32(1 / UNIT) for i in range(4))
    # strokes of opposite sign lie side by side where letters were swapped
    rough = np.abs(luma) * np.float32(1 / _ROUGH)
    pooled, others, other_brief = _over_time(rough, _WINDOW), _over_time(other, _WINDOW), _brief(other)
    lasting, brief = _of_areas((pooled, others), (rough, other_brief))
    # structure is judged over a few points, so what is far beyond noise gives some to all beside it
    near = _most_near(pooled, _BESIDE)
    spilt = (others < near * np.float32(_WEAKER)) & (pooled < near * np.float32(_SPILT))
    others[spilt & (near.max(axis=0) > _STRONG)] = 0
    np.maximum(pooled, others, out=pooled)
    np.maximum(pooled, lasting, out=pooled)
    single = np.maximum(np.maximum(rough, other_brief), brief)
    for raw in ([luma], [blue, red]):
        smooth = [_smooth(one) for one in raw]
        # most points have next to nothing at any time
        most = np.maximum.reduce([np.maximum(one.max(axis=0), -one.min(axis=0)) for one in smooth])
        busy = np.flatnonzero(most * np.sqrt(len(smooth)) > _WEAK)
        if not len(busy):
            continue
        some, own = ([one.reshape(len(one), -1)[:, busy] for one in parts] for parts in (smooth, raw))
        lasting, alone = (_size([_over_time(one, _WINDOW) for one in parts]) for parts in (some, own))
        # and so does a mean over points
        spilt = (alone < lasting * np.float32(_SPILT)) & (lasting.max(axis=0) > 1)
        _raise(pooled, busy, np.where(spilt, alone, lasting))
        _raise(single, busy, _brief(_size(some)))
    return pooled, single


def _size(parts: Sequence[Floats]) -> Floats:
    """Of one value, or of two together."""
    return np.asarray(np.abs(parts[0]) if len(parts) == 1 else np.hypot(*parts), np.float32)


def _raise(values: Floats, busy: NDArray[np.int64], to: Floats) -> None:
    """Raise values (frames, rows, columns) at those points to what (frames, points) says, where that is more."""
    flat = values.reshape(len(values), -1)
    flat[:, busy] = np.maximum(flat[:, busy], to)


def _of_areas(pooled: tuple[Floats, Floats], single: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """The same of luma and structure by areas: what is weak at each point is plain where all points around agree.

    How much it takes is judged by the picture itself, as noise does not stay in one place.
    """
    wide = [_area(one) for one in pooled]
    units = _units(wide)
    around = _up(_summed(wide, units), pooled[0].shape)
    own = _summed(pooled, units)
    # an area reaches beyond what changed in it
    lasting = np.where(own >= _most_near(own) * np.float32(_OWN), around, np.float32(0))
    brief = _up(_summed([_area(one) for one in single], units), pooled[0].shape)
    return lasting, brief


def _of_detail(gone: Signed, otherwise: Floats) -> tuple[Floats, Floats]:
    """The same of detail that is gone, judged by what is gone elsewhere in the picture for as long.

    otherwise: how far each point is beyond noise without it.
    """
    areas = gone[:, ::2, ::2].astype(np.float32) * np.float32(1 / UNIT)
    lasting = _over_time(areas, _WINDOW)
    some = lasting[::4].ravel()
    some = some[some != 0]
    at = int(_GONE_SHARE * len(some))
    unit = max(_GONE_LEAST, float(np.partition(some, at)[at]) if len(some) else 0.0)
    # half as much as inside is the edge of what an area reaches over
    inside = lasting >= _most_near(lasting, 7) * np.float32(_OWN)
    lasting, brief = (
        (one - np.float32(_GONE_USUAL * unit)) * np.float32(1 / (unit * (_GONE_RARE - _GONE_USUAL)))
        for one in (lasting, _brief(areas))
    )
    lasting[~inside] = 0
    lasting[_beside_strokes(lasting > _CALM, otherwise[:, ::2, ::2] > 1)] = 0
    return _up(lasting, gone.shape), _up(brief, gone.shape)


def _beside_strokes(lost: Bools, plain: Bools) -> Bools:
    """Areas (frames, rows, columns) where detail is lost in something narrow, at what is plain without it.

    As far as an area reaches it is lost around strokes of a few points, which are told better by themselves.
    """
    import cv2

    near, narrow, wide, around = (np.ones((size, size), np.uint8) for size in (3, _WIDTH, _WIDTH + 2, _AROUND))
    result = np.zeros_like(lost)
    for number in np.flatnonzero(lost.any(axis=(1, 2)) & plain.any(axis=(1, 2))):
        joined = cv2.morphologyEx(lost[number].view(np.uint8), cv2.MORPH_CLOSE, near)
        inside = cv2.erode(joined, narrow)
        # what is plain nearly all over says itself how far it reaches
        told = cv2.blur((inside & plain[number]).astype(np.float32), (_AROUND, _AROUND))
        inside[told > np.float32(_SOLID) * cv2.blur(inside.astype(np.float32), (_AROUND, _AROUND))] = 0
        result[number] = cv2.dilate(plain[number].view(np.uint8), around) > cv2.dilate(inside, wide)
    return lost & result


def _most_near(values: Floats, size: int = 9) -> Floats:
    import cv2

    box, result = np.ones((size, size), np.uint8), np.empty_like(values)
    for one, out in zip(values, result, strict=True):
        cv2.dilate(one, box, dst=out)
    return result


def _summed(parts: Sequence[Floats], units: list[float]) -> Floats:
    """Evidence of several kinds in one, 1 where it is just beyond what noise brings together."""
    first, second = (part * np.float32(1 / unit) for part, unit in zip(parts, units, strict=True))
    return np.asarray((first + second - np.float32(_AREA_USUAL)) * np.float32(1 / (_AREA_RARE - _AREA_USUAL)))


def _area(values: Floats) -> Floats:
    """Mean over 8 x 8 points around every second one, each way, of every frame."""
    import cv2

    size = (max(1, values.shape[2] // 2), max(1, values.shape[1] // 2))
    result = np.empty((len(values), size[1], size[0]), np.float32)
    for one, out in zip(values, result, strict=True):
        cv2.blur(cv2.resize(one, size, interpolation=cv2.INTER_AREA), (4, 4), dst=out)
    return result


def _up(values: Floats, shape: tuple[int, ...]) -> Floats:
    import cv2

    result = np.empty(shape, np.float32)
    for one, out in zip(values, result, strict=True):
        cv2.resize(one, (shape[2], shape[1]), dst=out, interpolation=cv2.INTER_NEAREST)
    return result


def _units(wide: Sequence[Floats]) -> list[float]:
    """What most areas with structure stay below, of each kind; flat ones say nothing about those."""
    some = [one[::4, ::2, ::2].ravel() for one in wide]
    rich = some[1] > _AREA_RICH
    result = []
    for one, least in zip(some, _AREA_LEAST, strict=True):
        one = one[rich]
        at = int(_AREA_SHARE * len(one))
        result.append(max(least, float(np.partition(one, at)[at]) if len(one) else 0.0))
    return result


def _brief(size: Floats) -> Floats:
    """Mean of three frames, but little where the middle one has little: there it begins or ends only beside it."""
    return np.asarray(np.minimum(_over_time(size, 3), size * np.float32(_AT_ONCE)), np.float32)


def _smooth(values: Floats) -> Floats:
    """Mean over 3 x 3 points of every frame."""
    import cv2

    result = np.empty_like(values)
    for one, out in zip(values, result, strict=True):
        cv2.blur(one, (3, 3), dst=out)
    return result


def _over_time(values: Floats, window: int) -> Floats:
    """Running mean over `window` frames around each."""
    import cv2

    flat = values.reshape(len(values), -1)
    return np.asarray(cv2.blur(flat, (1, window), borderType=cv2.BORDER_REFLECT), np.float32).reshape(values.shape)


def _supported(hot: Bools) -> Bools:
    """Only points with enough hot neighbours."""
    import cv2

    kernel = np.ones((3, 3), np.float32)
    return np.stack(
        [
            one & (cv2.filter2D(one.astype(np.float32), -1, kernel, borderType=cv2.BORDER_CONSTANT) > _SUPPORT)
            for one in hot
        ]
    )


def _runs(single: Floats, strong: Bools, levels: Floats) -> Spots:
    """Runs along rows (points, frames) of what is more than weak in single frames, each with something strong in it.

    Coding leaves a little of a change around it in time too, beyond noise but far from what it was.
    """
    points, frames = single.shape
    weak = np.zeros((points, frames + 1), bool)
    weak[:, :frames] = single > _WEAK
    value = np.zeros(weak.shape, np.float32)
    value[:, :frames] = np.where(strong, levels, 0)
    starts, ends, peak = _peaks(weak, value)
    weak[weak] = single[weak[:, :frames]] >= np.repeat(peak * np.float32(_LINGERS), ends - starts)
    starts, ends, peak = _peaks(weak, value)
    keep = peak > 0
    starts, ends, peak = starts[keep], ends[keep], peak[keep]
    row = starts // (frames + 1)
    return Spots(
        row.astype(np.int32),
        (starts - row * (frames + 1)).astype(np.int32),
        (ends - row * (frames + 1)).astype(np.int32),
        np.clip(peak * LEVEL, 1, 255).astype(np.uint8),
    )


def _peaks(weak: Bools, value: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Where in flat order runs of weak start and end, and their greatest value; the last column is none's."""
    edges = np.flatnonzero(np.diff(weak.ravel(), prepend=False))
    if not len(edges):
        return edges, edges, np.zeros(0, np.float32)
    return edges[::2], edges[1::2], np.maximum.reduceat(value.ravel(), edges)[::2]
