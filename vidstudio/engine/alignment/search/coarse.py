"""Coarse alignment: which stretches of B are which stretches of A, by the cheapest path through cells of time.

One Viterbi pass over the cells of B. Its states are all cells of A in a few layers (forward, backward, mirrored)
and "new"; going on in a layer is free, another speed costs little, jumping costs more, so that moved and reused
shots are found in one pass. Memory is two bits for each pair of cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NEW = -1
_BLOCK = 64
_FAR = np.float32(1e6)
_STAY = np.float32(0.2)
_SKIP = np.float32(0.15)
_SWITCH = np.float32(1.0)
_NEW = np.float32(0.5)
_TURN = np.float32(0.3)
_FARTHER = np.float32(0.25)
_LEAST_CELLS = 2


@dataclass(frozen=True, slots=True)
class Layer:
    """A way of showing A: along time (1) or against it (-1), and in which of the looks that are compared."""

    direction: int = 1
    look: int = 0

    @property
    def plain(self) -> bool:
        """Whether it is A as it was."""
        return self.direction == 1 and self.look == 0


@dataclass(frozen=True, slots=True)
class Way:
    """All runs, in the order of B, and the price of the whole path."""

    runs: list[Run]
    price: float

    @property
    def slips(self) -> float:
        """Share of the steps of forward runs that are not one cell of A for one of B."""
        steps = [np.diff(run.columns) != 1 for run in self.runs if run.layer.plain]
        every = np.concatenate(steps) if steps else np.zeros(0, bool)
        return float(every.mean()) if len(every) else 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of B that follows A: rows (B), rising, and columns (A), int64 (N,), in one layer."""

    rows: Ints
    columns: Ints
    layer: Layer


Emission = Callable[[int, int], Sequence[Floats]]
"""For rows `low..high-1` the unlikeness (high - low, columns), 0..2, of each look."""


def find(rows: int, columns: int, layers: Sequence[Layer], emission: Emission) -> Way:
    """All stretches of B that are found in A."""
    if not rows or not columns:
        return Way([], 0.0)
    path = _Path(columns, layers)
    for low in range(0, rows, _BLOCK):
        looks = emission(low, min(rows, low + _BLOCK))
        for row in range(len(looks[0])):
            path.add([look[row] for look in looks])
    places, chosen = path.trace()
    return Way(_runs(places, chosen, layers), path.price)


