"""The files of the open project: reading them, removing them with undo, finding moved ones again."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QImage, QUndoCommand, QUndoStack

from vidstudio.engine.errors import EngineError, MissingMedia
from vidstudio.engine.paths import is_folder, is_there
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.projects import ProjectMedia
from vidstudio.engine.store.store import Store
from vidstudio.player.signals import signal
from vidstudio.ui.state import media
from vidstudio.ui.state.media import ABSENT, Found, MediaItem, Read, Status
from vidstudio.ui.worker import Crew, Outcome, Tick


class LibraryState(QObject):
    """Items in the order they were added. Everything that touches a file happens in a worker.

    changed: items came, went, or changed. membership_changed: files were taken out or put back.
    failed: an error that belongs to no item.
    crew: the project's, whose owner closes it: what people did to the library is written in the order they did it.
    """

    changed = signal()
    membership_changed = signal()
    failed = signal(Exception)
    noticed = signal(str)

    def __init__(
        self, store: Store, runner: Runner, undo: QUndoStack, crew: Crew, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store, self._runner, self._undo, self._crew = store, runner, undo, crew
        self._readers = Crew(self, at_once=2)
        self._painters = Crew(self, at_once=1)
        self._looker = Crew(self, at_once=1)
        self._numbers = itertools.count(1)
        self._waiting: dict[str, Callable[[MediaItem], None]] = {}
        self._arrivals: dict[str, _Arrival] = {}
        self.project_id = ""
        self.doings = 0
        """Rises with everything done to the library in this window."""
        self.items: tuple[MediaItem, ...] = ()
        self._stored: set[str] = set()  # content ids the project had when the store was last looked at

    def item(self, key: str) -> MediaItem | None:
        """The item with this key or content id."""
        return next((one for one in self.items if key and key in (one.key, one.content_id)), None)

    def reset(self, project_id: str, items: Sequence[MediaItem]) -> None:
        """Show another project's files; those that are ready still get their thumbnails."""
        self.doings += 1
        self.project_id = project_id
        self._waiting.clear()
        self._arrivals.clear()
        self.items = tuple(items)
        self._stored = {one.content_id for one in items}
        self.changed.emit()
        for one in self.items:
            if one.status == "ready":
                self._read(one, known=True)

    def new_key(self) -> str:
        """A key that no item has."""
        return f"item-{next(self._numbers)}"

    def add(self, paths: Sequence[Path], then: Callable[[list[MediaItem]], None] | None = None) -> None:
        """Add files and folders. `then` gets the items that could be read, in order, when all were tried."""
        if not paths:
            return
        if not any(is_folder(path) for path in paths):
            self._add_files(list(dict.fromkeys(path.absolute() for path in paths)), then)
            return
        project_id = self.project_id

        def found(outcome: Outcome[Found]) -> None:
            if outcome.error is not None:
                self._fail(outcome.error)
            elif project_id == self.project_id and outcome.result is not None:
                self._add_files(outcome.result.videos, then)
                if outcome.result.left_out:
                    self.noticed.emit(media.left_out_text(outcome.result.left_out))

        self._readers.run(lambda tick: media.find_videos(paths, tick), found, first=True)

    def retry(self, key: str) -> None:
        """Try to read an item once more."""
        if (one := self.item(key)) is not None:
            self._replace(replace(one, status="reading", reason=""))
            self._expect([one])
            self._read(one)

    def remove(self, keys: Sequence[str]) -> None:
        """Take items out of the project; can be undone. The files stay."""
        gone = [one for key in keys if (one := self.item(key)) is not None]
        if gone:
            self._undo.push(_Remove(self, gone))

    def relink(self, key: str, path: Path) -> None:
        """Say where a moved file is now."""
        one = self.item(key)
        if one is None:
            return
        if not one.content_id:
            self._replace(replace(one, path=path, status="reading", reason=""))
            self._expect([one])
            self._read(replace(one, path=path))
            return

        def done(outcome: Outcome[object]) -> None:
            if outcome.error is not None:
                self._fail(outcome.error)
                return
            moved = replace(one, path=path, status="reading", reason="")
            self._replace(moved)
            self._read(moved)

        self._crew.run(lambda _tick: self._store.media.relink(one.content_id, path), done, keep=True)

    def look_at_files(self) -> None:
        """See which files are still where they were, and which are there again. In a worker; does not read them."""
        project_id, known = self.project_id, [one for one in self.items if one.status in ("ready", *ABSENT)]
        if not known or self._looker.busy:
            return

        def work(tick: Tick) -> dict[str, tuple[Status, str]]:
            gone: dict[str, tuple[Status, str]] = {}
            for one in known:
                tick()
                try:
                    self._store.media.path(one.content_id)
                except MissingMedia as error:
                    gone[one.key] = media.absent(error), str(error)
            return gone

        def done(outcome: Outcome[dict[str, tuple[Status, str]]]) -> None:
            if outcome.result is None or project_id != self.project_id:
                return
            for was in known:
                one, (status, reason) = self.item(was.key), outcome.result.get(was.key, ("ready", ""))
                if one is not None and one.status == was.status != status:
                    self._replace(replace(one, status=status, reason=reason))

        self._looker.run(work, done)

    @property
    def busy(self) -> bool:
        """Whether files are being read or written down."""
        return self._crew.busy or any(one.status == "reading" for one in self.items)

    def follow(self, now: Sequence[ProjectMedia]) -> None:
        """Do what another window did to this project since the last look at the store; no undo steps of this one."""
        then, there = self._stored, {one.content_id for one in now}
        self._stored = there
        mine = {one.content_id for one in self.items}
        gone = {one.key for one in self.items if one.content_id in then - there}
        fresh = [
            MediaItem(self.new_key(), Path(one.path), "reading", one.content_id)
            for one in now
            if one.content_id not in then | mine
        ]
        if not gone and not fresh:
            return
        self.items = (*(one for one in self.items if one.key not in gone), *fresh)
        self.changed.emit()
        for one in fresh:
            self._read(one, known=True)
        self.membership_changed.emit()

    def close(self) -> bool:
        """Stop reading. True when all of it ended in time."""
        return all([self._looker.close(), self._readers.close(), self._painters.close()])

    def put_back(self, items: Sequence[tuple[int, MediaItem]]) -> None:
        """Insert items at their old places (undo of removing)."""
        self.doings += 1
        now = list(self.items)
        for place, one in sorted(items, key=lambda row: row[0]):
            now.insert(min(place, len(now)), one)
            if one.content_id:
                self._write_add(one)
        self.items = tuple(now)
        self.changed.emit()
        self.membership_changed.emit()

    def take_out(self, items: Sequence[MediaItem]) -> list[tuple[int, MediaItem]]:
        """Remove items at once; returns them with their places."""
        self.doings += 1
        keys = {one.key for one in items}
        taken = [(place, one) for place, one in enumerate(self.items) if one.key in keys]
        self.items = tuple(one for one in self.items if one.key not in keys)
        project_id = self.project_id
        for _, one in taken:
            if one.content_id:
                self._write(functools.partial(self._store.projects.remove_media, project_id, one.content_id))
        self.changed.emit()
        self.membership_changed.emit()
        return taken

    def _add_files(self, paths: list[Path], then: Callable[[list[MediaItem]], None] | None) -> None:
        if not paths:
            self.noticed.emit(QCoreApplication.translate("Library", "There are no videos in that folder."))
            return
        self.doings += 1
        fresh: list[MediaItem] = []
        results: dict[str, MediaItem | None] = {}
        order: list[str] = []

        def ended(asked: str) -> Callable[[MediaItem], None]:
            def one_ended(one: MediaItem) -> None:
                results[asked] = one if one.status == "ready" else None
                if then is not None and len(results) == len(order):
                    then([found for key in order if (found := results[key]) is not None])

            return one_ended

        for path in paths:
            known = next((one for one in self.items if one.path == path), None)
            one = known or MediaItem(self.new_key(), path, "reading")
            order.append(one.key)
            if known is None:
                fresh.append(one)
        self.items = (*self.items, *fresh)
        self.changed.emit()
        for key in order:
            if (known := self.item(key)) is not None and known.status == "ready":
                ended(key)(known)
            else:
                self._waiting[key] = ended(key)
        self._expect(fresh)
        for one in fresh:
            self._read(one)

    def _expect(self, items: Sequence[MediaItem]) -> None:
        """Take files that are about to be read, and are not in the project yet, as one undo step."""
        fresh = {one.key for one in items if not one.content_id}
        self._arrivals |= dict.fromkeys(fresh, _Arrival(fresh, []))

    def _arrived(self, key: str) -> None:
        """A file was read, or will not be; with the last of those that came together they are one undo step."""
        arrival = self._arrivals.pop(key, None)
        if arrival is None:
            return
        arrival.reading.discard(key)
        if (one := self.item(key)) is not None and one.status == "ready":
            arrival.came.append(one)
        if arrival.came and not arrival.reading:
            self._undo.push(_Add(self, arrival.came))

    def _read(self, one: MediaItem, known: bool = False) -> None:
        project_id = self.project_id

        def work(tick: Tick) -> Read:
            result = media.read(self._store, self._runner, one.path, tick)
            now = result.info.content_id
            if not known or now != one.content_id:
                self._store.projects.add_media(project_id, now, one.path)
            if one.content_id not in ("", now):  # another film under the same name: the project has that one instead
                self._store.projects.remove_media(project_id, one.content_id)
            return result

        def done(outcome: Outcome[Read]) -> None:
            if project_id == self.project_id and self.item(one.key) is not None:
                self._was_read(one, outcome, known)
            if project_id == self.project_id:
                self._arrived(one.key)

        self._readers.run(work, done)

    def _was_read(self, one: MediaItem, outcome: Outcome[Read], known: bool) -> None:
        if outcome.error is not None or outcome.result is None:
            self._was_not_read(one, outcome.error)
            return
        result = outcome.result
        double = next((o for o in self.items if o.content_id == result.info.content_id and o.key != one.key), None)
        if double is not None and not known:
            self.items = tuple(o for o in self.items if o.key != one.key)
            self.changed.emit()
            text = QCoreApplication.translate("Library", "{0} is in the library already, as {1}.")
            self.noticed.emit(text.format(one.name, double.name))
            self._tell(one.key, double)
            return
        self.doings += 1
        now = self.item(one.key) or one
        ready = replace(now, status="ready", content_id=result.info.content_id, info=result.info, reason="")
        self._replace(ready)
        self._tell(one.key, ready)
        self._painters.run(
            lambda _tick: media.thumbnail(one.path, result.times), lambda end: self._pictured(one.key, end)
        )

    def _was_not_read(self, one: MediaItem, error: BaseException | None) -> None:
        if isinstance(error, MissingMedia):
            bad = replace(one, status=media.absent(error), reason=str(error))
        elif not is_there(one.path):
            bad = replace(one, status="missing", reason=str(error))
        elif isinstance(error, EngineError):
            bad = replace(one, status="failed", reason=str(error))
        else:
            text = QCoreApplication.translate("Library", "It could not be read, because of a bug in VidStudio.")
            bad = replace(one, status="failed", reason=text)
            if error is not None:
                self._fail(error)
        self._replace(bad)
        self._tell(one.key, bad)

    def _pictured(self, key: str, outcome: Outcome[QImage]) -> None:
        if (one := self.item(key)) is not None and outcome.result is not None:
            self._replace(replace(one, thumbnail=outcome.result))

    def _tell(self, key: str, one: MediaItem) -> None:
        if (then := self._waiting.pop(key, None)) is not None:
            then(one)

    def _replace(self, new: MediaItem) -> None:
        self.items = tuple(new if one.key == new.key else one for one in self.items)
        self.changed.emit()

    def _write_add(self, one: MediaItem) -> None:
        project_id = self.project_id
        self._write(lambda: self._store.projects.add_media(project_id, one.content_id, one.path))

    def _write(self, write: Callable[[], object]) -> None:
        self._crew.run(lambda _tick: write(), self._written, keep=True)

    def _written(self, outcome: Outcome[object]) -> None:
        if outcome.error is not None:
            self._fail(outcome.error)

    def _fail(self, error: BaseException) -> None:
        self.failed.emit(error)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Arrival:
    """Files that came in together: keys of those still being read, and those that are in."""

    reading: set[str]
    came: list[MediaItem]


