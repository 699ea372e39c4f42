"""A project as one file: a zip of `manifest.json` and `results/<key>`. Files from strangers are read with care."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import msgspec

from vidstudio.engine import codec
from vidstudio.engine.errors import EngineError, UnreadableMedia, UsageError
from vidstudio.engine.ignore.rules import Ignore
from vidstudio.engine.paths import is_file, is_there
from vidstudio.engine.store.calls import unpack
from vidstudio.engine.store.db import disk_problem
from vidstudio.engine.store.results import ResultStore, SealedResult
from vidstudio.engine.types import VideoInfo

VERSION = 1

_FORMAT = "vidstudio-project"
_MANIFEST = "manifest.json"
_MIB = 1024 * 1024
_LARGEST_MANIFEST = 64 * _MIB
_LARGEST_RESULT = 2048 * _MIB
_LARGEST = 8192 * _MIB
_MOST_RESULTS = 100_000
_KEY = re.compile(r"[0-9a-f]{64}")
_CONTENT_ID = re.compile(r"[0-9A-Za-z_-]{1,128}")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    RuntimeError,  # a member is encrypted, or packed in a way that zipfile cannot read
    ValueError,
    codec.Damaged,
)
"""What zipfile and the manifest raise on damaged, encrypted and foreign files."""

_Time = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_Size = Annotated[int, msgspec.Meta(ge=0, le=_LARGEST_RESULT)]


@dataclass(frozen=True, slots=True)
class MediaEntry:
    """A file the project knows; `in_project` is False for one that only its comparisons name."""

    content_id: str
    path: str
    info: VideoInfo | None
    in_project: bool = True


@dataclass(frozen=True, slots=True)
class ComparisonEntry:
    """A comparison; `call` is the JSON that `calls.pack` writes, `ignore` what a person ignores of it."""

    a: str
    b: str
    call: msgspec.Raw
    created_us: _Time
    ignore: Ignore = field(default_factory=Ignore)


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """A sealed result in the file."""

    key: str
    stage: str
    call: str
    size_bytes: _Size
    digest: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a project file holds. `reference`: content id of the file that the others are versions of, or ""."""

    name: str
    created_us: _Time
    view: dict[str, Any]
    media: list[MediaEntry]
    comparisons: list[ComparisonEntry]
    results: list[ResultEntry] = field(default_factory=list)
    reference: str = ""
    format: str = _FORMAT
    version: int = VERSION
    local_only: bool = False


@dataclass(frozen=True, slots=True)
class _Kind:
    """As much of a manifest as every version has."""

    format: str
    version: int


class ProjectFile:
    """An open project file whose manifest was checked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.manifest = _checked(archive)

    def results_into(self, results: ResultStore) -> None:
        """Seal its results, except those that are here already."""
        for entry in self.manifest.results:
            if not results.has(entry.key):
                results.write(entry.key, entry.stage, self._parts(entry), entry.call)

    def _parts(self, entry: ResultEntry) -> Iterator[bytes]:
        size, digest = 0, hashlib.blake2b(digest_size=16)
        with self._archive.open(f"results/{entry.key}") as stream:
            # never more than was announced, whatever the zip's own sizes say
            while block := stream.read(min(_MIB, entry.size_bytes + 1 - size)):
                size += len(block)
                digest.update(block)
                yield block
        if size != entry.size_bytes or digest.hexdigest() != entry.digest:
            raise ValueError(f"result {entry.key} is not what the manifest says")


def write_project_file(file: Path, manifest: Manifest, results: ResultStore, keys: Sequence[str]) -> None:
    """Write a project file with the results of `keys` that are sealed and whole.

    Raises UsageError when `file` is a folder or a device, EnvironmentProblem when it cannot be written.
    """
    if not file.name or (is_there(file) and not is_file(file)):
        raise UsageError(f"{file} is no ordinary file.", "Give the name of a file to write.")
    unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    entries: list[ResultEntry] = []
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            for key in keys:
                about, data = results.describe(key), results.load(key)
                if about is not None and data is not None and len(data) <= _LARGEST_RESULT:
                    archive.writestr(f"results/{key}", data)
                    entries.append(_entry(about))
            archive.writestr(_MANIFEST, codec.to_json(replace(manifest, results=entries)))
        unfinished.replace(file)
    except OSError as error:
        raise disk_problem(file, error) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def project_file(file: Path) -> Iterator[ProjectFile]:
    """Open a project file.

    Raises UnreadableMedia when it is none or is damaged, EngineError when it is of a newer VidStudio.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            yield ProjectFile(archive)
    except OSError as error:
        raise disk_problem(file, error) from error
    except _BROKEN as error:
        message = f"{file.name} is not a VidStudio project, or is damaged."
        raise UnreadableMedia(file, message, "Choose a file that VidStudio exported.") from error


def _entry(about: SealedResult) -> ResultEntry:
    return ResultEntry(about.key, about.stage, about.call, about.size_bytes, about.digest)


def _checked(archive: zipfile.ZipFile) -> Manifest:
    """The manifest, after everything in it that is used unseen later was looked at."""
    if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
        raise ValueError("the manifest is too large")
    with archive.open(_MANIFEST) as stream:
        data = stream.read(_LARGEST_MANIFEST + 1)
    kind = codec.from_json(data, _Kind)
    if kind.format != _FORMAT or kind.version < 1:
        raise ValueError("another format")
    if kind.version > VERSION:
        raise EngineError("This project was exported by a newer VidStudio.", "Update VidStudio, then import it again.")
    manifest = codec.from_json(data, Manifest)
    results = manifest.results
    if len(results) > _MOST_RESULTS or sum(entry.size_bytes for entry in results) > _LARGEST:
        raise EngineError("This project file is too large to be a VidStudio project.", "Check where it comes from.")
    if not all(_KEY.fullmatch(entry.key) for entry in results):
        raise ValueError("a result has no proper key")
    for comparison in manifest.comparisons:
        unpack(bytes(comparison.call))
    for media in manifest.media:
        info = media.info
        proper = info is None or (info.content_id == media.content_id and 0 <= info.size_bytes < 2**62)
        if not proper or not _CONTENT_ID.fullmatch(media.content_id) or "\0" in media.path:
            raise ValueError("media without a proper content id")
    return manifest
