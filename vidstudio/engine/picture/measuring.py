"""Measures pairs of frames: PSNR and SSIM of all points, and on small pictures where and how they differ."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.results import Measures
from vidstudio.engine.media.look import look
from vidstudio.engine.media.picture import turned_on
from vidstudio.engine.media.quality import Part, Quality
from vidstudio.engine.media.stills import Small, Squeezer, Still
from vidstudio.engine.picture.differ import Differ
from vidstudio.engine.picture.registration import rotated
from vidstudio.engine.picture.views import View

Bytes = NDArray[np.uint8]

_MOST_WAITING = 8


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of one pair: PSNR in dB, SSIM, and small RGB pictures (height, width, 3) of one size."""

    psnr: float
    ssim: float
    a: Bytes
    b: Bytes


class Measurer:
    """Looks at pairs of frames and puts together what those that are kept show. For one thread, in a `with`.

    Pairs are kept in a thread of their own, so that the next ones are looked at meanwhile. rotation: by how many
    degrees A's picture is turned clockwise in B.
    """

    def __init__(self, a: tuple[Path, View], b: tuple[Path, View], rotation: float = 0.0) -> None:
        self._views = (a[1], b[1])
        self._quality = Quality(*(_part(path, view) for path, view in (a, b)))
        self._squeezers = (Squeezer(), Squeezer())
        _, _, width, height = b[1].small
        self._differ = Differ(b[1].box[2] / width, rotated(rotation, width / height))
        self._scores: list[tuple[float, float]] = []
        self._waiting: deque[Future[None]] = deque()
        self._beside = ThreadPoolExecutor(1, "pairs kept")

    def __enter__(self) -> Measurer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beside.shutdown(cancel_futures=True)

    def look(self, a: Still, b: Still) -> Looked:
        """Look at a frame of A and one of B."""
        psnr, ssim = self._quality.of(a.picture, b.picture)
        return Looked(psnr, ssim, *(self._cut(side, one) for side, one in enumerate(_of_one_matrix(a.small, b.small))))

    def keep(self, number: int, pair: Looked) -> None:
        """Take a pair for that of frame `number` of B; numbers rise."""
        self._waiting.append(self._beside.submit(self._differ.add, number, pair.a, pair.b))
        self._scores.append((pair.psnr, pair.ssim))
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popleft().result()

    def finish(self) -> Measures:
        """What was found in the pairs that were kept."""
        for one in self._waiting:
            one.result()
        self._waiting.clear()
        scores = np.array(self._scores, np.float32).reshape(-1, 2)
        return replace(self._differ.finish(), psnr=scores[:, 0].copy(), ssim=scores[:, 1].copy())

    def _cut(self, side: int, small: Small) -> Bytes:
        x, y, width, height = self._views[side].small
        whole = self._squeezers[side].rgb(small)
        return np.ascontiguousarray(whole[y : y + height, x : x + width])


def _of_one_matrix(a: Small, b: Small) -> tuple[Small, Small]:
    """Both; one that names no matrix with the other's: two guesses by size would make a grade of a smaller copy."""
    if a.matrix is None or b.matrix is None:
        return a, b
    if not b.named:
        return a, replace(b, matrix=a.matrix)
    return (a, b) if a.named else (replace(a, matrix=b.matrix), b)


def _part(path: Path, view: View) -> Part:
    first = look(path)
    return Part(*view.box, *turned_on(first.rotation, first.mirrored, *view.turned))


def only(measures: Measures, kept: NDArray[np.bool_]) -> Measures:
    """The measures without the frames that are not `kept` (N,)."""
    if kept.all():
        return measures
    # a spot belongs to the frames that most of it lies in
    last = int(max(measures.frames.max(initial=0), measures.spot_after.max(initial=0)))
    share = np.zeros(last + 2, np.int64)
    share[measures.frames[kept] + 1] = 1
    share = np.cumsum(share)
    inside = share[measures.spot_after] - share[measures.spot_first]
    spots = 2 * inside > measures.spot_after - measures.spot_first
    return replace(
        measures,
        frames=measures.frames[kept],
        psnr=measures.psnr[kept],
        ssim=measures.ssim[kept],
        colour=measures.colour[kept],
        wide=measures.wide[kept],
        detail=measures.detail[kept],
        unlike=measures.unlike[kept],
        curves=measures.curves[kept],
        chroma=measures.chroma[kept],
        places=measures.places[kept],
        flips=measures.flips[kept],
        spot_points=measures.spot_points[spots],
        spot_first=measures.spot_first[spots],
        spot_after=measures.spot_after[spots],
        spot_level=measures.spot_level[spots],
    )
