"""The page with a real session: what is clicked is what is on the screens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import page_comparisons as compared
import pytest
from clips import shot, write_clip
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from vidstudio.engine.time import US, Span
from vidstudio.engine.types import Comparison, Edit
from vidstudio.player.session import Session, Side
from vidstudio.ui.actions import Actions
from vidstudio.ui.shortcuts import ShortcutGuard
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.page_actions import bind_actions


@pytest.fixture
def film(tmp_path: Path) -> tuple[Comparison, tuple[Side, Side]]:
    """4 s against 5 s at 25 a second, with 1 s that only B has, from 2 s on."""
    a, b = compared.info("a", 4), compared.info("b", 5)
    files = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for number, (file, frames) in enumerate(zip(files, (100, 125), strict=True)):
        write_clip(file, shot(number, frames, (64, 36)))
    sides = (
        Side(files[0], replace(a, path=str(files[0]), width=64, height=36), compared.times(4)),
        Side(files[1], replace(b, path=str(files[1]), width=64, height=36), compared.times(5)),
    )
    edits = (
        Edit("same", Span(0, 2 * US), Span(0, 2 * US), distance=0.0),
        Edit("inserted", None, Span(2 * US, 3 * US)),
        Edit("same", Span(2 * US, 4 * US), Span(3 * US, 5 * US), distance=0.0),
    )
    whole = replace(compared.comparison(), a=sides[0].info, b=sides[1].info, edits=edits, segments=())
    return whole, sides


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, film: tuple[Comparison, tuple[Side, Side]]) -> Iterator[ComparePage]:
    guard = ShortcutGuard(qapp)
    window = QMainWindow()
    window.resize(1000, 640)
    qtbot.addWidget(window)
    state, session = CompareState(), Session()
    page = ComparePage(state, session, Actions(window))
    bind_actions(page)
    window.setCentralWidget(page)
    with qtbot.waitExposed(window):
        window.show()
    page.open_sides(*film[1])
    page.timeline.setFocus()
    yield page
    session.close()
    guard.deleteLater()


def shows(page: ComparePage, a: int, b: int) -> bool:
    return (page.screens[0].frame_number, page.screens[1].frame_number) == (a, b)


def test_side_by_side_then_along_the_edit_list(
    page: ComparePage, qtbot: QtBot, film: tuple[Comparison, tuple[Side, Side]]
) -> None:
    line = page.timeline
    assert line.time_view.duration_us == 5 * US
    page.session.seek(3_500_000)
    qtbot.waitUntil(lambda: shows(page, 87, 87))
    page.state.set_comparison(film[0])
    assert page.session.duration_us == 5 * US
    qtbot.waitUntil(lambda: page.session.settled)
    x = 48 + line.time_view.x_of(3_500_000)
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPointF(x, line.places.lanes[0].top() + 2).toPoint())
    qtbot.waitUntil(lambda: page.screens[1].frame_number in (87, 86, 88))
    assert page.screens[0].frame_number == (page.screens[1].frame_number or 0) - 25
    QTest.keyClick(line, Qt.Key.Key_Home)
    QTest.keyClick(line, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: page.session.settled and page.screens[1].frame_number == 50)
    assert page.screens[0].held
    assert not page.screens[1].held
    QTest.keyClick(line, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: page.screens[1].frame_number == 51)
    assert page.transport.time.text() == "00:00:02:01"


def test_playing_moves_the_playhead_and_stops_at_the_end(page: ComparePage, qtbot: QtBot) -> None:
    page.session.seek(4_600_000)
    qtbot.waitUntil(lambda: page.session.settled)
    QTest.keyClick(page.timeline, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.timeline.playhead_us > 4_800_000, timeout=5000)
    qtbot.waitUntil(lambda: not page.session.playing, timeout=5000)
    assert page.screens[1].frame_number == 124
