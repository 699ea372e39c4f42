"""The matrix of a reference and its versions as JSON, CSV and HTML."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import vidstudio
from vidstudio.engine.alignment.edits.versions import Cell, Matrix, State, Step, Stretch
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.json_file import pretty
from vidstudio.engine.exports.pages import template
from vidstudio.engine.time import Span, format_duration, format_timecode
from vidstudio.engine.types import FrameTimes, VideoInfo

if TYPE_CHECKING:
    from vidstudio.engine.exports.contents import Picture

_MOST_PICTURES = 400
STATES: tuple[State, ...] = ("same", "changed", "replaced", "retimed", "moved", "missing")


@dataclass(frozen=True, slots=True)
class Chain:
    """What the version number `after` did to the version number `before`, both against the reference."""

    before: int
    after: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """A reference, its versions, and what is known of them together.

    times: of the reference and of each version, for pictures (none without); settings: how it was found out.
    """

    reference: VideoInfo
    versions: tuple[VideoInfo, ...]
    matrix: Matrix
    chains: tuple[Chain, ...] = ()
    times: tuple[FrameTimes, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()


def versions_json(found: Versions) -> dict[str, Any]:
    """Plain values. Spans are `[start_us, end_us]` or None; cells are in the order of the versions."""
    return {
        "reference": _video(found.reference),
        "versions": [
            _video(info) | {"shares": {state: round(found.matrix.share(n, state), 6) for state in STATES}}
            for n, info in enumerate(found.versions)
        ],
        "stretches": [
            {
                "reference": _span(row.span),
                "versions": [
                    {"state": cell.state, "b": _span(cell.b), "change": list(cell.change)} for cell in row.cells
                ],
            }
            for row in found.matrix.stretches
        ],
        "additions": [
            {"version": one.version, "b": _span(one.b), "after_us": one.at_us, "again": one.again}
            for one in found.matrix.additions
        ],
        "three_way": [
            {
                "before": chain.before,
                "after": chain.after,
                "steps": [
                    {
                        "fate": step.fate,
                        "reference": _span(step.base),
                        "before": _span(step.before),
                        "after": _span(step.after),
                        "how_before": step.how_before,
                        "how_after": step.how_after,
                    }
                    for step in chain.steps
                ],
            }
            for chain in found.chains
        ],
        "made_by": f"VidStudio {vidstudio.__version__}",
    }


def versions_csv(found: Versions) -> str:
    """A row a stretch of the reference, two columns a version (state, where), then a row an addition. RFC 4180."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    names = [Path(info.path).name for info in found.versions]
    heads = [head for name in names for head in (name, f"{name} at")]
    rows.writerow(["reference_start", "reference_end", "reference_start_us", "reference_end_us", *heads])
    for row in found.matrix.stretches:
        cells = [
            part
            for cell, info in zip(row.cells, found.versions, strict=True)
            for part in (" ".join((cell.state, *cell.change)), _codes(cell.b, info))
        ]
        ends = [format_timecode(t, found.reference.frame_rate) for t in (row.span.start_us, row.span.end_us)]
        rows.writerow([*ends, row.span.start_us, row.span.end_us, *cells])
    for one in found.matrix.additions:
        at = format_timecode(one.at_us, found.reference.frame_rate)
        cells = [""] * (2 * len(names))
        cells[2 * one.version] = "again" if one.again else "added"
        cells[2 * one.version + 1] = _codes(one.b, found.versions[one.version])
        rows.writerow([at, at, one.at_us, one.at_us, *cells])
    return text.getvalue()


