"""A whole picture turned by right angles or mirrored: its thumbnails, its active picture, and where its points go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.appearance.pictures import Pictures
from vidstudio.engine.alignment.results import Turn, Window

Bytes = NDArray[np.uint8]

TURNS = tuple(Turn(degrees, mirrored) for mirrored in (False, True) for degrees in (0, 90, 180, 270))
"""All there are, the one that changes nothing first."""


def of_thumbs(thumbs: Bytes, turn: Turn) -> Bytes:
    """Thumbnails (N, 28, 48) of the turned pictures."""
    if turn.mirrored:
        thumbs = thumbs[:, :, ::-1]
    thumbs = np.rot90(thumbs, -(turn.degrees // 90), axes=(1, 2))
    return np.ascontiguousarray(thumbs) if turn.degrees % 180 == 0 else descriptors.reshaped(thumbs)


def as_sharp(thumbs: Bytes, turn: Turn) -> Bytes:
    """Thumbnails of the other side as unsharp as `of_thumbs` leaves them: a lying picture's height has fewer points."""
    return thumbs if turn.degrees % 180 == 0 else descriptors.softened(thumbs, Window(0, 0, HEIGHT / WIDTH, 1))


def of_pictures(a: Pictures, b: Pictures, turn: Turn) -> tuple[Pictures, Pictures]:
    """A turned, and B as sharp."""
    if turn.none:
        return a, b
    aspect = a.aspect if turn.degrees % 180 == 0 else 1 / a.aspect
    return replace(a, thumbs=of_thumbs(a.thumbs, turn), aspect=aspect), replace(b, thumbs=as_sharp(b.thumbs, turn))


def of_active(active: Active, turn: Turn) -> Active:
    """The active picture of the turned frames."""
    width, height = active.full_width, active.full_height
    corners = np.array([[active.x, active.x + active.width], [active.y, active.y + active.height], [1, 1]])
    x, y = (np.sort(line) for line in np.rint((points(turn, width, height) @ corners)[:2]).astype(int))
    full = (width, height) if turn.degrees % 180 == 0 else (height, width)
    return Active(int(x[0]), int(y[0]), int(x[1] - x[0]), int(y[1] - y[0]), *full)


def points(turn: Turn, width: float, height: float) -> NDArray[np.float64]:
    """Matrix (3, 3) from points of a frame of that size, in pixels from its left and top edge, to those turned."""
    result = np.diag([-1.0, 1.0, 1.0]) if turn.mirrored else np.eye(3)
    result[0, 2] = width if turn.mirrored else 0
    for _ in range(turn.degrees // 90):
        result = np.array([[0, -1, height], [1, 0, 0], [0, 0, 1]]) @ result
        width, height = height, width
    return result
