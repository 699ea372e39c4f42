"""What the timeline is painted from: per-column data, images recoloured by the threshold, and still layers.

All work is bounded by the number of pixel columns, never by the length of the comparison.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from vidstudio.engine.types import EditKind, Metric
from vidstudio.ui.kinds import kind_mark, kind_text
from vidstudio.ui.state.layout import KIND_ORDER, Lane, Layout
from vidstudio.ui.theme import ThemeTokens
from vidstudio.ui.views.timeline_model import (
    TimeText,
    TimeView,
    column_edges,
    column_peaks,
    ruler_ticks,
    scale_position,
    scale_positions,
)

GAP = -1
_CHANGED = KIND_ORDER.index("changed")
_MARK = 10.0
_MARK_EVERY = 18.0
CHIP = 16.0


def mixed(a: QColor, b: QColor, part: float) -> QColor:
    """`part` of b in a."""
    return QColor.fromRgbF(
        a.redF() + (b.redF() - a.redF()) * part,
        a.greenF() + (b.greenF() - a.greenF()) * part,
        a.blueF() + (b.blueF() - a.blueF()) * part,
    )


@dataclass(frozen=True, slots=True)
class Ink:
    """Colours of the timeline in one theme. table: uint32 ARGB by `2 * code + over`, last one the gap."""

    back: QColor
    text: QColor
    muted: QColor
    line: QColor
    accent: QColor
    on_accent: QColor
    under: QColor
    over: QColor
    kinds: dict[EditKind, QColor]
    table: NDArray[np.uint32]

    @staticmethod
    def of(theme: ThemeTokens) -> Ink:
        """Ink of a theme."""
        table = []
        for kind in KIND_ORDER:
            full = theme.kind(kind)
            if kind == "same":
                table += [mixed(theme.surface, full, 0.45), theme.kind("changed")]
            elif kind == "changed":
                table += [mixed(theme.surface, full, 0.5), full]
            else:
                table += [full, full]
        return Ink(
            back=theme.surface,
            text=theme.text,
            muted=theme.muted,
            line=theme.line,
            accent=theme.accent,
            on_accent=theme.on_accent,
            under=theme.muted,
            over=theme.kind("changed"),
            kinds=dict(theme.kinds),
            table=np.array([colour.rgba() for colour in table] + [0], np.uint32),
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """What each pixel column holds: edit codes of both lanes (GAP where empty) and the largest distance."""

    codes: tuple[NDArray[np.int8], NDArray[np.int8]]
    peaks: NDArray[np.float32]

    @staticmethod
    def of(layout: Layout, metric: Metric, view: TimeView, columns: int) -> Columns:
        """Decimate a layout for a view of `columns` pixels."""
        edges = column_edges(view, columns)
        codes = (_lane_codes(layout.lanes[0], edges), _lane_codes(layout.lanes[1], edges))
        return Columns(codes, column_peaks(layout.seg_starts, layout.seg_ends, layout.distances[metric], edges))

    def colours(self, side: int, threshold: float, ink: Ink) -> NDArray[np.uint32]:
        """ARGB of each column of a lane at a threshold."""
        over = self.peaks > np.float32(threshold)
        codes = self.codes[side]
        if len(self.peaks):
            over = over | (np.isnan(self.peaks) & (codes == _CHANGED))
        return np.asarray(np.where(codes == GAP, ink.table[-1], ink.table[2 * np.maximum(codes, 0) + over]))

    def both(self, threshold: float, ink: Ink) -> NDArray[np.uint32]:
        """ARGB of the more important lane of each column, for the overview."""
        a, b = self.colours(0, threshold, ink), self.colours(1, threshold, ink)
        return np.asarray(np.where(self.codes[0] > self.codes[1], a, b))


def _lane_codes(lane: Lane, edges: NDArray[np.float64]) -> NDArray[np.int8]:
    codes = column_peaks(lane.starts, lane.ends, lane.codes.astype(np.float32), edges)
    return np.nan_to_num(codes, nan=GAP).astype(np.int8)


def strip_image(colours: NDArray[np.uint32], height: int = 1) -> QImage:
    """One row of premultiplied pixels, `height` times: an image that is drawn without scaling is drawn fast."""
    return _image(np.broadcast_to(colours, (max(1, height), len(colours))))


def _image(pixels: NDArray[np.uint32]) -> QImage:
    whole = np.ascontiguousarray(pixels, np.uint32)
    high, wide = whole.shape
    return QImage(whole.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32_Premultiplied).copy()


def curve_heights(peaks: NDArray[np.float32], height: int) -> NDArray[np.int32]:
    """Pixels (columns,) the curve reaches up from the bottom; at least 1 where there is a value."""
    tall = np.rint(scale_positions(np.nan_to_num(peaks, nan=-1.0)) * (height - 1)).astype(np.int32) + 1
    return np.where(np.isnan(peaks), 0, tall).astype(np.int32)


def curve_image(columns: Columns, height: int, threshold: float, ink: Ink) -> QImage:
    """The curve as filled columns: over the threshold in one colour, under it in another."""
    tall = curve_heights(columns.peaks, height)
    over = columns.peaks > np.float32(threshold)
    body = np.where(over, _translucent(ink.over, 150), _translucent(ink.under, 110)).astype(np.uint32)
    top = np.where(over, np.uint32(ink.over.rgba()), np.uint32(ink.under.rgba())).astype(np.uint32)
    level = (height - np.arange(height, dtype=np.int32))[:, None]
    return _image(np.where(level <= tall - 2, body, np.where(level <= tall, top, np.uint32(0))))


def _translucent(colour: QColor, alpha: int) -> np.uint32:
    """Premultiplied ARGB."""
    red, green, blue = (round(part * alpha / 255) for part in (colour.red(), colour.green(), colour.blue()))
    return np.uint32((alpha << 24) | (red << 16) | (green << 8) | blue)


@dataclass(frozen=True, slots=True)
class Places:
    """Rectangles of the timeline's rows, in pixels of the widget."""

    overview: QRectF
    ruler: QRectF
    lanes: tuple[QRectF, QRectF]
    curve: QRectF
    gutter: float

    @staticmethod
    def of(width: int, height: int, gutter: float, right: float) -> Places:
        """Rows for a widget of this size; the curve takes what is left."""
        wide = max(1.0, width - gutter - right)
        lane, gap = 22.0, 4.0
        top = 18.0 + 24.0
        curve_top = top + lane + gap
        tall = max(24.0, height - curve_top - gap - lane - 2)
        return Places(
            QRectF(gutter, 2, wide, 12),
            QRectF(gutter, 18, wide, 22),
            (QRectF(gutter, top, wide, lane), QRectF(gutter, curve_top + tall + gap, wide, lane)),
            QRectF(gutter, curve_top, wide, tall),
            gutter,
        )

    def threshold_y(self, threshold: float) -> float:
        """y of a distance on the curve."""
        return self.curve.bottom() - scale_position(threshold) * (self.curve.height() - 1)


