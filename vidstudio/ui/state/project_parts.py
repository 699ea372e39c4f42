"""What the state of the open project is made of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from vidstudio.engine.clouds.offers import Offer
from vidstudio.engine.errors import EngineError
from vidstudio.engine.stage import Call
from vidstudio.engine.store.projects import ComparisonRecord, Project
from vidstudio.engine.types import Comparison
from vidstudio.player.session import Side
from vidstudio.ui.state.media import MediaItem


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the stage: one video, or two versions and, once it is there, their comparison."""

    a: Side
    b: Side | None = None
    record: ComparisonRecord | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a project read; `problem` is why its stage could not be restored."""

    project: Project
    items: list[MediaItem]
    shown: Shown | None
    problem: EngineError | None = None


@dataclass(frozen=True, slots=True)
class CloudQuestion:
    """Two files (content ids) cannot be compared before the person agrees to these offers for these calls."""

    a: str
    b: str
    calls: tuple[Call, ...]
    offers: tuple[Offer, ...]


@dataclass
class Pending:
    """The comparison that is being made, and whether its result was asked for."""

    record: ComparisonRecord
    a: Side
    b: Side
    loading: bool = False
    again: bool = False


class Renaming(Protocol):
    """Who can rename projects."""

    def set_name(self, project: Project, name: str) -> None:
        """Rename at once."""


class Rename(QUndoCommand):
    """A project got another name."""

    def __init__(self, state: Renaming, project: Project, name: str) -> None:
        super().__init__(QCoreApplication.translate("Project", "rename to {0}").format(name))
        self._state, self._project, self._name = state, project, name

    def redo(self) -> None:
        """The new name."""
        self._state.set_name(self._project, self._name)

    def undo(self) -> None:
        """The old name."""
        self._state.set_name(self._project, self._project.name)


def untitled() -> str:
    """Name of a new project."""
    return QCoreApplication.translate("Project", "Project of {0}").format(time.strftime("%Y-%m-%d %H:%M"))
