"""Rules that take differences out of the edit list: places (shares of B's picture), times, reasons, a least length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, cast

from vidstudio.engine.time import Span
from vidstudio.engine.types import ChangeKind, Edit

Reason = Literal["picture", "local", "colour", "geometry", "audio", "inserted", "removed", "moved", "retimed"]
"""Why an edit is one: the ways in which it changed, and its kind where that alone is a difference."""

ALONE = ("inserted", "removed", "moved", "retimed")
"""Kinds of edits that are a difference even if nothing of the picture changed."""


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


PRESETS: dict[str, Region] = {
    "logo-top-left": Region(0.0, 0.0, 0.25, 0.22),
    "logo-top-right": Region(0.75, 0.0, 0.25, 0.22),
    "logo-bottom-left": Region(0.0, 0.78, 0.25, 0.22),
    "logo-bottom-right": Region(0.75, 0.78, 0.25, 0.22),
    "lower-third": Region(0.0, 0.66, 1.0, 0.34),
    "subtitles": Region(0.1, 0.78, 0.8, 0.22),
}
"""Places that are often ignored, by name."""


def reasons_of(edit: Edit) -> tuple[Reason, ...]:
    """Why an edit is a difference; empty for `same`."""
    alone: tuple[Reason, ...] = (cast(Reason, edit.kind),) if edit.kind in ALONE else ()
    changes: tuple[ChangeKind, ...] = edit.change
    return (*alone, *changes)
