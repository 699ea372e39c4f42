"""Opens a file and picks its video; says in plain words why it cannot be done."""

from __future__ import annotations

import errno
import stat
from fractions import Fraction
from pathlib import Path

import av
import psutil
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from vidstudio.engine.errors import UnreadableMedia, of_the_machine

MAX_SIDE = 16384
MAX_PIXELS = MAX_SIDE * MAX_SIDE
LONGEST_FRAME_S = 3600
"""A picture that stays for longer is a damaged clock, not a film."""

# the largest picture that the levels of the common codecs know; of larger ones a file must have some bytes to show
_ORDINARY = 8192 * 4352
_PIXELS_A_BYTE = 1024
# what reading a picture takes: a few that the decoder holds, with room for the fattest formats
_MEMORY_A_PIXEL = 12
_ALWAYS = 4096 * 2304
_DISK_ERRORS = {errno.EIO, errno.ENXIO, errno.ENODEV, errno.ETIMEDOUT, getattr(errno, "ESTALE", errno.EIO)}

_NOT_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
# FFmpeg "plays" text as a terminal, and opens playlists that lead to other files
_TEXT_CODECS = {"ansi", "bintext", "xbin", "idf"}
_PLAYLISTS = {"hls", "concat", "dash", "sdp", "rtsp", "tty", "bin", "xbin", "adf", "idf", "ffmetadata", "imf"}


def open_media(path: Path) -> InputContainer:
    """Open a media file for reading; close it when done.

    Raises UnreadableMedia when there is no such file, it is empty, a folder, not readable or not media.
    """
    _check_file(path)
    # FFmpeg decodes a little by itself to know what is in a file
    options = {"protocol_whitelist": "file,crypto,data", "max_pixels": str(_most_pixels(path))}
    try:
        # "file:" so that a name with a colon or a leading dash stays a name
        container = av.open(f"file:{path.absolute()}", metadata_errors="replace", options=options)
    except av.error.PermissionError as error:
        raise _no_rights(path) from error
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        raise UnreadableMedia(path, *_not_media(path)) from error
    except (av.FFmpegError, ValueError) as error:
        if problem := of_the_machine(error):
            raise problem from error
        if getattr(error, "errno", None) in _DISK_ERRORS:
            raise UnreadableMedia(path, f"{path.name} cannot be read ({_reason(error)}).", "Check the disk.") from error
        raise UnreadableMedia(path, *_not_media(path)) from error
    if set(container.format.name.split(",")) & _PLAYLISTS:
        container.close()
        raise UnreadableMedia(path, f"{path.name} is a text or playlist, not a video.", "Give a video file.")
    return container


def _check_file(path: Path) -> None:
    name = path.name or str(path)
    try:
        status = path.stat()
    except PermissionError as error:
        raise _no_rights(path) from error
    except (OSError, ValueError) as error:
        raise UnreadableMedia(path, f"There is no file {name}.", "Check the name and the folder.") from error
    if stat.S_ISDIR(status.st_mode):
        raise UnreadableMedia(path, f"{name} is a folder.", "Give a video file.")
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableMedia(path, f"{name} is no ordinary file.", "Give a video file.")
    if status.st_size == 0:
        raise UnreadableMedia(path, f"{name} is empty (0 bytes).", "Was it copied completely?")
    try:
        with path.open("rb"):
            pass
    except PermissionError as error:
        raise _no_rights(path) from error
    except OSError as error:
        raise UnreadableMedia(path, f"{name} cannot be read ({error.strerror}).", "Check the disk.") from error


def _no_rights(path: Path) -> UnreadableMedia:
    return UnreadableMedia(path, f"{path.name} may not be read.", "Check the rights of the file and its folder.")


def _not_media(path: Path) -> tuple[str, str]:
    with path.open("rb") as file:
        head = file.read(4096)
    if head[4:8] in (b"ftyp", b"mdat", b"wide", b"free", b"moov"):
        return f"{path.name} is cut off: its table of contents is missing or damaged.", "Get a complete copy of it."
    return f"{path.name} is no video that can be read.", "Its contents are not those of a media file, or damaged."


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def pick_video(container: InputContainer, path: Path) -> VideoStream:
    """The stream that is the film: never a cover picture; the default one, else the largest.

    Raises UnreadableMedia when there is none, when nothing here can decode it, or its pictures are too large.
    """
    films = film_streams(container)
    if not films:
        what = "only sound" if container.streams.audio else "no picture and no sound"
        raise UnreadableMedia(path, f"{path.name} has no picture ({what}).", "Give a file with video in it.")
    usable = [s for s in films if s.codec_context is not None and s.codec_context.is_decoder]
    if not usable:
        raise UnreadableMedia(path, f"{path.name} holds a kind of video that cannot be decoded.", "Convert it first.")
    stream = max(usable, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height, -s.index))
    if stream.codec_context.name in _TEXT_CODECS:
        raise UnreadableMedia(path, f"{path.name} is text, not a video.", "Give a video file.")
    if is_still(container):
        raise UnreadableMedia(path, f"{path.name} is a still picture, not a video.", "Give a video file.")
    check_size(path, stream.width, stream.height)
    stream.codec_context.options = {"max_pixels": str(_most_pixels(path))}
    # each thread of its own picture would hold one
    stream.thread_type = "AUTO" if stream.width * stream.height <= _ORDINARY else "SLICE"
    return stream


def film_streams(container: InputContainer) -> list[VideoStream]:
    """Video streams that are no cover pictures."""
    return [s for s in container.streams.video if not s.disposition & _NOT_FILM]


def is_still(container: InputContainer) -> bool:
    """Whether the file is one picture of a picture format."""
    name: str = container.format.name
    return name == "image2" or name.endswith("_pipe")


def check_size(path: Path, width: int, height: int) -> None:
    """Raise UnreadableMedia for a picture larger than anything real, or than the file or this machine can hold."""
    pixels, claim = width * height, f"{path.name} claims pictures of {width}×{height}"
    if width > MAX_SIDE or height > MAX_SIDE or pixels > MAX_PIXELS:
        raise UnreadableMedia(path, f"{claim}, which is too large.", "The file may be damaged.")
    if pixels > _believed(path):
        raise UnreadableMedia(path, f"{claim}, which so small a file cannot hold.", "The file may be damaged.")
    if pixels > _bearable():
        hint = "Close other programs, or make a smaller copy of it."
        raise UnreadableMedia(path, f"{claim}; there is too little memory for these.", hint)


def _most_pixels(path: Path) -> int:
    return min(_believed(path), _bearable())


def _believed(path: Path) -> int:
    """Pixels of the largest picture that is believed of a file: whoever claims a wall of screens has bytes for it."""
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return max(_ORDINARY, min(MAX_PIXELS, size * _PIXELS_A_BYTE))


def _bearable() -> int:
    """Pixels of the largest picture that half of the memory that is free now is enough for."""
    return max(_ALWAYS, int(psutil.virtual_memory().available) // 2 // _MEMORY_A_PIXEL)


def stream_rate(stream: VideoStream) -> Fraction:
    """Frames a second as the file says, or 25 when it does not; at least one in `LONGEST_FRAME_S`, at most 1000."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate and 1 / Fraction(LONGEST_FRAME_S) <= rate <= 1000:
            return Fraction(rate)
    return Fraction(25)
