"""Writing the comparison on the stage to a file of the user's choice."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from vidstudio.engine.exports.files import check_export
from vidstudio.engine.exports.formats import FORMATS, format_named
from vidstudio.engine.ignore.applying import applied
from vidstudio.engine.store.jobs import Job
from vidstudio.engine.types import Comparison
from vidstudio.engine.verdict import decided
from vidstudio.ui.actions import Actions
from vidstudio.ui.frame import WindowFrame
from vidstudio.ui.messages import ProgressNote, Remedy
from vidstudio.ui.worker import Crew, Outcome, Tick

if TYPE_CHECKING:
    from vidstudio.engine.recipes.comparison_video import VideoRequest
    from vidstudio.ui.views.video_export import VideoExportDialog

_NOTE_MS = 400
"""What takes longer gets a notice with its progress."""


class Exporter(QObject):
    """Asks for a name, writes in a worker (a video: as a job of the queue), says where it is."""

    def __init__(self, window: WindowFrame) -> None:
        super().__init__(window)
        self._window, self._state, self._messages = window, window.compare, window.messages
        self._crew = Crew(self, at_once=1)
        self.dialog: VideoExportDialog | None = None

    def bind(self, actions: Actions) -> None:
        """Bind the export actions."""
        for one in FORMATS:
            actions.bind(f"export.{one.name}", functools.partial(self.ask, one.name))
        actions.bind("export.video", self.ask_video)

    def ask(self, kind: str) -> None:
        """Ask for a file name and write there."""
        if self._state.comparison is None:
            return
        chosen = format_named(kind)
        endings = chosen.endings
        filters = ";;".join(f"{ending.upper()} (*.{ending})" for ending in endings)
        suggested = str(self.suggested(endings[0], chosen.suffix))
        name, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export"), suggested, filters)
        if name:
            path = Path(name)
            self.write(kind, path if path.suffix else path.with_suffix(f".{endings[0]}"))

    def write(self, kind: str, path: Path) -> None:
        """Write the comparison as it is decided now."""
        now = self._decided()
        if now is None:
            return
        metric, threshold = self._state.metric, self._state.threshold
        chosen = format_named(kind)
        sources = (Path(now.a.path), Path(now.b.path))

        def work(tick: Tick) -> Path:
            check_export(path, sources)
            if chosen.write_telling is None:
                chosen.write(now, path, metric, threshold)
            else:
                chosen.write_telling(now, path, metric, threshold, tick)
            return path

        worker = self._crew.run(work, lambda outcome: self._written(outcome, end), keep=True)
        end = self._telling(self.tr("Writing {0}").format(path.name), worker.cancel, lambda: worker.progress.fraction)

    def ask_video(self) -> None:
        """Ask how the video is to look and where it goes, and queue it."""
        from vidstudio.ui.views.video_export import VideoExportDialog

        comparison = self._state.comparison
        if comparison is None:
            return
        heard = (bool(comparison.a.audio), bool(comparison.b.audio))
        dialog = self.dialog = VideoExportDialog(self.suggested("mp4"), heard, self._window)
        dialog.accepted.connect(lambda: self.write_video(dialog.request()))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def write_video(self, request: VideoRequest) -> None:
        """Queue a video of the comparison as it is decided now; the jobs panel shows how far it is."""
        now, context = self._decided(), self._window.context
        shown = context.project.stage.shown
        record = shown.record if shown is not None else None
        if now is None or record is None:
            return

        def work(_tick: Tick) -> Path:
            from vidstudio.engine.recipes.comparison_video import RECIPE, check_request, plan_video

            check_request(request, (Path(now.a.path), Path(now.b.path)))
            call = plan_video(request, record.call, now)
            context.runner.forget(call)
            title = self.tr("Write {0}").format(request.path.name)
            context.store.jobs.submit(RECIPE, title, call, "cpu", record.project_id)
            return request.path

        self._crew.run(work, self._queued, keep=True)

    def job_ended(self, job: Job) -> bool:
        """Say where a video is whose job ended well. False for any other job."""
        if job.recipe != "comparison_video":
            return False
        if job.state == "done":
            self._say_written(Path(str(job.call.params["path"])))
        return True

    def suggested(self, ending: str, suffix: str = "") -> Path:
        """A name beside B that tells both versions and, by `suffix`, what it is for."""
        comparison = self._state.comparison
        if comparison is None:
            return Path(f"comparison.{ending}")
        a, b = Path(comparison.a.path), Path(comparison.b.path)
        return b.parent / (" ".join(part for part in (f"{a.stem} – {b.stem}", suffix) if part) + f".{ending}")

    def close(self) -> bool:
        """Wait for what is being written. True when it ended in time."""
        return self._crew.close(10_000)

    def _decided(self) -> Comparison | None:
        """The comparison with the edit list that the view has now."""
        found = self._state.found
        if found is None:
            return None
        return applied(decided(found, self._state.metric, self._state.threshold), self._state.ignore)

    def _telling(self, text: str, cancel: Callable[[], object], fraction: Callable[[], float]) -> Callable[[], None]:
        """Show a notice with progress when it takes long; what is given ends it."""
        note: list[ProgressNote] = []
        look = QTimer(self, interval=_NOTE_MS)

        def show() -> None:
            if not note:
                note.append(self._messages.show_progress(text, cancel))
                look.setInterval(100)
            if (done := fraction()) > 0:
                note[0].show_fraction(done)

        def end() -> None:
            look.stop()
            look.deleteLater()
            for one in note:
                one.end()

        look.timeout.connect(show)
        look.start()
        return end

    def _written(self, outcome: Outcome[Path], end: Callable[[], None]) -> None:
        end()
        if outcome.result is not None:
            self._say_written(outcome.result)
        elif outcome.error is not None:
            self._window.show_error(outcome.error)

    def _queued(self, outcome: Outcome[Path]) -> None:
        if outcome.error is not None:
            self._window.show_error(outcome.error)
            return
        self._window.context.lanes.kick()
        self._window.docks.jobs.show()

    def _say_written(self, path: Path) -> None:
        show = Remedy(self.tr("Show in folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))))
        self._messages.show_message(self.tr("Written to {0}").format(path), "success", show)
