"""Which frame of A each frame of B shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.edits.editlist import clean_map
from vidstudio.engine.alignment.match import Match, Pictures, match
from vidstudio.engine.alignment.results import Alignment, Window
from vidstudio.engine.alignment.scanned import Scanned
from vidstudio.engine.picture.nearer import lumas, nearer
from vidstudio.engine.picture.views import views
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes

Bytes = NDArray[np.uint8]

_LOOKS = 12


@dataclass(frozen=True, slots=True)
class AlignParams:
    """scans, rests: how many calls there are of each; pixel aspects are width over height of one pixel."""

    scans: int
    rests: int
    a_pixel_aspect: float
    b_pixel_aspect: float


def run(inputs: tuple[str, ...], params: AlignParams, span: Span | None, env: Env) -> Iterator[Alignment]:
    """One Alignment of B = `inputs[1]` to A = `inputs[0]`.

    Needs: times of A and B, active pictures of A and B, their scans, the fingerprints of what those left of A.
    """
    a_times: FrameTimes = env.needed(0)[0]
    b_times: FrameTimes = env.needed(1)[0]
    of_a, of_b, damaged = _thumbs(env, params, len(a_times), len(b_times))
    a = _pictures(of_a, a_times, env.needed(2)[0], params.a_pixel_aspect)
    b = _pictures(of_b, b_times, env.needed(3)[0], params.b_pixel_aspect)
    found = match(a, b, lambda share: env.tick(share, 1, "Aligning"))
    if inputs[0] == inputs[1]:
        # a file is itself, also one too short or too blank to be recognised
        frame_map = np.arange(len(b_times), dtype=np.int32)
    else:
        frame_map = clean_map(found.frame_map, a_times.starts_us, b_times.starts_us)
    yield Alignment(
        frame_map,
        found.likeness,
        found.likeness_new,
        found.window if found.window == Window() or found.reframed else _nearer(inputs, found, frame_map, env),
        found.reframed,
        found.mirrored,
        found.distinct,
        damaged,
        found.others,
        found.turn,
        found.slides,
        found.rotation,
    )


def _nearer(inputs: tuple[str, ...], found: Match, frame_map: NDArray[np.int32], env: Env) -> Window:
    """The window as a few larger pictures show it, of the pairs that are most alike in each part of B."""
    matched = np.flatnonzero(frame_map >= 0)
    best = [int(part[np.argmax(found.likeness[part])]) for part in np.array_split(matched, _LOOKS) if len(part)]
    shown, at = np.unique(frame_map[best], return_index=True)
    numbers = np.array(best)[at]
    rising = np.argsort(numbers)
    of_a, of_b = views(env.needed(2)[0], env.needed(3)[0], found.window, found.turn)
    a = list(lumas(env.media(inputs[0]), env.needed(0)[0], shown.astype(np.int64), of_a))
    b = lumas(env.media(inputs[1]), env.needed(1)[0], numbers[rising], of_b)
    pairs = [(a[place], luma) for place, luma in zip(rising.tolist(), b, strict=True)]
    return nearer(found.window, pairs, found.rotation)


def _thumbs(env: Env, params: AlignParams, a_frames: int, b_frames: int) -> tuple[Bytes, Bytes, tuple[int, int]]:
    """Thumbnails of all frames of A and B, and how many of each are damaged.

    They are filled piece by piece, because a long film's take much of the memory.
    """
    both = [np.zeros((count, HEIGHT, WIDTH), np.uint8) for count in (a_frames, b_frames)]
    damaged = [0, 0]
    for number in range(4, 4 + params.scans + params.rests):
        part = env.needed(number)[0]
        for side, some in enumerate((part.a, part.b) if isinstance(part, Scanned) else (part,)):
            both[side][some.first : some.first + len(some.thumbs)] = some.thumbs
            damaged[side] += some.damaged
    return both[0], both[1], (damaged[0], damaged[1])


def _pictures(thumbs: Bytes, times: FrameTimes, active: Active, pixel_aspect: float) -> Pictures:
    return Pictures(thumbs, times.starts_us, times.duration_us, active.width * pixel_aspect / active.height)


ALIGN = Stage("align", 31, AlignParams, Alignment, run, weight=2.0)
