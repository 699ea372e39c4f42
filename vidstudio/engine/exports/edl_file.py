"""The edit list as CMX 3600, which every editing program reads: B as a list of cuts from A.

Written here because the adapter of OpenTimelineIO gives a wrong source out at speed changes, and no FCM line.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from vidstudio.engine.exports.conform import Event, Removal, conform, editors_rate, timecode
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.marks import one_line, plain
from vidstudio.engine.exports.words import told_of
from vidstudio.engine.time import format_timecode, is_drop_frame_rate
from vidstudio.engine.types import Comparison, Edit, EditKind, Metric
from vidstudio.engine.verdict import kind_word

_COLOURS: dict[EditKind, str] = {
    "changed": "YELLOW",
    "inserted": "GREEN",
    "removed": "RED",
    "moved": "MAGENTA",
    "retimed": "CYAN",
}


def comparison_edl(comparison: Comparison) -> str:
    """CMX 3600 text at the editing rate nearest to B's, drop-frame where that is the custom.

    Reel A is the old version, reel B the new one (new material comes from there); both start at
    00:00:00:00. Edits are said as locators, their grade, framing and sound in comments below; removed material
    has no record time, so it is a comment at the event after it.
    """
    rate = editors_rate(comparison.b.frame_rate)
    lines = [
        f"TITLE: {one_line(Path(comparison.b.path).stem)}",
        f"FCM: {'DROP FRAME' if is_drop_frame_rate(rate) else 'NON-DROP FRAME'}",
        "",
    ]
    number = 0
    waiting: list[Removal] = []
    for piece in conform(comparison, rate):
        if isinstance(piece, Removal):
            waiting.append(piece)
            continue
        number += 1
        lines += _event_lines(comparison, piece, number, rate)
        lines += [_removal_line(removal, rate, comparison) for removal in waiting]
        waiting = []
    lines += [_removal_line(removal, rate, comparison) for removal in waiting]
    return "\r\n".join(lines) + "\r\n"


def write_edl(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    """Write the EDL in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, comparison_edl(comparison).encode("utf-8", "replace"))


def _event_lines(comparison: Comparison, event: Event, number: int, rate: Fraction) -> list[str]:
    reel, info = ("A", comparison.a) if event.from_a else ("B", comparison.b)
    codes = [timecode(n, rate) for n in (event.source_start, event.source_end, event.start, event.end)]
    lines = [f"{number:03d}  {reel:8} {'V':5} C        {' '.join(codes)}"]
    if event.exact_speed != 1:
        # backward it begins with the last frame; readers know M2 only with colons, whatever FCM says
        entry = timecode(event.source_end - 1, rate) if event.speed < 0 else codes[0]
        speed = event.speed * float(rate)
        lines.append(f"M2   {reel:8}       {speed:0{5 + (speed < 0)}.1f}                {entry:.11}".replace(";", ":"))
    if not event.exact_speed:
        lines.append("* * FREEZE FRAME")
    lines.append(f"* FROM CLIP NAME:  {one_line(Path(info.path).name)}")
    if event.edit.kind != "same":
        lines.append(f"* LOC: {codes[2]} {_COLOURS[event.edit.kind]:7} {_words(event.edit, comparison)}")
        lines += [f"* COMMENT: {name.upper()}: {plain(text)}" for name, text in told_of(event.edit, comparison)]
    return lines


def _removal_line(removal: Removal, rate: Fraction, comparison: Comparison) -> str:
    word, span = kind_word("removed", comparison.aligned).upper(), removal.edit.a
    codes = [format_timecode(t, rate) for t in (span.start_us, span.end_us)] if span else ["", ""]
    return f"* LOC: {timecode(removal.at, rate)} {_COLOURS['removed']:7} {word} {codes[0]} TO {codes[1]} OF A"


def _words(edit: Edit, comparison: Comparison) -> str:
    return " ".join([kind_word(edit.kind, comparison.aligned), *edit.change]).upper()
