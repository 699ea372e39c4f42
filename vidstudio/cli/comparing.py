"""What every command that compares two files shares: how it is asked for, checked and run."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vidstudio.cli.clouds import ask_for_clouds
from vidstudio.cli.common import Terminal
from vidstudio.cli.studio import Studio, run_call
from vidstudio.engine.clouds import marengo
from vidstudio.engine.errors import ModelUnavailable, UsageError
from vidstudio.engine.exports.files import check_export, real_path
from vidstudio.engine.exports.formats import Write
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
from vidstudio.engine.time import US
from vidstudio.engine.types import Comparison, Metric
from vidstudio.engine.verdict import decided

Writer = TypeVar("Writer")


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


def add_segment(parser: argparse.ArgumentParser) -> None:
    """Add the option for the length of segments; see `checked_segment`."""
    usual = Settings().segment_us / US
    parser.add_argument("--segment", type=float, default=usual, metavar="S", help="seconds that get one score each")


def add_targets(parser: argparse.ArgumentParser, formats: Sequence[tuple[str, str]]) -> None:
    """Add an option for each `(name, what it is)` of a file to write; see `checked_targets`."""
    for name, about in formats:
        if name == "json":
            parser.add_argument("--json", nargs="?", const="-", metavar="F", help=about)
        else:
            parser.add_argument(f"--{name}", metavar="F", help=about)


def checked_segment(seconds: float) -> int:
    """Microseconds of a segment. Raises UsageError."""
    if not 0.1 <= seconds <= 3600:
        raise UsageError(f"Segments of {seconds} s make no sense.", "Give 0.1 to 3600 seconds.")
    return round(seconds * US)


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
