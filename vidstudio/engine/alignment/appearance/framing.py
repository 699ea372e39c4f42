"""Which part of A's picture B shows, from pairs of matched frames: crops, zooms, rotations that stay all through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.results import Window

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

STEPS = (0.04, 0.02, 0.01, 0.005, 0.0025)
"""How far a window is moved at once, as shares of A's picture, one after the other."""
_LEAST = 0.2
_MOST_ROUNDS = 40
_CLEARLY = 1e-4
_BESIDE = 2
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
    likeness = _Likeness(a, b, aspect)
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
    return _climbed(_Likeness(a, b, 1.0), Framing(start), STEPS, rotates=False).framing.window


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


class _Likeness:
    """How alike pictures are in a framing, 0..1: the mean of B's, each with the one of its frames of A most like it.

    Where pictures are rotated, which takes long, only those of A are asked that are beside the ones most like in a
    framing near by. For windows that would not do: where all pans, one a little aside shows what is many frames away.
    """

    def __init__(self, a: Bytes, b: Bytes, aspect: float) -> None:
        raw = descriptors.features(b)
        self._mean = descriptors.features(a).mean(axis=0) / 2 + raw.mean(axis=0) / 2
        self._target = descriptors.center(raw, self._mean)
        self._a, self._aspect = a.reshape(len(b), -1, *a.shape[1:]), aspect
        self._rows = np.arange(len(b))[:, None]
        self._all = np.broadcast_to(np.arange(self._a.shape[1]), self._a.shape[:2])
        self._known: dict[Framing, tuple[float, Ints]] = {}
        self._near: dict[Framing, float] = {}

    def __call__(self, framing: Framing) -> float:
        """With all of A's frames."""
        return self._known_of(framing)[0]

    def near(self, framing: Framing, known: Framing) -> float:
        """With those beside the ones most like in a framing that is known."""
        if framing in self._known:
            return self._known[framing][0]
        if framing not in self._near:
            count = min(2 * _BESIDE + 1, self._a.shape[1])
            first = np.clip(self._known_of(known)[1] - _BESIDE, 0, self._a.shape[1] - count)
            self._near[framing] = float(self._alike(framing, first[:, None] + np.arange(count)).max(axis=1).mean())
        return self._near[framing]

    def _known_of(self, framing: Framing) -> tuple[float, Ints]:
        if framing not in self._known:
            alike = self._alike(framing, self._all)
            self._known[framing] = float(alike.max(axis=1).mean()), alike.argmax(axis=1)
        return self._known[framing]

    def _alike(self, framing: Framing, some: Ints) -> Floats:
        """Each of B's with some of its frames of A, numbers int64 (N, M): float32 (N, M)."""
        of_a = self._a[self._rows, some].reshape(-1, *self._a.shape[2:])
        seen = descriptors.center(descriptors.features(framing.of(of_a, self._aspect)), self._mean)
        result: Floats = (seen.reshape(*some.shape, -1) @ self._target[:, :, None])[:, :, 0]
        return result


def _climbed(likeness: _Likeness, start: Framing, steps: Sequence[float], *, rotates: bool) -> Found:
    """Pattern search (Hooke and Jeeves, 1961): the best move, repeated while it serves, and then all of them again."""
    best = start
    before = value = likeness(best)
    for step in steps:
        moves = [_Move(change) for change in _CHANGES]
        if rotates:
            moves += [_Move(rotation=sign * _DEGREES) for sign in (1, -1)]
        for _ in range(_MOST_ROUNDS):
            near = {one: move for move in moves if (one := move.of(best, step)) is not None}
            known = {one: likeness.near(one, best) if rotates else likeness(one) for one in near}
            top = max(known, key=lambda one: known[one])
            if known[top] <= value + _CLEARLY:
                break
            further: Framing | None = top
            while further is not None and likeness(further) > value + _CLEARLY:
                best, value = further, likeness(further)
                further = near[top].of(best, step)
    return Found(best, value, before)


@dataclass(frozen=True, slots=True)
class _Move:
    """By how many steps each side of a window moves, and by how many degrees in one it is rotated."""

    sides: tuple[float, float, float, float] = (0, 0, 0, 0)
    rotation: float = 0.0

    def of(self, framing: Framing, step: float) -> Framing | None:
        """A framing moved so far, within the picture; None where that changes nothing, or leaves too little."""
        left, top, right, bottom = (
            min(max(side + by * step, 0), 1) for side, by in zip(_sides(framing.window), self.sides, strict=True)
        )
        if right - left < _LEAST or bottom - top < _LEAST:
            return None
        moved = Framing(Window(left, top, right, bottom), framing.rotation + self.rotation * step)
        return moved if moved != framing else None


def _sides(window: Window) -> tuple[float, float, float, float]:
    return window.left, window.top, window.right, window.bottom


_CHANGES: list[tuple[float, float, float, float]] = [
    (1, 1, -1, -1),
    (-1, -1, 1, 1),
    *((sign, 0, sign, 0) for sign in (1, -1)),
    *((0, sign, 0, sign) for sign in (1, -1)),
    *((x, y, x, y) for x in (1, -1) for y in (1, -1)),
    *((sign, 0, 0, 0) for sign in (1, -1)),
    *((0, sign, 0, 0) for sign in (1, -1)),
    *((0, 0, sign, 0) for sign in (1, -1)),
    *((0, 0, 0, sign) for sign in (1, -1)),
]
"""Zoomed, shifted, or with one side moved."""
