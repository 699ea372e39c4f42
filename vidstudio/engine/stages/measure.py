"""How much and where matched frames differ: what the scan measured, and where it guessed wrong, measured now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import Alignment, Measures, Window
from vidstudio.engine.alignment.scanned import Scanned
from vidstudio.engine.media.stills import Still, stills_of
from vidstudio.engine.picture.measuring import Measurer, only
from vidstudio.engine.picture.views import View, views
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes


@dataclass(frozen=True, slots=True)
class MeasureParams:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One version: its file, and how it is looked at."""

    path: Path
    times: FrameTimes
    view: View

    def stills(self, numbers: NDArray[np.int32]) -> Iterator[Still]:
        """Frames of rising numbers."""
        return stills_of(self.path, self.times, numbers.tolist(), self.view.size, self.view.turned)


def run(inputs: tuple[str, ...], params: MeasureParams, span: Span | None, env: Env) -> Iterator[Measures]:
    """Measures of the frames of B = `inputs[1]` that start within `span` and show one of A = `inputs[0]`.

    Needs: times of A and B, active pictures of A and B, their alignment, the scan of the same span.
    """
    a_times, b_times = env.needed(0)[0], env.needed(1)[0]
    found: Alignment = env.needed(4)[0]
    if found.reframed:
        return
    span = span or Span(0, b_times.duration_us)
    low, high = np.searchsorted(b_times.starts_us, (span.start_us, span.end_us))
    numbers = np.arange(int(low), int(high), dtype=np.int32)
    numbers = numbers[found.frame_map[numbers] >= 0]
    scanned: Scanned = env.needed(5)[0]
    if found.window == Window() and found.turn.none and not found.rotation:
        right = found.frame_map[scanned.measures.frames] == scanned.shown
        yield only(scanned.measures, right)
        numbers = np.setdiff1d(numbers, scanned.measures.frames[right])
    if len(numbers):
        of_a, of_b = views(env.needed(2)[0], env.needed(3)[0], found.window, found.turn)
        a = _Side(env.media(inputs[0]), a_times, of_a)
        b = _Side(env.media(inputs[1]), b_times, of_b)
        yield from _measured(a, b, numbers, found, env)


def _measured(a: _Side, b: _Side, numbers: NDArray[np.int32], found: Alignment, env: Env) -> Iterator[Measures]:
    with Measurer((a.path, a.view), (b.path, b.view), found.rotation) as measurer:
        done = 0
        for part in _rising(numbers, found.frame_map):
            for number, of_a, of_b in _together(a, b, part, found.frame_map[part]):
                measurer.keep(number, measurer.look(of_a, of_b))
                done += 1
                if done % 10 == 0:
                    env.tick(done, len(numbers), "Measuring differences")
        measures = measurer.finish()
    yield measures


def _rising(numbers: NDArray[np.int32], frame_map: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Stretches of B's frames along which A does not go back."""
    return np.split(numbers, np.flatnonzero(np.diff(frame_map[numbers]) < 0) + 1)


def _together(
    a: _Side, b: _Side, b_numbers: NDArray[np.int32], a_numbers: NDArray[np.int32]
) -> Iterator[tuple[int, Still, Still]]:
    """Both frames of each matched pair; a frame of A that is shown for long is decoded once."""
    of_a = a.stills(np.unique(a_numbers))
    shown = next(of_a)
    for of_b, wanted in zip(b.stills(b_numbers), a_numbers.tolist(), strict=True):
        while shown.number < wanted:
            shown = next(of_a)
        yield of_b.number, shown, of_b


MEASURE = Stage("measure", 18, MeasureParams, Measures, run, weight=1.0)
