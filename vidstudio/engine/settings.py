"""What the user prefers. Frozen; a change is a new value that the store keeps. Keys are never in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vidstudio.engine.types import Metric

Theme = Literal["system", "dark", "light"]
TimeDisplay = Literal["timecode", "frames", "seconds"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The user's preferences with their defaults.

    embedder: "basic" (no weights) or the name or folder of a transformers image model.
    threshold: distance in `metric` over which a segment counts as different.
    models_folder: where weights are kept; empty means the studio's own folder.
    results_limit_bytes: room for results, beyond what projects need; the oldest go first. 0: no limit.
    """

    theme: Theme = "dark"
    time_display: TimeDisplay = "timecode"
    embedder: str = "basic"
    metric: Metric = "cosine"
    threshold: float = 0.1
    segment_us: int = 2_000_000
    models_folder: str = ""
    reduce_motion: bool = False
    results_limit_bytes: int = 20_000_000_000
