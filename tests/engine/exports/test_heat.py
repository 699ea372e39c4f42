"""Heat is where the picture was changed, and nowhere else."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import clips
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from vidstudio.engine.catalog import STAGES
from vidstudio.engine.exports.contents import Row, from_file, rows
from vidstudio.engine.exports.heat import heat_picture
from vidstudio.engine.exports.report import report_html
from vidstudio.engine.ignore.applying import applied
from vidstudio.engine.ignore.rules import Ignore, Region, Rule
from vidstudio.engine.paths import Paths
from vidstudio.engine.recipes.compare import CompareRequest, plan, prepare
from vidstudio.engine.runner import Runner
from vidstudio.engine.store.store import Store
from vidstudio.engine.time import Span
from vidstudio.engine.types import Comparison, Edit, Heat

SIZE = (320, 180)
SIGN, LOGO = (30, 124, 110, 32), (256, 10, 44, 30)
"""What was put into B, `[x, y, w, h]`."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A film of three shots, and the film with a sign and a logo in the middle one."""
    folder = tmp_path_factory.mktemp("signs")
    pictures = [picture for seed in (1, 2, 3) for picture in clips.shot(seed, 40, SIZE)]
    signed = [picture.copy() for picture in pictures]
    for picture in signed[40:80]:
        for x, y, width, height in (SIGN, LOGO):
            picture[y : y + height, x : x + width] = (250, 250, 40)
    a, b = (
        clips.write_clip(folder / name, made, 25, gop=25, options={"crf": "20"})
        for name, made in (("a.mp4", pictures), ("b.mp4", signed))
    )
    store = Store(Paths(folder / "data", folder / "models", folder / "logs"))
    runner = Runner(STAGES, store)
    (info_a, times_a), (info_b, times_b) = (prepare(store, runner, path) for path in (a, b))
    made: Comparison = runner.run(
        plan(CompareRequest(info_a.content_id, info_b.content_id), info_a, times_a, info_b, times_b)
    )[0]
    store.close()
    return replace(made, a=info_a, b=info_b)


def changed(found: Comparison) -> Row:
    """The one row of a report that has a change."""
    (row,) = (row for row in rows(found, "cosine", from_file) if row.edit.kind == "changed")
    assert row.edit.change == ("local",)
    return row


def glowing(heat: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a picture has a colour, in pixels of B."""
    coloured = np.ptp(heat.astype(int), axis=2) > 24
    large = Image.fromarray(coloured).resize(SIZE, Image.Resampling.NEAREST)
    return np.asarray(large)


def place(box: tuple[int, int, int, int], margin: int = 0) -> NDArray[np.bool_]:
    x, y, width, height = box
    inside = np.zeros(SIZE[::-1], bool)
    inside[max(0, y - margin) : y + height + margin, max(0, x - margin) : x + width + margin] = True
    return inside


def test_glows_where_something_was_put_in_and_nowhere_else(found: Comparison) -> None:
    row = changed(found)
    assert row.heat is not None
    hot = glowing(row.heat)
    for box in (SIGN, LOGO):
        assert hot[place(box)].mean() > 0.7
    assert hot[~(place(SIGN, 12) | place(LOGO, 12))].mean() < 0.01


def test_the_report_shows_it(found: Comparison) -> None:
    text = report_html(found, "cosine", 0.1, from_file)
    (shown,) = re.findall(r'<figure class="heat">.*?base64,([^"]+)"', text, re.DOTALL)
    hot = glowing(np.asarray(Image.open(io.BytesIO(base64.b64decode(shown)))))
    assert hot[place(SIGN)].mean() > 0.7
    assert hot[~(place(SIGN, 16) | place(LOGO, 16))].mean() < 0.03


def test_what_is_ignored_does_not_glow(found: Comparison) -> None:
    seen = applied(found, Ignore((Rule("1", Region(0.75, 0, 0.25, 0.3)),)))
    row = changed(seen)
    assert row.heat is not None
    hot = glowing(row.heat)
    assert hot[place(SIGN)].mean() > 0.7
    assert not hot[place(LOGO, 4)].any()
    both = applied(found, Ignore(reasons=("local",)))
    assert not [row for row in rows(both, "cosine", from_file) if row.heat is not None]


def test_heat_lies_where_its_box_is() -> None:
    """The active picture of a letterboxed film, in a picture of another size."""
    levels = np.zeros((10, 16), np.uint8)
    levels[5:, :8] = 255
    edit = Edit(
        "changed", Span(0, 1), Span(0, 1), ("local",), ((0, 90, 160, 40),), heat=Heat.of(levels, (0, 50, 320, 80))
    )
    heat = heat_picture(np.full((90, 160, 3), 128, np.uint8), edit, SIZE)
    assert heat is not None
    hot = glowing(heat)
    assert hot[place((0, 96, 150, 32))].all()
    assert not hot[~place((0, 84, 170, 50))].any()


@pytest.mark.parametrize("change", [("colour",), ("picture", "local")])
def test_where_all_would_glow_there_is_none(change: tuple[str, ...]) -> None:
    heat = Heat.of(np.full((9, 16), 200, np.uint8), (0, 0, *SIZE))
    boxes = ((0, 0, 40, 40),) if "local" in change else ()
    edit = Edit("changed", Span(0, 1), Span(0, 1), change, boxes, heat=heat)  # type: ignore[arg-type]
    assert heat_picture(np.zeros((90, 160, 3), np.uint8), edit, SIZE) is None
    assert heat_picture(np.zeros((90, 160, 3), np.uint8), replace(edit, heat=None, change=("local",)), SIZE) is None
