"""Much that is to be painted at once, in turns of the event loop."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget


def paint_in_turns(first: QWidget, *others: QWidget) -> None:
    """Paint widgets one after another, a few milliseconds late: between two of them the window answers.

    Qt paints all that is due in one turn, which takes as long as all of it together.
    """
    for one in (first, *others):
        one.setUpdatesEnabled(False)

    def paint() -> None:
        first.setUpdatesEnabled(True)
        if others:
            paint_in_turns(*others)

    # a timer of no time would be due in this very turn
    QTimer.singleShot(1, first, paint)
