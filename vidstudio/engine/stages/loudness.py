"""How loud a version is as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.loudness import loudness
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import Loudness


@dataclass(frozen=True, slots=True)
class LoudnessParams:
    """Nothing to choose."""


def run(inputs: tuple[str, ...], params: LoudnessParams, span: Span | None, env: Env) -> Iterator[Loudness]:
    """One Loudness of the first sound stream of `inputs[0]`; that of silence where it cannot be decoded."""
    path = env.media(inputs[0])
    try:
        yield loudness(path, lambda done, total: env.tick(done, total, "Measuring loudness"))
    except UnreadableMedia:
        yield Loudness(None, 0.0, None)


LOUDNESS = Stage("loudness", 1, LoudnessParams, Loudness, run, weight=0.3)
