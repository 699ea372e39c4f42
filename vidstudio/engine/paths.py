"""Where VidStudio keeps its things."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True, slots=True)
class Paths:
    """The studio's folders. `data` holds the database and results, `models` the weights."""

    data: Path
    models: Path
    logs: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "studio.db"

    @property
    def artifacts(self) -> Path:
        """Sealed results, one file each."""
        return self.data / "results"


def default_paths() -> Paths:
    """The user's own folders, or all of them below `VIDSTUDIO_HOME` when that is set."""
    if home := os.environ.get("VIDSTUDIO_HOME"):
        root = Path(os.path.realpath(os.path.expanduser(home)))  # noqa: PTH111 - Path.expanduser raises on ~nobody
        return Paths(data=root / "data", models=root / "models", logs=root / "logs")
    data = Path(platformdirs.user_data_dir("VidStudio", appauthor=False))
    return Paths(data=data, models=data / "models", logs=Path(platformdirs.user_log_dir("VidStudio", appauthor=False)))
