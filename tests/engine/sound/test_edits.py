"""Edits say where the sound differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vidstudio.engine.sound.edits import scored, with_sound
from vidstudio.engine.time import Span
from vidstudio.engine.types import AudioDifference, Difference, Edit, FrameTimes, Pair

TIMES = FrameTimes(np.arange(500, dtype=np.int64) * 40_000, np.arange(500) % 50 == 0, 20_000_000)
S = 1_000_000


def heard(edits: list[Edit], *audio: AudioDifference) -> list[Edit]:
    return with_sound(edits, audio, TIMES, TIMES, lambda part: replace(part, psnr=1.0))


def level(low: float, high: float) -> AudioDifference:
    span = Span(round(low * S), round(high * S))
    return AudioDifference("level", span, span, level_db=-3)


def test_an_edit_is_parted_where_its_sound_changes() -> None:
    whole = Edit("same", Span(2 * S, 12 * S), Span(0, 10 * S), psnr=40.0)
    parts = heard([whole], level(4.01, 6.99))
    assert [(one.kind, one.change) for one in parts] == [("same", ()), ("changed", ("audio",)), ("same", ())]
    assert [one.b for one in parts] == [Span(0, 4 * S), Span(4 * S, 7 * S), Span(7 * S, 10 * S)]
    assert [one.a for one in parts] == [Span(2 * S, 6 * S), Span(6 * S, 9 * S), Span(9 * S, 12 * S)]
    assert all(one.psnr == 1.0 for one in parts)


def test_short_rests_are_not_parted_off() -> None:
    whole = Edit("same", Span(0, 10 * S), Span(0, 10 * S), psnr=40.0)
    assert heard([whole], level(0.4, 9.5)) == [replace(whole, kind="changed", change=("audio",))]


def test_kinds_and_other_changes_are_kept() -> None:
    moved = Edit("moved", Span(0, 10 * S), Span(0, 10 * S))
    changed = Edit("changed", Span(10 * S, 12 * S), Span(10 * S, 12 * S), change=("colour",), boxes=((1, 2, 3, 4),))
    new = Edit("inserted", None, Span(12 * S, 20 * S))
    gone = Edit("removed", Span(12 * S, 14 * S), None)
    found = heard([moved, changed, new, gone], level(3, 20))
    assert found == [
        replace(moved, change=("audio",)),
        replace(changed, change=("colour", "audio")),
        new,
        gone,
    ]
    assert heard([moved, changed, new, gone]) == [moved, changed, new, gone]


def test_a_neighbour_that_is_only_touched_stays_the_same() -> None:
    edits = [Edit("same", Span(0, 5 * S), Span(0, 5 * S)), Edit("moved", Span(9 * S, 12 * S), Span(5 * S, 8 * S))]
    found = heard(edits, level(4.9, 8))
    assert [one.change for one in found] == [(), ("audio",)]


def test_segments_get_their_share_of_the_curve() -> None:
    curve = np.full(60, np.nan, np.float32)
    curve[:20], curve[20:30] = 0.2, 0.6
    span = Span(0, S)
    segments = [Difference(Pair(span, Span(i * 2 * S, (i + 1) * 2 * S)), 0.1, 0.4) for i in range(3)]
    silent = AudioDifference("silent", Span(3 * S, 4 * S), Span(3 * S, 4 * S), side="b")
    values = [one.audio for one in scored([*segments, Difference(Pair(None, span), None, None)], curve, [silent])]
    assert values[0] is not None
    assert abs(values[0] - 0.2) < 1e-6
    assert values[1] is not None
    assert abs(values[1] - 0.8) < 1e-6
    assert values[2] is None
    assert values[3] is None
    assert (curve[30:] != curve[30:]).all()
