import itertools
from dataclasses import replace

import numpy as np
import pytest

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.alignment.results import Measures
from vidstudio.engine.picture.changes import Findings, gathered, heat_of, mean_of, stretches
from vidstudio.engine.picture.grade import KNOTS
from vidstudio.engine.picture.registration import IDENTITY, MIRRORED
from vidstudio.engine.picture.runs import Runs

ACTIVE = Active(0, 0, 480, 270, 480, 270)
COLUMNS, ROWS = 48, 27
BLOCK = [(r, c) for r in range(10, 13) for c in range(20, 25)]
ELSEWHERE = [(r, c) for r in range(20, 23) for c in range(38, 43)]


def _findings(
    frames: int = 200,
    colour: slice | None = None,
    wide: slice | None = None,
    unlike: np.ndarray | None = None,
    hot: dict[range, list[tuple[int, int]]] | None = None,
    level: float = 160,
) -> Findings:
    colours = np.zeros(frames, np.float32)
    wides = np.zeros(frames, np.float32)
    unlikes = np.full(frames, 0.2, np.float32) if unlike is None else unlike.astype(np.float32)
    if colour:
        colours[colour] = 20
    if wide:
        wides[wide] = 0.8
    listed = [(r * COLUMNS + c, span) for span, cells in (hot or {}).items() for r, c in cells]
    return Findings(
        psnr=np.full(frames, 40, np.float32),
        ssim=np.full(frames, 0.98, np.float32),
        colour=colours,
        wide=wides,
        detail=np.ones(frames, np.float32),
        unlike=unlikes,
        curves=np.zeros((frames, 2, KNOTS), np.float32),
        chroma=np.zeros((frames, 4), np.float32),
        places=np.tile(IDENTITY, (frames, 1, 1)),
        flips=np.zeros(frames, np.uint8),
        grid=(COLUMNS, ROWS),
        runs=Runs(
            np.array([point for point, _ in listed], np.int64),
            np.array([span.start for _, span in listed], np.int64),
            np.array([span.stop for _, span in listed], np.int64),
            np.full(len(listed), level, np.float32),
        ),
    )


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


def test_a_few_points_hardly_beyond_noise_are_no_change_but_many_are() -> None:
    few = stretches(_findings(hot={range(50, 90): BLOCK + ELSEWHERE}, level=50), Range(0, 200), ACTIVE)
    assert [s.change for s in few] == [()]
    large = [(r, c) for r in range(2, 22) for c in range(10, 30)]
    many = stretches(_findings(hot={range(50, 90): large}, level=50), Range(0, 200), ACTIVE)
    assert [s.change for s in many] == [(), ("local",), ()]


def test_a_few_points_hardly_beyond_noise_are_a_change_where_nothing_else_is_left() -> None:
    found = stretches(_findings(hot={range(50, 90): BLOCK}, level=50), Range(0, 200), ACTIVE)
    assert [s.change for s in found] == [(), ("local",), ()]
    assert found[1].boxes == ((200, 100, 50, 30),)
    for fewer, level in ((BLOCK[:9], 50), (BLOCK, 38)):
        found = stretches(_findings(hot={range(50, 90): fewer}, level=level), Range(0, 200), ACTIVE)
        assert [s.change for s in found] == [()]
    found = stretches(_findings(hot={range(50, 65): BLOCK}, level=50), Range(0, 200), ACTIVE)
    assert [s.change for s in found] == [()]


def test_beside_what_is_beyond_doubt_a_few_points_are_a_change_too() -> None:
    findings = _findings(hot={range(50, 90): BLOCK, range(60, 100): ELSEWHERE}, level=50)
    findings.runs.level[: len(BLOCK)] = 160
    found = stretches(findings, Range(0, 200), ACTIVE)
    assert [len(s.boxes) for s in found] == [0, 1, 2, 1, 0]


