"""Figures of a comparison at one threshold. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.types import EditKind, Metric
from vidstudio.ui.state.layout import Layout


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of a comparison at one threshold. `different_us` is on the master axis."""

    counts: dict[EditKind, int]
    times_us: dict[EditKind, int]
    different_us: int
    duration_us: int
    segments: int
    segments_over: int
    median: float | None
    largest: float | None
    aligned: bool = True

    @property
    def share(self) -> float:
        """Part of the time that is different, 0..1."""
        return self.different_us / self.duration_us if self.duration_us else 0.0

    @staticmethod
    def of(layout: Layout, metric: Metric, over: NDArray[np.bool_]) -> Statistics:
        """Of a layout whose segments `over` (N,) are over the threshold in a metric."""
        in_same = layout.seg_codes == 0
        lengths = layout.seg_ends - layout.seg_starts
        different = int(lengths[over & in_same].sum()) + sum(t for k, t in layout.times_us.items() if k != "same")
        known = layout.distances[metric]
        known = known[~np.isnan(known)]
        return Statistics(
            counts=layout.counts,
            times_us=layout.times_us,
            different_us=min(different, layout.duration_us),
            duration_us=layout.duration_us,
            segments=len(over),
            segments_over=int(over.sum()),
            median=_median(known) if len(known) else None,
            largest=float(known.max()) if len(known) else None,
            aligned=layout.aligned,
        )


def _median(values: NDArray[np.float32]) -> float:
    # numpy's own loads numpy.ma at first, for which the window would stand still
    middle = [(len(values) - 1) // 2, len(values) // 2]
    return float(np.partition(values, middle)[middle].mean())
