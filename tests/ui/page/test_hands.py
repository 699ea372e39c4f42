"""What hands do on the page that the other tests leave out: marks, shuttling, scrubbing, narrow panels."""

from __future__ import annotations

from dataclasses import replace

import page_comparisons as compared
import pytest
from comparisons import at_other_speeds
from dragging import drag
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vidstudio.engine.time import US, Span
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.state.prepared import Decisions, prepare
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.differences_model import DISTANCE, KIND, LENGTH, PSNR, SSIM

Key = Qt.Key


def key(page: ComparePage, code: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or page, code, modifiers)


def test_in_and_out_make_a_loop_and_ctrl_l_ends_it(page: ComparePage) -> None:
    page.session.seek(4 * US)
    key(page, Key.Key_I)
    assert page.session.looping == Span(4 * US, 36 * US)
    page.session.seek(9 * US)
    key(page, Key.Key_P)
    assert page.session.looping == Span(4 * US, 9 * US + 40_000), "the frame at the playhead is in it"
    page.session.seek(20 * US)
    key(page, Key.Key_I)
    assert page.session.looping == Span(20 * US, 36 * US), "an end before its start is given up"
    page.session.seek(2 * US)
    key(page, Key.Key_P)
    assert page.session.looping == Span(0, 2 * US + 40_000)
    assert page.table.action("play.loop").isChecked()
    key(page, Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert page.session.looping is None


def test_loop_without_a_comparison_is_all_of_it(empty_page: ComparePage) -> None:
    film = compared.comparison()
    from pathlib import Path

    from vidstudio.player.session import Side

    empty_page.open_sides(Side(Path(film.a.path), film.a, film.a_times))
    empty_page.table.action("play.loop").trigger()
    assert empty_page.session.looping == Span(0, 30 * US)


@pytest.mark.parametrize("code", [Key.Key_Space, Key.Key_K])
def test_after_playing_backward_play_goes_forward(page: ComparePage, code: Qt.Key) -> None:
    key(page, Key.Key_J)
    key(page, Key.Key_J)
    assert (page.session.playing, page.session.speed) == (True, -2.0)
    key(page, code)
    assert not page.session.playing
    key(page, code)
    assert (page.session.playing, page.session.speed) == (True, 1.0)


def test_a_chosen_speed_outlives_a_pause(page: ComparePage) -> None:
    page.session.set_speed(0.5)
    for _ in range(3):
        key(page, Key.Key_Space)
    assert (page.session.playing, page.session.speed) == (True, 0.5)


def test_dragging_the_playhead_scrubs(page: ComparePage, deck: object) -> None:
    line = page.timeline
    y = int(line.places.ruler.center().y())
    QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=QPoint(200, y))
    for x in (260, 320, 400):
        QTest.mouseMove(line, QPoint(x, y))
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=QPoint(400, y))
    scrubs: list[int] = deck.scrubs  # type: ignore[attr-defined]
    assert len(scrubs) >= 2
    assert page.session.position_us == line.time_view.time_at(400 - 48)


def test_the_columns_fit_without_scrolling_and_more_come_with_room(page: ComparePage, qtbot: QtBot) -> None:
    table = page.differences.table
    assert not table.horizontalScrollBar().isVisible()
    assert table.isColumnHidden(PSNR)
    assert table.isColumnHidden(SSIM)
    heads = table.horizontalHeader()
    for column in (KIND, LENGTH, DISTANCE):
        title = str(page.differences.model.headerData(column, Qt.Orientation.Horizontal))
        assert heads.fontMetrics().horizontalAdvance(title) + 8 <= table.columnWidth(column), title
    tip = page.differences.model.data(page.differences.model.index(1, KIND), Qt.ItemDataRole.ToolTipRole)
    assert "PSNR 22.5" in tip
    assert "SSIM 0.700" in tip
    drag(page._upper, QPoint(-250, 0))
    QApplication.processEvents()
    assert not table.isColumnHidden(PSNR)
    assert not table.isColumnHidden(SSIM)
    assert not table.horizontalScrollBar().isVisible()


def test_how_sure_a_difference_is_stands_in_its_tip_and_doubt_in_its_row(page: ComparePage) -> None:
    found = page.state.found
    assert found is not None
    edits = [replace(edit, confidence=0.31 if number == 2 else 0.8) for number, edit in enumerate(found.edits)]
    edits[2] = replace(edits[2], alternatives=(compared.span(12, 14),))
    page.state.set_comparison(replace(found, edits=tuple(edits)))
    model = page.differences.model
    rows = {model.edit_of(row): row for row in range(model.rowCount())}
    for number, row in rows.items():
        cell = model.index(row, KIND)
        tip = str(cell.data(Qt.ItemDataRole.ToolTipRole))
        assert f"Confidence {'31%' if number == 2 else '80%'}" in tip
        assert ("look for yourself" in tip) == (number == 2)
        assert ("A 00:00:12:00 to 00:00:14:00 looks the same" in tip) == (number == 2)
        assert str(cell.data()).endswith("\nnot sure") == (number == 2)
    assert 2 in rows


def test_speeds_have_room_in_their_rows(page: ComparePage) -> None:
    page.state.set_comparison(at_other_speeds())
    panel = page.differences
    shown = [str(panel.model.index(row, KIND).data()) for row in range(panel.model.rowCount())]
    assert [text.split("\n") for text in shown if text.startswith("Retimed")] == [
        ["Retimed", "reversed"],
        ["Retimed", "frozen"],
        ["Retimed", "reversed"],
        ["Retimed", "150.0%"],
    ]
    room = panel.table.columnWidth(KIND) - 28  # beside the mark
    widths = [panel.table.fontMetrics().horizontalAdvance(line) for text in shown for line in text.split("\n")]
    assert max(widths) <= room
    tip = str(panel.model.index(panel.model.rowCount() - 1, KIND).data(Qt.ItemDataRole.ToolTipRole))
    assert "150.0% speed" in tip


def test_each_side_says_its_own_time(page: ComparePage) -> None:
    page.session.seek(15 * US)  # a second into the changed shot: 11 s of A, 15 s of B
    assert [screen._time for screen in page.screens] == ["00:00:11:00", "00:00:15:00"]


def test_before_comparing_the_list_offers_to(empty_page: ComparePage, qtbot: QtBot) -> None:
    from ui.page.conftest import sides

    asked: list[bool] = []
    empty_page.table.bind("compare.run", lambda: asked.append(True))
    empty_page.table.provide(media=True)
    empty_page.open_sides(*sides())
    assert empty_page.differences.compare.isVisible()
    empty_page.differences.compare.click()
    assert asked == [True]
    empty_page.state.set_analysing(0.4)
    assert not empty_page.differences.compare.isVisible()


def test_a_comparison_may_be_prepared_beforehand(qapp: QApplication) -> None:
    state, film = CompareState(), compared.comparison()
    state.set_prepared(prepare(film, Decisions()))
    assert state.comparison is film
    assert state.layout.duration_us == 36 * US
    state.set_prepared(None)
    assert state.comparison is None
    assert state.time_map is None
