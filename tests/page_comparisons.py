"""Comparisons with known content, without any video, for tests of what shows them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from vidstudio.engine.time import US, Span
from vidstudio.engine.types import AudioInfo, Comparison, Difference, Edit, FrameTimes, Pair, VideoInfo


def info(content_id: str, seconds: float, *, rate: int = 25, path: str = "") -> VideoInfo:
    """A video of so many seconds that exists only in words."""
    return VideoInfo(
        content_id=content_id,
        path=path or f"/clips/{content_id}.mp4",
        size_bytes=1000,
        container="mp4",
        duration_us=round(seconds * US),
        width=320,
        height=180,
        rotation=0,
        pixel_aspect=Fraction(1),
        frame_rate=Fraction(rate),
        time_base=Fraction(1, rate * 512),
        frames=round(seconds * rate),
        variable_rate=False,
        start_us=0,
        codec="h264",
        pixel_format="yuv420p",
        bit_depth=8,
        color_primaries="bt709",
        color_transfer="bt709",
        color_matrix="bt709",
        color_range="tv",
        interlaced=False,
        video_streams=1,
        audio=(AudioInfo(1, "aac", 48_000, 2, "stereo", "", None),),
        subtitle_streams=0,
    )


def times(seconds: float, rate: int = 25) -> FrameTimes:
    """Frames of a constant rate, the first a keyframe."""
    count = round(seconds * rate)
    return FrameTimes(np.arange(count, dtype=np.int64) * US // rate, np.arange(count) == 0, round(seconds * US))


def span(start: float, end: float) -> Span:
    """Seconds as a Span."""
    return Span(round(start * US), round(end * US))


def comparison() -> Comparison:
    """30 s of A against 34 s of B, one edit of each kind; segments of 2 s.

    master  0-10 same, 10-14 inserted, 14-18 changed (0.3), 18-20 removed, 20-24 moved, 24-28 retimed, 28-36 same
    One segment of the last edit, at master 30-32, is at distance 0.15, the other same ones at 0.02.
    """
    edits = (
        Edit("same", span(0, 10), span(0, 10), distance=0.02, psnr=44.0, ssim=0.99),
        Edit("inserted", None, span(10, 14)),
        Edit("changed", span(10, 14), span(14, 18), ("picture", "colour"), ((40, 30, 80, 60),), 0.3, 22.5, 0.7),
        Edit("removed", span(14, 16), None),
        Edit("moved", span(26, 30), span(18, 22), distance=0.01, psnr=40.0, ssim=0.98),
        Edit("retimed", span(16, 18), span(22, 26), distance=0.04, psnr=35.0, ssim=0.95),
        Edit("same", span(18, 26), span(26, 34), distance=0.15, psnr=45.0, ssim=0.99),
    )
    segments = []
    for edit in edits:
        if edit.b is None:
            assert edit.a is not None
            segments += [Difference(Pair(piece, None), None, None) for piece in edit.a.split(2 * US)]
            continue
        for number, piece in enumerate(edit.b.split(2 * US)):
            if edit.a is None:
                segments.append(Difference(Pair(None, piece), None, None))
                continue
            value = edit.distance or 0.0
            if edit.kind == "same":
                value = 0.15 if edit.b.start_us and number == 1 else 0.02
            here = edit.a.start_us + number * 2 * US * edit.a.duration_us // edit.b.duration_us
            own = Span(here, here + 2 * US * edit.a.duration_us // edit.b.duration_us)
            segments.append(Difference(Pair(own, piece), value, float(np.sqrt(2 * value))))
    return Comparison(
        info("a", 30),
        info("b", 34),
        times(30),
        times(34),
        2 * US,
        True,
        "basic-1",
        64,
        edits,
        tuple(segments),
        np.full(34 * 25, -1, np.int32),
    )


def plain_comparison(last_of_a: float = 0.05) -> Comparison:
    """9.5 s of A against 13 s of B by the plain rule, which has no edits of its own; segments of 2 s.

    Distances 0.02, 0.3, 0.3, 0.02 and that of the last segment of A, of 1.5 s; B has two more.
    """
    values = (0.02, 0.3, 0.3, 0.02, last_of_a)
    pieces_a, pieces_b = list(span(0, 9.5).split(2 * US)), list(span(0, 13).split(2 * US))
    matched = [
        Difference(Pair(of_a, of_b), value, float(np.sqrt(2 * value)))
        for of_a, of_b, value in zip(pieces_a, pieces_b, values, strict=False)
    ]
    more = [Difference(Pair(None, piece), None, None) for piece in pieces_b[len(pieces_a) :]]
    return Comparison(
        info("a", 9.5),
        info("b", 13),
        times(9.5),
        times(13),
        2 * US,
        False,
        "basic-1",
        64,
        (),
        (*matched, *more),
        np.concatenate([np.arange(238), np.full(87, -1)]).astype(np.int32),
    )


def long_comparison(segments: int, every: int = 10, seed: int = 1) -> Comparison:
    """`segments` of 2 s, an edit each `every` of them, by turns same and changed; most distances small."""
    random = np.random.default_rng(seed)
    values = np.minimum(random.exponential(0.05, segments), 2.0)
    whole = segments * 2.0
    edits = []
    for number, first in enumerate(range(0, segments, every)):
        piece = span(first * 2, min(first + every, segments) * 2)
        largest = float(values[first : first + every].max())
        edits.append(Edit("changed" if number % 2 else "same", piece, piece, distance=largest))
    pairs = [span(n * 2, n * 2 + 2) for n in range(segments)]
    scores = tuple(
        Difference(Pair(p, p), float(v), float(np.sqrt(2 * v))) for p, v in zip(pairs, values.tolist(), strict=True)
    )
    return Comparison(
        info("a", whole),
        info("b", whole),
        times(2),
        times(2),
        2 * US,
        True,
        "basic-1",
        64,
        tuple(edits),
        scores,
        np.zeros(0, np.int32),
    )
