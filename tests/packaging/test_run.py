"""The set-up script's decisions, without installing anything."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vidstudio.ui import lanes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_script", ROOT / "packaging" / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_needs_nothing_but_the_standard_library() -> None:
    source = (ROOT / "packaging" / "run.py").read_text()
    imported = set(re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE)) - {"__future__"}
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("tool", "command"),
    [("apt-get", "sudo apt-get install libegl1 libgl1"), ("dnf", "sudo dnf install mesa-libEGL mesa-libGL"),
     ("pacman", "sudo pacman -S libglvnd")],
)  # fmt: skip
def test_missing_libraries_are_named_with_the_command_that_brings_them(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tool: str, command: str
) -> None:
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run, "_missing_libraries", lambda _wanted: ["libGL.so.1", "libEGL.so.1"])
    monkeypatch.setattr(run, "may_install_debian_packages", lambda: False)
    monkeypatch.setattr(run, "_debian_name", lambda name: name)
    monkeypatch.setattr(run.shutil, "which", lambda name: name if name == tool else None)
    with pytest.raises(run.SetupError) as error:
        run.ensure_system_libraries(window=True)
    assert "libGL.so.1" in str(error.value)
    assert command in str(error.value)


def test_root_on_debian_brings_them_itself(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    brought: list[str] = []
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run, "_missing_libraries", lambda _wanted: [] if brought else ["libpulse.so.0"])
    monkeypatch.setattr(run, "may_install_debian_packages", lambda: True)
    monkeypatch.setattr(run, "_debian_name", lambda name: name)
    monkeypatch.setattr(run, "install_debian_packages", brought.extend)
    run.ensure_system_libraries(window=True)
    assert brought == ["libpulse0"]


def test_an_unsupported_python_hands_over_to_another_of_the_machine(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(run.shutil, "which", lambda name: name if name == "python3.12" else None)
    monkeypatch.setattr(run, "_works", lambda python: True)
    started: list[list[str]] = []
    monkeypatch.setattr(run.subprocess, "call", lambda command: started.append(command) or 7)
    with pytest.raises(SystemExit) as ended:
        run.ensure_supported_python()
    assert ended.value.code == 7
    assert started[0][0] == "python3.12"


def test_where_there_is_only_a_newer_python_uv_brings_one_or_it_says_what_to_install(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run.sys, "version_info", (3, 14, 0))
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    steps: list[str] = []
    monkeypatch.setattr(run, "call", lambda *command, env=None: steps.append(" ".join(map(str, command))))
    found = run.subprocess.CompletedProcess([], 0, stdout="/opt/python3.13\n")
    monkeypatch.setattr(run.subprocess, "run", lambda *_, **__: found)
    assert run._bring_python() == "/opt/python3.13"
    assert "python install --quiet 3.13" in steps[-1]
    assert "--require-hashes" in steps[-2]

    def fails(*_: object, env: object = None) -> None:
        raise run.SetupError("no network")

    monkeypatch.setattr(run, "call", fails)
    with pytest.raises(run.SetupError, match=r"Install Python 3\.11 to 3\.13"):
        run.ensure_supported_python()


def test_only_a_window_needs_the_libraries_of_one(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not run.opens_window([])
    monkeypatch.setenv("DISPLAY", ":0")
    assert run.opens_window([])
    assert not run.opens_window(["compare", "a.mp4", "b.mp4"])


def test_without_a_display_there_is_still_what_opencv_needs(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a bare machine the demo did not run: OpenCV loads libraries of X11 though it shows nothing."""
    looked_for: list[str] = []
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run, "_missing_libraries", lambda wanted: looked_for.extend(wanted) or [])
    run.ensure_system_libraries(window=False)
    assert looked_for == ["libxcb.so.1", "libGL.so.1", "libgthread-2.0.so.0"]
    run.ensure_system_libraries(window=True)
    assert "libEGL.so.1" in looked_for


def test_requirements_are_hashed_and_name_no_index() -> None:
    for file in (ROOT / "packaging").glob("requirements*.txt"):
        text = file.read_text()
        assert "://" not in text
        assert "--index" not in text
        pins = re.findall(r"^\S+==", text, re.MULTILINE)
        assert pins
        assert len(re.findall(r"^\S+==.*\\\n\s+--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)) == len(pins)


def test_sam2_is_split_off_because_its_build_needs_torch_first(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run, "VENV", tmp_path)
    first, sam2 = (file.read_text() for file in run._without_sam2())
    assert "sam2==" in sam2
    assert "torch==" in first
    assert "sam2" not in first
    assert sam2.count("==") == 1


def test_windows_with_a_card_asks_for_cuda_builds(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.os, "name", "nt")
    monkeypatch.setattr(run.shutil, "which", lambda name: "nvidia-smi.exe")
    assert run.default_torch() == "cuda"
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    assert run.default_torch() == "registry"


def test_what_the_window_loads_while_it_is_used_was_compiled_before(run: ModuleType) -> None:
    """Compiling numpy.ma alone takes a twentieth of a second, in which no other thread gets to run."""
    wanted = [*lanes.WARM, "PySide6.QtMultimedia", "httpcore"]
    code = f"import sys; import {', '.join(run.WARM)}; print([one for one in {wanted} if one not in sys.modules])"
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=True
    )
    assert done.stdout.strip() == "[]"
