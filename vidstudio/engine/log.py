"""Named loggers, one file, no secrets."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path


def configure_logging(folder: Path, level: int = logging.INFO) -> Path:
    """Send every `vidstudio.*` logger to a rotating file in `folder`; returns that file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vidstudio.log"
    root = logging.getLogger("vidstudio")
    if not any(getattr(h, "baseFilename", None) == str(file) for h in root.handlers):
        handler = logging.handlers.RotatingFileHandler(
            file, maxBytes=2_000_000, backupCount=3, encoding="utf-8", errors="backslashreplace"
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
    root.setLevel(level)
    return file
