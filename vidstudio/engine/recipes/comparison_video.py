"""A video of a comparison: which call writes it, and what must be right before hours of work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from vidstudio.engine.errors import UsageError
from vidstudio.engine.exports.files import check_target, is_one_of, real_path
from vidstudio.engine.exports.video_plan import VideoLayout
from vidstudio.engine.stage import Call
from vidstudio.engine.stages.comparison_video import VideoSound
from vidstudio.engine.types import Comparison

RECIPE = "comparison_video"
ENDINGS = (".mp4", ".mov", ".m4v", ".mkv")


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """What a person asks for; see `VideoParams`."""

    path: Path
    layout: VideoLayout = "side"
    sound: VideoSound = "b"
    line: float | None = None
    gain: float = 4.0
    width: int = 1920


def check_request(request: VideoRequest, sources: tuple[Path, Path]) -> None:
    """Raise UsageError (EnvironmentProblem for a folder without rights) for what cannot be written."""
    path = request.path
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"A video cannot be written to {path}.", f"Give a name that ends in {', '.join(ENDINGS)}.")
    check_target(path)
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no ordinary file.", "Give the name of a file to write.")
    if is_one_of(path, sources):
        raise UsageError(f"{path} is one of the two videos.", "Give another name.")
    if request.line is not None and not 0 <= request.line <= 1:
        raise UsageError(f"A wipe at {request.line} makes no sense.", "Give 0 (all B) to 1 (all A).")
    if not 0 < request.gain <= 100:
        raise UsageError(f"A gain of {request.gain} makes no sense.", "Give more than 0 and at most 100.")
    if not 160 <= request.width <= 7680:
        raise UsageError(f"A width of {request.width} makes no sense.", "Give 160 to 7680 pixels.")


def plan_video(request: VideoRequest, compared: Call, comparison: Comparison) -> Call:
    """The call that writes the video of what the call `compared` gives, along the edit list of `comparison`."""
    params = asdict(request) | {"path": str(real_path(request.path)), "edits": msgspec.to_builtins(comparison.edits)}
    return Call("comparison_video", compared.inputs, params, None, (compared,))