def sheet(widget: QWidget, colour: QColor) -> QPixmap:
    """A pixmap as large as the widget, in its screen's own pixels."""
    ratio = widget.devicePixelRatioF()
    pixmap = QPixmap(round(widget.width() * ratio), round(widget.height() * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(colour)
    return pixmap


def draw_ruler(painter: QPainter, places: Places, view: TimeView, times: TimeText, ink: Ink) -> None:
    """Tick lines and times."""
    metrics = QFontMetricsF(painter.font())
    label = metrics.horizontalAdvance(times.text(view.duration_us)) + 20
    ruler = places.ruler
    painter.setClipRect(QRectF(ruler.left() - 1, ruler.top(), ruler.width() + 12, ruler.height()))
    for tick in ruler_ticks(view, times, label):
        x = round(ruler.left() + view.x_of(tick.time_us)) + 0.5
        painter.setPen(QPen(ink.muted if tick.text else ink.line, 1))
        painter.drawLine(QLineF(x, ruler.bottom() - (8 if tick.text else 4), x, ruler.bottom()))
        if tick.text and x + metrics.horizontalAdvance(tick.text) <= ruler.right() + 4:
            painter.setPen(ink.muted)
            painter.drawText(QPointF(x + 3, ruler.bottom() - 8), tick.text)
    painter.setClipping(False)


def draw_lanes(
    painter: QPainter, places: Places, sides: int, codes: tuple[NDArray[np.int8], NDArray[np.int8]] | None, ink: Ink
) -> None:
    """What is under the lanes' colours: plain without a comparison (`codes` None), else hatched where they lack."""
    if codes is not None:
        for place, lane in zip(places.lanes, codes, strict=True):
            draw_gaps(painter, place, lane, ink)
        return
    for place in (*places.lanes[:sides], places.overview):
        painter.fillRect(place, ink.line)


def draw_gaps(painter: QPainter, place: QRectF, codes: NDArray[np.int8], ink: Ink) -> None:
    """Hatching where a lane has nothing."""
    empty = np.concatenate([[False], codes == GAP, [False]])
    borders = np.flatnonzero(np.diff(empty.astype(np.int8))).reshape(-1, 2)
    scale = place.width() / max(1, len(codes))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(ink.line, Qt.BrushStyle.BDiagPattern))
    for first, after in borders.tolist():
        painter.drawRect(QRectF(place.left() + first * scale, place.top(), (after - first) * scale, place.height()))


def visible_differences(layout: Layout, view: TimeView, every_px: float, at_least_px: float = 0.0) -> NDArray[np.int64]:
    """Numbers of edits on screen that are no `same`, at most one, the longest, for each `every_px` pixels."""
    first = int(np.searchsorted(layout.ends, math.floor(view.start_us), side="right"))
    after = int(np.searchsorted(layout.starts, math.ceil(view.end_us), side="left"))
    lengths = layout.ends[first:after] - layout.starts[first:after]
    chosen = (layout.codes[first:after] > 0) & (lengths >= at_least_px * view.us_per_px)
    which = np.flatnonzero(chosen) + first
    if len(which) == 0:
        return which
    lengths = lengths[which - first]
    middle = (layout.starts[which] + layout.ends[which]) / 2
    cell = np.floor((middle - view.start_us) / (view.us_per_px * every_px)).astype(np.int64)
    begins = np.flatnonzero(np.concatenate([[True], np.diff(cell) != 0]))
    longest = np.repeat(np.maximum.reduceat(lengths, begins), np.diff(np.append(begins, len(cell))))
    found = np.flatnonzero(lengths == longest)
    _, once = np.unique(cell[found], return_index=True)
    return np.asarray(which[found[once]], np.int64)


def draw_connectors(painter: QPainter, places: Places, layout: Layout, view: TimeView, ink: Ink) -> None:
    """Bands from each difference in lane A to its counterpart in lane B, behind the curve."""
    top, bottom = places.lanes[0].bottom(), places.lanes[1].top()
    left = places.curve.left()
    spans = [_cut(lane, view) for lane in layout.lanes]
    straight = np.zeros(max(1, round(places.curve.width())), np.uint32)
    fills = {kind: _translucent(colour, 46) for kind, colour in ink.kinds.items()}
    for number in visible_differences(layout, view, 3.0, at_least_px=2.0).tolist():
        colour = ink.kinds[KIND_ORDER[layout.codes[number]]]
        ends = []
        for lane in spans:
            start, end = lane.get(number) or ((layout.starts[number] + layout.ends[number]) / 2,) * 2
            ends.append((left + view.x_of(float(start)), left + view.x_of(float(end))))
        (a0, a1), (b0, b1) = ends
        if (a0, a1) == (b0, b1):  # all that go straight down are one image
            first = max(0, round(a0 - left))
            straight[first : max(first + 1, round(a1 - left))] = fills[KIND_ORDER[layout.codes[number]]]
        else:
            fill = QColor(colour)
            fill.setAlpha(46)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(fill)
            corners = [QPointF(a0, top), QPointF(a1, top), QPointF(b1, bottom), QPointF(b0, bottom)]
            painter.drawPolygon(QPolygonF(corners))
        if layout.homes[number] >= 0:
            home = left + view.x_of(float(layout.homes[number]))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(home, top, (b0 + b1) / 2, bottom))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if straight.any():
        painter.drawImage(QPointF(left, top), strip_image(straight, round(bottom - top)))


