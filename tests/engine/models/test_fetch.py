"""Fetching from a stand-in hub that speaks the hub's own wire format to the real client."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from vidstudio.engine.models.fetch import WeightsOffer, fetch

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = bytes(range(256)) * 20_000
FILES = {
    "config.json": b'{"model_type": "dinov2"}',
    "preprocessor_config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"a pickle",
    "modeling.py": b"code",
}


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str]]
    damaged = False

    def log_message(self, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.asked.append((self.command, path))
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
            headers = {"ETag": f'"{digest(data)}"', "X-Repo-Commit": COMMIT}
            self._send(b"x" + data[1:] if self.damaged else data, headers, body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, data: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(data)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def hub() -> Iterator[tuple[str, type[Hub]]]:
    handler = type("ThisHub", (Hub,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


def run(endpoint: str, folder: Path, code: str) -> str:
    """Run `code` in a Python of its own, because the hub's client reads its endpoint when it is imported."""
    start = """
        from pathlib import Path
        from vidstudio.engine.errors import EngineError
        from vidstudio.engine.models.fetch import ask, fetch
        folder = Path(FOLDER)
    """.replace("FOLDER", repr(str(folder)))
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "HF_HOME": str(folder / "hf")}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        environment.pop(name, None)
        environment.pop(name.lower(), None)
    program = textwrap.dedent(start) + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_weights_arrive_checked_with_progress_and_nothing_else_does(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    code = """
        offer = ask("tiny/dinov2")
        print(offer.licence, offer.size_bytes)
        told = []
        print(fetch(offer, folder, agreed=True, progress=lambda done, total: told.append((done, total))).name)
        assert told == sorted(told) and told[-1] == (offer.size_bytes, offer.size_bytes), told
        fetch(offer, folder, agreed=True)
    """
    lines = run(hub[0], tmp_path, code).splitlines()
    wanted = {name: data for name, data in FILES.items() if name.endswith((".json", ".safetensors"))}
    assert lines == [f"apache-2.0 {sum(map(len, wanted.values()))}", "tiny--dinov2"]
    folder = tmp_path / "tiny--dinov2"
    assert {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()} == wanted
    assert len([path for command, path in hub[1].asked if command == "GET" and "safetensors" in path]) == 1


def test_damaged_weights_are_removed(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    hub[1].damaged = True
    code = """
        try:
            fetch(ask("tiny/dinov2"), folder, agreed=True)
        except EngineError as error:
            print(error.message)
    """
    assert "arrived damaged" in run(hub[0], tmp_path, code)
    assert not (tmp_path / "tiny--dinov2" / "model.safetensors").exists()


def test_an_unknown_model_and_a_dead_connection_are_said(hub: tuple[str, type[Hub]], tmp_path: Path) -> None:
    code = """
        try:
            ask("nobody/nothing")
        except EngineError as error:
            print(type(error).__name__, error.message)
    """
    assert "ModelUnavailable nobody/nothing could not be fetched" in run(hub[0], tmp_path, code)
    assert "ModelUnavailable nobody/nothing could not be fetched" in run("http://127.0.0.1:9", tmp_path, code)


def test_nothing_is_fetched_unless_the_person_agreed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="agreed"):
        fetch(WeightsOffer("a/b", COMMIT, "", ()), tmp_path, agreed=False)
