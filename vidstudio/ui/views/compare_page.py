"""The Compare page: two players in step, the timeline under them, threshold, figures and differences beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vidstudio.engine.alignment.edits.timemap import TimeMap, clock_map
from vidstudio.engine.errors import EngineError
from vidstudio.engine.settings import TimeDisplay
from vidstudio.engine.time import US, Span
from vidstudio.player.screen import Screen
from vidstudio.player.session import Position, Session, Side
from vidstudio.player.signals import signal
from vidstudio.ui.actions import Actions
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.turns import paint_in_turns
from vidstudio.ui.views.differences import DifferencesPanel
from vidstudio.ui.views.empty_stage import EmptyStage
from vidstudio.ui.views.ignore_panel import IgnorePanel
from vidstudio.ui.views.region_picker import RegionPicker, draw_region
from vidstudio.ui.views.splitter import Splitter
from vidstudio.ui.views.statistics import StatisticsPanel
from vidstudio.ui.views.threshold import ThresholdPanel
from vidstudio.ui.views.timeline_model import TimeText
from vidstudio.ui.views.timeline_panel import TimelinePanel
from vidstudio.ui.views.transport import Transport

_SHORT, _LOW, _LOWEST = 560, 400, 260
"""Height of the inspector under which not all of it has room at once; the list does; little but the list does."""

_INSPECTOR, _TIMELINE = (288, 0.4, 412), (150, 0.36, 230)
"""The least they have, their share of the room, and what is enough for them."""


class ComparePage(QWidget):
    """Shows a session and a CompareState, and lets a person work with them.

    `open_asked` and `demo_asked` come from the empty state; `failed` is what the session could not do.
    """

    open_asked = signal()
    demo_asked = signal()
    failed = signal(EngineError)

    def __init__(self, state: CompareState, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state, self.session, self.table = state, session, actions
        self._sides: tuple[Side, ...] = ()
        self._display: TimeDisplay = "timecode"
        self.screens = (Screen(self), Screen(self))
        self.transport = Transport(session, actions, self)
        self.panel = TimelinePanel(state, actions, self)
        self.timeline = self.panel.timeline
        self.threshold = ThresholdPanel(state, self)
        self.statistics = StatisticsPanel(state, self)
        self.ignore = IgnorePanel(state, actions, self)
        self.differences = DifferencesPanel(state, self)
        self.picker = RegionPicker(self.screens[1])
        self._map: TimeMap | None = None
        self.empty = EmptyStage(self)
        self.open_button, self.demo_button = self.empty.open_button, self.empty.demo_button
        self.open_button.clicked.connect(lambda: self.open_asked.emit())
        self.demo_button.clicked.connect(lambda: self.demo_asked.emit())
        self._lay_out()
        for number, screen in enumerate(self.screens):
            session.attach(number, screen)
        self.timeline.seek_asked.connect(session.seek)
        self.timeline.scrub_asked.connect(session.scrub)
        self.differences.go_asked.connect(self.go_to_edit)
        self.differences.compare_asked.connect(actions.action("compare.run").trigger)
        self.transport.time.left.connect(lambda: self.timeline.setFocus())
        session.moved.connect(self._moved)
        session.failed.connect(self.failed.emit)
        self.picker.chosen.connect(self.ignore.ignoring.add_region)
        self.picker.ended.connect(self.timeline.setFocus)
        self.screens[1].set_overlay(self._paint_ignored)
        self.ignore.unfolded.connect(self._fit_inspector)
        state.comparison_changed.connect(self._new_comparison)
        state.edits_changed.connect(self._new_edits)
        state.selection_changed.connect(self._show_boxes)
        self._show_state()

    # What is open

    @property
    def sides(self) -> tuple[Side, ...]:
        """The videos that are open, A first."""
        return self._sides

    def open_sides(self, a: Side, b: Side | None = None) -> None:
        """Show one video, or two side by side; a comparison of others is put away.

        Sides that are open already go on as they are, and an A that is stays on the frame it shows.
        """
        before = self._sides
        own_us = self._own_time(0) if before and _file(before[0]) == _file(a) else 0
        self._sides = (a,) if b is None else (a, b)
        comparison = self.state.comparison
        ids = tuple(side.info.content_id for side in self._sides)
        if comparison is not None and (comparison.a.content_id, comparison.b.content_id) != ids:
            self.state.set_comparison(None)
        time_map = self.state.time_map or clock_map([side.info.duration_us for side in self._sides])
        for letter, side, screen in zip("AB", self._sides, self.screens, strict=False):
            screen.set_label(f"{letter} · {Path(side.info.path).name}" if b is not None else Path(side.info.path).name)
        if [_file(side) for side in before] != [_file(side) for side in self._sides]:
            self._map = time_map
            self.session.open(self._sides, time_map)
            if own_us:
                self.session.seek(time_map.master_time(0, own_us))
        self._show_state()

    def warm_up(self) -> None:
        """Draw what is not shown yet once, for nobody: what fonts and icons cost is paid before the first video."""
        if not self._sides:
            self._outer.grab()

    def close_sides(self) -> None:
        """Show the empty state again."""
        self.empty.say_missing(())
        self._sides = ()
        self.session.close()
        self.state.set_comparison(None)
        self._show_state()

    def set_time_display(self, display: TimeDisplay) -> None:
        """Write times as time code, frames or seconds."""
        self._display = display
        self._show_times()

    def show_sides(self, which: str) -> None:
        """Show `a`, `b` or `both`."""
        two = len(self._sides) > 1
        self.screens[0].setVisible(not two or which in ("a", "both"))
        self.screens[1].setVisible(two and which in ("b", "both"))
        name = {"a": "view.a_only", "b": "view.b_only", "both": "view.both"}[which]
        self.table.action(name).setChecked(True)

    def cycle_sides(self) -> None:
        """A only, B only, both, and again."""
        a, b = (not screen.isHidden() for screen in self.screens)
        self.show_sides("a" if a and b else "b" if a else "both")

    # Going places

    def go_to_edit(self, edit: int) -> None:
        """Seek to where an edit begins."""
        start = int(self.state.layout.starts[edit])
        self.session.seek(start)
        if self.session.looping is not None:
            self.loop_selected(True)

    def go_to_neighbour(self, direction: int) -> None:
        """Choose the next (1) or previous (-1) difference of the list, and go there."""
        edit = self.differences.neighbour(direction, self.session.position_us)
        if edit is not None:
            self.state.select(edit)
            self.go_to_edit(edit)

    def loop_selected(self, on: bool) -> None:
        """Loop the chosen difference, or the one at the playhead; with nothing compared, everything."""
        if not on:
            self._loop(None)
            return
        edit = self.state.selected
        if edit is None:
            edit = self.state.layout.edit_at(self.session.position_us)
        if edit is None:
            self._loop(Span(0, self.session.duration_us))
        else:
            self._loop(Span(int(self.state.layout.starts[edit]), int(self.state.layout.ends[edit])))

    def mark(self, which: str) -> None:
        """Loop from the playhead on (`in`) or up to and with it (`out`); the other end stays where it can."""
        here, end = self.session.position_us, self.session.duration_us
        old = self.session.looping or Span(0, end)
        if which == "in":
            self._loop(Span(here, old.end_us if old.end_us > here else end))
        else:
            after = min(end, here + max(1, round(US / self._sides[-1].info.frame_rate)))
            self._loop(Span(old.start_us if old.start_us < after else 0, after))

    def _loop(self, span: Span | None) -> None:
        self.session.loop(span)
        self.timeline.set_loop(span)
        self.table.action("play.loop").setChecked(span is not None)

    def move_by(self, seconds: float) -> None:
        """Seek from where we are."""
        self.session.seek(min(max(0, self.session.position_us + round(seconds * US)), self.session.duration_us))

    # View state

    def reset_sizes(self) -> None:
        """Share the room as on the first day."""
        for splitter in self._splitters.values():
            splitter.put_back(None)

    def view(self) -> dict[str, Any]:
        """What was dragged, zoom and decisions, as plain values for JSON."""
        zoom = self.timeline.time_view
        return {
            "dragged": {name: one.dragged for name, one in self._splitters.items() if one.dragged is not None},
            "zoom": [zoom.start_us, zoom.us_per_px] if not zoom.is_fitted else None,
            "position_us": self.session.position_us,
            "compare": self.state.view(),
        }

    def restore(self, view: dict[str, Any]) -> None:
        """Take back what `view()` gave; what makes no sense is left as it is."""
        dragged = dict(view.get("dragged") or {})
        for name, splitter in self._splitters.items():
            splitter.put_back(dragged.get(name))
        self.state.restore(dict(view.get("compare") or {}))
        zoom = view.get("zoom")
        if zoom:
            now = self.timeline.time_view
            self.timeline.set_view(type(now)(now.duration_us, now.width, float(zoom[0]), float(zoom[1])).clamped())
        position = view.get("position_us")
        if isinstance(position, int) and self._sides:
            self.session.seek(position)

    # Inside

    def _lay_out(self) -> None:
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self._players = Splitter(across, self.screens, lambda room: room // 2, in_parts=True)
        stage = _column(self._players, self.transport)
        inspector = _Inspector(self.threshold, self.statistics, self.ignore, self.differences)
        inspector.resized.connect(self._fit_inspector)
        inspector.setMinimumWidth(_INSPECTOR[0])
        self._upper = Splitter(across, (stage, inspector), lambda room: _usual(room, _INSPECTOR), in_parts=False)
        self._outer = Splitter(down, (self._upper, self.panel), lambda room: _usual(room, _TIMELINE), in_parts=False)
        self._splitters = {"players": self._players, "inspector": self._upper, "timeline": self._outer}
        self.inspector = inspector
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._outer)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self._stack)

    def _show_state(self) -> None:
        count = len(self._sides)
        if count and self._stack.currentIndex() == 0:
            paint_in_turns(self._upper, self.panel)
        self._stack.setCurrentIndex(1 if count else 0)
        self.setFocusProxy(self.timeline if count else self.open_button)
        self.inspector.setVisible(count > 1)
        self.threshold.setEnabled(self.state.comparison is not None)
        self.show_sides("both")
        self._show_times()
        self.timeline.set_loop(self.session.looping)
        self.table.action("play.loop").setChecked(self.session.looping is not None)
        if count:
            self.timeline.set_duration(self.session.duration_us, count)
        self.table.provide(video=count > 0, comparison=self.state.comparison is not None)

    def _show_times(self) -> None:
        own = [TimeText(side.info.frame_rate, self._display) for side in self._sides] or [TimeText()]
        self.transport.set_times(own[-1], self.session.duration_us, len(self._sides))
        self.transport.set_heard([bool(side.info.audio) for side in self._sides])
        self.timeline.set_times(own[-1])
        self.differences.set_times(own[0], own[-1])
        self.ignore.set_times(own[0], own[-1])
        self._show_own_times()

    def _new_comparison(self) -> None:
        if len(self._sides) == 2:
            before = self._map
            self._map = self.state.time_map or clock_map([side.info.duration_us for side in self._sides])
            if before is None or before.rows != self._map.rows:
                self.session.set_map(self._map)
        for screen in self.screens:
            screen.set_aligned(self.state.comparison is not None and self.state.aligned)
        self._show_state()

    def _new_edits(self) -> None:
        """Other rules: the player only has to know when moments belong to other places than before."""
        time_map, before = self.state.time_map, self._map
        if time_map is None or before is None or len(self._sides) != 2:
            return
        self._map = time_map
        if not before.agrees(time_map):
            here, loop = self.session.position_us, self.session.looping
            self.session.set_map(time_map)
            self.session.seek(min(here, time_map.duration_us))
            self._loop(loop)
        self._show_own_times()
        self._show_boxes()
        self.screens[1].update()

    def _paint_ignored(self, painter: QPainter, picture: QRectF) -> None:
        """Outlines of the regions that are ignored now, while one works on the rules."""
        if not self.ignore.is_open or self.state.time_map is None:
            return
        now = self.state.time_map.side_time(1, self.session.position_us).time_us
        for rule in self.state.ignore.rules:
            place = rule.region
            if place is not None and rule.on and (rule.span is None or now in rule.span):
                x, y = picture.x() + place.x * picture.width(), picture.y() + place.y * picture.height()
                draw_region(painter, QRectF(x, y, place.width * picture.width(), place.height * picture.height()))

    def _fit_inspector(self) -> None:
        """Where there is little height the figures make room for the list, and for the rules while one edits these."""
        height = self.inspector.height()
        low, short = height < _LOW, height < _SHORT
        self.inspector.set_tight(low)
        self.statistics.set_narrow(low)
        self.ignore.set_narrow(short)
        self.statistics.set_room(height >= _LOWEST and not (short and self.ignore.is_open))
        self.screens[1].update()

    def _moved(self, position: Position) -> None:
        self.timeline.set_playhead(position.master_us)
        self._show_own_times()
        self._show_boxes()

    def _own_time(self, number: int) -> int:
        time_map, here = self.state.time_map, self.session.position_us
        return time_map.side_time(number, here).time_us if time_map else min(here, self._sides[number].info.duration_us)

    def _show_own_times(self) -> None:
        """Each side's own time on its picture: with inserts they differ from one another and from the playhead's."""
        for number, (side, screen) in enumerate(zip(self._sides, self.screens, strict=False)):
            if len(self._sides) < 2:
                screen.set_time("")
                continue
            screen.set_time(TimeText(side.info.frame_rate, self._display).text(self._own_time(number)))

    def _show_boxes(self) -> None:
        """Outlines of what changed, on B, while the playhead is in the chosen edit."""
        edit = self.state.selected
        boxes: tuple[tuple[int, int, int, int], ...] = ()
        if edit is not None and self.state.layout.edit_at(self.session.position_us) == edit:
            boxes = self.state.edits[edit].boxes
        self.screens[1].set_boxes(boxes)


class _Inspector(QWidget):
    """Panels below one another; the last takes what is left."""

    resized = signal()

    def __init__(self, *panels: QWidget) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self.set_tight(False)
        for panel in panels:
            self._rows.addWidget(panel, 1 if panel is panels[-1] else 0)

    def set_tight(self, tight: bool) -> None:
        """Less air between the panels, or as much as is pleasant."""
        air = 4 if tight else 12
        self._rows.setContentsMargins(12, air, 12, air)
        self._rows.setSpacing(air)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


def _file(side: Side) -> tuple[str, Path]:
    return side.info.content_id, side.path


def _usual(room: int, wanted: tuple[int, float, int]) -> int:
    least, share, enough = wanted
    return max(least, min(enough, round(share * room)))


def _column(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(0)
    for widget in widgets:
        rows.addWidget(widget, 1 if widget is widgets[0] else 0)
    return holder
