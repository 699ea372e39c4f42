"""Scores, grades, speeds and damage as a person would say them, for reports, tables, markers and lists."""

from __future__ import annotations

import math
from pathlib import Path

from vidstudio.engine.exports.framing import place_text
from vidstudio.engine.exports.sound import edit_text
from vidstudio.engine.scores import mean_psnr
from vidstudio.engine.time import US, format_timecode
from vidstudio.engine.types import Comparison, Edit, Grade

_UNSURE, _SURE = 0.5, 0.995
"""An edit less sure than the first is even odds at best; how sure one is that is surer than the second is not said."""
_GAIN, _GAMMA, _LIFT, _SATURATION, _HUE = 0.02, 0.03, 0.008, 0.05, 3.0
_WARMTH, _TINT = 0.06, 0.04
_SPEED = 0.0005
_POOR_PSNR, _POOR_SSIM = 28.0, 0.88
"""Below both, and where nothing was edited, one version is ruined; CRF 40 stays above."""


def grade_text(grade: Grade | None) -> str:
    """What of a grade is worth saying, or nothing: "gain 0.86, lift +0.06, saturation 0.50".

    Gamma is that of editing programs and FFmpeg's `eq`: above 1 the mid tones are brighter.
    """
    if grade is None:
        return ""
    said = []
    if abs(grade.gain - 1) >= _GAIN:
        said.append(f"gain {grade.gain:.2f}")
    if abs(math.log(grade.gamma)) >= _GAMMA:
        said.append(f"gamma {grade.gamma:.2f}")
    if abs(grade.lift) >= _LIFT:
        said.append(f"lift {grade.lift:+.3f}")
    if abs(grade.saturation - 1) >= _SATURATION:
        said.append(f"saturation {grade.saturation:.2f}")
    if abs(grade.hue) >= _HUE:
        said.append(f"hue {grade.hue:+.0f}°")
    if text := balance_text(grade):
        said.append(text)
    return ", ".join(said)


def balance_text(grade: Grade) -> str:
    """Where the white balance went, or nothing: "warmer (red x1.15, blue x0.85)"."""
    warmth, tint = math.log(grade.red / grade.blue), math.log(grade.red * grade.blue) / 2
    said = []
    if abs(warmth) >= _WARMTH:
        said.append("warmer" if warmth > 0 else "cooler")
    if abs(tint) >= _TINT:
        said.append("more magenta" if tint > 0 else "greener")
    return f"{' and '.join(said)} (red x{grade.red:.2f}, blue x{grade.blue:.2f})" if said else ""


def told_of(edit: Edit, comparison: Comparison) -> list[tuple[str, str]]:
    """What is said of an edit beside kind and scores, each under its name; every export says the same."""
    said = [
        ("Speed", speed_text(edit)),
        ("Grade", grade_text(edit.grade)),
        ("Framing", place_text(edit, comparison)),
        ("Sound", edit_text(edit, comparison)),
        ("Elsewhere", elsewhere_text(edit, comparison)),
    ]
    return [(name, text) for name, text in said if text]


def elsewhere_text(edit: Edit, comparison: Comparison) -> str:
    """Where else it could come from, or be missing, or be new: "A 00:00:12:00 to 00:00:14:05 looks the same"."""
    side, rate = ("A", comparison.a.frame_rate) if edit.a is not None else ("B", comparison.b.frame_rate)
    places = [
        f"{format_timecode(one.start_us, rate)} to {format_timecode(one.end_us, rate)}" for one in edit.alternatives
    ]
    return f"{side} {' and '.join(places)} look{'s' * (len(places) == 1)} the same" if places else ""


def lacking(comparison: Comparison) -> tuple[str, str]:
    """What stands where A has no counterpart, and where B has none: without alignment, it has only ended before."""
    return ("not in A", "not in B") if comparison.aligned else ("A has ended", "B has ended")


def psnr_text(psnr: float | None) -> str:
    """A PSNR in dB; nothing where there is none."""
    if psnr is None or math.isnan(psnr):
        return ""
    return "identical" if math.isinf(psnr) else f"{psnr:.1f} dB"


def confidence_text(edit: Edit) -> str:
    """How sure an edit is, where that is worth saying: "72%", "31%, not sure"."""
    if edit.confidence is None or edit.confidence >= _SURE:
        return ""
    return f"{edit.confidence:.0%}" + (", not sure" if is_unsure(edit) else "")


def is_unsure(edit: Edit) -> bool:
    """Whether a person should look at an edit before believing it."""
    return edit.confidence is not None and edit.confidence < _UNSURE


def speed_text(edit: Edit) -> str:
    """At what speed B shows what A has, or nothing: "104.2% speed", "reversed, 50.0% speed", "frozen for 2.0 s"."""
    # an ignored one keeps its speed, so that it plays as B shows it, but is of another kind
    if edit.b is None or edit.kind not in ("moved", "retimed") or abs(edit.speed - 1) < _SPEED:
        return ""
    if not edit.speed:
        length = edit.b.duration_us / US
        return f"frozen for {length:.1f} s" if length >= 1 else f"frozen for {length:.2f} s"
    said = ["reversed"] if edit.speed < 0 else []
    if abs(abs(edit.speed) - 1) >= _SPEED:
        said.append(f"{abs(edit.speed):.1%} speed")
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
