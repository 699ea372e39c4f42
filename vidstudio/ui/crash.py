"""When something unforeseen happens: a report to copy, without secrets, and the choice to go on."""

from __future__ import annotations

import faulthandler
import logging
import os
import platform
import re
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, Qt, qVersion
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vidstudio import __version__
from vidstudio.engine.errors import Cancelled, EngineError
from vidstudio.player.signals import signal

_log = logging.getLogger("vidstudio.crash")

_SECRET_NAME = re.compile(r"(?i)(key|token|secret|passw|auth|credential|cookie)")
_SECRET_TEXT = re.compile(
    r"(?i)((?:api[_-]?key|token|secret|password|passwd|authorization|bearer)[\"']?\s*[:=]?\s*[\"']?)([^\s\"',;)]{6,})"
)
_LONG_SECRET = re.compile(r"\b(?:sk|pk|hf|tlk|AIza)[-_A-Za-z0-9]{16,}\b")


def without_secrets(text: str) -> str:
    """The text with keys, tokens and passwords blotted out, and the home folder shortened to `~`."""
    for name, value in os.environ.items():
        if len(value) >= 6 and _SECRET_NAME.search(name):
            text = text.replace(value, "•••")
    text = _LONG_SECRET.sub("•••", _SECRET_TEXT.sub(r"\1•••", text))
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def machine_report(log_file: Path | None, lines: int = 60) -> str:
    """Versions, system, and the last lines of the log; no secrets."""
    import PySide6

    screen = QGuiApplication.primaryScreen()
    facts = [
        f"VidStudio {__version__}",
        f"Python {platform.python_version()} ({sys.executable})",
        f"PySide6 {PySide6.__version__}, Qt {qVersion()}, {QGuiApplication.platformName()}",
        f"{platform.platform()}, {os.cpu_count()} cores",
    ]
    if screen is not None:
        facts.append(f"Screen {screen.size().width()}x{screen.size().height()} at {screen.devicePixelRatio():g}x")
    if log_file is not None and log_file.is_file():
        tail = log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
        facts += ["", "Last log lines:", *tail]
    return without_secrets("\n".join(facts))


class CrashDialog(QDialog):
    """What happened, as text to copy; the studio goes on or quits."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Something went wrong"))
        self.resize(680, 460)
        head = QLabel(self.tr("Something went wrong that should not."), self)
        head.setProperty("heading", True)
        text = QLabel(
            self.tr(
                "Your work is saved. You can go on; if it happens again, quit and start anew."
                " The report below helps to repair it. It holds no keys or passwords."
            ),
            self,
        )
        text.setWordWrap(True)
        self.report = QPlainTextEdit(report, self)
        self.report.setReadOnly(True)
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setTabChangesFocus(True)
        self.report.setAccessibleName(self.tr("Report"))
        self.copy = QPushButton(self.tr("Copy report"), self)
        self.quit = QPushButton(self.tr("Quit"), self)
        self.go_on = QPushButton(self.tr("Continue"), self)
        self.go_on.setDefault(True)
        self.go_on.setProperty("primary", True)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report.toPlainText()))
        self.quit.clicked.connect(self.reject)
        self.go_on.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(self.quit)
        row.addWidget(self.go_on)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        for part in (head, text, self.report):
            column.addWidget(part)
        column.addLayout(row)
        self.go_on.setFocus()


class CrashGuard(QObject):
    """Catches what nobody caught, in every thread, and shows it once at a time. Crashes of native code go to a file."""

    caught = signal(str)

    def __init__(self, logs: Path, log_file: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._log_file = log_file
        self._open = False
        self._native: IO[str] | None = None
        self.quit_wanted = False
        logs.mkdir(parents=True, exist_ok=True)
        self._native_path = logs / "native-crash.log"
        self.caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over the hooks of Python and its threads."""
        self._native = self._native_path.open("a", encoding="utf-8")
        faulthandler.enable(self._native)
        sys.excepthook = self._hook
        threading.excepthook = lambda args: self._hook(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def uninstall(self) -> None:
        """Give the hooks back."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        if self._native is not None:
            faulthandler.disable()
            self._native.close()
            self._native = None

    def report(self, error: BaseException) -> None:
        """Show an error that nobody foresaw. Cancelled is ignored."""
        self._hook(type(error), error, error.__traceback__)

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, Cancelled):
            return
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        text = without_secrets("".join(traceback.format_exception(kind, error, trace)))
        level = logging.WARNING if isinstance(error, EngineError) else logging.ERROR
        _log.log(level, "not caught:\n%s", text)
        self.caught.emit(text)

    def _show(self, text: str) -> None:
        if self._open:
            return
        self._open = True
        try:
            dialog = CrashDialog(f"{text}\n{machine_report(self._log_file)}", QApplication.activeWindow())
            answered = dialog.exec()
            dialog.deleteLater()
            if answered == QDialog.DialogCode.Rejected:
                self.quit_wanted = True
                QApplication.quit()
        finally:
            self._open = False
