"""A stand-in TwelveLabs on loopback that speaks its wire format to the real SDK, and is strict about it.

Whatever the SDK must not say (another path, a missing field, an unknown one, a wrong type, a chunk of a wrong length,
the key at the storage's address) is answered with 400 and written down in `complaints`; tests assert that it is empty.
The storage that presigned addresses point to is a second path of the same server.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
from loopback import serving

KEY = "tlk_STANDIN0123456789abcdef"
CHUNK = 64 * 1024
DIMENSION = 512


@dataclass
class Behaviour:
    """How it behaves, and what it saw.

    fail: (method, path pattern) -> statuses that the next requests get instead of an answer. `drop`: these are carried
    out, and then the connection is cut before the answer. slow_s: before each answer. looks: how often a task or an
    asset is looked at before it is ready. vectors: what a clip of a file means, by (number, name of the file).
    """

    fail: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    drop: dict[tuple[str, str], int] = field(default_factory=dict)
    cut_chunks: int = 0
    slow_s: float = 0.0
    looks: int = 1
    asset_error: str = ""
    task_error: str = ""
    longest_s: float = 4 * 3600
    duration_s: float = 8.0
    retry_after: str = "0"
    codes: dict[int, str] = field(default_factory=dict)
    says_names: bool = True
    complaints: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    tasks_of: Counter[str] = field(default_factory=Counter)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    chunks_put: list[int] = field(default_factory=list)
    seeds: dict[tuple[str, int], int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, method: str, pattern: str) -> int:
        """How many requests came."""
        return sum(1 for m, path in self.asked if m == method and re.fullmatch(pattern, path))


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def vector(name: str, number: int, dimension: int = DIMENSION) -> list[float]:
    """What the stand-in says of clip `number` of the file whose bytes have this sha256; never of unit length."""
    seed = int(hashlib.sha256(f"{name}/{number}".encode()).hexdigest()[:8], 16)
    return [float(x) for x in 3 * np.random.default_rng(seed).normal(size=dimension)]


class TwelveLabs(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    state: Behaviour

    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    # the frame of a request

    def _serve(self, method: str) -> None:
        path, _, query = self.path.partition("?")
        state = self.state
        with state.lock:
            state.asked.append((method, path))
        if path.startswith("/storage/") and method == "PUT":
            self._put_chunk(path)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(state.slow_s)
        try:
            answer = self._answer(method, path, dict(p.split("=", 1) for p in query.split("&") if p), body)
        except Refused as refused:
            if refused.status == 400 and refused.code == "parameter_invalid":
                state.complaints.append(f"{method} {path}: {refused.message}")
            answer = {"code": refused.code, "message": refused.message}
            self._send(refused.status, answer, {"Retry-After": state.retry_after} if refused.status == 429 else {})
            return
        if self._due(state.drop, method, path):
            self.close_connection = True
            self.connection.close()
            return
        self._send(200 if answer is not None else 204, answer)

    def _due(self, table: dict[tuple[str, str], int], method: str, path: str) -> bool:
        with self.state.lock:
            for (m, pattern), left in table.items():
                if m == method and left and re.fullmatch(pattern, path):
                    table[(m, pattern)] = left - 1
                    return True
        return False

    def _send(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if answer is None else json.dumps(answer).encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:  # the client has gone
            self.close_connection = True

    def _answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> Any:
        state = self.state
        if self.headers.get("x-api-key") != KEY:
            key = self.headers.get("x-api-key")
            raise Refused(401, "api_key_invalid", f"API Key {key} is either invalid or expired.")
        with state.lock:
            for (m, pattern), statuses in state.fail.items():
                if m == method and statuses and re.fullmatch(pattern, path):
                    status = statuses.pop(0)
                    raise Refused(status, state.codes.get(status, "some_code"), f"Told to answer {status}.")
        for m, pattern, do in (
            ("GET", r"/v1\.3/assets", self._list_assets),
            ("POST", r"/v1\.3/assets/multipart-uploads", self._begin_upload),
            ("GET", r"/v1\.3/assets/multipart-uploads/(\w+)", self._upload_state),
            ("POST", r"/v1\.3/assets/multipart-uploads/(\w+)", self._report_chunks),
            ("POST", r"/v1\.3/assets/multipart-uploads/(\w+)/presigned-urls", self._more_urls),
            ("GET", r"/v1\.3/assets/(\w+)", self._asset),
            ("DELETE", r"/v1\.3/assets/(\w+)", self._delete_asset),
            ("POST", r"/v1\.3/embed-v2/tasks", self._begin_task),
            ("GET", r"/v1\.3/embed-v2/tasks", self._list_tasks),
            ("GET", r"/v1\.3/embed-v2/tasks/(\w+)", self._task),
        ):
            if m == method and (match := re.fullmatch(pattern, path)):
                given = self._json(body) if method == "POST" else query
                with state.lock:
                    return do(*match.groups(), given)
        raise Refused(400, "parameter_invalid", "there is no such address")

    def _json(self, body: bytes) -> dict[str, Any]:
        if self.headers.get("Content-Type") != "application/json":
            raise Refused(400, "parameter_invalid", f"Content-Type is {self.headers.get('Content-Type')}")
        given = json.loads(body)
        if not isinstance(given, dict):
            raise Refused(400, "parameter_invalid", "the body is no object")
        return given

    # assets

    def _list_assets(self, query: dict[str, str]) -> Any:
        exactly(query, {"page": str, "page_limit": str})
        return {"data": [], "page_info": {"page": 1, "limit_per_page": int(query["page_limit"]), "total_results": 0}}

    def _begin_upload(self, given: dict[str, Any]) -> Any:
        exactly(given, {"filename": str, "type": str, "total_size": int})
        if given["type"] != "video" or not 0 < given["total_size"] <= 10 * 10**9:
            raise Refused(400, "parameter_invalid", f"type {given['type']}, {given['total_size']} bytes")
        upload, asset = f"upload{len(self.state.uploads)}", f"asset{len(self.state.uploads)}"
        total = -(-given["total_size"] // CHUNK)
        self.state.uploads[upload] = {
            **given, "asset": asset, "total": total, "parts": {}, "done": set(), "status": "active",
        }  # fmt: skip
        return {
            "upload_id": upload, "asset_id": asset, "chunk_size": CHUNK, "total_chunks": total,
            "upload_urls": self._urls(upload, 1, min(total, 3)), "upload_headers": {"x-amz-meta-from": "stand-in"},
            "expires_at": "2030-01-01T00:00:00Z",
        }  # fmt: skip

    def _urls(self, upload: str, start: int, count: int) -> list[dict[str, Any]]:
        host = self.headers["Host"]
        return [
            {
                "chunk_index": index,
                "url": f"http://{host}/storage/{upload}/{index}",
                "expires_at": "2030-01-01T00:00:00Z",
            }
            for index in range(start, start + count)
        ]

    def _upload(self, upload: str) -> dict[str, Any]:
        if upload not in self.state.uploads:
            raise Refused(404, "resource_not_exist", f"Resource with id {upload} does not exist in uploads.")
        return self.state.uploads[upload]

    def _more_urls(self, upload: str, given: dict[str, Any]) -> Any:
        exactly(given, {"start": int, "count": int})
        total = self._upload(upload)["total"]
        start, count = given["start"], given["count"]
        if not (start >= 1 and 1 <= count <= 50 and start + count - 1 <= total):
            raise Refused(400, "parameter_invalid", f"start {start}, count {count} of {total}")
        return {
            "upload_id": upload, "start_index": start, "count": count, "upload_urls": self._urls(upload, start, count),
            "generated_at": "2030-01-01T00:00:00Z", "expires_at": "2030-01-01T01:00:00Z",
        }  # fmt: skip

    def _put_chunk(self, path: str) -> None:
        _, _, upload, number = path.split("/")
        state, index = self.state, int(number)
        wanted = int(self.headers.get("Content-Length") or -1)
        for name, wrong in (
            ("the key was sent to the storage", self.headers.get("x-api-key") is not None),
            ("no Content-Length", wanted < 0),
            ("chunked transfer", self.headers.get("Transfer-Encoding") is not None),
            ("upload_headers are missing", self.headers.get("x-amz-meta-from") != "stand-in"),
        ):
            if wrong:
                state.complaints.append(f"PUT {path}: {name}")
        if state.cut_chunks > 0:
            state.cut_chunks -= 1
            self.rfile.read(wanted // 2)
            self.close_connection = True
            self.connection.close()
            return
        data = self.rfile.read(wanted)
        if len(data) < wanted:  # the client has gone
            self.close_connection = True
            return
        time.sleep(state.slow_s)
        with state.lock:
            about = state.uploads[upload]
            length = min(CHUNK, about["total_size"] - (index - 1) * CHUNK)
            if len(data) != length:
                state.complaints.append(f"PUT {path}: {len(data)} bytes instead of {length}")
            statuses = state.fail.get(("PUT", "storage"), [])
            status = statuses.pop(0) if statuses else 200
            if status == 200:
                about["parts"][index] = data
                state.chunks_put.append(index)
        try:
            self.send_response(status)
            self.send_header("ETag", f'"{hashlib.md5(data).hexdigest()}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        except OSError:
            self.close_connection = True

    def _report_chunks(self, upload: str, given: dict[str, Any]) -> Any:
        exactly(given, {"completed_chunks": list})
        about = self._upload(upload)
        fresh = 0
        for chunk in given["completed_chunks"]:
            exactly(chunk, {"chunk_index": int, "proof": str, "proof_type": str, "chunk_size": int})
            data = about["parts"].get(chunk["chunk_index"])
            right = data is not None and hashlib.md5(data).hexdigest() == chunk["proof"]
            if not right or chunk["proof_type"] != "etag" or chunk["chunk_size"] != len(data or b""):
                raise Refused(400, "parameter_invalid", f"a report that is not true: {chunk}")
            fresh += chunk["chunk_index"] not in about["done"]
            about["done"].add(chunk["chunk_index"])
        answer: dict[str, Any] = {
            "asset_id": about["asset"], "processed_chunks": fresh, "total_completed": len(about["done"]),
            "duplicate_chunks": len(given["completed_chunks"]) - fresh,
        }  # fmt: skip
        if len(about["done"]) == about["total"]:
            about["status"] = "completed"
            whole = b"".join(about["parts"][index] for index in range(1, about["total"] + 1))
            self.state.assets[about["asset"]] = {
                "name": about["filename"], "sha256": hashlib.sha256(whole).hexdigest(), "size": len(whole), "looks": 0,
            }  # fmt: skip
            answer["url"] = f"https://storage.example/{about['asset']}"
        return answer

    def _upload_state(self, upload: str, query: dict[str, str]) -> Any:
        exactly(query, {"page": str, "page_limit": str})
        about = self._upload(upload)
        page, limit = int(query["page"]), int(query["page_limit"])
        if not 1 <= limit <= 50:
            raise Refused(400, "parameter_invalid", f"page_limit {limit}")
        chunks = [
            {"index": index, "status": "completed" if index in about["done"] else "pending"}
            for index in range(1, about["total"] + 1)
        ]
        return {
            "upload_id": upload, "status": about["status"], "total_size": about["total_size"],
            "uploaded_chunks": chunks[(page - 1) * limit : page * limit], "chunks_completed": len(about["done"]),
            "chunks_failed": 0, "chunks_pending": about["total"] - len(about["done"]),
        }  # fmt: skip

    def _asset(self, asset: str, query: dict[str, str]) -> Any:
        exactly(query, {})
        about = self._known_asset(asset)
        about["looks"] += 1
        answer = {"_id": asset, "method": "multipart", "filename": about["name"], "file_type": "video/mp4"}
        if self.state.asset_error:
            return {**answer, "status": "failed", "error": {"message": self.state.asset_error}}
        if about["looks"] <= self.state.looks:
            return {**answer, "status": "processing"}
        return {**answer, "status": "ready", "size": about["size"], "duration": self.state.duration_s}

    def _delete_asset(self, asset: str, query: dict[str, str]) -> Any:
        exactly(query, {})
        self._known_asset(asset)
        del self.state.assets[asset]

    def _known_asset(self, asset: str) -> dict[str, Any]:
        if asset not in self.state.assets:
            raise Refused(404, "resource_not_exist", f"Resource with id {asset} does not exist in assets.")
        return self.state.assets[asset]

    # tasks

    def _begin_task(self, given: dict[str, Any]) -> Any:
        exactly(given, {"input_type": str, "model_name": str, "video": dict})
        video = given["video"]
        exactly(video, {"media_source": dict, "segmentation": dict, "embedding_option": list, "embedding_scope": list})
        exactly(video["media_source"], {"asset_id": str})
        cut = video["segmentation"]
        if given["model_name"] == "marengo3.5":
            exactly(cut, {"temporal": dict})
            cut = cut["temporal"]
        elif given["model_name"] != "marengo3.0":
            raise Refused(400, "parameter_invalid", f"model {given['model_name']}")
        exactly(cut, {"strategy": str, "fixed": dict})
        exactly(cut["fixed"], {"duration_sec": int})
        seconds = cut["fixed"]["duration_sec"]
        right = given["input_type"] == "video" and cut["strategy"] == "fixed" and 2 <= seconds <= 10
        if not right or video["embedding_option"] != ["visual"] or video["embedding_scope"] != ["clip"]:
            raise Refused(400, "parameter_invalid", json.dumps(given))
        asset = self._known_asset(video["media_source"]["asset_id"])
        if asset["looks"] <= self.state.looks:
            raise Refused(400, "asset_not_ready", "The asset is not ready.")
        if self.state.duration_s > self.state.longest_s:
            raise Refused(400, "video_duration_too_long", "The duration of the video is too long.")
        task = f"task{len(self.state.tasks)}"
        self.state.tasks[task] = {
            "model": given["model_name"], "seconds": seconds, "looks": 0, "sha256": asset["sha256"],
            "name": asset["name"], "duration": self.state.duration_s,
        }  # fmt: skip
        self.state.tasks_of[asset["sha256"]] += 1
        answer: dict[str, Any] = {"_id": task, "status": "processing", "data": None}
        if given["model_name"] == "marengo3.5":
            answer["metadata"] = {"embedding_dimension": DIMENSION}
        return answer

    def _list_tasks(self, query: dict[str, str]) -> Any:
        exactly(query, {"page": str, "page_limit": str, "started_at": str})
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ", query["started_at"]):
            raise Refused(400, "parameter_invalid", f"started_at {query['started_at']}")
        rows = [
            {
                "_id": task,
                "model_name": about["model"],
                "status": "processing",
                "created_at": "2030-01-01T00:00:00Z",
                "video_embedding": {
                    "metadata": {"video_clip_length": about["seconds"], "duration": about["duration"]}
                    | ({"input_filename": about["name"]} if self.state.says_names else {})
                },
            }
            for task, about in reversed(self.state.tasks.items())
        ]
        page, limit = int(query["page"]), int(query["page_limit"])
        return {"data": rows[(page - 1) * limit : page * limit], "page_info": {"page": page, "limit_per_page": limit}}

    def _task(self, task: str, query: dict[str, str]) -> Any:
        exactly(query, {})
        if task not in self.state.tasks:
            raise Refused(404, "resource_not_exist", f"Resource with id {task} does not exist in tasks.")
        about = self.state.tasks[task]
        about["looks"] += 1
        answer: dict[str, Any] = {"_id": task, "created_at": "2030-01-01T00:00:00Z", "data": None}
        if self.state.task_error:
            return {**answer, "status": "failed", "error": {"message": self.state.task_error}}
        if about["looks"] <= self.state.looks:
            return {**answer, "status": "processing"}
        return {**answer, "status": "ready", "data": self._data(about), "metadata": self._metadata(about)}

    def _data(self, about: dict[str, Any]) -> list[dict[str, Any]]:
        """A vector of each clip of at least two seconds, in no order, and of the whole file (not asked for)."""
        length, whole = about["seconds"], about["duration"]
        clips = [
            {
                "embedding": vector(about["sha256"], self.state.seeds.get((about["sha256"], number), number)),
                "embedding_option": "visual", "embedding_scope": "clip",
                "start_sec": number * length, "end_sec": min(whole, (number + 1) * length),
            }
            for number in range(int(-(-whole // length)))
            if min(whole, (number + 1) * length) - number * length >= 2
        ]  # fmt: skip
        asset = {
            "embedding": vector(about["sha256"], -1), "embedding_option": "visual", "embedding_scope": "asset",
            "start_sec": 0, "end_sec": whole,
        }  # fmt: skip
        return [asset, *reversed(clips)]

    def _metadata(self, about: dict[str, Any]) -> dict[str, Any]:
        return {
            "input_type": "video", "clip_length": about["seconds"], "embedding_scopes": ["clip"],
            "embedding_options": ["visual"], "duration": about["duration"],
        }  # fmt: skip


def exactly(given: dict[str, Any], fields: dict[str, type]) -> None:
    """All of these fields with these types, and no other."""
    if set(given) != set(fields):
        raise Refused(400, "parameter_invalid", f"fields {sorted(given)} instead of {sorted(fields)}")
    for name, kind in fields.items():
        if type(given[name]) is not kind:
            raise Refused(400, "parameter_invalid", f"{name} is a {type(given[name]).__name__}: {given[name]!r}")


@contextmanager
def serve_twelvelabs() -> Iterator[tuple[str, Behaviour]]:
    """Its address for the SDK, and how it behaves."""
    state = Behaviour()
    handler = type("ThisTwelveLabs", (TwelveLabs,), {"state": state})
    with serving(handler) as address:
        yield f"{address}/v1.3", state
