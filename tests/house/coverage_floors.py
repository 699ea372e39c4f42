"""Fails when a layer's test coverage is below its floor in pyproject.toml.

    python tests/house/coverage_floors.py COVERAGE.json [PYPROJECT.toml]

COVERAGE.json is what `coverage json` writes.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path


def layer_coverage(report: dict[str, dict[str, dict[str, dict[str, int]]]], layer: str) -> float:
    """Per cent of lines and branches covered in the files below `layer`; 0 when there are none."""
    done = total = 0
    for file, entry in report["files"].items():
        if Path(file).as_posix().startswith(f"{layer}/"):
            summary = entry["summary"]
            done += summary["covered_lines"] + summary.get("covered_branches", 0)
            total += summary["num_statements"] + summary.get("num_branches", 0)
    return 100 * done / total if total else 0.0


def main(report_file: str, pyproject: str = "pyproject.toml") -> int:
    """Print each layer against its floor. Returns 1 when one is below it."""
    report = json.loads(Path(report_file).read_text())
    floors = tomllib.loads(Path(pyproject).read_text())["tool"]["vidstudio"]["coverage_floors"]
    below = 0
    for layer, floor in floors.items():
        percent = layer_coverage(report, layer)
        below += percent < floor
        print(f"{layer:20} {percent:5.1f} %  (floor {floor} %){'  TOO LOW' if percent < floor else ''}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
