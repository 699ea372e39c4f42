"""What one pass over both versions finds out, in chunks: see the stage `scan`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import Fingerprint, Measures

GLIMPSE = 32
"""Width and height of the pictures in `Glimpses`."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a chunk leaves off.

    offset: how many frames the frame of A that is shown is behind the one of the same time as B's; None while it is
    searched for. due: the frame of A that would have come next when it got lost. a_past, b_past: the last frames that
    were seen.
    """

    offset: int | None
    due: int
    a_past: Fingerprint
    b_past: Fingerprint


@dataclass(frozen=True, slots=True)
class Glimpses:
    """Pairs of frames in which both versions can be looked at: int32 (N,) numbers, uint8 (N, 32, 32, 3) RGB pictures.

    What both have in common of their active pictures, without bars. b rises.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    a_pictures: NDArray[np.uint8]
    b_pictures: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Scanned:
    """A chunk: thumbnails of both videos, and measures of the pairs that probably belong together.

    shown: int32, the frame of A that was taken for the counterpart of each of `measures.frames`.
    """

    a: Fingerprint
    b: Fingerprint
    measures: Measures
    shown: NDArray[np.int32]
    glimpses: Glimpses
    course: Course
