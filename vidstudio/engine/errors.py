"""Errors for people: what happened, and what to do. Anything else that is raised is a bug."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Literal

CloudErrorKind = Literal["auth", "quota", "rate", "network", "bad_input"]


class EngineError(Exception):
    """Something a person can understand and act on.

    `message` says what happened, `hint` what to do about it; neither ever holds a key or a password.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UnreadableMedia(EngineError):
    """A media or project file that cannot be opened, or has nothing to show. `path` names it."""

    def __init__(self, path: Path | str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.path = str(path)


class MissingMedia(EngineError):
    """A file the project knows is not where it was. `content_id` names it."""

    def __init__(self, content_id: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.content_id = content_id


class ChangedMedia(MissingMedia):
    """Where a file was there is another one now: it was changed, replaced or cut off."""


class UsageError(EngineError):
    """What was asked for makes no sense (a bad option, an impossible value)."""


class EnvironmentProblem(EngineError):
    """The machine is in the way: a full disk, a missing system library, no rights to a folder."""


BRING_LIBRARIES = "In a clone of VidStudio, python3 packaging/run.py names all that is missing and how to bring it."


def of_the_machine(error: BaseException) -> EngineError | None:
    """What Python raises when the machine has no more to give, in plain words; None for any other error."""
    number = getattr(error, "errno", None)
    if isinstance(error, MemoryError) or number == errno.ENOMEM:
        return OutOfMemory("There is not enough memory for this.", "Close other programs and try again.")
    if number in (errno.EMFILE, errno.ENFILE):
        return EnvironmentProblem("Too many files are open.", "Close other programs, or raise the limit (ulimit -n).")
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return EnvironmentProblem("The disk is full.", "Make room on it and try again.")
    if isinstance(error, ImportError) and (library := missing_library(error)):
        return EnvironmentProblem(f"The system library {library} is missing.", BRING_LIBRARIES)
    return None


def missing_library(error: ImportError) -> str | None:
    """Name of the library of the system that the loader did not find; None when the import failed otherwise."""
    name, found, _ = str(error).partition(": cannot open shared object file")
    return name.strip() if found else None


class StoreTooNew(EnvironmentProblem):
    """The database was written by a newer VidStudio; it is left untouched."""


class OutOfMemory(EngineError):
    """The device has too little memory for this model or batch, after every smaller way was tried."""


class ModelUnavailable(EngineError):
    """A model cannot be loaded: its weights are not here, or its library is not installed."""


class ModelProcessDied(EngineError):
    """The model process ended in mid-call (crash, kill, lost GPU). Only that call is lost."""


class CloudError(EngineError):
    """A cloud service refused or failed; `kind` says how."""

    def __init__(self, kind: CloudErrorKind, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.kind = kind


class NotAllowed(EngineError):
    """Something would leave this computer, and the person has not agreed to it. Nothing was sent."""


class Cancelled(Exception):
    """The person cancelled. Shown to nobody."""
