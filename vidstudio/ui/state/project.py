"""The open project: its files, its comparison, its view. Nothing has to be saved; everything is.

All reading and writing happens in workers; this object and everything that listens to it live in the GUI thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtGui import QUndoStack

from vidstudio.engine.clouds.gate import Gate
from vidstudio.engine.errors import EngineError, MissingMedia
from vidstudio.engine.ignore import Ignore
from vidstudio.engine.paths import is_folder
from vidstudio.engine.runner import Runner
from vidstudio.engine.settings import Settings
from vidstudio.engine.store.jobs import Job
from vidstudio.engine.store.projects import ComparisonRecord, Project
from vidstudio.engine.store.store import Store
from vidstudio.engine.types import Comparison
from vidstudio.player.session import Side
from vidstudio.player.signals import signal
from vidstudio.ui.lanes import Lanes
from vidstudio.ui.state import media
from vidstudio.ui.state.library import LibraryState
from vidstudio.ui.state.media import ABSENT, MediaItem, Read
from vidstudio.ui.state.others import Others, Seen
from vidstudio.ui.state.prepared import IgnoreDecision
from vidstudio.ui.state.project_parts import CloudQuestion, Opened, Pending, Rename, Shown, untitled
from vidstudio.ui.state.settings import SettingsState
from vidstudio.ui.worker import Crew, Outcome, Tick

AUTOSAVE_MS = 800
"""How long a change of the view waits for more of its kind before it is kept."""


class ProjectState(QObject):
    """The open project.

    project_changed: another project, or another name. shown_changed: other sides on the stage.
    comparison_ready: the result of the sides on the stage. stage_missing: what was on the stage is not there.
    saved: the view was kept. cloud_asked: a comparison waits for the person's yes (see `agree`).
    """

    project_changed = signal()
    projects_changed = signal()
    shown_changed = signal(Shown)
    comparison_ready = signal(Comparison)
    view_opened = signal(dict)
    stage_missing = signal(EngineError)
    saved = signal()
    cloud_asked = signal(CloudQuestion)
    failed = signal(Exception)

    def __init__(
        self,
        store: Store,
        runner: Runner,
        lanes: Lanes,
        settings: SettingsState,
        gate: Gate,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._gate = gate
        self._store, self._runner, self._lanes, self._settings = store, runner, lanes, settings
        self.undo = QUndoStack(self)
        self.library = LibraryState(store, runner, self.undo, self)
        self.library.failed.connect(self.failed.emit)
        self.library.changed.connect(self.touch)
        self.library.changed.connect(self._look_at_stage)
        self.project: Project | None = None
        self.recent: tuple[Project, ...] = ()
        self._others = Others(store, lanes, self.library, self)
        self._others.seen.connect(self._follow)
        self.shown: Shown | None = None
        self._waiting: Project | None = None
        """The open project, when what was on its stage is not all there."""
        self._pending: Pending | None = None
        self._decided: dict[tuple[str, str], Ignore] = {}  # newer than what a record was read with
        self._asked = 0
        self._crew = Crew(self, at_once=1)
        self._writer = Crew(self, at_once=1)
        self._views: dict[str, Callable[[], Any]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AUTOSAVE_MS)
        self._timer.timeout.connect(self.save_view)

    # projects

    def open_last(self, then: Callable[[], None] | None = None) -> None:
        """Open the project that was open last; a new one when there is none."""
        self._open(lambda: next(iter(self._store.projects.recent(1)), None) or self._new(untitled()), then)

    def open_project(self, project_id: str) -> None:
        """Open a project by its id."""
        self._open(lambda: self._store.projects.get(project_id))

    def new_project(self, name: str = "", then: Callable[[], None] | None = None) -> None:
        """Begin a new, empty project and open it."""
        self._open(lambda: self._new(name or untitled()), then)

    def rename(self, name: str) -> None:
        """Give the open project another name; can be undone."""
        if self.project is not None and name.strip() and name.strip() != self.project.name:
            self.undo.push(Rename(self, self.project, name.strip()))

    def set_local_only(self, local_only: bool) -> None:
        """Say whether everything of the open project has to stay on this computer."""
        if self.project is None or self.project.local_only == local_only:
            return
        project_id = self.project.id
        self.project = replace(self.project, local_only=local_only)
        self._writer.run(lambda _tick: self._store.projects.set_local_only(project_id, local_only), self._kept)
        self.project_changed.emit()

    def delete(self) -> None:
        """Take the open project out of the studio and open the next one. The files stay."""
        if self.project is None:
            return
        gone = self.project.id

        def next_project() -> Project:
            self._store.projects.delete(gone)
            return next(iter(self._store.projects.recent(1)), None) or self._new(untitled())

        self._timer.stop()
        self.project = None
        self._open(next_project)

    # what is on the stage

    def open_paths(self, paths: Sequence[Path], *, on_stage: bool = False) -> None:
        """Add files and folders. Two files at once on the stage or into an empty project are compared at once;

        one file goes to the stage when that is empty, and is compared with what is there when it is dropped on it.
        """
        empty = not self.library.items
        single_files = len(paths) in (1, 2) and not any(is_folder(path) for path in paths)

        def read(items: list[MediaItem]) -> None:
            if len(items) == 2 and single_files and (empty or on_stage):
                self.compare(items[0].content_id, items[1].content_id)
            elif items and on_stage and single_files and self.shown is not None:
                self.compare(self.shown.a.info.content_id, items[0].content_id)
            elif items and (self.shown is None or on_stage):
                self.show(items[0].content_id)

        self.library.add(paths, read)

    def show(self, content_id: str) -> None:
        """Put one video on the stage."""

        def work(tick: Tick) -> Shown:
            return Shown(self._side(content_id, tick))

        self._pending = None
        self._ask(work, self._set_shown)

    def compare(self, a: str, b: str) -> None:
        """Compare two files (content ids): both play at once; the result comes when its job is done."""
        if self.project is None:
            return
        if a == b:
            text = QCoreApplication.translate("Project", "These two files have the same content.")
            hint = QCoreApplication.translate("Project", "There is nothing to compare.")
            self.failed.emit(EngineError(text, hint))
            return
        project_id = self.project.id
        settings = self._settings.value
        questions: list[CloudQuestion] = []

        def done(shown: Shown) -> None:
            self._set_shown(shown)
            self._ask_for(questions)

        self._ask(lambda tick: self._compared(project_id, settings, a, b, tick, questions), done)

    def agree(self, question: CloudQuestion) -> None:
        """The person said yes to a cloud question: compare now."""

        def done(outcome: Outcome[None]) -> None:
            if outcome.ok:
                self.compare(question.a, question.b)
            else:
                self._fail(outcome.error)

        self._crew.run(lambda _tick: self._gate.agree(question.calls, question.offers), done)

    def _ask_for(self, questions: Sequence[CloudQuestion]) -> None:
        for question in questions:
            self.cloud_asked.emit(question)

    def compare_quietly(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Have pairs of files (content ids) compared; the stage stays as it is."""
        if self.project is None:
            return
        project_id, settings = self.project.id, self._settings.value
        questions: list[CloudQuestion] = []

        def work(tick: Tick) -> None:
            for a, b in pairs:
                self._compared(project_id, settings, a, b, tick, questions)

        def done(outcome: Outcome[None]) -> None:
            self._lanes.kick()
            self._fail(outcome.error)
            self._ask_for(questions)

        self._crew.run(work, done)

    def _compared(
        self, project_id: str, settings: Settings, a: str, b: str, tick: Tick, questions: list[CloudQuestion]
    ) -> Shown:
        """Two files with what is known of their comparison; a job is queued where there is no result yet.

        Where something would be sent to a cloud service, a question is added instead.
        """
        side_a, side_b = self._side(a, tick), self._side(b, tick)
        a_read, b_read = Read(side_a.info, side_a.times), Read(side_b.info, side_b.times)
        call = media.comparison_call(self._store, settings, a_read, b_read)
        cloud_calls = self._runner.cloud_calls(call)
        if offers := self._gate.open_questions(cloud_calls):
            questions.append(CloudQuestion(a, b, tuple(cloud_calls), tuple(offers)))
            return Shown(side_a, side_b)
        same = [r for r in self._store.projects.comparisons(project_id) if (r.a, r.b) == (a, b) and r.call == call]
        record = same[-1] if same else self._store.projects.add_comparison(project_id, a, b, call)[0]
        comparison = self._load(record, side_a, side_b)
        if comparison is None:
            waiting = [j for j in self._store.jobs.recent(100, project_id) if j.state in ("queued", "running")]
            if not any(job.call == call for job in waiting):
                title = f"{Path(side_a.info.path).name} – {Path(side_b.info.path).name}"
                self._store.jobs.submit("compare", title, call, media.lane_for(settings), project_id)
        return Shown(side_a, side_b, record, comparison)

    def compare_chosen(self, keys: Sequence[str]) -> None:
        """Compare two chosen items; one with the reference or A; with none, what is on the stage, or the first two.

        The reference is always A.
        """
        chosen = [one.content_id for key in keys if (one := self.library.item(key)) and one.status == "ready"]
        ready = [one.content_id for one in self.library.items if one.status == "ready"]
        reference = self.project.reference if self.project else ""
        if reference in ready:
            ready.sort(key=lambda one: one != reference)
            chosen.sort(key=lambda one: one != reference)
            if len(chosen) == 1 and chosen[0] != reference:
                chosen.insert(0, reference)
        stage = [side.info.content_id for side in (self.shown.a, self.shown.b) if side] if self.shown else []
        if len(stage) == 2 and len(chosen) < 2 and set(chosen) <= set(stage):
            chosen = stage
        elif len(chosen) == 1 and stage and stage[0] != chosen[0]:
            chosen.insert(0, stage[0])
        elif len(chosen) < 2:
            chosen = (chosen + [one for one in ready if one not in chosen])[:2]
        if len(chosen) < 2:
            text = QCoreApplication.translate("Project", "Two videos are needed to compare.")
            self.failed.emit(EngineError(text, QCoreApplication.translate("Project", "Add another version.")))
            return
        self.compare(chosen[0], chosen[1])

    @property
    def decided_ignores(self) -> dict[tuple[str, str], Ignore]:
        """What was decided to be ignored since the project was opened, by the content ids of A and B."""
        return dict(self._decided)

    def set_reference(self, content_id: str) -> None:
        """Let the others be versions of a file, at once ("" for none)."""
        if self.project is not None:
            project_id = self.project.id
            self.project = replace(self.project, reference=content_id)
            self._writer.run(lambda _tick: self._store.projects.set_reference(project_id, content_id), self._kept)

    @property
    def ignore(self) -> Ignore:
        """What is ignored in the comparison on the stage."""
        record = self.shown.record if self.shown else None
        return self._decided.get((record.a, record.b), record.ignore) if record else Ignore()

    def keep_ignore(self, decision: IgnoreDecision) -> None:
        """Keep what is ignored with every comparison of the two files."""
        if self.project is None:
            return
        project_id, sides = self.project.id, (decision.a, decision.b)
        self._decided[sides] = decision.ignore

        def work(_tick: Tick) -> None:
            for record in self._store.projects.comparisons(project_id):
                if (record.a, record.b) == sides:
                    self._store.projects.set_ignore(record.id, decision.ignore)

        self._writer.run(work, self._kept)

    def job_ended(self, job: Job) -> None:
        """A job ended: the result on the stage may be there now."""
        if self._pending is not None and job.recipe == "compare" and job.state == "done":
            self._load_pending()

    @property
    def absent(self) -> list[MediaItem]:
        """Files of the project that are not there, those of the stage first."""
        stage = _names(self._waiting.view, "stage") if self._waiting is not None else []
        items = [one for one in self.library.items if one.status in ABSENT]
        return sorted(items, key=lambda one: one.content_id not in stage)

    # view

    def keep(self, name: str, view: Callable[[], Any]) -> None:
        """Have `view()` (plain JSON values) kept with the project under `name`."""
        self._views[name] = view

    def touch(self) -> None:
        """Something in the view changed: keep it soon."""
        if self.project is not None:
            self._timer.start()

    def save_view(self) -> None:
        """Keep the view now."""
        self._timer.stop()
        if self.project is None:
            return
        project_id, view = self.project.id, self._view()
        self._writer.run(lambda _tick: self._store.projects.set_view(project_id, view), self._kept)

    def close(self) -> bool:
        """Keep everything and end all work. True when all of it ended in time."""
        self.save_view()
        # it would tell of its end when nobody is there to listen
        self.undo.blockSignals(True)
        return all([self._others.close(), self._crew.close(), self.library.close(), self._writer.drain()])

    # inside

    def _new(self, name: str) -> Project:
        return self._store.projects.create(name)

    def _view(self) -> dict[str, Any]:
        view: dict[str, Any] = {name: source() for name, source in self._views.items()}
        view["library"] = [one.content_id for one in self.library.items if one.content_id]
        if self.shown is not None:
            shown = self.shown
            view["stage"] = [side.info.content_id for side in (shown.a, shown.b) if side is not None]
            view["comparison"] = shown.record.id if shown.record else ""
        elif self._waiting is not None:
            view |= {name: kept for name, kept in self._waiting.view.items() if name in ("stage", "comparison", "page")}
        return view

    def _open(self, choose: Callable[[], Project], then: Callable[[], None] | None = None) -> None:
        self.save_view()
        self._asked += 1
        asked = self._asked

        def work(tick: Tick) -> Opened:
            project = choose()
            self._store.projects.opened(project.id)
            items = self._stored_items(project)
            try:
                return Opened(project, items, self._stored_stage(project, tick))
            except EngineError as error:
                return Opened(project, items, None, error)

        def done(outcome: Outcome[Opened]) -> None:
            if asked == self._asked:
                self._opened(outcome, then)

        self._crew.run(work, done)

    def _opened(self, outcome: Outcome[Opened], then: Callable[[], None] | None) -> None:
        if outcome.result is None:
            self._fail(outcome.error)
            return
        opened = outcome.result
        self.project = opened.project
        self.undo.clear()
        self._pending = None
        self._decided = {}
        self.shown = None
        self._waiting = opened.project if isinstance(opened.problem, MissingMedia) else None
        self.library.reset(opened.project.id, opened.items)
        self.project_changed.emit()
        self.view_opened.emit(opened.project.view)
        if opened.shown is not None:
            self._set_shown(opened.shown)
        if isinstance(opened.problem, MissingMedia):
            self.stage_missing.emit(opened.problem)
        elif opened.problem is not None:
            self._fail(opened.problem)
        self._look_at_projects()
        if then is not None:
            then()

    def _follow(self, seen: Seen) -> None:
        """Another window may have made or named projects."""
        if [(one.id, one.name) for one in seen.projects] == [(one.id, one.name) for one in self.recent]:
            return
        self.recent = seen.projects
        self.projects_changed.emit()

    def _look_at_projects(self) -> None:
        def done(outcome: Outcome[list[Project]]) -> None:
            self.recent = tuple(outcome.result or ())
            self.projects_changed.emit()

        self._writer.run(lambda _tick: self._store.projects.recent(), done)

    def _stored_items(self, project: Project) -> list[MediaItem]:
        known = {one.content_id: Path(one.path) for one in self._store.projects.media(project.id)}
        # files are read side by side, so the order in which they were added is kept by the view
        order = [one for one in _names(project.view, "library") if one in known]
        order += [one for one in known if one not in order]
        return [self._stored_item(content_id, known[content_id]) for content_id in order]

    def _look_at_stage(self) -> None:
        """Put back what was on the stage once its files are there again."""
        waiting = self._waiting
        ready = {one.content_id for one in self.library.items if one.status == "ready"}
        if waiting is None or not set(_names(waiting.view, "stage")[:2]) <= ready:
            return
        self._waiting = None

        def work(tick: Tick) -> Shown:
            shown = self._stored_stage(waiting, tick)
            assert shown is not None
            return shown

        def put_back(shown: Shown) -> None:
            self.view_opened.emit(waiting.view)
            self._set_shown(shown)

        self._ask(work, put_back)

    def _stored_item(self, content_id: str, path: Path) -> MediaItem:
        info = self._store.media.info(content_id)
        key = self.library.new_key()
        try:
            return MediaItem(key, self._store.media.path(content_id), "ready", content_id, info)
        except MissingMedia as error:
            return MediaItem(key, path, media.absent(error), content_id, info, str(error))

    def _stored_stage(self, project: Project, tick: Tick) -> Shown | None:
        stage = _names(project.view, "stage")[:2]
        if not stage:
            return None
        records = self._store.projects.comparisons(project.id)
        wanted = str(project.view.get("comparison", ""))
        # of a project that was imported the records have other ids than its view says
        fitting = [one for one in records if one.id == wanted] or [one for one in records if [one.a, one.b] == stage]
        record = fitting[-1] if wanted and fitting else None
        sides = [self._side(content_id, tick) for content_id in stage]
        if record is None or len(sides) < 2:
            return Shown(sides[0], sides[1] if len(sides) > 1 else None)
        return Shown(sides[0], sides[1], record, self._load(record, sides[0], sides[1]))

    def _side(self, content_id: str, tick: Tick) -> Side:
        path = self._store.media.path(content_id)
        known = media.read(self._store, self._runner, path, tick)
        return Side(path, known.info, known.times)

    def _load(self, record: ComparisonRecord, a: Side, b: Side) -> Comparison | None:
        from vidstudio.engine.recipes.compare import located

        results = self._runner.load(record.call)
        return located(results[0], a.info, b.info) if results else None

    def _ask(self, work: Callable[[Tick], Shown], done: Callable[[Shown], None]) -> None:
        self._asked += 1
        asked = self._asked

        def ended(outcome: Outcome[Shown]) -> None:
            if asked != self._asked:
                return
            if outcome.result is None:
                self._fail(outcome.error)
            else:
                done(outcome.result)

        self._crew.run(work, ended)

    def _set_shown(self, shown: Shown) -> None:
        self.shown, self._waiting = shown, None
        is_open = shown.record is not None and shown.b is not None and shown.comparison is None
        self._pending = Pending(shown.record, shown.a, shown.b) if is_open and shown.record and shown.b else None
        self.shown_changed.emit(shown)
        if shown.comparison is not None:
            self.comparison_ready.emit(shown.comparison)
        self._lanes.kick()
        # what was shown is drawn first
        QTimer.singleShot(0, self, self._after_shown)

    def _after_shown(self) -> None:
        if self._pending is not None:
            # its job may have ended between looking and being shown
            self._load_pending()
        self.touch()

    def _load_pending(self) -> None:
        pending = self._pending
        if pending is None or pending.loading:
            if pending is not None:
                pending.again = True
            return
        pending.loading, pending.again = True, False

        def done(outcome: Outcome[Comparison | None]) -> None:
            pending.loading = False
            if outcome.error is not None:
                self._fail(outcome.error)
            elif outcome.result is not None and self._pending is pending:
                self._pending = None
                self.shown = Shown(pending.a, pending.b, pending.record, outcome.result)
                self.comparison_ready.emit(outcome.result)
            elif pending.again:
                self._load_pending()

        self._crew.run(lambda _tick: self._load(pending.record, pending.a, pending.b), done)

    def _kept(self, outcome: Outcome[Any]) -> None:
        if outcome.error is not None:
            self._fail(outcome.error)
        else:
            self.saved.emit()

    def set_name(self, project: Project, name: str) -> None:
        """Rename at once (what undo and redo do)."""

        def done(outcome: Outcome[Any]) -> None:
            if outcome.error is not None:
                self._fail(outcome.error)
            self._look_at_projects()

        self._writer.run(lambda _tick: self._store.projects.rename(project.id, name), done)
        if self.project is not None and self.project.id == project.id:
            self.project = replace(self.project, name=name)
            self.project_changed.emit()

    def _fail(self, error: BaseException | None) -> None:
        if isinstance(error, Exception):
            self.failed.emit(error)


def _names(view: dict[str, Any], key: str) -> list[str]:
    """A list of names in a kept view. It may come from an imported file, so anything may stand there."""
    found = view.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
