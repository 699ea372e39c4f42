"""A small grey picture of the frames that no scan came to, from which videos are aligned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.results import Fingerprint, Window
from vidstudio.engine.alignment.scanned import Scanned
from vidstudio.engine.media.stills import Squeezer, stills_of
from vidstudio.engine.picture.views import views
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes


@dataclass(frozen=True, slots=True)
class FingerprintParams:
    """Nothing to choose."""


def run(inputs: tuple[str, ...], params: FingerprintParams, span: Span | None, env: Env) -> Iterator[Fingerprint]:
    """One Fingerprint of the frames of `inputs[0]` that start within `span` and that the last scan did not come to.

    Needs: its times, its active picture, the last scan in which it is A.
    """
    times: FrameTimes = env.needed(0)[0]
    active: Active = env.needed(1)[0]
    last: Scanned = env.needed(2)[0]
    seen = last.a.first + len(last.a.thumbs)
    span = span or Span(0, times.duration_us)
    span = Span(min(max(span.start_us, times.start_of(seen)), span.end_us), span.end_us)
    first = int(np.searchsorted(times.starts_us, span.start_us))
    total = int(np.searchsorted(times.starts_us, span.end_us)) - first
    thumbs = np.zeros((total, HEIGHT, WIDTH), np.uint8)
    damaged = 0
    # as the scan makes them: two ways of making thumbnails differ in their levels where a file says nothing of colours
    view, squeezer = views(active, active, Window())[0], Squeezer()
    for done, still in enumerate(stills_of(env.media(inputs[0]), times, range(first, first + total), view.size)):
        thumbs[done] = squeezer.gray(still.small, view.small, (WIDTH, HEIGHT))
        damaged += still.damaged
        if done % 25 == 0:
            env.tick(done, total, "Looking at every frame")
    yield Fingerprint(first, thumbs, damaged)


FINGERPRINT = Stage("fingerprint", 4, FingerprintParams, Fingerprint, run, weight=0.5)
