"""Which part of A's picture B shows, from pairs of matched frames: crops and zooms that stay the same all through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment import descriptors
from vidstudio.engine.alignment.results import Window

Bytes = NDArray[np.uint8]

STEPS = (0.04, 0.02, 0.01, 0.005, 0.0025)
"""How far a window is moved at once, as shares of A's picture, one after the other."""
_LEAST = 0.2
_MOST_ROUNDS = 40


def find_window(a: Bytes, b: Bytes, start: Window, steps: Sequence[float] = STEPS) -> tuple[Window, float, float]:
    """The window of A's thumbnails that looks most like B's (N, 28, 48), and the likeness of `start` and of it.

    a: (N, 28, 48), or more than one for each of B's, (N * K, 28, 48), of which the one most like it counts: where all
    pans, a window aside and frames that are early look almost right, and would each keep the other where it is.
    Likeness is the mean cosine of descriptors, 0..1. Ends at the best window near `start`.
    """
    raw = descriptors.features(b)
    mean = descriptors.features(a).mean(axis=0) / 2 + raw.mean(axis=0) / 2
    target = descriptors.center(raw, mean)

    def likeness(window: Window) -> float:
        seen = descriptors.center(descriptors.features(descriptors.cut(a, window)), mean)
        alike = (seen.reshape(len(b), -1, seen.shape[1]) @ target[:, :, None])[:, :, 0]
        return float(alike.max(axis=1).mean())

    best = start
    before = value = likeness(best)
    for step in steps:
        for _ in range(_MOST_ROUNDS):
            tried = [(likeness(window), window) for window in _moves(best, step)]
            top, window = max(tried, key=lambda one: one[0])
            if top <= value + 1e-4:
                break
            best, value = window, top
    return best, before, value


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
