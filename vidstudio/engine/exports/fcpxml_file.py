"""The edit list as FCPXML 1.9, for Final Cut Pro and DaVinci Resolve: B as a project cut from A, with markers.

Written here because OpenTimelineIO's adapter writes an older version and asks a program for the sizes of files.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

from vidstudio.engine.exports.conform import Event, Removal, conform, editors_rate
from vidstudio.engine.exports.files import replace_file
from vidstudio.engine.exports.marks import Mark, marks, one_line
from vidstudio.engine.time import is_drop_frame_rate, us_to_frame
from vidstudio.engine.types import Comparison, Metric, VideoInfo

VERSION = "1.9"

_SOURCE_RATES = {
    Fraction(24000, 1001): "23.98",
    Fraction(24): "24",
    Fraction(25): "25",
    Fraction(30000, 1001): "29.97",
    Fraction(30): "30",
    Fraction(48000, 1001): "47.95",
    Fraction(48): "48",
    Fraction(50): "50",
    Fraction(60000, 1001): "59.94",
    Fraction(60): "60",
}


def comparison_fcpxml(comparison: Comparison, metric: Metric) -> str:
    """FCPXML text. The project is B at the editing rate nearest to it, from 00:00:00:00; its clips come from A, or
    from B where the material is new. Every edit but "same" is a marker with its length in the clip it is; what was
    removed is a marker of one frame where it was.
    """
    rate = editors_rate(comparison.b.frame_rate)
    root = ET.Element("fcpxml", version=VERSION)
    resources = ET.SubElement(root, "resources")
    for letter, info in (("a", comparison.a), ("b", comparison.b)):
        _format(resources, f"format-{letter}", info)
    for letter, info in (("a", comparison.a), ("b", comparison.b)):
        _asset(resources, letter, info)
    name = one_line(Path(comparison.b.path).stem)
    project = ET.SubElement(ET.SubElement(ET.SubElement(root, "library"), "event", name="VidStudio"), "project")
    project.set("name", name)
    pieces = list(conform(comparison, rate))
    events = [piece for piece in pieces if isinstance(piece, Event)]
    sequence = ET.SubElement(
        project,
        "sequence",
        format="format-b",
        duration=_frames(max((event.end for event in events), default=0), rate),
        tcStart="0s",
        tcFormat=_tc_format(rate),
    )
    spine = ET.SubElement(sequence, "spine")
    clips = [(event, _clip(spine, comparison, event, rate)) for event in events]
    changed = (piece for piece in pieces if piece.edit.kind != "same")
    for piece, mark in zip(changed, marks(comparison, rate, metric), strict=True):
        _marker(clips, piece, mark, rate)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{text}\n'


def write_fcpxml(comparison: Comparison, path: Path, metric: Metric, threshold: float) -> None:
    """Write the .fcpxml file in one step. Raises UsageError or EnvironmentProblem."""
    replace_file(path, comparison_fcpxml(comparison, metric).encode())


def _format(resources: ET.Element, name: str, info: VideoInfo) -> None:
    made = ET.SubElement(resources, "format", id=name, frameDuration=_seconds(1 / editors_rate(info.frame_rate)))
    made.attrib |= {"width": str(info.width), "height": str(info.height)}
    if info.pixel_aspect != 1:
        made.attrib |= {"paspH": str(info.pixel_aspect.numerator), "paspV": str(info.pixel_aspect.denominator)}


def _asset(resources: ET.Element, letter: str, info: VideoInfo) -> None:
    path, rate = Path(info.path), editors_rate(info.frame_rate)
    asset = ET.SubElement(
        resources,
        "asset",
        id=f"asset-{letter}",
        name=one_line(path.name),
        start="0s",
        duration=_frames(us_to_frame(info.duration_us, rate), rate),
        hasVideo="1",
        format=f"format-{letter}",
    )
    if info.audio:
        sound = info.audio[0]
        asset.attrib |= {
            "hasAudio": "1",
            "audioSources": "1",
            "audioChannels": str(sound.channels),
            "audioRate": str(sound.sample_rate),
        }
    url = path.as_uri() if path.is_absolute() else path.as_posix()
    ET.SubElement(asset, "media-rep", kind="original-media", src=url)


def _clip(spine: ET.Element, comparison: Comparison, event: Event, rate: Fraction) -> ET.Element:
    letter, info = ("a", comparison.a) if event.from_a else ("b", comparison.b)
    whole = us_to_frame(info.duration_us, rate) / rate
    clip = ET.SubElement(
        spine,
        "asset-clip",
        ref=f"asset-{letter}",
        offset=_frames(event.start, rate),
        name=one_line(Path(info.path).name),
        start=_seconds(_start(event, rate, whole)),
        duration=_frames(event.end - event.start, rate),
        format=f"format-{letter}",
        tcFormat=_tc_format(editors_rate(info.frame_rate)),
    )
    own = editors_rate(info.frame_rate)
    if own != rate:
        ET.SubElement(clip, "conform-rate", scaleEnabled="0", srcFrameRate=_SOURCE_RATES[own])
    if event.exact_speed != 1:
        times = ET.SubElement(clip, "timeMap")
        for at, value in _time_points(event, rate, whole):
            ET.SubElement(times, "timept", time=_seconds(at), value=_seconds(value), interp="linear")
    return clip


def _time_points(event: Event, rate: Fraction, whole: Fraction) -> list[tuple[Fraction, Fraction]]:
    """Times of a clip and which times of its file, `whole` long, are shown there; evenly in between."""
    speed = event.exact_speed
    if not speed:
        still = event.source_start / rate
        return [(Fraction(0), still), ((event.end - event.start) / rate, still)]
    ends = (whole, Fraction(0)) if speed < 0 else (Fraction(0), whole)
    return [(Fraction(0), ends[0]), (whole / abs(speed), ends[1])]


def _start(event: Event, rate: Fraction, whole: Fraction) -> Fraction:
    """Where a clip begins, in seconds of its own time: that of the file, whose length is `whole`, slower or faster
    where it was retimed, from its end on where it runs backward; a still has its own.
    """
    speed = event.exact_speed
    if not speed:
        return Fraction(0)
    return (whole - event.source_end / rate if speed < 0 else event.source_start / rate) / abs(speed)


def _marker(clips: list[tuple[Event, ET.Element]], piece: Event | Removal, mark: Mark, rate: Fraction) -> None:
    at = mark.start if isinstance(piece, Event) else piece.at
    found = next(
        ((event, clip) for event, clip in clips if event.start <= at < event.end), clips[-1] if clips else None
    )
    if found is None:
        return
    event, clip = found
    inside = min(at, event.end - 1) - event.start
    ET.SubElement(
        clip,
        "marker",
        start=_seconds(Fraction(clip.attrib["start"].removesuffix("s")) + inside / rate),
        duration=_frames(max(1, mark.length), rate),
        value=mark.name,
        note=mark.note,
    )


def _tc_format(rate: Fraction) -> str:
    return "DF" if is_drop_frame_rate(rate) else "NDF"


def _frames(count: int, rate: Fraction) -> str:
    return _seconds(count / rate)


def _seconds(value: Fraction) -> str:
    """A time as FCPXML writes it: `5s`, `1001/30000s`."""
    return f"{value.numerator}s" if value.denominator == 1 else f"{value.numerator}/{value.denominator}s"
