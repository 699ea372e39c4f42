"""From measures of single frames to stretches that a person would call changed, and the boxes where."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.active import Active
from vidstudio.engine.alignment.editlist import Range
from vidstudio.engine.alignment.picture import COLUMNS, ROWS
from vidstudio.engine.alignment.results import Measures
from vidstudio.engine.types import ChangeKind

Box = tuple[int, int, int, int]
Bools = NDArray[np.bool_]

_COLOUR_LEVELS = 6.5
_WIDE = 0.3
_LEAST_CELLS = 4
_GAP_FRAMES = 10
_SLIVER = 3
_LEAST_FRAMES = 7
_LEAST_COLOUR_FRAMES = 10
_STEADY = 0.4


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of B that changed in the same ways; boxes `[x, y, w, h]` in shown pixels of B."""

    frames: Range
    change: tuple[ChangeKind, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Measures of all matched frames of B, by frame number; NaN where there are none."""

    psnr: NDArray[np.float32]
    ssim: NDArray[np.float32]
    colour: NDArray[np.float32]
    wide: NDArray[np.float32]
    hot_frames: NDArray[np.int32]
    hot_cells: NDArray[np.uint16]


def gathered(parts: Sequence[Measures], b_frames: int) -> Findings:
    """The measures of all chunks in one."""
    arrays = [np.full(b_frames, np.nan, np.float32) for _ in range(4)]
    for part in parts:
        for array, values in zip(arrays, (part.psnr, part.ssim, part.colour, part.wide), strict=True):
            array[part.frames] = values
    frames = np.concatenate([np.zeros(0, np.int32), *(part.hot_frames for part in parts)])
    cells = np.concatenate([np.zeros(0, np.uint16), *(part.hot_cells for part in parts)])
    return Findings(arrays[0], arrays[1], arrays[2], arrays[3], frames, cells)


def stretches(findings: Findings, frames: Range, active: Active) -> list[Stretch]:
    """What changed within matched frames, as consecutive stretches that tile `frames`."""
    size = len(frames)
    part = slice(frames.first, frames.after)
    measured = ~np.isnan(findings.psnr[part])
    colour = np.nan_to_num(findings.colour[part]) > _COLOUR_LEVELS
    colour = _lasting(colour & measured, _GAP_FRAMES, _LEAST_COLOUR_FRAMES)
    wide = _lasting(np.nan_to_num(findings.wide[part]) > _WIDE, 3, 2)
    local = np.zeros(size, bool)
    boxes: list[tuple[Range, tuple[Box, ...]]] = []
    for found, cells in _local(findings, frames, wide):
        local[found.first - frames.first : found.after - frames.first] = True
        boxes.append((found, _boxes(cells, active)))
    code = _without_slivers(np.where(wide, 4, colour * 1 + local * 2))
    edges = [0, *(np.flatnonzero(np.diff(code)) + 1).tolist(), size]
    result = []
    for low, high in itertools.pairwise(edges):
        here = Range(frames.first + low, frames.first + high)
        kinds: list[ChangeKind] = []
        if code[low] & 4:
            kinds.append("picture")
        if code[low] & 2:
            kinds.append("local")
        if code[low] & 1:
            kinds.append("colour")
        where = [box for found, some in boxes if found.first < here.after and here.first < found.after for box in some]
        result.append(Stretch(here, tuple(kinds), tuple(dict.fromkeys(where))))
    return result


def mean_of(values: NDArray[np.float32], frames: Range) -> float | None:
    """Mean over the frames that were measured, or None."""
    part = values[frames.first : frames.after]
    part = part[~np.isnan(part)]
    return float(part.mean(dtype=np.float64)) if len(part) else None


def _lasting(flags: Bools, gap: int, least: int) -> Bools:
    """Flags with short gaps closed, then without what is shorter than `least`."""
    result = flags.copy()
    for low, high in _stretches_of(~result):
        if low > 0 and high < len(result) and high - low <= gap:
            result[low:high] = True
    for low, high in _stretches_of(result):
        if high - low < min(least, len(result)):
            result[low:high] = False
    return result


def _without_slivers(code: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes without stretches of one or two frames at the ends of longer ones; those take their neighbour's."""
    result = code.copy()
    edges = [0, *(np.flatnonzero(np.diff(code)) + 1).tolist(), len(code)]
    for low, high in itertools.pairwise(edges):
        if high - low < _SLIVER and len(code) > _SLIVER:
            result[low:high] = result[low - 1] if low else code[min(high, len(code) - 1)]
    return result


def _stretches_of(flags: Bools) -> list[tuple[int, int]]:
    padded = np.concatenate([[False], flags, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(low), int(high)) for low, high in zip(edges[::2], edges[1::2], strict=True)]


def _local(findings: Findings, frames: Range, wide: Bools) -> list[tuple[Range, Bools]]:
    """Stretches with a steady local difference, and its cells (27, 48)."""
    low, high = np.searchsorted(findings.hot_frames, (frames.first, frames.after))
    at = findings.hot_frames[low:high] - frames.first
    cells = findings.hot_cells[low:high].astype(np.int64)
    count = np.bincount(at, minlength=len(frames))
    flags = _lasting((count >= _LEAST_CELLS) & ~wide, _GAP_FRAMES, _LEAST_FRAMES)
    result = []
    for start, after in _stretches_of(flags):
        inside = (at >= start) & (at < after)
        often = np.bincount(cells[inside], minlength=ROWS * COLUMNS)
        for part in _components((often >= _STEADY * (after - start)).reshape(ROWS, COLUMNS)):
            if part.sum() < _LEAST_CELLS:
                continue
            of_part = part.ravel()[cells[inside]]
            per_frame = np.bincount(at[inside][of_part] - start, minlength=after - start)
            shown = np.flatnonzero(per_frame >= 0.3 * part.sum())
            if len(shown) < _LEAST_FRAMES:
                continue
            first, last = frames.first + start + int(shown[0]), frames.first + start + int(shown[-1])
            result.append((Range(first, last + 1), part))
    return result


def _components(mask: Bools) -> list[Bools]:
    """Connected parts (8 neighbours) of a mask."""
    import cv2

    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return [labels == number for number in range(1, count)]


def _boxes(cells: Bools, active: Active) -> tuple[Box, ...]:
    """The box around the cells, in shown pixels."""
    rows, columns = np.nonzero(cells)
    left = active.x + active.width * int(columns.min()) / COLUMNS
    right = active.x + active.width * (int(columns.max()) + 1) / COLUMNS
    top = active.y + active.height * int(rows.min()) / ROWS
    bottom = active.y + active.height * (int(rows.max()) + 1) / ROWS
    x, y = int(left), int(top)
    return ((x, y, round(right) - x, round(bottom) - y),)
