"""Which part of A's picture B shows, from pairs of matched frames: crops, zooms, rotations that stay all through."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.results import Window

Bytes = NDArray[np.uint8]

STEPS = (0.04, 0.02, 0.01, 0.005, 0.0025)
"""How far a window is moved at once, as shares of A's picture, one after the other."""
_LEAST = 0.2
_MOST_ROUNDS = 40
_DEGREES = 60.0
"""By how many degrees a picture is rotated where a window is moved by its whole."""
_ROTATIONS = (-6.0, -4.0, -2.5, -1.2, 1.2, 2.5, 4.0, 6.0)
_AS_ALIKE = 0.002
_LEAST_ROTATION, _CLEARLY_ROTATED = 0.4, 0.85
"""What is unlike must be less than that share of what it is without a rotation."""


@dataclass(frozen=True, slots=True)
class Framing:
    """What B shows of A's picture: `window`, in which A is rotated clockwise by `rotation` degrees about its middle."""

    window: Window = field(default_factory=Window)
    rotation: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether it is (as good as) A's picture as it is."""
        return self.window.whole and not self.rotation

    def of(self, a: Bytes, aspect: float) -> Bytes:
        """A's thumbnails (N, 28, 48) as B shows them. aspect: width over height of A's picture."""
        return descriptors.cut_rotated(a, self.window, self.rotation, aspect)


@dataclass(frozen=True, slots=True)
class Found:
    """A framing and how alike pictures are in it, 0..1; `before`: in the one that the search started with."""

    framing: Framing
    likeness: float
    before: float


def find_framing(a: Bytes, b: Bytes, start: Framing, aspect: float, steps: Sequence[float] = STEPS) -> Found:
    """The best framing near `start`: how A's thumbnails look most like B's (N, 28, 48), rotated where clear.

    a: (N, 28, 48), or more than one for each of B's, (N * K, 28, 48), of which the one most like it counts: where all
    pans, a window aside and frames that are early look almost right, and would each keep the other where it is.
    Likeness is the mean cosine of descriptors.
    """
    likeness = _likeness(a, b, aspect)
    before = likeness(start)
    plain = _climbed(likeness, Framing(start.window), steps, rotates=False)
    tried = {start, *rotations_of(start.window, aspect), *rotations_of(plain.framing.window, aspect)}
    score, rotated = max(((likeness(one), one) for one in tried if one.rotation), key=lambda scored: scored[0])
    if score < plain.likeness:
        return replace(plain, before=before)
    nearer = _climbed(likeness, rotated, steps, rotates=True)
    # people rotate pictures about the middle; in a pan a window aside looks the same some frames earlier
    amid = _climbed(likeness, replace(nearer.framing, window=_amid(nearer.framing.window)), steps[-2:], rotates=True)
    nearer = amid if amid.likeness > nearer.likeness - _AS_ALIKE else nearer
    clear = 1 - nearer.likeness < _CLEARLY_ROTATED * (1 - plain.likeness)
    return replace(nearer if clear and abs(nearer.framing.rotation) > _LEAST_ROTATION else plain, before=before)


def find_window(a: Bytes, b: Bytes, start: Window) -> Window:
    """The same for pictures that are not rotated."""
    return _climbed(_likeness(a, b, 1.0), Framing(start), STEPS, rotates=False).framing.window


def _inscribed(rotation: float, aspect: float) -> Window:
    """The largest window of the same shape, and about the same middle, that rotating the picture leaves full."""
    angle = np.deg2rad(abs(rotation))
    share = float(1 / (np.cos(angle) + np.sin(angle) * max(aspect, 1 / aspect)))
    return Window((1 - share) / 2, (1 - share) / 2, (1 + share) / 2, (1 + share) / 2)


def _amid(window: Window) -> Window:
    """One as large in the middle of the picture."""
    across, down = (1 - window.right + window.left) / 2, (1 - window.bottom + window.top) / 2
    return Window(across, down, 1 - across, 1 - down)


def rotations_of(window: Window, aspect: float) -> list[Framing]:
    """The window rotated by some degrees either way, as large as it is and as large as rotating leaves full."""
    return [
        Framing(one, rotation)
        for rotation in _ROTATIONS
        for one in dict.fromkeys((window, _inscribed(rotation, aspect)))
    ]


def _likeness(a: Bytes, b: Bytes, aspect: float) -> Callable[[Framing], float]:
    raw = descriptors.features(b)
    mean = descriptors.features(a).mean(axis=0) / 2 + raw.mean(axis=0) / 2
    target = descriptors.center(raw, mean)

    @functools.cache
    def likeness(framing: Framing) -> float:
        seen = descriptors.center(descriptors.features(framing.of(a, aspect)), mean)
        alike = (seen.reshape(len(b), -1, seen.shape[1]) @ target[:, :, None])[:, :, 0]
        return float(alike.max(axis=1).mean())

    return likeness


def _climbed(likeness: Callable[[Framing], float], start: Framing, steps: Sequence[float], *, rotates: bool) -> Found:
    best = start
    before = value = likeness(best)
    for step in steps:
        for _ in range(_MOST_ROUNDS):
            near = [replace(best, window=window) for window in _moves(best.window, step)]
            if rotates:
                near += [replace(best, rotation=best.rotation + sign * _DEGREES * step) for sign in (1, -1)]
            top, framing = max(((likeness(one), one) for one in near), key=lambda one: one[0])
            if top <= value + 1e-4:
                break
            best, value = framing, top
    return Found(best, value, before)


def _moves(window: Window, step: float) -> Iterator[Window]:
    """Windows near this one: zoomed, shifted, or with one edge moved."""
    changes: list[tuple[float, ...]] = [(step, step, -step, -step), (-step, -step, step, step)]
    changes += [(sign * step, 0, sign * step, 0) for sign in (1, -1)]
    changes += [(0, sign * step, 0, sign * step) for sign in (1, -1)]
    changes += [(x * step, y * step, x * step, y * step) for x in (1, -1) for y in (1, -1)]
    changes += [tuple(sign * step if i == edge else 0 for i in range(4)) for edge in range(4) for sign in (1, -1)]
    for left, top, right, bottom in changes:
        moved = Window(
            min(max(window.left + left, 0), 1),
            min(max(window.top + top, 0), 1),
            min(max(window.right + right, 0), 1),
            min(max(window.bottom + bottom, 0), 1),
        )
        if moved.right - moved.left >= _LEAST and moved.bottom - moved.top >= _LEAST and moved != window:
            yield moved
