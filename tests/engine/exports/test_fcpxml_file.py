"""The FCPXML: its structure by the rules of Apple's DTD, its times by arithmetic, and read by OpenTimelineIO."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import comparisons
import opentimelineio as otio
import pytest

from vidstudio.engine.exports.fcpxml_file import comparison_fcpxml, write_fcpxml
from vidstudio.engine.types import AudioInfo, Comparison

TIME = re.compile(r"-?\d+(/\d+)?s")

# of each element: attributes that must be there, that may be, and its children as a pattern over their names
DTD: dict[str, tuple[str, str, str]] = {
    "fcpxml": ("version", "", "resources library "),
    "resources": ("", "", "(asset |format )*"),
    "format": ("id", "name frameDuration fieldOrder width height paspH paspV colorSpace", ""),
    "asset": (
        "id",
        "name uid start duration hasVideo format hasAudio audioSources audioChannels audioRate",
        "media-rep ",
    ),
    "media-rep": ("src", "kind sig suggestedFilename", ""),
    "library": ("", "location", "(event )*"),
    "event": ("", "name uid", "(project )*"),
    "project": ("", "name uid", "sequence "),
    "sequence": ("format", "duration tcStart tcFormat audioLayout audioRate", "spine "),
    "spine": ("", "", "(asset-clip )*"),
    "asset-clip": (
        "ref",
        "lane offset name start duration enabled format tcStart tcFormat",
        "(conform-rate )?(timeMap )?(marker )*",
    ),
    "conform-rate": ("", "scaleEnabled srcFrameRate", ""),
    "timeMap": ("", "frameSampling preservesPitch", "(timept )*"),
    "timept": ("time value", "interp", ""),
    "marker": ("start value", "duration note completed", ""),
}
TIMES = {"frameDuration", "start", "duration", "offset", "tcStart", "time"}


def strict(text: str) -> ET.Element:
    """The root, after a reading as strict as Final Cut Pro's."""
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n')
    root = ET.fromstring(text)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        must, may, children = DTD[element.tag]
        assert set(must.split()) <= set(element.attrib) <= set((must + " " + may).split()), element.attrib
        inside = "".join(f"{child.tag} " for child in element)
        assert re.fullmatch(children, inside), (element.tag, inside)
        for name in TIMES & set(element.attrib):
            assert TIME.fullmatch(element.attrib[name]), element.attrib
        for name in {"ref", "format"} & set(element.attrib):
            assert element.attrib[name] in ids
        assert element.get("tcFormat", "NDF") in {"DF", "NDF"}
    return root


def seconds(text: str) -> Fraction:
    return Fraction(text.removesuffix("s"))


def clips(root: ET.Element) -> Iterator[tuple[ET.Element, Fraction, Fraction, Fraction]]:
    for clip in root.iter("asset-clip"):
        yield clip, *(seconds(clip.attrib[name]) for name in ("offset", "start", "duration"))


RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60000, 1001)]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_project_is_b_cut_from_a_without_gaps(rate: Fraction) -> None:
    root = strict(comparison_fcpxml(comparisons.comparison(rate), "cosine"))
    at = Fraction(0)
    lasts = {asset.get("id"): seconds(asset.attrib["duration"]) for asset in root.iter("asset")}
    found = []
    for clip, offset, start, length in clips(root):
        assert offset == at
        at += length
        assert (offset * rate).denominator == (length * rate).denominator == 1
        assert start + length <= lasts[clip.attrib["ref"]]
        found.append((clip.attrib["ref"], start * rate, length * rate))
    (sequence,) = root.iter("sequence")
    assert seconds(sequence.attrib["duration"]) == at == 520 / rate
    assert sequence.get("tcFormat") == ("DF" if rate.denominator == 1001 and rate > 25 else "NDF")
    assert found[:5] == [
        ("asset-a", 0, 100),
        ("asset-b", 100, 60),
        ("asset-a", 100, 100),
        ("asset-a", 450, 50),
        ("asset-a", 250, 125),
    ]
    # 75 frames in 50: the clip's own time runs at 1.5, so frame 375 is at 250 of it
    assert found[5] == ("asset-a", 250, 50)
    points = [(seconds(p.attrib["time"]), seconds(p.attrib["value"])) for p in root.iter("timept")]
    assert points == [(0, 0), (500 / rate / Fraction(3, 2), 500 / rate)]


