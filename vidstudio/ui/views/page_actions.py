"""What the actions of the table do on the Compare page, all in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from vidstudio.engine.ignore.rules import reasons_of
from vidstudio.engine.time import Span
from vidstudio.ui.icons import icon
from vidstudio.ui.views.compare_page import ComparePage
from vidstudio.ui.views.words import reason_word

_ZOOM = 1.6


def bind_actions(page: ComparePage) -> None:
    """Bind every action the page answers to, and the menu of a difference."""
    session, timeline = page.session, page.timeline

    def checked(do: Callable[[], None]) -> Callable[[bool], None]:
        return lambda _on: do()

    slots: dict[str, Callable[..., object]] = {
        "play.toggle": lambda: toggle(page),
        "play.back": lambda: shuttle(page, -1),
        "play.forward": lambda: shuttle(page, 1),
        "play.faster": lambda: session.set_speed(session.speed * 2),
        "play.slower": lambda: session.set_speed(session.speed / 2),
        "play.step_back": lambda: session.step(-1),
        "play.step_forward": lambda: session.step(1),
        "play.second_back": lambda: page.move_by(-1),
        "play.second_forward": lambda: page.move_by(1),
        "play.start": lambda: session.seek(0),
        "play.end": lambda: session.seek(session.duration_us),
        "play.go_to": page.transport.time.ask,
        "play.loop": page.loop_selected,
        "play.mark_in": lambda: page.mark("in"),
        "play.mark_out": lambda: page.mark("out"),
        "compare.next": lambda: page.go_to_neighbour(1),
        "compare.previous": lambda: page.go_to_neighbour(-1),
        "compare.threshold_up": lambda: page.threshold.nudge(1),
        "compare.threshold_down": lambda: page.threshold.nudge(-1),
        "ignore.region": lambda: draw_region(page),
        "ignore.span": lambda: ignore_marked(page),
        "ignore.selected": lambda: ignore_selected(page),
        "ignore.show": page.state.set_show_ignored,
        "view.a_only": checked(lambda: page.show_sides("a")),
        "view.both": checked(lambda: page.show_sides("both")),
        "view.b_only": checked(lambda: page.show_sides("b")),
        "view.cycle_sides": page.cycle_sides,
        "timeline.zoom_in": lambda: timeline.zoom(_ZOOM),
        "timeline.zoom_out": lambda: timeline.zoom(1 / _ZOOM),
        "timeline.zoom_fit": timeline.fit,
    }
    for name, slot in slots.items():
        page.table.bind(name, slot)
    page.differences.menu_asked.connect(lambda wanted: show_ignore_menu(page, *wanted))


def draw_region(page: ComparePage) -> None:
    """Let a region be drawn on B, which is shown for it."""
    if page.screens[1].isHidden():
        page.show_sides("both")
    page.picker.begin()


def ignore_marked(page: ComparePage) -> None:
    """Ignore what is looped (in to out); without, the difference at the playhead."""
    loop, time_map = page.session.looping, page.state.time_map
    if loop is None or time_map is None:
        ignore_selected(page)
        return
    sides: tuple[tuple[int, Literal["a", "b"]], ...] = ((1, "b"), (0, "a"))
    for number, side in sides:
        start, end = (time_map.side_time(number, edge) for edge in (loop.start_us, loop.end_us))
        if end.time_us > start.time_us:
            page.ignore.ignoring.add_span(Span(start.time_us, end.time_us), side)
            return


def ignore_selected(page: ComparePage) -> None:
    """Ignore all that happens where the chosen difference is, or the one at the playhead."""
    state = page.state
    number = state.selected if state.selected is not None else state.layout.edit_at(page.session.position_us)
    if number is not None:
        page.ignore.ignoring.add_edit(state.edits[number])


def show_ignore_menu(page: ComparePage, number: int, at: QPoint) -> None:
    """Ask at a place of the screen what is to be ignored of an edit."""
    menu = ignore_menu(page, number)
    menu.exec(at)
    menu.deleteLater()


def ignore_menu(page: ComparePage, number: int) -> QMenu:
    """What can be ignored of an edit: its places, its stretch, all of its kind."""
    menu = QMenu(page)
    edit, ignoring = page.state.edits[number], page.ignore.ignoring
    region = menu.addAction(icon("region"), page.tr("Ignore this region"))
    region.setEnabled(bool(edit.boxes))
    region.triggered.connect(lambda: ignoring.add_boxes(edit))
    menu.addAction(icon("in"), page.tr("Ignore this span")).triggered.connect(lambda: ignoring.add_edit(edit))
    for reason in reasons_of(edit):
        word = reason_word(reason)
        menu.addAction(icon("ignore"), page.tr("Ignore all {0}").format(word)).triggered.connect(
            lambda _checked=False, one=reason, word=word: ignoring.set_reason(one, True, word)
        )
    menu.addSeparator()
    menu.addAction(page.table.action("ignore.show"))
    return menu


def toggle(page: ComparePage) -> None:
    """Space and K: pause; or play forward from here, at normal speed when it went backward before."""
    session = page.session
    if not session.playing and session.speed < 0:
        session.set_speed(1.0)
    session.toggle()


def shuttle(page: ComparePage, direction: int) -> None:
    """J and L: play that way; the same key again is twice as fast, the other way starts at normal speed."""
    session = page.session
    same_way = session.playing and (session.speed > 0) == (direction > 0)
    session.set_speed(session.speed * 2 if same_way else float(direction))
    session.play()
