"""What a person does not want to be told: rules that take differences out of the edit list. Scores stay as they are.

Rules are about places (shares of B's picture), stretches of time, reasons and lengths. They never need the videos
again: `judged` weighs a comparison's edits, `applied` gives the comparison as it should be seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.pieces import Cutter
from vidstudio.engine.order import in_order
from vidstudio.engine.scores import mean_of_known, mean_psnr
from vidstudio.engine.time import US, Span
from vidstudio.engine.types import ChangeKind, Comparison, Edit, EditKind

Reason = Literal["picture", "local", "colour", "geometry", "audio", "inserted", "removed", "moved", "retimed"]
"""Why an edit is one: the ways in which it changed, and its kind where that alone is a difference."""

Box = tuple[int, int, int, int]
_Speeds = tuple[float, float]
"""The least and the greatest, of A for B."""

_ALONE = ("inserted", "removed", "moved", "retimed")
_CELLS = (48, 27)
_SHRINK = 0.4
_ANY_SPEED = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle in shares (0..1) of B's picture, from its upper left. ValueError for what is none."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        ends = (self.x + self.width, self.y + self.height)
        if not all(math.isfinite(value) for value in (*ends, self.x, self.y)):
            raise ValueError("a region is made of numbers")
        inside = self.x >= 0 and self.y >= 0 and max(ends) <= 1 + 1e-9
        if not (inside and self.width > 0 and self.height > 0):
            raise ValueError("a region lies inside the picture, in shares from 0 to 1, and is not empty")


@dataclass(frozen=True, slots=True)
class Rule:
    """One place or stretch. With a region: local changes inside it, at any time or during `span` of B.

    Without: everything during `span` on the clock of `side`. `name` is for people; "" has one made of the rest.
    ValueError for neither region nor span, and for a region with times of A.
    """

    id: str
    region: Region | None = None
    span: Span | None = None
    side: Literal["a", "b"] = "b"
    name: str = ""
    on: bool = True

    def __post_init__(self) -> None:
        if self.region is None and self.span is None:
            raise ValueError("a rule names a region or a span")
        if self.region is not None and self.side == "a":
            raise ValueError("regions are about B's picture, so their times are B's")


@dataclass(frozen=True, slots=True)
class Ignore:
    """All that is ignored in one comparison; differences shorter than `least_us` too. Empty: nothing is."""

    rules: tuple[Rule, ...] = ()
    reasons: tuple[Reason, ...] = ()
    least_us: int = 0

    def __bool__(self) -> bool:
        return bool(any(rule.on for rule in self.rules) or self.reasons or self.least_us > 0)


@dataclass(frozen=True, slots=True)
class Judged:
    """A piece of an edit: `found` as it was found, `seen` as a person should see it. `whole` is what it was cut from.

    ignored: it is taken for the same, or lies in a stretch that is not looked at.
    """

    found: Edit
    seen: Edit
    whole: Edit
    ignored: bool = False


PRESETS: dict[str, Region] = {
    "logo-top-left": Region(0.0, 0.0, 0.25, 0.22),
    "logo-top-right": Region(0.75, 0.0, 0.25, 0.22),
    "logo-bottom-left": Region(0.0, 0.78, 0.25, 0.22),
    "logo-bottom-right": Region(0.75, 0.78, 0.25, 0.22),
    "lower-third": Region(0.0, 0.66, 1.0, 0.34),
    "subtitles": Region(0.1, 0.78, 0.8, 0.22),
}
"""Places that are often ignored, by name."""


def applied(comparison: Comparison, ignore: Ignore) -> Comparison:
    """The comparison as a person should see it: edits under the rules, and in `ignored` what these took out.

    Pieces tile both sides as the edits did. Neighbours that a rule made alike are one edit again.
    """
    if not ignore:
        return comparison
    pieces = judged(comparison, ignore)
    edits = tuple(_joined(group, comparison) for group in _groups(pieces, _slack(comparison)))
    return replace(comparison, edits=edits, ignored=tuple(piece.found for piece in pieces if piece.ignored))


def with_ignored(comparison: Comparison, ignore: Ignore) -> tuple[tuple[Edit, ...], tuple[bool, ...]]:
    """The edits of `applied`, but each ignored difference by itself and as it was found, and which these are."""
    edits: list[Edit] = []
    flags: list[bool] = []
    for group in _groups(judged(comparison, ignore), _slack(comparison)):
        told = [piece.ignored and piece.found.kind != "same" for piece in group]
        if not any(told):
            edits.append(_joined(group, comparison))
            flags.append(False)
            continue
        edits += [piece.found if is_told else piece.seen for piece, is_told in zip(group, told, strict=True)]
        flags += told
    return tuple(edits), tuple(flags)


def judged(comparison: Comparison, ignore: Ignore) -> list[Judged]:
    """Every edit in order, cut where a rule begins or ends inside it, with what the rules make of each piece."""
    rules = [rule for rule in ignore.rules if rule.on]
    judge = _Judge(
        tuple(rule for rule in rules if rule.region is None),
        tuple(rule for rule in rules if rule.region is not None),
        frozenset(ignore.reasons),
        (comparison.b.width, comparison.b.height),
        (comparison.a.duration_us, comparison.b.duration_us),
    )
    cutter = Cutter(comparison)
    result: list[Judged] = []
    at_a = at_b = 0
    for edit, goes_on in zip(comparison.edits, in_order(comparison.edits), strict=True):
        result += judge.of_edit(edit, cutter, at_a, at_b)
        at_b = edit.b.end_us if edit.b else at_b
        at_a = edit.a.end_us if edit.a and (goes_on or edit.b is None) else at_a
    return _without_short(result, ignore.least_us, _slack(comparison)) if ignore.least_us > 0 else result


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


def is_inside(box: Box, regions: Sequence[Region], size: tuple[int, int]) -> bool:
    """Whether a box `[x, y, w, h]` in pixels of a picture of `size` lies in the union of regions.

    Boxes are measured in cells of 1/48 by 1/27 of the picture, so that much of overhang does not count.
    """
    x, y, width, height = (float(value) for value in box)
    dx, dy = min(size[0] / _CELLS[0], _SHRINK * width), min(size[1] / _CELLS[1], _SHRINK * height)
    left, right = (x + dx) / size[0], (x + width - dx) / size[0]
    top, bottom = (y + dy) / size[1], (y + height - dy) / size[1]
    across = _borders(left, right, [v for r in regions for v in (r.x, r.x + r.width)])
    down = _borders(top, bottom, [v for r in regions for v in (r.y, r.y + r.height)])
    return all(any(_holds(r, u, v) for r in regions) for u in _middles(across) for v in _middles(down))


def _borders(low: float, high: float, cuts: Sequence[float]) -> list[float]:
    return [low, *sorted({cut for cut in cuts if low < cut < high}), high]


def _middles(borders: Sequence[float]) -> list[float]:
    return [(low + high) / 2 for low, high in itertools.pairwise(borders)]


def _holds(region: Region, x: float, y: float) -> bool:
    return region.x <= x <= region.x + region.width and region.y <= y <= region.y + region.height


@dataclass(frozen=True, slots=True)
class _Judge:
    """Weighs one edit after the other. size: B's picture in pixels; ends: lengths of A and B."""

    spans: tuple[Rule, ...]
    regions: tuple[Rule, ...]
    reasons: frozenset[Reason]
    size: tuple[int, int]
    ends: tuple[int, int]
    cuts: dict[str, tuple[int, ...]] = field(init=False)

    def __post_init__(self) -> None:
        cuts: dict[str, tuple[int, ...]] = {}
        for side in ("a", "b"):
            spans = [rule.span for rule in (*self.spans, *self.regions) if rule.side == side and rule.span]
            cuts[side] = tuple(sorted({time for span in spans for time in (span.start_us, span.end_us)}))
        object.__setattr__(self, "cuts", cuts)

    def of_edit(self, edit: Edit, cutter: Cutter, at_a: int, at_b: int) -> list[Judged]:
        """The pieces of one edit, which begins after `at_a` and `at_b`; one that no rule touches stays whole."""
        pieces = [self._of_piece(piece, edit, at_a, at_b) for piece in self._cut(edit, cutter)]
        if all(piece.seen is piece.found and not piece.ignored for piece in pieces):
            return [Judged(edit, edit, edit)]
        return pieces

    def _cut(self, edit: Edit, cutter: Cutter) -> Iterator[Edit]:
        within = {
            side: [t for t in self.cuts[side] if span is not None and span.start_us < t < span.end_us]
            for side, span in (("a", edit.a), ("b", edit.b))
        }
        yield from cutter.pieces(edit, within["a"], within["b"]) if within["a"] or within["b"] else (edit,)

    def _of_piece(self, piece: Edit, whole: Edit, at_a: int, at_b: int) -> Judged:
        if any(self._covers(rule, piece, at_a, at_b) for rule in self.spans):
            return Judged(piece, _as_same(piece), whole, ignored=True)
        seen = self._seen(piece)
        return Judged(piece, seen, whole, ignored=seen.kind == "same" and piece.kind != "same")

    def _covers(self, rule: Rule, piece: Edit, at_a: int, at_b: int) -> bool:
        span = rule.span
        own, at, end = (piece.a, at_a, self.ends[0]) if rule.side == "a" else (piece.b, at_b, self.ends[1])
        if span is None:
            return False
        if own is not None:
            return own.start_us in span  # cut at frames, so all of its frames start in the stretch or none
        # what this side lacks stands between two of its frames: those must both be in the stretch, or not be
        after_start = span.start_us < at or at <= 0 >= span.start_us
        return after_start and (at < span.end_us or span.end_us >= end)

    def _seen(self, piece: Edit) -> Edit:
        """The piece without the reasons and boxes that are ignored; the same object when there are none."""
        here = self._regions_at(piece)
        boxes = tuple(box for box in piece.boxes if not is_inside(box, here, self.size)) if here else piece.boxes
        gone = set(self.reasons)
        if piece.boxes and not boxes:
            gone.add("local")
        if here and is_inside((0, 0, *self.size), here, self.size):
            gone |= {"picture", "local", "colour"}
        change = tuple(one for one in piece.change if one not in gone)
        kind = piece.kind
        alone = kind in _ALONE and kind not in gone
        if not alone and kind != "same" and (piece.change or kind in gone):
            kind = "changed" if change else "same"
        if kind == piece.kind and change == piece.change and boxes == piece.boxes:
            return piece
        boxes = boxes if "local" not in gone and kind != "same" else ()
        return _without_words(replace(piece, kind=kind, change=change, boxes=boxes))

    def _regions_at(self, piece: Edit) -> list[Region]:
        if piece.b is None:
            return []
        start = piece.b.start_us
        return [cast(Region, rule.region) for rule in self.regions if rule.span is None or start in rule.span]


