"""The open project: its name, its files, its stage, its view. Nothing has to be saved; everything is.

All reading and writing happens in workers; this object and everything that listens to it live in the GUI thread.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtGui import QUndoCommand, QUndoStack

from vidstudio.engine.clouds.gate import Gate
from vidstudio.engine.errors import EngineError, MissingMedia
from vidstudio.engine.ignore.rules import Ignore
from vidstudio.engine.paths import path_from_text, path_to_text
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.projects import ComparisonRecord, Project
from vidstudio.engine.store.store import Store
from vidstudio.player.signals import signal
from vidstudio.ui.lanes import Lanes
from vidstudio.ui.state import media
from vidstudio.ui.state.library import LibraryState
from vidstudio.ui.state.media import MediaItem
from vidstudio.ui.state.others import Others, Seen
from vidstudio.ui.state.prepared import IgnoreDecision
from vidstudio.ui.state.settings import SettingsState
from vidstudio.ui.state.stage import Shown, StageState, names_in
from vidstudio.ui.worker import Crew, Outcome, Tick

AUTOSAVE_MS = 800
"""How long a change of the view waits for more of its kind before it is kept."""

_MANY = 1000
"""More projects than anybody keeps apart by their names."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """What opening a project read; `problem` is why its stage could not be restored."""

    project: Project
    items: list[MediaItem]
    shown: Shown | None
    problem: EngineError | None = None


class ProjectState(QObject):
    """The open project.

    project_changed: another project, or another name. projects_changed: the newest ones are others.
    saved: the view was kept. failed: so did anything of the project, its library or its stage.
    """

    project_changed = signal()
    projects_changed = signal()
    saved = signal()
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
        self._store = store
        # one after another: what was decided is in the store before anything that has to heed it begins
        self._crew = Crew(self, at_once=1)
        self.undo = QUndoStack(self)
        self.library = LibraryState(store, runner, self.undo, self._crew, self)
        self.library.failed.connect(self.failed.emit)
        self.library.changed.connect(self.touch)
        self.stage = StageState(store, runner, lanes, settings, gate, self.library, self._crew)
        self.stage.failed.connect(self.failed.emit)
        self.stage.shown_changed.connect(lambda _shown: self.touch())
        self.stage.emptied.connect(self.touch)
        self.project: Project | None = None
        self.recent: tuple[Project, ...] = ()
        self._others = Others(store, lanes, self.library, self)
        self._others.seen.connect(self._follow)
        self._decided: dict[tuple[str, str], Ignore] = {}  # newer than what a record was read with
        self._asked = 0
        self._views: dict[str, Callable[[], Any]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AUTOSAVE_MS)
        self._timer.timeout.connect(self.save_view)

    # projects

    def open_last(self, then: Callable[[], None] | None = None) -> None:
        """Open the project that was open last; a new one when there is none."""
        self._open(lambda: next(iter(self._store.projects.recent(1)), None) or self._new(_untitled()), then)

    def open_project(self, project_id: str) -> None:
        """Open a project by its id."""
        self._open(lambda: self._store.projects.get(project_id))

    def new_project(self, name: str = "", then: Callable[[], None] | None = None) -> None:
        """Begin a new, empty project and open it."""
        self._open(lambda: self._new(name or _untitled()), then)

    def rename(self, name: str) -> None:
        """Give the open project another name; can be undone."""
        if self.project is not None and name.strip() and name.strip() != self.project.name:
            self.undo.push(_Rename(self, self.project, name.strip()))

    def set_local_only(self, local_only: bool) -> None:
        """Say whether everything of the open project has to stay on this computer."""
        if self.project is None or self.project.local_only == local_only:
            return
        project = self.project
        self.project = replace(project, local_only=local_only)

        def done(outcome: Outcome[Any]) -> None:
            self._kept(outcome)
            # what was not written does not hold: nobody may believe it
            if not outcome.ok and self.project is not None and self.project.id == project.id:
                self.project = replace(self.project, local_only=project.local_only)
                self.project_changed.emit()

        self._crew.run(lambda _tick: self._store.projects.set_local_only(project.id, local_only), done, keep=True)
        self.project_changed.emit()

    def delete(self) -> None:
        """Take the open project out of the studio and open the next one. The files stay."""
        if self.project is None:
            return
        gone = self.project.id

        def next_project() -> Project:
            self._store.projects.delete(gone)
            return next(iter(self._store.projects.recent(1)), None) or self._new(_untitled())

        self._timer.stop()
        self.project = None
        self.stage.clear()
        self._open(next_project)

    def set_reference(self, content_id: str) -> None:
        """Let the others be versions of a file, at once ("" for none)."""
        if self.project is not None:
            project_id = self.project.id
            self.project = replace(self.project, reference=content_id)
            self._write(lambda: self._store.projects.set_reference(project_id, content_id))

    # what is ignored

    @property
    def decided_ignores(self) -> dict[tuple[str, str], Ignore]:
        """What was decided to be ignored since the project was opened, by the content ids of A and B."""
        return dict(self._decided)

    def ignore_of(self, record: ComparisonRecord | None) -> Ignore:
        """What is ignored now in a comparison; nothing in none."""
        return self._decided.get((record.a, record.b), record.ignore) if record else Ignore()

    def keep_ignore(self, decision: IgnoreDecision) -> None:
        """Keep what is ignored with every comparison of the two files."""
        if self.project is None:
            return
        project_id, sides = self.project.id, (decision.a, decision.b)
        self._decided[sides] = decision.ignore

        def write() -> None:
            for record in self._store.projects.comparisons(project_id):
                if (record.a, record.b) == sides:
                    self._store.projects.set_ignore(record.id, decision.ignore)

        self._write(write)

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
        self._write(lambda: self._store.projects.set_view(project_id, view))

    def close(self) -> bool:
        """Keep everything and end all work. True when all of it ended in time."""
        self.save_view()
        # it would tell of its end when nobody is there to listen
        self.undo.blockSignals(True)
        return all([self._others.close(), self.library.close(), self._crew.close()])

    # inside

    def _new(self, name: str) -> Project:
        taken = {one.name for one in self._store.projects.recent(_MANY)}
        numbered = (QCoreApplication.translate("Project", "{0} ({1})").format(name, n) for n in itertools.count(2))
        return self._store.projects.create(next(one for one in itertools.chain([name], numbered) if one not in taken))

    def _view(self) -> dict[str, Any]:
        view: dict[str, Any] = {name: source() for name, source in self._views.items()}
        view["library"] = [one.content_id for one in self.library.items if one.content_id]
        # they are no media of the project; the next time they may be whole
        view["unread"] = [path_to_text(one.path) for one in self.library.items if not one.content_id]
        return view | self.stage.view()

    def _open(self, choose: Callable[[], Project], then: Callable[[], None] | None = None) -> None:
        self.save_view()
        self.stage.give_up()
        self._asked += 1
        asked = self._asked

        def work(tick: Tick) -> _Opened:
            project = choose()
            self._store.projects.opened(project.id)
            items = self._stored_items(project)
            try:
                return _Opened(project, items, self.stage.stored(project, tick))
            except EngineError as error:
                return _Opened(project, items, None, error)

        def done(outcome: Outcome[_Opened]) -> None:
            if asked == self._asked:
                self._opened(outcome, then)

        self._crew.run(work, done)

    def _opened(self, outcome: Outcome[_Opened], then: Callable[[], None] | None) -> None:
        if outcome.result is None:
            self._fail(outcome.error)
            return
        opened = outcome.result
        self.project = opened.project
        self.undo.clear()
        self._decided = {}
        self.stage.clear()
        self.library.reset(opened.project.id, opened.items)
        self.project_changed.emit()
        self.library.add([Path(path_from_text(one)) for one in names_in(opened.project.view, "unread")])
        self.stage.put_back(opened.project, opened.shown, opened.problem)
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

        self._crew.run(lambda _tick: self._store.projects.recent(), done)

    def _stored_items(self, project: Project) -> list[MediaItem]:
        known = {one.content_id: Path(one.path) for one in self._store.projects.media(project.id)}
        # files are read side by side, so the order in which they were added is kept by the view
        order = [one for one in names_in(project.view, "library") if one in known]
        order += [one for one in known if one not in order]
        return [self._stored_item(content_id, known[content_id]) for content_id in order]

    def _stored_item(self, content_id: str, path: Path) -> MediaItem:
        info = self._store.media.info(content_id)
        key = self.library.new_key()
        try:
            return MediaItem(key, self._store.media.path(content_id), "ready", content_id, info)
        except MissingMedia as error:
            return MediaItem(key, path, media.absent(error), content_id, info, str(error))

    def _write(self, write: Callable[[], object]) -> None:
        self._crew.run(lambda _tick: write(), self._kept, keep=True)

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

        self._crew.run(lambda _tick: self._store.projects.rename(project.id, name), done, keep=True)
        if self.project is not None and self.project.id == project.id:
            self.project = replace(self.project, name=name)
            self.project_changed.emit()

    def _fail(self, error: BaseException | None) -> None:
        if isinstance(error, Exception):
            self.failed.emit(error)


class _Rename(QUndoCommand):
    """A project got another name."""

    def __init__(self, state: ProjectState, project: Project, name: str) -> None:
        super().__init__(QCoreApplication.translate("Project", "rename to {0}").format(name))
        self._state, self._project, self._name = state, project, name

    def redo(self) -> None:
        self._state.set_name(self._project, self._name)

    def undo(self) -> None:
        self._state.set_name(self._project, self._project.name)


def _untitled() -> str:
    return QCoreApplication.translate("Project", "Project of {0}").format(time.strftime("%Y-%m-%d %H:%M"))
