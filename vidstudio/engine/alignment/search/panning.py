"""Through which moving window a narrower version shows a wider one, along each run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors
from vidstudio.engine.alignment.appearance.looks import PLAIN, Look
from vidstudio.engine.alignment.appearance.pictures import Pictures, Usual
from vidstudio.engine.alignment.results import Window
from vidstudio.engine.alignment.search import coarse

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_PLACES = 33
_MOVING = 0.012
_MOST = 400
_STRANGE = 1.5
_STRANGE_MORE = 0.05


def pan(run: coarse.Run, a: Pictures, b: Pictures, a_at: Ints, b_at: Ints, usual: Usual, cuts_b: Bools) -> Look:
    """The window's way along a run, as smooth as what is seen allows; or the whole where that is more alike.

    a_at, b_at: frames that stand for cells. cuts_b: bool (frames of B,), where shots begin; there the window may be
    anywhere else at once.
    """
    of_b = b.aspect > a.aspect
    share = min(a.aspect, b.aspect) / max(a.aspect, b.aspect)
    chosen = np.unique(np.linspace(0, len(run.rows) - 1, min(len(run.rows), _MOST)).astype(int))
    b_frames, a_frames = b_at[run.rows[chosen]], a_at[run.columns[chosen]]
    wide, narrow = (b.thumbs[b_frames], a.thumbs[a_frames]) if of_b else (a.thumbs[a_frames], b.thumbs[b_frames])
    of_wide, of_narrow = (usual.b, usual.a) if of_b else (usual.a, usual.b)
    lefts = np.linspace(0, 1 - share, _PLACES)
    target = _described(descriptors.softened(narrow, Window(0, 0, share, 1)), of_narrow)
    unlike = np.empty((len(chosen), _PLACES), np.float32)
    for place, left in enumerate(lefts.tolist()):
        seen = _described(descriptors.cut(wide, Window(left, 0, left + share, 1)), of_wide)
        unlike[:, place] = 1 - (seen * target).sum(axis=1)
    unlike *= _told(unlike)[:, None]
    frames = np.arange(int(b_frames[0]), int(b_frames[-1]) + 1)
    ways, left_at = [], np.empty(len(frames), np.float32)
    for steps, shot in _by_shot(b_frames, frames, cuts_b):
        way = _smoothest(unlike[steps], _MOVING)
        calm = np.convolve(np.pad(lefts[way], 1, mode="edge"), np.full(3, 1 / 3), mode="valid")
        left_at[shot] = np.interp(frames[shot], b_frames[steps], calm)
        ways.append(way)
    whole = 1 - (_described(wide, of_wide) * _described(narrow, of_narrow)).sum(axis=1)
    if whole.mean() < unlike[np.arange(len(unlike)), np.concatenate(ways)].mean():
        return PLAIN  # squeezed, not cut
    zeros, ones = np.zeros_like(left_at), np.ones_like(left_at)
    path: Floats = np.stack([left_at, zeros, left_at + np.float32(share), ones], axis=1)
    return Look(first=int(b_frames[0]), path=path, of_b=of_b)


def _by_shot(b_frames: Ints, frames: Ints, cuts_b: Bools) -> Iterator[tuple[slice, slice]]:
    """Which steps, at rising `b_frames`, and which of `frames`, that begin and end with them, belong to each shot."""
    first = int(frames[0])
    starts = first + 1 + np.flatnonzero(cuts_b[first + 1 : first + len(frames)])
    steps = np.searchsorted(b_frames, starts)
    inside = np.diff(np.concatenate([[0], steps])) > 0
    inside &= steps < len(b_frames)  # a shot of which nothing is known goes with the one before
    edges = [0, *steps[inside].tolist(), len(b_frames)]
    borders = [0, *(starts[inside] - first).tolist(), len(frames)]
    for (low, high), (begin, end) in zip(itertools.pairwise(edges), itertools.pairwise(borders), strict=True):
        yield slice(low, high), slice(begin, end)


def _told(unlike: Floats) -> Floats:
    """How much each step (steps, places) says, 0..1: beside a cut the pictures may be of two shots, and say nothing."""
    least = unlike.min(axis=1)
    most = _STRANGE * float(np.median(least)) + _STRANGE_MORE
    result: Floats = np.clip(most / np.maximum(least, 1e-6), 0, 1) ** 2
    return result


def _described(thumbs: NDArray[np.uint8], mean: Floats) -> Floats:
    return descriptors.center(descriptors.features(thumbs), mean)


def _smoothest(unlike: Floats, moving: float) -> Ints:
    """The cheapest way through the places (steps, places), int64 (steps,), where moving by one costs `moving`."""
    places = np.arange(unlike.shape[1])
    move = moving * np.abs(places[:, None] - places)
    total = unlike[0].astype(np.float64)
    back = np.zeros(unlike.shape, np.int64)
    for step in range(1, len(unlike)):
        ways = total + move
        back[step] = ways.argmin(axis=1)
        total = ways[places, back[step]] + unlike[step]
    way = np.zeros(len(unlike), np.int64)
    way[-1] = int(total.argmin())
    for step in range(len(unlike) - 1, 0, -1):
        way[step - 1] = back[step, way[step]]
    return way
