"""Words on screen for the kinds of edit and of change; translatable."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from vidstudio.engine.alignment.edits.versions import State
from vidstudio.engine.exports.words import speed_text
from vidstudio.engine.ignore.rules import PRESETS, Reason, Rule
from vidstudio.engine.types import AudioDifference, ChangeKind, Edit, EditKind, Metric
from vidstudio.engine.verdict import is_surplus
from vidstudio.ui.views.timeline_model import TimeText


def kind_help(kind: EditKind, aligned: bool = True) -> str:
    """What a kind of edit means."""
    if is_surplus(kind, aligned):
        only_b = QCoreApplication.translate("Words", "B goes on after A has ended")
        return only_b if kind == "inserted" else QCoreApplication.translate("Words", "A goes on after B has ended")
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
    short = {
        "local": QCoreApplication.translate("Words", "area"),
        "geometry": QCoreApplication.translate("Words", "framing"),
    }
    return short.get(change) or change_word(change)


def changes_short(changes: Sequence[ChangeKind]) -> str:
    """The first of the changes and how many more there are, where there is hardly any room; nothing for none."""
    words = [change_short(change) for change in changes[:1]]
    return " ".join(words + [f"+{len(changes) - 1}"] * (len(changes) > 1))


def speed_short(edit: Edit) -> str:
    """As `speed_text`, where there is hardly any room."""
    if not speed_text(edit):
        return ""
    if not edit.speed:
        return QCoreApplication.translate("Words", "frozen")
    return QCoreApplication.translate("Words", "reversed") if edit.speed < 0 else f"{edit.speed:.1%}"


def audio_word(one: AudioDifference) -> str:
    """What sounds different, for people."""
    if one.kind == "level":
        louder = QCoreApplication.translate("Words", "{0} dB louder")
        softer = QCoreApplication.translate("Words", "{0} dB softer")
        return (louder if one.level_db > 0 else softer).format(f"{abs(one.level_db):.1f}")
    if one.kind == "offset":
        late = QCoreApplication.translate("Words", "sound {0} ms late")
        early = QCoreApplication.translate("Words", "sound {0} ms early")
        return (late if one.offset_us > 0 else early).format(f"{abs(one.offset_us) / 1000:.0f}")
    if one.kind in ("silent", "missing"):
        text = QCoreApplication.translate("Words", "silent in {0}")
        if one.kind == "missing":
            text = QCoreApplication.translate("Words", "no sound in {0}")
        return text.format(one.side.upper())
    if one.kind == "content":
        return QCoreApplication.translate("Words", "other sound")
    return QCoreApplication.translate("Words", "sound at another speed")


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
    place = QCoreApplication.translate("Words", "Region {0}% × {1}% at {2}%, {3}%").format(
        *(f"{value * 100:.0f}" for value in (rule.region.width, rule.region.height, rule.region.x, rule.region.y))
    )
    return "  ".join(part for part in (rule.name or preset or place, when) if part)
