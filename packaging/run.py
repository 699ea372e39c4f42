"""Sets VidStudio up on a machine that has only Python, and starts it.

    python3 packaging/run.py                 opens the studio (without a display: the demo)
    python3 packaging/run.py test            runs every check: lint, types, contracts, tests, coverage floors
    python3 packaging/run.py test ARGS       runs pytest with ARGS only
    python3 packaging/run.py COMMAND ARGS    any other command of `vidstudio`

The first run makes an environment in `.venv` (about 7 GB with the GPU libraries); later runs start at
once. `--torch cpu` or `--torch cuda` before the command takes PyTorch's own CPU or CUDA builds instead of
the registry's. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "packaging"
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
EXE = ".exe" if os.name == "nt" else ""
TOOLS = HERE / "requirements-tools.txt"
STAMP = VENV / "vidstudio-installed.json"
OLDEST, NEWEST = (3, 11), (3, 13)
# what the commands and the window import, some of it only when it is asked for
WARM = (
    "vidstudio.cli.main, vidstudio.engine.catalog, vidstudio.engine.lane_worker, sqlite_utils, jinja2",
    "vidstudio.app, vidstudio.ui.main_window, vidstudio.ui.crash, PySide6.QtMultimedia",
    "numpy.ma, vidstudio.engine.media.thumbnails, vidstudio.engine.recipes.compare, vidstudio.ui.keys",
    "vidstudio.engine.models.fetch, huggingface_hub.constants, huggingface_hub.errors, huggingface_hub.hf_api, keyring",
    "httpcore, anyio",
)

# soname -> (Debian/Ubuntu, Fedora, Arch) package that brings it; those that OpenCV needs, on any machine
OPENCV_LIBRARIES = {
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb"),
    "libGL.so.1": ("libgl1", "mesa-libGL", "libglvnd"),
    "libgthread-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
}
# and those that the window needs besides
WINDOW_LIBRARIES = {
    "libEGL.so.1": ("libegl1", "mesa-libEGL", "libglvnd"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libpulse.so.0": ("libpulse0", "pulseaudio-libs", "libpulse"),
    "libXrandr.so.2": ("libxrandr2", "libXrandr", "libxrandr"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
}


class SetupError(Exception):
    """The set-up cannot go on; the text says what to do."""


def say(text: str) -> None:
    """Tell what is going on, at once."""
    print(f"vidstudio: {text}", flush=True)


def call(*command: str | Path, env: dict[str, str] | None = None) -> None:
    """Run a step of the set-up, its output shown; SetupError when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **(env or {})}, check=False)
    if done.returncode:
        raise SetupError(f"this step failed ({done.returncode}): {' '.join(map(str, command))}")


# ---------------------------------------------------------------- Python


