"""Where in the frame a video's active picture is: without letterbox or pillarbox bars."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.active import Active, find_active
from vidstudio.engine.media.singles import singles
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes

_LOOKS = 20


@dataclass(frozen=True, slots=True)
class ActiveParams:
    """Nothing to choose."""


def run(inputs: tuple[str, ...], params: ActiveParams, span: Span | None, env: Env) -> Iterator[Active]:
    """One Active of the video `inputs[0]`. Needs: its times."""
    times: FrameTimes = env.needed(0)[0]
    keyframes = np.flatnonzero(times.keyframes)
    if not len(keyframes):
        keyframes = np.array([0])
    at = np.unique(np.linspace(0, len(keyframes) - 1, _LOOKS).round().astype(int))
    numbers = keyframes[at].tolist()

    def pictures() -> Generator[NDArray[np.uint8]]:
        with closing(singles(env.media(inputs[0]), times, numbers, pixels="gray")) as found:
            for done, frame in enumerate(found):
                env.tick(done, len(numbers), "Looking for black bars")
                yield frame.pixels

    with closing(pictures()) as some:
        yield find_active(some)


ACTIVE = Stage("active", 4, ActiveParams, Active, run, weight=0.3)
