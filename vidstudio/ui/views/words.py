"""Words on screen for the kinds of edit and of change; translatable."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from vidstudio.engine.types import ChangeKind, EditKind, Metric


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
