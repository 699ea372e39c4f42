"""The suites themselves: right implementations pass, and each planted fault is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conformance.embedder import check_embedder
from conformance.language import check_chat, check_describer
from conformance.sound import RATE, check_speaker, check_transcriber
from conformance.vision import HEIGHT, WIDTH, check_detector, check_segmenter, check_tracker
from numpy.typing import NDArray

from vidstudio.engine.models.basic import BasicEmbedder
from vidstudio.engine.time import Span
from vidstudio.engine.types import ChatMessage, Detections, Mask, SceneDescription, Speech, Word

Change = Callable[[Any], Any]


def unchanged(value: Any) -> Any:
    return value


class FakeEmbedder(BasicEmbedder):
    """The real one; `change` spoils its vectors."""

    def __init__(self, change: Change = unchanged) -> None:
        self.change = change

    def embed(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self.change(super().embed(frames))  # type: ignore[no-any-return]


class FakeDetector:
    """Finds what is light."""

    labels: tuple[str, ...] = ("light",)

    def __init__(self, change: Change = unchanged) -> None:
        self.change = change

    def detect(self, frames: NDArray[np.uint8], starts_us: Sequence[int]) -> list[Detections]:
        return [self.change(self._one(f, s)) for f, s in zip(frames, starts_us, strict=True)]

    def _one(self, frame: NDArray[np.uint8], start_us: int) -> Detections:
        rows, columns = np.nonzero(frame[..., 0] > 128)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        return Detections(start_us, np.array([box], np.float32), np.array([0.9], np.float32), np.zeros(1, np.int32))


class FakeSegmenter:
    """Cuts out what is light in each box."""

    def __init__(self, change: Change = unchanged) -> None:
        self.change = change

    def segment(self, frame: NDArray[np.uint8], start_us: int, xyxy: NDArray[np.float32]) -> list[Mask]:
        return [self.change(self._one(frame, start_us, number, box)) for number, box in enumerate(xyxy.astype(int))]

    def _one(self, frame: NDArray[np.uint8], start_us: int, number: int, box: NDArray[np.int64]) -> Mask:
        dense = np.zeros(frame.shape[:2], np.bool_)
        dense[box[1] : box[3], box[0] : box[2]] = frame[box[1] : box[3], box[0] : box[2], 0] > 128
        flat = np.concatenate([[False], dense.T.ravel()])
        starts = np.flatnonzero(np.diff(flat)) + 1
        counts = np.diff(np.concatenate([[1], starts, [len(flat)]]))
        return Mask(number, start_us, *frame.shape[:2], tuple(int(count) for count in counts))


class FakeTracker:
    """Tells objects apart by their class."""

    def __init__(self, change: Change = unchanged) -> None:
        self.change = change
        self.calls = 0

    def reset(self) -> None:
        self.calls = 0

    def update(self, detections: Detections, frame: NDArray[np.uint8]) -> Detections:
        self.calls += 1
        return self.change(replace(detections, track_id=detections.class_id + 1))  # type: ignore[no-any-return]


class NewIdsEachTime(FakeTracker):
    def update(self, detections: Detections, frame: NDArray[np.uint8]) -> Detections:
        followed = super().update(detections, frame)
        return replace(followed, track_id=followed.class_id + 10 * self.calls)


class FakeDescriber:
    name = "fake-1"

    def __init__(self, change: Change = unchanged) -> None:
        self.change = change

    def describe(self, frames: NDArray[np.uint8], starts_us: Sequence[int], question: str) -> SceneDescription:
        return self.change(SceneDescription("A square moves.", 3, ("square", "move")))  # type: ignore[no-any-return]


class FakeChat:
    name = "fake-1"

    def __init__(self, change: Change = unchanged) -> None:
        self.change = change

    def reply(self, messages: Sequence[ChatMessage]) -> Iterator[str]:
        yield from self.change(["The sea ", "is wide."])


class ListChat(FakeChat):
    def reply(self, messages: Sequence[ChatMessage]) -> Iterator[str]:
        return iter(["cannot be ", "stopped"])


class FakeTranscriber:
    """One word for each half second with sound."""

    def __init__(self, change: Change = unchanged) -> None:
        self.change = change

    def transcribe(self, samples: NDArray[np.float32], language: str | None) -> Iterator[Word]:
        heard = [at for at in range(0, len(samples), RATE // 2) if np.abs(samples[at : at + RATE // 2]).max() > 0.01]
        words = [Word(Span(at * 1_000_000 // RATE, at * 1_000_000 // RATE + 400_000), "la", 0.9) for at in heard]
        yield from self.change(words)


class MakesUpWords(FakeTranscriber):
    def transcribe(self, samples: NDArray[np.float32], language: str | None) -> Iterator[Word]:
        yield Word(Span(0, 400_000), "Thank you for watching", 0.9)


class FakeSpeaker:
    voices: tuple[str, ...] = ("one", "two")

    def __init__(self, change: Change = unchanged) -> None:
        self.change = change

    def speak(self, text: str, voice: str) -> Speech:
        if voice not in self.voices:
            raise ValueError(voice)
        samples = np.sin(np.arange(len(text) * 800) / 20).astype(np.float32) * np.float32(0.5)
        return self.change(Speech(samples, RATE))  # type: ignore[no-any-return]


class AnyVoice(FakeSpeaker):
    def speak(self, text: str, voice: str) -> Speech:
        return super().speak(text, "one")


def sound() -> NDArray[np.float32]:
    return np.sin(np.arange(2 * RATE) / 10).astype(np.float32)


def check_fake_transcriber(transcriber: Any) -> None:
    check_transcriber(transcriber, sound(), "en")


@pytest.mark.parametrize(
    ("check", "right"),
    [
        (check_embedder, BasicEmbedder()),
        (check_detector, FakeDetector()),
        (check_segmenter, FakeSegmenter()),
        (check_tracker, FakeTracker()),
        (check_describer, FakeDescriber()),
        (check_chat, FakeChat()),
        (check_fake_transcriber, FakeTranscriber()),
        (check_speaker, FakeSpeaker()),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_right_ones_pass(check: Callable[[Any], None], right: Any) -> None:
    check(right)


def grows(change: Callable[[int, Any], Any]) -> Change:
    """A change that is told how often it was asked."""
    calls = 0

    def changed(value: Any) -> Any:
        nonlocal calls
        calls += 1
        return change(calls, value)

    return changed


def set_box(*box: float) -> Change:
    return lambda found: replace(found, xyxy=np.array([box], np.float32))


FAULTS: dict[str, tuple[Callable[[Any], None], Any]] = {
    "vectors not of unit length": (check_embedder, FakeEmbedder(lambda v: v * 2)),
    "vectors in float64": (check_embedder, FakeEmbedder(lambda v: v.astype(np.float64))),
    "vectors of another dimension": (check_embedder, FakeEmbedder(lambda v: v[:, 1:])),
    "vectors in another order": (check_embedder, FakeEmbedder(lambda v: v[np.argsort(v[:, 0])])),
    "vectors that are not numbers": (check_embedder, FakeEmbedder(lambda v: v * np.float32(np.nan))),
    "vectors that change": (check_embedder, FakeEmbedder(grows(lambda n, v: np.roll(v, n, axis=1)))),
    "vectors that see nothing": (
        check_embedder,
        FakeEmbedder(lambda v: np.eye(1, 866, dtype=np.float32).repeat(len(v), 0)),
    ),
    "box outside": (check_detector, FakeDetector(set_box(-1, 2, 8, 9))),
    "box beyond the width": (check_detector, FakeDetector(set_box(1, 2, WIDTH + 1, 9))),
    "box without area": (check_detector, FakeDetector(set_box(5, 5, 5, 9))),
    "score over 1": (check_detector, FakeDetector(lambda d: replace(d, score=d.score * 100))),
    "class without label": (check_detector, FakeDetector(lambda d: replace(d, class_id=d.class_id + 1))),
    "track ids from a detector": (check_detector, FakeDetector(lambda d: replace(d, track_id=d.class_id))),
    "wrong time": (check_detector, FakeDetector(lambda d: replace(d, start_us=d.start_us + 1))),
    "boxes in float64": (check_detector, FakeDetector(lambda d: replace(d, xyxy=d.xyxy.astype(np.float64)))),
    "mask of another size": (check_segmenter, FakeSegmenter(lambda m: replace(m, height=WIDTH, width=HEIGHT))),
    "mask cut off": (check_segmenter, FakeSegmenter(lambda m: replace(m, counts=m.counts[:-1]))),
    "mask empty": (check_segmenter, FakeSegmenter(lambda m: replace(m, counts=(HEIGHT * WIDTH,)))),
    "mask of everything": (check_segmenter, FakeSegmenter(lambda m: replace(m, counts=(0, HEIGHT * WIDTH)))),
    "mask with another number": (check_segmenter, FakeSegmenter(lambda m: replace(m, track_id=7))),
    "mask row by row": (
        check_segmenter,
        FakeSegmenter(lambda m: replace(m, counts=(1000, 200, HEIGHT * WIDTH - 1200))),
    ),
    "no track ids": (check_tracker, FakeTracker(lambda d: replace(d, track_id=None))),
    "one id for all": (check_tracker, FakeTracker(lambda d: replace(d, track_id=d.class_id * 0))),
    "new ids each time": (check_tracker, NewIdsEachTime()),
    "boxes elsewhere": (check_tracker, FakeTracker(lambda d: replace(d, xyxy=d.xyxy + 10))),
    "importance 0": (check_describer, FakeDescriber(lambda s: replace(s, importance=0))),
    "importance 11": (check_describer, FakeDescriber(lambda s: replace(s, importance=11))),
    "no description": (check_describer, FakeDescriber(lambda s: replace(s, description=" "))),
    "a tag twice": (check_describer, FakeDescriber(lambda s: replace(s, tags=("a", "a")))),
    "no answer": (check_chat, FakeChat(lambda pieces: [])),
    "an answer of nothing": (check_chat, FakeChat(lambda pieces: ["", " "])),
    "an answer that cannot be stopped": (check_chat, ListChat()),
    "no words": (check_fake_transcriber, FakeTranscriber(lambda words: [])),
    "words backwards": (check_fake_transcriber, FakeTranscriber(lambda words: words[::-1])),
    "probability over 1": (
        check_fake_transcriber,
        FakeTranscriber(lambda words: [replace(word, probability=90.0) for word in words]),
    ),
    "words after the end": (
        check_fake_transcriber,
        FakeTranscriber(lambda words: [replace(word, span=word.span.shifted(9_000_000)) for word in words]),
    ),
    "words out of silence": (check_fake_transcriber, MakesUpWords()),
    "too loud": (check_speaker, FakeSpeaker(lambda s: replace(s, samples=s.samples * 30_000))),
    "silent": (check_speaker, FakeSpeaker(lambda s: replace(s, samples=s.samples * 0))),
    "stereo": (check_speaker, FakeSpeaker(lambda s: replace(s, samples=np.stack([s.samples] * 2, 1)))),
    "no sample rate": (check_speaker, FakeSpeaker(lambda s: replace(s, sample_rate=0))),
    "always as long": (check_speaker, FakeSpeaker(lambda s: replace(s, samples=np.full(9, 0.5, np.float32)))),
    "any voice": (check_speaker, AnyVoice()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_found(fault: str) -> None:
    check, wrong = FAULTS[fault]
    with pytest.raises(AssertionError):
        check(wrong)
