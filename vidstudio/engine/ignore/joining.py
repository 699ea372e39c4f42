"""Neighbours that a rule made alike are one edit again, as long as that puts no frame in a wrong place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vidstudio.engine.ignore.judging import Judged
from vidstudio.engine.scores import mean_of_known, mean_psnr
from vidstudio.engine.time import US, Span
from vidstudio.engine.types import Comparison, Edit, EditKind

_Speeds = tuple[float, float]
"""The least and the greatest, of A for B."""

_ANY_SPEED = (-math.inf, math.inf)


def groups(pieces: Sequence[Judged], slack_us: float) -> list[list[Judged]]:
    """Neighbours that a rule made alike, together; every other piece alone."""
    groups: list[list[Judged]] = []
    speeds: _Speeds | None = None
    for piece in pieces:
        speeds = _speeds_with(groups[-1], speeds or _ANY_SPEED, piece, slack_us) if groups else None
        if speeds is not None:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _speeds_with(group: Sequence[Judged], speeds: _Speeds, after: Judged, slack_us: float) -> _Speeds | None:
    """At which speeds a group, of which these are known, can be told as one edit with the piece after it.

    None where the two are not alike, or one edit put a frame of any of the pieces in a wrong place.
    """
    before, here = group[-1].seen, after.seen
    joins = group[-1].whole is after.whole or _told_otherwise(group[-1]) or _told_otherwise(after)
    if not joins or before.kind != here.kind or set(before.change) != set(here.change):
        return None
    if np.sign(before.speed) != np.sign(here.speed):
        return None
    if not (_follows(before.a, here.a) and _follows(before.b, here.b)):
        return None
    first = group[0].seen
    if first.a is None or first.b is None or here.a is None or here.b is None:
        return speeds
    of_a, of_b = here.a.start_us - first.a.start_us, here.b.start_us - first.b.start_us
    length_a, length_b = here.a.end_us - first.a.start_us, here.b.end_us - first.b.start_us
    if not length_b:
        return speeds
    if not of_b:
        return speeds if of_a <= slack_us else None
    least, most = max(speeds[0], (of_a - slack_us) / of_b), min(speeds[1], (of_a + slack_us) / of_b)
    return (least, most) if least <= length_a / length_b <= most else None


def _told_otherwise(piece: Judged) -> bool:
    """Whether a rule made another thing of it; that it was cut makes none."""
    seen, whole = piece.seen, piece.whole
    return (seen.kind, seen.change, seen.boxes) != (whole.kind, whole.change, whole.boxes)


def _follows(before: Span | None, after: Span | None) -> bool:
    if before is None or after is None:
        return before is after
    return before.end_us == after.start_us


def slack(comparison: Comparison) -> float:
    """How far a join may move a frame: the longer frame of the two sides, in microseconds."""
    return US / float(min(comparison.a.frame_rate, comparison.b.frame_rate)) + 1


def joined(group: Sequence[Judged], comparison: Comparison) -> Edit:
    """One edit of pieces that follow one another; scores are those of all it was made of."""
    if len(group) == 1 and group[0].found is group[0].whole:
        return group[0].seen
    first, last = group[0], group[-1]
    lengths = [_length(piece.found) for piece in group]
    longest = group[lengths.index(max(lengths))].seen
    a, b = _cover(first.seen.a, last.seen.a), _cover(first.seen.b, last.seen.b)
    whole = _starts(first.found) == _starts(first.whole) and _ends(last.found) == _ends(last.whole)
    distances = [piece.whole.distance for piece in group if piece.whole.distance is not None]
    return replace(
        longest,
        a=a,
        b=b,
        boxes=tuple(dict.fromkeys(box for piece in group for box in piece.seen.boxes)),
        distance=max(distances, default=None) if whole else _largest_inside(comparison, longest.kind, a, b),
        psnr=mean_of_known([piece.found.psnr for piece in group], lengths, mean_psnr),
        ssim=mean_of_known([piece.found.ssim for piece in group], lengths),
        confidence=mean_of_known([piece.found.confidence for piece in group], lengths),
        alternatives=longest.alternatives if len(group) == 1 else (),
    )


def _length(edit: Edit) -> int:
    return max(span.duration_us if span else 0 for span in (edit.a, edit.b))


def _starts(edit: Edit) -> tuple[int | None, int | None]:
    return edit.a.start_us if edit.a else None, edit.b.start_us if edit.b else None


def _ends(edit: Edit) -> tuple[int | None, int | None]:
    return edit.a.end_us if edit.a else None, edit.b.end_us if edit.b else None


def _cover(first: Span | None, last: Span | None) -> Span | None:
    if first is None or last is None:
        return None
    return Span(min(first.start_us, last.start_us), max(first.end_us, last.end_us))


def _largest_inside(comparison: Comparison, kind: EditKind, a: Span | None, b: Span | None) -> float | None:
    """The largest cosine distance of the segments that lie inside (see `Edit.distance`)."""
    if a is None or b is None:
        return None
    scored = [(one.pair.b, one.cosine) for one in comparison.segments if one.pair.b and one.cosine is not None]
    inside = [cosine for span, cosine in scored if b.start_us <= span.start_us and span.end_us <= b.end_us]
    if not inside and kind == "changed":
        inside = [cosine for span, cosine in scored if span.start_us < b.end_us and b.start_us < span.end_us]
    return max(inside, default=None)
