"""Frames between two matched stretches that mix what goes on from both: dissolves, fades, woven fields."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.flags import leading, stretches_of

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_LONGEST = 60
_LEAST_SHARE = 0.15
_MOST_LEFT = 0.2
_MOST_LEFT_WOVEN = 0.35
_WOVEN = 2
_EACH_RISE = 0.02
_LEAST_RISE = 0.4
_STEADILY = 0.8
_NOISE = 2.5
_MOST_FIT = 0.8
_BLACK = 16
_BESIDE, _AS_NEAR = 12, 1.25


def blended(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map with short new stretches that only mix their neighbours given to the side that is seen more.

    natural: int64 (frames of B,), the frame of A at the time of each.
    """
    new = frame_map < 0
    result = frame_map.copy()
    for low, high in stretches_of(new):
        if low == 0 or high == len(new) or high - low > _LONGEST:
            continue
        numbers = np.arange(low, high)
        ahead = natural[numbers] + (frame_map[low - 1] - natural[low - 1])
        behind = natural[numbers] + (frame_map[high] - natural[high])
        inside = (ahead >= 0) & (behind >= 0) & (ahead < len(seen.a)) & (behind < len(seen.a))
        if inside.all():
            result[low:high] = _given(numbers, ahead, behind, seen)
            if (result[low:high] < 0).any():
                amid = _given_amid(numbers, ahead, behind, frame_map, seen)
                result[low:high] = result[low:high] if amid is None else amid
            if len(numbers) <= _WOVEN and (result[low:high] < 0).all():
                # a frame woven of two shots shows the last and the first picture of them, and nothing beyond
                last, first = np.full_like(numbers, frame_map[low - 1]), np.full_like(numbers, frame_map[high])
                share, fits = _parts(numbers, last, first, seen)
                if fits.all():
                    result[low:high] = np.where(share < 0.5, ahead, behind)
    return result


def _given_amid(numbers: Ints, ahead: Ints, behind: Ints, frame_map: Map, seen: Seen) -> Map | None:
    """The same where frames at either end are as near as what is beside them, if what is amid mixes both; or None."""
    low, high = int(numbers[0]), int(numbers[-1]) + 1
    before, beyond = np.arange(max(0, low - _BESIDE), low), np.arange(high, min(len(frame_map), high + _BESIDE))
    first = leading(_as_near(numbers, ahead, before, frame_map, seen))
    after = len(numbers) - leading(_as_near(numbers, behind, beyond, frame_map, seen)[::-1])
    if not 0 < after - first < len(numbers):
        return None
    given = _given(numbers[first:after], ahead[first:after], behind[first:after], seen)
    return np.concatenate([ahead[:first], given, behind[after:]]).astype(np.int32) if (given >= 0).all() else None


def _as_near(numbers: Ints, shown: Ints, beside: Ints, frame_map: Map, seen: Seen) -> NDArray[np.bool_]:
    """Which frames are as near to those of A as the matched ones beside them are."""
    known = beside[frame_map[beside] >= 0]
    usual = float(np.median(residuals(seen, known, frame_map[known])))
    result: NDArray[np.bool_] = residuals(seen, numbers, shown) <= _AS_NEAR * usual
    return result


def _parts(numbers: Ints, ahead: Ints, behind: Ints, seen: Seen) -> tuple[Floats, NDArray[np.bool_]]:
    """How much of what comes after is in each frame, and whether it mixes that with what was before; see `mixed`."""
    before, of_b = seen.pairs(numbers, ahead, like=np.full_like(numbers, numbers[0] - 1))
    after, _ = seen.pairs(numbers, behind, like=np.full_like(numbers, numbers[-1] + 1))
    return mixed(before, after, of_b)


def _given(numbers: Ints, ahead: Ints, behind: Ints, seen: Seen) -> Map:
    """For each frame what goes on from before, or into what comes after, or NEW."""
    before, of_b = seen.pairs(numbers, ahead, like=np.full_like(numbers, numbers[0] - 1))
    after, _ = seen.pairs(numbers, behind, like=np.full_like(numbers, numbers[-1] + 1))
    black = np.full_like(before, _BLACK)
    share, fits = mixed(before, after, of_b)
    out, fades_out = mixed(before, black, of_b)
    risen, fades_in = mixed(black, after, of_b)
    result = np.full(len(numbers), -1, np.int32)
    if fits.mean() >= _MOST_FIT and _rises(share):
        # from where on the later one is seen more, for good
        earlier = np.flatnonzero(share < 0.5)
        change = int(earlier[-1]) + 1 if len(earlier) else 0
        result[:change], result[change:] = ahead[:change], behind[change:]
        return result
    fading, rising = fades_out & (out < 1 - _LEAST_SHARE), fades_in & (risen > _LEAST_SHARE)
    falls, rises = leading(fading), len(rising) - leading(rising[::-1])
    if _rises(out[:falls]):
        result[:falls] = ahead[:falls]
    if _rises(risen[rises:]):
        result[max(rises, falls) :] = behind[max(rises, falls) :]
    left = np.flatnonzero(result < 0)
    if len(left) <= _WOVEN and len(left) < len(numbers) and fits[left].all():
        result[left] = np.where(share[left] < 0.5, ahead[left], behind[left])
    return result


def _rises(share: Floats) -> bool:
    """Whether it goes from little to much without going back, or steadily; of a frame or two any will do."""
    if len(share) <= _WOVEN:
        return True
    steps = np.diff(share)
    if steps.min() > _EACH_RISE:
        return True
    total = float(np.abs(steps).sum())
    return total > _LEAST_RISE and float(steps.sum()) > _STEADILY * total


def mixed(x: Bytes, y: Bytes, b: Bytes) -> tuple[Floats, NDArray[np.bool_]]:
    """How much of y is in each picture (N, 28, 48) that mixes x and y, 0..1, and whether it is such a mixture."""
    of_x, of_y, of_b = (part.reshape(len(part), -1).astype(np.float32) for part in (x, y, b))
    apart, moved = of_y - of_x, of_b - of_x
    size = (apart * apart).mean(axis=1)
    share = np.clip((apart * moved).mean(axis=1) / np.maximum(size, 1e-3), 0, 1)
    left = np.sqrt(((moved - share[:, None] * apart) ** 2).mean(axis=1))
    most = _MOST_LEFT_WOVEN if len(b) <= _WOVEN else _MOST_LEFT
    fits: NDArray[np.bool_] = left <= _NOISE + most * np.sqrt(size)
    return share.astype(np.float32), fits
