"""The window of A's picture that B shows, to parts of a pixel: what thumbnails give is laid on larger pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import Window
from vidstudio.engine.media.stills import Squeezer, stills_of
from vidstudio.engine.picture.registration import Tracker, rotated
from vidstudio.engine.picture.views import View
from vidstudio.engine.types import FrameTimes

Floats = NDArray[np.float32]

_LOOKS = 8
_LEAST_SURE = 3


def nearer(window: Window, pairs: Iterable[tuple[Floats, Floats]], rotation: float = 0.0) -> Window:
    """The window, moved and stretched as the luma (float32, one size) of pairs seen through it lies on one another.

    The median of all pairs that can be laid; the same window where there are too few. rotation: by how many degrees
    A's picture is turned clockwise in B.
    """
    places = []
    for of_a, of_b in pairs:
        tracker = Tracker(rotated(rotation, of_b.shape[1] / of_b.shape[0]))
        for _ in range(_LOOKS):
            tracker.follow(of_a, of_b)
        if tracker.sure:
            places.append(tracker.place)
    if len(places) < _LEAST_SURE:
        return window
    place = np.median(places, axis=0).astype(float)
    left, right = _moved(window.left, window.right, place[0, 0], place[0, 2])
    top, bottom = _moved(window.top, window.bottom, place[1, 1], place[1, 2])
    return Window(left, top, right, bottom)


def _moved(low: float, high: float, scale: float, shift: float) -> tuple[float, float]:
    """Both ends of a part of a line of which -1..1 become `shift - scale..shift + scale`."""
    middle, half = (low + high) / 2, (high - low) / 2
    middle, half = middle + half * shift, half * scale
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def lumas(path: Path, times: FrameTimes, numbers: NDArray[np.int64], view: View) -> Iterator[Floats]:
    """What is seen of frames of rising numbers, luma as float32 (height, width)."""
    import cv2

    squeezer = Squeezer()
    x, y, width, height = view.small
    for still in stills_of(path, times, numbers.tolist(), view.size, view.turned):
        seen = squeezer.rgb(still.small)[y : y + height, x : x + width]
        yield np.asarray(cv2.cvtColor(np.ascontiguousarray(seen), cv2.COLOR_RGB2GRAY), np.float32)
