"""The Compare page, worked with as a person does: mouse, keys, eyes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import page_comparisons as compared
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QUndoStack, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from ui.page.conftest import sides

from vidstudio.engine.time import US
from vidstudio.player.session import Side
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.theme import tokens
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.differences_model import DISTANCE
from vidstudio.ui.views.video_export import VideoExportDialog

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SAME_AT_15 = 31 * US
"""Inside the one segment at distance 0.15 of an edit that is the same."""


def at(page: ComparePage, time_us: int, side: int = 0) -> QPoint:
    """Point of a time in a lane, above its marks."""
    line = page.timeline
    return QPointF(48 + line.time_view.x_of(time_us), line.places.lanes[side].top() + 3).toPoint()


def colour(page: ComparePage, point: QPoint) -> QColor:
    QApplication.processEvents()
    return page.timeline.grab().toImage().pixelColor(point)


def key(page: ComparePage, code: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """A key as the window gets it, so that shortcuts are tried."""
    QTest.keyClick(QApplication.focusWidget() or page, code, modifiers)


def far(a: QColor, b: QColor) -> int:
    return abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue())


# Threshold


def test_dragging_the_slider_recolours_while_it_is_dragged(page: ComparePage, undo: QUndoStack) -> None:
    slider, orange = page.threshold.slider, tokens(page).kind("changed")
    place = at(page, SAME_AT_15)
    assert far(colour(page, place), orange) < 12  # 0.15 is over 0.1
    y = slider.height() // 2
    from PySide6.QtWidgets import QStyle, QStyleOptionSlider

    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    start = handle.center()
    QTest.mousePress(slider, LEFT, NONE, start)
    seen = []
    for x in range(start.x(), start.x() + 120, 20):
        QTest.mouseMove(slider, QPoint(x, y))
        seen.append((page.state.threshold, far(colour(page, place), orange) < 12))
    assert [value for value, _ in seen] == sorted(value for value, _ in seen)
    assert any(over for _, over in seen), seen
    assert any(not over for _, over in seen), seen
    assert all(over == (value < 0.15) for value, over in seen)
    assert undo.count() == 0
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(start.x() + 100, y))
    assert undo.count() == 1
    undo.undo()
    assert page.state.threshold == pytest.approx(0.1)
    assert far(colour(page, place), orange) < 12


def test_dragging_the_line_on_the_curve(page: ComparePage, undo: QUndoStack) -> None:
    line = page.timeline
    x = int(line.places.curve.left()) + 40
    start = QPoint(x, round(line.places.threshold_y(0.1)))
    QTest.mousePress(line, LEFT, NONE, start)
    QTest.mouseMove(line, QPoint(x, round(line.places.threshold_y(0.5))))
    assert page.state.threshold == pytest.approx(0.5, abs=0.06)
    assert page.threshold.field.value() == pytest.approx(page.state.threshold, abs=0.001)
    QTest.mouseRelease(line, LEFT, NONE, QPoint(x, round(line.places.threshold_y(0.5))))
    assert undo.count() == 1
    assert page.session.seeks == []  # type: ignore[attr-defined]


def test_the_threshold_by_keys_and_field(page: ComparePage, undo: QUndoStack) -> None:
    page.timeline.setFocus()
    key(page, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert page.state.threshold > 0.1
    page.threshold.slider.setFocus()
    key(page, Qt.Key.Key_Left)
    key(page, Qt.Key.Key_Left)
    assert page.state.threshold < 0.1
    page.threshold.field.setFocus()
    page.threshold.field.selectAll()
    QTest.keyClicks(page.threshold.field, "0.25")
    key(page, Qt.Key.Key_Return)
    assert page.state.threshold == pytest.approx(0.25)
    assert undo.count() >= 3


def test_the_metric_is_chosen(page: ComparePage) -> None:
    combo = page.threshold.metrics
    combo.setFocus()
    key(page, Qt.Key.Key_Down)
    assert page.state.metric == "euclidean"
    assert page.statistics.sentence.text().startswith("55.6%")


# Timeline


def test_a_click_on_the_timeline_seeks_there(page: ComparePage) -> None:
    QTest.mouseClick(page.timeline, LEFT, NONE, at(page, 15 * US))
    (asked,) = page.session.seeks  # type: ignore[attr-defined]
    assert abs(asked - 15 * US) <= page.timeline.time_view.us_per_px
    assert page.timeline.playhead_us == asked
    assert page.transport.time.text().startswith("00:00:1")


def test_double_click_and_enter_choose_an_edit(page: ComparePage) -> None:
    QTest.mouseDClick(page.timeline, LEFT, NONE, at(page, 22 * US))
    assert page.state.selected == 4
    page.state.select(None)
    page.session.seek(15 * US)
    page.timeline.setFocus()
    key(page, Qt.Key.Key_Return)
    assert page.state.selected == 2
    assert page.differences.table.currentIndex().row() == page.differences.model.row_of(2)


def wheel(page: ComparePage, point: QPoint, notches: int) -> None:
    event = QWheelEvent(
        QPointF(point),
        QPointF(page.timeline.mapToGlobal(point)),
        QPoint(0, 0),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(page.timeline, event)


def test_the_wheel_zooms_around_the_cursor_and_a_drag_pans(page: ComparePage) -> None:
    line, point = page.timeline, at(page, 16 * US)
    before = line.time_view.time_at(point.x() - 48)
    for _ in range(5):
        wheel(page, point, 1)
    assert not line.time_view.is_fitted
    assert abs(line.time_view.time_at(point.x() - 48) - before) < 5000
    start = line.time_view.start_us
    QTest.mousePress(line, LEFT, NONE, point)
    for dx in (10, 40, 80):
        QTest.mouseMove(line, point + QPoint(dx, 0))
    QTest.mouseRelease(line, LEFT, NONE, point + QPoint(80, 0))
    assert line.time_view.start_us == pytest.approx(start - 80 * line.time_view.us_per_px, rel=1e-6)
    assert page.session.seeks == []  # type: ignore[attr-defined]
    page.panel.scroller.setValue(page.panel.scroller.maximum())
    assert line.time_view.end_us == pytest.approx(36 * US, rel=1e-3)
    key(page, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert line.time_view.is_fitted


def test_gaps_are_seen_and_kinds_differ_in_colour(page: ComparePage) -> None:
    theme = tokens(page)
    for side, time_us, kind in ((1, 11 * US, "inserted"), (0, 18_300_000, "removed"), (1, 21 * US, "moved")):
        assert far(colour(page, at(page, time_us, side)), theme.kind(kind)) < 12  # type: ignore[arg-type]
    for side, time_us in ((0, 11 * US), (1, 19 * US)):
        seen = colour(page, at(page, time_us, side))
        assert far(seen, theme.surface) < 3 * 40
        assert far(seen, theme.kind("inserted")) > 60


def test_hovering_says_what_is_there(page: ComparePage) -> None:
    words = page.timeline.describe(15 * US)
    assert "00:00:15:00" in words
    assert "Changed" in words
    assert "0.300" in words


# Differences


def test_keys_on_a_sorted_list_follow_the_list(page: ComparePage) -> None:
    table = page.differences.table
    table.sortByColumn(DISTANCE, Qt.SortOrder.DescendingOrder)
    table.setFocus()
    table.setCurrentIndex(page.differences.model.index(0, 0))
    key(page, Qt.Key.Key_Down)
    assert page.state.selected == 6
    key(page, Qt.Key.Key_Tab)
    assert not table.hasFocus()
    assert page.screens[1].isVisible()


def test_keys_go_from_difference_to_difference(page: ComparePage) -> None:
    page.timeline.setFocus()
    visited = []
    for _ in range(8):
        key(page, Qt.Key.Key_Down)
        visited.append(page.state.selected)
    assert visited == [1, 2, 3, 4, 5, 6, 6, 6]
    key(page, Qt.Key.Key_Up)
    assert page.state.selected == 5
    assert page.session.seeks[-1] == 24 * US  # type: ignore[attr-defined]
    assert page.differences.table.currentIndex().row() == page.differences.model.row_of(5)


def test_arrows_in_the_list_seek_and_click_too(page: ComparePage) -> None:
    table = page.differences.table
    table.setFocus()
    table.setCurrentIndex(page.differences.model.index(0, 0))
    key(page, Qt.Key.Key_Down)
    assert (page.state.selected, page.session.seeks[-1]) == (2, 14 * US)  # type: ignore[attr-defined]
    place = table.visualRect(page.differences.model.index(3, 1)).center()
    QTest.mouseClick(table.viewport(), LEFT, NONE, place)
    assert (page.state.selected, page.session.position_us) == (4, 20 * US)
    page.session.seek(0)
    QTest.mouseClick(table.viewport(), LEFT, NONE, place)
    assert page.session.position_us == 20 * US


def test_filters(page: ComparePage) -> None:
    panel = page.differences
    assert panel.model.rowCount() == 6
    panel.kind_actions["same"].setChecked(True)
    assert panel.model.rowCount() == 7
    panel.kind_actions["same"].setChecked(False)
    panel.kind_actions["moved"].setChecked(False)
    panel.kind_actions["removed"].setChecked(False)
    assert panel.model.shown.tolist() == [1, 2, 5]
    for kind in ("moved", "removed"):
        panel.kind_actions[kind].setChecked(True)  # type: ignore[index]
    QTest.keyClicks(panel.search, "colour")
    assert panel.model.shown.tolist() == [2]
    panel.search.setText("00:00:22")
    assert panel.model.shown.tolist() == [4, 5]
    panel.search.setText("nothing like it")
    assert "filter" in panel._empty.text()
    assert panel._empty.isVisible()


def test_sorting(page: ComparePage) -> None:
    panel = page.differences
    panel.table.sortByColumn(DISTANCE, Qt.SortOrder.DescendingOrder)
    order = [panel.model.edit_of(row) for row in range(panel.model.rowCount())]
    assert order[:4] == [2, 6, 5, 4]
    key(page, Qt.Key.Key_Down)
    assert page.state.selected == 1  # the key follows the timeline, not the sorting


def test_the_list_follows_the_threshold(page: ComparePage) -> None:
    page.state.set_threshold(0.4)
    assert page.differences.model.rowCount() == 5
    page.state.set_threshold(0.01)
    assert page.differences.model.rowCount() == 7


def test_what_an_empty_list_says(page: ComparePage, state: CompareState) -> None:
    words = page.differences._empty
    state.set_comparison(None)
    assert words.text() == "Not compared yet"
    state.set_analysing(0.42)
    assert words.text() == "Analysing … 42%"
    state.set_analysing(None)
    same = compared.comparison()
    from dataclasses import replace

    state.set_comparison(replace(same, edits=same.edits[:1], segments=same.segments[:5]))
    assert words.text() == "No differences found"


# Transport and the page


def test_typing_a_time_goes_there(page: ComparePage) -> None:
    page.timeline.setFocus()
    key(page, Qt.Key.Key_G)
    assert page.transport.time.hasFocus()
    QTest.keyClicks(page.transport.time, "00:00:12:10")
    key(page, Qt.Key.Key_Return)
    assert page.session.seeks == [12_400_000]  # type: ignore[attr-defined]
    assert page.timeline.hasFocus()
    assert page.transport.time.text() == "00:00:12:10"


def test_a_time_that_is_none_is_said_and_esc_leaves(page: ComparePage) -> None:
    key(page, Qt.Key.Key_G)
    QTest.keyClicks(page.transport.time, "soon")
    key(page, Qt.Key.Key_Return)
    assert page.session.seeks == []  # type: ignore[attr-defined]
    assert "no time" in page.transport.time.accessibleDescription()
    key(page, Qt.Key.Key_Escape)
    assert page.transport.time.text() == "00:00:00:00"
    assert page.timeline.hasFocus()


def test_playing_by_keys(page: ComparePage) -> None:
    deck = page.session
    key(page, Qt.Key.Key_Space)
    assert deck.playing
    key(page, Qt.Key.Key_K)
    assert not deck.playing
    key(page, Qt.Key.Key_L)
    assert (deck.playing, deck.speed) == (True, 1.0)
    key(page, Qt.Key.Key_L)
    assert deck.speed == 2.0
    assert page.transport.speed.currentText() == "2×"
    key(page, Qt.Key.Key_J)
    assert deck.speed == -1.0
    assert page.transport.speed.currentIndex() == -1
    key(page, Qt.Key.Key_Right)
    key(page, Qt.Key.Key_Left)
    assert deck.steps == [1, -1]  # type: ignore[attr-defined]
    key(page, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    key(page, Qt.Key.Key_Home)
    key(page, Qt.Key.Key_End)
    assert deck.seeks == [US, 0, 36 * US]  # type: ignore[attr-defined]


def test_speed_and_sound_are_chosen(page: ComparePage) -> None:
    page.transport.speed.setFocus()
    key(page, Qt.Key.Key_Up)
    assert page.session.speed == 0.5
    page.transport.sound.setFocus()
    key(page, Qt.Key.Key_Down)
    key(page, Qt.Key.Key_Down)
    assert page.session.heard == [0, 1, None]  # type: ignore[attr-defined]


def test_only_what_has_sound_can_be_heard(empty_page: ComparePage) -> None:
    sound, session = empty_page.transport.sound, empty_page.session
    a, b = sides()
    silent = replace(a, info=replace(a.info, audio=()))
    empty_page.open_sides(silent, b)
    assert sound.isEnabled()
    assert sound.currentText() == "B", "A has none"
    assert session.heard[-1] == 1  # type: ignore[attr-defined]
    sound.setFocus()
    key(empty_page, Qt.Key.Key_Up)
    assert sound.currentText() == "B"
    empty_page.open_sides(replace(silent, path=Path("/clips/silent.mp4")))
    assert not sound.isEnabled()
    assert sound.toolTip() == "There is no sound"
    for heard, offered in (((True, True), "Of B Of A None"), ((True, False), "Of A None"), ((False, False), "None")):
        dialog = VideoExportDialog(Path("/clips/out.mp4"), heard, empty_page)
        assert " ".join(dialog.sound.itemText(n) for n in range(dialog.sound.count())) == offered
        assert dialog.sound.isEnabled() == any(heard)
        assert dialog.request().sound == {"Of B": "b", "Of A": "a", "None": "none"}[dialog.sound.itemText(0)]


def test_sides_are_cycled_with_tab(page: ComparePage) -> None:
    a, b = page.screens
    seen = []
    for _ in range(3):
        page.table.action("view.cycle_sides").trigger()
        seen.append((a.isVisible(), b.isVisible()))
    assert seen == [(True, False), (False, True), (True, True)]


def test_the_chosen_difference_is_looped(page: ComparePage) -> None:
    page.state.select(2)
    page.table.action("play.loop").trigger()
    assert page.session.looping is not None
    assert (page.session.looping.start_us, page.session.looping.end_us) == (14 * US, 18 * US)
    page.table.action("play.loop").trigger()
    assert page.session.looping is None


def test_boxes_of_the_chosen_difference_are_outlined_while_in_it(page: ComparePage) -> None:
    page.state.select(2)
    page.go_to_edit(2)
    assert page.screens[1]._boxes == ((40, 30, 80, 60),)
    page.session.seek(30 * US)
    assert page.screens[1]._boxes == ()


def test_the_empty_page_asks_for_videos(empty_page: ComparePage, qtbot: QtBot) -> None:
    assert empty_page.open_button.isVisible()
    with qtbot.waitSignal(empty_page.open_asked):  # type: ignore[arg-type]
        qtbot.mouseClick(empty_page.open_button, LEFT)
    with qtbot.waitSignal(empty_page.demo_asked):  # type: ignore[arg-type]
        qtbot.mouseClick(empty_page.demo_button, LEFT)
    assert not empty_page.table.action("play.toggle").isEnabled()


def test_one_video_alone(empty_page: ComparePage) -> None:
    film = compared.comparison()
    from pathlib import Path

    empty_page.open_sides(Side(Path(film.a.path), film.a, film.a_times))
    assert empty_page.screens[0].isVisible()
    assert not empty_page.screens[1].isVisible()
    assert not empty_page.differences.isVisible()
    assert empty_page.timeline.time_view.duration_us == 30 * US
    QTest.mouseClick(empty_page.timeline, LEFT, NONE, at(empty_page, 15 * US))
    assert abs(empty_page.session.position_us - 15 * US) < 50_000


def test_the_view_is_kept(page: ComparePage) -> None:
    page.state.select(3)
    page.state.set_threshold(0.33)
    page.timeline.zoom(5, 300)
    page.session.seek(19 * US)
    kept = json.loads(json.dumps(page.view()))
    page.timeline.fit()
    page.state.select(None)
    page.state.set_threshold(0.1)
    page.restore(kept)
    assert (page.state.selected, page.state.threshold, page.session.position_us) == (3, 0.33, 19 * US)
    assert page.timeline.time_view.us_per_px == pytest.approx(kept["zoom"][1])
    page.restore({"dragged": {"players": [0, 0], "inspector": -3}, "zoom": None, "compare": None})


# Eyes


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_nothing_is_cut_off_or_covered(page: ComparePage, size: tuple[int, int]) -> None:
    page.window().resize(*size)
    QApplication.processEvents()
    area = page.rect()
    for widget in page.findChildren(QWidget):
        inside = widget.parentWidget() in (page.transport, page.threshold, page.statistics, page.panel)
        if not inside or not widget.isVisible():
            continue
        box = widget.rect().translated(widget.mapTo(page, QPoint(0, 0)))
        assert area.contains(box), (widget, box)
        assert widget.width() >= min(widget.minimumSizeHint().width(), widget.sizeHint().width()), widget
    assert page.window().size().width() == size[0]


def test_everything_a_hand_can_hold_has_a_name(page: ComparePage) -> None:
    nameless = [
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and not widget.objectName().startswith("qt_")
    ]
    assert not nameless, nameless


def test_the_list_follows_a_drag_a_little_later(page: ComparePage, qtbot: QtBot) -> None:
    page.state.begin_threshold()
    page.state.set_threshold(0.4)
    assert page.differences.model.rowCount() == 6
    qtbot.waitUntil(lambda: page.differences.model.rowCount() == 5)
    page.state.end_threshold()
