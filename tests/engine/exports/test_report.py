"""The report stands alone: no network, no scripts, nothing of a file's name taken for markup."""

from __future__ import annotations

import base64
import datetime
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import comparisons
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidstudio.engine.exports.chart import LEFT, RIGHT, WIDTH, chart
from vidstudio.engine.exports.contents import data_uri
from vidstudio.engine.exports.report import report_html, write_report
from vidstudio.engine.types import FrameTimes, Transform, VideoInfo

VOID = {"meta", "img", "br", "link", "input"}


class Page(HTMLParser):
    """Elements with their attributes, the text, and whether tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def grey(info: VideoInfo, times: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
    return np.full((36, 64, 3), 120 if info.path.endswith("old cut.mp4") else 200, np.uint8)


def nothing(info: VideoInfo, times: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
    return None


def test_nothing_comes_from_elsewhere_and_nothing_runs() -> None:
    page = Page(report_html(comparisons.comparison(), "cosine", 0.1, grey))
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "srcset", "data", "action"}:
                assert value is not None
                assert value.startswith(("data:image/jpeg;base64,", "#")), (tag, value[:40])
    assert "url(http" not in "".join(page.words)
    assert "@import" not in "".join(page.words)


def test_names_are_text_not_markup(tmp_path: Path) -> None:
    name = """<img src=x onerror=alert(1)>"'&.mp4"""
    made = comparisons.comparison(a_name=name)
    path = tmp_path / "r.html"
    write_report(made, path, "cosine", 0.1, nothing)
    text = path.read_text("utf-8")
    assert "<img src=x" not in text
    page = Page(text)
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert name in "".join(page.words)


def test_every_edit_has_its_row_with_times_pictures_and_places() -> None:
    page = Page(report_html(comparisons.comparison(), "cosine", 0.1, grey))
    rows = [attributes for tag, attributes in page.tags if tag == "article"]
    assert [str(row["class"]).split()[-1] for row in rows] == [
        f"k-{edit.kind}" for edit in comparisons.comparison().edits
    ]
    # 8 edits, 5 of them with both sides, and where the one that was changed in places differs
    assert sum(tag == "img" for tag, _ in page.tags) == 14
    assert sum(tag == "span" and a.get("class") == "box" for tag, a in page.tags) == 2
    words = " ".join(page.words)
    for expected in ("00:00:04:00 – 00:00:06:10", "Different: 2 changed, 2 inserted", "not in B", "basic-1", "24.5 dB"):
        assert expected in words
    boxes = [str(a["style"]) for tag, a in page.tags if a.get("class") == "box"]
    assert boxes[0] == "left:3.12%;top:83.33%;width:62.50%;height:11.11%"


def test_it_can_be_read_without_seeing_it() -> None:
    page = Page(report_html(comparisons.comparison(), "cosine", 0.1, grey))
    headings = [tag for tag, _ in page.tags if tag in {"h1", "h2", "h3", "h4"}]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert headings.count("h3") == 8
    assert all(attributes.get("alt") for tag, attributes in page.tags if tag == "img")
    assert all(attributes.get("scope") for tag, attributes in page.tags if tag == "th")
    (chart_image,) = (a for tag, a in page.tags if tag == "svg" and a.get("role") == "img")
    assert chart_image["aria-label"]
    (created,) = (a["datetime"] for tag, a in page.tags if tag == "time")
    datetime.datetime.fromisoformat(str(created))


