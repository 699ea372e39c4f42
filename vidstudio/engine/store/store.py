"""All the studio remembers, opened in one place."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from vidstudio.engine.paths import Paths
from vidstudio.engine.store.clouds import CloudStore
from vidstudio.engine.store.db import Database
from vidstudio.engine.store.jobs import JobStore
from vidstudio.engine.store.media import MediaStore
from vidstudio.engine.store.projects import ProjectStore
from vidstudio.engine.store.results import ResultStore
from vidstudio.engine.store.settings import SettingsStore


class Store:
    """Projects, media, results, jobs and settings in `paths.data`. May be used from any thread.

    Several processes may have it open at once. Raises StoreTooNew when a newer VidStudio wrote it and
    EnvironmentProblem when it cannot be used.
    """

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._db = Database(paths.database)
        self.results = ResultStore(self._db, paths.artifacts)
        self.media = MediaStore(self._db)
        self.projects = ProjectStore(self._db, self.media, self.results)
        self.jobs = JobStore(self._db)
        self.settings = SettingsStore(self._db)
        self.clouds = CloudStore(self._db)
        try:
            self.results.clear_writing()
        except BaseException:
            self.close()
            raise

    @property
    def models_folder(self) -> Path:
        """Where weights are kept: where the user wants them, else the studio's own folder."""
        own = self.settings.load().models_folder
        return Path(own) if own else self.paths.models

    def version(self) -> int:
        """A number that rises whenever anything was written, by this process or another. Cheap."""
        return self._db.version()

    def close(self) -> None:
        """Close it. No thread may be using it."""
        self._db.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
