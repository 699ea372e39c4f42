"""Distances of segments that were embedded file by file, on a grid of each file's own (what cloud services do).

Where a segment of B shows parts of several segments of A, it is held against their mean direction, each weighted by
how many of its frames are shown. A segment without a vector (a short rest at the end) has no distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits import segments
from vidstudio.engine.time import Span
from vidstudio.engine.types import Difference, Embedding, FrameTimes, Pair

Floats = NDArray[np.float32]

_LEAST_SHOWN = 0.5


def by_index(
    a: Sequence[Embedding], b: Sequence[Embedding], a_us: int, b_us: int, segment_us: int
) -> tuple[Difference, ...]:
    """Segment i of A against segment i of B, for videos of these lengths; what is left over has no counterpart."""
    grids = [list(Span(0, length).split(segment_us)) for length in (a_us, b_us)]
    vectors = [{one.segment.span: one.vector for one in side} for side in (a, b)]
    result = []
    for i in range(max(map(len, grids))):
        of_a, of_b = (grid[i] if i < len(grid) else None for grid in grids)
        pair = Pair(of_a, of_b)
        result.append(
            segments.difference(pair, vectors[0].get(of_a) if of_a else None, vectors[1].get(of_b) if of_b else None)
        )
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

    a, b: the embeddings of each file's own grid of segments; at the end one may be missing.
    """
    of_a = {one.segment.span.start_us // segment_us: one.vector for one in a}
    of_b = {one.segment.span: one for one in b}
    sides: tuple[list[Embedding], list[Embedding]] = ([], [])
    unmeasured: dict[Span, Span] = {}
    for segment in Span(0, b_times.duration_us).split(segment_us):
        shown = _shown(segment, b_times, frame_map)
        if 2 * np.count_nonzero(shown >= 0) < len(shown):
            continue
        frames = np.sort(shown[shown >= 0])
        span = a_times.span_of(int(frames[0]), int(frames[-1]) + 1)
        vector = _mean(a_times.starts_us[frames] // segment_us, of_a)
        if vector is None or segment not in of_b:
            unmeasured[segment] = span
            continue
        one = of_b[segment]
        sides[0].append(replace(one, segment=replace(one.segment, span=span), vector=vector))
        sides[1].append(one)
    found = segments.by_alignment(*sides, a_times, b_times, frame_map, segment_us)
    return tuple(
        replace(one, pair=Pair(unmeasured[one.pair.b], one.pair.b))
        if one.pair.a is None and one.pair.b in unmeasured
        else one
        for one in found
    )


def _shown(segment: Span, b_times: FrameTimes, frame_map: NDArray[np.int32]) -> NDArray[np.int32]:
    first, after = np.searchsorted(b_times.starts_us, (segment.start_us, segment.end_us))
    if after == first:
        first = b_times.frame_at(segment.start_us)
        after = first + 1
    shown: NDArray[np.int32] = frame_map[first:after]
    return shown


def _mean(numbers: NDArray[np.int64], vectors: dict[int, Floats]) -> Floats | None:
    """Mean direction of the vectors of these segments; None when less than half of them have one."""
    counts = np.bincount(numbers)
    known = [number for number in np.flatnonzero(counts).tolist() if number in vectors]
    if sum(int(counts[number]) for number in known) < _LEAST_SHOWN * len(numbers):
        return None
    total = np.sum([counts[number] * vectors[number].astype(np.float64) for number in known], axis=0)
    length = float(np.linalg.norm(total))
    # opposite vectors may cancel out; the one that is shown most is then as right as any
    if length < 1e-6 * len(numbers):
        return vectors[max(known, key=lambda number: int(counts[number]))]
    return np.asarray(total / length, np.float32)
