"""Comparing two versions of a video: which calls give a Comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

SOUND_CHUNK_US = 60 * US
"""The same for sound, of which much more is done in the same time."""
_REST_US = 60 * US
# of a film that shows a picture for minutes, pieces as short as of others would hold nothing
_LEAST_FRAMES = 100

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
        scans = _scan_calls(request, times, b_times)
        aligned = _align_call(request, a, a_times, b, scans)
        shared = (*aligned.needs[2:4], aligned)
        measures = tuple(
            Call("measure", (request.a, request.b), {}, scan.span, (*times, *shared, scan)) for scan in scans
        )
        needs = (*times, aligned, *aligned.needs[2:4])
        # the embedded embedder looks at what the scan saw
        seen = scans if request.embedder == BASIC else ()
        a_embeddings = _embeddings(request, request.a, "a", b_times, needs, seen)
        b_embeddings = _embeddings(request, request.b, "b", b_times, needs, seen)
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
        "sound": request.align,
    }
    if is_cloud(request.embedder):
        params["whole_files"] = True
    sound = (_sound_call(request, a, b, times, shared[-1]),) if request.align else ()
    everything = (*times, *shared, *measures, *a_embeddings, *b_embeddings, *sound)
    return Call("compare", (request.a, request.b), params, None, everything)


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


def _scan_calls(request: CompareRequest, times: tuple[Call, Call], b_times: FrameTimes) -> list[Call]:
    """One for each chunk of B, each going on where the one before left off."""
    actives = tuple(Call("active", of_times.inputs, {}, None, (of_times,)) for of_times in times)
    calls: list[Call] = []
    for span in chunks(b_times):
        needs = (*times, *actives, *calls[-1:])
        calls.append(Call("scan", (request.a, request.b), {"goes_on": bool(calls)}, span, needs))
    return calls


def _align_call(request: CompareRequest, a: VideoInfo, a_times: FrameTimes, b: VideoInfo, scans: list[Call]) -> Call:
    a_of_times, b_of_times, a_active, b_active = scans[-1].needs[:4]
    rests = [
        Call("fingerprint", (request.a,), {}, span, (a_of_times, a_active, scans[-1]))
        for span in Span(0, a_times.duration_us).split(_long_enough(_REST_US, a_times))
    ]
    params = {
        "scans": len(scans),
        "rests": len(rests),
        "a_pixel_aspect": float(a.pixel_aspect),
        "b_pixel_aspect": float(b.pixel_aspect),
    }
    needs = (a_of_times, b_of_times, a_active, b_active, *scans, *rests)
    return Call("align", (request.a, request.b), params, None, needs)


def _sound_call(request: CompareRequest, a: VideoInfo, b: VideoInfo, times: tuple[Call, ...], aligned: Call) -> Call:
    """What sounds different: the pictures' alignment, then loudness and prints of each side that has sound."""
    needs = [*times, aligned]
    counts = []
    for info in (a, b):
        spans = list(Span(0, info.duration_us).split(SOUND_CHUNK_US)) if info.audio else []
        counts.append(len(spans))
        if spans:
            needs.append(Call("loudness", (info.content_id,)))
        needs += [Call("sound_print", (info.content_id,), {}, span) for span in spans]
    channels = [info.audio[0].channels if info.audio else 0 for info in (a, b)]
    params = {"a_prints": counts[0], "b_prints": counts[1], "same_channels": channels[0] == channels[1]}
    return Call("sound", (request.a, request.b), params, None, tuple(needs))


def _embeddings(
    request: CompareRequest,
    content_id: str,
    side: str,
    grid: FrameTimes,
    needs: tuple[Call, ...],
    scans: Sequence[Call] = (),
) -> tuple[Call, ...]:
    """Embeddings of one side in chunks of whole segments of `grid`'s video, each with the scans of its time.

    Of a cloud service in one piece.
    """
    if is_cloud(request.embedder):
        marengo.segment_seconds(request.segment_us)
        model = marengo.model_named(request.embedder)
        cloud = {"vendor": marengo.VENDOR.name, "model": model.name, "segment_us": request.segment_us}
        return (Call("embed_cloud", (content_id,), cloud, None, (times_call(content_id),)),)
    stage = "embed_basic" if request.embedder == BASIC else "embed_model"
    params = {"segment_us": request.segment_us, "model": request.embedder, "side": side}
    if request.revision:
        params["revision"] = request.revision
    length = request.segment_us * max(1, _long_enough(CHUNK_US, grid) // request.segment_us)
    calls = []
    for span in Span(0, grid.duration_us).split(length):
        of_span = _overlapping(scans, span)
        more = {"scans": len(of_span)} if of_span else {}
        calls.append(Call(stage, (content_id,), params | more, span, (*needs, *of_span)))
    return tuple(calls)


def _long_enough(length_us: int, times: FrameTimes) -> int:
    """`length_us`, or what `_LEAST_FRAMES` frames of this film last on average if that is longer."""
    return max(length_us, _LEAST_FRAMES * times.duration_us // len(times.starts_us))


def _overlapping(calls: Sequence[Call], span: Span) -> list[Call]:
    return [call for call in calls if call.span is not None and call.span.intersection(span)]


def _plain(info: VideoInfo) -> Any:
    """The same as JSON would hold it."""
    return msgspec.to_builtins(info, enc_hook=_fraction)


def _fraction(value: Any) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    raise TypeError(f"a {type(value).__name__} is no plain value")
