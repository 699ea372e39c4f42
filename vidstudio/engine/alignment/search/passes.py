"""One pass over a pair of videos: coarse runs by cells of time, and the exact frames that they lead to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.cuts import cuts
from vidstudio.engine.alignment.appearance.looks import PLAIN, Compared, Look
from vidstudio.engine.alignment.appearance.pictures import Pictures
from vidstudio.engine.alignment.search import coarse, exact, pace, panning, tracking, zooming
from vidstudio.engine.alignment.search.alternatives import alternatives
from vidstudio.engine.alignment.search.cells import Cells, length_us

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_COSTS_OF = 2000
_POOR = 0.12
_LEAST_POOR_CELLS = 3
_MIRRORED = Look(mirrored=True)
_LAYERS = (coarse.Layer(), coarse.Layer(-1), coarse.Layer(1, 1), coarse.Layer(1, 2))
_MOST_ZOOMS = 12


class Pass:
    """Coarse runs of one pair of pictures, and exact frames from them.

    speed: how much faster A runs in B than it did, phase: by what share of a frame its clock is ahead there (see
    `pace.natural_frames`). tracks: what is searched. new: how unlike new material is.
    apart: what each side usually shows is its own matter, see `cells.Space.of`.
    """

    def __init__(self, a: Pictures, b: Pictures, tell: Callable[[float], None], *, apart: bool = False) -> None:
        self.a, self.b, self._tell, self._apart = a, b, tell, apart
        cell_us = length_us(a, b)
        self._cells = Cells(a, b, cell_us, apart=apart)
        tell(0.2)
        way = self._cells.way()
        self.speed, self.phase = 1.0, 0.0
        if way.slips > pace.MANY_SLIPS and not self._cells.reframed:
            self.speed = pace.speed(a, b, cell_us)
            if self.speed != 1:
                self._cells = Cells(a, b, cell_us, self.speed, apart=apart)
                way = self._cells.way()
        self._runs = self._found(way.runs, cell_us)
        tell(0.6)
        rate = cell_us / a.frame_us
        self.tracks: list[exact.Track] = []
        self.new = 0.0
        self._radius = max(8, round(2.2 * rate))
        self._reach = round(3 * self._radius * a.frame_us / b.frame_us) + 1
        self._compared = Compared(a.thumbs, b.thumbs, self._cells.usual)

    @property
    def reframed(self) -> bool:
        """Whether one side shows a moving window of the other."""
        return self._cells.reframed

    def distinct(self, frame_map: NDArray[np.int32]) -> Floats:
        """How much less alike the next best place in A is, by frame of B, 0..1; 0 where nothing is matched."""
        of_cells = self._cells
        column_of = np.searchsorted(of_cells.a_at, np.arange(len(self.a.thumbs)))
        rows = np.flatnonzero(frame_map[of_cells.b_at] >= 0)
        if not len(rows):
            return np.zeros(len(frame_map), np.float32)
        columns = np.minimum(column_of[frame_map[of_cells.b_at[rows]]], len(of_cells.a_at) - 1)
        values = of_cells.margins(rows, columns)
        by_frame = np.interp(np.arange(len(frame_map)), of_cells.b_at[rows], values)
        result: Floats = np.where(frame_map >= 0, by_frame, 0).astype(np.float32)
        return result

    def others(self, frame_map: NDArray[np.int32]) -> NDArray[np.int32]:
        """Where else in A stretches of B fit as well; see `alternatives`."""
        return alternatives(frame_map, self._cells, self.a.starts_us, self.b.starts_us)

    def _found(self, plain: list[coarse.Run], cell_us: int) -> list[tuple[coarse.Run, Look]]:
        """All runs: first of A as it was, then, where that says little, also backward, mirrored and zoomed."""
        of_cells = self._cells
        rows, columns = len(of_cells.b_at), len(of_cells.a_frames)
        if of_cells.reframed:
            at = of_cells.a_at, of_cells.b_at
            shots = cuts(self.b.thumbs)
            return [(run, panning.pan(run, self.a, self.b, *at, of_cells.usual, shots)) for run in plain]
        found = [(run, PLAIN) for run in plain]
        poor = self._poor(plain, rows)
        if len(poor) < _LEAST_POOR_CELLS:
            return found
        of_both = Cells(self.a, self.b, cell_us, self.speed, other_looks=zooming.START, apart=self._apart)
        again = coarse.find(len(poor), columns, _LAYERS, lambda low, high: of_both.unlike(poor[low:high]))
        others = [one for run in plain for one in _within(run, poor)]
        for run in again.runs:
            for part in np.split(np.arange(len(run.rows)), np.flatnonzero(np.diff(poor[run.rows]) > 1) + 1):
                one = coarse.Run(poor[run.rows[part]], run.columns[part], run.layer)
                if not one.layer.plain and len(part) >= _LEAST_POOR_CELLS:
                    others.append(one)
        zooms = 0
        for one in sorted(others, key=lambda one: -len(one.rows)):
            look = (PLAIN, _MIRRORED)[one.layer.look] if one.layer.look < 2 else None
            if look is None and zooms < _MOST_ZOOMS:
                look = zooming.zoom(one, self.a, self.b, of_cells.a_at, of_cells.b_at)
                zooms += 1
            if look is not None:
                found.append((one, look))
        return found

    def _poor(self, plain: list[coarse.Run], rows: int) -> Ints:
        """Rows in which nothing of A was found, or what is much less alike than usual."""
        unlike = np.full(rows, 9, np.float32)
        for run in plain:
            unlike[run.rows] = self._cells.along(run.rows, run.columns)
        matched = unlike < 9
        usual = float(np.median(unlike[matched])) if matched.any() else 0.0
        poor = unlike > 2 * usual + _POOR
        near = np.convolve(poor, np.ones(5))[2:-2] >= 1
        return np.flatnonzero(near)

    @property
    def state(self) -> tuple[float, float, list[exact.Track], float]:
        """What `match` changes; set again, it is as if what was matched since had not been."""
        return self.speed, self.phase, self.tracks, self.new

    @state.setter
    def state(self, state: tuple[float, float, list[exact.Track], float]) -> None:
        self.speed, self.phase, self.tracks, self.new = state

    @property
    def natural(self) -> Ints:
        """int64 (frames of B,), the frame of A at the time of each, at its speed and phase."""
        return pace.natural_frames(self.a, self.b, self.speed, self.phase)

    def match(self, speed: float = 0.0, phase: float = 0.0) -> exact.Found:
        """Exact frames; speed: how much faster A runs in B than it did, 0 where only the cells know."""
        self.speed, self.phase = speed or self.speed, phase
        a, b, of_cells = self.a, self.b, self._cells
        band = tracking.Band(len(a.thumbs), len(b.thumbs), self.natural, self._radius, self._reach)
        self.tracks = [
            one for run, look in self._runs for one in tracking.tracks(run, of_cells.b_at, of_cells.a_at, band, look)
        ]
        similarity = self._compared.similarity
        costs = _costs(self.tracks, similarity, self._radius, len(a.thumbs))
        self.new = costs.new
        return exact.align(
            len(b.thumbs),
            len(a.thumbs),
            self.tracks,
            self._radius,
            similarity,
            costs,
            lambda frame: self._tell(0.6 + 0.4 * frame / len(b.thumbs)),
        )


def _within(run: coarse.Run, rows: Ints) -> list[coarse.Run]:
    """The parts of a run along those rows that are long enough, to be looked at through a window."""
    inside = np.flatnonzero(np.isin(run.rows, rows))
    parts = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)
    layer = coarse.Layer(1, 2)
    return [coarse.Run(run.rows[one], run.columns[one], layer) for one in parts if len(one) > _LEAST_POOR_CELLS]


def _costs(tracks: list[exact.Track], similarity: exact.Emission, radius: int, a_frames: int) -> exact.Costs:
    """Prices that suit this pair: how unlike right matches are says how unlike new material must be."""
    best = []
    step = max(5, sum(len(track.centers) for track in tracks) // _COSTS_OF)
    for track in tracks:
        for at in range(0, len(track.centers), step):
            center = int(track.centers[at])
            low, high = max(0, center - radius), min(a_frames, center + radius + 1)
            if low < high:
                best.append(float(similarity(track.look, track.first + at, track.first + at + 1, low, high).max()))
    typical = 1 - float(np.median(best)) if best else 0.5
    new = float(np.clip(3 * typical + 0.12, 0.3, 0.7))
    return exact.Costs(switch=2.2 * new, slip=new, new=new)
