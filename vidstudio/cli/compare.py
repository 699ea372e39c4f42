"""`vidstudio compare A B`: what changed between two versions of a video."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any, get_args

from rich.table import Table
from rich.text import Text

from vidstudio.cli import ignoring, video
from vidstudio.cli.clouds import add_allow_cloud
from vidstudio.cli.common import DIFFERENT, EXIT_CODES, OK, Terminal
from vidstudio.cli.comparing import (
    Asked,
    add_segment,
    add_targets,
    checked_embedder,
    checked_segment,
    checked_targets,
    worked_out,
)
from vidstudio.cli.studio import open_studio
from vidstudio.engine.errors import UsageError
from vidstudio.engine.exports.formats import FORMATS, Write
from vidstudio.engine.exports.json_file import comparison_json
from vidstudio.engine.exports.sound import NO_SOUND, loudness_text
from vidstudio.engine.exports.words import confidence_text, psnr_text, remarks, told_of
from vidstudio.engine.ignore.applying import applied
from vidstudio.engine.settings import Settings
from vidstudio.engine.time import US, Span, format_duration, format_length, format_timecode
from vidstudio.engine.types import METRICS, Comparison, Edit, EditKind, Metric
from vidstudio.engine.verdict import edit_distance, kind_word, verdict

_WIDE = 112
"""Columns of a terminal that all of a row fits in."""
_DOUBT = 0.85
"""A row that is surer than this says nothing of it."""
MARKS: dict[EditKind, tuple[str, str]] = {
    "same": ("=", "dim"),
    "changed": ("◆", "yellow"),
    "inserted": ("+", "green"),
    "removed": ("×", "red"),
    "moved": ("→", "magenta"),
    "retimed": ("»", "cyan"),
}
"""Sign and style of each kind of edit on a terminal; the sign alone is enough."""


def add_parser(commands: Any) -> None:
    """Add the command."""
    usual = Settings()
    parser = commands.add_parser(
        "compare",
        help="find what changed between two versions of a video",
        description="Find what changed between two versions of a video: what was inserted, removed, moved,"
        " retimed or changed, and where. A is the old version, B the new one.",
        epilog="A run that was interrupted goes on where it was when it is started again.\n\n" + EXIT_CODES,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="A B", help="old version, new version")
    parser.add_argument(
        "--embedder",
        default=usual.embedder,
        metavar="NAME",
        help="basic (needs no weights), a transformers model, or twelvelabs:marengo3.5 (a paid cloud service)",
    )
    parser.add_argument("--metric", choices=get_args(Metric), default=usual.metric, help="how distances are measured")
    parser.add_argument(
        "--threshold", type=float, default=usual.threshold, metavar="X", help="distance that counts as different (0-2)"
    )
    add_segment(parser)
    parser.add_argument(
        "--align", choices=("auto", "none"), default="auto", help="none compares what is at the same time"
    )
    add_targets(parser, [(one.name, one.about) for one in FORMATS])
    video.add_options(parser)
    add_allow_cloud(parser)
    parser.add_argument("--fail-on", choices=("different",), help="exit code 1 when the versions differ")
    ignoring.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Compare, write what was asked for, and say what was found."""
    asked = checked(arguments)
    with open_studio() as studio:
        call, comparison = worked_out(studio, terminal, asked)
        ignore = ignoring.asked(arguments, comparison.a.frame_rate, comparison.b.frame_rate)
        comparison = applied(comparison, ignore)
        for path, write in asked.targets:
            write(comparison, path, asked.metric, asked.threshold)
        if asked.video is not None:
            video.write(studio, terminal, asked.video, call, comparison)
    if terminal.json:
        terminal.give(comparison_json(comparison, asked.metric, asked.threshold))
    else:
        show(comparison, asked, terminal)
    different = verdict(comparison, asked.metric, asked.threshold).different
    return DIFFERENT if arguments.fail_on == "different" and different else OK


