"""Cuts an edit in two and more, so that both sides of every piece show the same frames."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.time import Span
from vidstudio.engine.types import Comparison, Edit, FrameTimes


class Cutter:
    """Cuts edits of one comparison at frames: a frame belongs to the piece in which it starts."""

    def __init__(self, comparison: Comparison) -> None:
        self._a, self._b = comparison.a_times, comparison.b_times
        self._map = comparison.frame_map

    def pieces(self, edit: Edit, at_a: Sequence[int], at_b: Sequence[int]) -> list[Edit]:
        """The edit cut at times of A and of B that lie inside it, in the order of B (of A when B has none of it)."""
        if edit.b is None or edit.a is None:
            times, own, wanted = (self._a, edit.a, at_a) if edit.b is None else (self._b, edit.b, at_b)
            if own is None:
                return [edit]
            edges = _edges(own, [_snapped(times, cut) for cut in wanted])
            spans = [Span(low, high) for low, high in itertools.pairwise(edges)]
            return [_part(edit, span, None) if edit.b is None else _part(edit, None, span) for span in spans]
        frames = self._frames(edit.b)
        cuts = [_snapped(self._b, cut) for cut in at_b]
        cuts += [self._b_time(edit, frames, _snapped(self._a, cut)) for cut in at_a]
        edges = _edges(edit.b, cuts)
        return self._pieces(edit, frames, edges)

    def _pieces(self, edit: Edit, frames: NDArray[np.int64], edges: Sequence[int]) -> list[Edit]:
        assert edit.a is not None
        backward = _is_backward(frames)
        borders = [self._a_time(edit, frames, cut, backward) for cut in edges[1:-1]]
        ends = (edit.a.end_us, edit.a.start_us) if backward else (edit.a.start_us, edit.a.end_us)
        a_edges = [ends[0], *borders, ends[1]]
        for number in range(1, len(a_edges) - 1):  # frames may repeat: never back
            before = a_edges[number - 1]
            a_edges[number] = min(a_edges[number], before) if backward else max(a_edges[number], before)
        return [
            _part(edit, Span(min(a_low, a_high), max(a_low, a_high)), Span(b_low, b_high))
            for (a_low, a_high), (b_low, b_high) in zip(
                itertools.pairwise(a_edges), itertools.pairwise(edges), strict=True
            )
        ]

    def _frames(self, b: Span) -> NDArray[np.int64]:
        """Frames of A that the frames of B in a span show, -1 for none; empty where the map says nothing."""
        first, after = (int(np.searchsorted(self._b.starts_us, edge, side="left")) for edge in (b.start_us, b.end_us))
        return self._map[first:after].astype(np.int64) if after <= len(self._map) else np.zeros(0, np.int64)

    def _a_time(self, edit: Edit, frames: NDArray[np.int64], cut: int, backward: bool) -> int:
        """Where A is cut when B is cut at a frame."""
        assert edit.a is not None
        assert edit.b is not None
        first = int(np.searchsorted(self._b.starts_us, edit.b.start_us, side="left"))
        place = int(np.searchsorted(self._b.starts_us, cut, side="left")) - first
        if 0 <= place < len(frames) and frames[place] >= 0:
            time_us = self._a.start_of(min(int(frames[place]) + backward, len(self._a)))
            if edit.a.start_us <= time_us <= edit.a.end_us:
                return time_us
        part = (cut - edit.b.start_us) / max(1, edit.b.duration_us)
        part = 1 - part if backward else part
        return edit.a.start_us + round(part * edit.a.duration_us)

    def _b_time(self, edit: Edit, frames: NDArray[np.int64], cut: int) -> int:
        """Where B is cut when A is cut at a frame."""
        assert edit.a is not None
        assert edit.b is not None
        first = int(np.searchsorted(self._b.starts_us, edit.b.start_us, side="left"))
        frame = int(np.searchsorted(self._a.starts_us, cut, side="left"))
        backward = _is_backward(frames)
        past = (frames >= 0) & ((frames < frame) if backward else (frames >= frame))
        if (frames >= 0).any():
            return self._b.start_of(first + int(np.argmax(past))) if past.any() else edit.b.end_us
        part = (cut - edit.a.start_us) / max(1, edit.a.duration_us)
        return _snapped(self._b, edit.b.start_us + round(part * edit.b.duration_us))


def _part(edit: Edit, a: Span | None, b: Span | None) -> Edit:
    """A piece of an edit, and of the other places where it could be the same part."""
    whole, part = (edit.a, a) if a is not None else (edit.b, b)
    assert whole is not None
    assert part is not None
    start, end = part.start_us - whole.start_us, part.end_us - whole.start_us
    there = [
        Span(min(one.start_us + start, one.end_us), min(one.start_us + end, one.end_us)) for one in edit.alternatives
    ]
    return replace(edit, a=a, b=b, alternatives=tuple(one for one in there if one.duration_us))


def _is_backward(frames: NDArray[np.int64]) -> bool:
    known = frames[frames >= 0]
    return len(known) > 1 and int(known[-1]) < int(known[0])


def _snapped(times: FrameTimes, time_us: int) -> int:
    """Start of the first frame that starts at or after a time; the video's end when there is none."""
    return times.start_of(int(np.searchsorted(times.starts_us, time_us, side="left")))


def _edges(span: Span, cuts: Sequence[int]) -> list[int]:
    return [span.start_us, *sorted({cut for cut in cuts if span.start_us < cut < span.end_us}), span.end_us]