def ensure_supported_python() -> None:
    """Go on in another Python when this one is too old or too new: one of this machine's, or one that uv brings."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    found = (shutil.which(f"python3.{minor}") for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    other = next((python for python in found if python and _works(python)), None) or _bring_python()
    say(f"Python {platform.python_version()} is not supported; going on with {other}")
    sys.exit(subprocess.call([other, __file__, *sys.argv[1:]]))


def _bring_python() -> str:
    """A Python that uv downloads into its own folder. Raises SetupError when it cannot."""
    newest = f"{NEWEST[0]}.{NEWEST[1]}"
    say(f"bringing Python {newest}")
    with tempfile.TemporaryDirectory() as folder:
        tools = Path(folder)
        try:
            call(sys.executable, "-m", "venv", tools)
            call(tools / BIN.name / f"python{EXE}", "-m", "pip", "install", "-qq", "--require-hashes", "-r", TOOLS)
            uv = tools / BIN.name / f"uv{EXE}"
            call(uv, "python", "install", "--quiet", newest)
            done = subprocess.run([uv, "python", "find", newest], capture_output=True, text=True, check=True)
            return done.stdout.strip()
        except (SetupError, subprocess.CalledProcessError) as error:
            wanted = f"{OLDEST[0]}.{OLDEST[1]} to {newest}"
            raise SetupError(
                f"Python {platform.python_version()} is not supported, and no other could be brought ({error}). "
                f"Install Python {wanted} and run this again."
            ) from error


def _works(python: str) -> bool:
    code = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0


def make_environment() -> None:
    """Create `.venv`; on a Debian without its venv package, bring that first when we may."""
    if (BIN / f"python{EXE}").exists():
        return
    say(f"making an environment in {VENV.name}")
    if _venv():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    package = f"python3.{sys.version_info[1]}-venv"
    if may_install_debian_packages():
        install_debian_packages([package])
        if _venv():
            return
    raise SetupError(f"this Python has no venv module. On Debian or Ubuntu: sudo apt-get install {package}")


def _venv() -> bool:
    return subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, check=False).returncode == 0


# ---------------------------------------------------------------- packages


def install_packages(torch: str | None, *, with_tests: bool) -> None:
    """Install what the requirements files name, unless the stamp says that it is here already.

    torch: whose builds of PyTorch; None keeps what is here, or takes what suits this machine.
    """
    have = _stamp()
    torch = torch or str(have.get("torch") or default_torch())
    tests_here = bool(have.pop("tests", False))
    wanted = {"files": _digest(), "torch": torch, "python": platform.python_version()}
    if have == wanted and (tests_here or not with_tests):
        return
    make_environment()
    started = time.monotonic()
    say("installing (the first time this brings several GB; later starts skip it)")
    _install(torch, with_tests=with_tests or tests_here)
    STAMP.write_text(json.dumps(wanted | {"tests": with_tests or tests_here}))
    say(f"installed in {time.monotonic() - started:.0f} s")


def _install(torch: str, *, with_tests: bool) -> None:
    python = BIN / f"python{EXE}"
    hashed = "--require-hashes"
    say("1 of 4: the installer (uv)")
    call(python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", hashed, "-r", TOOLS)
    # sam2 would build CUDA code it does not need, with a compiler that may not be here
    env = {"VIRTUAL_ENV": str(VENV), "SAM2_BUILD_CUDA": "0"}
    if (mirror := os.environ.get("PIP_INDEX_URL")) and "UV_DEFAULT_INDEX" not in os.environ:
        env["UV_DEFAULT_INDEX"] = mirror
    install: tuple[str | Path, ...] = (BIN / f"uv{EXE}", "pip", "install", "--python", python)
    if not sys.stderr.isatty():
        install = (*install, "--quiet")  # bars are for people
    say("2 of 4: the window, the media and the model libraries")
    if torch != "registry":
        pins = [line.split()[0] for line in _requirement_lines() if line.startswith(("torch==", "torchvision=="))]
        call(*install, f"--torch-backend={'auto' if torch == 'cuda' else torch}", *pins, env=env)
    first, sam2 = _without_sam2()
    call(*install, hashed, "-r", first, env=env)
    say("3 of 4: sam2")
    # its own build environment would bring a second torch
    call(*install, hashed, "--no-deps", "--no-build-isolation", "-r", sam2, env=env)
    say("4 of 4: VidStudio itself" + (" and its test tools" if with_tests else ""))
    if with_tests:
        call(*install, hashed, "-r", HERE / "requirements-dev.txt", env=env)
    call(*install, "--no-deps", "--no-build-isolation", "-e", ROOT, env=env)
    call(python, "-m", "compileall", "-q", ROOT / "vidstudio")  # else the first start does it
    # nor does it compile what it imports, for which the window would stand still; where the window's system libraries
    # are missing, that is said elsewhere
    quiet = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for warm in WARM:
        subprocess.run([python, "-c", f"import {warm}"], cwd=ROOT, env=quiet, capture_output=True, check=False)


def _stamp() -> dict[str, object]:
    """What the last finished installation was; empty when there was none."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _digest() -> str:
    digest = hashlib.sha256()
    for file in ("requirements-tools.txt", "requirements.txt", "requirements-dev.txt", "../pyproject.toml"):
        digest.update((HERE / file).read_bytes())
    return digest.hexdigest()


def _requirement_lines() -> list[str]:
    return (HERE / "requirements.txt").read_text().splitlines()


def _without_sam2() -> tuple[Path, Path]:
    """The requirements in two files: all the rest, and sam2, which is built here and needs torch for it."""
    rest: list[str] = []
    sam2: list[str] = []
    target = rest
    for line in _requirement_lines():
        if line and not line[0].isspace():
            target = sam2 if line.startswith("sam2==") else rest
        target.append(line)
    files = VENV / "requirements-first.txt", VENV / "requirements-sam2.txt"
    for file, lines in zip(files, (rest, sam2), strict=True):
        file.write_text("\n".join(lines) + "\n")
    return files


def default_torch() -> str:
    """Windows' registry builds have no CUDA, so a card there asks for PyTorch's own."""
    return "cuda" if os.name == "nt" and shutil.which("nvidia-smi") else "registry"


# ---------------------------------------------------------------- system libraries (Linux)


