"""Random edits over real footage with exact truth: what `edit_maps.py` measures alignment on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from edit_footage import SIZE, Pictures, Random, Stock, stock
from edit_looks import barred, grade, overlay, window, zoomed


@dataclass
class Part:
    """Frames of B from one place: pictures (n, 180, 320) and what they show, a frame of A, -1 new, -2 either way."""

    pictures: Pictures
    shown: np.ndarray
    kind: str = "kept"


@dataclass
class Case:
    """One pair. rates are frames a second; `crf` of the encoding of B and its size.

    plain: B's pictures before they were graded, cropped, woven. woven: like truth, what the other field of each frame
    shows, where B is woven. view: (frames of B, 4), what of A's picture each shows: left, top, right, bottom as shares.
    """

    name: str
    a: Pictures
    b: Pictures
    truth: np.ndarray
    plain: Pictures
    a_rate: Fraction = Fraction(25)
    b_rate: Fraction = Fraction(25)
    aspect: float = 16 / 9
    crf: int = 20
    size: tuple[int, int] = SIZE
    marks: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    woven: np.ndarray | None = None
    view: np.ndarray | None = None

    def take(self, frames: np.ndarray) -> None:
        """Makes B of these of its frames."""
        self.b, self.plain, self.truth = self.b[frames], self.plain[frames], self.truth[frames]


def _kept(stock_: Stock) -> list[Part]:
    return [Part(shot, np.arange(first, first + len(shot)))
            for shot, first in zip(stock_.programme, stock_.firsts[:-1], strict=True)]  # fmt: skip


def _new(shot: Pictures) -> Part:
    return Part(shot, np.full(len(shot), -1), "new")


def _case(name: str, stock_: Stock, parts: list[Part], **more) -> Case:
    marks: dict[str, list[tuple[int, int]]] = {}
    at = 0
    for part in parts:
        if part.kind not in ("kept", "new"):
            marks.setdefault(part.kind, []).append((at, at + len(part.shown)))
        at += len(part.shown)
    truth = np.concatenate([part.shown for part in parts]).astype(np.int64)
    pictures = np.concatenate([part.pictures for part in parts])
    return Case(name, stock_.a, pictures, truth, pictures, marks=marks, **more)


def _quality(random: Random) -> dict:
    """How B is encoded: half the time as good as A."""
    crf = int(random.choice([18, 20, 23, 26, 30, 34, 38, 40]))
    size = [SIZE, SIZE, (256, 144), (480, 270)][int(random.integers(4))]
    return {"crf": crf, "size": size}


def same(random: Random, clips: list[Pictures]) -> Case:
    """Another encoding only, half the time graded as a whole."""
    cut = stock(random, clips)
    parts = _kept(cut)
    case = _case("same", cut, parts, **_quality(random))
    if random.random() < 0.5:
        case.b = grade(random, case.b)
    return case


def recut(random: Random, clips: list[Pictures], name: str = "recut") -> Case:
    """Shots inserted, removed, moved, replaced and trimmed."""
    cut = stock(random, clips)
    parts = _kept(cut)
    moved = int(random.integers(1, len(parts) - 1)) if random.random() < 0.6 else -1
    result: list[Part] = []
    quiet = 2  # shots since the last edit: edits that touch could be told in two ways
    for i, part in enumerate(parts):
        what = str(random.choice(["keep", "insert", "drop", "replace", "head", "tail"], p=[0.4, *[0.12] * 5]))
        if abs(i - moved) <= 1 or quiet < 1:
            what = "keep"
        quiet = quiet + 1 if what == "keep" else 0
        if what in ("insert", "replace") and cut.spare:
            result.append(_new(cut.spare.pop()))
            if what == "replace":
                continue
        amount = int(random.integers(1, 15))
        if what == "drop":
            continue
        if what == "head":
            part = Part(part.pictures[amount:], part.shown[amount:])
        elif what == "tail":
            part = Part(part.pictures[:-amount], part.shown[:-amount])
        result.append(part)
    if moved >= 0:
        at = next((k for k, part in enumerate(result) if part.shown[0] == cut.firsts[moved]), -1)
        if at >= 0:
            part = result.pop(at)
            places = [k for k in range(len(result) + 1) if abs(k - at) > 2] or [0]
            result.insert(int(random.choice(places)), part)
    return _case(name, cut, result, **_quality(random))


def graded_recut(random: Random, clips: list[Pictures]) -> Case:
    """As recut, all of it graded, overlaid and cropped a little."""
    case = recut(random, clips, "recut graded")
    case.b = grade(random, case.b)
    if random.random() < 0.6:
        case.b = zoomed(case.b, np.full(len(case.b), random.uniform(1.01, 1.06)))
    case.b = overlay(random, case.b)
    return case


def short_trims(random: Random, clips: list[Pictures]) -> Case:
    """One or two frames off some shots."""
    cut = stock(random, clips)
    parts = _kept(cut)
    for i in range(1, len(parts) - 1, 3):
        amount, part = int(random.integers(1, 4)), parts[i]
        at = slice(amount, None) if random.random() < 0.5 else slice(None, -amount)
        parts[i] = Part(part.pictures[at], part.shown[at])
    return _case("trims of 1-3", cut, parts, **_quality(random))


def repeat_black(random: Random, clips: list[Pictures]) -> Case:
    cut = stock(random, clips)
    parts = _kept(cut)
    again = int(random.integers(len(parts)))
    parts.insert(int(random.integers(len(parts) + 1)), replace_kind(parts[again], "repeated"))
    black = np.full((int(random.integers(8, 30)), *SIZE[::-1]), 16, np.uint8)
    parts.insert(int(random.integers(1, len(parts))), _new(black))
    return _case("repeat+black", cut, parts, **_quality(random))


def replace_kind(part: Part, kind: str) -> Part:
    return Part(part.pictures, part.shown, kind)


def vertical(random: Random, clips: list[Pictures]) -> Case:
    """A 9:16 window that pans, alone or inside pillars; one inserted shot."""
    cut = stock(random, clips)
    parts = _kept(cut)
    parts.insert(int(random.integers(1, len(parts))), _new(cut.spare.pop()))
    case = _case("9:16", cut, parts, **_quality(random))
    share = (9 / 16) / (16 / 9)
    count = len(case.b)
    path = 0.5 + 0.5 * np.sin(np.arange(count) / random.uniform(40, 150) + random.uniform(0, 6))
    case.b = window(case.b, path * (1 - share), share)
    lefts = path * (1 - share)
    case.view = np.stack([lefts, np.zeros(count), lefts + share, np.ones(count)], axis=1)
    case.aspect = 9 / 16
    if random.random() < 0.5:
        case.name, case.aspect = "pillar", 16 / 9
        case.b = barred(case.b, round(SIZE[0] * (1 - share) / 2), 0)
    return case


def letterbox(random: Random, clips: list[Pictures]) -> Case:
    """Black bars on all of it, or a common crop."""
    case = recut(random, clips, "letterbox/crop")
    if random.random() < 0.5:
        down = int(random.integers(12, 30))
        case.b = barred(case.b, *((0, down) if random.random() < 0.5 else (2 * down, 0)))
    else:
        place = (float(random.uniform(0, 1)), float(random.uniform(0, 1)))
        factor = random.uniform(1.05, 1.5)
        case.b = zoomed(case.b, np.full(len(case.b), factor), place)
        left, top = place[0] * (1 - 1 / factor), place[1] * (1 - 1 / factor)
        case.view = np.tile([left, top, left + 1 / factor, top + 1 / factor], (len(case.b), 1))
    return case


def dissolve(random: Random, clips: list[Pictures]) -> Case:
    """Some cuts become dissolves, or fades through black; B is shorter by each dissolve."""
    cut = stock(random, clips)
    parts = _kept(cut)
    result = [parts[0]]
    spans = []
    for i, part in enumerate(parts[1:], 1):
        length = int(random.integers(6, 20))
        before = result[-1]
        if i % 4 or len(part.shown) < 2 * length + 8 or len(before.shown) < 2 * length + 8:
            result.append(part)
            continue
        share = ((np.arange(length) + 1) / (length + 1))[:, None, None]
        if random.random() < 0.6:
            mixed = before.pictures[-length:] * (1 - share) + part.pictures[:length] * share
            result[-1] = Part(before.pictures[:-length], before.shown[:-length])
            result.append(Part(np.rint(mixed).astype(np.uint8), np.full(length, -2), "dissolve"))
            spans.append(length)
            result.append(Part(part.pictures[length:], part.shown[length:]))
        else:
            down = 16 + (before.pictures[-length:].astype(float) - 16) * (1 - share)
            up = 16 + (part.pictures[:length].astype(float) - 16) * share
            faded = np.concatenate([before.pictures[:-length], np.rint(down).astype(np.uint8)])
            result[-1] = Part(faded, before.shown)
            risen = np.concatenate([np.rint(up).astype(np.uint8), part.pictures[length:]])
            # what is as good as black is anybody's
            result[-1].shown = np.where(np.arange(len(before.shown)) >= len(before.shown) - 2, -2, before.shown)
            result.append(Part(risen, np.where(np.arange(len(part.shown)) < 2, -2, part.shown)))
    return _case("dissolve/fade", cut, result, **_quality(random))


_SPEEDS = (0.5, 0.75, 0.8, 24 / 25, 25 / 24, 1.1, 1.25, 1.5, 2.0)


def retimed(random: Random, clips: list[Pictures]) -> Case:
    """All of it faster or slower, with one shot removed and one inserted."""
    cut = stock(random, clips)
    parts = _kept(cut)
    del parts[int(random.integers(1, len(parts) - 1))]
    parts.insert(int(random.integers(1, len(parts))), _new(cut.spare.pop()))
    case = _case("retimed", cut, parts, **_quality(random))
    return _resampled(case, float(random.choice(_SPEEDS)))


def _resampled(case: Case, speed: float) -> Case:
    at = np.arange(int(len(case.b) / speed)) * speed
    case.take(np.minimum(at.astype(int), len(case.b) - 1))
    return case


def rates(random: Random, clips: list[Pictures]) -> Case:
    """Another frame rate: frames doubled or left out, or with 3:2 pulldown and combing."""
    case = recut(random, clips, "frame rate")
    of_a, of_b = ((25, 30), (30, 25), (24, 30), (24, 25), (50, 25), (25, 50))[int(random.integers(6))]
    case.a_rate, case.b_rate = Fraction(of_a), Fraction(of_b)
    if of_a == 24 and random.random() < 0.8:
        case.a_rate, case.b_rate = Fraction(24000, 1001), Fraction(30000, 1001) if of_b == 30 else Fraction(25)
    if (of_a, of_b) == (24, 30) and random.random() < 0.5:
        return _pulled_down(case)
    return _resampled(case, float(case.a_rate / case.b_rate))


def _pulled_down(case: Case) -> Case:
    """3:2 pulldown: of five frames of B two are woven from two of A."""
    count = len(case.b) // 4 * 5
    top, bottom = np.zeros(count, int), np.zeros(count, int)
    for i in range(count):
        group, place = divmod(i, 5)
        top[i] = group * 4 + (0, 1, 1, 2, 3)[place]
        bottom[i] = group * 4 + (0, 1, 2, 3, 3)[place]
    lines, case.woven = case.b[bottom][:, 1::2], case.truth[bottom]
    case.take(top)
    case.b[:, 1::2] = lines
    case.name = "pulldown"
    return case


def combed(random: Random, clips: list[Pictures]) -> Case:
    """Every frame woven from itself and the next one."""
    case = recut(random, clips, "combing")
    after = np.minimum(np.arange(len(case.b)) + 1, len(case.b) - 1)
    woven = case.b.copy()
    woven[:, 1::2] = case.b[after][:, 1::2]
    case.b, case.woven = woven, case.truth[after]
    return case


def stutter(random: Random, clips: list[Pictures]) -> Case:
    """Single frames shown twice, others left out."""
    cut = stock(random, clips)
    case = _case("drop/double", cut, _kept(cut), **_quality(random))
    taken = np.arange(len(case.b))
    for at in np.sort(random.choice(np.arange(20, len(taken) - 20), 6, replace=False)):
        if random.random() < 0.5:
            taken[at] = taken[at - 1]
        else:
            taken[at:] = np.minimum(taken[at:] + 1, len(taken) - 1)
    case.take(taken)
    return case


def shot_effects(random: Random, clips: list[Pictures]) -> Case:
    """Single shots reversed, frozen, mirrored, zoomed into, faster or slower, graded or overlaid."""
    cut = stock(random, clips)
    parts = _kept(cut)
    effects = ["reversed", "frozen", "mirrored", "slow zoom", "speed", "grade", "overlay"]
    random.shuffle(effects)
    for number, effect in zip(range(1, len(parts), 2), effects, strict=False):
        parts[number] = _effect(random, parts[number], effect)
    return _case("shot effects", cut, parts, **_quality(random))


def _effect(random: Random, part: Part, effect: str) -> Part:
    pictures, shown = part.pictures, part.shown
    if effect == "reversed":
        pictures, shown = pictures[::-1], shown[::-1]
    elif effect == "frozen":
        at, much = len(shown) // 2, int(random.integers(15, 40))
        taken = np.concatenate([np.arange(at), np.full(much, at), np.arange(at, len(shown))])
        pictures, shown = pictures[taken], shown[taken]
    elif effect == "mirrored":
        pictures = pictures[:, :, ::-1]
    elif effect == "slow zoom":
        pictures = zoomed(pictures, np.linspace(1, random.uniform(1.1, 1.25), len(pictures)))
    elif effect == "speed":
        speed = float(random.choice([0.5, 0.67, 0.8, 1.25, 1.5, 2.0]))
        taken = (np.arange(int(len(shown) / speed)) * speed).astype(int)
        pictures, shown = pictures[taken], shown[taken]
    elif effect == "grade":
        pictures = grade(random, pictures)
    else:
        pictures = overlay(random, pictures)
    return Part(pictures, shown, effect)


def same_camera(random: Random, clips: list[Pictures]) -> Case:
    """As recut, but what is inserted comes from the same clips as the programme."""
    clip_numbers = random.permutation(len(clips))[:6]
    return recut(random, [clips[i] for i in clip_numbers], "same camera")


def unrelated(random: Random, clips: list[Pictures]) -> Case:
    """Nothing in common."""
    order = random.permutation(len(clips))
    half = len(clips) // 2
    cut = stock(random, [clips[i] for i in order[:half]])
    other = stock(random, [clips[i] for i in order[half:]])
    return _case("unrelated", cut, [_new(shot) for shot in other.programme], **_quality(random))


CASES: tuple[Callable[[Random, list[Pictures]], Case], ...] = (
    same, recut, graded_recut, short_trims, repeat_black, vertical, letterbox, dissolve, retimed, rates, combed,
    stutter, shot_effects, same_camera, unrelated,
)  # fmt: skip
