"""The options of `vidstudio compare` that write a video of the comparison, and the writing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from vidstudio.cli.common import Terminal
from vidstudio.cli.studio import Studio, run_call
from vidstudio.engine.errors import UsageError
from vidstudio.engine.exports.video_plan import LAYOUTS
from vidstudio.engine.recipes.comparison_video import RECIPE, VideoRequest, check_request, plan_video
from vidstudio.engine.stage import Call
from vidstudio.engine.types import Comparison


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    usual = VideoRequest(Path())
    group = parser.add_argument_group("comparison video")
    group.add_argument("--video", metavar="F.mp4", help="both versions as one video, with time codes burnt in")
    group.add_argument("--video-layout", choices=LAYOUTS, help=f"how they are shown (usually {usual.layout})")
    group.add_argument("--video-sound", choices=("a", "b", "none"), help=f"what is heard (usually {usual.sound})")
    group.add_argument(
        "--video-line", type=float, metavar="X", help="where the wipe stays, 0 to 1; without it the wipe moves"
    )
    group.add_argument(
        "--video-gain", type=float, metavar="X", help=f"how much a difference is magnified (usually {usual.gain:g})"
    )
    group.add_argument(
        "--video-width", type=int, metavar="PIXELS", help=f"how wide the video may be (usually {usual.width})"
    )


def asked(arguments: argparse.Namespace, files: list[Path]) -> VideoRequest | None:
    """The video that is asked for, if any. Raises UsageError (EnvironmentProblem for a folder without rights)."""
    named = {name: getattr(arguments, f"video_{name}") for name in ("layout", "sound", "line", "gain", "width")}
    given: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    if arguments.video is None:
        if given:
            raise UsageError(f"--video-{next(iter(given))} needs --video.", "Write --video FILE.mp4.")
        return None
    if "line" in given and given.get("layout") != "wipe":
        raise UsageError("--video-line is for a wipe.", "Write --video-layout wipe.")
    if "gain" in given and given.get("layout") != "difference":
        raise UsageError("--video-gain is for a difference.", "Write --video-layout difference.")
    request = VideoRequest(Path(arguments.video), **given)
    check_request(request, (files[0], files[1]))
    return request


def write(studio: Studio, terminal: Terminal, request: VideoRequest, compared: Call, comparison: Comparison) -> None:
    """Write it as a job of the queue, whether or not it was written before. Raises EngineError, Cancelled."""
    call = plan_video(request, compared, comparison)
    studio.runner.forget(call)
    run_call(studio, terminal, RECIPE, f"Write {request.path.name}", call, "cpu")
