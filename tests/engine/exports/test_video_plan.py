"""Which frames stand side by side, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import comparisons
import numpy as np
import pytest

from vidstudio.engine.exports.video_plan import sound_spans, video_plan


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)], ids=str)
def test_every_row_takes_as_long_as_its_longer_side(rate: Fraction) -> None:
    plan = video_plan(comparisons.comparison(rate), rate)
    slow = [435 + int((n + 0.5) * 50 / 75) for n in range(75)]
    # there the middle of a picture is just where a frame of B ends
    ties = {485 + 1 + 3 * n for n in range(25)}
    a = [*range(100), *[99] * 60, *range(100, 250), *range(450, 500), *range(250, 375), *range(375, 450), *[449] * 35]
    b = [*range(260), *[259] * 50, *range(260, 435), *slow, *range(485, 520)]
    assert plan.a.tolist() == a
    found = plan.b.tolist()
    assert [n for n in range(595) if n not in ties and found[n] != b[n]] == []
    assert all(b[n] - found[n] in (0, 1) for n in ties)
    assert np.flatnonzero(plan.a_held).tolist() == [*range(100, 160), *range(560, 595)]
    assert np.flatnonzero(plan.b_held).tolist() == list(range(260, 310))
    assert np.flatnonzero(np.diff(plan.edit)).tolist() == [99, 159, 259, 309, 359, 484, 559]


def test_matched_frames_are_those_of_the_frame_map() -> None:
    made = comparisons.comparison()
    moved = made.frame_map.copy()
    moved[50] = 49  # a doubled frame
    moved[60] = 400  # matched, but not in this edit
    plan = video_plan(replace(made, frame_map=moved), Fraction(25))
    assert plan.a[48:53].tolist() == [48, 49, 49, 51, 52]
    assert plan.a[60] == 60


def test_without_edits_both_run_by_the_clock() -> None:
    made = replace(comparisons.comparison(), edits=())
    plan = video_plan(made, Fraction(25))
    assert len(plan) == 520
    assert plan.a.tolist() == [*range(500), *[499] * 20]
    assert plan.edit.tolist() == [-1] * 520


@pytest.mark.parametrize("side", [0, 1])
def test_sound_is_as_long_as_the_pictures(side: int) -> None:
    plan = video_plan(comparisons.comparison(Fraction(30000, 1001)), Fraction(30000, 1001))
    parts = list(sound_spans(plan, side, 48000))
    assert abs(sum(count for count, _ in parts) - 595 * 48000 * 1001 / 30000) <= 1
    assert [span is None for _, span in parts] == [n in ((1, 7) if side == 0 else (3,)) for n in range(8)]
