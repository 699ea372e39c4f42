"""Words on screen for the kinds of edit and of change; translatable."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vidstudio.engine.alignment.versions import State
from vidstudio.engine.ignore import PRESETS, Reason, Rule
from vidstudio.engine.types import ChangeKind, EditKind, Metric
from vidstudio.ui.views.timeline_model import TimeText


def kind_help(kind: EditKind) -> str:
    """What a kind of edit means."""
    return {
        "same": QCoreApplication.translate("Words", "The same material on both sides"),
        "changed": QCoreApplication.translate("Words", "The same moment, but it looks or sounds different"),
        "inserted": QCoreApplication.translate("Words", "Only in B"),
        "removed": QCoreApplication.translate("Words", "Only in A"),
        "moved": QCoreApplication.translate("Words", "In both, at another place"),
        "retimed": QCoreApplication.translate("Words", "In both, at another speed"),
    }[kind]


def change_word(change: ChangeKind) -> str:
    """A way in which something changed, for people."""
    return {
        "picture": QCoreApplication.translate("Words", "picture"),
        "local": QCoreApplication.translate("Words", "part of the picture"),
        "colour": QCoreApplication.translate("Words", "colour"),
        "geometry": QCoreApplication.translate("Words", "crop or size"),
        "audio": QCoreApplication.translate("Words", "audio"),
    }[change]


def change_short(change: ChangeKind) -> str:
    """As `change_word`, where there is little room."""
    return QCoreApplication.translate("Words", "one area") if change == "local" else change_word(change)


def metric_word(metric: Metric) -> str:
    """A distance for people."""
    return {
        "cosine": QCoreApplication.translate("Words", "Cosine"),
        "euclidean": QCoreApplication.translate("Words", "Euclidean"),
    }[metric]


def state_word(state: State) -> str:
    """What became of a stretch of the reference, for people."""
    return {
        "same": QCoreApplication.translate("Words", "Same"),
        "changed": QCoreApplication.translate("Words", "Changed"),
        "replaced": QCoreApplication.translate("Words", "Replaced"),
        "retimed": QCoreApplication.translate("Words", "Retimed"),
        "moved": QCoreApplication.translate("Words", "Moved"),
        "missing": QCoreApplication.translate("Words", "Missing"),
    }[state]


def reason_word(reason: Reason) -> str:
    """A reason for which something is ignored, for people."""
    return {
        "picture": QCoreApplication.translate("Words", "changed pictures"),
        "local": QCoreApplication.translate("Words", "changed parts of the picture"),
        "colour": QCoreApplication.translate("Words", "grade"),
        "geometry": QCoreApplication.translate("Words", "crop and size"),
        "audio": QCoreApplication.translate("Words", "sound"),
        "inserted": QCoreApplication.translate("Words", "inserted material"),
        "removed": QCoreApplication.translate("Words", "removed material"),
        "moved": QCoreApplication.translate("Words", "moved material"),
        "retimed": QCoreApplication.translate("Words", "retimed material"),
    }[reason]


def preset_word(name: str) -> str:
    """A place that is often ignored, for people."""
    return {
        "logo-top-left": QCoreApplication.translate("Words", "Logo, top left"),
        "logo-top-right": QCoreApplication.translate("Words", "Logo, top right"),
        "logo-bottom-left": QCoreApplication.translate("Words", "Logo, bottom left"),
        "logo-bottom-right": QCoreApplication.translate("Words", "Logo, bottom right"),
        "lower-third": QCoreApplication.translate("Words", "Lower third"),
        "subtitles": QCoreApplication.translate("Words", "Subtitles"),
    }[name]


def rule_word(rule: Rule, a: TimeText, b: TimeText) -> str:
    """What a rule ignores, in a few words; times of the two sides as they are written."""
    times = a if rule.side == "a" else b
    when = f"{times.text(rule.span.start_us)} – {times.text(rule.span.end_us)}" if rule.span else ""
    if rule.region is None:
        return f"{rule.side.upper()}  {when}"
    preset = next((preset_word(name) for name, region in PRESETS.items() if region == rule.region), "")
    place = QCoreApplication.translate("Words", "Region {0} × {1} % at {2}, {3} %").format(
        *(f"{value * 100:.0f}" for value in (rule.region.width, rule.region.height, rule.region.x, rule.region.y))
    )
    return "  ".join(part for part in (rule.name or preset or place, when) if part)
