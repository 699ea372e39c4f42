"""All that sounds different between two versions, along what their pictures show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.editlist import Row
from vidstudio.engine.sound import offset
from vidstudio.engine.sound.changes import OTHER_LAYOUT_DB, STEP, STEP_US, Heard, changes, heard, usual
from vidstudio.engine.sound.sounds import Sound, shared_bands
from vidstudio.engine.sound.stretches import Stretch, fits, stretches
from vidstudio.engine.time import Span
from vidstudio.engine.types import AudioDifference, FrameTimes, SoundMatch

Told = Callable[[float], None]

_JOIN_US = 200_000
_SAME_DB = 1.0
_SAME_US = 8_000
_SAME_RATE = 0.001


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pictures say: rows of the edit list, the frame of A that each of B shows, when frames are shown."""

    rows: Sequence[Row]
    frame_map: NDArray[np.int32]
    a_times: FrameTimes
    b_times: FrameTimes


@dataclass(frozen=True, slots=True)
class Result:
    """What sounds different, in the order of B; curve: float32 (N,), distance 0..1 of each 0.1 s of B, nan where
    nothing can be said."""

    audio: tuple[AudioDifference, ...]
    curve: NDArray[np.float32]


def compare(
    a: Sound, b: Sound, shown: Shown, pieces: Sequence[SoundMatch], same_channels: bool, told: Told = lambda share: None
) -> Result:
    """Compare both sounds along the picture. same_channels: as many in both, so that levels can be compared as such."""
    curve = np.full(-(-shown.b_times.duration_us // STEP_US), np.nan, np.float32)
    if not len(a) or not len(b):
        missing = AudioDifference(
            "missing",
            Span(0, shown.a_times.duration_us),
            Span(0, shown.b_times.duration_us),
            side="b" if len(a) else "a",
        )
        return Result((missing,) if len(a) or len(b) else (), curve)
    shared = shared_bands(a, b)
    every = stretches(shown.rows, shown.frame_map, shown.a_times, shown.b_times)
    fitted = []
    for number, stretch in enumerate(every):
        fitted.append(fits(a, b, shared, stretch, pieces))
        told(0.5 * number / len(every))
    known = usual(a, b, shared, list(zip(every, fitted, strict=True)))
    courses = [offset.course(stretch, found) for stretch, found in zip(every, fitted, strict=True)]
    most = offset.common(courses)
    base = most or 0.0
    listened = []
    for number, (stretch, course) in enumerate(zip(every, courses, strict=True)):
        plain = heard(a, b, stretch, np.full(len(stretch.frames), base), known)
        moved = heard(a, b, stretch, course.later(stretch, base), known) if course.off(base) else plain
        courses[number], what = offset.settled(stretch, course, base, moved, plain)
        listened.append(what)
        told(0.5 + 0.5 * number / len(every))
    if not same_channels:
        known = replace(known, louder_db=_louder(listened), unsure_db=OTHER_LAYOUT_DB)
    audio = offset.differences(list(zip(every, courses, strict=True)), most)
    for stretch, what in zip(every, listened, strict=True):
        audio += changes(stretch, what, a, b, known)
        _draw(curve, stretch, what)
    return Result(joined(audio), curve)


def _louder(listened: Sequence[Heard]) -> float:
    """By how much B is louder in most of what both have."""
    values = np.concatenate([what.louder_db[what.distance < 0.45] for what in listened] or [np.zeros(0, np.float32)])
    values = values[~np.isnan(values)]
    return float(np.median(values)) if len(values) else 0.0


def _draw(curve: NDArray[np.float32], stretch: Stretch, what: Heard) -> None:
    first = int(stretch.frames[0]) // STEP
    part = what.distance[: max(0, len(curve) - first)]
    curve[first : first + len(part)] = part


def joined(audio: Sequence[AudioDifference]) -> tuple[AudioDifference, ...]:
    """Differences in the order of B; those that go on over a cut are one."""
    result: list[AudioDifference] = []
    for one in sorted(audio, key=lambda each: (each.kind, each.side, each.b)):
        if result and _goes_on(result[-1], one):
            last = result.pop()
            one = replace(
                last, a=Span(last.a.start_us, max(last.a.end_us, one.a.end_us)), b=Span(last.b.start_us, one.b.end_us)
            )
        result.append(one)
    return tuple(sorted(result, key=lambda each: (each.b, each.kind)))


def _goes_on(one: AudioDifference, after: AudioDifference) -> bool:
    return (
        (one.kind, one.side) == (after.kind, after.side)
        and abs(after.b.start_us - one.b.end_us) <= _JOIN_US
        and after.a.start_us >= one.a.end_us - _JOIN_US
        and abs(after.level_db - one.level_db) <= _SAME_DB
        and abs(after.offset_us - one.offset_us) <= _SAME_US
        and abs(after.rate - one.rate) <= _SAME_RATE
    )
