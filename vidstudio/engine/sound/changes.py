"""What sounds different where both versions show the same picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.flags import stretches_of
from vidstudio.engine.sound.prints import FRAME_US
from vidstudio.engine.sound.sounds import SILENT_BELOW, SILENT_DB, Floats, Sound, distances, windowed
from vidstudio.engine.sound.stretches import Fits, Stretch
from vidstudio.engine.time import Span
from vidstudio.engine.types import AudioDifference

Flags = NDArray[np.bool_]

STEP = 10
"""Frames of prints in one step of what is found: 0.1 s."""
STEP_US = STEP * FRAME_US
_HALF = 50  # frames to each side that a distance looks at
_HALF_NEAR = 8
_BLOCK = 6000  # frames that are unpacked at once

_DIFFERENT, _NOT_ALIKE = 0.5, 0.42
_SHORTEST_CONTENT = 8  # steps
_AUDIBLE_DB, _AUDIBLE_BELOW = -60.0, 45.0
_SHORTEST_SILENCE = 5
_LONG_PAUSE, _BESIDE = 15, 3
_LEVEL_END_DB = 1.0
_LEVELS_DB = ((10, 2.5), (50, 1.5))
"""The least change of level that counts where it lasts for so many steps."""
OTHER_LAYOUT_DB = 4.0
"""Another layout of channels moves levels by so much, up and down with what is in them."""
_LEVEL_GAP = 15
_CLEAR_DB = 6.0
_STANDS_OUT_DB = 25.0


@dataclass(frozen=True, slots=True)
class Heard:
    """How both sound along a stretch, in steps of 0.1 s, (n,) each.

    distance: 0..1, around each step; near: the same much closer around it. a_db, b_db: loudness. louder_db: by how
    much B is louder around each step, nan where that cannot be said; step_db: the same in this step alone.
    """

    distance: Floats
    near: Floats
    a_db: Floats
    b_db: Floats
    louder_db: Floats
    step_db: Floats


@dataclass(frozen=True, slots=True)
class Usual:
    """What both sounds are like on average, by which moments are judged.

    tone: level of each shared band of A, float32 (bands,); other_tone: by how much B's bands differ from that, without
    the level. With another layout of channels louder_db is by how much B is louder all over, which is put down to
    that, and unsure_db by how much more levels may differ for the same reason.
    """

    shared: Flags
    tone: Floats
    other_tone: Floats
    louder_db: float = 0.0
    unsure_db: float = 0.0


def usual(a: Sound, b: Sound, shared: Flags, every: Sequence[tuple[Stretch, Fits]]) -> Usual:
    """Learnt where both have the same sound."""
    tones, gaps = [], []
    for stretch, found in every:
        for number in np.flatnonzero(found.sure):
            frames = np.arange(-100, 100, 4) + round(float(found.middles[number]))
            places = np.interp(frames, stretch.frames, stretch.places) - found.later[number]
            of_a = a.at(np.round(places).astype(np.int64))[:, shared]
            of_b = b.at(frames)[:, shared]
            tones.append(of_a.mean(axis=0))
            gaps.append(of_b.mean(axis=0) - of_a.mean(axis=0))
    if not gaps:
        low = a.at(np.linspace(0, max(0, len(a) - 1), 500).astype(np.int64))[:, shared]
        return Usual(
            shared, low.mean(axis=0) if low.size else np.zeros(0, np.float32), np.zeros(int(shared.sum()), np.float32)
        )
    gap = np.median(gaps, axis=0)
    return Usual(shared, np.mean(tones, axis=0).astype(np.float32), (gap - np.median(gap)).astype(np.float32))


def heard(a: Sound, b: Sound, stretch: Stretch, later: NDArray[np.float64], known: Usual) -> Heard:
    """Listen along a stretch; `later` (n,): by how many frames B's sound is late at each of its frames."""
    count = len(stretch.frames)
    parts = []
    for low in range(0, count, _BLOCK):
        first, after = max(0, low - _HALF), min(count, low + _BLOCK + _HALF)
        places = np.round(stretch.places[first:after] - later[first:after]).astype(np.int64)
        part = _listen(a, b, stretch.frames[first:after], places, known)
        parts.append([values[low - first : min(count, low + _BLOCK) - first] for values in part])
    distance, near, a_db, b_db, louder, alone = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Heard(
        _stepped(distance),
        _stepped(near),
        _power_stepped(a_db),
        _power_stepped(b_db),
        _stepped(louder),
        _stepped(alone),
    )


