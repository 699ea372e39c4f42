"""What the window is given by `app.py`: the engine's things and the states that show them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vidstudio.engine.paths import Paths
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.store import Store
from vidstudio.ui.crash import CrashGuard
from vidstudio.ui.lanes import Lanes
from vidstudio.ui.state.clouds import CloudsState
from vidstudio.ui.state.jobs import JobsState
from vidstudio.ui.state.models import ModelsState
from vidstudio.ui.state.project import ProjectState
from vidstudio.ui.state.settings import SettingsState
from vidstudio.ui.state.space import SpaceState


@dataclass(frozen=True, slots=True)
class AppContext:
    """Built once in `app.py`, handed to the window; `close` ends all of it in the right order."""

    paths: Paths
    store: Store
    runner: Runner
    lanes: Lanes
    settings: SettingsState
    jobs: JobsState
    project: ProjectState
    models: ModelsState
    clouds: CloudsState
    space: SpaceState
    crash: CrashGuard
    log_file: Path | None = None
    end_clouds: Callable[[], None] = lambda: None

    def close(self) -> bool:
        """Keep everything, stop all threads, close the store. True when every thread ended in time.

        Otherwise the caller must not let Qt destroy what still runs: `os._exit` loses nothing that was sealed.
        """
        self.lanes.stop()
        self.end_clouds()
        parts = (self.project, self.jobs, self.settings, self.models, self.clouds, self.space, self.lanes)
        ended = [part.close() for part in parts]
        if all(ended):
            self.store.close()
        return all(ended)
