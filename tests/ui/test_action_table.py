from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from vidstudio.ui.action_table import ACTIONS, MENUS, Needs
from vidstudio.ui.actions import Actions
from vidstudio.ui.icons import icon_names
from vidstudio.ui.main_window import MainWindow

PAGE = set(
    """play.toggle play.back play.forward play.faster play.slower play.step_back play.step_forward
play.second_back play.second_forward play.start play.end play.go_to play.loop compare.next compare.previous
compare.run compare.threshold_up compare.threshold_down view.a_only view.both view.b_only view.cycle_sides
timeline.zoom_in timeline.zoom_out timeline.zoom_fit export.report export.json export.csv export.otio
export.edl export.pdf export.video export.fcpxml export.premiere export.resolve""".split()  # noqa: SIM905 - a list of thirty strings says the same in more lines
)


@pytest.fixture
def actions(qtbot: QtBot) -> Actions:
    window = QMainWindow()
    qtbot.addWidget(window)
    return Actions(window)


def test_no_two_actions_share_an_id_or_a_shortcut() -> None:
    assert not [name for name, count in Counter(one.id for one in ACTIONS).items() if count > 1]
    keys = Counter(QKeySequence.fromString(key).toString() for one in ACTIONS for key in one.shortcuts)
    assert not [key for key, count in keys.items() if count > 1]


def test_every_shortcut_is_one_that_qt_knows() -> None:
    for one in ACTIONS:
        for key in one.shortcuts:
            assert QKeySequence.fromString(key).toString() not in ("", "Unknown"), f"{one.id}: {key}"


def test_the_keys_of_the_design_are_there() -> None:
    keys = {key: one.id for one in ACTIONS for key in one.shortcuts}
    assert keys["Space"] == keys["K"] == "play.toggle"
    assert (keys["J"], keys["L"]) == ("play.back", "play.forward")
    assert (keys["Left"], keys["Right"]) == ("play.step_back", "play.step_forward")
    assert (keys["Shift+Left"], keys["Shift+Right"]) == ("play.second_back", "play.second_forward")
    assert (keys["Up"], keys["Down"]) == ("compare.previous", "compare.next")
    assert (keys["Home"], keys["End"]) == ("play.start", "play.end")
    assert (keys["G"], keys["Tab"], keys["Ctrl+L"]) == ("play.go_to", "view.cycle_sides", "play.loop")
    assert (keys["Ctrl+K"], keys["F11"], keys["Esc"]) == ("tools.palette", "view.full_screen", "view.back")


def test_the_table_has_what_the_compare_page_needs() -> None:
    assert {one.id for one in ACTIONS} >= PAGE


def test_icons_of_the_table_exist() -> None:
    assert {one.icon for one in ACTIONS if one.icon} <= set(icon_names())


def test_an_action_is_enabled_once_it_is_bound_and_has_what_it_needs(actions: Actions) -> None:
    action = actions.action("play.toggle")
    assert not action.isEnabled()
    happened: list[str] = []
    actions.bind("play.toggle", lambda: happened.append("toggled"))
    assert not action.isEnabled()
    actions.provide(video=True)
    assert action.isEnabled()
    action.trigger()
    actions.provide(video=False)
    action.trigger()
    assert happened == ["toggled"]


def test_a_checkable_action_hands_over_its_state(actions: Actions) -> None:
    states: list[bool] = []
    actions.bind("window.jobs", states.append)
    actions.action("window.jobs").trigger()
    actions.action("window.jobs").trigger()
    assert states == [True, False]


def test_tooltips_name_the_keys(actions: Actions) -> None:
    assert "Space" in actions.action("play.toggle").toolTip()
    assert "never changed" in actions.action("media.open").toolTip()


def test_every_action_is_in_its_menu(window: MainWindow) -> None:
    for menu in MENUS:
        entries = window.menus[menu].actions()
        below = [action for entry in entries if (submenu := entry.menu()) for action in submenu.actions()]
        shown = {action.objectName() for action in (*entries, *below)}
        assert {one.id for one in ACTIONS if one.menu == menu} <= shown


def test_in_the_window_every_action_is_bound_or_disabled(window: MainWindow) -> None:
    window.actions_.provide(
        **dict.fromkeys(get_args(Needs), True),
    )
    for one in ACTIONS:
        assert window.actions_.action(one.id).isEnabled() == window.actions_.bound(one.id), one.id
    assert not [one.id for one in ACTIONS if not window.actions_.bound(one.id)]
