"""Garbage is collected in the GUI thread only.

Python looks for cycles in whichever thread makes the next object too many. A Qt object that is destroyed in another
thread than its own leaves its timers behind, and the next turn of the event loop crashes.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_LOOK_MS = 250


class GarbageCollector(QObject):
    """Looks for garbage in turns of the event loop, as often as Python would; Python itself no longer does."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        timer = QTimer(self)
        timer.timeout.connect(_collect)
        timer.start(_LOOK_MS)


def _collect() -> None:
    """Collect the oldest generation that is due."""
    due = [at for at, (count, most) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if count > most]
    if due:
        gc.collect(due[-1])
