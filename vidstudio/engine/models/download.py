"""One file over HTTP, going on where an earlier try stopped. (The hub's own client throws away what it had.)"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx

_TRIES = 8
"""In a row without a single new byte."""
_WAIT_S = 0.5
_SILENCE_S = 3.0
"""Of the server, before it is asked anew for the rest; also how long a cancel may have to wait."""
_RETRIED = {408, 425, 429, 500, 502, 503, 504}


def download(url: str, headers: Mapping[str, str], target: Path, part: Path, tell: Callable[[int], None]) -> None:
    """Fetch `url` into `part`, and make it `target` when it is whole.

    What `part` holds already is not fetched again where the server can go on in the middle. tell: told the
    bytes there are, often; what it raises ends the fetch and leaves `part` to be gone on with.
    Raises httpx.HTTPError (no connection, a refusal), OSError (the disk).
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    tries, before = 0, -1
    with httpx.Client(follow_redirects=True, timeout=_SILENCE_S, headers=dict(headers)) as client:
        while True:
            there = part.stat().st_size if part.is_file() else 0
            tries = 0 if there > before else tries + 1
            before = max(there, before)
            tell(there)
            try:
                _go_on(client, url, part, there, tell)
                break
            except httpx.TransportError:
                if tries >= _TRIES:
                    raise
            except httpx.HTTPStatusError as error:
                if error.response.status_code not in _RETRIED or tries >= _TRIES:
                    raise
            time.sleep(_WAIT_S)
    target.parent.mkdir(parents=True, exist_ok=True)
    part.replace(target)


def _go_on(client: httpx.Client, url: str, part: Path, there: int, tell: Callable[[int], None]) -> None:
    # as it is stored, so that the bytes can be counted
    asked = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    with client.stream("GET", url, headers=asked) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            if response.headers.get("Content-Range") == f"bytes */{there}":
                return  # it was whole already
            part.unlink()
            raise httpx.ReadError("what was there belongs to another file", request=response.request)
        response.raise_for_status()
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            there = 0
        with part.open("r+b" if there else "wb") as file:
            file.seek(there)
            for piece in response.iter_raw():
                file.write(piece)
                there += len(piece)
                tell(there)
