"""The status bar and the jobs panel: what runs is readable, and nothing moves away under the pointer."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from vidstudio.engine.clouds.marengo import PREFIX
from vidstudio.engine.stage import Call, Progress
from vidstudio.engine.store.jobs import Job, JobState
from vidstudio.engine.time import US
from vidstudio.player.signals import signal
from vidstudio.ui.main_window import MainWindow
from vidstudio.ui.state.jobs import time_left_us
from vidstudio.ui.theme import apply_theme
from vidstudio.ui.views.jobs import JobsView
from vidstudio.ui.views.status import StatusBar


class Queue(QObject):
    """Stands in for the JobsState: shows the jobs it is given."""

    changed = signal()

    def __init__(self) -> None:
        super().__init__()
        self.jobs: tuple[Job, ...] = ()

    @property
    def active(self) -> tuple[Job, ...]:
        return tuple(job for job in self.jobs if job.state in ("queued", "running"))

    def left_us(self, job: Job) -> int | None:
        return time_left_us(job, round(time.time() * US))

    def show(self, *jobs: Job) -> None:
        self.jobs = jobs
        self.changed.emit()
        QApplication.processEvents()

    def cancel_all(self) -> None:
        """Nothing runs."""

    cancel = retry = clear_ended = cancel_all


def job(name: str, state: JobState, fraction: float, spent_s: float = 60.0) -> Job:
    now = round(time.time() * US)
    progress = Progress(fraction, 1.0, "Writing interview_v1 – interview_v2, a rather long name.mp4")
    started = now - round(spent_s * US)
    call = Call("x", ())
    return Job(name, "compare", f"Write {name}", None, "cpu", call, state, progress, "", "", 1, started, started, now)


@pytest.fixture
def queue(qapp: QApplication) -> Queue:
    apply_theme(qapp, "dark")
    return Queue()


def test_cancel_stays_where_it_is_while_the_figures_grow(qtbot: QtBot, queue: Queue) -> None:
    bar = StatusBar(queue)  # type: ignore[arg-type]
    qtbot.addWidget(bar)
    bar.resize(1000, 30)
    bar.show()
    places = set()
    for fraction, spent in ((0.0, 0.0), (0.01, 0.2), (0.09, 5.0), (0.5, 2000.0), (0.86, 60.0), (1.0, 70.0)):
        queue.show(job("one", "running", fraction, spent))
        places.add((bar.bar.x(), bar.cancel.x()))
        assert bar.work.width() >= bar.work.sizeHint().width()
    assert len(places) == 1
    assert "left" in bar.work.text()


def test_where_it_runs_is_no_words_of_the_project(window: MainWindow) -> None:
    window.actions_.action("project.local_only").trigger()
    assert window.project_name.text().endswith("local only")
    assert window.status.place.text() == "on this machine"
    window.context.settings.set(embedder=f"{PREFIX}marengo3.0")
    assert window.status.place.text() == "with a cloud service"
    assert "nothing is sent" not in window.status.place.toolTip()


def test_the_smallest_jobs_panel_shows_a_job_whole(qtbot: QtBot, queue: Queue) -> None:
    view = JobsView(queue)  # type: ignore[arg-type]
    qtbot.addWidget(view)
    queue.show(job("one", "running", 0.86))
    assert view.clear.isHidden(), "nothing is finished"
    queue.show(job("one", "running", 0.86), job("two", "done", 1.0))
    view.resize(232, view.minimumSizeHint().height())
    view.show()
    QApplication.processEvents()
    row = view.rows["one"]
    assert row.status.height() >= row.status.heightForWidth(row.status.width())
    bottom = row.status.mapTo(view, QPoint(0, row.status.height())).y()
    assert bottom <= view.clear.y()


def test_the_jobs_panel_takes_room_from_the_library_when_it_opens(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_.action("window.jobs").trigger()
    qtbot.waitUntil(lambda: window.docks.jobs.height() > 180)
    assert window.docks.library.height() > window.docks.jobs.height()
    small = window.docks.jobs.minimumSizeHint().height()
    window.resizeDocks([window.docks.jobs], [small], Qt.Orientation.Vertical)  # as a person drags it
    for _ in range(2):
        window.actions_.action("window.jobs").trigger()
        qtbot.wait(20)
    assert window.docks.jobs.height() == small, "later it is as it was left"
