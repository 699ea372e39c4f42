"""What is said of a comparison in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from comparisons import comparison, span, unchanged

from vidstudio.engine.exports.words import remarks
from vidstudio.engine.types import Edit


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
