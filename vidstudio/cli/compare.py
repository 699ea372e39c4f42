"""`vidstudio compare A B`: what changed between two versions of a video."""

from __future__ import annotations

import argparse
import importlib.util
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from rich.table import Table
from rich.text import Text

from vidstudio.cli import ignoring, video
from vidstudio.cli.clouds import add_allow_cloud, ask_for_clouds
from vidstudio.cli.common import DIFFERENT, EXIT_CODES, OK, Terminal
from vidstudio.cli.studio import Studio, open_studio, run_call
from vidstudio.engine.clouds import marengo
from vidstudio.engine.errors import ModelUnavailable, UsageError
from vidstudio.engine.exports.files import check_export, real_path
from vidstudio.engine.exports.formats import FORMATS, Write
from vidstudio.engine.exports.json_file import comparison_json, decibels
from vidstudio.engine.exports.sound import NO_SOUND, edit_text, loudness_text
from vidstudio.engine.exports.words import grade_text, transform_text
from vidstudio.engine.ignore import applied
from vidstudio.engine.media.probe import probe
from vidstudio.engine.models.weights import TORCHSCRIPT, find_weights, is_torchscript
from vidstudio.engine.paths import is_file, is_folder
from vidstudio.engine.recipes.compare import (
    BASIC,
    CompareRequest,
    embedder_revision,
    is_cloud,
    lane_of,
    located,
    plan,
    prepare,
)
from vidstudio.engine.recipes.comparison_video import VideoRequest
from vidstudio.engine.settings import Settings
from vidstudio.engine.stage import Call
from vidstudio.engine.time import US, Span, format_duration, format_timecode
from vidstudio.engine.types import METRICS, Comparison, Edit, EditKind, Metric
from vidstudio.engine.verdict import decided, edit_distance, verdict

Writer = TypeVar("Writer")

_WIDE = 112
"""Columns of a terminal that all of a row fits in."""
MARKS: dict[EditKind, tuple[str, str]] = {
    "same": ("=", "dim"),
    "changed": ("◆", "yellow"),
    "inserted": ("+", "green"),
    "removed": ("×", "red"),
    "moved": ("→", "magenta"),
    "retimed": ("»", "cyan"),
}
"""Sign and style of each kind of edit on a terminal; the sign alone is enough."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A comparison as it was asked for, checked before anything is decoded."""

    a: Path
    b: Path
    embedder: str
    metric: Metric
    threshold: float
    segment_us: int
    align: bool
    allow_cloud: bool = False
    targets: tuple[tuple[Path, Write], ...] = ()
    video: VideoRequest | None = None


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
    parser.add_argument(
        "--segment", type=float, default=usual.segment_us / US, metavar="S", help="seconds that get one score each"
    )
    parser.add_argument(
        "--align", choices=("auto", "none"), default="auto", help="none compares what is at the same time"
    )
    for one in FORMATS:
        if one.name == "json":
            parser.add_argument("--json", nargs="?", const="-", metavar="F", help=one.about)
        else:
            parser.add_argument(f"--{one.name}", metavar="F", help=one.about)
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
    if not 0.1 <= arguments.segment <= 3600:
        raise UsageError(f"Segments of {arguments.segment} s make no sense.", "Give 0.1 to 3600 seconds.")
    ignoring.asked(arguments)  # what makes no sense is said before any work
    return Asked(
        a=files[0],
        b=files[1],
        embedder=checked_embedder(arguments.embedder),
        metric=METRICS[METRICS.index(arguments.metric)],
        threshold=arguments.threshold,
        segment_us=round(arguments.segment * US),
        align=arguments.align == "auto",
        allow_cloud=arguments.allow_cloud,
        targets=_targets(arguments, files),
        video=video.asked(arguments, files),
    )


def compare(studio: Studio, terminal: Terminal, asked: Asked) -> Comparison:
    """Run (or go on with, or look up) the comparison. Raises EngineError, Cancelled."""
    return worked_out(studio, terminal, asked)[1]