def test_what_comes_and_goes_with_where_a_lies_on_b_is_no_change_of_its_own() -> None:
    findings = _findings(hot={range(50, 90): BLOCK}, level=50)
    findings.places[50:90, 1, 2] += 0.23 * 2 / ROWS
    assert [s.change for s in stretches(findings, Range(0, 200), ACTIVE)] == [()]
    findings.places[:, 1, 2] = 0.23 * 2 / ROWS
    assert [s.change for s in stretches(findings, Range(0, 200), ACTIVE)] == [(), ("local",), ()]


def test_the_weaker_part_of_a_change_belongs_to_its_box() -> None:
    weak = [(r, c) for r in range(4, 9) for c in range(20, 25)]
    findings = _findings(hot={range(50, 90): BLOCK, range(49, 90): weak}, level=28)
    findings.runs.level[: len(BLOCK)] = 160
    found = stretches(findings, Range(0, 200), ACTIVE)
    assert [s.boxes for s in found if s.boxes] == [((200, 40, 50, 90),)]


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


def test_two_changes_at_overlapping_times_have_each_their_own_span() -> None:
    other = [(r, c) for r in range(2, 6) for c in range(40, 44)]
    found = stretches(_findings(hot={range(50, 90): BLOCK, range(70, 120): other}), Range(0, 200), ACTIVE)
    assert [(s.frames, len(s.boxes)) for s in found] == [
        (Range(0, 50), 0),
        (Range(50, 70), 1),
        (Range(70, 90), 2),
        (Range(90, 120), 1),
        (Range(120, 200), 0),
    ]


def test_words_of_a_line_are_one_place() -> None:
    words = [(r, c) for r in range(20, 24) for first in (10, 17) for c in range(first, first + 5)]
    found = stretches(_findings(hot={range(50, 90): words}), Range(0, 200), ACTIVE)
    assert found[1].boxes == ((100, 200, 120, 40),)


def test_parts_of_one_thing_that_come_and_go_together_are_one_place() -> None:
    edges = [(r, c) for first in (2, 12) for r in range(first, first + 3) for c in range(20, 32)]
    found = stretches(_findings(hot={range(50, 90): edges}), Range(0, 200), ACTIVE)
    assert found[1].boxes == ((200, 20, 120, 130),)
    upper, lower = edges[:36], edges[36:]
    found = stretches(_findings(hot={range(50, 90): upper, range(60, 100): lower}), Range(0, 200), ACTIVE)
    assert [len(s.boxes) for s in found] == [0, 1, 2, 1, 0]


def test_parts_of_one_thing_may_be_as_far_apart_as_the_smaller_is_long() -> None:
    upper = [(r, c) for r in range(2, 5) for c in range(20, 32)]
    for gap, boxes in ((12, 1), (14, 2)):
        lower = [(r, c) for r in range(5 + gap, 8 + gap) for c in range(18, 32)]
        found = stretches(_findings(hot={range(50, 90): upper + lower}), Range(0, 200), ACTIVE)
        assert [len(s.boxes) for s in found] == [0, boxes, 0]


def test_neighbours_that_begin_and_end_at_other_times_are_two_places() -> None:
    upper = [(r, c) for r in range(2, 10) for c in range(20, 32)]
    lower = [(r, c) for r in range(13, 21) for c in range(16, 28)]
    for other, boxes in ((range(36, 98), 2), (range(44, 96), 1)):
        found = stretches(_findings(hot={range(50, 90): upper, other: lower}), Range(0, 200), ACTIVE)
        assert max(len(s.boxes) for s in found) == boxes


def test_what_only_moves_past_the_edge_of_a_wide_change_is_no_part_of_its_box() -> None:
    wide = [(r, c) for r in range(20, 24) for c in range(4, 44)]
    past = [(r, c) for r in range(14, 20) for c in range(30, 33)]
    findings = _findings(hot={range(50, 90): wide + past})
    findings.runs.level[len(wide) :] = 40
    found = stretches(findings, Range(0, 200), ACTIVE)
    assert [s.boxes for s in found if s.boxes] == [((40, 200, 400, 40),)]


