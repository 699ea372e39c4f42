"""What the actions of the table do on the Compare page, all in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vidstudio.ui.views.compare_page import ComparePage

_ZOOM = 1.6


def bind_actions(page: ComparePage) -> None:
    """Bind every action the page answers to."""
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
