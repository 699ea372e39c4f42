"""Cells of time: what the coarse pass compares instead of frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.appearance.pictures import Pictures, Usual
from vidstudio.engine.alignment.results import Window
from vidstudio.engine.alignment.search import coarse

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

SHORTEST_US = 200_000
_MOST = 18_000
_MOST_OF_A_FRAME = 5
_MOST_HELD = 100
_SAMPLES = 5
_FEWER_SAMPLES = 3
_MANY = 3_000
_DIMENSIONS = 128
_SPACE_OF = 2_000
_BATCH = 512
_BESIDE = 3
_SURELY_OTHER = 0.1


def _as_it_is(thumbs: Bytes) -> Bytes:
    return thumbs


def _mirrored(thumbs: Bytes) -> Bytes:
    return thumbs[:, :, ::-1]


@dataclass(frozen=True, slots=True)
class Space:
    """Where descriptors are compared: what frames of A and of B share, and for many cells fewer dimensions."""

    usual: Usual
    basis: Floats | None

    @classmethod
    def of(cls, a: Bytes, b: Bytes, *, small: bool, apart: bool = False) -> Space:
        """The space of two videos, from some of their thumbnails. apart: what each usually shows is its own matter."""
        of_a, of_b = descriptors.features(some(a, _SPACE_OF)), descriptors.features(some(b, _SPACE_OF))
        usual = Usual.apart(of_a, of_b) if apart else Usual.common(of_a, of_b)
        if not small:
            return cls(usual, None)
        both = np.concatenate([descriptors.center(of_a, usual.a), descriptors.center(of_b, usual.b)])
        _, vectors = np.linalg.eigh(both.T @ both)
        return cls(usual, np.ascontiguousarray(vectors[:, -_DIMENSIONS:], dtype=np.float32))

    def of_a(self, thumbs: Bytes, numbers: Ints, seen: Callable[[Bytes], Bytes] = _as_it_is) -> Floats:
        """Unit descriptors (N, D) of those of A's thumbnails, as they are `seen`."""
        return self._all(thumbs, numbers, seen, self.usual.a)

    def of_b(self, thumbs: Bytes, numbers: Ints, seen: Callable[[Bytes], Bytes] = _as_it_is) -> Floats:
        """The same of B's."""
        return self._all(thumbs, numbers, seen, self.usual.b)

    def _all(self, thumbs: Bytes, numbers: Ints, seen: Callable[[Bytes], Bytes], usual: Floats) -> Floats:
        dimensions = len(usual) if self.basis is None else self.basis.shape[1]
        result = np.zeros((len(numbers), dimensions), np.float32)
        for at in range(0, len(numbers), _BATCH):
            result[at : at + _BATCH] = self._described(seen(thumbs[numbers[at : at + _BATCH]]), usual)
        return result

    def _described(self, thumbs: Bytes, usual: Floats) -> Floats:
        unit = descriptors.center(descriptors.features(thumbs), usual)
        return unit if self.basis is None else descriptors.center(unit @ self.basis, np.zeros(1, np.float32))


