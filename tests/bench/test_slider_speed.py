"""The threshold slider at two hours of scores, dragged with the mouse on the whole page.

Always on, with the processor time of the GUI thread: what other programs take does not count, and no machine
may need more than a frame of 60 a second. The time on the wall only on request (VIDSTUDIO_BENCH=1).
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import page_comparisons as compared
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from vidstudio.player.session import Session, Side
from vidstudio.ui.actions import Actions
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.theme import apply_theme
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.page_actions import bind_actions

pytestmark = pytest.mark.alone

SEGMENTS = 3600
FRAME_MS = 16.0
TRIES = 3


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication) -> Iterator[ComparePage]:
    """The page with two hours of scores, 360 edits, in a window of 1600x1000."""
    apply_theme(qapp, "dark")
    whole = compared.long_comparison(SEGMENTS)
    window = QMainWindow()
    window.resize(1600, 1000)
    qtbot.addWidget(window)
    state, session = CompareState(), Session()
    page = ComparePage(state, session, Actions(window))
    bind_actions(page)
    window.setCentralWidget(page)
    with qtbot.waitExposed(window):
        window.show()
    sides = (Side(Path("a.mp4"), whole.a, whole.a_times), Side(Path("b.mp4"), whole.b, whole.b_times))
    page.open_sides(*sides)
    state.set_comparison(whole)
    qtbot.wait(100)  # the files are none, which is said by now; only what is drawn counts
    yield page
    session.close()


def drag(page: ComparePage, clock: Callable[[], float], every: int = 3) -> list[float]:
    """Milliseconds of each step of a drag from one end to the other and back, with all that is redrawn."""
    slider = page.threshold.slider
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    part = QStyle.SubControl.SC_SliderHandle
    start = slider.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, slider).center()
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    width = slider.width()
    spent = []
    for x in [*range(0, width, every), *range(width, 0, -every)]:
        place = QPointF(x, start.y())
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            QPointF(slider.mapToGlobal(place.toPoint())),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        began, before = clock(), page.state.threshold
        QApplication.sendEvent(slider, event)
        QApplication.processEvents()
        if page.state.threshold != before:
            spent.append((clock() - began) * 1000)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(width // 3, start.y()))
    assert len(spent) > 100 // every
    return spent


def p95(spent: list[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.95)]


def test_a_step_of_the_slider_costs_less_than_a_frame(page: ComparePage) -> None:
    tries = []
    for _ in range(TRIES):
        tries.append(p95(drag(page, time.thread_time)))
        if tries[-1] <= FRAME_MS:
            return
    pytest.fail(f"95 of 100 steps of the slider cost up to {tries} ms")


def test_a_slow_step_would_be_seen(page: ComparePage) -> None:
    def dawdle() -> None:
        until = time.thread_time() + 0.018
        while time.thread_time() < until:
            pass

    page.state.threshold_changed.connect(dawdle)
    assert p95(drag(page, time.thread_time, every=12)) > FRAME_MS


@pytest.mark.skipif(not os.environ.get("VIDSTUDIO_BENCH"), reason="set VIDSTUDIO_BENCH=1 to time it")
def test_a_step_of_the_slider_takes_less_than_a_frame_on_the_wall(page: ComparePage) -> None:
    spent = drag(page, time.perf_counter)
    print(f"slider: median {statistics.median(spent):.2f} ms, p95 {p95(spent):.2f} ms")  # noqa: T201
    assert p95(spent) <= FRAME_MS