def test_the_farther_beyond_noise_the_fewer_points_it_takes() -> None:
    for level, proved in ((60, False), (100, True)):
        found = stretches(_findings(hot={range(50, 90): BLOCK + ELSEWHERE}, level=level), Range(0, 200), ACTIVE)
        assert ("local",) in [s.change for s in found] or not proved
        assert proved or [s.change for s in found] == [()]


def test_a_mirrored_picture_is_geometry() -> None:
    findings = _findings()
    findings.flips[100:] = MIRRORED
    found = stretches(findings, Range(0, 200), ACTIVE)
    assert [(s.frames, s.change) for s in found] == [(Range(0, 100), ()), (Range(100, 200), ("geometry",))]


def test_what_is_far_fainter_before_and_after_a_change_is_no_part_of_its_span() -> None:
    findings = _findings(hot={range(50, 75): BLOCK, range(10, 50): BLOCK[:5], range(75, 150): BLOCK[:5]}, level=40)
    findings.runs.level[: len(BLOCK)] = 180
    found = stretches(findings, Range(0, 200), ACTIVE)
    assert [(s.frames.first, s.frames.after) for s in found if s.boxes] == [(50, 75)]


def test_other_parts_of_one_thing_do_not_speak_against_it_and_belong_to_its_box() -> None:
    beside = [(r, c) for r in range(10, 13) for c in range(28, 31)]
    findings = _findings(hot={range(50, 90): BLOCK + beside}, level=55)
    found = stretches(findings, Range(0, 200), ACTIVE)
    assert [s.boxes for s in found if s.boxes] == [((200, 100, 110, 30),)]
    findings = _findings(hot={range(50, 90): BLOCK, range(35, 80): beside}, level=55)
    assert [s.change for s in stretches(findings, Range(0, 200), ACTIVE)] == [()]


def test_points_that_are_less_beyond_noise_say_too_little_however_much_they_stand_out() -> None:
    several = [(r, c) for r in range(10, 13) for c in range(20, 26)]
    found = stretches(_findings(hot={range(50, 90): several}, level=45), Range(0, 200), ACTIVE)
    assert [s.change for s in found] == [()]


def test_what_says_hardly_more_than_other_times_of_the_picture_is_none() -> None:
    corner = [(r, c) for r in range(2, 5) for c in range(2, 7)]
    for rest, changed in (((ELSEWHERE, corner), False), ((ELSEWHERE[:7], corner[:7]), True)):
        hot = {range(50, 90): BLOCK, range(110, 128): rest[0], range(128, 146): rest[1]}
        found = stretches(_findings(frames=400, hot=hot, level=50), Range(0, 400), ACTIVE)
        assert [s.boxes for s in found if s.boxes] == [((200, 100, 50, 30),)] * changed


def test_two_changes_of_different_times_do_not_speak_against_each_other() -> None:
    hot = {range(50, 90): BLOCK, range(120, 160): ELSEWHERE}
    found = stretches(_findings(frames=400, hot=hot, level=50), Range(0, 400), ACTIVE)
    assert [s.change for s in found] == [(), ("local",), (), ("local",), ()]


def test_what_is_faint_beside_a_plain_change_is_no_part_of_it_however_much_they_last_alike() -> None:
    beside = [(r, c) for r in range(10, 13) for c in range(28, 30)]
    findings = _findings(hot={range(50, 90): BLOCK, range(51, 90): beside}, level=30)
    findings.runs.level[: len(BLOCK)] = 160
    found = stretches(findings, Range(0, 200), ACTIVE)
    assert [s.boxes for s in found if s.boxes] == [((200, 100, 50, 30),)]


