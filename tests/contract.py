"""A strict reader of what `compare` promises: says what in a JSON document breaks the contract.

It knows the promise only, nothing of the program: no import from `vidstudio`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

KINDS = ("same", "changed", "inserted", "removed", "moved", "retimed")
CHANGES = ("picture", "local", "colour", "geometry", "audio")
SIDE = {"path": str, "duration_us": int, "width": int, "height": int, "frame_rate": float, "frames": int}


def strict_json(text: str) -> Any:
    """JSON as the standard has it: no NaN, no Infinity, no name twice. Raises ValueError."""

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError(f"a name twice in {[name for name, _ in pairs]}")
        return result

    return json.loads(text, parse_constant=refuse, object_pairs_hook=once)


def breaches(document: Any) -> list[str]:
    """Everything in a document that breaks the contract; empty when it holds."""
    if not isinstance(document, dict):
        return [f"a {type(document).__name__} is no document"]
    shape = list(_shape(document))
    # what is below counts on the shape
    return shape or [*_edits(document), *_segments(document), *_map(document)]


def _is(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _shape(document: dict[str, Any]) -> Iterator[str]:
    for side in "ab":
        value = document.get(side)
        if not isinstance(value, dict):
            yield f"{side} is no object"
            continue
        for name, kind in SIDE.items():
            if not _is(value.get(name), kind):
                yield f"{side}.{name} is {value.get(name)!r}"
            elif kind is not str and value[name] <= 0:
                yield f"{side}.{name} is {value[name]}"
    if document.get("metric") not in ("cosine", "euclidean"):
        yield f"metric is {document.get('metric')!r}"
    if not _is(document.get("threshold"), float):
        yield f"threshold is {document.get('threshold')!r}"
    if not _is(document.get("segment_us"), int) or document["segment_us"] <= 0:
        yield f"segment_us is {document.get('segment_us')!r}"
    embedder = document.get("embedder")
    if not (
        isinstance(embedder, dict)
        and _is(embedder.get("name"), str)
        and _is(embedder.get("dimension"), int)
        and embedder["dimension"] > 0
    ):
        yield f"embedder is {embedder!r}"
    for name in ("edits", "segments", "frame_map"):
        if not isinstance(document.get(name), list):
            yield f"{name} is no list"
    for number, edit in enumerate(document.get("edits") or ()):
        yield from (f"edits[{number}] {what}" for what in _edit(edit))
    for number, segment in enumerate(document.get("segments") or ()):
        wrong = not isinstance(segment, dict) or not {"a", "b", "distance"} <= segment.keys()
        if wrong or not (_is_span(segment["a"]) and _is_span(segment["b"]) and _is_score(segment["distance"], 2)):
            yield f"segments[{number}] is {segment!r}"
    if not all(_is(number, int) for number in document.get("frame_map") or ()):
        yield "frame_map does not hold whole numbers only"


def _edit(edit: Any) -> Iterator[str]:
    if not isinstance(edit, dict):
        yield f"is {edit!r}"
        return
    if missing := {"kind", "a", "b", "change", "boxes", "distance", "psnr", "ssim"} - edit.keys():
        yield f"lacks {sorted(missing)}"
        return
    if edit["kind"] not in KINDS:
        yield f"is of kind {edit['kind']!r}"
    for side in "ab":
        if not _is_span(edit[side]):
            yield f"has {side} {edit[side]!r}"
    if (edit["a"] is None) != (edit["kind"] == "inserted") or (edit["b"] is None) != (edit["kind"] == "removed"):
        yield f"is {edit['kind']} with a {edit['a']} and b {edit['b']}"
    change = edit["change"]
    if not isinstance(change, list) or len(set(change)) != len(change) or not set(change) <= set(CHANGES):
        yield f"has change {change!r}"
    elif (edit["kind"] in ("same", "inserted", "removed") and change) or (edit["kind"] == "changed" and not change):
        yield f"is {edit['kind']} with change {change!r}"
    if not (isinstance(edit["boxes"], list) and all(_is_box(box) for box in edit["boxes"])):
        yield f"has boxes {edit['boxes']!r}"
    if not (_is_score(edit["distance"], 2) and _is_score(edit["ssim"], 1.000001) and _is_score(edit["psnr"], 1000)):
        yield f"has scores {edit['distance']!r}, {edit['psnr']!r}, {edit['ssim']!r}"


def _is_span(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and len(value) == 2 and all(_is(v, int) for v in value) and 0 <= value[0] < value[1]


def _is_box(value: Any) -> bool:
    fits = isinstance(value, list) and len(value) == 4 and all(_is(v, int) for v in value)
    return fits and min(value[:2]) >= 0 and min(value[2:]) > 0


def _is_score(value: Any, most: float) -> bool:
    return value is None or (_is(value, float) and -1.000001 <= value <= most)


def _tiles(spans: list[list[int]], length: int, what: str) -> Iterator[str]:
    at = 0
    for start, end in spans:
        if start != at:
            yield f"{what} go from {at} on at {start}"
        at = end
    if at != length:
        yield f"{what} end at {at}, not {length}"


def _edits(document: dict[str, Any]) -> Iterator[str]:
    edits = document["edits"]
    a, b = document["a"], document["b"]
    yield from _tiles([e["b"] for e in edits if e["b"]], b["duration_us"], "edits in b")
    for number, edit in enumerate(edits):
        if edit["a"] and edit["a"][1] > a["duration_us"]:
            yield f"edits[{number}] ends in a at {edit['a'][1]}, behind its end"
        for x, y, w, h in edit["boxes"]:
            if x + w > b["width"] or y + h > b["height"]:
                yield f"edits[{number}] has a box {[x, y, w, h]} outside {b['width']}x{b['height']}"
    yield from _removed(edits)
    covered = sorted(e["a"] for e in edits if e["a"])
    at, frame = 0, 2.2 * max(1e6 / a["frame_rate"], 1e6 / b["frame_rate"])
    for start, end in covered:
        if start - at > frame:
            yield f"nothing is said of a from {at} to {start}"
        at = max(at, end)
    if a["duration_us"] - at > frame:
        yield f"nothing is said of a from {at} to its end"


def _removed(edits: list[dict[str, Any]]) -> Iterator[str]:
    """A removed row stands behind what came before it in A, or before what came after it."""
    for number, edit in enumerate(edits):
        if edit["kind"] != "removed":
            continue
        before = next((e["a"] for e in reversed(edits[:number]) if e["a"] and e["kind"] != "moved"), [0, 0])
        after = next((e["a"] for e in edits[number + 1 :] if e["a"] and e["kind"] != "moved"), None)
        near = 300_000
        if abs(before[1] - edit["a"][0]) <= near or (after and abs(after[0] - edit["a"][1]) <= near):
            continue
        # what moved away leaves a hole of its own beside it
        sides = [e["a"] for e in edits if e["a"] and e["kind"] == "moved"]
        if not any(abs(s[1] - edit["a"][0]) <= near or abs(s[0] - edit["a"][1]) <= near for s in sides):
            yield f"edits[{number}] was removed from {edit['a']} but stands between {before} and {after}"


def _segments(document: dict[str, Any]) -> Iterator[str]:
    segments = document["segments"]
    yield from _tiles([s["b"] for s in segments if s["b"]], document["b"]["duration_us"], "segments in b")
    for number, segment in enumerate(segments):
        if segment["a"] and segment["a"][1] > document["a"]["duration_us"]:
            yield f"segments[{number}] ends in a at {segment['a'][1]}, behind its end"
        if segment["distance"] is not None and not (segment["a"] and segment["b"]):
            yield f"segments[{number}] has a distance to nothing"
        if not (segment["a"] or segment["b"]):
            yield f"segments[{number}] is of nothing"


def _map(document: dict[str, Any]) -> Iterator[str]:
    numbers, frames = document["frame_map"], document["b"]["frames"]
    if len(numbers) != frames:
        yield f"frame_map has {len(numbers)} numbers for {frames} frames"
    if numbers and not (min(numbers) >= -1 and max(numbers) < document["a"]["frames"]):
        yield f"frame_map goes from {min(numbers)} to {max(numbers)} of {document['a']['frames']}"
    # what is inserted shows nothing of A; what is the same shows some of it (times of frames: constant rate only)
    step = document["b"]["duration_us"] / max(1, frames)
    for number, edit in enumerate(document["edits"]):
        if edit["b"] is None:
            continue
        first, after = round(edit["b"][0] / step), round(edit["b"][1] / step)
        inner = numbers[first + 2 : after - 2]
        if edit["kind"] == "inserted" and any(n >= 0 for n in inner):
            yield f"edits[{number}] is inserted, and frame_map names frames of a in it"
        if edit["kind"] == "same" and inner and max(inner) < 0:
            yield f"edits[{number}] is the same, and frame_map names no frame of a in it"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "base", "form"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            named = name in ("src", "href", "srcset", "action", "poster", "data", "xlink:href", "background")
            if (named and not (value or "").startswith(("data:", "#"))) or name.startswith("on"):
                self.found.append(f"{name}={value}")
            if name == "style" and "url(" in (value or "") and "url(data:" not in (value or ""):
                self.found.append(f"style={value}")


def outside_links(html: str) -> list[str]:
    """What in an HTML page would be fetched or run; empty for a page that needs nothing else."""
    parser = _Links()
    parser.feed(html)
    parser.close()
    return parser.found + [word for word in ("@import", "url(http", "url(//", "url('http", 'url("http') if word in html]
