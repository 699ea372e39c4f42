"""The edit list with what sounds different in it, and segments with how differently they sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.sound.changes import STEP_US
from vidstudio.engine.time import Span
from vidstudio.engine.types import AudioDifference, Difference, Edit, FrameTimes

_LEAST_PART_US = 1_000_000
"""Edits are not parted into pieces shorter than this."""
_LEAST_OVERLAP_US = 200_000

Again = Callable[[Edit], Edit]


def with_sound(
    edits: Sequence[Edit], audio: Sequence[AudioDifference], a_times: FrameTimes, b_times: FrameTimes, again: Again
) -> list[Edit]:
    """The edits, "audio" among the changes of those that sound different.

    What was the same or changed is parted where a difference begins or ends within it, at frames of B, so that one
    sees where it is; `again` gives a part its own scores. Moved and retimed edits stay whole.
    """
    if not audio:
        return list(edits)
    result: list[Edit] = []
    for edit in edits:
        if edit.a is None or edit.b is None:
            result.append(edit)
            continue
        parts = [edit]
        if edit.kind in ("same", "changed"):
            parts = _parted(edit, edit.a, edit.b, audio, a_times, b_times)
        for part in parts:
            scored = part if part is edit else again(part)
            result.append(_heard(scored, audio))
    return result


def scored(
    segments: Sequence[Difference], curve: NDArray[np.float32], audio: Sequence[AudioDifference]
) -> tuple[Difference, ...]:
    """The segments with how differently they sound.

    That is the mean of the curve (a distance for each 0.1 s of B) over their side of B, 1 where one side is silent or
    missing.
    """
    values = curve.copy()
    for one in audio:
        if one.kind in ("silent", "missing"):
            values[one.b.start_us // STEP_US : -(-one.b.end_us // STEP_US)] = 1
    result = []
    for segment in segments:
        span = segment.pair.b
        part = values[span.start_us // STEP_US : -(-span.end_us // STEP_US)] if span and segment.pair.a else values[:0]
        known = part[~np.isnan(part)]
        result.append(replace(segment, audio=float(known.mean()) if len(known) else None))
    return tuple(result)


def _heard(edit: Edit, audio: Sequence[AudioDifference]) -> Edit:
    differs = any(concerns(one, edit) for one in audio)
    if not differs or "audio" in edit.change:
        return edit
    return replace(edit, kind="changed" if edit.kind == "same" else edit.kind, change=(*edit.change, "audio"))


def concerns(one: AudioDifference, edit: Edit) -> bool:
    """Whether a difference lies within the edit, for a good part of the shorter of both."""
    both = one.b.intersection(edit.b) if edit.b else None
    if both is None or edit.b is None:
        return False
    return both.duration_us >= min(_LEAST_OVERLAP_US, one.b.duration_us / 2, edit.b.duration_us / 2)


def _parted(
    edit: Edit, a: Span, b: Span, audio: Sequence[AudioDifference], a_times: FrameTimes, b_times: FrameTimes
) -> list[Edit]:
    """Pieces of an edit that runs evenly, cut where differences begin and end."""
    if not a.duration_us or not b.duration_us:
        return [edit]
    cuts = [b.start_us]
    for time_us in sorted({time for one in audio if concerns(one, edit) for time in (one.b.start_us, one.b.end_us)}):
        cut = _nearest(b_times, time_us)
        if cut - cuts[-1] >= _LEAST_PART_US and b.end_us - cut >= _LEAST_PART_US:
            cuts.append(cut)
    if len(cuts) == 1:
        return [edit]
    cuts.append(b.end_us)
    places = [a.start_us]
    for cut in cuts[1:-1]:
        there = a.start_us + (cut - b.start_us) * a.duration_us // b.duration_us
        places.append(min(max(_nearest(a_times, there), places[-1]), a.end_us))
    places.append(a.end_us)
    return [replace(edit, a=Span(places[i], places[i + 1]), b=Span(cuts[i], cuts[i + 1])) for i in range(len(cuts) - 1)]


def _nearest(times: FrameTimes, time_us: int) -> int:
    """The start of a frame that is nearest."""
    frame = times.frame_at(time_us)
    return min((times.start_of(frame), times.start_of(frame + 1)), key=lambda start: abs(start - time_us))
