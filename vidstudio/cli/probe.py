"""`vidstudio probe`: what a file's own streams say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.table import Table

from vidstudio.cli.common import EXIT_CODES, OK, Terminal, error_json, exit_code, words
from vidstudio.engine.errors import EngineError
from vidstudio.engine.media.probe import probe
from vidstudio.engine.time import US, format_timecode
from vidstudio.engine.types import AudioInfo, VideoInfo


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "probe",
        help="say what is in video files",
        description="Say what is in video files, as their own streams have it.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="video file")
    parser.add_argument("--json", action="store_true", help="for machines: an object, or a list for several files")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Probe each file; a bad one is said and the rest goes on. Gives the worst exit code."""
    worst = OK
    answers: list[dict[str, Any]] = []
    for path in arguments.files:
        try:
            info = probe(path)
        except EngineError as error:
            terminal.complain(error)
            worst = max(worst, exit_code(error))
            answers.append({"path": str(path), "error": error_json(error)})
        else:
            answers.append(video_json(info))
            terminal.say(_table(info))
    if terminal.json:
        terminal.give(answers[0] if len(answers) == 1 else answers)
    return worst


def video_json(info: VideoInfo) -> dict[str, Any]:
    """All facts as plain values; fractions are exact as `"n/d"`, `frame_rate` also as a number."""
    return {
        "path": info.path,
        "content_id": info.content_id,
        "size_bytes": info.size_bytes,
        "container": info.container,
        "duration_us": info.duration_us,
        "frames": info.frames,
        "frame_rate": float(info.frame_rate),
        "frame_rate_exact": f"{info.frame_rate.numerator}/{info.frame_rate.denominator}",
        "variable_rate": info.variable_rate,
        "start_us": info.start_us,
        "time_base": f"{info.time_base.numerator}/{info.time_base.denominator}",
        "width": info.width,
        "height": info.height,
        "rotation": info.rotation,
        "pixel_aspect": f"{info.pixel_aspect.numerator}/{info.pixel_aspect.denominator}",
        "display_size": list(info.display_size),
        "interlaced": info.interlaced,
        "codec": info.codec,
        "pixel_format": info.pixel_format,
        "bit_depth": info.bit_depth,
        "color": {
            "primaries": info.color_primaries,
            "transfer": info.color_transfer,
            "matrix": info.color_matrix,
            "range": info.color_range,
        },
        "video_streams": info.video_streams,
        "audio": [_audio_json(audio) for audio in info.audio],
        "subtitle_streams": info.subtitle_streams,
        "notes": list(info.notes),
    }


def _audio_json(audio: AudioInfo) -> dict[str, Any]:
    return {
        "index": audio.index,
        "codec": audio.codec,
        "sample_rate": audio.sample_rate,
        "channels": audio.channels,
        "layout": audio.layout,
        "language": audio.language,
        "duration_us": audio.duration_us,
    }


def facts(info: VideoInfo) -> list[tuple[str, str]]:
    """The facts a person asks for first, as pairs of name and value."""
    rate = f"{float(info.frame_rate):.6g} frames a second"
    length = f"{info.duration_us / US:.3f} s"
    if not info.variable_rate:  # where frames are not of one length, a count of them is no time
        length = f"{format_timecode(info.duration_us, info.frame_rate)} ({length})"
    picture = f"{info.width} × {info.height}"
    if info.display_size != (info.width, info.height):
        picture += f", shown {info.display_size[0]} × {info.display_size[1]}"
    if info.rotation:
        picture += f", rotated {info.rotation}°"
    rows = [
        ("length", f"{length}, {info.frames} frames"),
        ("picture", picture + (", interlaced" if info.interlaced else "")),
        ("rate", rate + (", variable" if info.variable_rate else "")),
        ("codec", f"{info.codec}, {info.pixel_format}, {info.bit_depth} bit, {info.container}"),
        ("colour", f"{info.color_primaries} / {info.color_transfer} / {info.color_matrix}, {info.color_range}"),
    ]
    for audio in info.audio:
        language = f", {audio.language}" if audio.language else ""
        rows.append(("sound", f"{audio.codec}, {audio.sample_rate} Hz, {audio.layout}{language}"))
    rows += [("note", text) for text in info.notes]
    rows.append(("content id", info.content_id))
    return rows


def _table(info: VideoInfo) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0), title_justify="left")
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("file", words(info.path))
    for name, value in facts(info):
        table.add_row(name, words(value))
    table.add_row("", "")
    return table
