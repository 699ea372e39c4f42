"""What the machine is short of is said as such, and not as a bug."""

from __future__ import annotations

import errno

import pytest

from vidstudio.engine.errors import EnvironmentProblem, OutOfMemory, of_the_machine


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (MemoryError(), OutOfMemory, "memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), OutOfMemory, "memory"),
        (OSError(errno.EMFILE, "Too many open files"), EnvironmentProblem, "files"),
        (OSError(errno.ENOSPC, "No space left on device"), EnvironmentProblem, "disk is full"),
        (
            ImportError("libxcb.so.1: cannot open shared object file: No such file or directory"),
            EnvironmentProblem,
            "system library libxcb.so.1 is missing. In a clone",
        ),
    ],
)
def test_the_machine_is_short_of_something(error: BaseException, kind: type[Exception], word: str) -> None:
    found = of_the_machine(error)
    assert type(found) is kind
    assert word in str(found)


@pytest.mark.parametrize(
    "error", [ImportError("No module named 'x'"), ImportError("cannot import name 'y'"), OSError(errno.ENOENT, "gone")]
)
def test_anything_else_is_not_of_the_machine(error: BaseException) -> None:
    assert of_the_machine(error) is None
