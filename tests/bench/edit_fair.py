"""What else is as right as the truth: frames whose pictures nobody could tell apart before they were encoded.

Real footage stands still: an empty room shows one picture for seconds, and a clip that A holds a part of holds the
same picture elsewhere. Which of two equal frames B "really" took is known to the generator only, and where in them a
frame was cut out cannot be seen. So a frame of A counts as right where its picture, as it was before any encoding, is
closer to that of the frame that B took than the best encoding here (x264, CRF 18) brings any picture of the footage
for development: those differ by 0.6 to 1.8 of 255 levels on average, and by 2.4 to 4.1 in the worst block. The limits
are below all of these. Coarser coding hides more; `hidden` is the same with the limits of B's own encoding. The found
map plays no part in what is alike; the answer of a frame may only be exchanged for another that is as right, and a
list of edits only for one that is no longer.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from edit_cases import Case

from vidstudio.engine.flags import stretches_of

Bools = np.ndarray
Ints = np.ndarray

LIMITS = (0.5, 2.0)
"""Mean absolute differences in levels of 255; a block is 20 x 20 points of 320 x 180."""

LEAST_CODED = {
    18: (0.73, 2.5),
    20: (0.83, 3.1),
    23: (1.0, 4.0),
    26: (1.2, 4.7),
    30: (1.7, 7.2),
    34: (2.2, 10.2),
    38: (3.5, 12.0),
    40: (3.9, 14.7),
}
"""The least by which x264 moves the pictures of a clip of the development footage at a CRF: on average, in a block."""

_BLOCK, _BLOCKS = 20, (16, 9)
_COSTS = {"replaced": 2}
_OTHER_RATE = 0.01


Limits = tuple[float, float]
"""How far pictures may be apart that count as one: on average, and in the worst block."""


def hidden(crf: int) -> Limits:
    """The limits of what an encoding of B hides, as far below what it does at least as those of CRF 18 are."""
    least = LEAST_CODED[max(one for one in LEAST_CODED if one <= max(crf, 18))]
    mean, block = (most / of_18 for most, of_18 in zip(LIMITS, LEAST_CODED[18], strict=True))
    return mean * least[0], block * least[1]


def answers(case: Case, limits: Limits = LIMITS) -> tuple[Bools, Bools]:
    """Which frames of A each frame of B may show (frames of B, frames of A), and where it may be new (frames of B,).

    A woven frame shows two frames, and either is right. What is outside of a window that B shows counts for nothing.
    """
    of_a = _Looks(case.a, limits)
    whole = np.array([0.0, 0.0, 1.0, 1.0])
    alike = np.zeros((len(case.truth), len(case.a)), bool)
    new = np.zeros(len(case.truth), bool)
    for truth in (case.truth, case.truth if case.woven is None else case.woven):
        for frame in np.flatnonzero(truth > -2).tolist():
            shown = int(truth[frame])
            new[frame] |= shown < 0
            picture = case.a[shown] if shown >= 0 else case.plain[frame]
            alike[frame] |= of_a.like(picture, whole if case.view is None else case.view[frame])
    return alike, new


class _Looks:
    """All pictures of A, and the means of their blocks, which say quickly what cannot be alike."""

    def __init__(self, pictures: np.ndarray, limits: Limits) -> None:
        self._pictures = pictures
        self._apart, self._in_a_block = limits
        self._means = np.stack([_blocks(one) for one in pictures])

    def like(self, picture: np.ndarray, view: np.ndarray) -> Bools:
        """Which of them nobody could tell from that picture within a window of it; (frames of A,)."""
        result = np.zeros(len(self._pictures), bool)
        left, top, right, bottom = view
        height, width = picture.shape
        rows = slice(int(top * height), int(np.ceil(bottom * height)))
        columns = slice(int(left * width), int(np.ceil(right * width)))
        least = np.abs(self._means - _blocks(picture))  # block means differ by no more than their points do
        inside = least[:, _within(top, bottom, _BLOCKS[1]), _within(left, right, _BLOCKS[0])]
        maybe = inside.max(axis=(1, 2)) <= self._in_a_block
        for frame in np.flatnonzero(maybe).tolist():
            apart = cv2.absdiff(self._pictures[frame], picture)[rows, columns]
            result[frame] = apart.mean() <= self._apart and _blocks(apart).max() <= self._in_a_block
        return result


def _within(low: float, high: float, count: int) -> slice:
    """The blocks that lie wholly in a part of a line."""
    return slice(int(np.ceil(low * count)), max(int(high * count), int(np.ceil(low * count)) + 1))


def _blocks(picture: np.ndarray) -> np.ndarray:
    """Means over blocks of 20 x 20 points, a little larger where they do not fit in."""
    count = tuple(max(1, length // _BLOCK) for length in picture.shape[::-1])
    return cv2.resize(picture.astype(np.float32), count, interpolation=cv2.INTER_AREA)


def right(found: Ints, truth: Ints, alike: Bools, new: Bools, tolerance: int) -> Bools:
    """Whether each frame of B is mapped to what it may show, give or take some frames; what is new has to be exact."""
    sums = np.pad(np.cumsum(alike, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    reach = np.where(truth == -1, 0, tolerance)
    low, high = np.maximum(found - reach, 0), np.minimum(found + reach + 1, alike.shape[1])
    rows = np.arange(len(found))
    near = sums[rows, np.maximum(high, low)] > sums[rows, low]
    return np.where(truth == -2, True, np.where(found < 0, new, near))


def nearest(truth: Ints, found: Ints, alike: Bools, new: Bools, listed: Callable[[Ints], list]) -> Ints:
    """The truth with as-right answers of the found map where they make the list of edits no longer.

    truth: without dissolves. listed: the edits of a map, kind first.
    """
    other = (found != truth) & right(found, truth, alike, new, 0)
    result, cost = truth.copy(), _cost(listed(truth))
    for low, high in stretches_of(other):
        tried = result.copy()
        tried[low:high] = found[low:high]
        tried_cost = _cost(listed(tried))
        if tried_cost <= cost:
            result, cost = tried, tried_cost
    return result


def without_rounding(edits: list, frame_map: Ints, a_frames: int, speed: float) -> list:
    """Edits without frames of A that B lacks only because it has another rate: to tell them or not is as right.

    That is what is left of A behind B's last frame, if it is shorter than one of B and what rounds that down, and the
    last frame before something new and the first behind it, by as many as a step leaves out.
    frame_map: what they were made of, without dissolves.
    """
    if abs(speed - 1) < _OTHER_RATE:
        return edits
    beside_new = {(int(frame_map[one[2][0] - 1]) + 1, int(frame_map[one[2][1]])) for one in edits
                  if one[0] == "inserted" and one[2][0] > 0 and one[2][1] < len(frame_map)}  # fmt: skip
    return [one for one in edits if not (one[0] == "removed" and _is_rounding(one[1], beside_new, a_frames, speed))]


def _is_rounding(of_a: tuple[int, int], beside_new: set[tuple[int, int]], a_frames: int, speed: float) -> bool:
    count = of_a[1] - of_a[0]
    if of_a in beside_new:
        return count <= 2 * np.ceil(speed - 1)
    return of_a[1] == a_frames and count < max(2 * speed - 1e-6, 1 + 1e-6)


def _cost(edits: list) -> int:
    return sum(_COSTS.get(one[0], 1) for one in edits)
