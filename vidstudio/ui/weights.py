"""A job that failed for want of weights: offers to fetch them, and compares again when they are here."""

from __future__ import annotations

from PySide6.QtCore import QObject

from vidstudio.engine.store.jobs import Job
from vidstudio.ui.frame import WindowFrame
from vidstudio.ui.messages import Remedy
from vidstudio.ui.state.models import BASIC, embedder_of
from vidstudio.ui.views.fetch_weights import FetchDialog


class FailedJobs(QObject):
    """Says failed jobs in the window's banner, each with what can be done about it. Nothing is done unasked."""

    def __init__(self, window: WindowFrame) -> None:
        super().__init__(window)
        self._window = window
        self.dialog: FetchDialog | None = None

    def say(self, job: Job) -> None:
        """Say why a job failed."""
        name = embedder_of(job)
        if name == BASIC:
            self._show(job, self._try_again(job))
        else:
            self._window.context.models.wanting(name, lambda wanting: self._said(job, name, wanting))

    def _said(self, job: Job, name: str, wanting: bool) -> None:
        fetch = Remedy(self.tr("Fetch weights…"), lambda: self.fetch(job, name))
        self._show(job, fetch if wanting else self._try_again(job))

    def fetch(self, job: Job, name: str) -> None:
        """Open the dialog; afterwards compare again."""
        dialog = self.dialog = FetchDialog(self._window.context.models, name, self._window, offer_basic=True)
        dialog.fetched.connect(lambda _name: self._again(job))
        dialog.basic_wanted.connect(lambda: self._with_basic(job))
        dialog.finished.connect(lambda _code: self._closed(dialog, job, name))
        dialog.open()

    def _closed(self, dialog: FetchDialog, job: Job, name: str) -> None:
        if dialog.result() == FetchDialog.DialogCode.Rejected:
            self._said(job, name, wanting=True)  # the banner went when its button was pressed
        self.dialog = None
        dialog.deleteLater()

    def _with_basic(self, job: Job) -> None:
        self._window.context.settings.set(embedder=BASIC)
        self._again(job)

    def _again(self, job: Job) -> None:
        """Plan it anew, so that its results are those of the weights that are here now."""
        context = self._window.context
        project = context.project.project
        if project is not None and job.project_id == project.id and len(job.call.inputs) == 2:
            context.jobs.remove(job.id)
            context.project.stage.compare(*job.call.inputs)
        else:
            context.jobs.retry(job.id)

    def _try_again(self, job: Job) -> Remedy:
        return Remedy(self.tr("Try again"), lambda: self._window.context.jobs.retry(job.id))

    def _show(self, job: Job, remedy: Remedy) -> None:
        self._window.banner.show_text(f"{job.title}: {job.error} {job.hint}".strip(), "error", remedy)
