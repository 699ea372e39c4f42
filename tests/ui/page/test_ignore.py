"""Ignoring differences on the Compare page: panel, menu, drawing, undo; nothing is run again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import page_comparisons as compared
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from vidstudio.engine.ignore.rules import PRESETS, Ignore, Region, Rule
from vidstudio.engine.types import EditKind
from vidstudio.ui.state import prepared
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.state.prepared import Decisions, IgnoreDecision, prepare
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.page_actions import ignore_menu

CHANGED = 2
"""Number of the changed edit of `page_comparisons.comparison()`: a box at 40, 30, 80 x 60, picture and colour."""


def kinds(state: CompareState) -> list[EditKind]:
    return [edit.kind for edit in state.edits]


def entry(menu: QMenu, text: str) -> None:
    next(action for action in menu.actions() if action.text() == text).trigger()


def test_a_switch_is_one_undo_step_and_asks_for_no_seek(
    page: ComparePage, state: CompareState, undo: QUndoStack
) -> None:
    kept: list[IgnoreDecision] = []
    state.ignore_decided.connect(kept.append)
    page.session.seek(5_000_000)
    page.timeline.zoom(4)
    seeks, view = list(page.session.seeks), page.timeline.time_view  # type: ignore[attr-defined]
    page.ignore.fold.click()
    page.ignore.switches["colour"].click()
    assert state.ignore.reasons == ("colour",)
    assert undo.undoText() == "ignore grade"
    assert state.edits[CHANGED].change == ("picture",)
    assert page.ignore.summary.text() == "in use", "also where no row is gone"
    entry(ignore_menu(page, CHANGED), "Ignore all changed pictures")
    assert kinds(state)[CHANGED] == "same"
    assert [page.ignore.rules.item(n).text() for n in range(page.ignore.rules.count())] == ["All changed pictures"]
    assert page.ignore.summary.text() == "1 ignored"
    undo.undo()
    undo.undo()
    assert kinds(state)[CHANGED] == "changed"
    assert not page.ignore.switches["colour"].isChecked()
    undo.redo()
    assert page.ignore.switches["colour"].isChecked()
    assert [one.ignore.reasons for one in kept] == [("colour",), ("colour", "picture"), ("colour",), (), ("colour",)]
    assert {(one.a, one.b) for one in kept} == {("a", "b")}
    assert page.session.seeks == seeks  # type: ignore[attr-defined]
    assert page.timeline.time_view == view


def test_a_region_is_drawn_with_the_mouse_on_b(page: ComparePage, state: CompareState, undo: QUndoStack) -> None:
    page.show_sides("a")
    page.table.action("ignore.region").trigger()
    screen, picker = page.screens[1], page.picker
    QApplication.processEvents()
    assert screen.isVisible()
    picture = screen.picture_rect()
    ends = [
        QPointF(picture.x() + picture.width() * x, picture.y() + picture.height() * y).toPoint()
        for x, y in ((0.25, 0.5), (0.75, 1.0))
    ]
    QTest.mouseClick(picker, Qt.MouseButton.LeftButton, pos=ends[0])
    assert picker.isVisible(), "a mere click is no region"
    QTest.mousePress(picker, Qt.MouseButton.LeftButton, pos=ends[0])
    QTest.mouseMove(picker, ends[1])
    QTest.mouseRelease(picker, Qt.MouseButton.LeftButton, pos=ends[1] + QPoint(0, 400))
    (rule,) = state.ignore.rules
    assert rule.region is not None
    region = rule.region
    drawn = (region.x, region.y, region.width, region.height)
    assert drawn == pytest.approx((0.25, 0.5, 0.5, 0.5), abs=2 / picture.height())
    assert undo.undoText() == "ignore region"
    assert not picker.isVisible()
    undo.undo()
    assert state.ignore == Ignore()


def test_a_region_is_drawn_with_the_keys(page: ComparePage, state: CompareState, undo: QUndoStack) -> None:
    picker = page.picker
    page.table.action("ignore.region").trigger()
    position = page.session.position_us
    for _ in range(3):
        QTest.keyClick(picker, Qt.Key.Key_Left)
    QTest.keyClick(picker, Qt.Key.Key_Down)
    QTest.keyClick(picker, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(picker, Qt.Key.Key_Return)
    (rule,) = state.ignore.rules
    assert rule.region is not None
    assert (rule.region.x, rule.region.y) == pytest.approx((0.37, 0.41))
    assert (rule.region.width, rule.region.height) == pytest.approx((0.21, 0.2))
    assert page.session.position_us == position, "the arrows were not the player's"
    page.table.action("ignore.region").trigger()
    QTest.keyClick(picker, Qt.Key.Key_Escape)
    assert len(state.ignore.rules) == 1
    assert page.timeline.hasFocus()


def test_the_menu_of_a_difference(page: ComparePage, state: CompareState, undo: QUndoStack) -> None:
    entry(ignore_menu(page, CHANGED), "Ignore this region")
    (rule,) = state.ignore.rules
    assert rule.region == Region(40 / 320, 30 / 180, 80 / 320, 60 / 180)
    assert state.edits[CHANGED].boxes == ()
    removed = kinds(state).index("removed")
    entry(ignore_menu(page, removed), "Ignore this span")
    assert state.ignore.rules[1].side == "a"
    assert "removed" not in kinds(state)
    inserted = kinds(state).index("inserted")
    menu = ignore_menu(page, inserted)
    assert not menu.actions()[0].isEnabled(), "it has no place in the picture"
    entry(menu, "Ignore this span")
    assert state.ignore.rules[2].span == compared.span(10, 14)
    assert "inserted" not in kinds(state)
    for _ in range(3):
        undo.undo()
    assert state.edits == compared.comparison().edits


def test_rules_are_switched_and_removed_with_the_keys(page: ComparePage, state: CompareState, undo: QUndoStack) -> None:
    page.ignore.fold.click()
    page.ignore.ignoring.add_region(PRESETS["subtitles"], "Subtitles")
    page.ignore.ignoring.add_span(compared.span(14, 18))
    assert kinds(state)[CHANGED] == "same"
    rules = page.ignore.rules
    assert [rules.item(n).text() for n in range(2)] == ["Subtitles", "B  00:00:14:00 – 00:00:18:00"]
    rules.setFocus()
    rules.setCurrentRow(1)
    QTest.keyClick(rules, Qt.Key.Key_Space)
    assert kinds(state)[CHANGED] == "changed"
    assert undo.undoText() == "switch a rule off"
    QTest.keyClick(rules, Qt.Key.Key_Delete)
    assert [rule.name for rule in state.ignore.rules] == ["Subtitles"]
    page.ignore.least.setValue(4.5)
    assert state.ignore.least_us == 4_500_000
    assert set(kinds(state)) == {"same"}
    for _ in range(5):
        undo.undo()
    assert state.ignore == Ignore()


def test_from_in_to_out(page: ComparePage, state: CompareState) -> None:
    page.session.seek(13_000_000)
    page.table.action("play.mark_in").trigger()
    page.session.seek(15_960_000)
    page.table.action("play.mark_out").trigger()
    page.table.action("ignore.span").trigger()
    (rule,) = state.ignore.rules
    assert (rule.span, rule.side) == (compared.span(13, 16), "b")
    parts = [(e.kind, e.b) for e in state.edits if e.b and 10_000_000 <= e.b.start_us < 18_000_000]
    assert parts == [
        ("inserted", compared.span(10, 13)),
        ("same", compared.span(13, 14)),
        ("same", compared.span(14, 16)),
        ("changed", compared.span(16, 18)),
    ]


def test_ignored_ones_are_shown_faintly_when_asked(page: ComparePage, state: CompareState) -> None:
    page.ignore.ignoring.add_span(compared.span(14, 18))
    before = state.statistics()
    rows = page.differences.model.rowCount()
    assert page.table.action("ignore.show").isEnabled()
    page.table.action("ignore.show").trigger()
    assert kinds(state)[CHANGED] == "changed"
    assert state.layout.ignored.tolist() == [number == CHANGED for number in range(len(state.edits))]
    assert page.differences.model.rowCount() == rows + 1
    assert state.statistics().counts == before.counts
    row = page.differences.model.row_of(CHANGED)
    assert row is not None
    assert page.differences.model.index(row, 0).data() == "Changed\nignored"
    kept = state.view()
    assert kept["show_ignored"] is True
    state.restore({"show_ignored": False})
    assert kinds(state)[CHANGED] == "same"


def test_what_is_ignored_is_never_over_the_threshold(state: CompareState) -> None:
    state.set_comparison(compared.comparison())
    state.set_threshold(0.1)
    assert int(state.over().sum()) == 3, "two of the changed edit, one far apart in the last"
    state.set_ignore(Ignore((Rule("1", span=compared.span(14, 18)),)))
    assert int(state.over().sum()) == 1
    last = len(state.edits) - 1
    assert state.is_over(last)
    state.set_ignore(Ignore((Rule("1", span=compared.span(28, 30)),)))
    assert not state.is_over(len(state.edits) - 1)
    assert not state.is_difference()[-1]


def test_undo_after_another_comparison_was_opened_is_for_the_first(state: CompareState, undo: QUndoStack) -> None:
    state.set_comparison(compared.comparison())
    state.decide_ignore(Ignore(reasons=("colour",)), "Ignore grade")
    other = compared.comparison()
    state.set_comparison(replace(other, b=replace(other.b, content_id="c")))
    kept: list[IgnoreDecision] = []
    state.ignore_decided.connect(kept.append)
    undo.undo()
    assert [(one.b, one.ignore) for one in kept] == [("b", Ignore())]
    assert state.edits == other.edits


def test_a_large_comparison_is_laid_out_elsewhere(qtbot: object, state: CompareState) -> None:
    state.set_comparison(compared.long_comparison(prepared.LARGE))
    first = state.edits
    state.set_ignore(Ignore(least_us=10**12))
    assert state.edits is first, "not at once"
    qtbot.waitUntil(lambda: state.edits is not first, timeout=10_000)  # type: ignore[attr-defined]
    assert {edit.kind for edit in state.edits} == {"same"}
    assert state.close()


def test_times_agree_however_they_are_cut() -> None:
    made = compared.comparison()
    plain = prepare(made, Decisions()).time_map
    cut = prepare(made, Decisions(Ignore((Rule("1", span=compared.span(11, 20)),)), True)).time_map
    assert len(cut.rows) > len(plain.rows)
    assert plain.agrees(cut)
    moved = prepare(replace(made, edits=made.edits[1:]), Decisions()).time_map
    assert not plain.agrees(moved)
    assert np.array_equal(prepare(made, Decisions()).layout.ignored, np.zeros(len(made.edits), bool))
