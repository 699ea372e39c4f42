"""`vidstudio versions REF V1 V2 …`: what of a reference is in which version, and what versions did to one another."""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from vidstudio.cli import ignoring
from vidstudio.cli.common import DIFFERENT, EXIT_CODES, OK, Terminal, error_json, exit_code, words
from vidstudio.cli.comparing import (
    Asked,
    add_segment,
    add_targets,
    checked_embedder,
    checked_segment,
    checked_targets,
    compare,
)
from vidstudio.cli.studio import open_studio
from vidstudio.engine.alignment.edits.versions import State, Step, matrix, three_way
from vidstudio.engine.errors import EngineError, MissingMedia, UnreadableMedia, UsageError
from vidstudio.engine.exports.versions_file import (
    STATES,
    Chain,
    Versions,
    fate_text,
    versions_json,
    write_csv,
    write_html,
    write_json,
)
from vidstudio.engine.ignore.applying import applied
from vidstudio.engine.media.probe import probe
from vidstudio.engine.settings import Settings
from vidstudio.engine.time import Span, format_duration, format_timecode
from vidstudio.engine.types import Comparison, VideoInfo

Write = Callable[[Versions, Path], None]

_WRITERS: tuple[tuple[str, str, Write], ...] = (
    ("json", "all of it as JSON; without F to stdout", write_json),
    ("report", "the matrix as a page to read, one HTML file", write_html),
    ("csv", "the matrix for spreadsheets", write_csv),
)
_STYLES: dict[State, tuple[str, str]] = {
    "same": ("=", "dim"),
    "changed": ("◆", "yellow"),
    "replaced": ("◇", "yellow"),
    "retimed": ("»", "cyan"),
    "moved": ("→", "magenta"),
    "missing": ("×", "red"),
}


