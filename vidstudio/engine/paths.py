"""Where VidStudio keeps its things."""

from __future__ import annotations

import os
import stat
import urllib.parse
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


_ENCODED = "file://"


def is_file(path: Path) -> bool:
    """Whether an ordinary file is there; False also where nobody may look (`Path.is_file` raises there)."""
    return stat.S_ISREG(_mode(path))


def is_there(path: Path) -> bool:
    """Whether anything is there that may be looked at."""
    return _mode(path) != 0


def is_folder(path: Path) -> bool:
    """Whether a folder is there; False also where nobody may look."""
    return stat.S_ISDIR(_mode(path))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def path_to_text(path: Path | str) -> str:
    """A path as text for a database or a JSON file; `path_from_text` gives the path again.

    A name on a disk may be bytes that are no text in any encoding: such a path becomes a file: address.
    """
    text = str(path)
    return text if is_text(text) else _ENCODED + urllib.parse.quote_from_bytes(os.fsencode(text))


def path_from_text(text: str) -> str:
    """The path that `path_to_text` wrote."""
    return (
        os.fsdecode(urllib.parse.unquote_to_bytes(text.removeprefix(_ENCODED))) if text.startswith(_ENCODED) else text
    )


def is_text(name: str) -> bool:
    """Whether a name can be written in Unicode."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def readable(name: str) -> str:
    """A name for people and for files that must be Unicode: what is none in it becomes �."""
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in name)