def some(thumbs: Bytes, most: int) -> Bytes:
    """Evenly spread ones, at most that many."""
    return thumbs[:: 1 + len(thumbs) // most]


def length_us(a: Pictures, b: Pictures) -> int:
    """How long a cell is, so that there are not too many, nor many of one picture that is shown for long."""
    shown_us = int(min(a.frame_us, b.frame_us))
    longer_us = max(int(_starts(video, SHORTEST_US)[-1]) for video in (a, b))
    return max(SHORTEST_US, -(-longer_us // _MOST), shown_us // _MOST_OF_A_FRAME)


def _starts(video: Pictures, cell_us: int) -> Ints:
    """When each frame starts, and the last one ends, were no frame shown for more than so many cells: int64 (N + 1,).

    What is shown for long (a slide, an idle screen, a damaged clock) says nothing more the longer it is shown.
    """
    shown = np.diff(video.starts_us, append=video.duration_us)
    result: Ints = np.append(0, np.cumsum(np.minimum(shown, _MOST_HELD * cell_us)))
    return result


class Cells:
    """The cells of A (columns) and B (rows). Looks: A as it is; if asked for also mirrored, and through a window.

    Where one picture is narrower it may be a window of the other: of all windows the best one counts. With a speed
    a row of B is the time in which it shows a cell of A. A frame that is shown for very long has so many cells and no
    more. apart: see `Space.of`.
    """

    def __init__(
        self,
        a: Pictures,
        b: Pictures,
        cell_us: int,
        speed: float = 1.0,
        *,
        other_looks: Window | None = None,
        apart: bool = False,
    ) -> None:
        of_a, of_b = _starts(a, cell_us), _starts(b, cell_us)
        many = max(of_a[-1], of_b[-1]) > _MANY * cell_us
        self._samples = _FEWER_SAMPLES if many else _SAMPLES
        self.a_frames = _frames(of_a, cell_us, self._samples)
        self.b_at = _frames(of_b, cell_us / speed, 1)[:, 0]
        space = Space.of(a.thumbs, b.thumbs, small=many, apart=apart)
        self.usual = space.usual
        at = self.a_frames.T.reshape(-1)

        def look(of_a: Callable[[Bytes], Bytes], of_b: Callable[[Bytes], Bytes]) -> tuple[Floats, Floats]:
            return space.of_a(a.thumbs, at, of_a), space.of_b(b.thumbs, self.b_at, of_b)

        def through(window: Window) -> tuple[Callable[[Bytes], Bytes], Callable[[Bytes], Bytes]]:
            return partial(descriptors.cut, window=window), partial(descriptors.softened, window=window)

        self._looks = [[look(_as_it_is, _as_it_is)]]
        self._looks[0] += [look(*through(window)) for window in descriptors.windows(a.aspect, b.aspect)[1:]]
        self._looks[0] += [look(*through(window)[::-1]) for window in descriptors.windows(b.aspect, a.aspect)[1:]]
        if other_looks is not None:
            self._looks.append([(space.of_a(a.thumbs, at, _mirrored), self._looks[0][0][1])])
            self._looks.append([look(*through(other_looks))])

    @property
    def a_at(self) -> Ints:
        """Frames of A in the middle of cells."""
        result: Ints = self.a_frames[:, self.a_frames.shape[1] // 2]
        return result

    @property
    def reframed(self) -> bool:
        """Whether windows are guessed."""
        return len(self._looks[0]) > 1

    def unlike(self, rows: Ints) -> Sequence[Floats]:
        """1 - similarity (rows, columns) of each look."""
        result = []
        columns = len(self.a_frames)
        for look in self._looks:
            best = np.full((len(rows), columns), -1, np.float32)
            for of_a, of_b in look:
                alike = of_b[rows] @ of_a.T
                for sample in range(self._samples):
                    np.maximum(best, alike[:, sample * columns : (sample + 1) * columns], out=best)
            result.append(1 - best)
        return result

    def way(self) -> coarse.Way:
        """The path of B's cells through A as it is. What else is alike in A is kept for `margins`."""
        numbers = np.arange(len(self.b_at))
        columns = len(self.a_frames)
        self._best = np.zeros((2, len(numbers)), np.float32)
        self._best_at = np.zeros(len(numbers), np.int64)

        def emission(low: int, high: int) -> Sequence[Floats]:
            unlike = self.unlike(numbers[low:high])
            best = unlike[0].argmin(axis=1)
            self._best_at[low:high] = best
            self._best[0, low:high] = unlike[0][np.arange(high - low), best]
            for row in range(high - low):
                near = slice(max(0, int(best[row]) - _BESIDE), int(best[row]) + _BESIDE + 1)
                line = unlike[0][row]
                kept = line[near].copy()
                line[near] = 2
                self._best[1, low + row] = line.min()
                line[near] = kept
            return unlike

        return coarse.find(len(numbers), columns, (coarse.Layer(),), emission)

    def margins(self, rows: Ints, columns: Ints) -> Floats:
        """How much less alike the best other place is than that cell of A, 0..1, as a share of what is unlike."""
        chosen = self.along(rows, columns)
        elsewhere = np.abs(self._best_at[rows] - columns) > _BESIDE
        other = np.where(elsewhere, self._best[0, rows], self._best[1, rows])
        result: Floats = np.clip((other - chosen) / _SURELY_OTHER, 0, 1).astype(np.float32)
        return result

    def along(self, rows: Ints, columns: Ints) -> Floats:
        """1 - similarity of pairs of cells (N,), of A as it is."""
        best = np.full(len(rows), -1, np.float32)
        for of_a, of_b in self._looks[0]:
            for sample in range(self._samples):
                at = columns + sample * len(self.a_frames)
                np.maximum(best, (of_b[rows] * of_a[at]).sum(axis=1), out=best)
        result: Floats = 1 - best
        return result


def _frames(starts: Ints, cell_us: float, samples: int) -> Ints:
    """Frames (cells, samples) that stand for each cell of time, by their starts and the end of the last, (N + 1,)."""
    count = max(1, int(np.ceil(starts[-1] / cell_us)))
    at = (np.arange(count)[:, None] + (np.arange(samples) + 0.5) / samples) * cell_us
    frames = np.searchsorted(starts[:-1], at, side="right") - 1
    result: Ints = np.clip(frames, 0, len(starts) - 2)
    return result
