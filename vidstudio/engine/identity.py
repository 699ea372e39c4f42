"""Who a file is: by what its bytes say, never by its path or its date."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from vidstudio.engine.errors import UnreadableMedia

FileState = tuple[int, int, int]

_WHOLE_UP_TO = 256 * 1024 * 1024
_BLOCK = 64 * 1024
_STEP = 1024 * 1024
_MOST_BLOCKS = 8192


def file_state(path: Path) -> FileState:
    """Size, date and number of a file, to know whether it is still the same; all -1 where there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return -1, -1, -1
    return status.st_size, status.st_mtime_ns, status.st_ino


def content_id(path: Path) -> str:
    """Content id of a file: 32 hex digits.

    Files up to 256 MiB are hashed whole. Of longer ones the size and a block of 64 KiB in every MiB are
    hashed, or 8192 blocks spread evenly over a file of more than 8 GiB, so that it takes a second or two for
    any length. Two long files of equal size that differ only between the blocks have the same id: a change
    of at least a MiB (or 1/8192 of the file) is always seen, which is less than a shot.
    Remembered for the same unchanged file. Raises UnreadableMedia when the file cannot be read.
    """
    return _content_id(path, file_state(path))


@lru_cache(maxsize=32)
def _content_id(path: Path, _: FileState) -> str:
    try:
        size = path.stat().st_size
        digest = hashlib.blake2b(size.to_bytes(8, "little"), digest_size=16)
        with path.open("rb") as file:
            if size <= _WHOLE_UP_TO:
                while block := file.read(1024 * 1024):
                    digest.update(block)
            else:
                blocks = min(_MOST_BLOCKS, size // _STEP + 1)
                for number in range(blocks):
                    file.seek((size - _BLOCK) * number // (blocks - 1))
                    digest.update(file.read(_BLOCK))
    except FileNotFoundError as error:
        raise UnreadableMedia(path, f"There is no file {path.name}.", "Check the name and the folder.") from error
    except IsADirectoryError as error:
        raise UnreadableMedia(path, f"{path.name} is a folder.", "Give a video file.") from error
    except OSError as error:
        raise UnreadableMedia(path, f"{path.name} cannot be read ({error.strerror}).", "Check its rights.") from error
    return digest.hexdigest()
