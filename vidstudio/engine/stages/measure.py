"""How much and where matched frames differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.active import Active
from vidstudio.engine.alignment.picture import Differ
from vidstudio.engine.alignment.results import Alignment, Measures, Window
from vidstudio.engine.media.decode import sampled
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes

_WIDEST = 640


@dataclass(frozen=True, slots=True)
class MeasureParams:
    """Nothing to choose."""


@dataclass(frozen=True, slots=True)
class _View:
    """The part of each frame that is looked at, brought to one size: decode to `size`, cut out at `left, top`."""

    path: Path
    times: FrameTimes
    size: tuple[int, int]
    left: int
    top: int

    def pictures(self, numbers: NDArray[np.int32], cut: tuple[int, int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Frame numbers and RGB pictures (cut[1], cut[0], 3) of rising frame numbers."""
        width, height = cut
        for frame in sampled(self.path, self.times, numbers.tolist(), size=self.size):
            part = frame.pixels[self.top : self.top + height, self.left : self.left + width]
            yield frame.number, np.ascontiguousarray(part)


def run(inputs: tuple[str, ...], params: MeasureParams, span: Span | None, env: Env) -> Iterator[Measures]:
    """One Measures of the frames of B = `inputs[1]` that start within `span` and show one of A = `inputs[0]`.

    Needs: times of A and B, active pictures of A and B, their alignment.
    """
    a_times, b_times = env.needed(0)[0], env.needed(1)[0]
    a_active: Active = env.needed(2)[0]
    b_active: Active = env.needed(3)[0]
    found: Alignment = env.needed(4)[0]
    differ = Differ()
    if not found.reframed:
        span = span or Span(0, b_times.duration_us)
        low, high = np.searchsorted(b_times.starts_us, (span.start_us, span.end_us))
        numbers = np.arange(int(low), int(high), dtype=np.int32)
        numbers = numbers[found.frame_map[numbers] >= 0]
        cut = _common_size(a_active, b_active, found.window)
        a = _view(env.media(inputs[0]), a_times, a_active, found.window, cut)
        b = _view(env.media(inputs[1]), b_times, b_active, Window(), cut)
        done = 0
        for part in _rising(numbers, found.frame_map):
            for number, of_a, of_b in _together(a, b, part, found.frame_map[part], cut):
                differ.add(number, of_a, of_b)
                done += 1
                if done % 10 == 0:
                    env.tick(done, len(numbers), "Measuring differences")
    yield differ.finish()


def _common_size(a: Active, b: Active, window: Window) -> tuple[int, int]:
    """The smaller of both active pictures, never wider than needed to see what changed."""
    a_width = a.width * (window.right - window.left)
    width, height = (b.width, b.height) if b.width <= a_width else (round(a_width), round(a_width * b.height / b.width))
    if width > _WIDEST:
        width, height = _WIDEST, round(height * _WIDEST / width)
    return max(width, 48), max(height, 28)


def _view(path: Path, times: FrameTimes, active: Active, window: Window, cut: tuple[int, int]) -> _View:
    """How to decode a video so that `window` of its active picture is `cut` large."""
    across = cut[0] / (active.width * (window.right - window.left))
    down = cut[1] / (active.height * (window.bottom - window.top))
    size = (max(cut[0], round(active.full_width * across)), max(cut[1], round(active.full_height * down)))
    left = round((active.x + active.width * window.left) * across)
    top = round((active.y + active.height * window.top) * down)
    return _View(path, times, size, min(left, size[0] - cut[0]), min(top, size[1] - cut[1]))


def _rising(numbers: NDArray[np.int32], frame_map: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Stretches of B's frames along which A does not go back."""
    if not len(numbers):
        return []
    return np.split(numbers, np.flatnonzero(np.diff(frame_map[numbers]) < 0) + 1)


def _together(
    a: _View, b: _View, b_numbers: NDArray[np.int32], a_numbers: NDArray[np.int32], cut: tuple[int, int]
) -> Iterator[tuple[int, NDArray[np.uint8], NDArray[np.uint8]]]:
    """Both pictures of each matched frame; a frame of A that is shown for long is decoded once."""
    of_a = a.pictures(np.unique(a_numbers), cut)
    shown, picture = -1, np.zeros((0, 0, 3), np.uint8)
    for (number, of_b), wanted in zip(b.pictures(b_numbers, cut), a_numbers, strict=True):
        while shown < wanted:
            shown, picture = next(of_a)
        yield number, picture, of_b


MEASURE = Stage("measure", 7, MeasureParams, Measures, run, weight=5.0)
