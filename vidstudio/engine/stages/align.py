"""Which frame of A each frame of B shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vidstudio.engine.alignment.active import Active
from vidstudio.engine.alignment.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.editlist import clean_map
from vidstudio.engine.alignment.match import Pictures, match
from vidstudio.engine.alignment.results import Alignment, Fingerprint
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes


@dataclass(frozen=True, slots=True)
class AlignParams:
    """a_chunks, b_chunks: how many fingerprint calls each has; pixel aspects are width over height of one pixel."""

    a_chunks: int
    b_chunks: int
    a_pixel_aspect: float
    b_pixel_aspect: float


def run(inputs: tuple[str, ...], params: AlignParams, span: Span | None, env: Env) -> Iterator[Alignment]:
    """One Alignment of B = `inputs[1]` to A = `inputs[0]`.

    Needs: times of A and B, active pictures of A and B, the fingerprints of A, then those of B.
    """
    a_times: FrameTimes = env.needed(0)[0]
    b_times: FrameTimes = env.needed(1)[0]
    middle = 4 + params.a_chunks
    a = _pictures(env, 4, middle, a_times, env.needed(2)[0], params.a_pixel_aspect)
    b = _pictures(env, middle, middle + params.b_chunks, b_times, env.needed(3)[0], params.b_pixel_aspect)
    found = match(a, b, lambda share: env.tick(share, 1, "Aligning"))
    if inputs[0] == inputs[1]:
        # a file is itself, also one too short or too blank to be recognised
        frame_map = np.arange(len(b_times), dtype=np.int32)
    else:
        frame_map = clean_map(found.frame_map, a_times.starts_us, b_times.starts_us)
    yield Alignment(
        frame_map, found.likeness, found.likeness_new, found.window, found.reframed, found.mirrored, found.distinct
    )


def _pictures(env: Env, low: int, high: int, times: FrameTimes, active: Active, pixel_aspect: float) -> Pictures:
    thumbs = np.zeros((len(times), HEIGHT, WIDTH), np.uint8)
    for number in range(low, high):
        part: Fingerprint = env.needed(number)[0]
        thumbs[part.first : part.first + len(part.thumbs)] = part.thumbs
    aspect = active.width * pixel_aspect / active.height
    return Pictures(thumbs, times.starts_us, times.duration_us, aspect)


ALIGN = Stage("align", 6, AlignParams, Alignment, run, weight=2.0)
