"""Two versions of a short film with edits that are known to the frame, and the check whether they were found."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.media.encode import VideoWriter
from vidstudio.engine.recipes import demo_scenes as scenes
from vidstudio.engine.time import Span, frame_to_us
from vidstudio.engine.types import ChangeKind, Comparison, Edit, EditKind

RATE = Fraction(25)
_SOUND = 48_000
_SAMPLES = 1920
"""Samples of sound in a frame."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot, and what becomes of it: `in_a` whether A has it, `kept` the first frames that B has.

    `edit` makes B's picture of frame n from A's.
    """

    scene: Callable[[], scenes.Painter]
    notes: tuple[float, ...]
    frames: int
    in_a: bool = True
    kept: int = 0
    edit: Callable[[int, Pixels], Pixels] = lambda _number, picture: picture


@dataclass(frozen=True, slots=True)
class Made:
    """An edit that was made, and where: the truth."""

    title: str
    kind: EditKind
    a: Span | None
    b: Span | None
    change: ChangeKind | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the comparison says about a made edit: the edit it found (None: it did not), and how far off it is."""

    made: Made
    edit: Edit | None
    off_us: int


@dataclass(frozen=True, slots=True)
class Demo:
    """The two clips and the edits between them."""

    a: Path
    b: Path
    made: tuple[Made, ...]


_NAME_ON = range(25, 75)


def _named(number: int, picture: Pixels) -> Pixels:
    return scenes.with_lower_third(picture) if number in _NAME_ON else picture


SHOTS = (
    Shot(scenes.sunrise, (220.0, 277.18, 329.63), 100, kept=100),
    Shot(scenes.aurora, (146.83, 220.0, 369.99), 75, in_a=False, kept=75),
    Shot(scenes.city, (174.61, 207.65, 261.63), 100, kept=100, edit=lambda _number, picture: scenes.graded(picture)),
    Shot(scenes.sea, (196.0, 246.94, 293.66), 100),
    Shot(scenes.planet, (130.81, 196.0, 311.13), 100, kept=100, edit=_named),
    Shot(scenes.winter, (164.81, 246.94, 329.63), 100, kept=70),
    Shot(scenes.balloons, (261.63, 329.63, 392.0), 100, kept=100),
)


def make_clips(folder: Path, tick: Callable[[float, float], None] | None = None) -> Demo:
    """Draw and encode both versions into `folder` (640 × 360, 25 frames a second, stereo).

    Raises EnvironmentProblem when the folder cannot be written to.
    """
    demo = Demo(folder / "version-a.mp4", folder / "version-b.mp4", tuple(made()))
    whole, done = sum(shot.frames for shot in SHOTS), 0
    with contextlib.ExitStack() as stack:
        a, b = (
            stack.enter_context(VideoWriter(path, size=scenes.SIZE, rate=RATE, crf=18, audio_rate=_SOUND))
            for path in (demo.a, demo.b)
        )
        for shot in SHOTS:
            paint = shot.scene()
            for number in range(shot.frames):
                picture = paint(number / float(RATE))
                sound = scenes.chord(shot.notes, number * _SAMPLES, _SAMPLES, shot.frames * _SAMPLES)
                if shot.in_a:
                    a.write(picture)
                    a.write_audio(sound)
                if number < shot.kept:
                    b.write(shot.edit(number, picture))
                    b.write_audio(sound)
                if tick is not None:
                    tick(done + number, whole)
            done += shot.frames
    return demo


def made() -> Iterator[Made]:
    """The edits between the two versions, in B's order."""
    at_a = at_b = 0
    for shot in SHOTS:
        a, b = _span(at_a, shot.frames if shot.in_a else 0), _span(at_b, shot.kept)
        if not shot.in_a:
            yield Made("A shot of northern lights was put in", "inserted", None, b)
        elif shot.scene is scenes.city:
            yield Made("The city was graded anew", "changed", a, b, "colour")
        elif shot.edit is _named:
            first, count = _NAME_ON.start, len(_NAME_ON)
            spans = _span(at_a + first, count), _span(at_b + first, count)
            yield Made("The planet got a lower third", "changed", *spans, "local")
        elif shot.kept == 0:
            yield Made("The sailing boat was cut out", "removed", a, None)
        elif shot.kept < shot.frames:
            cut = _span(at_a + shot.kept, shot.frames - shot.kept)
            yield Made("The end of the winter shot was trimmed", "removed", cut, None)
        at_a += shot.frames if shot.in_a else 0
        at_b += shot.kept


def check(made_edits: tuple[Made, ...], comparison: Comparison) -> tuple[list[Found], list[Edit]]:
    """What became of each made edit, and edits the comparison claims beside them.

    A made edit is found by an edit of its kind (and way of change) whose span shares at least half
    of the time both cover; `off_us` is the larger error of its two ends.
    """
    left = [edit for edit in comparison.edits if edit.kind != "same"]
    found = []
    for truth in made_edits:
        fitting = [edit for edit in left if _fits(edit, truth)]
        best = max(fitting, key=lambda edit: _overlap(_where(edit), _where(truth)), default=None)
        if best is not None:
            left.remove(best)
        found.append(Found(truth, best, _off(_where(best), _where(truth)) if best else 0))
    return found, left


def _fits(edit: Edit, truth: Made) -> bool:
    alike = edit.kind == truth.kind and (truth.change is None or truth.change in edit.change)
    return alike and _overlap(_where(edit), _where(truth)) >= 0.5


def _where(edit: Edit | Made) -> Span:
    span = edit.b or edit.a
    assert span is not None
    return span


def _overlap(one: Span, other: Span) -> float:
    shared = one.intersection(other)
    if shared is None:
        return 0.0
    return shared.duration_us / (one.duration_us + other.duration_us - shared.duration_us)


def _off(one: Span, other: Span) -> int:
    return max(abs(one.start_us - other.start_us), abs(one.end_us - other.end_us))


def _span(first: int, count: int) -> Span:
    return Span(frame_to_us(first, RATE), frame_to_us(first + count, RATE))
