"""Writes a video of two versions: side by side, under a wipe, or what differs, along their edit list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.errors import UsageError
from vidstudio.engine.exports.conform import editors_rate
from vidstudio.engine.exports.files import check_target, is_one_of
from vidstudio.engine.exports.framing import reframed
from vidstudio.engine.exports.video_plan import Moment, VideoLayout, VideoPlan, sound_spans, video_plan
from vidstudio.engine.exports.words import lacking
from vidstudio.engine.media.audio import samples
from vidstudio.engine.media.decode import VideoReader
from vidstudio.engine.media.encode import VideoWriter
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span, format_timecode, frame_to_us
from vidstudio.engine.types import Comparison, Edit, FrameTimes
from vidstudio.engine.verdict import kind_word

SOUND_RATE = 48_000
WIPE_S = 4.0
"""How long a moving wipe takes from one side to the other."""

VideoSound = Literal["a", "b", "none"]


@dataclass(frozen=True, slots=True)
class VideoParams:
    """Where to, and how. line: where the wipe is, 0..1, or None for one that moves; gain: of a difference.

    edits: the edit list as it was decided in the view. width: the most pixels.
    """

    path: str
    layout: VideoLayout
    sound: VideoSound
    line: float | None
    gain: float
    width: int
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class WrittenVideo:
    """The file, and what is in it."""

    path: str
    frames: int
    width: int
    height: int


def run(inputs: tuple[str, ...], params: VideoParams, span: Span | None, env: Env) -> Iterator[WrittenVideo]:
    """One WrittenVideo of A = `inputs[0]` and B = `inputs[1]`. Needs: their comparison.

    The file appears under its name when it is complete. Raises UsageError when it would take the place of A or B.
    """
    from vidstudio.engine.exports.video_frames import Composer, geometry

    found: Comparison = env.needed(0)[0]
    comparison = replace(found, edits=params.edits)
    target, paths = Path(params.path), [env.media(one) for one in inputs]
    check_target(target)
    if is_one_of(target, paths):
        raise UsageError(f"{target} is one of the two videos.", "Give another name.")
    plan = video_plan(comparison, editors_rate(comparison.b.frame_rate))
    place = geometry(params.layout, comparison.a, comparison.b, params.width)
    framings = [
        reframed(one.transform, comparison, place.a, place.b) if one.transform else None for one in params.edits
    ]
    heard = _heard(comparison, params.sound)
    composer = Composer(place, (paths[0].name, paths[1].name), params.gain)
    with (
        VideoWriter(
            target, size=place.size, rate=plan.rate, audio_rate=None if heard is None else SOUND_RATE
        ) as writer,
        _Side(paths[0], comparison.a_times, place.a) as a,
        _Side(paths[1], comparison.b_times, place.b) as b,
    ):
        sound = iter(()) if heard is None else _sound(plan, heard, paths[heard])
        spoken = 0
        for number in range(len(plan)):
            writer.write(composer.draw(_moment(comparison, plan, number, a, b, params.line, framings)))
            while spoken < (number + 1) * SOUND_RATE / plan.rate and (block := next(sound, None)) is not None:
                writer.write_audio(block)
                spoken += len(block)
            env.tick(number + 1, len(plan), f"Writing {target.name}")
    yield WrittenVideo(params.path, len(plan), *place.size)


class _Side:
    """One version's pictures by frame number, in the size of its place."""

    def __init__(self, path: Path, times: FrameTimes, box: tuple[int, int, int, int]) -> None:
        self._reader = VideoReader(path, times, size=box[2:])
        self._shown = -1
        self._picture = np.zeros((0, 0, 3), np.uint8)

    def __enter__(self) -> _Side:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()

    def at(self, number: int) -> NDArray[np.uint8]:
        """The frame's picture."""
        if number != self._shown:
            self._picture = next(self._reader.frames_from(number)).pixels
            self._shown = number
        return self._picture


def _moment(
    comparison: Comparison,
    plan: VideoPlan,
    number: int,
    a: _Side,
    b: _Side,
    line: float | None,
    framings: list[NDArray[np.float64] | None],
) -> Moment:
    frames = int(plan.a[number]), int(plan.b[number])
    of_a = format_timecode(comparison.a_times.start_of(frames[0]), comparison.a.frame_rate)
    of_b = format_timecode(comparison.b_times.start_of(frames[1]), comparison.b.frame_rate)
    at = int(plan.edit[number])
    edit = comparison.edits[at] if at >= 0 else None
    words = f"{at + 1} · {kind_word(edit.kind, comparison.aligned)}" if edit else ""
    return Moment(
        a=a.at(frames[0]),
        b=b.at(frames[1]),
        a_held=bool(plan.a_held[number]),
        b_held=bool(plan.b_held[number]),
        codes=(of_a, of_b),
        kind=edit.kind if edit else "same",
        words=": ".join([words, ", ".join(edit.change)]) if edit and edit.change else words,
        line=_swing(frame_to_us(number, plan.rate) / 1e6) if line is None else line,
        lacking=lacking(comparison),
        reframed=framings[at] if at >= 0 else None,
    )


def _swing(seconds: float) -> float:
    """Where a moving wipe is: from one side to the other and back."""
    there = seconds / WIPE_S % 2
    return there if there <= 1 else 2 - there


def _heard(comparison: Comparison, sound: VideoSound) -> int | None:
    """Which side is heard: 0 for A, 1 for B; None when it has no sound, or none is wanted."""
    if sound == "none" or not (comparison.a if sound == "a" else comparison.b).audio:
        return None
    return "ab".index(sound)


def _sound(plan: VideoPlan, side: int, path: Path) -> Iterator[NDArray[np.float32]]:
    """One side's sound along the rows, float32 (N, 2): stretched where the row takes longer, silent without one."""
    for count, span in sound_spans(plan, side, SOUND_RATE):
        if span is None:
            yield from _silence(count)
            continue
        blocks, length = samples(path, span, rate=SOUND_RATE), span.duration_us * SOUND_RATE / 1e6
        yield from _exactly(blocks, count) if abs(count - length) <= 2 else _stretched(blocks, length, count)


def _silence(count: int) -> Iterator[NDArray[np.float32]]:
    for start in range(0, count, SOUND_RATE):
        yield np.zeros((min(SOUND_RATE, count - start), 2), np.float32)


def _exactly(blocks: Iterator[NDArray[np.float32]], count: int) -> Iterator[NDArray[np.float32]]:
    given = 0
    for block in blocks:
        block = block[: count - given]
        given += len(block)
        yield block
    yield from _silence(count - given)


def _stretched(blocks: Iterator[NDArray[np.float32]], length: float, count: int) -> Iterator[NDArray[np.float32]]:
    """Sound of `length` samples that takes `count` of them; as on a tape the pitch changes with it."""
    kept, first = np.zeros((0, 2), np.float32), 0
    for start in range(0, count, SOUND_RATE):
        at = np.arange(start, min(count, start + SOUND_RATE)) * (length / count)
        while first + len(kept) < at[-1] + 1 and (block := next(blocks, None)) is not None:
            kept = np.concatenate([kept, block])
        if not len(kept):
            kept = np.zeros((1, 2), np.float32)
        numbers = first + np.arange(len(kept))
        yield np.stack([np.interp(at, numbers, kept[:, one]) for one in (0, 1)], axis=1).astype(np.float32)
        used = min(int(at[-1]) - first, len(kept) - 1)
        kept, first = kept[used:], first + used


COMPARISON_VIDEO = Stage("comparison_video", 2, VideoParams, WrittenVideo, run, weight=8.0)