def test_sides_show_the_same_moment_where_they_are_matched() -> None:
    asked: list[tuple[str, int]] = []

    def look(info: VideoInfo, times: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
        asked.append((Path(info.path).name[:3], times.frame_at(time_us)))
        return None

    made = comparisons.comparison()
    shifted = made.frame_map.copy()
    shifted[160:260] -= 2
    report_html(replace(made, frame_map=shifted), "cosine", 0.1, look)
    assert asked[3:5] == [("old", 148), ("new", 210)]
    assert asked[2] == ("new", 130)


def test_what_to_keep_in_mind_is_said() -> None:
    made = comparisons.comparison()
    doubtful = replace(made.edits[1], confidence=0.2)
    crop = replace(made.edits[2], change=("geometry",))
    odd = replace(made, aligned=False, edits=(made.edits[0], doubtful, crop), b=replace(made.b, variable_rate=True))
    words = " ".join(Page(report_html(odd, "cosine", 0.1, nothing)).words)
    for expected in ("not sure of edit 2", "at equal times", "another shape", "not evenly spaced", "libavcodec"):
        assert expected in words
    assert "not sure" not in " ".join(Page(report_html(made, "cosine", 0.1, nothing)).words)


def test_where_nothing_was_aligned_what_is_left_over_is_surplus_and_not_said_to_be_missing() -> None:
    words = " ".join(Page(report_html(comparisons.surplus(), "cosine", 0.1, grey)).words)
    for expected in ("Different: 1 changed, 1 surplus", "A has ended", "Surplus is what the longer one goes on with"):
        assert expected in words
    for wrong in ("not in A", "No counterpart", "Confidence"):
        assert wrong not in words
    _, _, body = words.partition("Different: 1 changed")  # past the styles
    assert "inserted" not in body.replace("an inserted or a removed shot", "")


def test_grade_framing_and_doubt_are_said() -> None:
    made = comparisons.comparison()
    place = Transform(a=0.8, b=0, c=64, d=0, e=0.8, f=36, scale=1.25, rotation=0.0, mirrored=False)
    edit = replace(made.edits[2], change=("colour", "geometry"), transform=place, confidence=0.3)
    words = " ".join(Page(report_html(replace(made, edits=(edit,)), "cosine", 0.1, nothing)).words)
    for expected in ("gamma 1.23", "warmer", "scale 1.250, cropped 10% on every side", "30%", "look for yourself"):
        assert expected in words


def test_pictures_come_back_from_their_addresses() -> None:
    uri = data_uri(np.full((36, 64, 3), (200, 40, 40), np.uint8))
    kind, _, data = uri.partition(",")
    assert kind == "data:image/jpeg;base64"
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))
    assert picture.shape == (36, 64, 3)
    assert np.abs(picture.astype(int) - (200, 40, 40)).max() < 12


def test_a_report_without_files_still_says_all(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    write_report(comparisons.unchanged(), path, "euclidean", 0.3)  # /clips/a.mp4 is nowhere
    text = path.read_text("utf-8")
    assert "No differences" in text
    assert "<img" not in text


def test_both_schemes_print_and_shapes_are_there() -> None:
    text = report_html(comparisons.comparison(), "cosine", 0.1, nothing)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    for kind in ("same", "changed", "inserted", "removed", "moved", "retimed"):
        assert f'id="s-{kind}"' in text
        assert re.search(f'href="#s-{kind}"', text)


def test_chart_lies_on_one_scale() -> None:
    shapes = chart(comparisons.comparison(), "cosine", 0.1)
    scale = (WIDTH - LEFT - RIGHT) / 520  # B is the longer one, 520 frames
    assert [(b.number, b.kind) for b in shapes.lane_b] == [
        (1, "same"),
        (2, "inserted"),
        (3, "changed"),
        (5, "moved"),
        (6, "changed"),
        (7, "retimed"),
        (8, "inserted"),
    ]
    inserted = shapes.lane_b[1]
    assert abs(inserted.x - (LEFT + 100 * scale)) < 0.02
    assert abs(inserted.width - 60 * scale) < 0.03
    assert [b.kind for b in shapes.lane_a] == ["same", "changed", "removed", "moved", "changed", "retimed"]
    assert len(shapes.new) == 1
    # only the last segment, 0.5, is over 0.1
    assert shapes.over.count("M") == 1
