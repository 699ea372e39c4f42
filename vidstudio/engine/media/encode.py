"""Writes videos: complete, or not at all."""

from __future__ import annotations

import contextlib
import errno
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import numpy as np
from av.audio.stream import AudioStream
from av.frame import Frame
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vidstudio.engine.errors import EngineError, EnvironmentProblem, UsageError
from vidstudio.engine.paths import is_folder

_AUDIO_BLOCK = 1024
_ENVIRONMENT = {
    errno.ENOSPC: ("The disk is full", "Make room, or write to another disk."),
    errno.EDQUOT: ("Your share of the disk is full", "Make room, or write to another disk."),
    errno.EFBIG: ("The file grew larger than this disk allows", "Write to another disk."),
    errno.EACCES: ("There are no rights to write there", "Choose another folder."),
    errno.EPERM: ("There are no rights to write there", "Choose another folder."),
    errno.EROFS: ("That disk is read-only", "Choose another folder."),
    errno.ENOENT: ("There is no such folder", "Make it first, or choose another."),
    errno.ENOTDIR: ("There is no such folder", "Make it first, or choose another."),
    errno.EIO: ("The disk failed", "Check the disk, or write to another one."),
}


class VideoWriter:
    """Encodes pictures and sound into a new file, which appears under its name only when it is complete.

    size: (width, height), even numbers for most codecs. The container follows the name's ending.
    `quality` crf/preset are the encoder's own; those it does not know are left out. Raises
    EnvironmentProblem when the disk is full or cannot be written, UsageError for an impossible request.
    """

    def __init__(
        self,
        path: Path,
        *,
        size: tuple[int, int],
        rate: Fraction,
        codec: str = "libx264",
        crf: int = 20,
        preset: str = "veryfast",
        audio_rate: int | None = None,
    ) -> None:
        self._path = path
        self._part = path.with_name(f".{path.stem}.vidstudio-part{path.suffix}")
        self._size = size
        self._rate = rate
        self._frames = 0
        self._samples = 0
        self._kept = np.zeros((0, 2), np.float32)
        self._audio: AudioStream | None = None
        self._reformatter = VideoReformatter()
        if not is_folder(path.parent):
            raise EnvironmentProblem(f"There is no folder {path.parent}.", "Make it first, or choose another.")
        try:
            self._container = av.open(f"file:{self._part.absolute()}", "w", container_options=_options(path))
            self._video = self._add_video(codec, crf, preset)
            if audio_rate is not None:
                self._audio = self._add_audio(audio_rate)
        except (av.FFmpegError, OSError) as error:
            raise self._problem(error) from error
        except ValueError as error:
            raise UsageError(
                f"{path.name} cannot be written like this ({error}).", "Choose .mp4, .mov or .mkv."
            ) from error

    def _add_video(self, codec: str, crf: int, preset: str) -> VideoStream:
        stream: VideoStream = self._container.add_stream(codec, rate=self._rate)
        stream.width, stream.height = self._size
        even = self._size[0] % 2 == 0 and self._size[1] % 2 == 0
        stream.pix_fmt = "yuv420p" if even else "yuv444p"
        stream.codec_context.time_base = 1 / self._rate
        stream.codec_context.thread_type = "AUTO"
        stream.codec_context.colorspace = stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
        stream.codec_context.color_range = 1
        known = {o.name for o in stream.codec_context.supported_options.private}
        asked = {"crf": str(crf), "preset": preset, "x265-params": "log-level=error", "cpu-used": "4", "row-mt": "1"}
        stream.options = {name: value for name, value in asked.items() if name in known}
        if codec.startswith("libvpx"):
            stream.options |= {"b": "0"}  # constant quality: without it crf only caps the default rate
        return stream

    def _add_audio(self, rate: int) -> AudioStream:
        codec = "libopus" if self._path.suffix == ".webm" else "aac"
        return self._container.add_stream(codec, rate=rate, layout="stereo")

    def write(self, rgb: NDArray[np.uint8]) -> None:
        """The next picture, uint8 (h, w, 3); scaled when it is of another size. Raises EnvironmentProblem."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        width, height = self._size
        out = self._reformatter.reformat(
            frame, width, height, self._video.pix_fmt, dst_colorspace=Colorspace.ITU709, dst_color_range=1
        )
        out.pts, out.time_base = self._frames, 1 / self._rate
        self._frames += 1
        self._mux(self._video, out)

    def write_audio(self, samples: NDArray[np.float32]) -> None:
        """The next sound, float32 (N, 2) in -1..1 at `audio_rate`. Raises EnvironmentProblem."""
        if self._audio is None:
            raise UsageError("This video was begun without sound.", "Give audio_rate.")
        self._kept = np.concatenate([self._kept, samples.astype(np.float32, copy=False)])
        block = self._audio.codec_context.frame_size or _AUDIO_BLOCK
        while len(self._kept) >= block:
            self._write_sound(self._kept[:block])
            self._kept = self._kept[block:]

    def _write_sound(self, samples: NDArray[np.float32]) -> None:
        assert self._audio is not None
        planes = np.ascontiguousarray(np.clip(samples, -1, 1).T)
        name = self._audio.codec_context.format.name
        sound = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
        sound.sample_rate = self._audio.codec_context.sample_rate
        sound.pts, sound.time_base = self._samples, Fraction(1, sound.sample_rate)
        self._samples += samples.shape[0]
        frames = [sound] if name == "fltp" else av.AudioResampler(format=name, layout="stereo").resample(sound)
        for frame in frames:
            self._mux(self._audio, frame)

    def _mux(self, stream: VideoStream | AudioStream, frame: Frame | None) -> None:
        try:
            self._container.mux(stream.encode(frame))
        except (av.FFmpegError, OSError) as error:
            raise self._problem(error) from error

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def close(self) -> None:
        """Finish the file and give it its name. Raises EnvironmentProblem; then nothing is left behind."""
        if self._audio is not None and len(self._kept):
            self._write_sound(self._kept)
        if self._frames == 0:
            self.abandon()
            raise UsageError(f"{self._path.name} would hold no pictures.", "Write at least one.")
        try:
            self._mux(self._video, None)
            if self._audio is not None:
                self._mux(self._audio, None)
            self._container.close()
            self._part.replace(self._path)
        except (av.FFmpegError, OSError) as error:
            raise self._problem(error) from error

    def abandon(self) -> None:
        """Stop and remove what was written."""
        container = getattr(self, "_container", None)
        if container is not None:
            with contextlib.suppress(av.FFmpegError, OSError):
                container.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def _problem(self, error: Exception) -> EngineError:
        self.abandon()
        number = getattr(error, "errno", None) or 0
        if number in _ENVIRONMENT:
            what, hint = _ENVIRONMENT[number]
            return EnvironmentProblem(f"{what}: {self._path.name} was not written.", hint)
        reason = getattr(error, "strerror", None) or error
        return UsageError(f"{self._path.name} cannot be written like this ({reason}).", "Choose another format.")


def _options(path: Path) -> dict[str, str]:
    return {"movflags": "+faststart"} if path.suffix in {".mp4", ".mov", ".m4v"} else {}
