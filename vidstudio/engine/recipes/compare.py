"""Comparing two versions of a video: which calls give a Comparison."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from vidstudio.engine.clouds import marengo
from vidstudio.engine.errors import ModelUnavailable, UsageError
from vidstudio.engine.identity import file_state
from vidstudio.engine.media.probe import probe
from vidstudio.engine.models.weights import find_weights, weights_revision
from vidstudio.engine.runner import Progressed, Runner
from vidstudio.engine.stage import Call
from vidstudio.engine.store.jobs import Lane
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import US, Span
from vidstudio.engine.types import Comparison, FrameTimes, VideoInfo

CHUNK_US = 20 * US
"""Work is cut into pieces of about this length; what is done of them survives a crash."""

BASIC = "basic"


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """What a person asks for: A and B by content id. embedder: "basic", a model's name or folder, a cloud model's name.

    align=False gives the plain rule "segment i against segment i". revision: of the model's weights
    (`embedder_revision`), so that results of other weights under the same name are not taken for its own.
    """

    a: str
    b: str
    embedder: str = BASIC
    segment_us: int = 2_000_000
    align: bool = True
    revision: str = ""


def embedder_revision(embedder: str, store: Store) -> str:
    """What tells a model's weights from others of its name, for `CompareRequest.revision`; reads some of the files.

    "" for the embedded embedder, and where there are no weights yet: running the call then says so.
    """
    if embedder == BASIC or is_cloud(embedder):
        return ""
    try:
        return weights_revision(find_weights(embedder, store.models_folder))
    except ModelUnavailable:
        return ""


def is_cloud(embedder: str) -> bool:
    """Whether an embedder is a cloud service, which is given the whole files."""
    return marengo.is_marengo(embedder)


def lane_of(embedder: str) -> Lane:
    """Where a comparison waits its turn."""
    if is_cloud(embedder):
        return "network"
    return "cpu" if embedder == BASIC else "gpu"


def times_call(content_id: str) -> Call:
    """The call that gives a video's FrameTimes."""
    return Call("times", (content_id,))


def prepare(
    store: Store, runner: Runner, path: Path, progressed: Progressed | None = None
) -> tuple[VideoInfo, FrameTimes]:
    """Make a file known to the store; what it is and when its frames are shown. Raises UnreadableMedia."""
    changed_ns = file_state(path)[1]
    info = probe(path)
    store.media.add(info, changed_ns)
    times: FrameTimes = runner.run(times_call(info.content_id), progressed)[0]
    return info, times


def plan(request: CompareRequest, a: VideoInfo, a_times: FrameTimes, b: VideoInfo, b_times: FrameTimes) -> Call:
    """The call that gives one Comparison, with all it needs, cut into chunks that are each kept.

    Raises UsageError for a segment length that makes no sense.
    """
    if request.segment_us < 100_000:
        raise UsageError("Segments must be at least 0.1 s long.", "Use 2 s unless you know better.")
    times = (times_call(request.a), times_call(request.b))
    shared: tuple[Call, ...] = ()
    measures: tuple[Call, ...] = ()
    if request.align:
        aligned = _align_call(request, a, a_times, b, b_times)
        shared = (*aligned.needs[2:4], aligned)
        measures = tuple(
            Call("measure", (request.a, request.b), {}, span, (*times, *shared)) for span in chunks(b_times)
        )
        a_embeddings = _embeddings(request, request.a, "a", b_times, (*times, aligned))
        b_embeddings = _embeddings(request, request.b, "b", b_times, (*times, aligned))
    else:
        a_embeddings = _embeddings(request, request.a, "", a_times, times[:1])
        b_embeddings = _embeddings(request, request.b, "", b_times, times[1:])
    params: dict[str, Any] = {
        # by content: a file that was moved keeps its results
        "a": _plain(replace(a, path="")),
        "b": _plain(replace(b, path="")),
        "segment_us": request.segment_us,
        "align": request.align,
        "embedder": request.embedder,
        "measures": len(measures),
        "a_embeddings": len(a_embeddings),
        "b_embeddings": len(b_embeddings),
    }
    if is_cloud(request.embedder):
        params["whole_files"] = True
    needs = (*times, *shared, *measures, *a_embeddings, *b_embeddings)
    return Call("compare", (request.a, request.b), params, None, needs)


def located(comparison: Comparison, a: VideoInfo, b: VideoInfo) -> Comparison:
    """The comparison with the files where they are now: a sealed result knows them by content only."""
    return replace(comparison, a=a, b=b)


def chunks(times: FrameTimes) -> Iterator[Span]:
    """Spans of about `CHUNK_US` that tile the video and start at key frames."""
    starts = times.starts_us[np.flatnonzero(times.keyframes)]
    begin = 0
    for start in starts.tolist():
        if start - begin >= CHUNK_US:
            yield Span(begin, start)
            begin = start
    yield Span(begin, max(begin, times.duration_us))


def _align_call(request: CompareRequest, a: VideoInfo, a_times: FrameTimes, b: VideoInfo, b_times: FrameTimes) -> Call:
    sides = []
    for content_id, times in ((request.a, a_times), (request.b, b_times)):
        of_times = times_call(content_id)
        active = Call("active", (content_id,), {}, None, (of_times,))
        prints = [Call("fingerprint", (content_id,), {}, span, (of_times, active)) for span in chunks(times)]
        sides.append((of_times, active, prints))
    (a_of_times, a_active, a_prints), (b_of_times, b_active, b_prints) = sides
    params = {
        "a_chunks": len(a_prints),
        "b_chunks": len(b_prints),
        "a_pixel_aspect": float(a.pixel_aspect),
        "b_pixel_aspect": float(b.pixel_aspect),
    }
    needs = (a_of_times, b_of_times, a_active, b_active, *a_prints, *b_prints)
    return Call("align", (request.a, request.b), params, None, needs)


def _embeddings(
    request: CompareRequest, content_id: str, side: str, grid: FrameTimes, needs: tuple[Call, ...]
) -> tuple[Call, ...]:
    """Embeddings of one side in chunks of whole segments of `grid`'s video; of a cloud service in one piece."""
    if is_cloud(request.embedder):
        marengo.segment_seconds(request.segment_us)
        model = marengo.model_named(request.embedder)
        cloud = {"vendor": marengo.VENDOR.name, "model": model.name, "segment_us": request.segment_us}
        return (Call("embed_cloud", (content_id,), cloud, None, (times_call(content_id),)),)
    stage = "embed_basic" if request.embedder == BASIC else "embed_model"
    params = {"segment_us": request.segment_us, "model": request.embedder, "side": side}
    if request.revision:
        params["revision"] = request.revision
    length = request.segment_us * max(1, CHUNK_US // request.segment_us)
    return tuple(Call(stage, (content_id,), params, span, needs) for span in Span(0, grid.duration_us).split(length))


def _plain(info: VideoInfo) -> Any:
    """The same as JSON would hold it."""
    return msgspec.to_builtins(info, enc_hook=_fraction)


def _fraction(value: Any) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    raise TypeError(f"a {type(value).__name__} is no plain value")
