"""Dropping files: the target lights up and says what will happen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vidstudio.engine.paths import is_folder, readable
from vidstudio.ui.messages import announce
from vidstudio.ui.state.media import paths_in
from vidstudio.ui.state.project import ProjectState
from vidstudio.ui.theme import tokens


class DropHint(QWidget):
    """Covers the place where a drop would land, with one line of text."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.text = ""
        self.hide()

    def show_over(self, place: QRect, text: str) -> None:
        """Light up `place` (in the window's coordinates)."""
        if self.isVisible() and self.text == text and self.geometry() == place:
            return
        self.text = text
        self.setAccessibleName(text)
        self.setGeometry(place)
        self.raise_()
        self.show()
        self.update()
        announce(self, text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame in the accent colour and the text in its middle."""
        theme = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.window)
        veil.setAlpha(232)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(theme.accent, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(self.rect().adjusted(8, 8, -8, -8), 8, 8)
        font = painter.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        painter.setFont(font)
        painter.setPen(theme.text)
        where = self.rect().adjusted(24, 24, -24, -24)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(where, int(flags), self.text)


class DropTarget(QObject):
    """Takes files that are dropped anywhere on a window: on the stage they are shown or compared, else added."""

    def __init__(self, window: QWidget, stage: QWidget, project: ProjectState) -> None:
        super().__init__(window)
        self._window, self._stage, self._project = window, stage, project
        self.hint = DropHint(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drag and drop events of the window."""
        kind = event.type()
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove) and isinstance(event, QDragMoveEvent):
            paths = paths_in(event.mimeData())
            if not paths:
                event.ignore()
                return False
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            place, text = self._what(paths, event.position().toPoint())
            self.hint.show_over(place, text)
            return True
        if kind == QEvent.Type.DragLeave:
            self.hint.hide()
        elif kind == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.hint.hide()
            paths = paths_in(event.mimeData())
            if paths:
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                self._project.stage.open_paths(paths, on_stage=self._on_stage(event.position().toPoint()))
                return True
        return False

    def _on_stage(self, point: QPoint) -> bool:
        return self._stage_box().contains(point)

    def _stage_box(self) -> QRect:
        return QRect(self._stage.mapTo(self._window, QPoint(0, 0)), self._stage.size())

    def _what(self, paths: list[Path], point: QPoint) -> tuple[QRect, str]:
        on_stage = self._on_stage(point)
        files = [path for path in paths if not is_folder(path)]
        empty = not self._project.library.items
        shown = self._project.stage.shown
        if len(paths) == 2 == len(files) and (on_stage or empty):
            text = self.tr("Compare {0} with {1}").format(*(readable(one.name) for one in files))
        elif on_stage and len(paths) == 1 == len(files) and shown is not None:
            text = self.tr("Compare with {0}").format(shown.a.path.name)
        elif on_stage and len(paths) == 1 == len(files):
            text = self.tr("Open {0}").format(readable(files[0].name))
        elif len(paths) == 1:
            text = self.tr("Add {0} to the library").format(readable(paths[0].name))
        else:
            text = self.tr("Add {0} things to the library").format(len(paths))
        if on_stage:
            return self._stage_box(), text
        return self._window.rect(), text
