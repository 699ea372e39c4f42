"""How to look at two versions so that one point of both pictures is one point of the scene."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vidstudio.engine.alignment.appearance import turns
from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.results import Turn, Window

_WIDEST, _ENOUGH = 640, 320
_LEAST = (48, 28)

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class View:
    """The part of a video's frames that is looked at.

    box: that part `x, y, width, height` in shown pixels. size: width and height of the whole frame made small, in
    which the part is `small`, of the same width and height for both versions. turned: mirrored or not, then by how
    many degrees clockwise the frame is turned to be looked at; all else is then of the turned frame.
    """

    box: Box
    size: tuple[int, int]
    small: Box
    turned: tuple[int, bool] = (0, False)


def views(a: Active, b: Active, window: Window, turn: Turn | None = None) -> tuple[View, View]:
    """Views of A and B: B's active picture, and `window` of A's, which is turned before."""
    turn = turn or Turn()
    a = turns.of_active(a, turn)
    cut = _common_size(a, b, window)
    return replace(view(a, window, cut), turned=(turn.degrees, turn.mirrored)), view(b, Window(), cut)


def _common_size(a: Active, b: Active, window: Window) -> tuple[int, int]:
    """The smaller of both active pictures; of one that is wide no more than what is looked at for changes."""
    a_width = a.width * (window.right - window.left)
    width, height = (b.width, b.height) if b.width <= a_width else (round(a_width), round(a_width * b.height / b.width))
    if width > _WIDEST:
        width, height = _ENOUGH, round(height * _ENOUGH / width)
    return max(width, _LEAST[0]), max(height, _LEAST[1])


def view(active: Active, window: Window, cut: tuple[int, int]) -> View:
    """The view in which a window of a video's active picture is `cut`, width and height, when it is made small."""
    part_width = active.width * (window.right - window.left)
    part_height = active.height * (window.bottom - window.top)
    x, y = active.x + active.width * window.left, active.y + active.height * window.top
    across, down = cut[0] / part_width, cut[1] / part_height
    size = (max(cut[0], round(active.full_width * across)), max(cut[1], round(active.full_height * down)))
    left, top = min(round(x * across), size[0] - cut[0]), min(round(y * down), size[1] - cut[1])
    box = (round(x), round(y), max(1, round(part_width)), max(1, round(part_height)))
    return View(box, size, (left, top, *cut))
