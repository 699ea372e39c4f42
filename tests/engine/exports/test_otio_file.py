"""The OTIO time line, opened again by OpenTimelineIO."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import comparisons
import opentimelineio as otio
import pytest

from vidstudio.engine.exports.otio_file import write_otio


def opened(tmp_path: Path, rate: Fraction = Fraction(25)) -> Any:
    path = tmp_path / "edits.otio"
    write_otio(comparisons.comparison(rate), path, "cosine", 0.1)
    return otio.adapters.read_from_file(str(path))


def test_time_line_is_b_cut_from_a(tmp_path: Path) -> None:
    (track,) = opened(tmp_path).tracks
    assert track.duration() == otio.opentime.RationalTime(520, 25)
    clips = [(c.name, c.source_range.start_time.value, c.source_range.duration.value) for c in track]
    old, new = "old cut.mp4", "new cut.mp4"
    assert clips == [
        (old, 0, 100),
        (new, 100, 60),
        (old, 100, 100),
        (old, 450, 50),
        (old, 250, 125),
        (old, 375, 50),
        (new, 485, 35),
    ]
    assert track[5].effects[0].time_scalar == pytest.approx(1.5)
    assert not any(c.effects for n, c in enumerate(track) if n != 5)
    assert track[0].media_reference.target_url == "file:///clips/old%20cut.mp4"


def test_markers_have_place_length_colour_and_facts(tmp_path: Path) -> None:
    markers = opened(tmp_path).tracks.markers
    assert [(m.name, m.color, m.marked_range.start_time.value, m.marked_range.duration.value) for m in markers] == [
        ("inserted", "GREEN", 100, 60),
        ("changed: colour", "ORANGE", 160, 100),
        ("removed", "RED", 260, 1),
        ("moved", "PURPLE", 260, 50),
        ("changed: local, audio", "ORANGE", 310, 125),
        ("retimed", "CYAN", 435, 50),
        ("inserted", "GREEN", 485, 35),
    ]
    assert list(markers[2].metadata["vidstudio"]["a"]) == [8_000_000, 10_000_000]
    assert "gamma 1.23" in markers[1].comment
    assert markers[0].comment.endswith("confidence 90%")
    assert markers[0].metadata["vidstudio"]["confidence"] == 0.9


def test_ntsc_rates_stay_frame_exact(tmp_path: Path) -> None:
    (track,) = opened(tmp_path, Fraction(30000, 1001)).tracks
    assert [c.source_range.duration.value for c in track] == [100, 60, 100, 50, 125, 50, 35]
    assert track[0].source_range.duration.rate == pytest.approx(30000 / 1001)
