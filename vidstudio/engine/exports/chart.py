"""The picture at the head of a report: both versions as lanes, what became of what, and the distance curve.

Everything is in SVG user units: `WIDTH` wide, whole chart `HEIGHT` high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vidstudio.engine.time import US, Span, format_duration
from vidstudio.engine.types import Comparison, Difference, EditKind, Metric

WIDTH = 1200.0
LEFT = 34.0
RIGHT = 12.0
LANE_A = (26.0, 52.0)
LANE_B = (112.0, 138.0)
CURVE = (164.0, 264.0)
HEIGHT = 296.0

_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MOST_TICKS = 13


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a lane: edit number (from 1), kind, and where from and how wide."""

    number: int
    kind: EditKind
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """From a piece of A to what it became in B: points of a polygon."""

    kind: EditKind
    points: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the ruler."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All shapes. `curve` and `over` are SVG path data; `new` are stretches of B without counterpart (x, width);
    `steps` are the segments of the curve (from x, to x, y).
    """

    lane_a: tuple[Block, ...]
    lane_b: tuple[Block, ...]
    ribbons: tuple[Ribbon, ...]
    curve: str
    area: str
    over: str
    new: tuple[tuple[float, float], ...]
    steps: tuple[tuple[float, float, float], ...]
    threshold_y: float
    top: float
    ticks: tuple[Tick, ...]


def chart(comparison: Comparison, metric: Metric, threshold: float) -> Chart:
    """Lay out a comparison; both lanes share one scale of time."""
    longest = max(comparison.a.duration_us, comparison.b.duration_us, 1)
    scale = (WIDTH - LEFT - RIGHT) / longest

    def x_of(time_us: int) -> float:
        return round(LEFT + time_us * scale, 2)

    def block(number: int, kind: EditKind, span: Span) -> Block:
        left, right = x_of(span.start_us), x_of(span.end_us)
        return Block(number, kind, left, round(max(right - left, 1.0), 2))

    numbered = list(enumerate(comparison.edits, 1))
    ribbons = []
    for edit in comparison.edits:
        if edit.a and edit.b:
            corners = (
                (edit.a.start_us, LANE_A[1]),
                (edit.a.end_us, LANE_A[1]),
                (edit.b.end_us, LANE_B[0]),
                (edit.b.start_us, LANE_B[0]),
            )
            ribbons.append(Ribbon(edit.kind, " ".join(f"{x_of(t)},{y}" for t, y in corners)))
    scored = [d for d in comparison.segments if d.pair.b is not None]
    top = _top(scored, metric, threshold)

    def y_of(distance: float) -> float:
        return round(CURVE[1] - min(distance / top, 1.0) * (CURVE[1] - CURVE[0]), 2)

    steps = [
        (x_of(d.pair.b.start_us), x_of(d.pair.b.end_us), y_of(distance))
        for d in scored
        if d.pair.b is not None and (distance := d.distance(metric)) is not None
    ]
    limit = y_of(threshold)
    new = (d.pair.b for d in scored if d.distance(metric) is None)
    return Chart(
        lane_a=tuple(block(n, e.kind, e.a) for n, e in numbered if e.a),
        lane_b=tuple(block(n, e.kind, e.b) for n, e in numbered if e.b),
        # what is the same lies below what is not
        ribbons=tuple(sorted(ribbons, key=lambda ribbon: ribbon.kind != "same")),
        curve=" ".join(_line(steps)),
        area=" ".join(f"M{left} {CURVE[1]}V{y}H{right}V{CURVE[1]}Z" for left, right, y in steps),
        over=" ".join(f"M{left} {limit}V{y}H{right}V{limit}Z" for left, right, y in steps if y < limit),
        new=tuple((x_of(b.start_us), round(b.duration_us * scale, 2)) for b in new if b),
        steps=tuple(steps),
        threshold_y=limit,
        top=top,
        ticks=tuple(_ticks(longest, scale)),
    )


def _top(scored: list[Difference], metric: Metric, threshold: float) -> float:
    highest = max((d.distance(metric) or 0.0 for d in scored), default=0.0)
    return max(threshold * 1.6, highest * 1.1, 0.05)


def _line(steps: list[tuple[float, float, float]]) -> Iterator[str]:
    end = None
    for left, right, y in steps:
        yield f"V{y}H{right}" if left == end else f"M{left} {y}H{right}"
        end = right


def _ticks(longest_us: int, scale: float) -> Iterator[Tick]:
    step = next((s for s in _TICKS_S if longest_us / (s * US) <= _MOST_TICKS), _TICKS_S[-1]) * US
    for time_us in range(0, longest_us + 1, step):
        yield Tick(round(LEFT + time_us * scale, 2), format_duration(time_us))
