"""What is on the stage: one video, or two versions and their comparison, which is made when there is none yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from vidstudio.engine.clouds.gate import Gate
from vidstudio.engine.clouds.offers import Offer
from vidstudio.engine.errors import EngineError, MissingMedia
from vidstudio.engine.paths import is_folder
from vidstudio.engine.runner import Runner
from vidstudio.engine.settings import Settings
from vidstudio.engine.stage import Call
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
from vidstudio.ui.state.pairing import pair_to_compare
from vidstudio.ui.state.settings import SettingsState
from vidstudio.ui.worker import Crew, Outcome, Tick


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the stage: one video, or two versions and, once it is there, their comparison."""

    a: Side
    b: Side | None = None
    record: ComparisonRecord | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class CloudQuestion:
    """Two files (content ids) cannot be compared before the person agrees to these offers for these calls."""

    a: str
    b: str
    calls: tuple[Call, ...]
    offers: tuple[Offer, ...]


@dataclass
class _Pending:
    """The comparison that is being made, and whether its result was asked for."""

    record: ComparisonRecord
    a: Side
    b: Side
    loading: bool = False
    again: bool = False


class StageState(QObject):
    """The stage of the open project. The project says which that is (`clear`, `put_back`) and keeps its `view`.

    crew: works off one thing after another, so a project is opened after what was asked for the one before.
    view_opened: the kept view that goes with what is shown next. shown_changed: other sides.
    emptied: all that was shown went out of the project. comparison_ready: the result of the sides.
    missing: what was on the stage is not there.
    cloud_asked: a comparison waits for the person's yes (see `agree`).
    """

    view_opened = signal(dict)
    shown_changed = signal(Shown)
    emptied = signal()
    comparison_ready = signal(Comparison)
    missing = signal(EngineError)
    cloud_asked = signal(CloudQuestion)
    failed = signal(Exception)

    def __init__(
        self,
        store: Store,
        runner: Runner,
        lanes: Lanes,
        settings: SettingsState,
        gate: Gate,
        library: LibraryState,
        crew: Crew,
    ) -> None:
        super().__init__(library)
        self._store, self._runner, self._lanes, self._settings, self._gate = store, runner, lanes, settings, gate
        self._library, self._crew = library, crew
        library.changed.connect(self._look_again)
        library.membership_changed.connect(self._follow_library)
        self.shown: Shown | None = None
        self._project_id = ""
        self._waiting: Project | None = None
        """The open project, when what was on its stage is not all there."""
        self._pending: _Pending | None = None
        self._whole: tuple[Shown, Shown | None] | None = None
        """What was shown before files of it went out of the project, and what was left of it."""
        self._asked = 0

    # for the project

    def give_up(self) -> None:
        """What was asked for and is not there yet is not shown any more."""
        self._asked += 1

    def clear(self) -> None:
        """Nothing is shown, and no project is open."""
        self.give_up()
        self._project_id = ""
        self.shown = self._waiting = self._pending = self._whole = None

    def stored(self, project: Project, tick: Tick) -> Shown | None:
        """What was on a project's stage when its view was kept. For workers. Raises MissingMedia, EngineError."""
        stage = names_in(project.view, "stage")[:2]
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

    def put_back(self, project: Project, shown: Shown | None, problem: EngineError | None) -> None:
        """Show what `stored` found when a project was opened, or say the problem that kept it from that."""
        self._project_id = project.id
        self._waiting = project if isinstance(problem, MissingMedia) else None
        self.view_opened.emit(project.view)
        if shown is not None:
            self._set_shown(shown)
        if isinstance(problem, MissingMedia):
            self.missing.emit(problem)
        elif problem is not None:
            self.failed.emit(problem)

    def view(self) -> dict[str, Any]:
        """What has to be kept to find it again, as plain JSON values."""
        if self.shown is not None:
            sides = [self.shown.a, self.shown.b]
            stage = [side.info.content_id for side in sides if side is not None]
            return {"stage": stage, "comparison": self.shown.record.id if self.shown.record else ""}
        if self._waiting is not None:
            return {name: kept for name, kept in self._waiting.view.items() if name in ("stage", "comparison", "page")}
        return {}

    # what people do

    def open_paths(self, paths: Sequence[Path], *, on_stage: bool = False) -> None:
        """Add files and folders. Two files at once on the stage or into an empty project are compared at once;

        one file goes to the stage when that is empty, and is compared with what is there when it is dropped on it.
        """
        empty = not self._library.items
        single_files = len(paths) in (1, 2) and not any(is_folder(path) for path in paths)

        def read(items: list[MediaItem]) -> None:
            if len(items) == 2 and single_files and (empty or on_stage):
                self.compare(items[0].content_id, items[1].content_id)
            elif items and on_stage and single_files and self.shown is not None:
                self.compare(self.shown.a.info.content_id, items[0].content_id)
            elif items and (self.shown is None or on_stage):
                self.show(items[0].content_id)

        self._library.add(paths, read)

    def open_named(self, paths: Sequence[Path]) -> None:
        """Open the files that the studio was started with, whatever is on the stage: two are compared."""

        def read(items: list[MediaItem]) -> None:
            if len(items) == 2:
                self.compare(items[0].content_id, items[1].content_id)
            elif items:
                self.show(items[0].content_id)

        if paths:
            self._library.add(paths, read)

    def show(self, content_id: str) -> None:
        """Put one video on the stage."""

        def work(tick: Tick) -> Shown:
            return Shown(self._side(content_id, tick))

        self._pending = None
        self._ask(work, self._set_shown)

    def compare(self, a: str, b: str) -> None:
        """Compare two files (content ids): both play at once; the result comes when its job is done."""
        if not self._project_id:
            return
        if a == b:
            text = "These two files have the same content: there is nothing to compare."
            self._library.noticed.emit(QCoreApplication.translate("Project", text))
            if self.shown is None:
                self.show(a)
            return
        project_id = self._project_id
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

        self._crew.run(lambda _tick: self._gate.agree(question.calls, question.offers), done, keep=True)

    def compare_quietly(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Have pairs of files (content ids) compared; the stage stays as it is."""
        if not self._project_id:
            return
        project_id, settings = self._project_id, self._settings.value
        questions: list[CloudQuestion] = []

        def work(tick: Tick) -> None:
            for a, b in pairs:
                self._compared(project_id, settings, a, b, tick, questions)

        def done(outcome: Outcome[None]) -> None:
            self._lanes.kick()
            self._fail(outcome.error)
            self._ask_for(questions)

        self._crew.run(work, done)

    def compare_chosen(self, keys: Sequence[str], reference: str = "") -> None:
        """Compare two chosen items; one with the reference or A; with none, what is on the stage, or the first two.

        The reference is always A.
        """
        chosen = [one.content_id for key in keys if (one := self._library.item(key)) and one.status == "ready"]
        ready = [one.content_id for one in self._library.items if one.status == "ready"]
        stage = [side.info.content_id for side in (self.shown.a, self.shown.b) if side] if self.shown else []
        pair = pair_to_compare(chosen, ready, stage, reference)
        if pair is None:
            text = QCoreApplication.translate("Project", "Two videos are needed to compare.")
            self.failed.emit(EngineError(text, QCoreApplication.translate("Project", "Add another version.")))
            return
        self.compare(*pair)

    def job_ended(self, job: Job) -> None:
        """A job ended: the result on the stage may be there now."""
        if self._pending is not None and job.recipe == "compare" and job.state == "done":
            self._load_pending()

    @property
    def absent(self) -> list[MediaItem]:
        """Files of the project that are not there, those of the stage first."""
        stage = names_in(self._waiting.view, "stage") if self._waiting is not None else []
        items = [one for one in self._library.items if one.status in ABSENT]
        return sorted(items, key=lambda one: one.content_id not in stage)

    @property
    def missing_names(self) -> list[str]:
        """Names of the files that keep what was on the stage from being shown."""
        stage = names_in(self._waiting.view, "stage") if self._waiting is not None else []
        return [one.name for one in self.absent if one.content_id in stage]

    # inside

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

    def _ask_for(self, questions: Sequence[CloudQuestion]) -> None:
        for question in questions:
            self.cloud_asked.emit(question)

    def _look_again(self) -> None:
        """Put back what was on the stage once its files are there again."""
        waiting = self._waiting
        ready = {one.content_id for one in self._library.items if one.status == "ready"}
        if waiting is None or not set(names_in(waiting.view, "stage")[:2]) <= ready:
            return
        self._waiting = None

        def work(tick: Tick) -> Shown:
            shown = self.stored(waiting, tick)
            assert shown is not None
            return shown

        def put_back(shown: Shown) -> None:
            self.view_opened.emit(waiting.view)
            self._set_shown(shown)

        self._ask(work, put_back)

    def _follow_library(self) -> None:
        """What goes out of the project goes off the stage; when that is undone it is back as it was."""
        there = {one.content_id for one in self._library.items}
        whole = self._whole[0] if self._whole is not None and self.shown is self._whole[1] else self.shown
        if whole is None:
            return
        sides = [side for side in (whole.a, whole.b) if side is not None]
        left = [side for side in sides if side.info.content_id in there]
        on_stage = [side for side in (self.shown.a, self.shown.b) if side is not None] if self.shown is not None else []
        if [side.info.content_id for side in left] == [side.info.content_id for side in on_stage]:
            return
        now = whole if len(left) == len(sides) else Shown(left[0]) if left else None
        self.give_up()
        self._whole = (whole, now)
        if now is not None:
            self._set_shown(now)
        else:
            self.shown = self._pending = None
            self.emptied.emit()

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
        self._pending = None
        if shown.record is not None and shown.b is not None and shown.comparison is None:
            self._pending = _Pending(shown.record, shown.a, shown.b)
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

    def _load_pending(self) -> None:
        pending = self._pending
        if pending is None:
            return
        if pending.loading:
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

    def _fail(self, error: BaseException | None) -> None:
        if isinstance(error, Exception):
            self.failed.emit(error)


def names_in(view: dict[str, Any], key: str) -> list[str]:
    """A list of names in a kept view. It may come from an imported file, so anything may stand there."""
    found = view.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
