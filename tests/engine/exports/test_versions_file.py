"""The page of versions: pictures, settings, and what became of moved shots."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from comparisons import span, times, video
from comparisons import unchanged as of_something
from numpy.typing import NDArray

from vidstudio.engine.alignment.edits.versions import matrix, three_way
from vidstudio.engine.exports.versions_file import Chain, Versions, fate_text, versions_html, versions_json
from vidstudio.engine.types import ChangeKind, Comparison, Edit, FrameTimes, VideoInfo

MAP = np.r_[0:40, 80:100, 40:80].astype(np.int32)
"""100 frames; the last 20 were moved forward."""


def compared(a: str, b: str, edits: tuple[Edit, ...], frame_map: NDArray[np.int32]) -> Comparison:
    info_a, info_b = video(a, 100), video(b, 100)
    made = replace(of_something(), a=info_a, b=info_b, a_times=times(info_a), b_times=times(info_b), segments=())
    return replace(made, edits=edits, frame_map=frame_map)


def moved(a: str, b: str, change: tuple[ChangeKind, ...] = ()) -> Comparison:
    edits = (
        Edit("same", span(0, 40), span(0, 40)),
        Edit("moved", span(80, 100), span(40, 60), change),
        Edit("same", span(40, 80), span(60, 100)),
    )
    return compared(a, b, edits, MAP)


def same(a: str, b: str, frame_map: NDArray[np.int32] | None = None) -> Comparison:
    numbers = np.arange(100, dtype=np.int32) if frame_map is None else frame_map
    return compared(a, b, (Edit("same", span(0, 100), span(0, 100)),), numbers)


@pytest.mark.parametrize(
    ("change", "said"), [((), "moved by v1, kept"), (("colour",), "moved and changed by v1, kept")], ids=str
)
def test_a_moved_shot_is_moved_and_not_changed(change: tuple[ChangeKind, ...], said: str) -> None:
    steps = three_way(moved("ref", "v1", change), same("v1", "v2"), moved("ref", "v2", change))
    assert [fate_text(step, "v1", "v2") for step in steps] == ["as in the reference", said, "as in the reference"]


def test_what_the_later_one_moved_is_told_of_that_one() -> None:
    steps = three_way(same("ref", "v1"), moved("v1", "v2"), moved("ref", "v2"))
    assert [fate_text(step, "v1", "v2") for step in steps][1] == "moved by v2"
    # v2 moves what v1 had moved to its very start, and grades it
    further = np.r_[40:60, 0:40, 60:100].astype(np.int32)
    edits = (
        Edit("moved", span(40, 60), span(0, 20), ("colour",)),
        Edit("same", span(0, 40), span(20, 60)),
        Edit("same", span(60, 100), span(60, 100)),
    )
    steps = three_way(moved("ref", "v1"), compared("v1", "v2", edits, further), compared("ref", "v2", (), MAP[further]))
    assert "moved by v1, moved and changed by v2" in [fate_text(step, "v1", "v2") for step in steps]
    assert {(step.how_before, step.how_after) for step in steps} >= {("moved", "moved and changed")}


def test_the_page_has_pictures_and_says_how_it_was_found_out() -> None:
    asked: list[tuple[str, int]] = []

    def picture(info: VideoInfo, known: FrameTimes, time_us: int) -> NDArray[np.uint8] | None:
        asked.append((info.path.rsplit("/", 1)[-1], known.frame_at(time_us)))
        return np.full((36, 64, 3), 90, np.uint8)

    one = moved("ref", "v1")
    found = Versions(
        one.a,
        (one.b,),
        matrix([one]),
        (Chain(0, 0, tuple(three_way(one, same("v1", "v1"), one))),),
        (one.a_times, one.b_times),
        (("Embedder", "basic-1"), ("Ignored", "grade & sound")),
    )
    text = versions_html(found, picture)
    # three stretches of the reference, and what differs from it
    assert asked == [("ref", 20), ("ref", 60), ("ref", 90), ("v1", 50)]
    assert text.count('<img src="data:image/jpeg;base64,') == 4
    assert all(re.findall(r'<img src="[^"]+" alt="([^"]+)"', text))
    assert "basic-1" in text
    assert "grade &amp; sound" in text
    assert "moved by v1, kept" in text
    steps = versions_json(found)["three_way"][0]["steps"]
    assert [step["how_before"] for step in steps][1] == "moved"
    assert "<img" not in versions_html(replace(found, times=()))
    assert "<img" not in versions_html(found)  # the files are nowhere
