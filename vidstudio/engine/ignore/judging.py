"""What the rules make of each edit: cut where a rule begins or ends, and seen without what is ignored."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from vidstudio.engine.alignment.edits.pieces import Cutter
from vidstudio.engine.ignore.rules import ALONE, Ignore, Reason, Region, Rule
from vidstudio.engine.order import in_order
from vidstudio.engine.types import Comparison, Edit

Box = tuple[int, int, int, int]

_CELLS = (48, 27)
_SHRINK = 0.4


@dataclass(frozen=True, slots=True)
class Judged:
    """A piece of an edit: `found` as it was found, `seen` as a person should see it. `whole` is what it was cut from.

    ignored: it is taken for the same, or lies in a stretch that is not looked at.
    """

    found: Edit
    seen: Edit
    whole: Edit
    ignored: bool = False


def weighed(comparison: Comparison, ignore: Ignore) -> list[Judged]:
    """Every edit in order, cut where a rule begins or ends inside it, with what the rules make of each piece.

    A least length is not looked at: it is about pieces that belong together, see `applying`.
    """
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
            return Judged(piece, as_same(piece), whole, ignored=True)
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
        alone = kind in ALONE and kind not in gone
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


def as_same(edit: Edit) -> Edit:
    """The edit without any of what makes it a difference."""
    return _without_words(replace(edit, kind="same", change=(), boxes=()))


def _without_words(seen: Edit) -> Edit:
    """Without what is said of a change that is not told: its grade, its transform, its heat."""
    return replace(
        seen,
        grade=seen.grade if "colour" in seen.change else None,
        transform=seen.transform if "geometry" in seen.change else None,
        heat=seen.heat if seen.boxes or "picture" in seen.change else None,
    )
