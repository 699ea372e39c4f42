"""Who a file is: by what its bytes say, never by its path or its date."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vidstudio.engine.errors import UnreadableMedia

_WHOLE_UP_TO = 32 * 1024 * 1024
_BLOCK = 256 * 1024
_BLOCKS = 64


def content_id(path: Path) -> str:
    """Content id of a file: 32 hex digits.

    Files up to 32 MiB are hashed whole; of longer ones the size and 64 blocks spread evenly over
    the file, first and last among them, so that it takes milliseconds for any length.
    Raises UnreadableMedia when the file cannot be read.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.blake2b(size.to_bytes(8, "little"), digest_size=16)
        with path.open("rb") as file:
            if size <= _WHOLE_UP_TO:
                while block := file.read(1024 * 1024):
                    digest.update(block)
            else:
                for number in range(_BLOCKS):
                    file.seek((size - _BLOCK) * number // (_BLOCKS - 1))
                    digest.update(file.read(_BLOCK))
    except FileNotFoundError as error:
        raise UnreadableMedia(path, f"There is no file {path.name}.", "Check the name and the folder.") from error
    except IsADirectoryError as error:
        raise UnreadableMedia(path, f"{path.name} is a folder.", "Give a video file.") from error
    except OSError as error:
        raise UnreadableMedia(path, f"{path.name} cannot be read ({error.strerror}).", "Check its rights.") from error
    return digest.hexdigest()
