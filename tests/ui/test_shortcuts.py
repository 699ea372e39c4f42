from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QListWidget,
    QMainWindow,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from vidstudio.ui.action_table import ACTIONS
from vidstudio.ui.actions import Actions
from vidstudio.ui.palette import CommandPalette, match
from vidstudio.ui.shortcuts import STAGE_KEYS, ShortcutGuard
from vidstudio.ui.views.shortcut_list import ShortcutList


class Bench(QMainWindow):
    """A window with one of each kind of control and all actions bound."""

    def __init__(self) -> None:
        super().__init__()
        self.happened: list[str] = []
        self.table = Actions(self)
        for one in ACTIONS:
            self.table.bind(one.id, lambda *_, name=one.id: self.happened.append(name))
        self.table.provide(project=True, media=True, selection=True, video=True, comparison=True, undo=True, redo=True)
        holder = QWidget()
        self.setCentralWidget(holder)
        self.field, self.button, self.slider = QLineEdit(), QPushButton("press"), QSlider(Qt.Orientation.Horizontal)
        self.spin, self.list, self.stage = QSpinBox(), QListWidget(), QWidget()
        self.list.addItems(["one", "two", "three"])
        self.stage.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.stage.setProperty(STAGE_KEYS, True)
        column = QVBoxLayout(holder)
        for widget in (self.field, self.button, self.slider, self.spin, self.list, self.stage):
            column.addWidget(widget)


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication) -> Iterator[Bench]:
    guard = ShortcutGuard(qapp)
    window = Bench()
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    guard.deleteLater()


def press(qtbot: QtBot, widget: QWidget, *keys: Qt.Key) -> None:
    widget.setFocus()
    for key in keys:
        qtbot.keyClick(widget, key)


def test_letters_go_into_the_field_that_is_typed_in(qtbot: QtBot, bench: Bench) -> None:
    bench.field.setFocus()
    qtbot.keyClicks(bench.field, "kjlg 1[")
    press(qtbot, bench.field, Qt.Key.Key_Home, Qt.Key.Key_Delete, Qt.Key.Key_End, Qt.Key.Key_Backspace)
    assert bench.field.text() == "jlg 1"
    assert bench.happened == []


def test_keys_of_the_stage_work_on_the_stage(qtbot: QtBot, bench: Bench) -> None:
    press(qtbot, bench.stage, Qt.Key.Key_Space, Qt.Key.Key_K, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Tab)
    assert bench.happened == [
        "play.toggle",
        "play.toggle",
        "play.step_back",
        "compare.next",
        "view.cycle_sides",
    ]
    assert bench.stage.hasFocus()


def test_tab_moves_on_everywhere_else(qtbot: QtBot, bench: Bench) -> None:
    press(qtbot, bench.field, Qt.Key.Key_Tab)
    assert bench.button.hasFocus()
    assert bench.happened == []


def test_space_presses_the_button_that_has_the_keys(qtbot: QtBot, bench: Bench) -> None:
    pressed: list[str] = []
    bench.button.clicked.connect(lambda: pressed.append("yes"))
    press(qtbot, bench.button, Qt.Key.Key_Space)
    assert (pressed, bench.happened) == (["yes"], [])
    press(qtbot, bench.button, Qt.Key.Key_K)
    assert bench.happened == ["play.toggle"]


def test_arrows_move_in_lists_sliders_and_numbers(qtbot: QtBot, bench: Bench) -> None:
    bench.list.setCurrentRow(0)
    press(qtbot, bench.list, Qt.Key.Key_Down)
    press(qtbot, bench.slider, Qt.Key.Key_Right)
    press(qtbot, bench.spin, Qt.Key.Key_Up)
    assert (bench.list.currentRow(), bench.slider.value(), bench.spin.value()) == (1, 1, 1)
    assert bench.happened == []


def test_the_list_of_shortcuts_shows_all_and_finds_by_name_and_by_key(qtbot: QtBot) -> None:
    dialog = ShortcutList()
    qtbot.addWidget(dialog)

    def shown() -> list[str]:
        heads = [dialog.list.topLevelItem(i) for i in range(dialog.list.topLevelItemCount())]
        rows = [head.child(i) for head in heads if head for i in range(head.childCount())]
        return [row.text(0) for row in rows if row is not None and not row.isHidden()]

    assert len(shown()) == len(ACTIONS)
    qtbot.keyClicks(dialog.search, "ctrl+k")
    assert shown() == ["All actions…"]
    dialog.search.clear()
    qtbot.keyClicks(dialog.search, "one frame")
    assert shown() == ["One frame back", "One frame on"]


def test_matching_wants_the_letters_in_order_and_likes_word_starts() -> None:
    assert match("xyz", "Play or pause") is None
    assert match("pop", "Play or pause") is not None
    exact, inside = match("zo", "Zoom in"), match("zo", "Authorize one")
    assert exact is not None
    assert inside is not None
    assert exact > inside


def test_the_palette_finds_runs_and_closes(qtbot: QtBot, bench: Bench) -> None:
    palette = CommandPalette(bench.table, bench)
    palette.open_over(bench)
    qtbot.keyClicks(palette.field, "zoo")
    assert [palette.list.item(i).text().strip() for i in range(3)] == ["Zoom in", "Zoom out", "Zoom to fit"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert bench.happened == ["timeline.zoom_out"]
    assert not palette.isVisible()


def test_the_palette_says_when_nothing_fits_and_does_not_run_what_is_off(qtbot: QtBot, bench: Bench) -> None:
    palette = CommandPalette(bench.table, bench)
    palette.open_over(bench)
    qtbot.keyClicks(palette.field, "qqqq")
    assert palette.nothing.isVisible()
    assert not palette.list.isVisible()
    palette.field.clear()
    bench.table.provide(comparison=False)
    qtbot.keyClicks(palette.field, "export json")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert bench.happened == []
    palette.hide()
