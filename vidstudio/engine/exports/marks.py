"""Edits as markers on B's time line, shared by the exports for editing programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from vidstudio.engine.exports.conform import Event, conform
from vidstudio.engine.exports.words import confidence_text, lacking, psnr_text, told_of
from vidstudio.engine.time import format_timecode
from vidstudio.engine.types import Comparison, Edit, EditKind, Metric
from vidstudio.engine.verdict import edit_distance, kind_word


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker in whole frames of B's time line; `length` 0 where something was removed.

    name and note are plain ASCII on one line, and never begin with what a spreadsheet takes for a formula.
    """

    kind: EditKind
    start: int
    length: int
    name: str
    note: str


def marks(comparison: Comparison, rate: Fraction, metric: Metric) -> Iterator[Mark]:
    """One for each edit but "same", in the order of B; numbers in names are those of the edit list."""
    numbers = {id(edit): number for number, edit in enumerate(comparison.edits, 1)}
    for piece in conform(comparison, rate):
        edit = piece.edit
        if edit.kind == "same":
            continue
        start, length = (piece.start, piece.end - piece.start) if isinstance(piece, Event) else (piece.at, 0)
        name = f"{numbers[id(edit)]} {edit_words(edit, comparison)}"
        yield Mark(edit.kind, start, length, name, note(comparison, edit, metric))


def edit_words(edit: Edit, comparison: Comparison) -> str:
    """What happened: `changed: colour, local`."""
    kind = kind_word(edit.kind, comparison.aligned)
    return ": ".join([kind, ", ".join(edit.change)]) if edit.change else kind


def one_line(text: str) -> str:
    """A name of a file that stays on its line, and that every encoding can hold what it may of."""
    return "".join(char if char.isprintable() else "_" for char in text).strip() or "untitled"


def plain(text: str) -> str:
    """Words of ours in ASCII."""
    return text.replace("°", " degrees")


def note(comparison: Comparison, edit: Edit, metric: Metric) -> str:
    """All that is known of an edit, as the note of a marker (see `Mark`)."""
    parts = []
    sides = (("A", edit.a, comparison.a), ("B", edit.b, comparison.b))
    for (letter, span, info), missing in zip(sides, lacking(comparison), strict=True):
        if span is None:
            parts.append(missing)
        else:
            codes = [format_timecode(time_us, info.frame_rate) for time_us in (span.start_us, span.end_us)]
            parts.append(f"{letter} {codes[0]} to {codes[1]}")
    parts += [f"{name.lower()}: {plain(text)}" for name, text in told_of(edit, comparison)]
    if (distance := edit_distance(edit, metric)) is not None:
        parts.append(f"distance {distance:.3f}")
    if text := psnr_text(edit.psnr):
        parts.append(f"PSNR {text}")
    if edit.ssim is not None:
        parts.append(f"SSIM {edit.ssim:.3f}")
    if text := confidence_text(edit):
        parts.append(f"confidence {text}")
    return "; ".join(parts)