def checked(arguments: argparse.Namespace) -> Asked:
    """The request, or UsageError (EnvironmentProblem for a folder without rights)."""
    files: list[Path] = arguments.files
    if len(files) != 2:
        extra = f"; {files[2]} is one too many" if len(files) > 2 else ""
        more = ". Several versions of a reference: vidstudio versions REF V1 V2" if extra else ""
        raise UsageError(f"Compare needs two files, not {len(files)}{extra}.", f"Write: vidstudio compare A B{more}")
    if not (math.isfinite(arguments.threshold) and 0 <= arguments.threshold <= 2):
        raise UsageError(f"A threshold of {arguments.threshold} makes no sense.", "Distances go from 0 to 2.")
    segment_us = checked_segment(arguments.segment)
    ignoring.asked(arguments)  # what makes no sense is said before any work
    return Asked(
        a=files[0],
        b=files[1],
        embedder=checked_embedder(arguments.embedder),
        metric=METRICS[METRICS.index(arguments.metric)],
        threshold=arguments.threshold,
        segment_us=segment_us,
        align=arguments.align == "auto",
        allow_cloud=arguments.allow_cloud,
        targets=_targets(arguments, files),
        video=video.asked(arguments, files),
    )


def show(comparison: Comparison, asked: Asked, terminal: Terminal) -> None:
    """The verdict and the edits, for people."""
    said = verdict(comparison, asked.metric, asked.threshold)
    terminal.say(edit_table(comparison, asked.metric, narrow=terminal.out.width < _WIDE))
    terminal.say("")
    terminal.say(Text(said.sentence, style="bold yellow" if said.different else "bold green"))
    for text in remarks(comparison):
        terminal.say(Text(text, style="yellow"))
    length = format_duration(comparison.b.duration_us)
    terminal.say(f"{said.same_share:.1%} of {asked.b.name} ({length}) is as in {asked.a.name}.")
    if said.over:
        are = "segment is" if said.over == 1 else "segments are"
        terminal.say(f"{said.over} {are} over the threshold of {asked.threshold:g} ({asked.metric}).")
    loudness = [loudness_text(one) for one in (comparison.a_loudness, comparison.b_loudness)]
    if comparison.aligned and loudness != [NO_SOUND] * 2:
        terminal.say(f"Sound of A: {loudness[0]}; of B: {loudness[1]}.")
    if gone := sum(edit.kind != "same" for edit in comparison.ignored):
        terminal.say(f"{gone} {'difference is' if gone == 1 else 'differences are'} ignored, as asked.")
    for path in (*(path for path, _ in asked.targets), *((asked.video.path,) if asked.video else ())):
        terminal.say(f"wrote {path}")


def edit_table(comparison: Comparison, metric: Metric, narrow: bool = False) -> Table:
    """One row an edit, with time codes of both sides; a narrow one has no lengths, and no hours where none is full."""
    table = Table(box=None, padding=(0, 1 if narrow else 2, 0, 0), header_style="bold")
    for title in ("", "edit", "in A", "in B", *(() if narrow else ("length",))):
        table.add_column(title, no_wrap=True)
    table.add_column("what", overflow="fold")
    for edit in comparison.edits:
        mark, style = MARKS[edit.kind]
        sides = (_span(edit.a, comparison, "a", narrow), _span(edit.b, comparison, "b", narrow))
        span = edit.b or edit.a or Span(0, 0)
        length = () if narrow else (format_length(span.duration_us),)
        kind = kind_word(edit.kind, comparison.aligned)
        table.add_row(mark, kind, *sides, *length, details(edit, comparison, metric), style=style)
    return table


def details(edit: Edit, comparison: Comparison, metric: Metric) -> str:
    """In which ways an edit changed, its scores, and how sure it is."""
    parts = [", ".join(edit.change)] if edit.change else []
    parts += [text for _, text in told_of(edit, comparison)]
    if (distance := edit_distance(edit, metric)) is not None and edit.kind != "same":
        parts.append(f"distance {distance:.3f}")
    if text := psnr_text(edit.psnr):
        parts.append(f"PSNR {text}")
    if edit.ssim is not None:
        parts.append(f"SSIM {edit.ssim:.3f}")
    if edit.confidence is not None and edit.confidence < _DOUBT:
        parts.append(f"confidence {confidence_text(edit)}")
    return " · ".join(parts)


def _span(span: Span | None, comparison: Comparison, side: str, narrow: bool) -> str:
    rate = comparison.a.frame_rate if side == "a" else comparison.b.frame_rate
    if span is None:
        return "—"
    ends = [format_timecode(time_us, rate) for time_us in (span.start_us, span.end_us)]
    if narrow and max(comparison.a.duration_us, comparison.b.duration_us) < 3600 * US:
        ends = [text.removeprefix("00:") for text in ends]
    return " – ".join(ends)


def _targets(arguments: argparse.Namespace, files: list[Path]) -> tuple[tuple[Path, Write], ...]:
    asked = [(getattr(arguments, one.name), one.name, one.write) for one in FORMATS]
    return checked_targets(asked, files)
