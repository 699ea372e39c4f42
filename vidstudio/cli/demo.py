"""`vidstudio demo`: the studio's main job on two clips it makes itself, in less than a minute."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from vidstudio.cli.common import BUG, EXIT_CODES, OK, Terminal
from vidstudio.cli.compare import MARKS
from vidstudio.cli.comparing import Asked, compare
from vidstudio.cli.studio import open_studio
from vidstudio.engine.errors import EnvironmentProblem, UsageError
from vidstudio.engine.exports.csv_file import write_csv
from vidstudio.engine.exports.edl_file import write_edl
from vidstudio.engine.exports.json_file import comparison_json, write_json
from vidstudio.engine.exports.otio_file import write_otio
from vidstudio.engine.exports.report import write_report
from vidstudio.engine.recipes.demo import RATE, Demo, Found, check, make_clips
from vidstudio.engine.settings import Settings
from vidstudio.engine.stage import Progress
from vidstudio.engine.time import Span, format_timecode, us_to_frame
from vidstudio.engine.types import Comparison, Edit

_FILES = (
    ("report.html", "the report: open it in any browser", write_report),
    ("comparison.json", "all scores and the edit list, for programs", write_json),
    ("edits.csv", "the edit list, for spreadsheets", write_csv),
    ("edits.otio", "a time line with markers, for editing programs", write_otio),
    ("edits.edl", "the same as CMX 3600", write_edl),
)


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "demo",
        help="see what it does: makes two versions of a clip and finds the edits",
        description="Make two versions of a short film with known edits, compare them, check what was found,"
        " and write the report and all other files.",
        epilog=EXIT_CODES,
    )
    parser.add_argument(
        "--out", type=Path, default=Path("vidstudio-demo"), metavar="DIR", help="where to (default: vidstudio-demo)"
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Make, compare, check, write, and say it all. Exit code BUG when a known edit was not found."""
    folder = _folder(arguments.out)
    with terminal.progress("Drawing two versions of a film") as told:
        demo = make_clips(folder, lambda done, total: told(Progress(done, total)))
    usual = Settings()
    asked = Asked(demo.a, demo.b, "basic", usual.metric, usual.threshold, usual.segment_us, align=True)
    with open_studio() as studio:
        comparison = compare(studio, terminal, asked)
    for name, _, write in _FILES:
        write(comparison, folder / name, asked.metric, asked.threshold)
    found, beside = check(demo.made, comparison)
    if terminal.json:
        terminal.give(_answer(folder, demo, found, beside, comparison, asked))
    else:
        _show(folder, demo, found, beside, terminal)
    return OK if all(one.edit for one in found) and not beside else BUG


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{path} is not a folder.", "Give another one with --out.") from error
    except OSError as error:
        message = f"The folder {path} cannot be made ({error.strerror})."
        raise EnvironmentProblem(message, "Give another one with --out.") from error
    return path


def _show(folder: Path, demo: Demo, found: Sequence[Found], beside: Sequence[Edit], terminal: Terminal) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", title_justify="left")
    for title in ("", "made", "at", "found", "off by"):
        table.add_column(title, no_wrap=True)
    for one in found:
        mark, style = MARKS[one.made.kind]
        answer = Text("not found", style="bold red")
        if one.edit is not None:
            answer = Text(" ".join(("✓", one.edit.kind, *one.edit.change)), style="green")
        table.add_row(Text(mark, style=style), one.made.title, _where(one.made.a, one.made.b), answer, _off(one))
    for edit in beside:
        table.add_row(
            "",
            "(nothing)",
            _where(edit.a, edit.b),
            Text(" ".join(("✗", edit.kind, *edit.change)), style="bold red"),
            "",
        )
    terminal.say("")
    terminal.say(f"VidStudio made {demo.a.name}, an edited {demo.b.name}, and compared them:")
    terminal.say("")
    terminal.say(table)
    right = sum(one.edit is not None for one in found)
    perfect = right == len(found) and not beside
    terminal.say("")
    said = f"{right} of {len(found)} edits found, {len(beside) or 'none'} claimed that were not made."
    terminal.say(Text(said, style="bold green" if perfect else "bold red"))
    terminal.say("")
    for name, text, _ in _FILES:
        terminal.say(Text.assemble((f"  {folder / name}".ljust(len(str(folder)) + 20), "bold"), text))
    terminal.say("")
    terminal.say("Now with your own:")
    command = _command()
    terminal.say(f"  {command} compare old.mp4 new.mp4 --report report.html")
    terminal.say(f"  {command}".ljust(len(command) + 46) + "opens the studio: drop two videos into it")


def _command() -> str:
    """How this program can be called again from here: its plain name only where the shell finds it."""
    if shutil.which("vidstudio"):
        return "vidstudio"
    here = Path(sys.argv[0])
    if here.stem != "vidstudio":
        return f"{Path(sys.executable).name} -m vidstudio"
    with contextlib.suppress(ValueError):
        return str(here.absolute().relative_to(Path.cwd()))
    return str(here)


def _where(a: Span | None, b: Span | None) -> str:
    span, side = (b, "B") if b else (a, "A")
    if span is None:
        return ""
    return f"{side} {format_timecode(span.start_us, RATE)} – {format_timecode(span.end_us, RATE)}"


def _off(one: Found) -> str:
    if one.edit is None:
        return ""
    frames = us_to_frame(one.off_us, RATE)
    return {0: "nothing", 1: "1 frame"}.get(frames, f"{frames} frames")


def _answer(
    folder: Path, demo: Demo, found: Sequence[Found], beside: Sequence[Edit], comparison: Comparison, asked: Asked
) -> dict[str, Any]:
    def span(value: Span | None) -> list[int] | None:
        return None if value is None else [value.start_us, value.end_us]

    return {
        "folder": str(folder.resolve()),
        "files": {name: str((folder / name).resolve()) for name, _, _ in _FILES},
        "clips": {"a": str(demo.a.resolve()), "b": str(demo.b.resolve())},
        "made": [
            {
                "title": one.made.title,
                "kind": one.made.kind,
                "a": span(one.made.a),
                "b": span(one.made.b),
                "change": one.made.change,
                "found": one.edit is not None,
                "off_us": one.off_us,
            }
            for one in found
        ],
        "claimed_beside": len(beside),
        "all_found": all(one.edit for one in found) and not beside,
        "edits": comparison_json(comparison, asked.metric, asked.threshold)["edits"],
    }
