"""By how much B's sound is late or early against its picture, where A's picture and sound are the measure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.sound.changes import STEP, Heard, chosen, span_of
from vidstudio.engine.sound.prints import FRAME_US
from vidstudio.engine.sound.stretches import Fits, Stretch
from vidstudio.engine.types import AudioDifference, AudioKind

_STEADY = 1.2  # frames of prints
_LEAST_US = 30_000
"""Nobody sees less, and codecs shift by almost as much."""
_SLIP_PICTURES = 1.5
"""One stretch that is off by less is a picture matched one too early or late, not sound that was moved."""
_COMMON = 0.6
_DRIFT_WINDOWS = 6
_DRIFT_FRAMES = 6.0
_DRIFT_SHARE = 0.0004
_LEAST_GAIN = 0.03
_LEAST_FRAMES = 200
_FAR_US = 2_000_000
"""Sound that comes from further away was not slipped but replaced."""


@dataclass(frozen=True, slots=True)
class Group:
    """Frames `low..high-1` of a stretch in which B's sound is `later` (frames) by the same all through."""

    low: int
    high: int
    later: float
    windows: int


@dataclass(frozen=True, slots=True)
class Course:
    """How late B's sound is along a stretch: in groups, or drifting along a line (slope, start) of frames."""

    groups: tuple[Group, ...]
    drift: tuple[float, float] | None = None

    def off(self, base: float) -> bool:
        """Whether it leaves `base` anywhere."""
        return self.drift is not None or any(abs(group.later - base) > 0 for group in self.groups)

    def later(self, stretch: Stretch, common: float) -> NDArray[np.float64]:
        """For each frame of the stretch: float64 (n,); `common` where nothing is known."""
        if self.drift is not None:
            return np.asarray(self.drift[0] * (stretch.frames - stretch.frames[0]) + self.drift[1], np.float64)
        result = np.full(len(stretch.frames), common)
        for group in self.groups:
            result[group.low : group.high] = group.later
        return result


def course(stretch: Stretch, found: Fits) -> Course:
    """Learnt from the windows that have the same sound on both sides."""
    middles, later = found.middles[found.sure] - stretch.frames[0], found.later[found.sure]
    if len(middles) >= _DRIFT_WINDOWS:
        slope, start = _line(middles, later)
        drifted = abs(slope) * float(middles[-1] - middles[0])
        rest = np.abs(later - slope * middles - start)
        usual = float(np.percentile(np.abs(later - np.median(later)), 75))
        even = float(np.percentile(rest, 75)) < min(_STEADY, 0.3 * usual)
        if drifted > _DRIFT_FRAMES and abs(slope) > _DRIFT_SHARE and even:
            return Course((), (slope, start))
    return Course(_groups(stretch, middles, later, len(found.middles)))


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and start of a line through most points: the median of the slopes of far pairs."""
    half = len(x) // 2
    slope = float(np.median((y[half:] - y[: len(y) - half]) / (x[half:] - x[: len(x) - half])))
    return slope, float(np.median(y - slope * x))


def _groups(
    stretch: Stretch, middles: NDArray[np.float64], later: NDArray[np.float64], windows: int
) -> tuple[Group, ...]:
    parts: list[list[int]] = []
    for number in range(len(middles)):
        if parts and abs(later[number] - np.median(later[parts[-1]])) <= _STEADY:
            parts[-1].append(number)
        else:
            parts.append([number])
    parts = [part for part in parts if len(part) > 1 or windows <= 2]
    parts = _joined(parts, later)
    edges = [0]
    for left, right in itertools.pairwise(parts):
        edges.append(round((middles[left[-1]] + middles[right[0]]) / 2))
    edges.append(len(stretch.frames))
    return tuple(
        Group(edges[i], edges[i + 1], float(np.median(later[part])), len(part)) for i, part in enumerate(parts)
    )


def _joined(parts: list[list[int]], later: NDArray[np.float64]) -> list[list[int]]:
    """Neighbours that came to be the same once what stood between them was dropped, put together."""
    result: list[list[int]] = []
    for part in parts:
        if result and abs(np.median(later[part]) - np.median(later[result[-1]])) <= _STEADY:
            result[-1].extend(part)
        else:
            result.append(list(part))
    return result


def common(courses: Sequence[Course]) -> float | None:
    """The offset in frames that most of B has; None when there is no such."""
    values = [group.later for one in courses for group in one.groups]
    weights = [group.windows for one in courses for group in one.groups]
    if not values:
        return None
    order = np.argsort(values)
    sums = np.cumsum(np.array(weights)[order])
    middle = float(np.array(values)[order][np.searchsorted(sums, sums[-1] / 2)])
    near = sum(weight for value, weight in zip(values, weights, strict=True) if abs(value - middle) <= _STEADY)
    return middle if near >= _COMMON * sums[-1] else None


def settled(stretch: Stretch, one: Course, base: float, by_course: Heard, by_base: Heard) -> tuple[Course, Heard]:
    """The course with groups that are off `base` only where that fits better, and what is heard along it.

    Windows are long, so that a group reaches into what lies beside it. by_course, by_base: what is heard along the
    course, and with the sound late by `base` all through.
    """
    if one.drift is not None:
        return one, by_course
    gain = by_base.near - by_course.near - _LEAST_GAIN
    own = np.zeros(len(gain), bool)
    groups = []
    for group in one.groups:
        if abs(group.later - base) <= _STEADY:
            groups.append(group)
            continue
        first = group.low // STEP
        low, high = _best_run(gain[first : -(-group.high // STEP)])
        if (high - low) * STEP >= _LEAST_FRAMES:
            own[first + low : first + high] = True
            low, high = max(group.low, (first + low) * STEP), min(group.high, (first + high) * STEP)
            groups.append(Group(low, high, group.later, group.windows))
    return Course(tuple(groups)), chosen(by_base, by_course, own)


def _best_run(gain: NDArray[np.float32]) -> tuple[int, int]:
    """The run of steps with the largest sum; an empty one when none is above 0."""
    total = np.concatenate([[0.0], np.cumsum(gain, dtype=np.float64)])
    lowest = np.minimum.accumulate(total)
    after = int((total - lowest).argmax())
    return int(total[: after + 1].argmin()), after


def differences(every: Sequence[tuple[Stretch, Course]], most: float | None) -> list[AudioDifference]:
    """Where B's sound is off its picture by enough to be noticed, steadily or more and more."""
    result = []
    for stretch, one in every:
        least_us = _LEAST_US + stretch.jitter_us / 2
        if one.drift is not None:
            a, b = span_of(stretch, 0, len(stretch.frames))
            rate = float((stretch.places[-1] - stretch.places[0]) / max(1, len(stretch.frames) - 1)) - one.drift[0]
            result.append(AudioDifference("retimed", a, b, rate=round(rate, 5)))
        for group in one.groups:
            slip = _SLIP_PICTURES * stretch.frame_us
            if most is not None and abs(group.later - most) * FRAME_US < slip:
                offset_us = most * FRAME_US
            else:
                offset_us = group.later * FRAME_US
                least_us = max(least_us, slip)
            if abs(offset_us) > least_us:
                a, b = span_of(stretch, group.low, group.high)
                kind: AudioKind = "offset" if abs(offset_us) < _FAR_US else "content"
                result.append(AudioDifference(kind, a, b, offset_us=round(offset_us)))
    return result
