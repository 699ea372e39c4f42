"""Grades, transforms and damage as a person would say them, for reports, tables and lists."""

from __future__ import annotations

from pathlib import Path

from vidstudio.engine.psnr import mean_psnr
from vidstudio.engine.types import Comparison, Grade, Transform

_GAIN, _GAMMA, _LIFT, _SATURATION, _HUE = 0.02, 0.03, 0.008, 0.05, 3.0
_SCALE, _ROTATION = 0.004, 0.2
_POOR_PSNR, _POOR_SSIM = 30.0, 0.88
"""Below both, and where nothing was edited, one version is ruined; CRF 40 stays above."""


def grade_text(grade: Grade | None) -> str:
    """What of a grade is worth saying, or nothing: "gain 0.86, lift +0.06, saturation 0.50"."""
    if grade is None:
        return ""
    said = []
    if abs(grade.gain - 1) >= _GAIN:
        said.append(f"gain {grade.gain:.2f}")
    if abs(grade.gamma - 1) >= _GAMMA:
        said.append(f"gamma {grade.gamma:.2f}")
    if abs(grade.lift) >= _LIFT:
        said.append(f"lift {grade.lift:+.3f}")
    if abs(grade.saturation - 1) >= _SATURATION:
        said.append(f"saturation {grade.saturation:.2f}")
    if abs(grade.hue) >= _HUE:
        said.append(f"hue {grade.hue:+.0f}°")
    return ", ".join(said)


def transform_text(transform: Transform | None) -> str:
    """What of a transform is worth saying, or nothing: "mirrored, scale 1.05, turned 2.0°"."""
    if transform is None:
        return ""
    said = ["mirrored"] if transform.mirrored else []
    if abs(transform.scale - 1) >= _SCALE:
        said.append(f"scale {transform.scale:.3f}")
    if abs(transform.rotation) >= _ROTATION:
        said.append(f"turned {transform.rotation:+.1f}°")
    return ", ".join(said)


def remarks(comparison: Comparison) -> list[str]:
    """What has to be said beside the verdict, for it is no edit: damaged files, and quality that is far off."""
    return [*damaged_pictures(comparison), *poor_quality(comparison)]


def poor_quality(comparison: Comparison) -> list[str]:
    """Whether the pictures of both differ much in quality all through what is told as the same."""
    same = [(one.b.duration_us, one.psnr, one.ssim) for one in comparison.edits if one.kind == "same" and one.b]
    known = [(length, psnr, ssim) for length, psnr, ssim in same if psnr is not None and ssim is not None]
    total = sum(length for length, _, _ in known)
    if not total:
        return []
    psnr = mean_psnr([psnr for _, psnr, _ in known], [length for length, _, _ in known])
    ssim = sum(length * ssim for length, _, ssim in known) / total
    if psnr >= _POOR_PSNR or ssim >= _POOR_SSIM:
        return []
    return [
        f"Where both show the same, their pictures are far from alike (PSNR {psnr:.1f} dB, SSIM {ssim:.3f}):"
        " one version is of much lower quality."
    ]


def damaged_pictures(comparison: Comparison) -> list[str]:
    """Which of the files is damaged, and how much of it."""
    sides = ((comparison.a, comparison.a_times), (comparison.b, comparison.b_times))
    return [
        f"{Path(info.path).name} is damaged: {damaged:,} of its {len(times):,} pictures are broken or cannot be"
        " decoded; the last good ones stand in for these."
        for (info, times), damaged in zip(sides, comparison.damaged, strict=True)
        if damaged
    ]
