"""Full disks, for tests."""

from __future__ import annotations

import os
from pathlib import Path


def fill(disk: Path, leave: int) -> None:
    """Fill it but for so many bytes."""
    with (disk / "filler").open("wb", buffering=0) as file:
        free = os.statvfs(disk)
        file.write(bytes(max(0, free.f_bavail * free.f_bsize - leave)))
