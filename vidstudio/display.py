"""Whether a window can be shown, asked before Qt is: Qt aborts the process when a display does not answer."""

import os
import socket
import sys
from pathlib import Path

_WAIT_S = 2.0
_X_PORT = 6000


def display_problem() -> str:
    """Why no window can be shown, for people; empty when one can. Windows and macOS always have a display."""
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
