"""Two versions compared at equal times: the list is of segments over the threshold, and follows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import page_comparisons as compared
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QUndoStack
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from vidstudio.engine.ignore.rules import Ignore, Rule
from vidstudio.engine.time import US
from vidstudio.engine.verdict import decided
from vidstudio.player.session import Side
from vidstudio.ui.state import prepared
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.differences_model import KIND, A, B
from vidstudio.ui.views.timeline_panel import LegendKey

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def plain(empty_page: ComparePage) -> ComparePage:
    """A page that shows `compared.plain_comparison()`."""
    film = compared.plain_comparison()
    empty_page.open_sides(
        *(Side(Path(one.path), one, t) for one, t in ((film.a, film.a_times), (film.b, film.b_times)))
    )
    empty_page.state.set_comparison(film)
    return empty_page


def listed(page: ComparePage) -> list[tuple[str, str, str]]:
    """What stands in the list: kind and times of each row."""
    model = page.differences.model
    rows = [tuple(model.index(row, column).data() for column in (KIND, A, B)) for row in range(model.rowCount())]
    return [(str(kind).split("\n")[0], str(a).replace("\n", " "), str(b).replace("\n", " ")) for kind, a, b in rows]


def slide_to_the_right(page: ComparePage, steps: int) -> list[int]:
    """Drag the threshold's slider; how many rows there were on the way."""
    slider, option = page.threshold.slider, QStyleOptionSlider()
    slider.initStyleOption(option)
    part = QStyle.SubControl.SC_SliderHandle
    at = slider.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, slider).center()
    QTest.mousePress(slider, LEFT, NONE, at)
    rows = []
    for step in range(steps):
        QTest.mouseMove(slider, at + QPoint(10 * step, 0))
        rows.append(page.differences.model.rowCount())
    QTest.mouseRelease(slider, LEFT, NONE, at + QPoint(10 * (steps - 1), 0))
    return rows


def test_segments_over_the_threshold_and_those_that_only_one_has_are_listed(plain: ComparePage) -> None:
    assert plain.state.threshold == pytest.approx(0.1)
    assert listed(plain) == [
        ("Changed", "00:00:02:00 00:00:06:00", "00:00:02:00 00:00:06:00"),
        ("Surplus", "–", "00:00:10:00 00:00:13:00"),
    ]
    assert plain.differences.table.isVisible()
    assert plain.state.statistics().counts["changed"] == 1


def test_the_list_follows_the_slider(plain: ComparePage, undo: QUndoStack) -> None:
    rows = slide_to_the_right(plain, 20)
    assert plain.state.threshold > 0.3
    assert (rows[0], rows[-1]) == (2, 1)
    assert [kind for kind, _, _ in listed(plain)] == ["Surplus"]
    undo.undo()
    assert [kind for kind, _, _ in listed(plain)] == ["Changed", "Surplus"]
    plain.threshold.field.setValue(0.01)
    assert listed(plain)[0] == ("Changed", "00:00:00:00 00:00:09:12", "00:00:00:00 00:00:10:00")


@pytest.mark.parametrize("threshold", [0.0, 0.04, 0.1, 0.29, 0.5, 2.0])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_it_is_the_list_that_the_command_line_gives(state: CompareState, metric: str, threshold: float) -> None:
    film = compared.plain_comparison()
    state.set_comparison(film)
    state.set_metric(metric)  # type: ignore[arg-type]
    state.set_threshold(threshold)
    assert state.edits == decided(film, metric, threshold).edits  # type: ignore[arg-type]


def test_the_chosen_difference_stays_chosen_while_it_is_one(plain: ComparePage) -> None:
    plain.state.select(1)
    plain.state.set_threshold(0.01)
    assert plain.state.selected == 0
    plain.state.select(None)
    plain.state.set_threshold(0.1)
    plain.state.select(1)
    plain.state.set_threshold(0.5)
    assert plain.state.selected is None


def test_both_sides_run_at_the_same_time_whatever_the_threshold(plain: ComparePage, deck: object) -> None:
    for threshold in (0.01, 0.1, 0.5):
        plain.state.set_threshold(threshold)
        time_map = plain.state.time_map
        assert time_map is not None
        assert time_map.duration_us == 13 * US
        for second in range(13):
            of_a, of_b = (time_map.side_time(side, second * US) for side in (0, 1))
            assert of_b.time_us == second * US
            assert of_a.held if second >= 9.5 else of_a.time_us == second * US
    assert deck.seeks == []  # type: ignore[attr-defined]


def test_where_segments_are_does_not_hang_on_how_edits_are_cut(state: CompareState) -> None:
    state.set_comparison(compared.plain_comparison(last_of_a=0.3))
    for threshold in (0.01, 0.5):
        state.set_threshold(threshold)
        starts, ends, _ = state.scores()
        assert starts.tolist() == [n * 2 * US for n in range(7)]
        assert ends.tolist() == [2 * US, 4 * US, 6 * US, 8 * US, 10 * US, 12 * US, 13 * US]


def test_rules_hold_at_every_threshold(plain: ComparePage) -> None:
    plain.state.set_ignore(Ignore((Rule("1", span=compared.span(2, 6)),)))
    assert [kind for kind, _, _ in listed(plain)] == ["Surplus"]
    plain.state.set_threshold(0.01)
    assert [(kind, b) for kind, _, b in listed(plain)] == [
        ("Changed", "00:00:00:00 00:00:02:00"),
        ("Changed", "00:00:06:00 00:00:10:00"),
        ("Surplus", "00:00:10:00 00:00:13:00"),
    ]


def test_a_large_one_follows_the_newest_threshold(qtbot: QtBot, state: CompareState) -> None:
    made = replace(compared.long_comparison(prepared.LARGE), aligned=False, edits=())
    state.set_comparison(made)
    before = state.edits
    for threshold in (0.2, 0.15, 0.3, 0.05):
        state.set_threshold(threshold)
    assert state.edits is before, "not at once"
    qtbot.waitUntil(lambda: state.edits == decided(made, "cosine", 0.05).edits, timeout=10_000)
    assert state.close()


def test_what_is_left_over_is_surplus_in_every_word(plain: ComparePage) -> None:
    model = plain.differences.model
    tip = str(model.index(1, KIND).data(Qt.ItemDataRole.ToolTipRole))
    assert "B goes on after A has ended" in tip
    assert "Only in B" not in tip
    assert "Confidence" not in tip  # nothing was looked for, so nothing is sure
    counted = plain.statistics.counts.accessibleDescription()
    assert counted == "Same 2, Changed 1, Surplus 1"
    assert "Surplus" in plain.timeline.describe(11 * US)
    keys = [key.accessibleName() for key in plain.panel.findChildren(LegendKey) if key.isVisibleTo(plain)]
    assert keys.count("Surplus") == 1
    assert not {"Inserted", "Removed"} & set(keys)
    shown = [action.text() for action in plain.differences.kind_actions.values() if action.isVisible()]
    assert shown.count("Surplus") == 1
    assert "Inserted" not in shown
    plain.screens[0].set_held(True)
    assert plain.screens[0].accessibleDescription() == "this version has ended"
