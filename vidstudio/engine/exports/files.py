"""Writes a finished file in one step: readers see the old one or the whole new one, never a half."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from vidstudio.engine.errors import EnvironmentProblem, UsageError


def check_target(path: Path) -> None:
    """Raise UsageError or EnvironmentProblem when `path` cannot become a file: told before hours of work."""
    folder = path.absolute().parent
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Give the name of a file to write.")
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", "Make it first, or write somewhere else.")
    if not os.access(folder, os.W_OK):
        raise EnvironmentProblem(f"The folder {folder} cannot be written to.", "Check its rights.")


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` at once. Raises UsageError or EnvironmentProblem; leaves nothing half behind."""
    check_target(path)
    path = path.resolve()  # a link keeps pointing, its target is replaced
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        hint = "Free some space, or write somewhere else." if error.errno == errno.ENOSPC else "Check its rights."
        raise EnvironmentProblem(f"{path} cannot be written ({error.strerror}).", hint) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