def add_parser(commands: Any) -> None:
    """Add the command."""
    usual = Settings()
    parser = commands.add_parser(
        "versions",
        help="find what of a reference is in which of several versions",
        description="Compare each version with the reference, and each with the one before it: what of the reference"
        " is in which version, and what a later version did to what an earlier one had changed."
        " Give the versions in the order in which they were made.",
        epilog="Comparisons that were made already, also by `compare`, are not made again.\n\n" + EXIT_CODES,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="REF V1 V2 …", help="the reference, then its versions")
    parser.add_argument(
        "--embedder", default=usual.embedder, metavar="NAME", help="basic (needs no weights), or a transformers model"
    )
    add_segment(parser)
    parser.add_argument(
        "--no-three-way", action="store_true", help="only the matrix: versions are not compared with one another"
    )
    add_targets(parser, [(name, about) for name, about, _ in _WRITERS])
    parser.add_argument("--fail-on", choices=("different",), help="exit code 1 when a version differs")
    ignoring.add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Compare what has to be, write what was asked for, and show the matrix."""
    files: list[Path] = arguments.files
    if len(files) < 2:
        raise UsageError("Versions need a reference and at least one version.", "Write: vidstudio versions REF V1 V2 …")
    segment_us = checked_segment(arguments.segment)
    ignoring.asked(arguments)
    targets = checked_targets([(getattr(arguments, name), name, write) for name, _, write in _WRITERS], files)
    found, unread = _found(arguments, terminal, files, segment_us)
    for path, write in targets:
        write(found, path)
    if terminal.json:
        errors = [{"path": str(path), "error": error_json(error)} for path, error in unread]
        terminal.give(versions_json(found) | ({"unread": errors} if errors else {}))
    else:
        show(found, terminal)
        for path, _ in targets:
            terminal.say(f"wrote {path}")
    if unread:
        return max(exit_code(error) for _, error in unread)
    different = bool(found.matrix.additions) or any(
        cell.state != "same" for row in found.matrix.stretches for cell in row.cells
    )
    return DIFFERENT if arguments.fail_on == "different" and different else OK


def _found(
    arguments: argparse.Namespace, terminal: Terminal, files: list[Path], segment_us: int
) -> tuple[Versions, list[tuple[Path, EngineError]]]:
    """Run (or look up) the comparisons and put them together; and the versions that cannot be read, which are said.

    Raises EngineError when the reference or every version cannot be read, Cancelled.
    """
    from vidstudio.engine.exports.contents import settings

    usual = Settings()
    embedder = checked_embedder(arguments.embedder)

    with open_studio() as studio:

        def between(a: Path, b: Path) -> Comparison:
            asked = Asked(a, b, embedder, usual.metric, usual.threshold, segment_us, align=True)
            made = compare(studio, terminal, asked)
            return applied(made, ignoring.asked(arguments, made.a.frame_rate, made.b.frame_rate))

        reference = files[0]
        probe(reference)
        versions, with_reference, unread = [], [], list[tuple[Path, EngineError]]()
        for version in files[1:]:
            try:
                with_reference.append(between(reference, version))
            except (UnreadableMedia, MissingMedia) as error:
                unread.append((version, error))
            else:
                versions.append(version)
        if not versions:
            raise unread[0][1]
        for _, problem in unread:
            terminal.complain(problem)
        chains = []
        for number, (before, after) in enumerate(itertools.pairwise(versions)):
            if not arguments.no_three_way:
                steps = three_way(with_reference[number], between(before, after), with_reference[number + 1])
                chains.append(Chain(number, number + 1, tuple(steps)))
    first = with_reference[0]
    return Versions(
        first.a,
        tuple(one.b for one in with_reference),
        matrix(with_reference),
        tuple(chains),
        (first.a_times, *(one.b_times for one in with_reference)),
        (*settings(first, usual.metric, usual.threshold), ("Ignored", ignoring.said(arguments))),
    ), unread


def show(found: Versions, terminal: Terminal) -> None:
    """The matrix, the additions and what later versions did, for people."""
    names = [Path(info.path).name for info in found.versions]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(words(Path(found.reference.path).name), no_wrap=True)
    for name in names:
        table.add_column(words(name), overflow="fold")
    for row in found.matrix.stretches:
        cells = []
        for cell, info in zip(row.cells, found.versions, strict=True):
            mark, style = _STYLES[cell.state]
            parts = [f"{mark} {cell.state}", *([", ".join(cell.change)] if cell.change else [])]
            moved = cell.b is not None and cell.b.start_us != row.span.start_us
            where = f" at {format_timecode(cell.b.start_us, info.frame_rate)}" if cell.b and moved else ""
            cells.append(Text(": ".join(parts) + where, style=style))
        table.add_row(_codes(row.span, found.reference), *cells)
    terminal.say(table)
    terminal.say("")
    for number, name in enumerate(names):
        shares = [(state, found.matrix.share(number, state)) for state in STATES]
        terminal.say(f"{name}: " + ", ".join(f"{share:.1%} {state}" for state, share in shares if share))
        for one in found.matrix.additions:
            if one.version == number:
                at = format_timecode(one.at_us, found.reference.frame_rate)
                what = "shows once more" if one.again else "adds"
                length = format_duration(one.b.duration_us)
                terminal.say(
                    f"  + {what} {_codes(one.b, found.versions[number])} ({length}), after {at} of the reference"
                )
    for chain in found.chains:
        _show_chain(chain, found, names, terminal)


def _show_chain(chain: Chain, found: Versions, names: list[str], terminal: Terminal) -> None:
    before, after = names[chain.before], names[chain.after]
    terminal.say("")
    terminal.say(words(f"What {after} did to {before}", "bold"))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("what became of it", "reference", before, after):
        table.add_column(words(title), no_wrap=title != "what became of it")
    sides = (found.reference, found.versions[chain.before], found.versions[chain.after])
    for step in chain.steps:
        places = [_codes(span, info) for span, info in zip(_spans(step), sides, strict=True)]
        table.add_row(words(fate_text(step, before, after)), *places, style="dim" if step.fate == "kept" else "")
    terminal.say(table)


def _spans(step: Step) -> tuple[Span | None, Span | None, Span | None]:
    return step.base, step.before, step.after


def _codes(span: Span | None, info: VideoInfo) -> str:
    if span is None:
        return "—"
    return " – ".join(format_timecode(time_us, info.frame_rate) for time_us in (span.start_us, span.end_us))