def ensure_system_libraries(*, window: bool) -> None:
    """Name the system libraries that are missing, or bring them when this is root on Debian.

    window: those of a window too.
    """
    wanted = [*OPENCV_LIBRARIES, *(WINDOW_LIBRARIES if window else ())]
    if not sys.platform.startswith("linux") or not (missing := _missing_libraries(wanted)):
        return
    if may_install_debian_packages():
        say(f"bringing system libraries: {', '.join(missing)}")
        install_debian_packages([_debian_name(_packages(name)[0]) for name in missing])
        missing = _missing_libraries(wanted)
    if missing:
        raise SetupError(f"system libraries are missing: {', '.join(missing)}\n{_how_to_bring(missing)}")


def _packages(soname: str) -> tuple[str, str, str]:
    return (OPENCV_LIBRARIES | WINDOW_LIBRARIES)[soname]


def _missing_libraries(wanted: list[str]) -> list[str]:
    code = (
        "import ctypes, sys\nfor name in sys.argv[1:]:\n    try: ctypes.CDLL(name)\n    except OSError: print(name)\n"
    )
    run = [sys.executable, "-c", code, *wanted]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()


def _how_to_bring(missing: list[str]) -> str:
    for tool, column, command in (
        ("apt-get", 0, "sudo apt-get install"),
        ("dnf", 1, "sudo dnf install"),
        ("pacman", 2, "sudo pacman -S"),
    ):
        if shutil.which(tool):
            names = sorted({_packages(name)[column] for name in missing})
            if column == 0:
                names = [_debian_name(name) for name in names]
            return f"Run: {command} {' '.join(names)}"
    return "Install them with your system's package manager, then run this again."


def may_install_debian_packages() -> bool:
    """Whether this is root on Debian or one of its children."""
    return sys.platform.startswith("linux") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_debian_packages(names: list[str]) -> None:
    """Bring packages with apt-get, quietly, without questions."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    call("apt-get", "update", "-qq", env=quiet)
    call("apt-get", "install", "-y", "-qq", "--no-install-recommends", *names, env=quiet)


def _debian_name(name: str) -> str:
    """Debian 13 and Ubuntu 24.04 renamed libraries with 64-bit time; take the name that exists here."""
    renamed = f"{name}t64"
    shown = subprocess.run(["apt-cache", "show", renamed], capture_output=True, text=True, check=False)
    return renamed if shown.returncode == 0 and shown.stdout.strip() else name


# ---------------------------------------------------------------- commands


def opens_window(arguments: list[str]) -> bool:
    """Whether this will show a window, which needs more system libraries."""
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        return False
    # files have an ending and folders are named with a slash, as in `vidstudio/__main__.py`
    return all((Path(one).suffix or Path(one).name != one) and Path(one).exists() for one in arguments)


def run_checks() -> int:
    """Everything CI runs, in order of what fails fastest. Returns the first failure's exit code."""
    python = str(BIN / f"python{EXE}")
    floors = ROOT / "tests" / "house" / "coverage_floors.py"
    pytest = [python, "-m", "pytest"]
    cover = ["--cov=vidstudio", "--cov-report=json:.coverage.json", "--cov-report="]
    steps = (
        ("lint", [python, "-m", "ruff", "check", "."]),
        ("format", [python, "-m", "ruff", "format", "--check", "."]),
        ("types", [python, "-m", "mypy"]),
        ("contracts", [str(BIN / f"lint-imports{EXE}"), "--no-cache"]),
        ("tests", [*pytest, *cover, "-n", "auto", "-m", "not alone"]),
        ("tests that judge time, one after the other", [*pytest, "-m", "alone"]),
        ("coverage floors", [python, str(floors), ".coverage.json"]),
    )
    for name, command in steps:
        say(f"checking: {name}")
        if code := subprocess.call(command, cwd=ROOT):
            say(f"failed: {name}")
            return code
    say("every check passed")
    return 0


def main(arguments: list[str]) -> int:
    """Set up what is missing, then do what was asked. Returns the exit code."""
    torch = None
    if arguments[:1] == ["--torch"]:
        if len(arguments) < 2 or arguments[1] not in ("cpu", "cuda", "registry"):
            raise SetupError("--torch takes cpu, cuda or registry")
        torch, arguments = arguments[1], arguments[2:]
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    ensure_supported_python()
    testing = arguments[:1] == ["test"]
    # first: who has to bring some by hand learns it before gigabytes were brought
    ensure_system_libraries(window=testing or opens_window(arguments))
    install_packages(torch, with_tests=testing)
    if testing and len(arguments) == 1:
        return run_checks()
    if testing:
        return subprocess.call([str(BIN / f"python{EXE}"), "-m", "pytest", *arguments[1:]], cwd=ROOT)
    return subprocess.call([str(BIN / f"vidstudio{EXE}"), *arguments])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as error:
        print(f"vidstudio: {error}", file=sys.stderr)
        sys.exit(5)
    except KeyboardInterrupt:
        sys.exit(4)
