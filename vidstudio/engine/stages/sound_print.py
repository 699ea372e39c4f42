"""A small print of a video's sound, from which versions are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import SoundPrint
from vidstudio.engine.errors import UnreadableMedia
from vidstudio.engine.media.audio import samples
from vidstudio.engine.sound.prints import BANDS, FRAME_US, HOP, RATE, WINDOW, levels
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import US, Span

_PIECE = 10 * RATE


@dataclass(frozen=True, slots=True)
class SoundPrintParams:
    """Nothing to choose."""


def run(inputs: tuple[str, ...], params: SoundPrintParams, span: Span | None, env: Env) -> Iterator[SoundPrint]:
    """One SoundPrint of the first sound stream of `inputs[0]`, of the frames within `span` (which it must have)."""
    if span is None:
        raise ValueError("a print of sound needs a span")
    first, after = -(-span.start_us // FRAME_US), -(-span.end_us // FRAME_US)
    bands = np.zeros((after - first, BANDS), np.uint8)
    done = 0
    try:
        for piece in _windows(env.media(inputs[0]), first, after):
            part = levels(piece)
            bands[done : done + len(part)] = part
            done += len(part)
            env.tick(done, after - first, "Listening")
    except UnreadableMedia:  # its sound cannot be decoded at all; the picture still can
        bands = bands[:0]
    yield SoundPrint(first, bands)


def _windows(path: Path, first: int, after: int) -> Iterator[NDArray[np.float32]]:
    """Sound (n, 2) for frames `first..after-1`, in pieces that overlap by what a frame needs beyond its hop."""
    before = first * HOP - WINDOW // 2
    left = (after - first - 1) * HOP + WINDOW
    # the first frame looks before the video's clock starts
    kept = [np.zeros((max(0, -before), 2), np.float32)]
    count = len(kept[0])
    for block in _from_sample(path, max(0, before), left):
        kept.append(block)
        count += len(block)
        if count >= min(_PIECE, left):
            piece = np.concatenate(kept)[:left]
            yield piece
            used = ((len(piece) - WINDOW) // HOP + 1) * HOP
            kept, count, left = [piece[used:]], len(piece) - used, left - used
            if left < WINDOW:
                return


def _from_sample(path: Path, start: int, count: int) -> Iterator[NDArray[np.float32]]:
    """At least `count` samples of sound from sample `start` on; spans round to whole samples."""
    span = Span(start * US // RATE, (start + count + 1) * US // RATE + 1)
    extra = start - span.start_us * RATE // US
    for block in samples(path, span, rate=RATE):
        yield block[extra:]
        extra = max(0, extra - len(block))


SOUND_PRINT = Stage("sound_print", 1, SoundPrintParams, SoundPrint, run, weight=0.3)