def _cut(lane: Lane, view: TimeView) -> dict[int, tuple[int, int]]:
    """By edit number, the stretches of a lane that are on screen and wide enough to see."""
    first = int(np.searchsorted(lane.ends, math.floor(view.start_us), side="right"))
    after = int(np.searchsorted(lane.starts, math.ceil(view.end_us), side="left"))
    starts, ends = lane.starts[first:after], lane.ends[first:after]
    wide = (ends - starts) >= view.us_per_px
    stretches = zip(starts[wide].tolist(), ends[wide].tolist(), strict=True)
    return dict(zip(lane.edits[first:after][wide].tolist(), stretches, strict=True))


def draw_borders(painter: QPainter, places: Places, layout: Layout, view: TimeView, ink: Ink) -> None:
    """Where one edit ends and the next begins, in both lanes."""
    first = int(np.searchsorted(layout.starts, math.ceil(view.start_us), side="left"))
    after = int(np.searchsorted(layout.starts, math.floor(view.end_us), side="right"))
    xs = (layout.starts[first:after] - view.start_us) / view.us_per_px
    if len(xs) == 0:
        return
    cells = np.floor(xs / 4).astype(np.int64)
    xs = xs[np.concatenate([[True], np.diff(cells) != 0])]
    painter.setPen(QPen(ink.back, 1))
    for lane in places.lanes:
        painter.drawLines([QLineF(x, lane.top(), x, lane.bottom()) for x in (np.rint(xs) + lane.left() + 0.5).tolist()])


