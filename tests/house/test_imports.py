"""What importing a part really loads, at run time: this also sees imports made through strings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ALL_OF = """
import importlib, pkgutil, sys
package = importlib.import_module({package!r})
for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(found.name)
print("\\n".join(sys.modules))
"""

QT = {"PySide6", "shiboken6"}
HEAVY = {
    "torch", "torchvision", "transformers", "ultralytics", "sam2", "accelerate", "bitsandbytes", "cv2",
    "twelvelabs", "google.genai", "elevenlabs", "scenedetect", "faster_whisper", "opentimelineio",
}  # fmt: skip


def loaded_by(code: str, root: Path = ROOT) -> set[str]:
    """Names in sys.modules after running `code` in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [("vidstudio.engine", QT | HEAVY), ("vidstudio.player", HEAVY), ("vidstudio.ui", HEAVY)],
)
def test_importing_all_of_a_part_loads_nothing_it_must_not(package: str, forbidden: set[str]) -> None:
    assert loaded_by(ALL_OF.format(package=package)) & forbidden == set()


def test_the_probe_sees_an_import_through_a_string(tmp_path: Path) -> None:
    package = tmp_path / "planted"
    package.mkdir()
    (package / "__init__.py").write_text("import importlib\nimportlib.import_module('PySide6.QtCore')\n")
    assert "PySide6" in loaded_by(ALL_OF.format(package="planted"), tmp_path)


def test_command_line_loads_no_qt_and_nothing_heavy() -> None:
    assert loaded_by("import sys, vidstudio.cli.main; print('\\n'.join(sys.modules))") & (QT | HEAVY) == set()
