"""Finds the files that ship with the studio (templates, icons), in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

import vidstudio


def resource(name: str) -> Path:
    """Path of `resources/<name>`. Raises FileNotFoundError when the installation lacks it."""
    package = Path(vidstudio.__file__).resolve().parent
    # a wheel carries them inside the package, a checkout beside it
    for folder in (package / "resources", package.parent / "resources"):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"resources/{name} is not part of this installation")
