"""The timeline's still layers and recoloured images: made once, kept until what they show is another."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.theme import tokens
from vidstudio.ui.views import timeline_layers as layers
from vidstudio.ui.views.timeline_layers import Columns, Ink, Places
from vidstudio.ui.views.timeline_model import TimeText, TimeView

Images = tuple[QImage, QImage, QImage, QImage]


class Sheets:
    """What lies still on a timeline that shows a CompareState, from the columns up to the coloured images.

    Each `new_…` says what became another; what depends on it is made again when it is drawn next.
    """

    def __init__(self, timeline: QWidget, state: CompareState) -> None:
        self._timeline, self._state = timeline, state
        self._ink: Ink | None = None
        self._whole: Columns | None = None  # of all the time there is; zooming leaves it as it is
        self._columns: tuple[Columns, Columns] | None = None
        self._stills: tuple[QPixmap, QPixmap] | None = None
        self._coloured: Images | None = None

    @property
    def ink(self) -> Ink:
        """The colours of the theme."""
        self._ink = self._ink or Ink.of(tokens(self._timeline))
        return self._ink

    def new_columns(self) -> None:
        """Another comparison or metric, or another width."""
        self._whole = None
        self.new_view()

    def new_view(self) -> None:
        """Another stretch of time."""
        self._columns = None
        self.new_stills()

    def new_ink(self) -> None:
        """Another theme or font."""
        self._ink = None
        self.new_stills()

    def new_stills(self) -> None:
        """Times are written in another way."""
        self._stills = None
        self.new_threshold()

    def new_threshold(self) -> None:
        """Another threshold: only colours change."""
        self._coloured = None

    def draw(self, painter: QPainter, places: Places, view: TimeView, times: TimeText, sides: int) -> None:
        """Draw all of it; whatever is not there any more is made."""
        if self._stills is not None and self._stills[0].devicePixelRatio() != self._timeline.devicePixelRatioF():
            self.new_columns()
        back, front = self._still_layers(places, view, times, sides)
        painter.drawPixmap(0, 0, back)
        rows = (places.lanes[0], places.lanes[1], places.curve, places.overview)
        for place, image in zip(rows, self._coloured_images(places, view), strict=True):
            painter.drawImage(place, image)
        painter.drawPixmap(0, 0, front)

    def _column_data(self, places: Places, view: TimeView) -> tuple[Columns, Columns]:
        if self._columns is None:
            count = max(1, round(places.curve.width() * self._timeline.devicePixelRatioF()))
            layout, metric = self._state.layout, self._state.metric
            whole = TimeView.fitted(view.duration_us, count)
            if self._whole is None or len(self._whole.peaks) != count:
                self._whole = Columns.of(layout, metric, whole, count)
            self._columns = Columns.of(layout, metric, view, count), self._whole
        return self._columns

    def _coloured_images(self, places: Places, view: TimeView) -> Images:
        if self._coloured is None:
            shown, whole = self._column_data(places, view)
            threshold, ink, ratio = self._state.threshold, self.ink, self._timeline.devicePixelRatioF()
            rows = (places.curve, places.lanes[0], places.overview)
            curve, lane, overview = (max(1, round(row.height() * ratio)) for row in rows)
            self._coloured = (
                layers.strip_image(shown.colours(0, threshold, ink), lane),
                layers.strip_image(shown.colours(1, threshold, ink), lane),
                layers.curve_image(shown, curve, threshold, ink),
                layers.strip_image(whole.both(threshold, ink), overview),
            )
        return self._coloured

    def _still_layers(self, places: Places, view: TimeView, times: TimeText, sides: int) -> tuple[QPixmap, QPixmap]:
        if self._stills is None:
            timeline, layout, ink = self._timeline, self._state.layout, self.ink
            back, front = (layers.sheet(timeline, colour) for colour in (ink.back, QColor(Qt.GlobalColor.transparent)))
            painter = QPainter(back)
            painter.setFont(timeline.font())
            codes = self._column_data(places, view)[0].codes if len(layout.starts) else None
            layers.draw_lanes(painter, places, sides, codes, ink)
            layers.draw_axis(painter, places, sides, len(layout.seg_starts) > 0, ink)
            painter.setClipRect(places.curve.adjusted(0, -6, 0, 6))
            layers.draw_connectors(painter, places, layout, view, ink)
            painter.setClipping(False)
            layers.draw_ruler(painter, places, view, times, ink)
            painter.end()
            painter = QPainter(front)
            painter.setFont(timeline.font())
            painter.setClipRect(QRectF(places.curve.left(), 0, places.curve.width(), timeline.height()))
            layers.draw_borders(painter, places, layout, view, ink)
            layers.draw_marks(painter, places, layout, view, ink)
            layers.draw_ignored(painter, places, layout, view, ink)
            painter.end()
            self._stills = back, front
        return self._stills
