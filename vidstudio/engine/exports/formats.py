"""Every file a comparison can leave the studio as, once: the command line's options and the window's menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vidstudio.engine.types import Comparison, Metric

Write = Callable[[Comparison, Path, Metric, float], None]
"""Writes a comparison, decided at a metric and a threshold, in one step. Raises UsageError or EnvironmentProblem."""


Tick = Callable[[float, float], None]
"""Told how much of how much is done; raises Cancelled when it is no longer wanted."""

WriteTelling = Callable[[Comparison, Path, Metric, float, Tick], None]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. name: of the option; endings: of the file, the usual one first; about: for people.

    write_telling: as `write`, for what may take long. suffix: what a file's suggested name ends with, so that two
    formats with one ending don't get one name.
    """

    name: str
    endings: tuple[str, ...]
    about: str
    write: Write
    write_telling: WriteTelling | None = None
    suffix: str = ""


# what writes a format is imported when it is used: some bring large libraries


def _json(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    from vidstudio.engine.exports.json_file import write_json

    write_json(comparison, path, metric, threshold)


def _report(comparison: Comparison, path: Path, metric: Metric, threshold: float, tick: Tick | None = None) -> None:
    from vidstudio.engine.exports.contents import from_file, told
    from vidstudio.engine.exports.report import write_report

    write_report(comparison, path, metric, threshold, told(from_file, comparison, tick) if tick else None)


def _pdf(comparison: Comparison, path: Path, metric: Metric, threshold: float, tick: Tick | None = None) -> None:
    from vidstudio.engine.exports.contents import from_file, told
    from vidstudio.engine.exports.pdf_file import write_pdf

    write_pdf(comparison, path, metric, threshold, told(from_file, comparison, tick) if tick else None)


def _csv(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    from vidstudio.engine.exports.csv_file import write_csv

    write_csv(comparison, path, metric, threshold)


def _otio(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    from vidstudio.engine.exports.otio_file import write_otio

    write_otio(comparison, path, metric, threshold)


def _edl(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    from vidstudio.engine.exports.edl_file import write_edl

    write_edl(comparison, path, metric, threshold)


def _details(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    from vidstudio.engine.exports.details_file import write_details

    write_details(comparison, path, metric, threshold)


def _fcpxml(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    from vidstudio.engine.exports.fcpxml_file import write_fcpxml

    write_fcpxml(comparison, path, metric, threshold)


def _premiere(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    from vidstudio.engine.exports.premiere_file import write_premiere

    write_premiere(comparison, path, metric, threshold)


def _resolve(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    from vidstudio.engine.exports.resolve_file import write_resolve

    write_resolve(comparison, path, metric, threshold)


FORMATS: tuple[Format, ...] = (
    Format("json", ("json",), "all scores and the edit list as JSON; without F to stdout", _json),
    Format("report", ("html",), "a report to read, one HTML file that needs nothing else", _report, _report),
    Format("pdf", ("pdf",), "the report on pages, to print or to file", _pdf, _pdf),
    Format("csv", ("csv",), "the edit list for spreadsheets", _csv),
    Format("otio", ("otio",), "the edit list as an OpenTimelineIO time line with markers", _otio),
    Format("edl", ("edl",), "the edit list as CMX 3600", _edl),
    Format("details", ("json",), "grade, transform and heat map of each edit as JSON", _details, suffix="details"),
    Format("fcpxml", ("fcpxml",), "the edit list as FCPXML 1.9, for Final Cut Pro and Resolve", _fcpxml),
    Format(
        "premiere",
        ("csv",),
        "the edits as markers, as Premiere Pro writes its own",
        _premiere,
        suffix="Premiere markers",
    ),
    Format(
        "resolve",
        ("edl", "csv"),
        "the edits as markers for DaVinci Resolve (EDL, or CSV by its ending)",
        _resolve,
        suffix="Resolve markers",
    ),
)


def format_named(name: str) -> Format:
    """The format of an option. Raises KeyError for an unknown name."""
    return {one.name: one for one in FORMATS}[name]
