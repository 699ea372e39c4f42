"""The matrix and the three-way against a model in which every frame has a name and a look."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import comparisons
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidstudio.engine.alignment.edits.versions import Cell, Step, composed, matrix, three_way
from vidstudio.engine.ignore.applying import applied
from vidstudio.engine.ignore.rules import Ignore
from vidstudio.engine.types import Comparison, Edit, EditKind

FRAME = 40_000
Frame = tuple[int, int]
"""Which material, and how it looks: 0 as in the base."""


def compared(a: Sequence[Frame], b: Sequence[Frame], a_name: str = "a", b_name: str = "b") -> Comparison:
    """What a perfect comparison would find; materials keep their order and occur once in each version."""
    places = {name: number for number, (name, _) in enumerate(a)}
    frame_map = np.array([places.get(name, -1) for name, _ in b], np.int32)
    looks = [frame >= 0 and a[frame][1] == look for frame, (_, look) in zip(frame_map.tolist(), b, strict=True)]
    edits: list[Edit] = []
    at_a = 0

    def removed(up_to: int) -> None:
        nonlocal at_a
        if up_to > at_a:
            edits.append(Edit("removed", comparisons.span(at_a, up_to), None))
        at_a = max(at_a, up_to)

    edges = [0, *[n for n in range(1, len(b)) if _breaks(frame_map, looks, n)], len(b)]
    for low, high in itertools.pairwise(edges):
        first = int(frame_map[low])
        if first < 0:
            edits.append(Edit("inserted", None, comparisons.span(low, high)))
            continue
        removed(first)
        kind: EditKind = "same" if looks[low] else "changed"
        at_a = int(frame_map[high - 1]) + 1
        change = () if looks[low] else ("colour",)
        edits.append(Edit(kind, comparisons.span(first, at_a), comparisons.span(low, high), change))  # type: ignore[arg-type]
    removed(len(a))
    info_a, info_b = comparisons.video(a_name, len(a)), comparisons.video(b_name, len(b))
    return replace(
        comparisons.unchanged(),
        a=info_a,
        b=info_b,
        a_times=comparisons.times(info_a),
        b_times=comparisons.times(info_b),
        edits=tuple(edits),
        segments=(),
        frame_map=frame_map,
    )


def _breaks(frame_map: Any, looks: Sequence[bool], n: int) -> bool:
    here, before = int(frame_map[n]), int(frame_map[n - 1])
    return (here < 0) != (before < 0) or (here >= 0 and here != before + 1) or looks[n] != looks[n - 1]


BASE: list[Frame] = [(n, 0) for n in range(60)]


@st.composite
def edited(draw: Any, frames: Sequence[Frame], names: int, look: int) -> list[Frame]:
    """Another version: pieces of 6 frames and more are left, changed, taken out, made as at first; some are new."""
    result: list[Frame] = []
    at = 0
    while at < len(frames):
        length = draw(st.integers(6, 20))
        piece = list(frames[at : at + length])
        at += length
        what = draw(st.sampled_from(("keep", "keep", "change", "remove", "insert", "revert")))
        if what == "insert":
            count = draw(st.integers(6, 10))
            result += [(names + len(result) + n, look) for n in range(count)]
        if what == "change":
            piece = [(name, look) for name, _ in piece]
        if what == "revert":
            piece = [(name, 0) for name, _ in piece]
        if what != "remove":
            result += piece
    return result or [(names, look)]


@st.composite
def chains(draw: Any) -> tuple[list[Frame], list[Frame]]:
    before = draw(edited(BASE, 1000, 1))
    restored = sorted(draw(st.sets(st.integers(0, 9), max_size=2)))  # stretches of the base that come back
    after = draw(edited(before, 2000, 2))
    there = {name for name, _ in after} | {name for name, _ in before}
    for block in restored:
        missing = [(n, 0) for n in range(block * 6, block * 6 + 6)]
        if all(name not in there for name, _ in missing):
            place = next((k for k, (name, _) in enumerate(after) if block * 6 < name < 60), len(after))
            after[place:place] = missing
    return before, after


@given(st.lists(st.integers(-1, 7), max_size=9), st.lists(st.integers(-1, 8), max_size=12))
def test_maps_compose_frame_by_frame(first: list[int], second: list[int]) -> None:
    second = [n if n < len(first) else -1 for n in second]
    wanted = [first[n] if n >= 0 else -1 for n in second]
    assert composed(np.array(first, np.int32), np.array(second, np.int32)).tolist() == wanted


@given(st.lists(edited(BASE, 1000, 1), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_every_frame_of_the_reference_is_told_of_in_every_version(versions: list[list[Frame]]) -> None:
    found = [compared(BASE, one, b_name=f"v{n}") for n, one in enumerate(versions)]
    made = matrix(found)
    assert made.stretches[0].span.start_us == 0
    assert all(x.span.end_us == y.span.start_us for x, y in itertools.pairwise(made.stretches))
    assert made.stretches[-1].span.end_us == 60 * FRAME
    exact = _borders(found)
    for frame, _ in BASE:
        row = next(one for one in made.stretches if frame * FRAME in one.span)
        for version, frames in enumerate(versions):
            looks = dict(frames)
            wanted = "missing" if frame not in looks else "same" if looks[frame] == 0 else "changed"
            cell = row.cells[version]
            if any(abs(frame - border) <= 3 for border in exact):
                continue  # borders of two versions so near one another are one
            assert cell.state == wanted
            if cell.b is not None:
                place = [name for name, _ in frames].index(frame)
                inside = frame * FRAME - row.span.start_us
                assert abs(cell.b.start_us + inside - place * FRAME) <= 3 * FRAME
    for version, frames in enumerate(versions):
        new = [n for n, (name, _) in enumerate(frames) if name >= 1000]
        told = [
            n
            for one in made.additions
            if one.version == version
            for n in range(one.b.start_us // FRAME, one.b.end_us // FRAME)
        ]
        assert told == new


def _borders(found: Sequence[Comparison]) -> set[int]:
    """Frames of the reference at which any version begins something else, where two versions' differ a little."""
    each = [{edge // FRAME for e in one.edits if e.a for edge in (e.a.start_us, e.a.end_us)} for one in found]
    every = set.union(*each)
    return {x for x in every if any(0 < abs(x - y) <= 3 for y in every)}


@given(edited(BASE, 1000, 1))
@settings(max_examples=15, deadline=None)
def test_one_version_is_its_edit_list(frames: list[Frame]) -> None:
    found = compared(BASE, frames)
    made = matrix([found])
    told = [(one.span, one.cells[0]) for one in made.stretches]
    states = {"same": "same", "changed": "changed", "removed": "missing"}
    assert told == [(e.a, Cell(states[e.kind], e.b, e.change)) for e in found.edits if e.a]  # type: ignore[arg-type]
    assert [one.b for one in made.additions] == [e.b for e in found.edits if e.a is None]


def test_replaced_moved_and_shown_again() -> None:
    made = comparisons.comparison()
    replaced = Edit("changed", comparisons.span(200, 250), comparisons.span(260, 310), ("picture",))
    again = Edit("moved", comparisons.span(0, 50), comparisons.span(485, 520))
    edits = (*made.edits[:3], replaced, *made.edits[5:7], again)
    frame_map = made.frame_map.copy()
    frame_map[260:310] = -1
    frame_map[485:520] = np.arange(35)
    told = matrix([replace(made, edits=edits, frame_map=frame_map)])
    assert [(s.span, s.cells[0].state) for s in told.stretches] == [
        (comparisons.span(0, 100), "same"),
        (comparisons.span(100, 200), "changed"),
        (comparisons.span(200, 250), "replaced"),
        (comparisons.span(250, 375), "changed"),
        (comparisons.span(375, 450), "retimed"),
        (comparisons.span(450, 500), "missing"),
    ]
    assert told.stretches[2].cells[0].b == comparisons.span(260, 310)
    assert [(one.b, one.at_us, one.again) for one in told.additions] == [
        (comparisons.span(100, 160), 100 * FRAME, False),
        (comparisons.span(485, 520), 450 * FRAME, True),
    ]
    assert told.share(0, "same") == pytest.approx(0.2)


def test_what_is_ignored_is_neither_missing_nor_added() -> None:
    new = [(n, 0) for n in range(500, 510)]
    found = compared(BASE, [*BASE[:20], *new, *BASE[20:40]])
    plain = matrix([found])
    assert [one.cells[0].state for one in plain.stretches] == ["same", "same", "missing"]
    assert len(plain.additions) == 1
    seen = applied(found, Ignore(reasons=("inserted", "removed")))
    assert [one.cells[0] for one in matrix([seen]).stretches][-1] == Cell("same")
    assert matrix([seen]).additions == ()
    steps = three_way(compared(BASE, BASE), seen, seen)
    assert {step.fate for step in steps} == {"kept"}


def test_near_borders_are_one_and_far_ones_are_not() -> None:
    def cut(at: int, name: str) -> Comparison:
        return compared(BASE, [*BASE[:20], *[(n, 1) for n in range(20, at)], *BASE[at:]], b_name=name)

    near = matrix([cut(40, "x"), cut(42, "y")])
    assert [one.span.end_us // FRAME for one in near.stretches] == [20, 40, 60]
    far = matrix([cut(40, "x"), cut(44, "y")])
    assert [one.span.end_us // FRAME for one in far.stretches] == [20, 40, 44, 60]
    assert [one.cells[1].state for one in far.stretches] == ["same", "changed", "changed", "same"]


def test_versions_of_two_references_are_refused() -> None:
    with pytest.raises(ValueError, match="one reference"):
        matrix([compared(BASE, BASE, a_name="a"), compared(BASE, BASE, a_name="other")])
    assert matrix([]).stretches == ()


def fate_of(frame: Frame, before: dict[int, int], base: dict[int, int]) -> str:
    """What the later version's frame went through, by names and looks."""
    name, look = frame
    if name not in before:
        return "new" if name not in base else "reverted" if look == base[name] else "again"
    if look == before[name]:
        return "kept" if base.get(name) == look else "before"
    if before[name] == base.get(name):
        return "after"
    return "reverted" if base.get(name) == look else "again"


def frames_of(steps: Sequence[Step], side: str) -> list[tuple[int, str]]:
    return [
        (frame, step.fate)
        for step in steps
        if (span := getattr(step, side)) is not None
        for frame in range(span.start_us // FRAME, span.end_us // FRAME)
    ]


@given(chains())
@settings(max_examples=40, deadline=None)
def test_fates_are_those_of_the_model(chain: tuple[list[Frame], list[Frame]]) -> None:
    before, after = chain
    steps = three_way(compared(BASE, before), compared(before, after), compared(BASE, after))
    told = frames_of(steps, "after")
    assert [frame for frame, _ in told] == list(range(len(after)))
    for frame, fate in told:
        around = {
            fate_of(after[n], dict(before), dict(BASE)) for n in range(max(0, frame - 2), min(len(after), frame + 3))
        }
        if len(around) == 1:  # stretches of one or two frames go with their neighbours
            assert fate in around
    later = dict(after)
    earlier = dict(before)
    gone = {before[n][0]: fate for step in steps if step.after is None for n, fate in frames_of([step], "before")}
    wanted = {
        name: "reverted" if name >= 1000 else "after" if look == 0 else "again"
        for name, look in before
        if name not in later
    }
    assert gone == wanted
    left_out = {n for step in steps if step.before is None and step.after is None for n, _ in frames_of([step], "base")}
    lacking = {name for name, _ in BASE if name not in earlier and name not in later}
    assert left_out <= lacking
    assert len(lacking - left_out) <= 2 * len(steps)


def test_a_chain_by_hand() -> None:
    """v2 grades one stretch and cuts another; v3 grades anew, brings the cut back, and adds a shot."""
    before = [*BASE[:10], *[(n, 1) for n in range(10, 30)], *BASE[40:]]
    after = [
        *BASE[:10],
        *[(n, 1) for n in range(10, 20)],
        *[(n, 2) for n in range(20, 30)],
        *BASE[30:40],
        *[(n, 0) for n in range(500, 510)],
        *BASE[40:50],
        *[(n, 2) for n in range(50, 60)],
    ]
    steps = three_way(compared(BASE, before), compared(before, after), compared(BASE, after))
    assert [(s.fate, s.after and s.after.start_us // FRAME) for s in steps] == [
        ("kept", 0),
        ("before", 10),
        ("again", 20),
        ("reverted", 30),
        ("new", 40),
        ("kept", 50),
        ("after", 60),
    ]
    assert steps[2].base == comparisons.span(20, 30)
    assert steps[3].before is None
    assert steps[5].before == comparisons.span(30, 40)


def test_where_alignments_contradict_the_sure_one_is_believed() -> None:
    """After shows the base as it was, but was taken for a like stretch of before that comes later in the base."""
    before = [one for one in BASE if not 10 <= one[0] < 20]
    base_before, base_after = compared(BASE, before), compared(BASE, BASE)
    before_after = compared(before, BASE)
    astray = before_after.frame_map.copy()
    astray[30:40] = np.arange(40, 50)  # base 50..59 instead of 30..39, which before has as well
    astray[10:20] = np.arange(20, 30)  # base 30..39 instead of 10..19, which before lacks
    found = three_way(base_before, replace(before_after, frame_map=astray), base_after)
    right = three_way(base_before, before_after, base_after)
    assert [(step.fate, step.base) for step in found] == [(step.fate, step.base) for step in right]
    assert [step.fate for step in right] == ["kept", "reverted", "kept"]
