"""How far apart in meaning the segments of B and their counterparts in A are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.errors import EngineError
from vidstudio.engine.time import Span
from vidstudio.engine.types import Difference, Embedding, FrameTimes, Pair

Floats = NDArray[np.float32]

_LEAST_MATCHED = 0.5


def require_comparable(a: Sequence[Embedding], b: Sequence[Embedding]) -> None:
    """Raises EngineError for vectors of two models, two lengths, or of a whole video beside those of segments."""
    kinds = {(one.model, len(one.vector), one.scope) for one in (*a, *b)}
    if len(kinds) > 1:
        raise EngineError(
            "The two versions were embedded in two ways, which cannot be compared: "
            + " and ".join(f"{model} ({length} numbers, of each {scope})" for model, length, scope in sorted(kinds))
            + ".",
            "Compare them again; if it stays so, use another embedder.",
        )
    if any(scope != "clip" for _, _, scope in kinds):
        raise EngineError("Segments cannot be told apart by a vector of the whole video.", "Use another embedder.")


def difference(pair: Pair, a: Floats | None, b: Floats | None) -> Difference:
    """The distances of two unit vectors; None of one side means that it has no counterpart."""
    if a is None or b is None:
        return Difference(pair, None, None)
    # from the difference vector, because 1 - cos of nearly equal vectors drowns in rounding
    gap = float(np.linalg.norm(a.astype(np.float64) - b.astype(np.float64)))
    return Difference(pair, gap * gap / 2, gap)


def by_index(a: Sequence[Embedding], b: Sequence[Embedding]) -> tuple[Difference, ...]:
    """Segment i of A against segment i of B; what is left over has no counterpart."""
    result = []
    for i in range(max(len(a), len(b))):
        of_a, of_b = (a[i] if i < len(a) else None), (b[i] if i < len(b) else None)
        pair = Pair(of_a.segment.span if of_a else None, of_b.segment.span if of_b else None)
        result.append(difference(pair, of_a.vector if of_a else None, of_b.vector if of_b else None))
    return tuple(result)


def by_alignment(
    a: Sequence[Embedding],
    b: Sequence[Embedding],
    a_times: FrameTimes,
    b_times: FrameTimes,
    frame_map: NDArray[np.int32],
    segment_us: int,
) -> tuple[Difference, ...]:
    """Each segment of B against what it shows of A, then, where they were, the segments of A that B lacks.

    a, b: one embedding of each side for every segment of B's grid that has a counterpart, in the same order.
    """
    vectors = {of_b.segment.span: (of_a.vector, of_b.vector) for of_a, of_b in zip(a, b, strict=True)}
    matched: list[Difference] = []
    reached: list[int] = []
    for segment in Span(0, b_times.duration_us).split(segment_us):
        both = vectors.get(segment)
        first, after = _frames(b_times, segment)
        shown = frame_map[first:after] if after > first else frame_map[b_times.frame_at(segment.start_us)][None]
        shown = shown[shown >= 0]
        if both is None or not len(shown):
            matched.append(difference(Pair(None, segment), None, None))
            reached.append(reached[-1] if reached else 0)
            continue
        span = _longest(shown, a_times)
        matched.append(difference(Pair(span, segment), *both))
        reached.append(span.end_us)
    segments = list(Span(0, a_times.duration_us).split(segment_us))
    return tuple(_with_missing(matched, reached, segments, a_times, frame_map))


def _frames(times: FrameTimes, span: Span) -> tuple[int, int]:
    low, high = np.searchsorted(times.starts_us, (span.start_us, span.end_us))
    return int(low), max(int(high), int(low))


def _longest(shown: NDArray[np.int32], times: FrameTimes) -> Span:
    """The longest stretch of A that is shown without a jump."""
    breaks = np.flatnonzero(np.abs(np.diff(shown)) > 4) + 1
    parts = np.split(shown, breaks)
    part = max(parts, key=len)
    return times.span_of(int(part.min()), int(part.max()) + 1)


def _with_missing(
    matched: list[Difference],
    reached: list[int],
    segments: Sequence[Span],
    a_times: FrameTimes,
    frame_map: NDArray[np.int32],
) -> list[Difference]:
    """The list with A's segments that B mostly lacks, each after the last one that ends before it."""
    shown = np.zeros(len(a_times), bool)
    shown[frame_map[frame_map >= 0]] = True
    result: list[Difference] = []
    missing = []
    # at a lower frame rate B skips frames of A without leaving anything out
    tolerance = 1 - _LEAST_MATCHED * min(1.0, max(0.1, len(frame_map) / max(1, len(a_times))))
    for segment in segments:
        first, after = _frames(a_times, segment)
        if after > first and 1 - shown[first:after].mean() > tolerance:
            missing.append(segment)
    at = 0
    for one_matched, end in zip(matched, reached, strict=True):
        while at < len(missing) and one_matched.pair.a is not None and missing[at].end_us <= end:
            result.append(Difference(Pair(missing[at], None), None, None))
            at += 1
        result.append(one_matched)
    result += [Difference(Pair(span, None), None, None) for span in missing[at:]]
    return result