def worked_out(studio: Studio, terminal: Terminal, asked: Asked) -> tuple[Call, Comparison]:
    """As `compare`, with the call that gives it."""
    store, runner = studio.store, studio.runner
    for path in (asked.a, asked.b):
        probe(path)  # a bad B is said before A is read through
    if asked.embedder != BASIC and not is_cloud(asked.embedder):
        find_weights(asked.embedder, store.models_folder)  # so are missing weights
    sides = []
    for path in (asked.a, asked.b):
        with terminal.progress(f"Reading {path.name}") as told:
            sides.append(prepare(store, runner, path, told))
    request = CompareRequest(
        a=sides[0][0].content_id,
        b=sides[1][0].content_id,
        embedder=asked.embedder,
        segment_us=asked.segment_us,
        align=asked.align,
        revision=embedder_revision(asked.embedder, store),
    )
    call = plan(request, *sides[0], *sides[1])
    ask_for_clouds(studio, terminal, call, asked.allow_cloud)
    title = f"Compare {asked.a.name} with {asked.b.name}"
    result = run_call(studio, terminal, "compare", title, call, lane_of(asked.embedder))
    assert isinstance(result, Comparison)
    found = located(result, sides[0][0], sides[1][0])
    return call, decided(found, asked.metric, asked.threshold)


def show(comparison: Comparison, asked: Asked, terminal: Terminal) -> None:
    """The verdict and the edits, for people."""
    said = verdict(comparison, asked.metric, asked.threshold)
    terminal.say(edit_table(comparison, asked.metric, narrow=terminal.out.width < _WIDE))
    terminal.say("")
    terminal.say(Text(said.sentence, style="bold yellow" if said.different else "bold green"))
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
        length = () if narrow else (f"{span.duration_us / US:.2f} s",)
        what = " · ".join(text for text in (details(edit, metric), edit_text(edit, comparison)) if text)
        table.add_row(mark, edit.kind, *sides, *length, what, style=style)
    return table


def details(edit: Edit, metric: Metric) -> str:
    """In which ways an edit changed, and its scores."""
    parts = [", ".join(edit.change)] if edit.change else []
    parts += [text for text in (grade_text(edit.grade), transform_text(edit.transform)) if text]
    if (distance := edit_distance(edit, metric)) is not None and edit.kind != "same":
        parts.append(f"distance {distance:.3f}")
    if (psnr := decibels(edit.psnr)) is not None:
        parts.append(f"PSNR {psnr:.1f} dB")
    if edit.ssim is not None:
        parts.append(f"SSIM {edit.ssim:.3f}")
    return " · ".join(parts)


def _span(span: Span | None, comparison: Comparison, side: str, narrow: bool) -> str:
    rate = comparison.a.frame_rate if side == "a" else comparison.b.frame_rate
    if span is None:
        return "—"
    ends = [format_timecode(time_us, rate) for time_us in (span.start_us, span.end_us)]
    if narrow and max(comparison.a.duration_us, comparison.b.duration_us) < 3600 * US:
        ends = [text.removeprefix("00:") for text in ends]
    return " – ".join(ends)


def checked_embedder(name: str) -> str:
    """The name, a folder made absolute so that it means the same everywhere. Raises ModelUnavailable."""
    if name == BASIC:
        return name
    if is_torchscript(name):
        return str(real_path(Path(name))) if name.endswith(TORCHSCRIPT) else name
    if is_cloud(name):
        return marengo.model_named(name).name
    if not name.strip():
        raise UsageError("--embedder needs a name.", "Use basic, or the name or folder of a transformers model.")
    if importlib.util.find_spec("transformers") is None:
        raise ModelUnavailable(
            f"The model {name} needs the transformers library, which is not installed.",
            "Install vidstudio[vision], or use --embedder basic.",
        )
    if not is_folder(Path(name)):
        return name
    if not is_file(Path(name) / "config.json"):
        raise ModelUnavailable(
            f"The folder {name} holds no model (there is no config.json in it).", "Give a model's own folder."
        )
    return str(real_path(Path(name)))


def _targets(arguments: argparse.Namespace, files: list[Path]) -> tuple[tuple[Path, Write], ...]:
    asked = [(getattr(arguments, one.name), one.name, one.write) for one in FORMATS]
    return checked_targets(asked, files)


def checked_targets(
    asked: Sequence[tuple[str | None, str, Writer]], files: Sequence[Path]
) -> tuple[tuple[Path, Writer], ...]:
    """Files to write and what writes them, of options `(value, name, writer)`. Raises UsageError."""
    targets = [(Path(f), name, write) for f, name, write in asked if f is not None and (name, f) != ("json", "-")]
    seen: dict[Path, str] = {}
    for name, f in ((name, f) for f, name, _ in asked if f in ("", "-") and (name, f) != ("json", "-")):
        what = "needs the name of a file" if f == "" else "cannot be written to stdout; only --json can"
        raise UsageError(f"--{name} {what}.", f"Write --{name} FILE.")
    for path, name, _ in targets:
        check_export(path, files)
        if (other := seen.setdefault(real_path(path), name)) != name:
            raise UsageError(f"--{other} and --{name} would write the same file.", "Give each its own name.")
    return tuple((path, write) for path, _, write in targets)
