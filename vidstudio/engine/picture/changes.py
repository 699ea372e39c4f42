"""From measures of single frames to stretches that a person would call changed, and the boxes where."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.edits.editlist import Range
from vidstudio.engine.alignment.results import Measures
from vidstudio.engine.flags import around, lasting, without_slivers
from vidstudio.engine.picture.dissolves import dissolved
from vidstudio.engine.picture.grade import KNOTS
from vidstudio.engine.picture.places import Place, places
from vidstudio.engine.picture.registration import IDENTITY, PLAIN
from vidstudio.engine.picture.runs import Runs
from vidstudio.engine.scores import mean_psnr
from vidstudio.engine.types import ChangeKind

Box = tuple[int, int, int, int]
Bools = NDArray[np.bool_]

_COLOUR_LEVELS, _STILL_COLOUR = 1.5, 0.75
_WIDE = 0.3
_DETAIL = 0.55
_GAP_FRAMES = 10
_SLIVER = 3
_MOVED, _STILL_MOVED = 0.018, 0.012
_PLACED, _LEAST_ELSEWHERE = 0.2, 20
_LEAST_COLOUR_FRAMES = 10
_LEAST_SOFT_FRAMES = 20
_LEAST_MOVED_FRAMES = 25


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames of B that changed in the same ways; boxes `[x, y, w, h]` in shown pixels of B."""

    frames: Range
    change: tuple[ChangeKind, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Measures of all matched frames of B, by frame number; NaN where there are none. See `results.Measures`."""

    psnr: NDArray[np.float32]
    ssim: NDArray[np.float32]
    colour: NDArray[np.float32]
    wide: NDArray[np.float32]
    detail: NDArray[np.float32]
    unlike: NDArray[np.float32]
    curves: NDArray[np.float32]
    chroma: NDArray[np.float32]
    places: NDArray[np.float32]
    flips: NDArray[np.uint8]
    grid: tuple[int, int]
    runs: Runs


def gathered(parts: Sequence[Measures], b_frames: int) -> Findings:
    """The measures of all chunks in one."""
    parts = [part for part in parts if len(part.frames)]

    def by_frame(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        result = np.full((b_frames, *shape), np.nan, np.float32)
        for part in parts:
            result[part.frames] = getattr(part, name)
        return result

    flips = np.zeros(b_frames, np.uint8)
    for part in parts:
        flips[part.frames] = part.flips
    return Findings(
        by_frame("psnr", ()),
        by_frame("ssim", ()),
        by_frame("colour", ()),
        by_frame("wide", ()),
        by_frame("detail", ()),
        by_frame("unlike", ()),
        by_frame("curves", (2, KNOTS)),
        by_frame("chroma", (4,)),
        by_frame("places", (2, 3)),
        flips,
        parts[0].grid if parts else (1, 1),
        _joined(parts),
    )


def _joined(parts: Sequence[Measures]) -> Runs:
    """The runs of all chunks; those that go on in the next chunk stay in two pieces."""

    def all_of(name: str) -> NDArray[np.int64]:
        return np.concatenate([np.zeros(0, np.int64), *(getattr(part, name).astype(np.int64) for part in parts)])

    level = all_of("spot_level").astype(np.float32)
    return Runs(all_of("spot_points"), all_of("spot_first"), all_of("spot_after"), level)


def heat_of(findings: Findings, frames: Range) -> NDArray[np.uint8]:
    """How much each part of B's active picture changed within the frames: uint8 (rows, columns), 0 where it did not.

    Points keep the shape of the picture; (1, 1) where nothing was measured. 255 is far beyond any doubt.
    """
    columns, rows = findings.grid
    runs = findings.runs.within(frames)
    total = np.bincount(runs.points, (runs.after - runs.first) * runs.level, rows * columns)
    lasts = np.bincount(runs.points, runs.after - runs.first, rows * columns)
    # what is there for a part of the time only is half as loud at most
    share = np.minimum(1, 2 * lasts / max(1, len(frames)))
    heat = total / np.maximum(lasts, 1) * (0.5 + 0.5 * share)
    return np.clip(heat, 0, 255).astype(np.uint8).reshape(rows, columns)


def stretches(findings: Findings, frames: Range, active: Active) -> list[Stretch]:
    """What changed within matched frames, as consecutive stretches that tile `frames`."""
    part = slice(frames.first, frames.after)
    levels = np.nan_to_num(findings.colour[part])
    colour = lasting(levels > _COLOUR_LEVELS, _GAP_FRAMES, _LEAST_COLOUR_FRAMES)
    colour = around(colour, lasting(levels > _STILL_COLOUR, _GAP_FRAMES, 1))
    mixed = dissolved(np.nan_to_num(findings.unlike[part]))
    colour &= ~mixed
    wide = lasting(np.nan_to_num(findings.wide[part]) > _WIDE, 3, 2) | mixed
    soft = lasting(np.nan_to_num(findings.detail[part], nan=1) < _DETAIL, _GAP_FRAMES, _LEAST_SOFT_FRAMES)
    moved = lasting(_moved(findings, part, _MOVED), _SLIVER, _LEAST_MOVED_FRAMES)
    moved = around(moved, lasting(_moved(findings, part, _STILL_MOVED), _SLIVER, 1))
    code = without_slivers(np.where(wide, 2, colour * 1) + moved * 4 + soft * 8, _SLIVER)
    found = places(findings.runs.within(frames), findings.grid, frames)
    local = _steady([place for place in found if place.plain or not _placed(findings, frames, place)], code, frames)
    edges = {frames.first, frames.after, *(np.flatnonzero(np.diff(code)) + 1 + frames.first).tolist()}
    edges |= {edge for place in local for edge in (place.frames.first, place.frames.after)}
    result: list[Stretch] = []
    for low, high in itertools.pairwise(sorted(edges)):
        here = Range(low, high)
        kinds: list[ChangeKind] = []
        inside = [place for place in local if place.frames.first < high and low < place.frames.after]
        if code[low - frames.first] & 10:
            kinds.append("picture")
        if inside:
            kinds.append("local")
        if code[low - frames.first] & 1:
            kinds.append("colour")
        if code[low - frames.first] & 4:
            kinds.append("geometry")
        boxes = tuple(dict.fromkeys(_box(place, findings.grid, active) for place in inside))
        result.append(Stretch(here, tuple(kinds), boxes))
    return result


def _steady(found: list[Place], code: NDArray[np.int64], frames: Range) -> list[Place]:
    """Places where the picture is not another one, their ends where something else ends within a frame or two."""
    kept = [
        place
        for place in found
        if not (code[place.frames.first - frames.first : place.frames.after - frames.first] & 2).mean() > 0.5
    ]
    fixed = [frames.first, frames.after, *(np.flatnonzero(np.diff(code)) + 1 + frames.first).tolist()]
    result = []
    for place in kept:
        ends = []
        for end in (place.frames.first, place.frames.after):
            near = [edge for edge in fixed if abs(edge - end) < _SLIVER]
            ends.append(min(near, key=lambda edge: abs(edge - end)) if near else end)
            fixed.append(ends[-1])
        if ends[1] > ends[0]:
            result.append(Place(Range(ends[0], ends[1]), place.box))
    return result


def _placed(findings: Findings, frames: Range, place: Place) -> bool:
    """Whether something comes and goes with how well A is laid on B there: then that is all it is."""
    columns, rows = findings.grid
    left, top, right, bottom = place.box
    middle = np.array([(left + right) / columns - 1, (top + bottom) / rows - 1, 1], np.float32)
    at = (findings.places[frames.first : frames.after] @ middle) * np.array([columns / 2, rows / 2], np.float32)
    known = ~np.isnan(at[:, 0])
    inside = np.zeros(len(frames), bool)
    inside[place.frames.first - frames.first : place.frames.after - frames.first] = True
    here, elsewhere = at[inside & known], at[~inside & known]
    if len(here) == 0 or len(elsewhere) < _LEAST_ELSEWHERE:
        return False
    return bool(np.hypot(*(here.mean(axis=0) - elsewhere.mean(axis=0))) > _PLACED)


def _moved(findings: Findings, part: slice, least: float) -> Bools:
    """Frames whose picture lies elsewhere in A's by more than that share of half the picture, or is mirrored."""
    apart = np.abs(findings.places[part] - IDENTITY)
    far = (apart[:, :, 0] + apart[:, :, 1] + apart[:, :, 2]).max(axis=1)
    result: Bools = (np.nan_to_num(far) > least) | (findings.flips[part] != PLAIN)
    return result


def psnr_of(values: NDArray[np.float32], frames: Range) -> float | None:
    """PSNR of the frames that were measured, see `scores.mean_psnr`, or None."""
    part = values[frames.first : frames.after]
    part = part[~np.isnan(part)]
    return mean_psnr(part) if len(part) else None


def mean_of(values: NDArray[np.float32], frames: Range) -> float | None:
    """Mean over the frames that were measured, or None."""
    part = values[frames.first : frames.after]
    part = part[~np.isnan(part)]
    return float(part.mean(dtype=np.float64)) if len(part) else None


def _box(place: Place, grid: tuple[int, int], active: Active) -> Box:
    """The box of a place in shown pixels."""
    columns, rows = grid
    x = round(active.x + active.width * place.box[0] / columns)
    y = round(active.y + active.height * place.box[1] / rows)
    right = round(active.x + active.width * place.box[2] / columns)
    bottom = round(active.y + active.height * place.box[3] / rows)
    return x, y, max(1, right - x), max(1, bottom - y)
