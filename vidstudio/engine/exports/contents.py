"""What a report says, as words and pictures without a form: the HTML and the PDF are made from it."""

from __future__ import annotations

import base64
import io
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import vidstudio
from vidstudio.engine.errors import EngineError
from vidstudio.engine.exports.heat import heat_picture
from vidstudio.engine.exports.words import confidence_text, is_unsure, lacking, psnr_text, remarks, told_of
from vidstudio.engine.media.thumbnails import thumbnail
from vidstudio.engine.media.versions import ffmpeg_versions
from vidstudio.engine.time import US, Span, format_duration, format_length, format_timecode
from vidstudio.engine.types import Comparison, Edit, EditKind, FrameTimes, Metric, VideoInfo
from vidstudio.engine.verdict import KINDS, edit_distance, is_surplus, kind_word

Picture = Callable[[VideoInfo, FrameTimes, int], NDArray[np.uint8] | None]
"""Gives the picture (h, w, 3) RGB of a video at a time in microseconds, or None."""

_MOST_PICTURES = 400
_HEIGHT = 144


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a row: its time codes, and a picture of its middle (None: none). Boxes are in percent of it."""

    start: str
    end: str
    shown: str
    picture: NDArray[np.uint8] | None
    boxes: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """An edit as a report shows it. kind: its word; heat: see `heat.heat_picture`.

    told: what is said in words, scores: in numbers, each under a name; lacking: of a side that has none of it.
    """

    number: int
    edit: Edit
    kind: str
    a: Side | None
    b: Side | None
    heat: NDArray[np.uint8] | None
    length: str
    told: tuple[tuple[str, str], ...]
    scores: tuple[tuple[str, str], ...]
    lacking: tuple[str, str]


def from_file(info: VideoInfo, times: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
    """The picture as the file has it; None when the file cannot be read any more."""
    try:
        return thumbnail(Path(info.path), times, time_us, height=_HEIGHT)
    except EngineError:
        return None


def told(picture: Picture, comparison: Comparison, tick: Callable[[float, float], None]) -> Picture:
    """The same pictures; `tick` is told how many there were of about how many."""
    most = min(_MOST_PICTURES, sum((edit.a is not None) + (edit.b is not None) for edit in comparison.edits))
    done = 0

    def looked(info: VideoInfo, times: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
        nonlocal done
        tick(done, most)
        done += 1
        return picture(info, times, time_us)

    return looked


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """RGB pixels (h, w, 3) as a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(file, "JPEG", quality=82, optimize=True)
    return file.getvalue()


