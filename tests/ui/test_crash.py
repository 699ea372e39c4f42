from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vidstudio.engine.errors import Cancelled
from vidstudio.ui.crash import CrashDialog, CrashGuard, machine_report, without_secrets


@pytest.fixture
def guard(tmp_path: Path, qapp: QApplication) -> Iterator[CrashGuard]:
    log = tmp_path / "vidstudio.log"
    log.write_text("10:00 INFO opened\n10:01 INFO token=abcdef123456\n")
    one = CrashGuard(tmp_path, log)
    one.install()
    yield one
    one.uninstall()


def test_secrets_are_blotted_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "plainlookingvalue")
    text = without_secrets(
        "key plainlookingvalue; api_key='s3cr3ts3cr3t'; Authorization: Bearer-abcdefgh; sk-aaaaaaaaaaaaaaaaaaaa;"
        f" {Path.home()}/clip.mp4"
    )
    for secret in ("plainlookingvalue", "s3cr3ts3cr3t", "Bearer-abcdefgh", "sk-aaaa"):
        assert secret not in text
    assert text.endswith("~/clip.mp4")


def test_the_report_names_versions_and_the_last_log_lines(guard: CrashGuard, tmp_path: Path) -> None:
    report = machine_report(tmp_path / "vidstudio.log")
    assert "VidStudio" in report
    assert "PySide6" in report
    assert "10:00 INFO opened" in report
    assert "abcdef123456" not in report


def shown() -> CrashDialog | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, CrashDialog) and w.isVisible()), None)


def answer(qtbot: QtBot, button: str, seen: list[str]) -> None:
    def click() -> None:
        dialog = shown()
        assert dialog is not None
        seen.append(dialog.report.toPlainText())
        qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
        qtbot.mouseClick(getattr(dialog, button), Qt.MouseButton.LeftButton)

    QTimer.singleShot(100, click)


def test_an_error_in_a_thread_is_shown_and_one_goes_on(
    qtbot: QtBot, guard: CrashGuard, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    with caplog.at_level(logging.CRITICAL + 1, "vidstudio.crash"):
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        answer(qtbot, "go_on", seen)
        qtbot.waitUntil(lambda: bool(seen) and shown() is None, timeout=3000)
    assert "ZeroDivisionError" in seen[0]
    assert "ZeroDivisionError" in QGuiApplication.clipboard().text()
    assert not guard.quit_wanted


def test_quit_is_remembered_and_cancelled_is_ignored(
    qtbot: QtBot, guard: CrashGuard, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []
    with caplog.at_level(logging.CRITICAL + 1, "vidstudio.crash"):
        guard.report(Cancelled())
        qtbot.wait(30)
        assert shown() is None
        error = KeyError("lost")
        sys.excepthook(KeyError, error, None)
        answer(qtbot, "quit", seen)
        qtbot.waitUntil(lambda: guard.quit_wanted, timeout=3000)
    assert "KeyError" in seen[0]


def test_native_crashes_have_a_file(guard: CrashGuard, tmp_path: Path) -> None:
    assert (tmp_path / "native-crash.log").is_file()
