"""The window: joins states to views. Its parts are in `frame`, what the actions do in `commands`."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QCloseEvent, QKeySequence
from PySide6.QtWidgets import QApplication

from vidstudio.engine.clouds.marengo import is_marengo
from vidstudio.engine.errors import EngineError
from vidstudio.engine.exports.words import remarks
from vidstudio.engine.settings import Settings
from vidstudio.engine.store.jobs import Job
from vidstudio.engine.types import Comparison
from vidstudio.player.session import Session
from vidstudio.ui.commands import Commands
from vidstudio.ui.context import AppContext
from vidstudio.ui.drop import DropTarget
from vidstudio.ui.frame import WindowFrame
from vidstudio.ui.messages import Remedy
from vidstudio.ui.shortcuts import ShortcutGuard
from vidstudio.ui.state.media import MediaItem
from vidstudio.ui.state.prepared import Prepared, is_large, prepare
from vidstudio.ui.state.stage import Shown
from vidstudio.ui.views.versions import Place
from vidstudio.ui.weights import FailedJobs
from vidstudio.ui.window_state import WindowState, first_geometry
from vidstudio.ui.worker import Crew, Outcome


class MainWindow(WindowFrame):
    """The frame with its parts joined: what states say is shown, and what people do reaches the states."""

    def __init__(self, context: AppContext, session: Session | None = None) -> None:
        super().__init__(context, session)
        self.failed_jobs = FailedJobs(self)
        self._wanted: Place | None = None  # where to go once its comparison is shown
        app = QApplication.instance()
        if isinstance(app, QApplication):
            self._guard = ShortcutGuard(app, self)
        self._kept = WindowState(context.paths.data)
        self._opening_view: dict[str, object] = {}
        self._closed = False
        self.ended = True
        """Whether all of the window's own work ended when it was closed."""
        self._crew = Crew(self, at_once=1)
        self.commands = Commands(self)
        self.drop = DropTarget(self, self.page, context.project)
        self._join()
        self._apply(context.settings.value)
        if not self._kept.restore(self):
            self.setGeometry(first_geometry())
        self.docks.follow()

    def _join(self) -> None:
        context, project, stage = self.context, self.context.project, self.context.project.stage
        project.project_changed.connect(self._show_project)
        stage.shown_changed.connect(self._show_sides)
        stage.emptied.connect(self._show_nothing)
        stage.comparison_ready.connect(self._show_comparison)
        stage.view_opened.connect(self._open_view)
        stage.missing.connect(self._show_missing)
        project.saved.connect(self.status.show_saved)
        project.failed.connect(self.show_error)
        project.library.noticed.connect(lambda text: self.messages.show_message(text))
        project.library.changed.connect(self._provide)
        project.keep("page", self.page.view)
        self.compare.ignore_decided.connect(project.keep_ignore)
        self.compare.edits_changed.connect(project.touch)
        for change in (self.compare.threshold_changed, self.compare.metric_changed, self.compare.selection_changed):
            change.connect(project.touch)
        self.session.playing_changed.connect(project.touch)
        self.session.failed.connect(self.show_error)
        self.page.open_asked.connect(self.actions_.action("media.open").trigger)
        self.page.demo_asked.connect(self.actions_.action("tools.demo").trigger)
        self.library.opened.connect(self._open_item)
        self.library.compare_wanted.connect(lambda pair: stage.compare(pair[0].content_id, pair[1].content_id))
        self.library.selection_changed.connect(self._provide)
        self.library.reference_wanted.connect(self.versions.make_reference)
        self.versions.reference_changed.connect(lambda: self.library.set_reference(self.versions.reference))
        self.versions.failed.connect(self.show_error)
        self.compare.ignore_decided.connect(lambda _decision: self.versions.look_again())
        self.versions_view.go_asked.connect(self._go_to_version)
        self.status.jobs_wanted.connect(lambda: self.docks.jobs.setVisible(not self.docks.jobs.isVisible()))
        context.jobs.changed.connect(self._show_analysing)
        context.jobs.ended.connect(self._job_ended)
        context.jobs.failed.connect(self.show_error)
        context.settings.changed.connect(self._apply)
        context.settings.failed.connect(self.show_error)
        context.models.failed.connect(self.show_error)
        context.clouds.failed.connect(self.show_error)
        context.space.failed.connect(self.show_error)
        context.lanes.failed.connect(self.show_error)
        context.lanes.warmed.connect(self.page.warm_up)
        project.undo.canUndoChanged.connect(lambda there: self.actions_.provide(undo=there))
        project.undo.canRedoChanged.connect(lambda there: self.actions_.provide(redo=there))
        project.undo.undoTextChanged.connect(lambda _text: self._name_undo())
        project.undo.redoTextChanged.connect(lambda _text: self._name_undo())
        self._provide()

    # what is shown

    def _show_project(self) -> None:
        project = self.context.project.project
        self.actions_.provide(project=project is not None)
        if project is None:
            return
        local = self.tr("{0} · local only").format(project.name) if project.local_only else project.name
        self.project_name.setText(local)
        self.actions_.action("project.local_only").setChecked(project.local_only)
        self.setWindowTitle(f"{project.name} – VidStudio")
        if self.context.project.stage.shown is None:
            self.page.close_sides()
        self._mark_library()
        self.banner.clear()

    def _open_view(self, view: dict[str, object]) -> None:
        values = self.context.settings.value
        self.compare.restore({"metric": values.metric, "threshold": values.threshold})
        page = view.get("page")
        self._opening_view = page if isinstance(page, dict) else {}

    def _show_sides(self, shown: Shown) -> None:
        self.banner.clear()
        self._mark_library()
        focus = self.focusWidget()
        self.page.open_sides(shown.a, shown.b)
        if focus is None or not focus.isVisible() or self.page.isAncestorOf(focus):
            self.page.setFocus()
        if self._opening_view and shown.comparison is None:
            self.page.restore(self._opening_view)
            if shown.record is None:
                self._opening_view = {}
        self._show_analysing()

    def _show_nothing(self) -> None:
        self.page.close_sides()
        self._mark_library()
        self._show_analysing()

    def _show_missing(self, error: EngineError) -> None:
        self._opening_view = {}  # it was about what cannot be shown
        self.page.empty.say_missing(self.context.project.stage.missing_names)
        first = next(iter(self.context.project.stage.absent), None)

        def relink() -> None:
            self.library.select([first.key] if first is not None else [])
            if not self.commands.relink():
                self._show_missing(error)  # the banner went when its button was pressed

        remedy = None
        if first is not None and first.status == "changed":
            key = first.key
            remedy = Remedy(self.tr("Read it as it is now"), lambda: self.context.project.library.retry(key))
        elif first is not None:
            remedy = Remedy(self.tr("Relink…"), relink)
        self.banner.show_text(str(error), "warning", remedy)

    def _mark_library(self) -> None:
        shown = self.context.project.stage.shown
        sides = [side for side in (shown.a, shown.b) if side is not None] if shown is not None else []
        self.library.set_on_stage({side.info.content_id: letter for side, letter in zip(sides, "AB", strict=False)})

    def _show_comparison(self, comparison: Comparison) -> None:
        project, shown = self.context.project, self.context.project.stage.shown
        decisions = self.compare.decisions_on(comparison, project.ignore_of(shown.record if shown else None))
        if not is_large(comparison):
            self._show_prepared(Outcome(prepare(comparison, decisions)))
        else:
            self._crew.run(lambda _tick: prepare(comparison, decisions), self._show_prepared)

    def _show_prepared(self, outcome: Outcome[Prepared]) -> None:
        prepared, shown = outcome.result, self.context.project.stage.shown
        if prepared is None:
            if outcome.error is not None:
                self.show_error(outcome.error)
            return
        ids = (prepared.comparison.a.content_id, prepared.comparison.b.content_id)
        if shown is None or shown.b is None or (shown.a.info.content_id, shown.b.info.content_id) != ids:
            return
        self.compare.set_analysing(None)
        self.compare.set_prepared(prepared)
        for text in remarks(prepared.comparison):
            self.messages.show_message(text, "warning")
        if self._opening_view:
            self.page.restore(self._opening_view)
            self._opening_view = {}
        self._go_where_wanted()

    def _go_to_version(self, place: Place) -> None:
        """Show a version beside the reference, at a place."""
        shown, reference = self.context.project.stage.shown, self.versions.reference
        self._wanted = place
        sides = (shown.a.info.content_id, shown.b.info.content_id) if shown and shown.b else ()
        if sides == (reference, place.version) and self.compare.comparison is not None:
            self._go_where_wanted()
        else:
            self.context.project.stage.compare(reference, place.version)

    def _go_where_wanted(self) -> None:
        comparison, time_map, wanted = self.compare.comparison, self.compare.time_map, self._wanted
        if wanted is None or comparison is None or time_map is None or comparison.b.content_id != wanted.version:
            return
        self._wanted = None
        place = time_map.master_time(wanted.side, wanted.time_us)
        self.compare.select(self.compare.layout.edit_at(place))
        self.session.seek(place)

    def _show_analysing(self) -> None:
        shown = self.context.project.stage.shown
        record = shown.record if shown and shown.comparison is None else None
        mine = next((job for job in self.context.jobs.jobs if record is not None and job.call == record.call), None)
        if mine is None or mine.state in ("failed", "cancelled"):
            self.compare.set_analysing(None)
        else:  # one that is done is still being loaded
            self.compare.set_analysing(1.0 if mine.state == "done" else mine.progress.fraction)

    def _job_ended(self, job: Job) -> None:
        self.context.project.stage.job_ended(job)
        self.versions.look_again()
        if job.state == "failed":
            self.failed_jobs.say(job)
            self.context.project.library.look_at_files()
        elif self.commands.exporter.job_ended(job):
            return
        elif job.state == "done" and not self.isActiveWindow():
            self.messages.show_message(self.tr("{0} is compared.").format(job.title), "success")

    def _open_item(self, item: MediaItem) -> None:
        if item.status == "ready":
            self.context.project.stage.show(item.content_id)
        elif item.status == "missing":
            self.commands.relink()
        else:
            self.context.project.library.retry(item.key)

    def _apply(self, settings: Settings) -> None:
        self.messages.reduce_motion = settings.reduce_motion
        self.page.set_time_display(settings.time_display)
        self.versions_view.set_time_display(settings.time_display)
        self.status.show_place(cloud=is_marengo(settings.embedder))
        self.setAnimated(not settings.reduce_motion)

    def _provide(self) -> None:
        chosen = self.library.selected()
        ready = [one for one in self.context.project.library.items if one.status == "ready"]
        self.actions_.provide(selection=bool(chosen), media=len(ready) >= 2)

    def _name_undo(self) -> None:
        undo = self.context.project.undo
        for name, text, what in (
            ("edit.undo", self.tr("Undo"), undo.undoText()),
            ("edit.redo", self.tr("Redo"), undo.redoText()),
        ):
            keys = self.actions_.action(name).shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            words = f"{text} {what}".strip()
            self.actions_.action(name).setText(words)
            self.actions_.action(name).setToolTip(f"{words} ({keys})")

    def changeEvent(self, event: QEvent) -> None:
        """Back from elsewhere: files may have gone or come there."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and not self._closed:
            self.context.project.library.look_at_files()

    # the end

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask nothing: keep where everything is, stop playing; the context ends the rest."""
        if not self._closed:
            self._closed = True
            self._kept.keep(self)
            # as it is now: the view is kept once more at the very end, when nothing is open any longer
            view = self.page.view()
            self.context.project.keep("page", lambda: view)
            self.context.project.save_view()
            self.ended = all([self._crew.close(), self.commands.close(), self.compare.close(), self.versions.close()])
            self.session.close()
        super().closeEvent(event)
