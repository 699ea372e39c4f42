"""A splitter of two parts that remembers what a person dragged, and nothing else.

The sizes that a splitter has while it, or one of its parts, was never shown mean nothing: kept and put back they
squeeze a part. So only a drag is kept, in a form that holds at every size of the window.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget


class Splitter(QSplitter):
    """Shares its room as `usual` says, until a person drags its handle.

    usual: gives the second part's size in pixels for a room. in_parts: keep what was dragged as a share of the
    room, so that both parts grow with the window; else as the second part's size, which stays.
    """

    def __init__(
        self,
        orientation: Qt.Orientation,
        parts: tuple[QWidget, QWidget],
        usual: Callable[[int], int],
        *,
        in_parts: bool,
    ) -> None:
        super().__init__(orientation)
        self._usual, self._in_parts = usual, in_parts
        self._dragged: float | None = None
        self.setChildrenCollapsible(False)
        self._parts = parts
        for part in parts:
            self.addWidget(part)
        self.splitterMoved.connect(lambda _place, _handle: self._keep())

    @property
    def dragged(self) -> float | None:
        """What a person made of it: a share of the room (0..1) or pixels; None for as usual."""
        return self._dragged

    def put_back(self, dragged: object) -> None:
        """Take what `dragged` gave; what makes no sense means as usual."""
        most = 1.0 if self._in_parts else 100_000.0
        self._dragged = dragged if isinstance(dragged, float) and 0.0 < dragged < most else None
        self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new room."""
        super().resizeEvent(event)
        self._share()

    def event(self, event: QEvent) -> bool:
        """A part came, went, or needs more than before."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._share()
        return done

    def _room(self) -> int:
        length = self.width() if self.orientation() == Qt.Orientation.Horizontal else self.height()
        return length - self.handleWidth()

    def _both(self) -> bool:
        return self.isVisible() and not any(part.isHidden() for part in self._parts)

    def _keep(self) -> None:
        first, second = self.sizes()
        if self._both() and first + second > 0:
            self._dragged = second / (first + second) if self._in_parts else float(second)

    def _share(self) -> None:
        room = self._room()
        if room <= 0 or not self._both():
            return
        if self._dragged is None:
            second = self._usual(room)
        else:
            second = round(self._dragged * room if self._in_parts else self._dragged)
        second = min(max(0, second), room)
        if self.sizes()[1] != second:
            self.setSizes([room - second, second])
