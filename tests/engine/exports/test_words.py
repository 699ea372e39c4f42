"""What is said of a comparison in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from comparisons import GRADE, comparison, span, surplus, unchanged

from vidstudio.engine.exports.words import confidence_text, grade_text, lacking, psnr_text, remarks, told_of
from vidstudio.engine.types import Edit, Grade


@pytest.mark.parametrize(
    ("psnr", "ssim", "said"), [(24.8, 0.751, 1), (32.0, 0.80, 0), (28.0, 0.93, 0), (None, None, 0)]
)
def test_a_ruined_version_is_said_though_nothing_was_edited(psnr: float | None, ssim: float | None, said: int) -> None:
    same = Edit("same", span(0, 100), span(0, 100), psnr=psnr, ssim=ssim)
    found = remarks(replace(unchanged(), edits=(same,)))
    assert len(found) == said
    assert not said or "PSNR 24.8 dB, SSIM 0.751" in found[0]


def test_what_was_edited_has_no_say_in_quality() -> None:
    assert remarks(comparison()) == []
    assert "is damaged: 3 of its 500 pictures" in remarks(replace(comparison(), damaged=(3, 0)))[0]


def test_a_grade_is_said_as_editing_programs_have_it() -> None:
    assert grade_text(None) == ""
    assert grade_text(GRADE) == ("gain 0.94, gamma 1.23, lift +0.059, saturation 0.79, warmer (red x1.15, blue x0.85)")
    # FFmpeg's eq=gamma=1.3 brightens the mid tones: x ** (1 / 1.3)
    assert grade_text(Grade(1, 1 / 1.3, 0, 1, 0)) == "gamma 1.30"
    assert grade_text(Grade(1, 1.5, 0, 1, 0)) == "gamma 0.67"
    assert grade_text(Grade(1, 1, 0, 1, 4)) == "hue +4°"


@pytest.mark.parametrize(
    ("red", "blue", "said"),
    [
        (1.02, 0.99, ""),
        (0.85, 1.15, "cooler (red x0.85, blue x1.15)"),
        (0.89, 0.89, "greener (red x0.89, blue x0.89)"),
        (1.3, 1.1, "warmer and more magenta (red x1.30, blue x1.10)"),
    ],
)
def test_a_white_balance_is_said_where_it_is_clear(red: float, blue: float, said: str) -> None:
    assert grade_text(Grade(1, 1, 0, 1, 0, red, blue)) == said


def test_scores_in_words() -> None:
    assert [psnr_text(value) for value in (None, 31.26, 104.2, float("inf"))] == [
        "",
        "31.3 dB",
        "104.2 dB",
        "identical",
    ]
    edit = Edit("same", span(0, 9), span(0, 9))
    words = [confidence_text(replace(edit, confidence=value)) for value in (None, 1.0, 0.72, 0.31)]
    assert words == ["", "", "72%", "31%, not sure"]


def test_what_only_the_longer_one_has_is_not_said_to_be_missing() -> None:
    assert lacking(comparison()) == ("not in A", "not in B")
    assert lacking(surplus()) == ("A has ended", "B has ended")


def test_where_else_it_could_come_from_is_said() -> None:
    found = comparison()
    moved = Edit("moved", span(50, 100), span(0, 50), alternatives=(span(200, 250),))
    assert ("Elsewhere", "A 00:00:08:00 to 00:00:10:00 looks the same") in told_of(moved, found)
    assert "Elsewhere" not in dict(told_of(replace(moved, alternatives=()), found))
    both = replace(moved, alternatives=(span(200, 250), span(300, 350)))
    assert dict(told_of(both, found))["Elsewhere"].endswith("10:00 and 00:00:12:00 to 00:00:14:00 look the same")


def test_where_else_something_could_be_new_or_missing_is_said_of_its_own_side() -> None:
    made = comparison()
    of_b, of_a = Edit("inserted", None, span(0, 50), alternatives=(span(25, 75),)), Edit("removed", span(0, 50), None)
    of_a = replace(of_a, alternatives=of_b.alternatives)
    texts = [dict(told_of(edit, made))["Elsewhere"] for edit in (of_a, of_b)]
    assert texts == [f"{side} 00:00:01:00 to 00:00:03:00 looks the same" for side in "AB"]
