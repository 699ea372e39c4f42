"""A pane that shows one frame: letterboxed, sharp at any scale, with labels, boxes and overlays over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vidstudio.engine.media.frame import Frame
from vidstudio.engine.types import VideoInfo
from vidstudio.player.signals import signal

Overlay = Callable[[QPainter, QRectF], None]

SURROUND = QColor(38, 38, 38)
"""Neutral grey in both themes: a tinted surround shifts how colours are judged."""
_INK = QColor(235, 235, 235)
_CHIP = QColor(0, 0, 0, 150)
_DIM = QColor(20, 20, 20, 150)
_BOX = QColor(255, 176, 0)


def image_over(pixels: NDArray[np.uint8]) -> QImage:
    """An image over the same memory as BGRA pixels (h, w, 4), C-contiguous: keep the array as long as the image."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)


class Screen(QWidget):
    """Paints the picture it was given; knows nothing of time or files. GUI thread only."""

    resized = signal()
    """The picture's size in device pixels may be another one now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: Frame | None = None
        self._memory: NDArray[np.uint8] | None = None  # what _image shows
        self._image: QImage | None = None
        self._source = (0, 0)  # own pixels of the video
        self._shape = (16.0, 9.0)  # width and height in square pixels
        self._label = self._time = ""
        self._aligned = True
        self._held = False
        self._error = ""
        self._boxes: tuple[tuple[int, int, int, int], ...] = ()
        self._overlay: Overlay | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(96, 54)
        self._tell()

    # what it shows

    def set_source(self, info: VideoInfo | None) -> None:
        """The video whose frames will come: its size and pixel aspect shape the picture, boxes are in its pixels."""
        if info is None:
            self._source, self._shape = (0, 0), (16.0, 9.0)
        else:
            self._source = (info.width, info.height)
            self._shape = (info.width * float(info.pixel_aspect), float(info.height))
        self._error = ""
        self.clear()
        self.resized.emit()

    def show_frame(self, frame: Frame) -> None:
        """Show a frame of BGRA pixels, which are not copied."""
        memory = np.ascontiguousarray(frame.pixels)
        self._image, self._frame, self._memory = image_over(memory), frame, memory
        self.update()

    def clear(self) -> None:
        """Show no picture, only the error if there is one."""
        self._image = self._frame = self._memory = None
        self._held = False
        self._tell()
        self.update()

    @property
    def frame_number(self) -> int | None:
        """Number of the frame on the screen."""
        return None if self._frame is None else self._frame.number

    def set_label(self, text: str) -> None:
        """The name in the corner ("A · interview_v1.mp4")."""
        self._label = text
        self._tell()
        self.update()

    def set_time(self, text: str) -> None:
        """The time of the picture on its own clock, in the lower corner; empty for none."""
        if text != self._time:
            self._time = text
            self.update()

    def set_aligned(self, aligned: bool) -> None:
        """Whether a held picture is not in this version; else, at equal times, this version has only ended before."""
        if aligned != self._aligned:
            self._aligned = aligned
            self._tell()
            self.update()

    def set_held(self, held: bool) -> None:
        """Dim the picture and say why: this side has nothing of its own now."""
        if held != self._held:
            self._held = held
            self._tell()
            self.update()

    @property
    def held(self) -> bool:
        """Whether the picture is dimmed and labelled."""
        return self._held

    def set_error(self, text: str) -> None:
        """Say this in place of the picture, until another video comes."""
        self._error = text
        self.clear()

    def set_boxes(self, boxes: Sequence[tuple[int, int, int, int]]) -> None:
        """Outline places `(x, y, w, h)` in source pixels."""
        if tuple(boxes) != self._boxes:
            self._boxes = tuple(boxes)
            self.update()

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Paint over the picture: called with the painter and the picture's rectangle in the widget."""
        self._overlay = overlay
        self.update()

    # where it is

    def picture_rect(self) -> QRectF:
        """The picture's rectangle in the widget, on whole device pixels."""
        ratio = self.devicePixelRatioF()
        wide, high = self.width() * ratio, self.height() * ratio
        width, height = self._fitted(wide, high)
        left, top = (wide - width) // 2, (high - height) // 2
        return QRectF(left / ratio, top / ratio, width / ratio, height / ratio)

    def wanted_size(self) -> tuple[int, int]:
        """Width and height to decode at: the device pixels it covers, but no more than the video has."""
        ratio = self.devicePixelRatioF()
        width, height = self._fitted(self.width() * ratio, self.height() * ratio)
        if self._source != (0, 0) and (height > self._source[1] or width > self._shape[0]):
            width, height = round(self._shape[0]), self._source[1]
        return max(2, width), max(2, height)

    def _fitted(self, wide: float, high: float) -> tuple[int, int]:
        scale = min(wide / self._shape[0], high / self._shape[1])
        return max(1, round(self._shape[0] * scale)), max(1, round(self._shape[1] * scale))

    # Qt

    def sizeHint(self) -> QSize:
        """A sixteenth of 4K by default."""
        return QSize(480, 270)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures of another size are wanted."""
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Surround, picture, boxes, overlay, labels."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), SURROUND)
        rect = self.picture_rect()
        if self._image is None:
            self._paint_error(painter)
        else:
            self._paint_picture(painter, rect, self._image)
            if self._boxes and not self._held:
                self._paint_boxes(painter, rect)
            if self._held:
                painter.fillRect(rect, _DIM)
            if self._overlay is not None:
                painter.save()
                self._overlay(painter, rect)
                painter.restore()
            if self._held:
                self._paint_chip(painter, self._why_held(), rect.center(), middle=True)
        if self._label:
            self._paint_chip(painter, self._label, QPointF(8, 8))
        if self._time and self._image is not None and not self._held:
            high = painter.fontMetrics().height() + 8
            self._paint_chip(painter, self._time, QPointF(8, self.height() - high - 8))
        painter.end()

    def _paint_picture(self, painter: QPainter, rect: QRectF, image: QImage) -> None:
        ratio = self.devicePixelRatioF()
        same = (round(rect.width() * ratio), round(rect.height() * ratio)) == (image.width(), image.height())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not same)
        painter.drawImage(rect, image, QRectF(image.rect()))

    def _paint_boxes(self, painter: QPainter, rect: QRectF) -> None:
        if self._source == (0, 0):
            return
        across, down = rect.width() / self._source[0], rect.height() / self._source[1]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y, width, height in self._boxes:
            place = QRectF(rect.x() + x * across, rect.y() + y * down, width * across, height * down)
            painter.setPen(QPen(QColor(0, 0, 0, 180), 4))  # dark rim: seen on any picture
            painter.drawRect(place)
            painter.setPen(QPen(_BOX, 2))
            painter.drawRect(place)

    def _paint_chip(self, painter: QPainter, text: str, place: QPointF, *, middle: bool = False) -> None:
        metrics = painter.fontMetrics()
        room = max(16.0, self.width() - 32.0)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(room))
        size = metrics.size(Qt.TextFlag.TextSingleLine, text)
        chip = QRectF(place.x(), place.y(), size.width() + 16, size.height() + 8)
        if middle:
            chip.moveCenter(place)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_CHIP)
        painter.drawRoundedRect(chip, 4, 4)
        painter.setPen(_INK)
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_error(self, painter: QPainter) -> None:
        painter.setPen(QColor(165, 165, 165))
        area = QRectF(self.rect()).adjusted(16, 16, -16, -16)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._error)

    def _why_held(self) -> str:
        return self.tr("not in this version") if self._aligned else self.tr("this version has ended")

    def _tell(self) -> None:
        self.setAccessibleName(self._label or self.tr("Video"))
        parts = [self._why_held() if self._held else "", self._error if self._image is None else ""]
        self.setAccessibleDescription(", ".join(part for part in parts if part))
