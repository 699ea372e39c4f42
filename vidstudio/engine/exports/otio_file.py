"""The edit list as an OpenTimelineIO time line: B cut from A, with a marker for every edit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import vidstudio
from vidstudio.engine.exports.conform import Event, Removal, conform, editors_rate
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.json_file import comparison_json
from vidstudio.engine.exports.marks import edit_words, note, one_line
from vidstudio.engine.paths import readable
from vidstudio.engine.types import Comparison, EditKind, Metric, VideoInfo

_COLOURS: dict[EditKind, str] = {
    "changed": "ORANGE",
    "inserted": "GREEN",
    "removed": "RED",
    "moved": "PURPLE",
    "retimed": "CYAN",
}


def comparison_otio(comparison: Comparison, metric: Metric, threshold: float) -> str:
    """OTIO JSON: one video track of clips, each from A, or from B where the material is new.

    Markers with duration lie on the time line (`tracks.markers`), in B's time, one for each edit but
    "same", with what is known of it as its comment; a removed one is a frame long, where the material was. Clips
    and markers carry the edit under `metadata["vidstudio"]`. Times are in frames of the editing rate nearest to B's.
    """
    import opentimelineio as otio

    rate = editors_rate(comparison.b.frame_rate)
    rows = comparison_json(comparison, metric, threshold)["edits"]
    by_edit = {id(edit): row for edit, row in zip(comparison.edits, rows, strict=True)}
    timeline = otio.schema.Timeline(name=one_line(Path(comparison.b.path).stem))
    timeline.metadata["vidstudio"] = {
        "made_by": f"VidStudio {vidstudio.__version__}",
        "a": one_line(comparison.a.path),
        "b": one_line(comparison.b.path),
        "metric": metric,
        "threshold": threshold,
    }
    track = otio.schema.Track(name="B cut from A", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    for piece in conform(comparison, rate):
        facts = by_edit[id(piece.edit)]
        if isinstance(piece, Event):
            track.append(_clip(comparison, piece, rate, facts))
        if piece.edit.kind != "same":
            timeline.tracks.markers.append(_marker(comparison, piece, rate, metric, facts))
    return str(otio.adapters.write_to_string(timeline, "otio_json"))


def write_otio(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    """Write the .otio file in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, comparison_otio(comparison, metric, threshold).encode("utf-8", "replace"))


def _clip(comparison: Comparison, event: Event, rate: Fraction, facts: dict[str, Any]) -> Any:
    import opentimelineio as otio

    info = comparison.a if event.from_a else comparison.b
    clip = otio.schema.Clip(
        name=one_line(Path(info.path).name),
        media_reference=_reference(info, rate),
        source_range=_range(event.source_start, event.end - event.start, rate),
        metadata={"vidstudio": facts},
    )
    if not event.exact_speed:
        clip.effects.append(otio.schema.FreezeFrame(name="freeze"))
    elif event.exact_speed != 1:
        clip.effects.append(otio.schema.LinearTimeWarp(name="speed", time_scalar=event.speed))
    return clip


def _marker(
    comparison: Comparison, piece: Event | Removal, rate: Fraction, metric: Metric, facts: dict[str, Any]
) -> Any:
    import opentimelineio as otio

    start, length = (piece.start, piece.end - piece.start) if isinstance(piece, Event) else (piece.at, 1)
    return otio.schema.Marker(
        name=edit_words(piece.edit, comparison),
        comment=note(comparison, piece.edit, metric),
        marked_range=_range(start, length, rate),
        color=_COLOURS[piece.edit.kind],
        metadata={"vidstudio": facts},
    )


def _reference(info: VideoInfo, rate: Fraction) -> Any:
    import opentimelineio as otio

    path = Path(info.path)
    whole = otio.opentime.RationalTime.from_seconds(info.duration_us / 1e6, float(rate)).round()
    return otio.schema.ExternalReference(
        target_url=path.as_uri() if path.is_absolute() else readable(path.as_posix()),
        available_range=otio.opentime.TimeRange(otio.opentime.RationalTime(0, float(rate)), whole),
    )


def _range(start: int, length: int, rate: Fraction) -> Any:
    import opentimelineio as otio

    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(start, float(rate)), time(length, float(rate)))
