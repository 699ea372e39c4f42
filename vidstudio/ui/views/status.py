"""The status bar: what runs and how far it is, where things run, and when all was saved."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from vidstudio.engine.sizes import size_text
from vidstudio.engine.time import US, format_duration
from vidstudio.player.signals import signal
from vidstudio.ui.icons import icon
from vidstudio.ui.state.jobs import JobsState
from vidstudio.ui.theme import number_font

_LONG_US = 3_599 * US
"""A time left that takes the most room."""


class StatusBar(QStatusBar):
    """Jobs at the left with progress, time left and Cancel; where things run and when all was saved at the right."""

    jobs_wanted = signal()

    def __init__(
        self,
        jobs: JobsState,
        parent: QWidget | None = None,
        model_process: Callable[[], int | None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self._model_process = model_process
        self._jobs = jobs
        self.setSizeGripEnabled(False)
        self.work = QToolButton(self)
        self.work.setToolTip(self.tr("Show the jobs"))
        self.work.setFont(number_font())
        self.work.setIcon(icon("jobs"))
        self.work.setIconSize(QSize(14, 14))
        self.work.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)  # this one begins at the left
        self.work.clicked.connect(self.jobs_wanted.emit)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setFixedWidth(120)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the work"))
        self.cancel = QToolButton(self)
        self.cancel.setText(self.tr("Cancel"))
        self.cancel.setIcon(icon("cancel"))
        self.cancel.setIconSize(QSize(14, 14))
        self.cancel.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.cancel.setToolTip(self.tr("Stop all jobs; what they have finished is kept"))
        self.cancel.setAccessibleName(self.tr("Cancel all jobs"))
        self.cancel.clicked.connect(jobs.cancel_all)
        for widget in (self.work, self.bar, self.cancel):
            self.addWidget(widget)
        self._cloud = False
        self.place = QLabel(self)
        self.place.setProperty("muted", True)
        self.place.installEventFilter(self)
        self.show_place(cloud=False)
        self.saved = QLabel(self)
        self.saved.setProperty("muted", True)
        self.saved.setFont(number_font())
        self.saved.setToolTip(self.tr("There is nothing to save: every change is kept at once."))
        for label in (self.place, self.saved):
            label.setContentsMargins(8, 0, 8, 0)
            label.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            self.addPermanentWidget(label)
        jobs.changed.connect(self._look)
        self._look()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What the tooltip says is looked up when it is about to be shown."""
        if event.type() == QEvent.Type.ToolTip:
            self._describe()
        return super().eventFilter(watched, event)

    def show_place(self, *, cloud: bool) -> None:
        """Where new comparisons are made: on this machine, or with a cloud service."""
        self._cloud = cloud
        self.place.setText(self.tr("with a cloud service") if cloud else self.tr("on this machine"))
        self._describe()

    def _describe(self) -> None:
        memory = self._model_process()
        state = self.tr("not running") if memory is None else self.tr("running, {0}").format(size_text(memory))
        where = self.tr("Everything runs on this machine; nothing is sent anywhere.")
        if self._cloud:
            where = self.tr(
                "Comparing sends videos to a cloud service, once you agreed; all else runs on this machine."
            )
        self.place.setToolTip(where + "\n" + self.tr("Model process: {0}").format(state))

    def show_saved(self) -> None:
        """All was saved just now."""
        self.saved.setText(self.tr("saved {0}").format(time.strftime("%H:%M")))

    def _look(self) -> None:
        active = self._jobs.active
        for widget in (self.bar, self.cancel):
            widget.setVisible(bool(active))
        if not active:
            self._say(self.tr("No jobs"), "")
            return
        done = sum(job.progress.fraction for job in active) / len(active)
        lefts = [left for job in active if (left := self._jobs.left_us(job)) is not None]
        count = self.tr("1 job") if len(active) == 1 else self.tr("{0} jobs").format(len(active))
        parts = [count, f"{done:.0%}"]
        if lefts:
            parts.append(self.tr("{0} left").format(format_duration(max(lefts))))
        longest = [count, "100%", self.tr("{0} left").format(format_duration(_LONG_US))]
        self._say(" · ".join(parts), " · ".join(longest))
        self.bar.setValue(round(1000 * done))

    def _say(self, text: str, longest: str) -> None:
        """Show a text in the room of the longest that may come: what stands beside it must not move while it grows."""
        self.work.setText(text)
        self.work.setAccessibleName(text)
        metrics = self.work.fontMetrics()
        words = max(metrics.horizontalAdvance(text), metrics.horizontalAdvance(longest))
        self.work.setMinimumWidth(words + self.work.iconSize().width() + 20)
