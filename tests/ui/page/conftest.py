"""A Compare page with a session that only remembers what it was asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import page_comparisons as compared
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from vidstudio.engine.alignment.edits.timemap import TimeMap
from vidstudio.engine.errors import EngineError
from vidstudio.engine.time import Span
from vidstudio.player.screen import Screen
from vidstudio.player.session import Position, Side
from vidstudio.player.signals import signal
from vidstudio.ui.actions import Actions
from vidstudio.ui.shortcuts import ShortcutGuard
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.theme import apply_theme
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.page_actions import bind_actions


class Deck(QObject):
    """Stands in for a Session: no decoder, every seek arrives at once."""

    moved = signal(Position)
    playing_changed = signal()
    speed_changed = signal()
    failed = signal(EngineError)

    def __init__(self) -> None:
        super().__init__()
        self.position_us = 0
        self.duration_us = 0
        self.playing = False
        self.speed = 1.0
        self.looping: Span | None = None
        self.seeks: list[int] = []
        self.scrubs: list[int] = []
        self.steps: list[int] = []
        self.heard: list[int | None] = []
        self.map: TimeMap | None = None

    def open(self, sides: Sequence[Side], time_map: TimeMap) -> None:
        self.set_map(time_map)

    def set_map(self, time_map: TimeMap) -> None:
        self.map, self.duration_us = time_map, time_map.duration_us

    def attach(self, side: int, screen: Screen) -> None:
        """Nothing to show."""

    def seek(self, master_us: int) -> None:
        self.position_us = master_us
        self.seeks.append(master_us)
        assert self.map is not None
        self.moved.emit(Position(master_us, tuple(self.map.side_time(n, master_us) for n in range(self.map.sides))))

    def scrub(self, master_us: int) -> None:
        self.scrubs.append(master_us)
        self.seek(master_us)

    def step(self, frames: int) -> None:
        self.steps.append(frames)

    def play(self) -> None:
        self.playing = True
        self.playing_changed.emit()

    def pause(self) -> None:
        self.playing = False
        self.playing_changed.emit()

    def toggle(self) -> None:
        self.pause() if self.playing else self.play()

    def set_speed(self, speed: float) -> None:
        self.speed = min(max(abs(speed), 0.25), 4.0) * (-1 if speed < 0 else 1)
        self.speed_changed.emit()

    def loop(self, span: Span | None) -> None:
        self.looping = span

    def listen(self, side: int | None) -> None:
        self.heard.append(side)

    def close(self) -> None:
        self.map = None


@pytest.fixture
def undo() -> Iterator[QUndoStack]:
    """The undo steps of the window."""
    stack = QUndoStack()
    yield stack
    stack.clear()


@pytest.fixture
def state(undo: QUndoStack, qapp: QApplication) -> CompareState:
    """An empty view state."""
    return CompareState(undo=undo)


@pytest.fixture
def deck(qapp: QApplication) -> Deck:
    """The stand-in session."""
    return Deck()


def sides() -> tuple[Side, Side]:
    """The two sides of `compared.comparison()`."""
    film = compared.comparison()
    return (
        Side(Path(film.a.path), film.a, film.a_times),
        Side(Path(film.b.path), film.b, film.b_times),
    )


@pytest.fixture
def empty_page(qtbot: QtBot, qapp: QApplication, state: CompareState, deck: Deck) -> Iterator[ComparePage]:
    """A page in a shown window of 1280x720, nothing open."""
    apply_theme(qapp, "dark")
    guard = ShortcutGuard(qapp)
    window = QMainWindow()
    window.resize(1280, 720)
    qtbot.addWidget(window)
    page = ComparePage(state, deck, Actions(window))  # type: ignore[arg-type]
    bind_actions(page)
    window.setCentralWidget(page)
    with qtbot.waitExposed(window):
        window.show()
    yield page
    guard.deleteLater()


@pytest.fixture
def page(empty_page: ComparePage, state: CompareState) -> ComparePage:
    """The page with both sides open and compared."""
    empty_page.open_sides(*sides())
    state.set_comparison(compared.comparison())
    empty_page.timeline.setFocus()
    QApplication.processEvents()
    return empty_page
