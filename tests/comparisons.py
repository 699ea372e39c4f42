"""Makes comparisons by hand, for tests of what is written out of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from vidstudio.engine.time import Span, frame_to_us
from vidstudio.engine.types import (
    Comparison,
    Difference,
    Edit,
    FrameTimes,
    Grade,
    Heat,
    Pair,
    VideoInfo,
)
from vidstudio.engine.verdict import decided

GRADE = Grade(gain=0.94, exponent=0.813, lift=0.059, saturation=0.79, hue=0.0, red=1.15, blue=0.85)
"""Gamma 1.23, as editing programs have it."""


def video(name: str, frames: int, rate: Fraction = Fraction(25)) -> VideoInfo:
    """Facts of a made-up video of constant rate."""
    return VideoInfo(
        content_id=f"{name:0>32}"[-32:].replace("/", "0"),
        path=str(Path("/clips") / name),
        size_bytes=1000,
        container="mp4",
        duration_us=frame_to_us(frames, rate),
        width=640,
        height=360,
        rotation=0,
        pixel_aspect=Fraction(1),
        frame_rate=rate,
        time_base=Fraction(1, 90000),
        frames=frames,
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
        audio=(),
        subtitle_streams=0,
    )


def times(info: VideoInfo) -> FrameTimes:
    """Frame times of a constant rate, a keyframe each second."""
    starts = np.array([frame_to_us(n, info.frame_rate) for n in range(info.frames)], np.int64)
    return FrameTimes(starts, np.arange(info.frames) % round(info.frame_rate) == 0, info.duration_us)


def span(first: int, after: int, rate: Fraction = Fraction(25)) -> Span:
    """The time of frames `first..after-1`."""
    return Span(frame_to_us(first, rate), frame_to_us(after, rate))


def comparison(rate: Fraction = Fraction(25), a_name: str = "old cut.mp4", b_name: str = "new cut.mp4") -> Comparison:
    """A of 500 frames against B of 520: every kind of edit once, at frames that are easy to remember.

    B: 0-100 same, 100-160 inserted, 160-260 is A 100-200 graded, (A 200-250 removed), 260-310 is
    A 450-500 moved, 310-435 is A 250-375 with a box, 435-485 is A 375-450 sped up by half, 485-520 new.
    """

    def cut(first: int, after: int) -> Span:
        return span(first, after, rate)

    a, b = video(a_name, 500, rate), video(b_name, 520, rate)
    edits = (
        Edit("same", cut(0, 100), cut(0, 100), distance=0.001, psnr=float("inf"), ssim=1.0),
        Edit("inserted", None, cut(100, 160), confidence=0.9),
        Edit("changed", cut(100, 200), cut(160, 260), ("colour",), distance=0.08, psnr=24.5, ssim=0.91, grade=GRADE),
        Edit("removed", cut(200, 250), None),
        Edit("moved", cut(450, 500), cut(260, 310), distance=0.0, psnr=45.0, ssim=0.99),
        Edit(
            "changed",
            cut(250, 375),
            cut(310, 435),
            ("local", "audio"),
            ((20, 300, 400, 40), (600, 10, 30, 20)),
            distance=0.5,
            psnr=31.25,
            ssim=0.97,
            heat=Heat.of(np.full((9, 16), 128, np.uint8), (0, 0, 640, 360)),
        ),
        Edit("retimed", cut(375, 450), cut(435, 485), distance=0.02, psnr=38.0, ssim=0.98, speed=1.5),
        Edit("inserted", None, cut(485, 520)),
    )
    frame_map = np.full(520, -1, np.int32)
    for b_first, a_first, count in ((0, 0, 100), (160, 100, 100), (260, 450, 50), (310, 250, 125)):
        frame_map[b_first : b_first + count] = np.arange(a_first, a_first + count)
    frame_map[435:485] = 375 + np.arange(50) * 3 // 2
    segments = (
        Difference(Pair(cut(0, 50), cut(0, 50)), 0.0, 0.0),
        Difference(Pair(cut(50, 100), cut(50, 100)), 0.02, 0.2),
        Difference(Pair(None, cut(100, 160)), None, None),
        Difference(Pair(cut(100, 200), cut(160, 260)), 0.08, 0.4),
        Difference(Pair(cut(200, 250), None), None, None),
        Difference(Pair(cut(250, 375), cut(310, 435)), 0.5, 1.0),
    )
    return Comparison(a, b, times(a), times(b), 2_000_000, True, "basic-1", 96, edits, segments, frame_map)


def at_other_speeds(rate: Fraction = Fraction(25)) -> Comparison:
    """A of 500 frames against B of 529: what is replaced, and every way in which A may run.

    B: 0-100 same, 100-150 new where A has 100-170, 150-210 is A 170-230 backward, 210-260 holds A 230, 260-310 is
    A 231-256 backward at half the speed, 310-360 is A 256-331 sped up by half, 360-529 same.
    """

    def cut(first: int, after: int) -> Span:
        return span(first, after, rate)

    a, b = video("old cut.mp4", 500, rate), video("new cut.mp4", 529, rate)
    edits = (
        Edit("same", cut(0, 100), cut(0, 100), distance=0.001, psnr=45.0, ssim=0.99),
        Edit("changed", cut(100, 170), cut(100, 150), ("picture",)),
        Edit("retimed", cut(170, 230), cut(150, 210), psnr=40.0, ssim=0.98, speed=-1.0),
        Edit("retimed", cut(230, 231), cut(210, 260), psnr=40.0, ssim=0.98, speed=0.0),
        Edit("retimed", cut(231, 256), cut(260, 310), psnr=40.0, ssim=0.98, speed=-0.5),
        Edit("retimed", cut(256, 331), cut(310, 360), psnr=40.0, ssim=0.98, speed=1.5),
        Edit("same", cut(331, 500), cut(360, 529), distance=0.001, psnr=45.0, ssim=0.99),
    )
    shown = [np.arange(100), np.full(50, -1), np.arange(229, 169, -1), np.full(50, 230), 255 - np.arange(50) // 2]
    frame_map = np.concatenate([*shown, 256 + np.arange(50) * 3 // 2, np.arange(331, 500)]).astype(np.int32)
    segments = (Difference(Pair(cut(0, 50), cut(0, 50)), 0.0, 0.0), Difference(Pair(None, cut(100, 150)), None, None))
    return Comparison(a, b, times(a), times(b), 2_000_000, True, "basic-1", 96, edits, segments, frame_map)


def surplus() -> Comparison:
    """Segments of 2 s at equal times, the second over 0.1; B is one segment longer."""
    a, b = video("a.mp4", 100), video("b.mp4", 150)
    cuts = [span(n, n + 50) for n in (0, 50, 100)]
    segments = (
        Difference(Pair(cuts[0], cuts[0]), 0.0, 0.0),
        Difference(Pair(cuts[1], cuts[1]), 0.5, 1.0),
        Difference(Pair(None, cuts[2]), None, None),
    )
    frame_map = np.where(np.arange(150) < 100, np.arange(150), -1).astype(np.int32)
    plain = Comparison(a, b, times(a), times(b), 2_000_000, False, "basic-1", 96, (), segments, frame_map)
    return decided(plain, "cosine", 0.1)


def unchanged() -> Comparison:
    """B is A again."""
    a, b = video("a.mp4", 100), video("b.mp4", 100)
    edits = (Edit("same", span(0, 100), span(0, 100), distance=0.001, psnr=50.0, ssim=1.0),)
    segments = tuple(Difference(Pair(span(n, n + 50), span(n, n + 50)), 0.001, 0.0447) for n in (0, 50))
    return Comparison(
        a, b, times(a), times(b), 2_000_000, True, "basic-1", 96, edits, segments, np.arange(100, dtype=np.int32)
    )
