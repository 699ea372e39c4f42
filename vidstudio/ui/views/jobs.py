"""The jobs panel: what runs, what waits, what ended and how; with Cancel and Retry."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.store.jobs import Job, JobState
from vidstudio.engine.time import format_duration
from vidstudio.ui.icons import icon
from vidstudio.ui.state.jobs import JobsState
from vidstudio.ui.theme import number_font, small_font

SHOWN = 50
_ROW = 92
"""Height that shows one job whole, with two lines of what it is at."""


def state_text(state: JobState) -> str:
    """The state's words."""
    names: dict[JobState, str] = {
        "queued": QCoreApplication.translate("Jobs", "Waiting"),
        "running": QCoreApplication.translate("Jobs", "Running"),
        "done": QCoreApplication.translate("Jobs", "Done"),
        "failed": QCoreApplication.translate("Jobs", "Failed"),
        "cancelled": QCoreApplication.translate("Jobs", "Cancelled"),
    }
    return names[state]


class JobRow(QFrame):
    """One job: title, state, progress, and what can be done about it."""

    def __init__(self, state: JobsState, job: Job, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._job = job
        self.title = QLabel(self)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.status = QLabel(self)
        self.status.setProperty("muted", True)
        self.status.setFont(number_font(small_font()))
        self.status.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.cancel = self._button("cancel", self.tr("Cancel"))
        self.retry = self._button("retry", self.tr("Try again"))
        self.cancel.clicked.connect(lambda: state.cancel(self._job.id))
        self.retry.clicked.connect(lambda: state.retry(self._job.id))
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.title, 1)
        top.addWidget(self.retry)
        top.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 8)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self.bar)
        column.addWidget(self.status)
        self.show_job(job)

    def show_job(self, job: Job) -> None:
        """Show the job as it stands now."""
        self._job = job
        active = job.state in ("running", "queued")
        percent = f"{job.progress.fraction:.0%}"
        left = self._state.left_us(job)
        parts = [state_text(job.state)]
        if job.state == "running":
            parts.append(percent)
            if left is not None:
                parts.append(self.tr("{0} left").format(format_duration(left)))
            if job.progress.note:
                parts.append(job.progress.note)
        elif job.state == "failed":
            parts = [f"{state_text(job.state)}: {job.error} {job.hint}".strip()]
        elif job.state == "done" and job.started_us and job.finished_us:
            parts.append(self.tr("took {0}").format(format_duration(job.finished_us - job.started_us)))
        self.title.setText(job.title)
        self.title.setToolTip(job.title)
        self.status.setText(" · ".join(parts))
        self.bar.setVisible(active)
        self.bar.setValue(round(1000 * job.progress.fraction))
        self.bar.setAccessibleName(self.tr("Progress of {0}").format(job.title))
        self.cancel.setVisible(active)
        self.retry.setVisible(job.state in ("failed", "cancelled"))
        self.setAccessibleName(f"{job.title}, {self.status.text()}")

    def _button(self, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setToolTip(text)
        button.setAccessibleName(text)
        return button


class JobsView(QWidget):
    """The newest jobs; rows are kept and updated, so that buttons do not jump away under the pointer."""

    def __init__(self, state: JobsState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.rows: dict[str, JobRow] = {}
        self.empty = QLabel(self.tr("No jobs. Longer work, such as comparing, shows up here."), self)
        self.empty.setProperty("muted", True)
        self.empty.setWordWrap(True)
        self.empty.setMargin(16)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._list = QWidget(self)
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        area = QScrollArea(self)
        area.setWidget(self._list)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName(self.tr("Jobs"))
        area.setMinimumHeight(_ROW)
        self._area = area
        self.clear = QPushButton(self.tr("Clear finished"), self)
        self.clear.clicked.connect(state.clear_ended)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.addWidget(self.empty)
        column.addWidget(area, 1)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignHCenter)
        state.changed.connect(self._look)
        self._look()

    def first(self) -> QWidget:
        """What gets the keys first."""
        return self.clear if self.clear.isVisible() else self._area

    def _look(self) -> None:
        jobs = self._state.jobs[:SHOWN]
        wanted = {job.id for job in jobs}
        for job_id in [one for one in self.rows if one not in wanted]:
            row = self.rows.pop(job_id)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, job in enumerate(jobs):
            if (known := self.rows.get(job.id)) is not None:
                known.show_job(job)
                if self._column.indexOf(known) != place:
                    self._column.insertWidget(place, known)
            else:
                self.rows[job.id] = JobRow(self._state, job, self._list)
                self._column.insertWidget(place, self.rows[job.id])
        self.empty.setVisible(not jobs)
        self._area.setVisible(bool(jobs))
        self.clear.setVisible(any(job.state not in ("running", "queued") for job in jobs))
