"""Sound in words and as plain values."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from comparisons import comparison

from vidstudio.engine.exports.report import report_html
from vidstudio.engine.exports.sound import audio_text, edit_text, loudness_text, sound_json
from vidstudio.engine.time import Span
from vidstudio.engine.types import AudioDifference, AudioKind, Loudness

S = Span(0, 2_000_000)


@pytest.mark.parametrize(
    ("kind", "values", "text"),
    [
        ("level", {"level_db": -6.02}, "6.0 dB softer"),
        ("level", {"level_db": 3.0}, "3.0 dB louder"),
        ("silent", {"side": "b"}, "silent in B"),
        ("missing", {"side": "a"}, "no sound in A"),
        ("content", {}, "other sound"),
        ("content", {"offset_us": -12_000_000}, "other sound, in A 12.0 s later"),
        ("offset", {"offset_us": 80_400}, "sound 80 ms late"),
        ("offset", {"offset_us": -42_000}, "sound 42 ms early"),
        ("retimed", {"rate": 1.01}, "sound drifts, 1.00% fast"),
    ],
)
def test_words(kind: AudioKind, values: dict, text: str) -> None:
    assert audio_text(AudioDifference(kind, S, S, **values)) == text


def test_loudness() -> None:
    assert loudness_text(None) == "no sound"
    assert loudness_text(Loudness(None, 0.0, None)) == "silence"
    assert loudness_text(Loudness(None, 0.0, -20.0)) == "too soft or short, peak -20.0 dBTP"
    assert loudness_text(Loudness(-23.04, 5.06, -1.0)) == "-23.0 LUFS, range 5.1 LU, peak -1.0 dBTP"


def test_plain_values() -> None:
    level = AudioDifference("level", S, Span(13_000_000, 15_000_000), level_db=4.0)
    made = replace(comparison(), audio=(level,), b_loudness=Loudness(-20.0, 3.0, -1.0))
    found = sound_json(made)
    assert json.loads(json.dumps(found)) == found
    assert found["loudness"] == {"a": None, "b": {"integrated": -20.0, "range": 3.0, "true_peak": -1.0}}
    assert found["differences"][0]["text"] == "4.0 dB louder"
    assert [edit_text(edit, made) for edit in made.edits if "audio" in edit.change] == ["4.0 dB louder"]
    page = report_html(made, "cosine", 0.05, lambda info, times, time_us: None)
    assert "4.0 dB louder" in page
    assert "-20.0 LUFS" in page
    assert "LUFS" not in report_html(comparison(), "cosine", 0.05, lambda info, times, time_us: None)
