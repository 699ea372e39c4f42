"""Ignore rules against a model that decides frame by frame, and on comparisons with known edits."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import comparisons
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidstudio.engine import codec
from vidstudio.engine.exports.conform import Event, conform
from vidstudio.engine.exports.words import told_of
from vidstudio.engine.ignore.applying import applied, judged, quiet_segments
from vidstudio.engine.ignore.judging import is_inside
from vidstudio.engine.ignore.rules import PRESETS, Ignore, Reason, Region, Rule, reasons_of
from vidstudio.engine.time import Span
from vidstudio.engine.types import ChangeKind, Comparison, Difference, Edit, EditKind, Pair, Transform
from vidstudio.engine.verdict import verdict

SIZE = (640, 360)
FRAME = 40_000
CHANGES: tuple[ChangeKind, ...] = ("picture", "local", "colour", "geometry", "audio")


def kinds(comparison: Comparison) -> list[str]:
    return [edit.kind for edit in comparison.edits]


def test_no_rules_change_nothing() -> None:
    made = comparisons.comparison()
    assert applied(made, Ignore()) is made
    off = Rule("1", span=Span(0, made.b.duration_us), on=False)
    assert applied(made, Ignore((off,))) is made


def test_ignored_grade_leaves_the_rest_and_no_score_changes() -> None:
    made = comparisons.comparison()
    seen = applied(made, Ignore(reasons=("colour",)))
    assert kinds(seen) == ["same", "inserted", "same", "removed", "moved", "changed", "retimed", "inserted"]
    was, now = made.edits[2], seen.edits[2]
    assert (now.distance, now.psnr, now.ssim, now.a, now.b) == (was.distance, was.psnr, was.ssim, was.a, was.b)
    assert now.change == ()
    assert seen.edits[5] == made.edits[5]
    assert seen.segments is made.segments
    assert seen.frame_map is made.frame_map
    assert seen.ignored == (was,)
    assert dict(verdict(seen, "cosine", 2).counts) == {
        "changed": 1,
        "inserted": 2,
        "removed": 1,
        "moved": 1,
        "retimed": 1,
    }


def test_every_reason_must_be_ignored_before_an_edit_is_the_same() -> None:
    made = comparisons.comparison()
    whole = Rule("1", Region(0, 0.8, 1, 0.2))
    corner = Rule("2", Region(0.9, 0, 0.1, 0.12))
    one = applied(made, Ignore((whole,)))
    assert one.edits[5].change == ("local", "audio")
    assert one.edits[5].boxes == ((600, 10, 30, 20),)
    both = applied(made, Ignore((whole, corner)))
    assert both.edits[5].change == ("audio",)
    assert both.edits[5].boxes == ()
    assert applied(made, Ignore((whole, corner), ("audio",))).edits[5].kind == "same"


def test_a_span_cuts_at_frames_on_both_sides() -> None:
    made = comparisons.comparison()
    # 330.5 .. 380 of B: frames 331 .. 379 start inside; A runs 60 frames behind there
    rule = Rule("1", span=Span(330 * FRAME + 20_000, 380 * FRAME))
    seen = applied(made, Ignore((rule,)))
    parts = [edit for edit in seen.edits if edit.b and 310 * FRAME <= edit.b.start_us < 435 * FRAME]
    assert [(e.kind, e.a, e.b) for e in parts] == [
        ("changed", comparisons.span(250, 271), comparisons.span(310, 331)),
        ("same", comparisons.span(271, 320), comparisons.span(331, 380)),
        ("changed", comparisons.span(320, 375), comparisons.span(380, 435)),
    ]
    assert [one.psnr for one in parts] == [31.25] * 3


def test_a_stretch_of_a_is_ignored_where_b_shows_it() -> None:
    made = comparisons.comparison()
    seen = applied(made, Ignore((Rule("1", span=comparisons.span(200, 300), side="a"),)))
    assert "removed" not in kinds(seen)
    assert seen.ignored[0] == made.edits[3]
    parts = [(e.kind, e.b) for e in seen.edits if e.b and 310 * FRAME <= e.b.start_us < 435 * FRAME]
    assert parts == [("same", comparisons.span(310, 360)), ("changed", comparisons.span(360, 435))]


def test_what_a_side_lacks_counts_where_it_was() -> None:
    made = comparisons.comparison()
    around = Rule("1", span=comparisons.span(250, 270))
    assert "removed" not in kinds(applied(made, Ignore((around,))))
    beside = Rule("1", span=comparisons.span(260, 270))
    assert "removed" in kinds(applied(made, Ignore((beside,))))


def test_short_differences_go_and_their_neighbours_are_one() -> None:
    span = comparisons.span
    same, blink = (Edit(kind, None, None, psnr=40.0, ssim=0.9) for kind in ("same", "changed"))
    edits = (
        replace(same, a=span(0, 50), b=span(0, 50)),
        replace(blink, a=span(50, 54), b=span(50, 54), change=("picture",), psnr=20.0),
        replace(same, a=span(54, 100), b=span(54, 100)),
    )
    made = replace(comparisons.unchanged(), edits=edits)
    seen = applied(made, Ignore(least_us=200_000))
    assert [(e.kind, e.a, e.b) for e in seen.edits] == [("same", span(0, 100), span(0, 100))]
    # the PSNR of the mean error: 1/10,000 of full range squared in 96 frames, 1/100 in 4
    assert seen.edits[0].psnr == pytest.approx(-10 * math.log10((1e-4 * 96 + 1e-2 * 4) / 100))
    assert applied(made, Ignore(least_us=4 * FRAME)).edits == edits


def test_neighbours_are_not_joined_where_frames_would_slip() -> None:
    span = comparisons.span
    edits = (
        Edit("same", span(0, 50), span(0, 50)),
        Edit("retimed", span(50, 100), span(50, 75)),
        Edit("inserted", None, span(75, 100)),
    )
    made = replace(comparisons.unchanged(), edits=edits, frame_map=np.full(100, -1, np.int32))
    seen = applied(made, Ignore(reasons=("retimed", "inserted")))
    assert [(e.kind, e.a, e.b) for e in seen.edits] == [("same", e.a, e.b) for e in edits]


def test_segments_of_what_is_ignored_say_nothing() -> None:
    made = comparisons.comparison()
    assert verdict(made, "cosine", 0.05).over == 2
    seen = applied(made, Ignore((Rule("1", span=comparisons.span(300, 435)),)))
    assert quiet_segments(seen).tolist() == [False] * 5 + [True]
    assert verdict(seen, "cosine", 0.05).over == 1
    everything = applied(made, Ignore((Rule("1", span=Span(0, made.b.duration_us)),)))
    assert not verdict(everything, "cosine", 0.0001).different


def test_of_a_reversed_stretch_the_right_end_of_a_is_cut_off() -> None:
    span = comparisons.span
    made = replace(
        comparisons.unchanged(),
        edits=(Edit("retimed", span(0, 100), span(0, 100)),),
        frame_map=np.arange(99, -1, -1, dtype=np.int32),
    )
    seen = applied(made, Ignore((Rule("1", span=span(0, 30)),)))
    assert [(e.kind, e.a, e.b) for e in seen.edits] == [
        ("same", span(70, 100), span(0, 30)),
        ("retimed", span(0, 70), span(30, 100)),
    ]


@pytest.mark.parametrize("values", [(0, 0, 0, 1), (-0.1, 0, 1, 1), (0.5, 0, 0.6, 1), (0, 0, float("nan"), 1)])
def test_regions_outside_the_picture_are_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="region"):
        Region(*values)


def test_rules_travel_as_json() -> None:
    rules = (
        Rule("1", PRESETS["lower-third"], Span(0, 5), name="lower third"),
        Rule("2", span=Span(1, 2), side="a", on=False),
    )
    ignore = Ignore(rules, ("colour", "moved"), 200_000)
    assert codec.from_json(codec.to_json(ignore), Ignore) == ignore
    for bad in (
        b'{"rules":[{"id":"1"}]}',
        b'{"reasons":["taste"]}',
        b'{"rules":[{"id":"1","region":{"x":2,"y":0,"width":1,"height":1}}]}',
    ):
        with pytest.raises(codec.Damaged):
            codec.from_json(bad, Ignore)


# The model: boxes by pixels, edits by frames


boxes = st.tuples(st.integers(0, 600), st.integers(0, 330), st.integers(40, 300), st.integers(30, 200)).map(
    lambda b: (b[0], b[1], min(b[2], SIZE[0] - b[0]), min(b[3], SIZE[1] - b[1]))
)
shares = st.integers(0, 19).map(lambda n: n / 20)


@st.composite
def regions(draw: Any) -> Region:
    x, y = draw(shares), draw(shares)
    return Region(x, y, draw(st.integers(1, 20)) / 20 * (1 - x), draw(st.integers(1, 20)) / 20 * (1 - y))


@given(boxes, st.lists(regions(), max_size=4))
@settings(max_examples=60)
def test_a_box_is_inside_when_all_its_pixels_but_the_overhang_are(
    box: tuple[int, int, int, int], places: list[Region]
) -> None:
    x, y, w, h = box
    dx, dy = min(SIZE[0] / 48, 0.4 * w), min(SIZE[1] / 27, 0.4 * h)
    covered = np.zeros((SIZE[1] * 2, SIZE[0] * 2), bool)  # half pixels
    for one in places:
        left, right = np.array([one.x, one.x + one.width]) * SIZE[0] * 2
        top, bottom = np.array([one.y, one.y + one.height]) * SIZE[1] * 2
        covered[int(np.ceil(top)) : int(bottom), int(np.ceil(left)) : int(right)] = True

    def part(margin: float) -> Any:
        rows = slice(int((y + dy - margin) * 2), int((y + h - dy + margin) * 2) + 1)
        return covered[rows, int((x + dx - margin) * 2) : int((x + w - dx + margin) * 2) + 1]

    said = is_inside(box, places, SIZE)
    if part(1).all():
        assert said
    if not _shrunk(part(0)).all():
        assert not said


def _shrunk(pixels: Any) -> Any:
    """Without the outermost ones, where rounding decides."""
    return pixels[3:-3, 3:-3]


KINDS: tuple[EditKind, ...] = ("same", "changed", "inserted", "removed", "moved", "retimed")


@st.composite
def compared(draw: Any) -> Comparison:
    """A comparison of edits of all kinds in any order, at 25 frames a second."""
    edits: list[Edit] = []
    frame_map: list[int] = []
    at_a = 0
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=8)):
        length = draw(st.integers(1, 12))
        a_length = 2 * length if kind == "retimed" else length
        a = None if kind == "inserted" else comparisons.span(at_a, at_a + a_length)
        b = None if kind == "removed" else comparisons.span(len(frame_map), len(frame_map) + length)
        change: tuple[ChangeKind, ...] = ()
        if kind in ("changed", "moved", "retimed"):
            least = 1 if kind == "changed" else 0
            change = tuple(draw(st.lists(st.sampled_from(CHANGES), min_size=least, max_size=3, unique=True)))
        where = tuple(draw(st.lists(boxes, min_size=1, max_size=2))) if "local" in change else ()
        edits.append(Edit(kind, a, b, change, where, 0.5 if a and b else None, 30.0 if a and b else None))
        if b is not None:
            step = a_length // length
            frame_map += [-1 if a is None else at_a + n * step for n in range(length)]
        at_a += a_length if a is not None else 0
    info_a, info_b = (
        comparisons.video(name, max(1, n), Fraction(25)) for name, n in (("a", at_a), ("b", len(frame_map)))
    )
    base = comparisons.unchanged()
    return replace(
        base,
        a=info_a,
        b=info_b,
        a_times=comparisons.times(info_a),
        b_times=comparisons.times(info_b),
        edits=tuple(edits),
        segments=(),
        frame_map=np.array(frame_map, np.int32),
    )


@st.composite
def rules(draw: Any) -> Ignore:
    made = []
    for number in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, 60)) * FRAME // 2
        span = Span(start, start + draw(st.integers(1, 60)) * FRAME // 2)
        if draw(st.booleans()):
            made.append(Rule(str(number), draw(regions()), span if draw(st.booleans()) else None))
        else:
            made.append(Rule(str(number), None, span, draw(st.sampled_from(("a", "b")))))
    return Ignore(
        tuple(made), tuple(draw(st.lists(st.sampled_from((*CHANGES, "moved", "inserted")), max_size=3, unique=True)))
    )


Told = tuple[str, frozenset[str], frozenset[tuple[int, int, int, int]]]


def expected(edit: Edit, a_us: int, b_us: int | None, ignore: Ignore) -> Told:
    """What is to be told of a single frame of a matched or inserted edit."""
    for rule in ignore.rules:
        if rule.region is None and rule.span is not None:
            time_us = a_us if rule.side == "a" else b_us
            if time_us is not None and time_us >= 0 and time_us in rule.span:
                return "same", frozenset(), frozenset()
    here = [r.region for r in ignore.rules if r.region and (r.span is None or (b_us is not None and b_us in r.span))]
    left = frozenset(box for box in edit.boxes if not is_inside(box, here, SIZE))
    reasons: set[Reason] = set(reasons_of(edit)) - set(ignore.reasons)
    if (edit.boxes and not left) or "local" in ignore.reasons:
        reasons.discard("local")
    if here and is_inside((0, 0, *SIZE), here, SIZE):
        reasons -= {"picture", "local", "colour"}
    changes = frozenset(reasons & set(CHANGES))
    alone = reasons - set(CHANGES)
    kind = next(iter(alone), "changed" if changes else "same")
    return kind, changes, left if "local" in reasons and kind != "same" else frozenset()


@given(compared(), rules())
@settings(max_examples=150, deadline=None)
def test_every_frame_is_told_as_the_rules_say(made: Comparison, ignore: Ignore) -> None:
    seen = applied(made, ignore)
    for number, a_frame in enumerate(made.frame_map.tolist()):
        b_us = number * FRAME
        was = next(e for e in made.edits if e.b and b_us in e.b)
        now = [e for e in seen.edits if e.b and b_us in e.b]
        assert len(now) == 1
        a_us = a_frame * FRAME if a_frame >= 0 else -1
        if was.a is None and any(r.side == "a" and r.region is None for r in ignore.rules):
            continue  # where it stands in A decides: see the test of that
        if was.kind == "retimed" and any(r.side == "a" and r.region is None for r in ignore.rules):
            continue  # a frame of B stands for two of A
        told = (now[0].kind, frozenset(now[0].change), frozenset(now[0].boxes))
        wanted = expected(was, a_us, b_us, ignore)
        assert told[:2] == wanted[:2]
        assert told[2] >= wanted[2]  # neighbours that became one have the boxes of both
        if was.a is not None and now[0].a is not None:
            assert now[0].a.start_us <= a_us < now[0].a.end_us


@given(compared(), rules(), st.integers(0, 12))
@settings(max_examples=100, deadline=None)
def test_the_edits_still_tile_both_sides(made: Comparison, ignore: Ignore, least: int) -> None:
    ignore = replace(ignore, least_us=least * FRAME)
    seen = applied(made, ignore)
    at = 0
    for edit in seen.edits:
        if edit.b is not None:
            assert edit.b.start_us == at
            assert edit.b.end_us > at
            at = edit.b.end_us
    assert at == sum(e.b.duration_us for e in made.edits if e.b)
    for side in ("a", "b"):
        ends = [sum(s.duration_us for e in one.edits if (s := getattr(e, side))) for one in (made, seen)]
        assert ends[0] == ends[1]
    told = [e for e in seen.edits if e.kind != "same"]
    assert all(max(s.duration_us for s in (e.a, e.b) if s) >= ignore.least_us for e in told)
    pieces = judged(made, ignore)
    assert [p.found for p in pieces if p.ignored] == list(seen.ignored) or not ignore
    assert sum(p.found.b.duration_us for p in pieces if p.found.b) == at


@given(compared(), rules())
@settings(max_examples=60, deadline=None)
def test_what_is_seen_needs_no_second_look(made: Comparison, ignore: Ignore) -> None:
    once = applied(made, ignore)
    twice = applied(replace(once, ignored=()), ignore)
    assert [(e.kind, e.a, e.b, e.change) for e in twice.edits] == [(e.kind, e.a, e.b, e.change) for e in once.edits]


def test_what_a_rule_only_cuts_is_told_as_it_was() -> None:
    """Found by the test above: a rule that ends within one of several equal edits joined them, but not all at once."""
    edits = tuple(Edit("same", at, at) for at in (comparisons.span(n, n + 1) for n in range(3)))
    made = replace(comparisons.unchanged(), edits=edits)
    seen = applied(made, Ignore((Rule("1", span=Span(0, FRAME // 2), side="a"),)))
    assert [(one.kind, one.a, one.b) for one in seen.edits] == [(one.kind, one.a, one.b) for one in edits]


def test_what_is_joined_puts_no_frame_of_any_piece_in_a_wrong_place() -> None:
    """Found by the same test: each piece fitted what was joined before it, all together bent too far."""
    told: tuple[EditKind, ...] = ("same", "moved", "retimed", "retimed")
    of_a, of_b = ((0, 1), (1, 4), (4, 6), (6, 8)), ((0, 1), (1, 4), (4, 5), (5, 6))
    edits = tuple(
        Edit(kind, comparisons.span(*a), comparisons.span(*b)) for kind, a, b in zip(told, of_a, of_b, strict=True)
    )
    made = replace(comparisons.unchanged(), edits=edits)
    seen = applied(made, Ignore((Rule("1", span=comparisons.span(0, 10)),))).edits
    assert all(edit.kind == "same" for edit in seen)
    for low_a, low_b in ((one[0], other[0]) for one, other in zip(of_a, of_b, strict=True)):
        at = comparisons.span(low_b, low_b + 1).start_us
        edit = next(edit for edit in seen if edit.b and at in edit.b)
        assert edit.a is not None
        assert edit.b is not None
        shown = edit.a.start_us + (at - edit.b.start_us) * edit.a.duration_us / edit.b.duration_us
        assert abs(shown - comparisons.span(low_a, low_a + 1).start_us) <= FRAME + 1


def test_a_far_segment_counts_until_its_stretch_is_ignored() -> None:
    made = comparisons.unchanged()
    far = Difference(Pair(comparisons.span(0, 50), comparisons.span(0, 50)), 0.5, 1.0)
    made = replace(made, segments=(far, *made.segments[1:]))
    assert verdict(made, "cosine", 0.1).different
    seen = applied(made, Ignore((Rule("1", span=comparisons.span(10, 40)),)))
    assert not verdict(seen, "cosine", 0.1).different
    assert seen.edits == made.edits


def test_what_is_ignored_is_not_told_as_grade_framing_or_heat() -> None:
    made = comparisons.comparison()
    place = Transform(1, 0, 5, 0, 1, 5, scale=1.1, rotation=0, mirrored=False)
    edits = [replace(edit, grade=comparisons.GRADE, transform=place) for edit in (made.edits[2], made.edits[5])]
    edits = [replace(edit, change=(*dict.fromkeys((*edit.change, "colour", "geometry")),)) for edit in edits]
    made = replace(made, edits=tuple(edits))
    seen = applied(made, Ignore(reasons=("colour",))).edits
    assert [(edit.grade, edit.transform) for edit in seen] == [(None, place)] * 2
    seen = applied(made, Ignore(reasons=("colour", "geometry"))).edits
    assert (seen[0].kind, seen[0].grade, seen[0].transform) == ("same", None, None)
    assert (seen[1].change, seen[1].heat) == (("local", "audio"), made.edits[1].heat)
    assert applied(made, Ignore(reasons=("local",))).edits[1].heat is None
    at = made.edits[0].b
    assert at is not None
    stretch = applied(made, Ignore((Rule("1", span=at),)))
    assert (stretch.edits[0].grade, stretch.edits[0].transform) == (None, None)
    assert stretch.ignored[0].grade == comparisons.GRADE  # what was found stays known


def test_what_runs_backward_is_no_part_of_what_goes_on_though_its_speed_is_ignored() -> None:
    """Played as one row, all of it would run one way."""
    made = comparisons.unchanged()
    span = comparisons.span
    edits = (
        Edit("same", span(0, 40), span(0, 40)),
        Edit("retimed", span(40, 60), span(40, 60), speed=-1.0),
        Edit("same", span(60, 100), span(60, 100)),
    )
    shown = np.concatenate([np.arange(40), np.arange(59, 39, -1), np.arange(60, 100)]).astype(np.int32)
    seen = applied(replace(made, edits=edits, frame_map=shown), Ignore(reasons=("retimed",)))
    assert kinds(seen) == ["same"] * 3
    assert [event.speed for event in conform(seen, made.b.frame_rate) if isinstance(event, Event)] == [1, -1, 1]
    assert [told_of(edit, seen) for edit in seen.edits] == [[]] * 3, "what is ignored is told nowhere"


def test_a_piece_could_come_from_its_own_part_of_another_place() -> None:
    made = comparisons.comparison()
    span = comparisons.span
    edit = replace(made.edits[2], alternatives=(span(300, 400),))  # frames 100-200 of A in 160-260 of B
    made = replace(made, edits=(*made.edits[:2], edit, *made.edits[3:]))
    seen = applied(made, Ignore((Rule("1", span=span(180, 210)),)))
    parts = [(one.a, one.alternatives) for one in seen.edits if one.b and 160 * FRAME <= one.b.start_us < 260 * FRAME]
    assert parts == [
        (span(100, 120), (span(300, 320),)),
        (span(120, 150), (span(320, 350),)),
        (span(150, 200), (span(350, 400),)),
    ]
    joined = applied(made, Ignore(reasons=("colour", "inserted"))).edits
    assert [one.alternatives for one in joined if one.a == edit.a] == [(span(300, 400),)]


def test_a_row_of_several_could_come_from_no_place_that_only_one_of_them_could() -> None:
    span = comparisons.span
    edits = (
        Edit("same", span(0, 50), span(0, 50), alternatives=(span(50, 100),)),
        Edit("changed", span(50, 100), span(50, 100), ("colour",)),
    )
    seen = applied(replace(comparisons.unchanged(), edits=edits), Ignore(reasons=("colour",)))
    assert [(one.a, one.alternatives) for one in seen.edits] == [(span(0, 100), ())]
