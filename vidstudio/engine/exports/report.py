"""A comparison as a report to read: one HTML file that needs nothing else, neither network nor scripts."""

from __future__ import annotations

import base64
import datetime
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

import vidstudio
from vidstudio.engine.errors import EngineError
from vidstudio.engine.exports import chart
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.json_file import decibels
from vidstudio.engine.exports.words import grade_text, transform_text
from vidstudio.engine.media.thumbnails import thumbnail
from vidstudio.engine.resources import resource
from vidstudio.engine.time import US, Span, format_duration, format_timecode
from vidstudio.engine.types import Comparison, Edit, FrameTimes, Metric, VideoInfo
from vidstudio.engine.verdict import KINDS, edit_distance, verdict

Picture = Callable[[VideoInfo, FrameTimes, int], NDArray[np.uint8] | None]
"""Gives the picture (h, w, 3) RGB of a video at a time in microseconds, or None."""

_MOST_PICTURES = 400
_HEIGHT = 144


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a row: its time codes, and a picture of its middle as a data URI (empty: none)."""

    start: str
    end: str
    picture: str
    boxes: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """An edit as the report shows it. Boxes are in percent of the picture."""

    number: int
    edit: Edit
    a: Side | None
    b: Side | None
    length: str
    scores: tuple[tuple[str, str], ...]


def write_report(
    comparison: Comparison, path: Path, metric: Metric, threshold: float, picture: Picture | None = None
) -> None:
    """Write the report in one step; where a file is gone a row has no picture.

    Raises UsageError or EnvironmentProblem.
    """
    text = report_html(comparison, metric, threshold, picture or from_file)
    replace_file(path, text.encode("utf-8", "replace"))


def report_html(comparison: Comparison, metric: Metric, threshold: float, picture: Picture) -> str:
    """The report's text."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    said = verdict(comparison, metric, threshold)
    return templates.get_template("report.html.j2").render(
        comparison=comparison,
        a_name=Path(comparison.a.path).name,
        b_name=Path(comparison.b.path).name,
        verdict=said,
        figures=_figures(comparison, said.same_share),
        chart=chart.chart(comparison, metric, threshold),
        geometry=chart,
        kinds=[kind for kind in KINDS if any(edit.kind == kind for edit in comparison.edits)],
        rows=_rows(comparison, metric, picture),
        facts=_facts(comparison.a, comparison.b),
        settings=_settings(comparison, metric, threshold),
        version=vidstudio.__version__,
        created=datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
    )


