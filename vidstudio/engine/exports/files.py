"""Writes a finished file in one step: readers see the old one or the whole new one, never a half."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from vidstudio.engine.errors import EnvironmentProblem, UsageError
from vidstudio.engine.paths import is_folder

_VIDEO_SUFFIXES = re.compile(
    r"\.(mp4|mov|m4v|mkv|webm|avi|mxf|mts|m2ts|ts|mpe?g|mpe|m2v|wmv|asf|flv|ogv|3gp|3g2|gif|vob|dv|nut|ivf|y4m|mj2"
    r"|h26[45]|26[45]|hevc|mp3|wav|flac|aac|m4a|mka|ogg|opus)",
    re.IGNORECASE,
)


def check_target(path: Path) -> None:
    """Raise UsageError or EnvironmentProblem when `path` cannot become a file: told before hours of work."""
    folder = path.absolute().parent
    try:
        mode = path.stat().st_mode
    except PermissionError as error:
        raise EnvironmentProblem(f"The folder {folder} may not be looked into.", "Check its rights.") from error
    except (OSError, ValueError):
        mode = 0
    if stat.S_ISDIR(mode):
        raise UsageError(f"{path} is a folder.", "Give the name of a file to write.")
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        raise UsageError(f"{path} is no ordinary file.", "Give the name of a file to write.")
    if mode and not stat.S_ISREG(mode):
        return  # a pipe or a device such as /dev/null: written to, never replaced
    if not is_folder(folder):
        raise UsageError(f"There is no folder {folder}.", "Make it first, or write somewhere else.")
    if not os.access(folder, os.W_OK):
        raise EnvironmentProblem(f"The folder {folder} cannot be written to.", "Check its rights.")


def check_export(path: Path, sources: Sequence[Path]) -> None:
    """As `check_target`, and raise UsageError when the file would take the place of a video."""
    check_target(path)
    if is_film(path) or is_one_of(path, sources):
        raise UsageError(f"{path} would overwrite a video.", "Give another name.")


def is_one_of(path: Path, sources: Sequence[Path]) -> bool:
    """Whether a path leads to one of these files, by whatever name."""
    for source in sources:
        try:
            if real_path(path) == real_path(source) or path.samefile(source):
                return True
        except (OSError, ValueError):
            continue
    return False


def is_film(path: Path) -> bool:
    """Whether a file (or what it links to) is called like a video or a sound: never a place to write results to."""
    return any(_VIDEO_SUFFIXES.fullmatch(one.suffix) for one in (path, real_path(path)))


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` at once. Raises UsageError or EnvironmentProblem; leaves nothing half behind.

    What is no ordinary file (a pipe, /dev/null) is written to as it is.
    """
    check_target(path)
    temporary: Path | None = None
    try:
        if path.exists() and not path.is_file():
            _pour(path, data)
            return
        path = real_path(path)  # a link keeps pointing, its target is replaced
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".vidstudio-", suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
    except (OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        hint = "Free some space, or write somewhere else." if full else "Check its name and rights."
        reason = getattr(error, "strerror", None) or error
        raise EnvironmentProblem(f"{path} cannot be written ({reason}).", hint) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def real_path(path: Path) -> Path:
    """Where links lead, also when they lead nowhere or in a circle (`Path.resolve` raises there)."""
    return Path(os.path.realpath(path))


def _pour(path: Path, data: bytes) -> None:
    # a pipe that nobody reads is an error, not a wait without end
    handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "wb") as file:
        os.set_blocking(file.fileno(), True)
        file.write(data)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
