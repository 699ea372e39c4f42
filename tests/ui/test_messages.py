from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from vidstudio.engine.errors import Cancelled, EngineError
from vidstudio.ui.messages import Banner, Messages, Remedy


@pytest.fixture
def host(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(800, 600)
    window.show()
    return window


def test_a_notice_is_shown_inside_the_window_and_takes_no_keys(qtbot: QtBot, host: QMainWindow) -> None:
    messages = Messages(host)
    messages.reduce_motion = True
    focus = host.focusWidget()
    messages.show_message("The report is written, to a folder with a long name that needs a second line.", "success")
    assert host.focusWidget() is focus
    assert messages.isVisible()
    assert host.rect().contains(messages.geometry())
    host.resize(600, 400)
    qtbot.waitUntil(lambda: host.rect().contains(messages.geometry()))


def test_only_four_at_once_the_oldest_goes(qtbot: QtBot, host: QMainWindow) -> None:
    messages = Messages(host)
    for number in range(6):
        messages.show_message(f"notice {number}")
    assert messages.texts == ["notice 2", "notice 3", "notice 4", "notice 5"]


def test_its_button_does_it_and_closes_it(qtbot: QtBot, host: QMainWindow) -> None:
    messages = Messages(host)
    done: list[str] = []
    messages.show_message("It is there.", "success", Remedy("Open", lambda: done.append("opened")))
    button = messages._cards[0].remedy
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["opened"]
    assert messages.texts == []
    assert not messages.isVisible()


def test_errors_for_people_say_what_to_do_and_cancelling_says_nothing(host: QMainWindow) -> None:
    messages = Messages(host)
    messages.show_error(Cancelled())
    assert messages.texts == []
    messages.show_error(EngineError("The disk is full.", "Free some space."))
    assert messages.texts == ["The disk is full. Free some space."]
    with pytest.raises(ZeroDivisionError):
        messages.show_error(ZeroDivisionError())


def test_a_banner_stays_until_something_is_done(qtbot: QtBot, host: QMainWindow) -> None:
    banner = Banner(host)
    host.setCentralWidget(banner)
    assert banner.isHidden()
    done: list[str] = []
    banner.show_text("interview_v1.mp4 is gone.", "error", Remedy("Relink…", lambda: done.append("relinked")))
    assert banner.text == "interview_v1.mp4 is gone."
    assert banner._card is not None
    assert banner._card.remedy is not None
    qtbot.mouseClick(banner._card.remedy, Qt.MouseButton.LeftButton)
    assert done == ["relinked"]
    assert banner.isHidden()