def chip_image(kind: EditKind, font: QFont, ratio: float, ink: Ink, *, word: str = "") -> QImage:
    """The shape of a kind, with its word or without, on a ground of its own; CHIP pixels high."""
    wide = math.ceil(_MARK + 6 + (QFontMetricsF(font).horizontalAdvance(word) + 4 if word else 0))
    image = QImage(round(wide * ratio), round(CHIP * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.back)
    painter.drawRoundedRect(QRectF(0, 0, wide, CHIP), 4, 4)
    kind_mark(painter, QRectF(3, (CHIP - _MARK) / 2, _MARK, _MARK), kind, ink.kinds[kind])
    painter.setPen(ink.text)
    painter.drawText(QRectF(_MARK + 7, 0, wide, CHIP), Qt.AlignmentFlag.AlignVCenter, word)
    painter.end()
    return image


def draw_marks(painter: QPainter, places: Places, layout: Layout, view: TimeView, ink: Ink) -> None:
    """The shape of each difference on the lanes it is in, with its word where there is room."""
    metrics = QFontMetricsF(painter.font())
    ratio = painter.device().devicePixelRatio()
    chips: dict[tuple[EditKind, bool], QImage] = {}  # each is drawn once: there may be hundreds on screen
    last = -_MARK_EVERY
    for number in visible_differences(layout, view, _MARK_EVERY).tolist():
        kind = KIND_ORDER[layout.codes[number]]
        start = max(float(layout.starts[number]), view.start_us)
        end = min(float(layout.ends[number]), view.end_us)
        x = view.x_of((start + end) / 2)
        if x - last < _MARK_EVERY:
            continue
        last = x
        room = (end - start) / view.us_per_px - 12
        word = kind_text(kind, layout.aligned)
        word = word if room >= _MARK + 4 + metrics.horizontalAdvance(word) else ""
        name = (kind, bool(word))
        if name not in chips:
            chips[name] = chip_image(kind, painter.font(), ratio, ink, word=word)
        wide = chips[name].width() / ratio
        for side, place in enumerate(places.lanes):
            if (kind == "inserted" and side == 0) or (kind == "removed" and side == 1):
                continue
            corner = QPointF(round(place.left() + x - wide / 2), round(place.center().y() - CHIP / 2))
            painter.drawImage(corner, chips[name])


def draw_ignored(painter: QPainter, places: Places, layout: Layout, view: TimeView, ink: Ink) -> None:
    """A veil over edits that are shown though they are ignored."""
    veil, hatch = QColor(ink.back), QColor(ink.muted)
    veil.setAlpha(175)
    hatch.setAlpha(110)
    top, bottom = places.lanes[0].top(), places.lanes[1].bottom()
    seen = layout.ignored & (layout.ends > view.start_us) & (layout.starts < view.end_us)
    painter.setPen(Qt.PenStyle.NoPen)
    for number in np.flatnonzero(seen).tolist():
        x0, x1 = view.x_of(float(layout.starts[number])), view.x_of(float(layout.ends[number]))
        place = QRectF(places.curve.left() + x0, top, max(1.0, x1 - x0), bottom - top)
        painter.fillRect(place, veil)
        for lane in places.lanes:
            painter.fillRect(
                QRectF(place.left(), lane.top(), place.width(), lane.height()),
                QBrush(hatch, Qt.BrushStyle.FDiagPattern),
            )


def draw_axis(painter: QPainter, places: Places, sides: int, scored: bool, ink: Ink) -> None:
    """Letters of the sides there are, and with scores the scale of distances, with faint lines across."""
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    painter.setPen(ink.text)
    for letter, place in zip("AB"[:sides] if sides > 1 else "", places.lanes, strict=False):
        painter.drawText(QRectF(0, place.top(), places.gutter - 8, place.height()), right, letter)
    last = places.curve.bottom() + 20
    for value in (0.0, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0) if scored else ():
        y = round(places.threshold_y(value)) + 0.5
        if last - y < 15:
            continue
        last = y
        painter.setPen(ink.line)
        painter.drawLine(QLineF(places.curve.left(), y, places.curve.right(), y))
        painter.setPen(ink.muted)
        painter.drawText(QRectF(0, y - 8, places.gutter - 8, 16), right, f"{value:g}")
