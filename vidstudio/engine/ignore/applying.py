"""A comparison as a person should see it. Scores stay as they are, and the videos are never needed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.ignore import joining
from vidstudio.engine.ignore.judging import Judged, as_same, weighed
from vidstudio.engine.ignore.rules import Ignore
from vidstudio.engine.time import Span
from vidstudio.engine.types import Comparison, Edit


def applied(comparison: Comparison, ignore: Ignore) -> Comparison:
    """The comparison as a person should see it: edits under the rules, and in `ignored` what these took out.

    Pieces tile both sides as the edits did. Neighbours that a rule made alike are one edit again.
    """
    if not ignore:
        return comparison
    pieces = judged(comparison, ignore)
    edits = tuple(joining.joined(group, comparison) for group in joining.groups(pieces, joining.slack(comparison)))
    return replace(comparison, edits=edits, ignored=tuple(piece.found for piece in pieces if piece.ignored))


def with_ignored(comparison: Comparison, ignore: Ignore) -> tuple[tuple[Edit, ...], tuple[bool, ...]]:
    """The edits of `applied`, but each ignored difference by itself and as it was found, and which these are."""
    edits: list[Edit] = []
    flags: list[bool] = []
    for group in joining.groups(judged(comparison, ignore), joining.slack(comparison)):
        told = [piece.ignored and piece.found.kind != "same" for piece in group]
        if not any(told):
            edits.append(joining.joined(group, comparison))
            flags.append(False)
            continue
        edits += [piece.found if is_told else piece.seen for piece, is_told in zip(group, told, strict=True)]
        flags += told
    return tuple(edits), tuple(flags)


def judged(comparison: Comparison, ignore: Ignore) -> list[Judged]:
    """Every edit in order, cut where a rule begins or ends inside it, with what the rules make of each piece."""
    pieces = weighed(comparison, ignore)
    return _without_short(pieces, ignore.least_us, joining.slack(comparison)) if ignore.least_us > 0 else pieces


def _without_short(pieces: Sequence[Judged], least_us: int, slack_us: float) -> list[Judged]:
    result: list[Judged] = []
    for group in joining.groups(pieces, slack_us):
        length = max(sum(s.duration_us for p in group if (s := getattr(p.seen, side))) for side in ("a", "b"))
        if group[0].seen.kind != "same" and length < least_us:
            group = [replace(piece, seen=as_same(piece.seen), ignored=True) for piece in group]
        result += group
    return result


def quiet_segments(comparison: Comparison) -> NDArray[np.bool_]:
    """Which segments (N,) show some of what is ignored: their distance says nothing that a person wants to be told."""
    result = np.zeros(len(comparison.segments), np.bool_)
    for side in ("b", "a"):
        found: list[Span] = [span for edit in comparison.ignored if (span := getattr(edit, side))]
        spans = sorted(found)
        if not spans:
            continue
        starts = np.array([span.start_us for span in spans], np.int64)
        ends = np.maximum.accumulate(np.array([span.end_us for span in spans], np.int64))
        for number, one in enumerate(comparison.segments):
            own = one.pair.b if side == "b" else (one.pair.a if one.pair.b is None else None)
            if own is not None:
                before = int(np.searchsorted(starts, own.end_us, side="left")) - 1
                result[number] |= before >= 0 and bool(ends[before] > own.start_us)
    return result
