"""Entry point of `vidstudio` and `python -m vidstudio`: without a command it opens the studio."""

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from vidstudio.display import display_problem
from vidstudio.engine.paths import is_file, is_folder


def main() -> int:
    """Run the command line, or open the window: with no argument, or with the files to open. Returns the exit code.

    Where there is no display and nothing was asked for, the demo runs, so that a first try shows something everywhere.
    """
    arguments = sys.argv[1:]
    files = [one for one in arguments if _can_be_opened(one)]
    gone = next((one for one in arguments if one not in files), None)
    # the first says what is meant: files to open, or a command
    if gone is not None and (arguments[0] in files or _looks_like_a_file(arguments[0])):
        sys.stderr.write(f"error: There is no file {gone}.\nhint: vidstudio --help lists the commands.\n")
        return 3
    if arguments and files != arguments:
        return command(arguments)
    if problem := display_problem():
        if files:
            sys.stderr.write(f"error: {problem}\nhint: vidstudio --help lists what works without a window.\n")
            return 5
        sys.stdout.write(f"{problem} The demo runs instead of the window.\n")
        sys.stdout.flush()
        return command(["demo"])
    with _loading():
        from vidstudio.app import main as open_studio

    return open_studio(files)


def _looks_like_a_file(argument: str) -> bool:
    """A file has an ending, a folder is named with a slash; a command has neither, whatever lies in this folder."""
    return not argument.startswith("-") and bool(Path(argument).suffix or Path(argument).name != argument)


def _can_be_opened(argument: str) -> bool:
    return _looks_like_a_file(argument) and (is_file(Path(argument)) or is_folder(Path(argument)))


def command(argv: Sequence[str]) -> int:
    """Run a command line; stopping it while it still loads is a clean cancel too."""
    before = [(number, signal.signal(number, _stopped)) for number in (signal.SIGINT, signal.SIGTERM)]
    with _loading():
        from vidstudio.cli.main import main as run_command

    for number, handler in before:
        signal.signal(number, handler)
    return run_command(argv)


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    """Nothing that is loaded within is garbage: to look for some among it, now or later, takes a sixth of a start."""
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


def _stopped(_number: int, _frame: FrameType | None) -> None:
    # nothing was begun; libraries that are half loaded would make an ImportError of a KeyboardInterrupt
    os.write(2, b"cancelled\n")
    os._exit(4)


if __name__ == "__main__":
    sys.exit(main())