def test_markers_lie_in_their_clips_with_their_length() -> None:
    root = strict(comparison_fcpxml(comparisons.comparison(), "cosine"))
    found = []
    for clip, offset, start, length in clips(root):
        for marker in clip.iter("marker"):
            at = seconds(marker.attrib["start"])
            assert start <= at < start + length
            found.append((marker.get("value"), (offset + at - start) * 25, seconds(marker.attrib["duration"]) * 25))
    assert found == [
        ("2 inserted", 100, 60),
        ("3 changed: colour", 160, 100),
        ("4 removed", 260, 1),
        ("5 moved", 260, 50),
        ("6 changed: local, audio", 310, 125),
        ("7 retimed", 435, 50),
        ("8 inserted", 485, 35),
    ]


def test_another_program_reads_it() -> None:
    text = comparison_fcpxml(comparisons.comparison(), "cosine")
    timeline: Any = otio.adapters.read_from_string(text, "fcpx_xml")[0]
    (track,) = timeline.video_tracks()
    assert [(c.name, c.source_range.duration.value) for c in track] == [
        ("old cut.mp4", 100),
        ("new cut.mp4", 60),
        ("old cut.mp4", 100),
        ("old cut.mp4", 50),
        ("old cut.mp4", 125),
        ("old cut.mp4", 50),
        ("new cut.mp4", 35),
    ]
    assert sum(len(clip.markers) for clip in track) == 7


def sounding(made: Comparison) -> Comparison:
    sound = AudioInfo(1, "aac", 48000, 2, "stereo", "eng", None)
    return replace(made, a=replace(made.a, audio=(sound,), frame_rate=Fraction(30), pixel_aspect=Fraction(16, 15)))


def test_other_rates_sound_and_pixels_of_another_shape_are_said() -> None:
    root = strict(comparison_fcpxml(sounding(comparisons.comparison()), "cosine"))
    (of_a, of_b) = root.iter("asset")
    assert (of_a.get("hasAudio"), of_a.get("audioChannels"), of_b.get("hasAudio")) == ("1", "2", None)
    rates = {clip.attrib["ref"]: [r.get("srcFrameRate") for r in clip.iter("conform-rate")] for clip, *_ in clips(root)}
    assert rates == {"asset-a": ["30"], "asset-b": []}
    assert [f.get("paspH") for f in root.iter("format")] == ["16", None]


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    made = comparisons.comparison(a_name='a"<x>&\x01\n\udcff.mp4', b_name="映画 ]]>.mp4")
    write_fcpxml(made, tmp_path / "x.fcpxml", "cosine", 0.1)
    root = strict((tmp_path / "x.fcpxml").read_text("utf-8"))
    assert [asset.get("name") for asset in root.iter("asset")] == ['a"<x>&___.mp4', "映画 ]]>.mp4"]
    assert next(root.iter("media-rep")).attrib["src"] == "file:///clips/a%22%3Cx%3E%26%01%0A%FF.mp4"


def test_markers_say_grade_and_doubt() -> None:
    root = strict(comparison_fcpxml(comparisons.comparison(), "cosine"))
    notes = {marker.attrib["value"]: marker.attrib["note"] for marker in root.iter("marker")}
    assert "gamma 1.23" in notes["3 changed: colour"]
    assert notes["2 inserted"].endswith("confidence 90%")
    root = strict(comparison_fcpxml(comparisons.surplus(), "cosine"))
    assert [marker.attrib["value"] for marker in root.iter("marker")] == ["2 changed: picture", "3 surplus"]
