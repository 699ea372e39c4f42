"""The Marengo models of TwelveLabs: their names, and what they take. Known without their SDK and the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidstudio.engine.clouds.vendors import TWELVELABS
from vidstudio.engine.errors import CloudError, UsageError
from vidstudio.engine.sizes import size_text
from vidstudio.engine.time import US, format_duration
from vidstudio.engine.types import VideoInfo

VENDOR = TWELVELABS
PREFIX = f"{VENDOR.name}:"
DOLLARS_A_MINUTE = 0.042
"""Second-hand, for a rough idea before something is sent; the person is told so."""

SHORTEST_SEGMENT_S, LONGEST_SEGMENT_S = 2, 10
_SHORTEST_US, _LONGEST_US = 4 * US, 4 * 3600 * US
_MOST_BYTES = 6 * 10**9
_LEAST_SIDE, _MOST_LONG, _MOST_SHORT = 360, 5184, 2160
_WIDEST = 2.4


@dataclass(frozen=True, slots=True)
class MarengoModel:
    """One model. `name` is ours (`twelvelabs:marengo3.5`), `model` is TwelveLabs's.

    nested: it takes its segmentation inside an object of its own, and says how long its vectors are.
    """

    name: str
    model: str
    title: str
    about: str
    nested: bool


MODELS: tuple[MarengoModel, ...] = (
    MarengoModel(
        f"{PREFIX}marengo3.5", "marengo3.5", "TwelveLabs Marengo 3.5", "judges meaning; sends whole files", nested=True
    ),
    MarengoModel(
        f"{PREFIX}marengo3.0", "marengo3.0", "TwelveLabs Marengo 3.0", "judges meaning; sends whole files", nested=False
    ),
)


def is_marengo(embedder: str) -> bool:
    """Whether an embedder's name means a model of TwelveLabs (known or not)."""
    return embedder.startswith(PREFIX)


def model_named(name: str) -> MarengoModel:
    """The model of this name. Raises UsageError."""
    for model in MODELS:
        if model.name == name:
            return model
    known = ", ".join(model.name for model in MODELS)
    raise UsageError(f"TwelveLabs has no model “{name.removeprefix(PREFIX)}” that is known here.", f"Use {known}.")


def segment_seconds(segment_us: int) -> int:
    """A segment's length in the whole seconds that the service wants. Raises UsageError."""
    seconds, rest = divmod(segment_us, US)
    if rest or not SHORTEST_SEGMENT_S <= seconds <= LONGEST_SEGMENT_S:
        raise UsageError(
            f"Marengo does not make segments of {segment_us / US:g} s.",
            f"Choose {SHORTEST_SEGMENT_S} to {LONGEST_SEGMENT_S} whole seconds.",
        )
    return seconds


def check(model: MarengoModel, video: VideoInfo) -> None:
    """Raises CloudError(kind="bad_input") for a video that the service would refuse: said before anything is sent."""
    width, height = video.display_size
    name = Path(video.path).name or "The video"
    long, short = max(width, height), min(width, height)
    if not _SHORTEST_US <= video.duration_us <= _LONGEST_US:
        raise _refused(
            f"{name} is {format_duration(video.duration_us)} long; {model.title} takes 4 seconds to 4 hours.",
            "Cut it into parts" if video.duration_us > _LONGEST_US else "Take a longer piece",
        )
    if video.size_bytes > _MOST_BYTES:
        raise _refused(
            f"{name} has {size_text(video.size_bytes)}; {model.title} takes up to {size_text(_MOST_BYTES)}.",
            "Encode it smaller",
        )
    if short < _LEAST_SIDE:
        raise _refused(
            f"{name} is {width}×{height}; {model.title} needs at least {_LEAST_SIDE}×{_LEAST_SIDE}.",
            "Use a larger version of it",
        )
    if long > _MOST_LONG or short > _MOST_SHORT:
        raise _refused(
            f"{name} is {width}×{height}; {model.title} takes up to {_MOST_LONG}×{_MOST_SHORT}.", "Encode it smaller"
        )
    if long > _WIDEST * short:
        raise _refused(f"{name} is {width}×{height}; {model.title} takes shapes from 1:1 to {_WIDEST}:1.", "Crop it")


def _refused(message: str, what: str) -> CloudError:
    return CloudError("bad_input", message, f"{what}, or use an embedder on this computer. Nothing was sent.")
