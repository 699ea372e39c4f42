"""The active picture: what is left of a frame without black bars."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_DARK = 40
_FLAT = 10
_LEAST_SHARE = 0.25
_LEAST_BAR = 0.02
_SMEAR, _LEAST_SMEAR = 0.03, 12
_SHARP = 0.35


@dataclass(frozen=True, slots=True)
class Active:
    """The active picture `x, y, width, height` of frames of `full_width` x `full_height`, in shown pixels."""

    x: int
    y: int
    width: int
    height: int
    full_width: int
    full_height: int

    @property
    def whole(self) -> bool:
        """Whether there are no bars."""
        return (self.width, self.height) == (self.full_width, self.full_height)


def find_active(pictures: Iterable[Bytes]) -> Active:
    """The active picture of a video from some of its frames, grey (height, width), all of one size.

    Bars are lines at the borders that stay dark and flat in every one of them. No more pictures are taken than it
    needs to see that there are none. ValueError without pictures.
    """
    columns: Bytes | None = None
    rows: Bytes | None = None
    shape = (0, 0)
    for picture in pictures:
        # the brightest 1 % of a line may be ringing or a stray dot
        of_columns = np.percentile(picture, 98, axis=0).astype(np.uint8)
        of_rows = np.percentile(picture, 98, axis=1).astype(np.uint8)
        columns = of_columns if columns is None else np.maximum(columns, of_columns)
        rows = of_rows if rows is None else np.maximum(rows, of_rows)
        shape = (picture.shape[0], picture.shape[1])
        if min(columns[0], columns[-1], rows[0], rows[-1]) > _DARK:
            break  # it is no bar where it was bright once
    if columns is None or rows is None:
        raise ValueError("no pictures")
    height, width = shape
    left, right = _inner(columns)
    top, bottom = _inner(rows)
    if right - left < width * _LEAST_SHARE or bottom - top < height * _LEAST_SHARE:
        return Active(0, 0, width, height, width, height)
    return Active(left, top, right - left, bottom - top, width, height)


def _inner(brightest: Bytes) -> tuple[int, int]:
    """First and one past the last line that are not bars; thin dark rims are not bars."""
    low = int(brightest.min())
    bright = np.flatnonzero(brightest > min(_DARK, low + _FLAT))
    length = len(brightest)
    if low > _DARK or not len(bright):
        return 0, length
    first, after = int(bright[0]), int(bright[-1]) + 1
    first = _edge(brightest, first) if first >= length * _LEAST_BAR else 0
    after = length - _edge(brightest[::-1], length - after) if length - after >= length * _LEAST_BAR else length
    return first, after


def _edge(brightest: Bytes, first: int) -> int:
    """Where the picture begins in lines of which `first` is the first that is not black.

    Coarse coding smears the picture some lines far into the bar; its edge stays sharp. A picture that is dark at its
    rim has none.
    """
    beside = brightest[first : first + max(_LEAST_SMEAR, round(_SMEAR * len(brightest)))].astype(np.float32)
    share = (beside - brightest[0]) / max(1.0, float(beside.max()) - float(brightest[0]))
    sharp = (share - np.append([0.0, 0.0], share[:-2])).max() > _SHARP
    return first + int(np.argmax(share > 0.5)) if sharp else first
