"""Icons: one set of small SVGs, tinted with the theme's text colour when they are painted, sharp at every scale."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QImage, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from vidstudio.ui.theme import resources, tokens


def icon_names() -> list[str]:
    """Every icon there is."""
    return sorted(file.stem for file in (resources() / "icons").glob("*.svg"))


def icon(name: str, colour: QColor | None = None) -> QIcon:
    """Icon of the set, in the theme's text colour (it follows theme changes) unless a colour is given.

    Raises FileNotFoundError for a name that is not in the set.
    """
    _source(name)
    return QIcon(_Tinted(name, colour))


class _Tinted(QIconEngine):
    """Draws one SVG in the colour that the theme asks for at that moment."""

    def __init__(self, name: str, colour: QColor | None) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def clone(self) -> QIconEngine:
        return _Tinted(self._name, self._colour)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colour = self._ink(mode)
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(painter.opacity() * 0.5)
        side = min(rect.width(), rect.height())
        box = QRectF(0, 0, side, side)
        box.moveCenter(QRectF(rect).center())
        _renderer(self._name, colour.name()).render(painter, box)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():
            return QPixmap()  # asked for where a style has no room for it
        key = f"{self._name} {self._ink(mode).name()} {size.width()}x{size.height()} {mode == QIcon.Mode.Disabled}"
        found = QPixmap()
        if QPixmapCache.find(key, found):
            return found
        image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        found = QPixmap.fromImage(image)
        QPixmapCache.insert(key, found)
        return found

    def _ink(self, mode: QIcon.Mode) -> QColor:
        if mode == QIcon.Mode.Disabled:
            return tokens().muted
        return self._colour if self._colour is not None else tokens().text

    def iconName(self) -> str:
        return self._name


@cache
def _source(name: str) -> str:
    return (resources() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
