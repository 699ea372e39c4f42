"""Words on screen for the kinds of edit and of change; translatable."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vidstudio.engine.types import AudioDifference, ChangeKind, EditKind, Metric


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
