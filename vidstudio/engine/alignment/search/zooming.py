"""The way of a slow zoom or a crop along a run: the window of A's picture that B shows there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import framing
from vidstudio.engine.alignment.appearance.looks import Look
from vidstudio.engine.alignment.appearance.pictures import Pictures
from vidstudio.engine.alignment.results import Window
from vidstudio.engine.alignment.search import coarse

Ints = NDArray[np.int64]

START = Window(0.07, 0.07, 0.93, 0.93)
"""Where the search for the window starts."""

_KNOTS = 3
_BESIDE = 2


def zoom(run: coarse.Run, a: Pictures, b: Pictures, a_at: Ints, b_at: Ints) -> Look:
    """The window at the start, the middle and the end of a run, and evenly in between. a_at, b_at: frames of cells."""
    places = np.unique(np.linspace(0, len(run.rows) - 1, _KNOTS).round().astype(int))
    knots, windows = [], []
    for place in places.tolist():
        near = slice(max(0, place - _BESIDE), place + _BESIDE + 1)
        of_a, of_b = a.thumbs[a_at[run.columns[near]]], b.thumbs[b_at[run.rows[near]]]
        window = framing.find_window(of_a, of_b, START)
        knots.append(int(b_at[run.rows[place]]))
        windows.append((window.left, window.top, window.right, window.bottom))
    frames = np.arange(knots[0], knots[-1] + 1)
    path = np.stack([np.interp(frames, knots, side) for side in zip(*windows, strict=True)], axis=1)
    return Look(first=knots[0], path=path.astype(np.float32))