def _as_same(edit: Edit) -> Edit:
    return _without_words(replace(edit, kind="same", change=(), boxes=()))


def _without_words(seen: Edit) -> Edit:
    """Without what is said of a change that is not told: its grade, its transform, its heat."""
    return replace(
        seen,
        grade=seen.grade if "colour" in seen.change else None,
        transform=seen.transform if "geometry" in seen.change else None,
        heat=seen.heat if seen.boxes or "picture" in seen.change else None,
    )


def _without_short(pieces: Sequence[Judged], least_us: int, slack_us: float) -> list[Judged]:
    result: list[Judged] = []
    for group in _groups(pieces, slack_us):
        length = max(sum(s.duration_us for p in group if (s := getattr(p.seen, side))) for side in ("a", "b"))
        if group[0].seen.kind != "same" and length < least_us:
            group = [replace(piece, seen=_as_same(piece.seen), ignored=True) for piece in group]
        result += group
    return result


def _groups(pieces: Sequence[Judged], slack_us: float) -> list[list[Judged]]:
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


def _slack(comparison: Comparison) -> float:
    """How far a join may move a frame: the longer frame of the two sides, in microseconds."""
    return US / float(min(comparison.a.frame_rate, comparison.b.frame_rate)) + 1


def _joined(group: Sequence[Judged], comparison: Comparison) -> Edit:
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


def reasons_of(edit: Edit) -> tuple[Reason, ...]:
    """Why an edit is a difference; empty for `same`."""
    alone: tuple[Reason, ...] = (cast(Reason, edit.kind),) if edit.kind in _ALONE else ()
    changes: tuple[ChangeKind, ...] = edit.change
    return (*alone, *changes)
