"""What the engine asks of a model or a cloud. Adapters live in `models` and `clouds`.

Frames are RGB uint8 arrays (N, height, width, 3). Every kind has a conformance suite in
`tests/conformance`; an adapter is done when it passes. Each method may raise EngineError
(`ModelUnavailable`, `OutOfMemory`, `CloudError`); anything else that is raised is a bug.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.types import ChatMessage, Detections, Embedding, Mask, SceneDescription, Speech, Word

Tick = Callable[[float, float, str], None]
"""`tick(done, total, note)`: as `stage.Env.tick`."""


class Embedder(Protocol):
    """Says what pictures look like, as vectors."""

    @property
    def name(self) -> str:
        """Name and revision of the model; vectors of two names are never compared."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Unit vectors (N, dimension) of frames (N, height, width, 3); N may be 0."""


class VideoEmbedder(Protocol):
    """Says what the segments of a whole file mean, as vectors: a service that takes files, not frames."""

    @property
    def name(self) -> str:
        """Name of the model; vectors of two names are never compared."""

    def embed(self, path: Path, content_id: str, segment_us: int, tick: Tick) -> list[Embedding]:
        """Unit vectors of the file's segments (scope "clip") in order of time, all of one length.

        Segments are `segment_us` long from 0 on; a short rest at the end may have none. `tick` is told how far
        it is, often; what it raises (Cancelled) ends the work, which the next call goes on with.
        """


class Detector(Protocol):
    """Finds objects in single frames."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, by class id."""

    def detect(self, frames: NDArray[np.uint8], starts_us: Sequence[int]) -> list[Detections]:
        """One Detections per frame, boxes inside the frame, scores 0..1, without track ids."""


class Segmenter(Protocol):
    """Cuts objects out."""

    def segment(self, frame: NDArray[np.uint8], start_us: int, xyxy: NDArray[np.float32]) -> list[Mask]:
        """One mask of the frame's size for each box (M, 4); track ids are the box numbers."""


class Tracker(Protocol):
    """Gives objects the same id from frame to frame."""

    def reset(self) -> None:
        """Forget everything: a new scene begins."""

    def update(self, detections: Detections, frame: NDArray[np.uint8]) -> Detections:
        """The detections it follows, with track ids; times must rise between calls."""


class Describer(Protocol):
    """Says what happens in a scene."""

    @property
    def name(self) -> str:
        """Name and revision of the model."""

    def describe(self, frames: NDArray[np.uint8], starts_us: Sequence[int], question: str) -> SceneDescription:
        """A description of the frames; importance is 1..10."""


class Chat(Protocol):
    """Answers in words."""

    @property
    def name(self) -> str:
        """Name and revision of the model."""

    def reply(self, messages: Sequence[ChatMessage]) -> Iterator[str]:
        """The answer, piece by piece; joined they are the whole. Closing the iterator stops it."""


class Transcriber(Protocol):
    """Writes down speech."""

    def transcribe(self, samples: NDArray[np.float32], language: str | None) -> Iterator[Word]:
        """Words in order of time, from mono 16 kHz samples (N,) in -1..1."""


class Speaker(Protocol):
    """Speaks text."""

    @property
    def voices(self) -> tuple[str, ...]:
        """Names that `speak` accepts; never empty."""

    def speak(self, text: str, voice: str) -> Speech:
        """The text spoken; empty text gives no samples."""