def _listen(
    a: Sound, b: Sound, frames: NDArray[np.int64], places: NDArray[np.int64], known: Usual
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """distance, near, a_db, b_db, louder around and louder in each frame, float32 (n,)."""
    a_db, b_db = a.loudness(places), b.loudness(frames)
    if not known.shared.any():
        nothing = np.full(len(frames), np.nan, np.float32)
        alike = np.zeros(len(frames), np.float32)
        return alike, alike, a_db, b_db, nothing, nothing
    of_a, of_b = a.at(places)[:, known.shared], b.at(frames)[:, known.shared]
    both = (of_a > a.floor_db[known.shared] + _CLEAR_DB) & (of_b > b.floor_db[known.shared] + _CLEAR_DB)
    # codecs keep what stands out
    both &= of_a > of_a.max(axis=1, keepdims=True) - _STANDS_OUT_DB
    gap = of_b - of_a - known.other_tone
    count = both.sum(axis=1).astype(np.float64)
    total = np.where(both, gap, 0).sum(axis=1, dtype=np.float64)
    around = windowed(total, _HALF), windowed(count, _HALF)
    of_a, of_b = of_a - known.tone, of_b - known.tone - known.other_tone
    distance, near = distances(of_a, of_b, _HALF), distances(of_a, of_b, _HALF_NEAR)
    with np.errstate(invalid="ignore", divide="ignore"):
        louder = np.where(around[1] >= 1, around[0] / around[1], np.nan)
        alone = np.where(count >= 2, total / count, np.nan)
    return distance, near, a_db, b_db, louder.astype(np.float32), alone.astype(np.float32)


def chosen(first: Heard, second: Heard, take_second: Flags) -> Heard:
    """Of two ways to listen to a stretch, step by step."""
    ways = zip(_columns(first), _columns(second), strict=True)
    return Heard(*(np.where(take_second, other, one) for one, other in ways))


def _columns(what: Heard) -> tuple[Floats, ...]:
    return what.distance, what.near, what.a_db, what.b_db, what.louder_db, what.step_db


def changes(stretch: Stretch, what: Heard, a: Sound, b: Sound, known: Usual) -> list[AudioDifference]:
    """Level, silence and other content along a stretch, in order."""
    audible_a = what.a_db > max(_AUDIBLE_DB, a.loud_db - _AUDIBLE_BELOW)
    audible_b = what.b_db > max(_AUDIBLE_DB, b.loud_db - _AUDIBLE_BELOW)
    neutral = ~audible_a & ~audible_b
    # a version that is softer all over is not silent for that
    quieter = float(np.clip(b.loud_db - a.loud_db, -SILENT_BELOW, SILENT_BELOW))
    above = what.b_db - what.a_db - quieter
    flagged: dict[Literal["a", "b"], Flags] = {
        "b": audible_a & (what.b_db < SILENT_DB + min(0.0, quieter)) & (above < -SILENT_BELOW),
        "a": audible_b & (what.a_db < SILENT_DB - max(0.0, quieter)) & (above > SILENT_BELOW),
    }
    silences = [
        (first, after, side)
        for side, flags in flagged.items()
        for first, after in stretches_of(_closed(flags, neutral))
        if flags[first:after].sum() >= _SHORTEST_SILENCE
    ]
    blank = neutral.copy()
    for first, after, _ in silences:
        blank[first:after] = True
    strange = _strange(what, blank)
    result = []
    for first, after, side in silences:
        # other speech pauses elsewhere
        if after - first >= _LONG_PAUSE or not strange[max(0, first - _BESIDE) : after + _BESIDE].any():
            result.append(AudioDifference("silent", *_span(stretch, first, after), side=side))
    for first, after in stretches_of(strange):
        first, after = _edge(what.near - _DIFFERENT, first, False), _edge(what.near - _DIFFERENT, after, True)
        if after - first >= _SHORTEST_CONTENT:
            result.append(AudioDifference("content", *_span(stretch, first, after)))
    result += _levels(stretch, what, strange | blank, known)
    return sorted(result, key=lambda one: one.b)


def _strange(what: Heard, blank: Flags) -> Flags:
    """Steps with something else in them, for long enough."""
    # what a window that touches silence on one side says is about the silence
    unclear = windowed(blank.astype(np.float64), _HALF // STEP) > 0
    distance = np.where(unclear & ~_near(what.distance, unclear), 0, what.distance)
    result = _grown(distance > _DIFFERENT, distance > _NOT_ALIKE)
    for first, after in stretches_of(result):
        result[first:after] = after - first >= _SHORTEST_CONTENT
    return result


def _near(distance: Floats, unclear: Flags) -> Flags:
    """Steps beside silence that lie in something different which goes on beyond it."""
    strange = distance > _DIFFERENT
    result = np.zeros(len(distance), bool)
    for first, after in stretches_of(strange):
        if (~unclear[first:after]).sum() >= _SHORTEST_CONTENT // 2:
            result[first:after] = True
    return result


def _levels(stretch: Stretch, what: Heard, excluded: Flags, known: Usual) -> list[AudioDifference]:
    louder = np.where(excluded | (what.distance > _NOT_ALIKE), np.nan, what.louder_db - known.louder_db)
    unknown = np.isnan(louder)
    result = []
    for sign in (1.0, -1.0):
        signed = np.nan_to_num(sign * louder, nan=0.0)
        flags = signed >= _LEVEL_END_DB + known.unsure_db
        for first, after in stretches_of(_bridged(flags, unknown, _LEVEL_GAP)):
            inside = louder[first:after][~unknown[first:after]]
            level = float(np.median(inside)) if len(inside) else 0.0
            if not any(len(inside) >= least and abs(level) >= db + known.unsure_db for least, db in _LEVELS_DB):
                continue
            alone = np.nan_to_num(sign * (what.step_db - known.louder_db), nan=0.0) - abs(level) / 2
            first, after = _edge(alone, first, False), _edge(alone, after, True)
            if after > first:
                span = _span(stretch, first, after)
                result.append(AudioDifference("level", *span, level_db=round(level, 1)))
    return result


def _edge(score: Floats, at: int, end: bool) -> int:
    """The step near `at` that best parts what scores above 0 (inside) from what scores below."""
    low, high = max(0, at - _HALF // STEP - 1), min(len(score), at + _HALF // STEP + 1)
    if at <= 0 or at >= len(score):
        return at
    gain = np.concatenate([[0.0], np.cumsum(np.clip(score[low:high], -1, 1))])
    return low + int(gain.argmax() if end else (gain[-1] - gain).argmax())


def _grown(strong: Flags, weak: Flags) -> Flags:
    """Spans of `weak` in which something is `strong`."""
    result = np.zeros(len(weak), bool)
    for first, after in stretches_of(weak):
        result[first:after] = bool(strong[first:after].any())
    return result


def _closed(flags: Flags, neutral: Flags) -> Flags:
    """With what is neutral between two flagged steps or at the ends of the stretch beside one."""
    result = flags.copy()
    for first, after in stretches_of(neutral):
        left = first == 0 or flags[first - 1]
        right = after == len(flags) or flags[after]
        result[first:after] = left and right and not (first == 0 and after == len(flags))
    return result


def _bridged(flags: Flags, unknown: Flags, longest: int) -> Flags:
    """With unknown stretches of at most `longest` steps between two flagged ones."""
    result = flags.copy()
    for first, after in stretches_of(unknown & ~flags):
        between = first > 0 and after < len(flags) and flags[first - 1] and flags[after]
        result[first:after] |= between and after - first <= longest
    return result


def _span(stretch: Stretch, first: int, after: int) -> tuple[Span, Span]:
    """Times in A and B of steps."""
    low, high = first * STEP, min(after * STEP, len(stretch.frames))
    return span_of(stretch, low, high)


def span_of(stretch: Stretch, low: int, high: int) -> tuple[Span, Span]:
    """Times in A and B of frames `low..high-1` of the stretch."""
    b = Span(int(stretch.frames[low]) * FRAME_US, (int(stretch.frames[high - 1]) + 1) * FRAME_US)
    start = max(0, round(float(stretch.places[low]) * FRAME_US))
    end = max(start, round((float(stretch.places[high - 1]) + 1) * FRAME_US))
    return Span(start, end), b


def _stepped(values: Floats) -> Floats:
    """Means of steps, nan where a step has nothing."""
    pads = -len(values) % STEP
    table = np.pad(values, (0, pads), constant_values=np.nan).reshape(-1, STEP)
    known = ~np.isnan(table)
    total = np.where(known, table, 0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(known.any(axis=1), total / np.maximum(1, known.sum(axis=1)), np.nan).astype(np.float32)


def _power_stepped(values: Floats) -> Floats:
    return (10 * np.log10(np.maximum(_stepped((10 ** (values / 10)).astype(np.float32)), 1e-11))).astype(np.float32)
