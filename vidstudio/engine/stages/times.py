"""When each frame of a video is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vidstudio.engine.media.index import frame_times
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes


@dataclass(frozen=True, slots=True)
class TimesParams:
    """Nothing to choose."""


def run(inputs: tuple[str, ...], params: TimesParams, span: Span | None, env: Env) -> Iterator[FrameTimes]:
    """One FrameTimes of the video `inputs[0]`."""
    yield frame_times(env.media(inputs[0]), lambda done, total: env.tick(done, total, "Reading frame times"))


TIMES = Stage("times", 1, TimesParams, FrameTimes, run, weight=0.2)
