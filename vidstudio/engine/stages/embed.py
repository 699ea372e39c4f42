"""What each segment of a video looks like, as a vector: with the embedded embedder, or with a model.

Two versions are compared on their common material: both sides of a pair see the very frames that the
alignment matched, because a cut that falls elsewhere between the sampled frames would look like a change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.results import Alignment, Window
from vidstudio.engine.alignment.scanned import Glimpses
from vidstudio.engine.errors import ModelUnavailable
from vidstudio.engine.media import decode
from vidstudio.engine.models.basic import BasicEmbedder
from vidstudio.engine.models.manager import ModelEnv, ModelSpec
from vidstudio.engine.models.torchscript_embedder import TorchscriptEmbedder, torchscript_spec
from vidstudio.engine.models.transformers_embedder import TransformersEmbedder, transformers_spec
from vidstudio.engine.models.weights import is_torchscript
from vidstudio.engine.picture.views import view
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import Embedding, FrameTimes, Segment

FRAMES_A_SEGMENT = 4
SIZE = (224, 224)
"""Width and height of the pictures that the embedded embedder is given; the whole picture is squeezed into it."""
_GROUP = 8  # segments embedded at once

Embed = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class EmbedParams:
    """How to embed. Segments are `segment_us` long, on a grid from 0 over the whole video.

    model: "basic", the name or folder of a transformers image model, or a TorchScript file. revision: of its weights,
    where the caller knows it, so that other weights of the same name give another cache key.
    side: "" embeds every segment of the video itself. "a" and "b" embed one side of two aligned versions:
    the segments are those of B's grid of which at least half is matched, from the matched frames only.
    scans: how many scans of the pair, those of B's span, the call needs ("basic" with a side only).
    """

    segment_us: int
    model: str = "basic"
    revision: str = ""
    side: Literal["", "a", "b"] = ""
    scans: int = 0


def _embed_basic(inputs: tuple[str, ...], params: EmbedParams, span: Span | None, env: Env) -> Iterator[Embedding]:
    embedder = BasicEmbedder()
    if not params.scans:
        return _embed(inputs[0], params, span, env, embedder.embed, embedder.name)
    return _embed_seen(inputs[0], params, span, env, embedder)


def _embed_seen(
    content_id: str, params: EmbedParams, span: Span | None, env: Env, embedder: BasicEmbedder
) -> Iterator[Embedding]:
    """As `_embed`, from what the scan saw; decoded are only the segments of which it did not see enough."""
    wanted = list(_matched(params, span, env))
    starts: NDArray[np.int64] = env.needed(1)[0].starts_us
    glimpses = _glimpses(env, params.scans)
    seen = []
    for segment, _, numbers in wanted:
        low, high = np.searchsorted(starts[glimpses.b], (segment.start_us, segment.end_us))
        evenly = np.linspace(low, high - 1, FRAMES_A_SEGMENT if high > low else 0)
        chosen = np.unique(evenly.round().astype(int))
        seen.append(chosen if 2 * len(chosen) >= len(numbers) else chosen[:0])
    times: FrameTimes = env.needed(1 if params.side == "b" else 0)[0]
    unseen = [numbers for (_, _, numbers), chosen in zip(wanted, seen, strict=True) if not len(chosen)]
    decoded = _pictures(env, content_id, times, unseen, SIZE, _active(params, env))
    pictures = glimpses.b_pictures if params.side == "b" else glimpses.a_pictures
    shown, vector = None, None
    for done, ((_, segment, numbers), chosen) in enumerate(zip(wanted, seen, strict=True)):
        env.tick(done, len(wanted), "looking at the pictures")
        frames = pictures[chosen] if len(chosen) else next(decoded)
        # a picture may stay for many segments
        if vector is None or (tuple(chosen), tuple(numbers)) != shown:
            shown, vector = (tuple(chosen), tuple(numbers)), _mean_direction(embedder.embed(frames))
        yield Embedding(Segment(content_id, segment), vector, embedder.name)


def _glimpses(env: Env, scans: int) -> Glimpses:
    """What the scans saw of pairs that belong together. Needs: alignment, active pictures, then the scans."""
    alignment: Alignment = env.needed(2)[0]
    parts: list[Glimpses] = [env.needed(5 + number)[0].glimpses for number in range(scans)]
    found = Glimpses(*(np.concatenate([getattr(part, name) for part in parts]) for name in Glimpses.__slots__))
    right = alignment.frame_map[found.b] == found.a
    return Glimpses(found.a[right], found.b[right], found.a_pictures[right], found.b_pictures[right])


def _embed_model(inputs: tuple[str, ...], params: EmbedParams, span: Span | None, env: Env) -> Iterator[Embedding]:
    if not isinstance(env, ModelEnv):
        raise TypeError("this stage runs in the model process only")
    env.tick(0, 0, f"loading {params.model}")
    embedder: TorchscriptEmbedder | TransformersEmbedder
    with env.models.use(_spec(params.model, env)) as embedder:
        if params.revision and embedder.name.rpartition("@")[2] != params.revision:
            raise ModelUnavailable(
                f"The weights of {params.model} are no longer those that were there when this was planned.",
                "Compare again to use those that are there now.",
            )

        def run(frames: NDArray[np.uint8]) -> NDArray[np.float32]:
            return embedder.embed(frames, say=lambda text: env.tick(0, 0, text))

        yield from _embed(inputs[0], params, span, env, run, embedder.name, embedder.size)


def _spec(model: str, env: ModelEnv) -> ModelSpec[Any]:
    spec_of = torchscript_spec if is_torchscript(model) else transformers_spec
    return spec_of(model, env.models_folder, env.device)


def _embed(
    content_id: str,
    params: EmbedParams,
    span: Span | None,
    env: Env,
    embed: Embed,
    model: str,
    size: tuple[int, int] = SIZE,
) -> Iterator[Embedding]:
    matched = ((segment, numbers) for _, segment, numbers in _matched(params, span, env))
    wanted = list(_whole(params, span, env) if params.side == "" else matched)
    times: FrameTimes = env.needed(1 if params.side == "b" else 0)[0]
    pictures = _pictures(env, content_id, times, [numbers for _, numbers in wanted], size, _active(params, env))
    for done in range(0, len(wanted), _GROUP):
        env.tick(done, len(wanted), "looking at the pictures")
        group = [next(pictures) for _ in wanted[done : done + _GROUP]]
        vectors = embed(np.concatenate(group))
        ends = np.cumsum([len(frames) for frames in group])
        for (segment, _), of_segment in zip(wanted[done:], np.split(vectors, ends[:-1]), strict=False):
            yield Embedding(Segment(content_id, segment), _mean_direction(of_segment), model)
    env.tick(len(wanted), len(wanted), "")


def _active(params: EmbedParams, env: Env) -> Active | None:
    """The part of the frames that is embedded of one side of two versions: bars say nothing of what they show."""
    return None if params.side == "" else env.needed(4 if params.side == "b" else 3)[0]


def _whole(params: EmbedParams, span: Span | None, env: Env) -> Iterator[tuple[Span, list[int]]]:
    """Every segment within `span` with the numbers of its frames."""
    times: FrameTimes = env.needed(0)[0]
    for segment in (span or Span(0, times.duration_us)).split(params.segment_us):
        yield segment, segment_frames(times, segment)


def _matched(params: EmbedParams, span: Span | None, env: Env) -> Iterator[tuple[Span, Span, list[int]]]:
    """B's segments within `span` that are at least half matched, as they are in B and in the side asked for.

    With the matched frames of that side.

    Numbers do not fall within a segment, and repeat where a frame of A is shown more than once.
    """
    a_times: FrameTimes = env.needed(0)[0]
    b_times: FrameTimes = env.needed(1)[0]
    alignment: Alignment = env.needed(2)[0]
    for segment in (span or Span(0, b_times.duration_us)).split(params.segment_us):
        numbers = np.array(segment_frames(b_times, segment))
        shown = alignment.frame_map[numbers]
        if 2 * np.count_nonzero(shown >= 0) < len(shown):
            continue
        if params.side == "b":
            yield segment, segment, numbers[shown >= 0].tolist()
        else:
            of_a = np.sort(shown[shown >= 0])
            yield segment, a_times.span_of(int(of_a[0]), int(of_a[-1]) + 1), of_a.tolist()


def segment_frames(times: FrameTimes, segment: Span) -> list[int]:
    """Rising numbers of up to four frames, evenly spaced in time, that start within the segment.

    Where no frame starts within it: the one on screen.
    """
    first, after = np.searchsorted(times.starts_us, [segment.start_us, segment.end_us])
    if first == after:
        return [times.frame_at(segment.start_us)]
    middles = (2 * np.arange(FRAMES_A_SEGMENT) + 1) * segment.duration_us // (2 * FRAMES_A_SEGMENT)
    wanted = (times.frame_at(segment.start_us + int(middle)) for middle in middles)
    return sorted({min(max(number, int(first)), int(after) - 1) for number in wanted})


def _pictures(
    env: Env,
    content_id: str,
    times: FrameTimes,
    numbers: Sequence[Sequence[int]],
    size: tuple[int, int],
    active: Active | None,
) -> Iterator[NDArray[np.uint8]]:
    """The frames (N, height, width, 3) of each segment, decoded in one pass; once more where A is gone back in.

    active: what of them is squeezed into `size`, by default all.
    """
    starts = [0, *(i for i in range(1, len(numbers)) if numbers[i][0] < numbers[i - 1][0]), len(numbers)]
    for first, after in pairwise(starts):
        yield from _rising_pictures(env.media(content_id), times, numbers[first:after], size, active)


def _rising_pictures(
    path: Path, times: FrameTimes, numbers: Sequence[Sequence[int]], size: tuple[int, int], active: Active | None
) -> Iterator[NDArray[np.uint8]]:
    wanted = sorted({number for of_segment in numbers for number in of_segment})
    seen = view(active or Active(0, 0, *size, *size), Window(), size)
    left, top, width, height = seen.small
    frames = decode.sampled(path, times, wanted, size=seen.size)
    held: dict[int, NDArray[np.uint8]] = {}
    for of_segment in numbers:
        # a long frame may belong to several segments
        held = {number: pixels for number, pixels in held.items() if number >= of_segment[0]}
        while of_segment[-1] not in held:
            frame = next(frames)
            held[frame.number] = frame.pixels[top : top + height, left : left + width]
        yield np.stack([held[number] for number in of_segment])


def _mean_direction(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    mean = vectors.mean(0)
    length = np.linalg.norm(mean)
    # opposite vectors may cancel out; any one of them is then as right as another
    unit = np.array(mean / length if length > 1e-6 else vectors[0], np.float32)
    unit.flags.writeable = False
    return unit


EMBED_BASIC: Stage[EmbedParams, Embedding] = Stage("embed_basic", 3, EmbedParams, Embedding, _embed_basic)
EMBED_MODEL: Stage[EmbedParams, Embedding] = Stage(
    "embed_model", 3, EmbedParams, Embedding, _embed_model, place="model_process", weight=5.0
)
