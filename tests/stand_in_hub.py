"""A stand-in hub that speaks the hub's own wire format to the real client."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from loopback import serving

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_HEADER = json.dumps({"w": {"dtype": "U8", "shape": [5_120_000], "data_offsets": [0, 5_120_000]}}).encode()
WEIGHTS = len(_HEADER).to_bytes(8, "little") + _HEADER + bytes(range(256)) * 20_000
FILES = {
    "config.json": b'{"model_type": "dinov2"}',
    "preprocessor_config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"a pickle",
    "modeling.py": b"code",
}
TAKEN = {name: data for name, data in FILES.items() if name.endswith((".json", ".safetensors"))}
"""What is fetched of it."""


class Hub(BaseHTTPRequestHandler):
    """Has `tiny/dinov2`. asked: (method, path, Range). damaged: the weights come with a wrong byte.

    break_after: a connection ends there when it began before it. pause_s: before each 64 kB of them.
    """

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str, str]]
    damaged = False
    break_after = 0
    pause_s = 0.0

    def log_message(self, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.asked.append((self.command, path, self.headers.get("Range", "")))
        if path == "/api/models/tiny/dinov2":
            siblings = [
                {"rfilename": name, "size": len(data)}
                | ({"lfs": {"sha256": digest(data), "size": len(data), "pointerSize": 1}} if len(data) > 1000 else {})
                for name, data in FILES.items()
            ]
            info = {"id": "tiny/dinov2", "sha": COMMIT, "siblings": siblings, "cardData": {"license": "apache-2.0"}}
            self._send(json.dumps(info).encode(), {"Content-Type": "application/json"}, body)
        elif path.startswith(f"/tiny/dinov2/resolve/{COMMIT}/"):
            data = FILES[path.rsplit("/", 1)[1]]
            headers = {"ETag": f'"{digest(data)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
            self._send(b"x" + data[1:] if self.damaged else data, headers, body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, data: bytes, headers: dict[str, str], body: bool) -> None:
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        for name, value in {**headers, "Content-Length": str(len(data) - start)}.items():
            self.send_header(name, value)
        self.end_headers()
        if not body:
            return
        end = self.break_after if len(data) > 1000 and start < self.break_after else len(data)
        for at in range(start, end, 65536):
            time.sleep(self.pause_s)
            try:
                self.wfile.write(data[at : min(at + 65536, end)])
            except OSError:  # the client has gone
                break
        self.close_connection = end < len(data)


def digest(data: bytes) -> str:
    """sha256 in hex."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def serve_hub() -> Iterator[tuple[str, type[Hub]]]:
    """Its address, and its class, whose attributes say how it behaves."""
    handler = type("ThisHub", (Hub,), {"asked": []})
    with serving(handler) as address:
        yield address, handler


def hub_environment(endpoint: str, folder: Path) -> dict[str, str]:
    """The environment of a process that is to use this hub; its client reads it when it is imported."""
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "HF_HOME": str(folder / "hf")}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        environment.pop(name, None)
        environment.pop(name.lower(), None)
    return environment
