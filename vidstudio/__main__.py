"""Entry point of `vidstudio` and `python -m vidstudio`: without a command it opens the studio."""

import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

_WAIT_S = 2.0
_X_PORT = 6000


def main() -> int:
    """Run the command line, or open the window: with no argument, or with the files to open. Returns the exit code.

    Where there is no display and nothing was asked for, the demo runs, so that a first try shows something everywhere.
    """
    arguments = sys.argv[1:]
    # a file has an ending; a command has none, whatever lies in this folder
    files = [one for one in arguments if Path(one).suffix and Path(one).is_file()]
    if arguments and files != arguments:
        return _run_command(arguments)
    if problem := display_problem():
        if files:
            sys.stderr.write(f"error: {problem}\nhint: vidstudio --help lists what works without a window.\n")
            return 5
        sys.stdout.write(f"{problem} The demo runs instead of the window.\n")
        sys.stdout.flush()
        return _run_command(["demo"])
    from vidstudio.app import main as open_studio

    return open_studio(files)


def _run_command(arguments: list[str]) -> int:
    """Run a command line; stopping it while it still loads is a clean cancel too."""
    before = [(number, signal.signal(number, _stopped)) for number in (signal.SIGINT, signal.SIGTERM)]
    from vidstudio.cli.main import main as run_command

    for number, handler in before:
        signal.signal(number, handler)
    return run_command(arguments)


def _stopped(_number: int, _frame: FrameType | None) -> None:
    # nothing was begun; libraries that are half loaded would make an ImportError of a KeyboardInterrupt
    os.write(2, b"cancelled\n")
    os._exit(4)


def display_problem() -> str:
    """Why no window can be shown, or nothing. Windows and macOS always have a display.

    Asked before Qt is: Qt aborts the process when a display is named that does not answer.
    """
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform in ("win32", "darwin") or (chosen and not chosen.startswith(("xcb", "wayland"))):
        return ""
    wayland, x11 = os.environ.get("WAYLAND_DISPLAY", ""), os.environ.get("DISPLAY", "")
    if not wayland and not x11:
        return "There is no display here."
    if (wayland and _wayland_answers(wayland)) or (x11 and _x11_answers(x11)):
        return ""
    return f"The display {wayland or x11} does not answer."


def _wayland_answers(name: str) -> bool:
    return _answers(socket.AF_UNIX, str(Path(os.environ.get("XDG_RUNTIME_DIR", "/run/user/0")) / name))


def _x11_answers(name: str) -> bool:
    host, _, number = name.removeprefix("unix:").rpartition(":")
    number = number.split(".")[0]
    if not number.isdigit():
        return False
    if host and not host.startswith("/"):
        return _answers(socket.AF_INET, (host, _X_PORT + int(number)))
    path = f"/tmp/.X11-unix/X{number}"  # where every X server listens
    return _answers(socket.AF_UNIX, path) or (sys.platform == "linux" and _answers(socket.AF_UNIX, "\0" + path))


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(_WAIT_S)
            probe.connect(address)
            return True
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