def from_file(info: VideoInfo, times: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
    """The picture as the file has it; None when the file cannot be read any more."""
    try:
        return thumbnail(Path(info.path), times, time_us, height=_HEIGHT)
    except EngineError:
        return None


def data_uri(picture: NDArray[np.uint8]) -> str:
    """RGB pixels (h, w, 3) as a JPEG inside a `data:` address."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(file, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _rows(comparison: Comparison, metric: Metric, picture: Picture) -> list[Row]:
    """Rows of all edits; with very many of them only what differs has pictures, and the first of these."""
    left = _MOST_PICTURES
    all_fit = 2 * len(comparison.edits) <= left
    rows = []
    for number, edit in enumerate(comparison.edits, 1):
        show = left > 0 and (all_fit or edit.kind != "same")
        left -= 2 * show
        span = edit.b or edit.a or Span(0, 0)
        rows.append(
            Row(
                number,
                edit,
                _side(edit.a, comparison.a, comparison.a_times, picture if show else None),
                _side(edit.b, comparison.b, comparison.b_times, picture if show else None, edit.boxes),
                f"{span.duration_us / US:.2f} s",
                tuple(_scores(edit, metric)),
            )
        )
    return rows


def _side(
    span: Span | None,
    info: VideoInfo,
    times: FrameTimes,
    picture: Picture | None,
    boxes: tuple[tuple[int, int, int, int], ...] = (),
) -> Side | None:
    if span is None:
        return None
    pixels = picture(info, times, (span.start_us + span.end_us) // 2) if picture else None
    width, height = info.width / 100, info.height / 100
    return Side(
        format_timecode(span.start_us, info.frame_rate),
        format_timecode(span.end_us, info.frame_rate),
        "" if pixels is None else data_uri(pixels),
        tuple((x / width, y / height, w / width, h / height) for x, y, w, h in boxes),
    )


def _scores(edit: Edit, metric: Metric) -> list[tuple[str, str]]:
    scores = [("Grade", text)] if (text := grade_text(edit.grade)) else []
    if text := transform_text(edit.transform):
        scores.append(("Place", text))
    if (distance := edit_distance(edit, metric)) is not None:
        scores.append(("Distance", f"{distance:.3f}"))
    if (psnr := decibels(edit.psnr)) is not None:
        scores.append(("PSNR", "identical" if psnr >= 100 else f"{psnr:.1f} dB"))
    if edit.ssim is not None:
        scores.append(("SSIM", f"{edit.ssim:.3f}"))
    if edit.confidence < 0.995:
        scores.append(("Confidence", f"{edit.confidence:.0%}"))
    return scores


def _figures(comparison: Comparison, same_share: float) -> list[tuple[str, str]]:
    """The few big numbers at the top."""
    edits = [edit for edit in comparison.edits if edit.kind != "same"]

    def total(kind: str) -> str:
        return f"{sum((e.b or e.a or Span(0, 0)).duration_us for e in edits if e.kind == kind) / US:.1f} s"

    figures = [(str(len(edits)), "difference" if len(edits) == 1 else "differences")]
    figures.append((f"{100 * same_share:.1f} %", "of B is unchanged"))
    figures += [(total(kind), kind) for kind in KINDS if kind != "same" and any(e.kind == kind for e in edits)]
    return figures


def _facts(a: VideoInfo, b: VideoInfo) -> list[tuple[str, str, str]]:
    """Facts of both files, in rows."""
    both = [_file_facts(info) for info in (a, b)]
    return [(name, both[0][name], both[1][name]) for name in both[0]]


def _file_facts(info: VideoInfo) -> dict[str, str]:
    size = f"{info.width} × {info.height}"
    if info.display_size != (info.width, info.height):
        size += f" (shown {info.display_size[0]} × {info.display_size[1]})"
    rate = f"{float(info.frame_rate):.6g} fps" + (", variable" if info.variable_rate else "")
    sound = [f"{one.codec}, {one.sample_rate / 1000:g} kHz, {one.layout}" for one in info.audio]
    return {
        "File": info.path,
        "Length": f"{format_duration(info.duration_us)} · {info.frames} frames",
        "Picture": size,
        "Frame rate": rate,
        "Codec": f"{info.codec}, {info.pixel_format}, {info.bit_depth} bit",
        "Colour": f"{info.color_primaries} / {info.color_transfer} / {info.color_matrix}",
        "Sound": "; ".join(sound) or "none",
        "Size": _bytes(info.size_bytes),
        "Content id": info.content_id,
        "Notes": "; ".join(info.notes) or "none",
    }


def _bytes(count: int) -> str:
    size, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 999.5 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.0f} {units[0]}" if size >= 99.5 or units[0] == "bytes" else f"{size:.1f} {units[0]}"


def _settings(comparison: Comparison, metric: Metric, threshold: float) -> list[tuple[str, Any]]:
    return [
        ("Metric", metric),
        ("Threshold", f"{threshold:g}"),
        ("Segments", f"{comparison.segment_us / US:g} s"),
        ("Embedder", f"{comparison.embedder} ({comparison.dimension} numbers)"),
        ("Alignment", "automatic" if comparison.aligned else "none: compared at equal times"),
        ("Made with", f"VidStudio {vidstudio.__version__}"),
    ]
