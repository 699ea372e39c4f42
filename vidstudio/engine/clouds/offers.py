"""What would be sent where, and what it costs: shown to the person before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vidstudio.engine.clouds import marengo
from vidstudio.engine.clouds.vendors import Vendor
from vidstudio.engine.sizes import size_text
from vidstudio.engine.stage import Call
from vidstudio.engine.time import format_duration
from vidstudio.engine.types import VideoInfo


@dataclass(frozen=True, slots=True)
class Offer:
    """One service's part of some work. sent, kept, cost: sentences for people; where: the machine that gets it."""

    vendor: Vendor
    sent: str
    where: str
    kept: str
    cost: str

    @property
    def text(self) -> str:
        """All of it, a line each."""
        return "\n".join((f"{self.sent} would be sent to {self.vendor.title} ({self.where}).", self.kept, self.cost))


def offer(vendor: Vendor, calls: Sequence[Call], videos: Sequence[VideoInfo]) -> Offer:
    """The offer for calls of one vendor, each with its video. Raises CloudError for what the service does not take."""
    for call, video in zip(calls, videos, strict=True):
        marengo.check(marengo.model_named(str(call.params["model"])), video)
    minutes = sum(video.duration_us for video in videos) / 60e6
    files = ", ".join(
        f"{Path(video.path).name} ({size_text(video.size_bytes)}, {format_duration(video.duration_us)})"
        for video in videos
    )
    return Offer(
        vendor,
        f"{'The whole file' if len(videos) == 1 else 'The whole files'} {files}, with sound but without the name,",
        vendor.host,
        "There it stays until its embeddings are here; then it is deleted. The embeddings go after seven days.",
        f"{vendor.title} charges your account by the minute of video: {minutes:.1f} minutes here,"
        f" about ${minutes * marengo.DOLLARS_A_MINUTE:.2f} at ${marengo.DOLLARS_A_MINUTE} a minute"
        " (a price seen in 2026; yours may differ).",
    )
