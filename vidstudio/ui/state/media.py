"""The files of a project as the window shows them, and how they get in."""

from __future__ import annotations

import os
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QCoreApplication, QMimeData, QUrl
from PySide6.QtGui import QImage

from vidstudio.engine.errors import ChangedMedia, MissingMedia
from vidstudio.engine.paths import is_folder, is_text, is_there, readable
from vidstudio.engine.runner import Runner
from vidstudio.engine.settings import Settings
from vidstudio.engine.stage import Call
from vidstudio.engine.store.jobs import Lane
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import format_duration
from vidstudio.engine.types import FrameTimes, VideoInfo

Status = Literal["reading", "ready", "missing", "changed", "failed"]
"""changed: another file is where this one was."""

ABSENT: tuple[Status, ...] = ("missing", "changed")

VIDEO_ENDINGS = frozenset(
    f".{name}"
    for name in (
        *("mp4", "mov", "m4v", "mkv", "webm", "avi", "mpg", "mpeg", "m2ts", "mts", "ts"),
        *("mxf", "wmv", "flv", "ogv", "3gp", "vob", "gif", "y4m"),
        *("3g2", "asf", "dav", "dif", "divx", "dv", "f4v", "gxf", "ismv", "m1v", "m2p", "m2t", "m2v", "mj2", "mk3d"),
        *("mp4v", "mpe", "mpv", "nsv", "nut", "ogm", "qt", "r3d", "rm", "rmvb", "tod", "tp", "trp", "wtv", "xmv"),
        *("264", "265", "266", "avc", "av1", "evc", "h261", "h263", "h264", "h265", "h266", "h26l", "hevc", "ivf"),
        *("mjpeg", "mjpg", "obu", "vc1", "vvc"),
    )
)
"""Endings that a folder is searched for. A file that is dropped itself is tried whatever it is called."""

_ENDINGS = 3
"""How many endings of files that were left out are told."""

THUMBNAIL_HEIGHT = 108


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One file of the library. `key` names it in the window even while nothing else is known about it.

    reason: why it cannot be used, for people; empty unless missing, changed or failed.
    """

    key: str
    path: Path
    status: Status
    content_id: str = ""
    info: VideoInfo | None = None
    reason: str = ""
    thumbnail: QImage | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return readable(self.path.name)

    @property
    def facts(self) -> str:
        """Length, size and rate in one line; empty while unknown."""
        if self.info is None:
            return ""
        width, height = self.info.display_size
        return f"{format_duration(self.info.duration_us)} · {width}×{height} · {rate_text(self.info.frame_rate)} fps"


@dataclass(frozen=True, slots=True)
class Read:
    """What reading a file gave."""

    info: VideoInfo
    times: FrameTimes


def absent(error: MissingMedia) -> Status:
    """How a file is not there."""
    return "changed" if isinstance(error, ChangedMedia) else "missing"


def rate_text(rate: Fraction) -> str:
    """A frame rate for people: `25`, `29.97`, `23.976`."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Found:
    """The files that were meant, each once; and how many files of folders were left out, by their endings."""

    videos: list[Path]
    left_out: Counter[str]


def find_videos(paths: Iterable[Path], tick: Callable[..., None]) -> Found:
    """The files meant by paths: files as they are, folders searched through for video endings."""
    found: dict[Path, None] = {}
    left_out: Counter[str] = Counter()
    for path in paths:
        if not is_folder(path):
            found[path.absolute()] = None
            continue
        for folder, folders, names in os.walk(path):
            tick(0, 0)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(name for name in names if not name.startswith(".")):
                ending = Path(name).suffix.lower()
                if ending in VIDEO_ENDINGS:
                    found[(Path(folder) / name).absolute()] = None
                else:
                    left_out[ending] += 1
    return Found(list(found), left_out)


def left_out_text(left_out: Counter[str]) -> str:
    """Says which files of folders were left out, and what to do when one of them is a video."""
    many = QCoreApplication.translate("Library", "{0} files are not named like videos and were left out ({1}).")
    one = QCoreApplication.translate("Library", "One file is not named like a video and was left out ({1}).")
    bare = QCoreApplication.translate("Library", "no ending")
    endings = [readable(ending) or bare for ending, _ in left_out.most_common()]
    words = ", ".join(endings[:_ENDINGS] + ["…"] * (len(endings) > _ENDINGS))
    hint = QCoreApplication.translate("Library", "Drop such a file itself to try it.")
    return f"{(one if left_out.total() == 1 else many).format(left_out.total(), words)} {hint}"


def paths_in(mime: QMimeData | None) -> list[Path]:
    """Local files and folders in what was dropped or copied: file links, or paths written as text."""
    if mime is None:
        return []
    if mime.hasUrls():
        return [_local_path(url) for url in mime.urls() if url.isLocalFile()]
    if not mime.hasText():
        return []
    lines = [line.strip().strip("\"'") for line in mime.text().splitlines()[:200]]
    paths = [Path(line.removeprefix("file://")).expanduser() for line in lines if line and len(line) < 4096]
    return [path for path in paths if path.is_absolute() and is_there(path)]


def file_url(path: Path) -> QUrl:
    """The link to a file that `paths_in` reads, also where its name is no text."""
    if is_text(str(path)):
        return QUrl.fromLocalFile(str(path))
    return QUrl.fromEncoded(b"file://" + urllib.parse.quote_from_bytes(os.fsencode(path)).encode())


def _local_path(url: QUrl) -> Path:
    path = url.toLocalFile()
    if "\ufffd" not in path or os.name == "nt":
        return Path(path)
    # Qt knows names that are text only; the link has the bytes
    encoded = bytes(url.toEncoded(QUrl.ComponentFormattingOption.FullyEncoded).data())
    return Path(os.fsdecode(urllib.parse.unquote_to_bytes(encoded.removeprefix(b"file://"))))


def read(store: Store, runner: Runner, path: Path, tick: Callable[..., None]) -> Read:
    """Open a file, remember it, and index its frames. In a worker. Raises UnreadableMedia and other EngineErrors."""
    from vidstudio.engine.recipes.compare import prepare

    info, times = prepare(store, runner, path, lambda progress: tick(progress.done, progress.total, progress.note))
    return Read(info, times)


def thumbnail(path: Path, times: FrameTimes) -> QImage:
    """A small picture that stands for the video. In a worker. Raises UnreadableMedia."""
    from vidstudio.engine.media.thumbnails import cover

    picture = cover(path, times, height=THUMBNAIL_HEIGHT)
    height, width = picture.shape[:2]
    return QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def comparison_call(store: Store, settings: Settings, a: Read, b: Read) -> Call:
    """The call that compares two files as the user prefers it. In a worker."""
    from vidstudio.engine.recipes.compare import CompareRequest, embedder_revision, plan

    revision = embedder_revision(settings.embedder, store)
    request = CompareRequest(
        a.info.content_id, b.info.content_id, settings.embedder, settings.segment_us, revision=revision
    )
    return plan(request, a.info, a.times, b.info, b.times)


def lane_for(settings: Settings) -> Lane:
    """Where a comparison runs. In a worker."""
    from vidstudio.engine.recipes.compare import lane_of

    return lane_of(settings.embedder)
