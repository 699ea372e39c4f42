"""Which part of A's picture B shows, from pairs of matched frames: crops and zooms that stay the same all through."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment import descriptors
from vidstudio.engine.alignment.results import Window

Bytes = NDArray[np.uint8]

_STEPS = (0.04, 0.02, 0.01, 0.005)
_LEAST = 0.2
_MOST_ROUNDS = 40
_ZOOMS = (0.85, 0.7, 0.6, 0.5, 0.4)
_PLACES_APART = 0.1
_LEAST_SEEN = 0.5
_CLEARLY_MORE = 0.1


def find_window(a: Bytes, b: Bytes, start: Window) -> tuple[Window, float, float]:
    """The window of A's thumbnails (N, 28, 48) that looks most like B's, and the likeness of `start` and of it.

    Likeness is the mean cosine of descriptors, 0..1. Ends at the best window near `start`.
    """
    raw = descriptors.features(b)
    mean = descriptors.features(a).mean(axis=0) / 2 + raw.mean(axis=0) / 2
    target = descriptors.center(raw, mean)

    def likeness(window: Window) -> float:
        seen = descriptors.center(descriptors.features(descriptors.cut(a, window)), mean)
        return float((seen * target).sum(axis=1).mean())

    best = start
    before = value = likeness(best)
    for step in _STEPS:
        for _ in range(_MOST_ROUNDS):
            tried = [(likeness(window), window) for window in _moves(best, step)]
            top, window = max(tried, key=lambda one: one[0])
            if top <= value + 1e-4:
                break
            best, value = window, top
    return best, before, value


def guess_window(a: Bytes, b: Bytes) -> Window | None:
    """A window of A's thumbnails (N, 28, 48) that makes most of B's (M, 28, 48) look like some of A's, if there is one.

    For strong crops, before anything is matched: frames need not belong together.
    """
    b_raw = descriptors.features(b)

    def seen(window: Window) -> float:
        a_raw = descriptors.features(descriptors.cut(a, window))
        mean = descriptors.common_mean(a_raw, b_raw)
        alike = descriptors.center(b_raw, mean) @ descriptors.center(a_raw, mean).T
        return float(np.median(alike.max(axis=1)))

    best, found = max(_LEAST_SEEN, seen(Window()) + _CLEARLY_MORE), None
    for size in _ZOOMS:
        # an odd number, for most crops are of the middle
        places = np.linspace(0, 1 - size, 1 + 2 * int(np.ceil((1 - size) / 2 / _PLACES_APART))).tolist()
        for left in places:
            for top in places:
                window = Window(left, top, left + size, top + size)
                score = seen(window)
                if score > best:
                    best, found = score, window
    return found


def _moves(window: Window, step: float) -> Iterator[Window]:
    """Windows near this one: zoomed, shifted, or with one edge moved."""
    changes: list[tuple[float, ...]] = [(step, step, -step, -step), (-step, -step, step, step)]
    changes += [(sign * step, 0, sign * step, 0) for sign in (1, -1)]
    changes += [(0, sign * step, 0, sign * step) for sign in (1, -1)]
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