class _Path:
    """The pass forward: best scores so far, and two bits for each state of each row."""

    def __init__(self, columns: int, layers: Sequence[Layer]) -> None:
        self._columns = columns
        self._layers = layers
        self._scores = [np.full(columns, _FAR, np.float32) for _ in layers]
        self._new = np.float32(0)
        self._left_at = 0.0
        self._steps: list[NDArray[np.uint8]] = []
        self._jumps: list[tuple[int, int]] = []
        self._new_from: list[tuple[int, int]] = []
        self._passed = 0.0
        self._far = np.arange(columns, dtype=np.float32)
        self._ramp = _FARTHER / np.float32(columns)

    def add(self, looks: Sequence[Floats]) -> None:
        """One more row; `looks` are its unlikenesses (columns,)."""
        at = [int(np.argmin(scores)) for scores in self._scores]
        tops = [float(scores[one]) for scores, one in zip(self._scores, at, strict=True)]
        best_layer = int(np.argmin(tops))
        best = np.float32(tops[best_layer])
        first = not self._steps
        from_best = best + _SWITCH < self._new + _SWITCH / 2
        jump = np.float32(0 if first else min(float(best + _SWITCH), float(self._new + _SWITCH / 2)))
        expected = at[best_layer] if from_best else self._left_at
        # of places that are equally alike the nearest, and rather one ahead
        away = self._far - np.float32(expected)
        jumps = jump + self._ramp * np.maximum(away, np.float32(-1.5) * away)
        steps = []
        for number, layer in enumerate(self._layers):
            steps.append(self._advance(number, layer, jumps if layer.plain else jumps + _TURN, looks[layer.look]))
        self._steps.append(_packed(np.concatenate(steps)))
        self._jumps.append((best_layer, at[best_layer]) if from_best and not first else (NEW, 0))
        if not first and best + _SWITCH / 2 < self._new:
            self._new = best + _SWITCH / 2
            self._left_at = float(at[best_layer])
            self._new_from.append((best_layer, at[best_layer]))
        else:
            self._new_from.append((NEW, 0))
        self._new += _NEW
        floor = min([float(self._new), *(float(scores.min()) for scores in self._scores)])
        for scores in self._scores:
            scores -= np.float32(floor)
        self._new = np.float32(self._new - floor)
        self._passed += float(floor)

    @property
    def price(self) -> float:
        """Of the cheapest path so far."""
        return self._passed

    def _advance(self, number: int, layer: Layer, jumps: Floats, unlike: Floats) -> NDArray[np.uint8]:
        """Scores of a layer after one more row; returns for each state whether it went on, stayed, skipped, jumped."""
        before = self._scores[number]
        stay = before + _STAY
        best = np.full(self._columns, _FAR, np.float32)
        step = np.zeros(self._columns, np.uint8)
        skip = np.full(self._columns, _FAR, np.float32)
        if layer.direction > 0:
            best[1:] = before[:-1]
            skip[2:] = before[:-2] + _SKIP
        else:
            best[:-1] = before[1:]
            skip[:-2] = before[2:] + _SKIP
        for code, way in ((1, stay), (2, skip), (3, jumps)):
            better = way < best
            step[better] = code
            np.minimum(best, way, out=best)
        best += unlike
        self._scores[number] = best
        return step

    def trace(self) -> tuple[Ints, Ints]:
        """The column of A of each row, or NEW, and in which layer."""
        rows = len(self._steps)
        places, chosen = np.full(rows, NEW, np.int64), np.zeros(rows, np.int64)
        ends = [float(scores.min()) for scores in self._scores]
        layer = int(np.argmin(ends))
        column = int(np.argmin(self._scores[layer])) if ends[layer] <= self._new else NEW
        for row in range(rows - 1, -1, -1):
            if column == NEW:
                layer, column = self._new_from[row] if self._new_from[row][0] != NEW else (layer, NEW)
                continue
            places[row], chosen[row] = column, layer
            at = layer * self._columns + column
            step = (int(self._steps[row][at // 4]) >> (2 * (at % 4))) & 3
            if step == 3:
                from_layer, from_column = self._jumps[row]
                layer, column = (layer, NEW) if from_layer == NEW else (from_layer, from_column)
            elif step != 1:
                column -= self._layers[layer].direction * (1 if step == 0 else 2)
        return places, chosen


def _packed(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Four codes of two bits in a byte."""
    padded = np.zeros(-(-len(codes) // 4) * 4, np.uint8)
    padded[: len(codes)] = codes
    shifted = padded.reshape(-1, 4) << np.array([0, 2, 4, 6], np.uint8)
    result: NDArray[np.uint8] = np.bitwise_or.reduce(shifted, axis=1)
    return result


def _runs(places: Ints, chosen: Ints, layers: Sequence[Layer]) -> list[Run]:
    """Pieces of the path without a jump."""
    directions = np.array([layer.direction for layer in layers])[chosen]
    moved = np.diff(places) * directions[1:]
    broken = (places[1:] == NEW) | (places[:-1] == NEW) | (chosen[1:] != chosen[:-1]) | (moved < 0) | (moved > 2)
    pieces = np.split(np.arange(len(places)), np.flatnonzero(broken) + 1)
    return [
        Run(piece, places[piece], layers[int(chosen[piece[0]])])
        for piece in pieces
        if places[piece[0]] != NEW and len(piece) >= min(_LEAST_CELLS, len(places))
    ]
