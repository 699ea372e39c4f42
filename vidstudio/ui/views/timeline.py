"""The timeline: both sides as lanes, the curve of distances between them, the threshold drawn on the curve.

What lies still is kept in `Sheets`: a moved threshold redraws only the images it recolours, and a moved playhead
only the strips it leaves and enters.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from vidstudio.engine.time import Span
from vidstudio.player.signals import signal
from vidstudio.ui.kinds import kind_text
from vidstudio.ui.shortcuts import STAGE_KEYS
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.state.layout import KIND_ORDER
from vidstudio.ui.theme import number_font, small_font
from vidstudio.ui.views import timeline_over as over
from vidstudio.ui.views.timeline_layers import Ink, Places
from vidstudio.ui.views.timeline_model import TimeText, TimeView, scale_distance
from vidstudio.ui.views.timeline_sheets import Sheets

_GUTTER = 48.0
_RIGHT = 12.0
_GRAB = 6.0
_CLICK = 4.0


class Timeline(QWidget):
    """Draws a CompareState along the master axis. Asks for seeks and choices; never plays anything itself."""

    seek_asked = signal(int)
    scrub_asked = signal(int)
    """As `seek_asked`, while dragging: what comes in time may be shown on the way."""
    view_changed = signal()
    hovered = signal(str)

    def __init__(self, state: CompareState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._times = TimeText()
        self._view = TimeView.fitted(0, 100)
        self._sides = 0
        self._playhead_us = 0
        self._hover: QPointF | None = None
        self._pressed: QPointF | None = None
        self._dragging = ""
        self._loop: Span | None = None
        self._sheets = Sheets(self, state)
        self.setFont(small_font(number_font()))
        self.setMinimumSize(320, 116)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty(STAGE_KEYS, True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Timeline"))
        state.comparison_changed.connect(self._new_comparison)
        state.edits_changed.connect(self._new_edits)
        state.metric_changed.connect(self._new_columns)
        state.threshold_changed.connect(self._new_threshold)
        state.selection_changed.connect(self._show_selection)

    # What is shown

    @property
    def time_view(self) -> TimeView:
        """The stretch of time on screen."""
        return self._view

    @property
    def places(self) -> Places:
        """Where the rows are."""
        return Places.of(self.width(), self.height(), _GUTTER, _RIGHT)

    @property
    def playhead_us(self) -> int:
        """Master time of the playhead."""
        return self._playhead_us

    def set_times(self, times: TimeText) -> None:
        """How times are written."""
        self._times = times
        self._sheets.new_stills()
        self.update()

    def set_duration(self, duration_us: int, sides: int) -> None:
        """Length of the master axis and how many sides there are (0, 1 or 2)."""
        self._sides = sides
        self._view = TimeView.fitted(duration_us, self._wide())
        self._new_columns()
        self.view_changed.emit()

    def set_loop(self, span: Span | None) -> None:
        """Show the stretch that is looped."""
        self._loop = span
        self.update()

    def set_playhead(self, time_us: int) -> None:
        """Move the playhead; the view pages on when it leaves."""
        if time_us == self._playhead_us:
            return
        followed = self._view.following(time_us) if not self._dragging else self._view
        before, self._playhead_us = self._playhead_us, time_us
        if followed != self._view:
            self.set_view(followed)
            return
        for moment in (before, time_us):
            x = int(_GUTTER + self._view.x_of(moment))
            self.update(x - 8, 0, 17, self.height())

    def set_view(self, view: TimeView) -> None:
        """Show another stretch."""
        if view != self._view:
            self._view = view
            self._sheets.new_view()
            self.update()
            self.view_changed.emit()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Closer around pixel x of the drawing area, or around the playhead when it is on screen."""
        if x is None:
            x = self._view.x_of(self._playhead_us)
            x = x if 0 <= x <= self._view.width else self._view.width / 2
        self.set_view(self._view.zoomed(factor, x))

    def fit(self) -> None:
        """Show everything."""
        self.set_view(TimeView.fitted(self._view.duration_us, self._wide()))

    def describe(self, time_us: int) -> str:
        """Words for a moment: its time, and the kind and distance of the edit there."""
        words = [self._times.text(time_us)]
        number = self._state.layout.edit_at(time_us)
        if number is not None:
            words.append(kind_text(KIND_ORDER[self._state.layout.codes[number]], self._state.aligned))
            distance = self._state.distance_at(time_us)
            if distance is not None:
                words.append(self.tr("distance {0}").format(f"{distance:.3f}"))
        return " · ".join(words)

    # What has to be made again

    def _wide(self) -> int:
        return max(1, self.width() - int(_GUTTER + _RIGHT))

    def _new_comparison(self) -> None:
        if self._state.comparison is not None:
            self.set_duration(self._state.layout.duration_us, 2)
        else:
            self._new_columns()

    def _new_edits(self) -> None:
        """Other edits of the same comparison: what is on screen stays."""
        view, duration = self._view, self._state.layout.duration_us
        if duration and duration != view.duration_us:
            fitted = TimeView.fitted(duration, self._wide())
            self._view = fitted if view.is_fitted else replace(view, duration_us=duration).clamped()
            self.view_changed.emit()
        self._new_columns()

    def _new_columns(self) -> None:
        self._sheets.new_columns()
        self.update()

    def _new_threshold(self) -> None:
        self._sheets.new_threshold()
        self.update()

    def _show_selection(self) -> None:
        number = self._state.selected
        if number is not None:
            layout = self._state.layout
            self.set_view(self._view.showing(float(layout.starts[number]), float(layout.ends[number])))
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._sheets.new_ink()
            self.update()
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the scale, or everything when everything was shown."""
        self._view = self._view.resized(self._wide())
        self._new_columns()
        self.view_changed.emit()

    def sizeHint(self) -> QSize:
        """Wide and not tall."""
        return QSize(900, 210)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """What lies still, then what moves."""
        places = self.places
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        self._sheets.draw(painter, places, self._view, self._times, self._sides)
        self._paint_moving(painter, places, self._sheets.ink)
        painter.end()

    def _paint_moving(self, painter: QPainter, places: Places, ink: Ink) -> None:
        painter.setFont(self.font())
        left, layout, view = places.curve.left(), self._state.layout, self._view
        if not view.is_fitted:
            over.draw_window(painter, places, view, ink)
        painter.setClipRect(QRectF(left - 7, 0, places.curve.width() + 14, self.height()))
        if self._loop is not None:
            x0, x1 = view.x_of(self._loop.start_us), view.x_of(self._loop.end_us)
            painter.fillRect(QRectF(left + x0, places.ruler.bottom() - 3, x1 - x0, 3), ink.accent)
        number = self._state.selected
        if number is not None:
            x0, x1 = view.x_of(float(layout.starts[number])), view.x_of(float(layout.ends[number]))
            over.draw_selection(painter, places, left + x0, left + x1, ink)
        if len(layout.seg_starts):
            over.draw_threshold(painter, places, self._state.threshold, self._dragging == "threshold", ink)
        if self._hover is not None and not self._dragging and view.duration_us:
            painter.setPen(QPen(ink.muted, 1, Qt.PenStyle.DotLine))
            x = round(self._hover.x()) + 0.5
            painter.drawLine(QLineF(x, places.ruler.top(), x, places.lanes[1].bottom()))
        if view.duration_us and self._sides:
            over.draw_playhead(painter, places, left + view.x_of(self._playhead_us), ink)
        if self.hasFocus():
            painter.setClipping(False)
            painter.setPen(QPen(ink.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    # Hands

    def _time_at(self, point: QPointF) -> int:
        return self._view.time_at(point.x() - _GUTTER)

    def _zone(self, point: QPointF) -> str:
        places = self.places
        if len(self._state.layout.seg_starts) and places.curve.left() <= point.x() <= places.curve.right() + _RIGHT:
            near = abs(point.y() - places.threshold_y(self._state.threshold)) <= _GRAB
            if near and places.curve.top() - _GRAB <= point.y() <= places.curve.bottom() + _GRAB:
                return "threshold"
        if point.y() <= places.overview.bottom() + 2:
            return "overview"
        return "scrub" if point.y() <= places.ruler.bottom() else "pan"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the threshold, the overview, the ruler, or of the lanes."""
        point = event.position()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pressed, self._dragging = point, "pan"
            return
        if event.button() != Qt.MouseButton.LeftButton or not self._view.duration_us:
            return
        self._pressed = point
        zone = self._zone(point)
        if zone == "threshold":
            self._dragging = zone
            self._state.begin_threshold()
        elif zone in ("overview", "scrub"):
            self._dragging = zone
            self._drag_to(point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag what was taken hold of, or say what is under the cursor."""
        point = event.position()
        far = self._pressed is not None and abs(point.x() - self._pressed.x()) > _CLICK
        if self._pressed is not None and not self._dragging and far:
            self._dragging = "pan"
        if self._dragging:
            self._drag_to(point)
            return
        zone = self._zone(point)
        shapes = {"threshold": Qt.CursorShape.SizeVerCursor, "scrub": Qt.CursorShape.SizeHorCursor}
        self.setCursor(shapes.get(zone, Qt.CursorShape.ArrowCursor))
        before, inside = self._hover, point.x() >= _GUTTER
        self._hover = point if inside else None
        for place in (before, self._hover):
            if place is not None:
                self.update(QRect(int(place.x()) - 2, 0, 5, self.height()))
        self.hovered.emit(self.describe(self._time_at(point)) if inside and self._view.duration_us else "")

    def _drag_to(self, point: QPointF) -> None:
        if self._dragging == "threshold":
            curve = self.places.curve
            self._state.set_threshold(scale_distance((curve.bottom() - point.y()) / max(1.0, curve.height() - 1)))
        elif self._dragging == "overview":
            whole = TimeView.fitted(self._view.duration_us, int(self.places.overview.width()))
            middle = whole.time_at(point.x() - _GUTTER)
            if self._view.is_fitted:
                self.scrub_asked.emit(middle)
            else:
                self.set_view(self._view.panned(self._view.width / 2 - self._view.x_of(middle)))
        elif self._dragging == "scrub":
            self.scrub_asked.emit(self._time_at(point))
        elif self._dragging == "pan" and self._pressed is not None:
            self.set_view(self._view.panned(point.x() - self._pressed.x()))
            self._pressed = point

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; a press that was no drag is a click and seeks."""
        pressed, dragged = self._pressed, self._dragging
        self._pressed, self._dragging = None, ""
        if dragged == "threshold":
            self._state.end_threshold()
            self.update()
        elif pressed is not None and not dragged and event.button() == Qt.MouseButton.LeftButton:
            self.seek_asked.emit(self._time_at(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Choose the edit under the cursor."""
        self._state.select(self._state.layout.edit_at(self._time_at(event.position())))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the cursor any more."""
        self._hover = None
        self.hovered.emit("")
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the cursor (with Ctrl in larger steps); sideways or with Shift, pan."""
        across, along = event.angleDelta().x(), event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(across) > abs(along):
            self.set_view(self._view.panned((across or along) * 0.5))
        else:
            strong = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.zoom((2.0 if strong else 1.25) ** (along / 120), event.position().x() - _GUTTER)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses the edit at the playhead; all else is an action of the page."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._state.select(self._state.layout.edit_at(self._playhead_us))
        else:
            super().keyPressEvent(event)
