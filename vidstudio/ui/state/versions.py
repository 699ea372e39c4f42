"""The reference of the open project and its versions: which are compared, and what of the reference is in which."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from PySide6.QtGui import QUndoCommand

from vidstudio.engine.alignment.edits.versions import Matrix, matrix
from vidstudio.engine.ignore.applying import applied
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.store import Store
from vidstudio.engine.types import Comparison, VideoInfo
from vidstudio.player.signals import signal
from vidstudio.ui.state.project import ProjectState
from vidstudio.ui.worker import Crew, Outcome, Tick

_PATIENCE_MS = 60
_NOTHING = Matrix((), ())


@dataclass(frozen=True, slots=True)
class Version:
    """A version in the library; `column` is its place in the matrix, None until it is compared."""

    content_id: str
    name: str
    info: VideoInfo
    column: int | None = None


class VersionsState(QObject):
    """What the Versions view shows. Looks again, in a worker, whenever something of it may have changed.

    It works only while `active`, that is while somebody looks.
    """

    changed = signal()
    reference_changed = signal()
    failed = signal(Exception)

    def __init__(self, project: ProjectState, store: Store, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project, self._store, self._runner = project, store, runner
        self.versions: tuple[Version, ...] = ()
        self.matrix = _NOTHING
        self._active = False
        self._asked = 0
        self._crew = Crew(self, at_once=1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PATIENCE_MS)
        self._later.timeout.connect(self._look)
        project.project_changed.connect(self._new_reference)
        project.library.changed.connect(self.look_again)
        project.stage.comparison_ready.connect(lambda _comparison: self.look_again())

    @property
    def reference(self) -> str:
        """Content id of the reference; "" where none was chosen or it is not in the library."""
        wanted = self._project.project.reference if self._project.project else ""
        return wanted if any(one.content_id == wanted for one in self._project.library.items if wanted) else ""

    @property
    def reference_name(self) -> str:
        """Its name; "" without one."""
        wanted = self.reference
        return next((one.name for one in self._project.library.items if wanted and one.content_id == wanted), "")

    @property
    def reference_info(self) -> VideoInfo | None:
        """What its file says; None without one."""
        wanted = self.reference
        return next((one.info for one in self._project.library.items if wanted and one.content_id == wanted), None)

    def make_reference(self, content_id: str) -> None:
        """Let a file be the one that the others are versions of ("" for none), as one undo step."""
        now = self._project.project
        if now is not None and content_id != now.reference:
            name = next((one.name for one in self._project.library.items if one.content_id == content_id), "")
            self._project.undo.push(_MakeReference(self, now.reference, content_id, name))

    def put_reference(self, content_id: str) -> None:
        """What undo and redo do."""
        self._project.set_reference(content_id)
        self._new_reference()

    def compare_all(self) -> None:
        """Compare every version that is not compared yet with the reference; what is on the stage stays."""
        missing = [one.content_id for one in self.versions if one.column is None]
        if self.reference and missing:
            self._project.stage.compare_quietly([(self.reference, one) for one in missing])

    def set_active(self, on: bool) -> None:
        """Whether somebody looks."""
        self._active = on
        if on:
            self.look_again()

    def look_again(self) -> None:
        """Something may have changed: look soon."""
        if self._active:
            self._later.start()

    def close(self) -> bool:
        """End all work. True when it ended in time."""
        self._later.stop()
        return self._crew.close()

    def _new_reference(self) -> None:
        self.reference_changed.emit()
        self.look_again()

    def _look(self) -> None:
        project, reference = self._project.project, self.reference
        self._asked += 1
        asked = self._asked
        others = [
            Version(one.content_id, one.name, one.info)
            for one in self._project.library.items
            if one.info is not None and one.content_id not in ("", reference)
        ]
        if project is None or not reference:
            self._show((), _NOTHING)
            return
        project_id = project.id
        decided = self._project.decided_ignores

        def work(tick: Tick) -> tuple[tuple[Version, ...], Matrix]:
            records = {one.b: one for one in self._store.projects.comparisons(project_id) if one.a == reference}
            found: list[Comparison] = []
            versions: list[Version] = []
            for one in others:
                tick()
                record = records.get(one.content_id)
                results = self._runner.load(record.call) if record else None
                if record is None or not results:
                    versions.append(one)
                    continue
                ignore = decided.get((record.a, record.b), record.ignore)
                versions.append(Version(one.content_id, one.name, one.info, len(found)))
                found.append(applied(results[0], ignore))
            return tuple(versions), matrix(found)

        def done(outcome: Outcome[tuple[tuple[Version, ...], Matrix]]) -> None:
            if asked != self._asked or outcome.cancelled:
                return
            if outcome.result is not None:
                self._show(*outcome.result)
            elif isinstance(outcome.error, Exception):
                self.failed.emit(outcome.error)

        self._crew.run(work, done)

    def _show(self, versions: tuple[Version, ...], found: Matrix) -> None:
        self.versions, self.matrix = versions, found
        self.changed.emit()


class _MakeReference(QUndoCommand):
    """Another file became the reference."""

    def __init__(self, state: VersionsState, before: str, after: str, name: str) -> None:
        words = QCoreApplication.translate("Versions", "make {0} the reference").format(name)
        super().__init__(words if after else QCoreApplication.translate("Versions", "have no reference"))
        self._state, self._before, self._after = state, before, after

    def redo(self) -> None:
        self._state.put_reference(self._after)

    def undo(self) -> None:
        self._state.put_reference(self._before)