class _Add(QUndoCommand):
    """Files came in. They are there already when this is made."""

    def __init__(self, library: LibraryState, items: list[MediaItem]) -> None:
        text = (
            QCoreApplication.translate("Library", "add {0}").format(items[0].name)
            if len(items) == 1
            else QCoreApplication.translate("Library", "add {0} videos").format(len(items))
        )
        super().__init__(text)
        self._library, self._items, self._first = library, items, True
        self._taken: list[tuple[int, MediaItem]] = []

    def redo(self) -> None:
        if self._first:
            self._first = False
        else:
            self._library.put_back(self._taken)

    def undo(self) -> None:
        self._taken = self._library.take_out(self._items)


class _Remove(QUndoCommand):
    """Files went out."""

    def __init__(self, library: LibraryState, items: list[MediaItem]) -> None:
        text = (
            QCoreApplication.translate("Library", "remove {0}").format(items[0].name)
            if len(items) == 1
            else QCoreApplication.translate("Library", "remove {0} videos").format(len(items))
        )
        super().__init__(text)
        self._library, self._items = library, items
        self._taken: list[tuple[int, MediaItem]] = []

    def redo(self) -> None:
        self._taken = self._library.take_out(self._items)

    def undo(self) -> None:
        self._library.put_back(self._taken)