def test_heat_is_where_and_while_it_changed() -> None:
    findings = _findings(hot={range(50, 90): BLOCK})
    heat = heat_of(findings, Range(50, 90))
    assert heat.shape == (ROWS, COLUMNS)
    assert heat[10:13, 20:25].min() > 0
    assert np.count_nonzero(heat) == len(BLOCK)
    assert not heat_of(findings, Range(90, 200)).any()
    assert 0 < heat_of(findings, Range(0, 200))[10, 20] < heat[10, 20]


def test_stretches_tile_the_frames_asked_for() -> None:
    found = stretches(_findings(colour=slice(0, 120), hot={range(50, 90): BLOCK}), Range(30, 170), ACTIVE)
    edges = [s.frames.first for s in found] + [found[-1].frames.after]
    assert edges[0] == 30
    assert edges[-1] == 170
    assert all(left.frames.after == right.frames.first for left, right in itertools.pairwise(found))


def test_measures_of_chunks_are_joined_and_holes_stay_holes() -> None:
    def part(first: int, psnr: float) -> Measures:
        three = np.full(3, psnr, np.float32)
        return Measures(
            frames=np.arange(first, first + 3, dtype=np.int32),
            psnr=three,
            ssim=three,
            colour=three,
            wide=three,
            detail=three,
            unlike=three,
            curves=np.zeros((3, 2, KNOTS), np.float32),
            chroma=np.zeros((3, 4), np.float32),
            places=np.tile(IDENTITY, (3, 1, 1)),
            flips=np.zeros(3, np.uint8),
            grid=(COLUMNS, ROWS),
            spot_points=np.array([5], np.uint16),
            spot_first=np.array([first], np.int32),
            spot_after=np.array([first + 3], np.int32),
            spot_level=np.array([40], np.uint8),
        )

    found = gathered([part(0, 30), part(6, 40)], 10)
    assert mean_of(found.psnr, Range(0, 10)) == 35
    assert mean_of(found.psnr, Range(3, 6)) is None
    assert np.isnan(found.psnr).sum() == 4
    assert found.runs.first.tolist() == [0, 6]


def _swell(first: int, after: int, usual: float = 0.2, top: float = 10) -> np.ndarray:
    """How unlike 200 frames are where that rises and falls in the middle."""
    unlike = np.full(200, usual, np.float64)
    unlike[first:after] += (top - usual) * np.sin(np.pi * (np.arange(after - first) + 0.5) / (after - first))
    return unlike


@pytest.mark.parametrize(("first", "after"), [(90, 102), (60, 110), (100, 106)])
def test_what_is_dissolved_through_is_another_picture(first: int, after: int) -> None:
    found = stretches(_findings(colour=slice(first, after), unlike=_swell(first, after)), Range(0, 200), ACTIVE)
    assert [s.change for s in found] == [(), ("picture",), ()]
    assert found[1].frames.first == pytest.approx(first, abs=2)
    assert found[1].frames.after == pytest.approx(after, abs=2)


def test_coarse_coding_and_a_single_bad_picture_are_no_dissolve() -> None:
    jumping = _swell(90, 102)
    jumping[[93, 96]] = 0.2
    for unlike in (np.full(200, 3.0), _swell(90, 102, 1.6, 4), _swell(99, 101), _swell(0, 200), jumping):
        found = stretches(_findings(unlike=unlike), Range(0, 200), ACTIVE)
        assert [s.change for s in found] == [()]


def test_a_grade_that_shows_less_for_a_while_is_one() -> None:
    levels = np.full(200, 0.3, np.float32)
    levels[40:160], levels[80:110] = 2.0, 1.0
    found = stretches(replace(_findings(), colour=levels), Range(0, 200), ACTIVE)
    assert [(s.frames, s.change) for s in found] == [
        (Range(0, 40), ()),
        (Range(40, 160), ("colour",)),
        (Range(160, 200), ()),
    ]
    levels[:] = 1.0
    found = stretches(replace(_findings(), colour=levels), Range(0, 200), ACTIVE)
    assert [s.change for s in found] == [()]
