"""What each segment of a whole file means, as a vector that a cloud service makes.

The service gets the file and cuts it itself, on a grid of whole seconds from its first frame on; so a segment of
one version is not made of the very frames that the other version shows, as it is with a model on this computer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from vidstudio.engine.clouds.permit import CloudEnv
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import Embedding, FrameTimes, Segment


@dataclass(frozen=True, slots=True)
class EmbedCloudParams:
    """vendor: who gets the file. model: such as `twelvelabs:marengo3.5`. segment_us: length of a segment."""

    vendor: str
    model: str
    segment_us: int


def _run(inputs: tuple[str, ...], params: EmbedCloudParams, span: Span | None, env: Env) -> Iterator[Embedding]:
    """Embeddings of the segments of a grid from 0, in order; a short rest at the end may have none. Needs: times."""
    if not isinstance(env, CloudEnv):
        raise TypeError("this stage runs in the cloud process only")
    from vidstudio.engine.clouds.marengo import model_named
    from vidstudio.engine.clouds.twelvelabs import Marengo

    content_id = inputs[0]
    times: FrameTimes = env.needed(0)[0]
    with Marengo(model_named(params.model), env.permit, env) as embedder:
        found = embedder.embed(env.media(content_id), content_id, params.segment_us, env.tick)
    on_grid = {round(one.segment.span.start_us / params.segment_us): one for one in reversed(found)}
    for number, segment in enumerate(Span(0, times.duration_us).split(params.segment_us)):
        # the service's clock may differ from ours by a frame or so
        if (one := on_grid.get(number)) is not None:
            yield replace(one, segment=Segment(content_id, segment))


EMBED_CLOUD: Stage[EmbedCloudParams, Embedding] = Stage(
    "embed_cloud", 1, EmbedCloudParams, Embedding, _run, place="cloud_process", weight=20.0
)
