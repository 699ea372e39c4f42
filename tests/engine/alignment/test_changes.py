import itertools

import numpy as np

from vidstudio.engine.alignment.active import Active
from vidstudio.engine.alignment.changes import Findings, gathered, mean_of, stretches
from vidstudio.engine.alignment.editlist import Range
from vidstudio.engine.alignment.picture import COLUMNS
from vidstudio.engine.alignment.results import Measures

ACTIVE = Active(0, 0, 480, 270, 480, 270)


def _findings(
    frames: int = 200,
    colour: slice | None = None,
    wide: slice | None = None,
    hot: dict[range, list[tuple[int, int]]] | None = None,
) -> Findings:
    colours = np.zeros(frames, np.float32)
    wides = np.zeros(frames, np.float32)
    if colour:
        colours[colour] = 20
    if wide:
        wides[wide] = 0.8
    listed = sorted((f, r * COLUMNS + c) for span, cells in (hot or {}).items() for f in span for r, c in cells)
    return Findings(
        np.full(frames, 40, np.float32),
        np.full(frames, 0.98, np.float32),
        colours,
        wides,
        np.array([f for f, _ in listed], np.int32),
        np.array([c for _, c in listed], np.uint16),
    )


BLOCK = [(r, c) for r in range(10, 13) for c in range(20, 25)]


def test_nothing_changed_is_one_stretch() -> None:
    found = stretches(_findings(), Range(0, 200), ACTIVE)
    assert [(s.frames, s.change) for s in found] == [(Range(0, 200), ())]


def test_a_local_change_has_its_frames_and_its_box() -> None:
    found = stretches(_findings(hot={range(50, 90): BLOCK}), Range(0, 200), ACTIVE)
    assert [(s.frames, s.change) for s in found] == [
        (Range(0, 50), ()),
        (Range(50, 90), ("local",)),
        (Range(90, 200), ()),
    ]
    assert found[1].boxes == ((200, 100, 50, 30),)


def test_boxes_are_in_pixels_of_the_whole_frame() -> None:
    pillared = Active(100, 0, 480, 270, 680, 270)
    found = stretches(_findings(hot={range(50, 90): BLOCK}), Range(0, 200), pillared)
    assert found[1].boxes == ((300, 100, 50, 30),)


def test_flicker_is_no_change() -> None:
    random = np.random.default_rng(1)
    hot = {range(f, f + 1): [(int(r), int(c)) for r, c in random.integers(0, 27, (5, 2))] for f in range(200)}
    assert [s.change for s in stretches(_findings(hot=hot), Range(0, 200), ACTIVE)] == [()]


def test_two_places_have_two_boxes() -> None:
    other = [(r, c) for r in range(2, 4) for c in range(40, 44)]
    found = stretches(_findings(hot={range(50, 90): BLOCK + other}), Range(0, 200), ACTIVE)
    assert len(found[1].boxes) == 2


def test_colour_and_picture() -> None:
    found = stretches(_findings(colour=slice(0, 120), wide=slice(150, 160)), Range(0, 200), ACTIVE)
    assert [(s.frames, s.change) for s in found] == [
        (Range(0, 120), ("colour",)),
        (Range(120, 150), ()),
        (Range(150, 160), ("picture",)),
        (Range(160, 200), ()),
    ]


def test_stretches_tile_the_frames_asked_for() -> None:
    found = stretches(_findings(colour=slice(0, 120), hot={range(50, 90): BLOCK}), Range(30, 170), ACTIVE)
    edges = [s.frames.first for s in found] + [found[-1].frames.after]
    assert edges[0] == 30
    assert edges[-1] == 170
    assert all(left.frames.after == right.frames.first for left, right in itertools.pairwise(found))


def test_measures_of_chunks_are_joined_and_holes_stay_holes() -> None:
    def part(first: int, psnr: float) -> Measures:
        three = np.full(3, psnr, np.float32)
        frames = np.arange(first, first + 3, dtype=np.int32)
        return Measures(frames, three, three, three, three, np.zeros(0, np.int32), np.zeros(0, np.uint16))

    found = gathered([part(0, 30), part(6, 40)], 10)
    assert mean_of(found.psnr, Range(0, 10)) == 35
    assert mean_of(found.psnr, Range(3, 6)) is None
    assert np.isnan(found.psnr).sum() == 4