def versions_html(found: Versions, picture: Picture | None = None) -> str:
    """A page that needs nothing else: the matrix as a table, then what later versions did to earlier ones, then how
    it was found out. The reference has a picture of each stretch, a version where it differs.
    """
    shown = _Shown(found, picture)
    names = [Path(info.path).name for info in found.versions]
    return template("versions.html.j2").render(
        reference=Path(found.reference.path).name,
        length=format_duration(found.reference.duration_us),
        names=names,
        shares=[
            [(state, found.matrix.share(n, state)) for state in STATES if found.matrix.share(n, state)]
            for n in range(len(names))
        ],
        rows=[
            (
                _codes(row.span, found.reference),
                shown.at(0, row.span),
                [
                    (cell, _codes(cell.b, info), shown.at(number, cell.b) if cell.state != "same" else "")
                    for number, (cell, info) in enumerate(_cells(row, found), 1)
                ],
            )
            for row in found.matrix.stretches
        ],
        additions=[
            (
                names[one.version],
                shown.at(one.version + 1, one.b),
                _codes(one.b, found.versions[one.version]),
                format_timecode(one.at_us, found.reference.frame_rate),
                one.again,
            )
            for one in found.matrix.additions
        ],
        chains=[
            (
                names[chain.before],
                names[chain.after],
                [
                    (step.fate, fate_text(step, names[chain.before], names[chain.after]), _places(step, chain, found))
                    for step in chain.steps
                ],
            )
            for chain in found.chains
        ],
        settings=found.settings,
        version=vidstudio.__version__,
    )


class _Shown:
    """Pictures of the files as `data:` addresses, as many as a page can hold."""

    def __init__(self, found: Versions, picture: Picture | None) -> None:
        from vidstudio.engine.exports.contents import data_uri, from_file  # only a page with pictures needs it

        self._infos, self._times = (found.reference, *found.versions), found.times
        self._picture, self._uri = picture or from_file, data_uri
        self._left = _MOST_PICTURES

    def at(self, number: int, span: Span | None) -> str:
        """The middle of a span of the reference (0) or of a version (from 1); "" where there is no picture."""
        if span is None or not self._times or self._left <= 0:
            return ""
        self._left -= 1
        middle = (span.start_us + span.end_us) // 2
        found = self._picture(self._infos[number], self._times[number], middle)
        return "" if found is None else self._uri(found)


def fate_text(step: Step, before: str, after: str) -> str:
    """What a stretch went through, for people."""
    if step.after is None:
        return {
            "before": f"taken out by {before}",
            "reverted": f"added by {before}, taken out again by {after}",
            "again": f"{step.how_before} by {before}, taken out by {after}",
        }.get(step.fate, f"taken out by {after}")
    again = " again" if step.how_before == step.how_after else ""
    return {
        "kept": "as in the reference",
        "before": f"{step.how_before} by {before}, kept" if step.base else f"added by {before}, kept",
        "after": f"{step.how_after} by {after}",
        "again": f"{step.how_before} by {before}, {step.how_after}{again} by {after}",
        "reverted": f"{step.how_before} by {before}, back to the reference"
        if step.before
        else f"taken out by {before}, back again",
        "new": f"added by {after}",
    }[step.fate]


def write_json(found: Versions, path: Path) -> None:
    """Write the JSON in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, pretty(versions_json(found)).encode("utf-8", "backslashreplace"))


def write_csv(found: Versions, path: Path) -> None:
    """Write the CSV (UTF-8) in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, versions_csv(found).encode("utf-8", "replace"))


def write_html(found: Versions, path: Path) -> None:
    """Write the page in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, versions_html(found).encode("utf-8", "replace"))


def _cells(row: Stretch, found: Versions) -> list[tuple[Cell, VideoInfo]]:
    return list(zip(row.cells, found.versions, strict=True))


def _places(step: Step, chain: Chain, found: Versions) -> list[str]:
    sides = (found.reference, found.versions[chain.before], found.versions[chain.after])
    return [_codes(span, info) for span, info in zip((step.base, step.before, step.after), sides, strict=True)]


def _video(info: VideoInfo) -> dict[str, Any]:
    return {
        "path": info.path,
        "content_id": info.content_id,
        "duration_us": info.duration_us,
        "frame_rate_exact": f"{info.frame_rate.numerator}/{info.frame_rate.denominator}",
    }


def _span(span: Span | None) -> list[int] | None:
    return None if span is None else [span.start_us, span.end_us]


def _codes(span: Span | None, info: VideoInfo) -> str:
    if span is None:
        return ""
    return " – ".join(format_timecode(time_us, info.frame_rate) for time_us in (span.start_us, span.end_us))
