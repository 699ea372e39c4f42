"""Entry point of `vidstudio` and `python -m vidstudio`: without a command it opens the studio."""

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType


def main() -> int:
    """Run the command line, or open the window when no command is given. Returns the exit code.

    Where there is no display the demo runs instead, so that a first try shows something everywhere.
    """
    if len(sys.argv) > 1:
        return command(sys.argv[1:])
    if not has_display():
        sys.stdout.write("There is no display here, so the demo runs instead of the window.\n")
        sys.stdout.flush()
        return command(["demo"])
    from vidstudio.app import main as open_studio

    return open_studio([])


def command(argv: Sequence[str]) -> int:
    """Run a command line; stopping it while it still loads is a clean cancel too."""
    before = [(number, signal.signal(number, _stopped)) for number in (signal.SIGINT, signal.SIGTERM)]
    from vidstudio.cli.main import main as run_command

    for number, handler in before:
        signal.signal(number, handler)
    return run_command(argv)


def _stopped(_number: int, _frame: FrameType | None) -> None:
    # nothing was begun; libraries that are half loaded would make an ImportError of a KeyboardInterrupt
    os.write(2, b"cancelled\n")
    os._exit(4)


def has_display() -> bool:
    """Whether a window can be shown. Windows and macOS always have a display; elsewhere the environment says."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


if __name__ == "__main__":
    sys.exit(main())
