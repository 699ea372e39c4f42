"""A planted violation of each contract must be caught; a contract that catches nothing guards nothing."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the house to plant violations in."""
    shutil.copytree(ROOT / "vidstudio", tmp_path / "vidstudio", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    executable = shutil.which(command[0], path=str(BIN))
    assert executable, f"{command[0]} is not installed"
    return subprocess.run([executable, *command[1:]], cwd=house, capture_output=True, text=True, check=False)


def plant(house: Path, file: str, line: str) -> None:
    target = house / "vidstudio" / file
    target.write_text(target.read_text() + f"\n\ndef _planted() -> None:\n    {line}\n")


VIOLATIONS = {
    "floors": ("player/clock.py", "from vidstudio.ui import actions"),
    "engine-rows": ("engine/time.py", "from vidstudio.engine import stage"),
    "alignment-rooms": ("engine/alignment/edits/stretches.py", "from vidstudio.engine.alignment.search import cells"),
    "stages": ("engine/stages/times.py", "from vidstudio.engine.stages import align"),
    "no-qt": ("engine/identity.py", "import PySide6.QtCore"),
    "pure-player": ("player/buffer.py", "import av"),
    "light-window": ("ui/actions.py", "import torch"),
    "one-ffmpeg": ("player/session.py", "import av"),
    "one-database": ("ui/actions.py", "import sqlite3"),
}


def test_every_contract_has_a_planted_violation() -> None:
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert {contract["id"] for contract in contracts} == set(VIOLATIONS)


@pytest.mark.parametrize("contract", sorted(VIOLATIONS))
def test_import_contract_catches_a_planted_violation(copy: Path, contract: str) -> None:
    plant(copy, *VIOLATIONS[contract])
    done = run(copy, "lint-imports", "--no-cache", "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_a_file_without_a_room_is_caught(copy: Path) -> None:
    (copy / "vidstudio" / "engine" / "helpers.py").write_text('"""Nowhere."""\n')
    done = run(copy, "lint-imports", "--no-cache", "--contract", "engine-rows")
    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("import torch\n", "TID253"),
        ("from PySide6.QtCore import Signal\n", "TID251"),
        ("try:\n    x = 1\nexcept Exception:\n    x = 2\n", "BLE001"),
        ("from . import actions\n", "TID252"),
        ("print('hello')\n", "T201"),
    ],
)
def test_lint_catches(copy: Path, code: str, rule: str) -> None:
    (copy / "vidstudio" / "ui" / "planted.py").write_text(f'"""Planted."""\n\n{code}')
    done = run(copy, "ruff", "check", "--no-cache", "--output-format", "concise", "vidstudio/ui/planted.py")
    assert done.returncode == 1
    assert rule in done.stdout


def test_types_catch_a_wrong_signal_payload(copy: Path) -> None:
    (copy / "planted.py").write_text(
        '"""Planted."""\n'
        "from vidstudio.engine.stage import Progress\n"
        "from vidstudio.player.signals import signal\n\n\n"
        "class Thing:\n    progressed = signal(Progress)\n\n\n"
        "def emit(thing: Thing) -> None:\n    thing.progressed.emit(3)\n"
    )
    done = run(copy, "mypy", "planted.py", "--strict", "--cache-dir", str(copy / "cache"))
    assert done.returncode == 1
    assert "planted.py:12" in done.stdout or "incompatible type" in done.stdout, done.stdout


def test_coverage_floor_catches_a_thin_layer(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("coverage_floors", ROOT / "tests" / "house" / "coverage_floors.py")
    assert spec
    assert spec.loader
    floors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(floors)
    summary = {"covered_lines": 8, "num_statements": 10, "covered_branches": 1, "num_branches": 2}
    report = {"files": {"vidstudio/engine/a.py": {"summary": summary}, "vidstudio/ui/b.py": {"summary": summary}}}
    assert floors.layer_coverage(report, "vidstudio/engine") == pytest.approx(75)
    (tmp_path / "coverage.json").write_text(json.dumps(report))
    for floor, code in ((75, 0), (76, 1)):
        pyproject = tmp_path / "pyproject.toml"
        pyproject.write_text(f'[tool.vidstudio.coverage_floors]\n"vidstudio/engine" = {floor}\n')
        assert floors.main(str(tmp_path / "coverage.json"), str(pyproject)) == code
