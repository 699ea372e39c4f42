"""Asks whether weights may be fetched, with their size and licence, and shows how far it is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from vidstudio.engine.models.weights import KNOWN
from vidstudio.engine.sizes import size_text
from vidstudio.engine.time import US, format_duration
from vidstudio.player.signals import signal
from vidstudio.ui.state.models import ModelsState
from vidstudio.ui.theme import number_font
from vidstudio.ui.worker import Outcome, Worker

if TYPE_CHECKING:
    from vidstudio.engine.models.fetch import WeightsOffer

LOOK_MS = 100


class FetchDialog(QDialog):
    """One model's weights. fetched: they are here. basic_wanted: the person would rather go on without weights."""

    fetched = signal(str)
    basic_wanted = signal()

    def __init__(
        self, state: ModelsState, name: str, parent: QWidget | None = None, *, offer_basic: bool = False
    ) -> None:
        super().__init__(parent)
        self._state, self._name = state, name
        self._offer: WeightsOffer | None = None
        self._worker: Worker | None = None
        self._started = (0.0, 0.0)
        self._over = False  # then answers that are still to come find no dialog any more
        self.setWindowTitle(self.tr("Fetch weights"))
        self.setMinimumWidth(460)
        self.title = QLabel(self)
        self.title.setProperty("title", True)
        self.title.setWordWrap(True)
        self.facts = QLabel(self)
        self.facts.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the fetch"))
        self.status = QLabel(self)
        self.status.setProperty("muted", True)
        self.status.setFont(number_font())
        self.status.setWordWrap(True)
        self.buttons = QDialogButtonBox(self)
        self.start = QPushButton(self.tr("Fetch"), self)
        self.start.setProperty("primary", True)
        self.start.clicked.connect(self._start)
        self.basic = QPushButton(self.tr("Use Basic instead"), self)
        self.basic.clicked.connect(self._use_basic)
        self.basic.setVisible(offer_basic)
        self.buttons.addButton(self.start, QDialogButtonBox.ButtonRole.AcceptRole)
        if offer_basic:
            self.buttons.addButton(self.basic, QDialogButtonBox.ButtonRole.ActionRole)
        self.cancel = self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        for widget in (self.title, self.facts, self.bar, self.status, self.buttons):
            column.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._ask()

    def reject(self) -> None:
        """Stop what runs; what has arrived is kept for another time."""
        self._stop()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """As Cancel."""
        self._stop()
        super().closeEvent(event)

    def _ask(self) -> None:
        known = next((model for model in KNOWN if model.name == self._name), None)
        self.title.setText(known.title if known else self._name)
        about = self.tr("about {0} · licence {1}").format(size_text(known.size_bytes), known.licence) if known else ""
        self.facts.setText("\n".join(filter(None, (self._name if known else "", about))))
        self._show_bar(busy=True)
        self.status.setText(self.tr("Asking the hub…"))
        self.start.setEnabled(False)
        self._worker = self._state.ask(self._name, self._asked)

    def _asked(self, outcome: Outcome[WeightsOffer]) -> None:
        if self._over:
            return
        self._worker = None
        self._show_bar(busy=False)
        if outcome.result is None:
            self._say(outcome.error)
            return
        offer = self._offer = outcome.result
        licence = offer.licence or self.tr("not stated; look at its page before you use it")
        facts = self.tr("{0} · licence: {1}").format(size_text(offer.size_bytes), licence)
        self.facts.setText(f"{offer.name}\n{facts}")
        self.status.setText(self.tr("It is kept in {0}. Nothing of yours is sent.").format(self._state.folder))
        self.start.setEnabled(True)
        self.start.setFocus()

    def _start(self) -> None:
        if self._offer is None:
            self._ask()
            return
        self.start.setEnabled(False)
        self.basic.setEnabled(False)
        self._show_bar(busy=True)
        self._started = (0.0, 0.0)
        self._worker = self._state.fetch(self._offer, self._ended)
        self._timer.start()

    def _look(self) -> None:
        if self._worker is None:
            return
        progress, now = self._worker.progress, time.monotonic()
        if not progress.total:
            return
        since, before = self._started
        if not since:
            self._started = since, before = now, progress.done  # what an earlier try left does not make it quicker
        self._show_bar(busy=False)
        self.bar.show()
        self.bar.setValue(round(1000 * progress.fraction))
        words = [self.tr("{0} of {1}").format(size_text(int(progress.done)), size_text(int(progress.total)))]
        if now - since > 1 and progress.done > before:
            left = (progress.total - progress.done) * (now - since) / (progress.done - before)
            words.append(self.tr("{0} left").format(format_duration(round(left * US))))
        self.status.setText(" · ".join(words))

    def _ended(self, outcome: Outcome[Path]) -> None:
        if self._over:
            return
        self._worker = None
        self._timer.stop()
        self._show_bar(busy=False)
        self.basic.setEnabled(True)
        if outcome.ok:
            self.accept()
            self.fetched.emit(self._name)
        elif not outcome.cancelled:
            self._say(outcome.error)

    def _say(self, error: BaseException | None) -> None:
        """An error stays in the dialog, where Fetch tries again."""
        if isinstance(error, Exception):
            self.status.setText(str(error))
            self.start.setText(self.tr("Try again"))
            self.start.setEnabled(True)

    def _show_bar(self, *, busy: bool) -> None:
        self.bar.setRange(0, 0 if busy else 1000)
        self.bar.setVisible(busy or self._timer.isActive())

    def _use_basic(self) -> None:
        self._stop()
        self.accept()
        self.basic_wanted.emit()

    def _stop(self) -> None:
        self._over = True
        self._timer.stop()
        if self._worker is not None:
            self._worker.cancel()
