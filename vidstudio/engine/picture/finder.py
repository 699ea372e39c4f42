"""Residuals of a course of frames, and the spots in them, block by block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture import residual, spots

Floats = NDArray[np.float32]

_BLOCK = 96


class SpotFinder:
    """Takes looks at frames in order, and finds where they differ steadily. Memory is bounded by what is found."""

    def __init__(self) -> None:
        self._before: residual.Look | None = None
        self._open: residual.Look | None = None  # the one after it is not known yet
        self._planes: list[residual.Signed] = []
        self._quiet: list[bool] = []
        self._known = 0  # of the planes, how many at the start are context only
        self.found: list[tuple[int, spots.Spots]] = []
        """Spots of each block, and how many frames were before it; complete after `finish`."""
        self.wide: list[Floats] = []
        """Share of hot points of each frame of each block."""

    def add(self, look: residual.Look) -> None:
        """The next frame."""
        self._settle(look)
        self._open = look

    def add_quiet(self, look: residual.Look, planes: residual.Signed, count: int) -> None:
        """The next `count` frames, in which nothing differs, with the residual (5, rows, columns) of the last."""
        self._settle(look if count == 1 else None)
        self._before = look
        self._planes += [planes] * count
        self._quiet += [True] * count
        self._flush_if_due()

    def finish(self) -> None:
        """There are no more."""
        self._settle(None)
        if self._planes:
            self._flush(len(self._planes))

    def _settle(self, after: residual.Look | None) -> None:
        """The residual of the frame that waits for the one after it."""
        now = self._open
        if now is None:
            return
        around = (
            one if one is not None and abs(one.number - now.number) == 1 else None for one in (self._before, after)
        )
        before, after = around
        self._planes.append(residual.residual(before, now, after))
        self._quiet.append(False)
        self._before, self._open = now, None
        self._flush_if_due()

    def _flush_if_due(self) -> None:
        if len(self._planes) - self._known >= _BLOCK + spots.CONTEXT:
            self._flush(len(self._planes) - spots.CONTEXT)

    def _flush(self, high: int) -> None:
        """Find the spots of the planes that have enough context on both sides, and let those go."""
        low = self._known
        found, wide = spots.NONE, np.zeros(high - low, np.float32)
        busy = [number for number, quiet in enumerate(self._quiet) if not quiet]
        if busy:
            # what is quiet has a say only where it is near to what is not
            first, after = max(low, busy[0] - spots.CONTEXT), min(high, busy[-1] + 1 + spots.CONTEXT)
            if first < after:
                start = max(0, first - spots.CONTEXT)
                planes = np.stack(self._planes[start : after + spots.CONTEXT])
                found, wide[first - low : after - low] = spots.spots(planes, first - start, after - start)
                found = found.later(first - low)
        self.found.append((sum(len(part) for part in self.wide), found))
        self.wide.append(wide)
        gone = max(0, high - spots.CONTEXT)
        del self._planes[:gone], self._quiet[:gone]
        self._known = min(high, spots.CONTEXT)