def data_uri(picture: NDArray[np.uint8]) -> str:
    """RGB pixels (h, w, 3) as a JPEG inside a `data:` address."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg(picture)).decode("ascii")


def rows(comparison: Comparison, metric: Metric, picture: Picture) -> list[Row]:
    """Rows of all edits; with very many of them only what differs has pictures, and the first of these."""
    left = _MOST_PICTURES
    all_fit = 2 * len(comparison.edits) <= left
    result = []
    for number, edit in enumerate(comparison.edits, 1):
        show = left > 0 and (all_fit or edit.kind != "same")
        left -= 2 * show
        shown = picture if show else _nothing
        at_a, at_b = _moments(comparison, edit)
        a = _side(edit.a, comparison.a, comparison.a_times, shown, at_a)
        b = _side(edit.b, comparison.b, comparison.b_times, shown, at_b, edit.boxes)
        span = edit.b or edit.a or Span(0, 0)
        length = format_length(span.duration_us)
        kind = kind_word(edit.kind, comparison.aligned)
        said, scores = told_of(edit, comparison), tuple(_scores(edit, metric))
        if is_unsure(edit):
            said.append(("Not sure", "the studio may be wrong here: look for yourself"))
        size = (comparison.b.width, comparison.b.height)
        heat = heat_picture(b.picture, edit, size) if b is not None and b.picture is not None else None
        result.append(Row(number, edit, kind, a, b, heat, length, tuple(said), scores, lacking(comparison)))
    return result


def figures(comparison: Comparison, same_share: float) -> list[tuple[str, str]]:
    """The few big numbers at the top, and of what."""
    edits = [edit for edit in comparison.edits if edit.kind != "same"]
    words = [kind_word(edit.kind, comparison.aligned) for edit in edits]

    def total(word: str) -> str:
        lengths = [(e.b or e.a or Span(0, 0)).duration_us for e, of in zip(edits, words, strict=True) if of == word]
        return f"{sum(lengths) / US:.1f} s"

    found = [(str(len(edits)), "difference" if len(edits) == 1 else "differences")]
    found.append((f"{same_share:.1%}", "of B is unchanged"))
    known = dict.fromkeys(kind_word(kind, comparison.aligned) for kind in KINDS)
    found += [(total(word), word) for word in known if word in words]
    return found


def legend(comparison: Comparison) -> list[tuple[str, EditKind]]:
    """Kinds that occur, each with its word before it."""
    there = {edit.kind for edit in comparison.edits}
    return [(kind_word(kind, comparison.aligned), kind) for kind in KINDS if kind in there]


def facts(a: VideoInfo, b: VideoInfo) -> list[tuple[str, str, str]]:
    """Facts of both files, in rows: of what, of A, of B."""
    both = [_file_facts(info) for info in (a, b)]
    return [(name, both[0][name], both[1][name]) for name in both[0]]


def settings(comparison: Comparison, metric: Metric, threshold: float) -> list[tuple[str, str]]:
    """How it was found out, and with what."""
    return [
        ("Metric", metric),
        ("Threshold", f"{threshold:g}"),
        ("Segments", f"{comparison.segment_us / US:g} s"),
        ("Embedder", f"{comparison.embedder} ({comparison.dimension} numbers)"),
        ("Alignment", "automatic" if comparison.aligned else "none: compared at equal times"),
        ("Made with", f"VidStudio {vidstudio.__version__}"),
        ("FFmpeg", ffmpeg_versions()),
        ("Python", f"{platform.python_version()}, NumPy {np.__version__}"),
    ]


def notes(comparison: Comparison) -> list[str]:
    """What a reader should keep in mind."""
    found = remarks(comparison)
    unsure = [n for n, edit in enumerate(comparison.edits, 1) if edit.kind != "same" and is_unsure(edit)]
    if unsure:
        which = ", ".join(map(str, unsure[:12])) + (" and more" if len(unsure) > 12 else "")
        found.append(f"The studio is not sure of edit{'s' if len(unsure) > 1 else ''} {which}: look for yourself.")
    if not comparison.aligned:
        found.append("Both videos were compared at equal times: what follows an inserted or a removed shot differs.")
        if any(is_surplus(edit.kind, comparison.aligned) for edit in comparison.edits):
            found.append("Surplus is what the longer one goes on with; the other may have it at another time.")
    if any("geometry" in edit.change for edit in comparison.edits):
        found.append("B shows the picture in another shape, so scores are of the part that both show.")
    for letter, info in (("A", comparison.a), ("B", comparison.b)):
        if info.variable_rate:
            found.append(f"The frames of {letter} are not evenly spaced: its time codes are of the average rate.")
    return found


def _moments(comparison: Comparison, edit: Edit) -> tuple[int, int]:
    """Times of A and B whose frames stand for an edit: of its middle, and the same moment where they are matched."""
    at_a, at_b = ((span.start_us + span.end_us) // 2 if span else 0 for span in (edit.a, edit.b))
    if edit.a and edit.b:
        number = comparison.b_times.frame_at(at_b)
        found = int(comparison.frame_map[number]) if number < len(comparison.frame_map) else -1
        if found >= 0 and comparison.a_times.start_of(found) in edit.a:
            return comparison.a_times.start_of(found), comparison.b_times.start_of(number)
    return at_a, at_b


def _side(
    span: Span | None,
    info: VideoInfo,
    times: FrameTimes,
    picture: Picture,
    at_us: int,
    boxes: tuple[tuple[int, int, int, int], ...] = (),
) -> Side | None:
    if span is None:
        return None
    width, height = info.width / 100, info.height / 100
    return Side(
        format_timecode(span.start_us, info.frame_rate),
        format_timecode(span.end_us, info.frame_rate),
        format_timecode(at_us, info.frame_rate),
        picture(info, times, at_us),
        tuple((x / width, y / height, w / width, h / height) for x, y, w, h in boxes),
    )


def _nothing(_info: VideoInfo, _times: FrameTimes, _time_us: int) -> None:
    return None


def _scores(edit: Edit, metric: Metric) -> list[tuple[str, str]]:
    scores: list[tuple[str, str]] = []
    if (distance := edit_distance(edit, metric)) is not None:
        scores.append(("Distance", f"{distance:.3f}"))
    if text := psnr_text(edit.psnr):
        scores.append(("PSNR", text))
    if edit.ssim is not None:
        scores.append(("SSIM", f"{edit.ssim:.3f}"))
    if edit.confidence is not None and confidence_text(edit):
        scores.append(("Confidence", f"{edit.confidence:.0%}"))
    return scores


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
