"""What sounds different between two versions, and where B's sound comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vidstudio.engine.alignment.edits import editlist
from vidstudio.engine.alignment.results import Alignment, SoundFindings
from vidstudio.engine.sound import findings, match
from vidstudio.engine.sound.sounds import Sound
from vidstudio.engine.stage import Env, Stage
from vidstudio.engine.time import Span
from vidstudio.engine.types import FrameTimes, Loudness


@dataclass(frozen=True, slots=True)
class SoundParams:
    """How many prints there are of each side, none for a video without sound; same_channels: as many in both."""

    a_prints: int
    b_prints: int
    same_channels: bool


def run(inputs: tuple[str, ...], params: SoundParams, span: Span | None, env: Env) -> Iterator[SoundFindings]:
    """One SoundFindings of B = `inputs[1]` against A = `inputs[0]`.

    Needs: times of A and B, their alignment by the picture, then for each side that has sound its loudness and
    its prints.
    """
    a_times: FrameTimes = env.needed(0)[0]
    b_times: FrameTimes = env.needed(1)[0]
    found: Alignment = env.needed(2)[0]
    a, a_loudness = _side(env, 3, params.a_prints)
    b, b_loudness = _side(env, 3 + (1 + params.a_prints if params.a_prints else 0), params.b_prints)
    rows = editlist.rows(found.frame_map, a_times.starts_us, b_times.starts_us)
    pieces = match.match(a, b, lambda share: env.tick(0.5 * share, 1, "Aligning the sound"))
    heard = findings.compare(
        a,
        b,
        findings.Shown(rows, found.frame_map, a_times, b_times),
        pieces,
        params.same_channels,
        lambda share: env.tick(0.5 + 0.5 * share, 1, "Comparing the sound"),
    )
    yield SoundFindings(heard.audio, pieces, a_loudness, b_loudness, heard.curve)


def _side(env: Env, at: int, prints: int) -> tuple[Sound, Loudness | None]:
    if not prints:
        return Sound.of(()), None
    return Sound.of(env.needed(number)[0] for number in range(at + 1, at + 1 + prints)), env.needed(at)[0]


SOUND = Stage("sound", 1, SoundParams, SoundFindings, run, weight=0.3)
