"""Versions whose frames are woven of two: half of the lines show a frame, the other half the next one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.blends import mixed

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_MOVES = 3.0
_MOVES_TOO_MUCH = 25.0
_LEAST_MOVING = 20
_LEAST_MOVING_PIECE = 3
_HALF = (0.35, 0.65)
_NOT_HALF = 0.25
_MOSTLY = 0.6
_MOST = 60


def unravelled(frame_map: Map, natural: Ints, seen: Seen) -> Map:
    """The map int32 (frames of B,) with one of the two frames all through, where every frame of B shows two.

    Either is as right as the other, but where it is now this one and now that one a frame seems to be missing or to
    be shown twice. The one is taken that leaves out fewer frames of A. A frame woven of two shots belongs to the one
    that goes on in it. natural: int64 (frames of B,), the frame of A at the time of each.
    """
    pieces = _pieces(frame_map, natural)
    if not pieces or (np.diff(natural) != 1).any():
        return frame_map
    ways = [_halves(piece, frame_map, seen) for piece in pieces]
    moving = sum(count for _, count in ways)
    woven = sum(count for way, count in ways if way)
    if woven < _LEAST_MOVING or woven < _MOSTLY * moving:
        return frame_map
    early = frame_map.copy()
    for piece, (way, _) in zip(pieces, ways, strict=True):
        if way < 0 and frame_map[piece[0]] > 0:
            early[piece] -= 1
            if _begins_new(int(piece[0]), frame_map, seen):
                early[piece[0]] = -1
    late = np.where((early >= 0) & (early + 1 < len(seen.a)), early + 1, early).astype(np.int32)
    both = _to_the_ends(early, natural, seen, 1), _to_the_ends(late, natural, seen, -1)
    return max(both, key=lambda way: len(np.unique(way[way >= 0])))


def _pieces(frame_map: Map, natural: Ints) -> list[Ints]:
    """Frames of B that are matched at one offset."""
    matched = np.flatnonzero(frame_map >= 0)
    if not len(matched):
        return []
    offsets = frame_map[matched] - natural[matched]
    return np.split(matched, np.flatnonzero((np.diff(matched) > 1) | (np.diff(offsets) != 0)) + 1)


def _halves(piece: Ints, frame_map: Map, seen: Seen) -> tuple[int, int]:
    """1 where these frames of B are half of the frame of A they show and half of the next, -1 of the one before.

    0 where they are neither, or where too little moves to say; and in how many of those looked at something moves.
    """
    numbers = piece[:: 1 + len(piece) // _MOST]
    inside = numbers[(frame_map[numbers] > 0) & (frame_map[numbers] < len(seen.a) - 1)]
    shown = frame_map[inside].astype(np.int64)
    now, of_b = seen.pairs(inside, shown)
    before, after = (seen.pairs(inside, shown + step)[0] for step in (-1, 1))
    size = np.stack([np.sqrt(((now.astype(np.float32) - one) ** 2).mean(axis=(1, 2))) for one in (before, after)])
    moves = ((size > _MOVES) & (size < _MOVES_TOO_MUCH)).all(axis=0)
    count = int(np.count_nonzero(moves))
    if count < _LEAST_MOVING_PIECE:
        return 0, count
    back, ahead = (float(np.median(mixed(now[moves], one[moves], of_b[moves])[0])) for one in (before, after))
    for share, other, way in ((ahead, back, 1), (back, ahead, -1)):
        if _HALF[0] < share < _HALF[1] and other < _NOT_HALF:
            return way, count
    return 0, count


def _begins_new(first: int, frame_map: Map, seen: Seen) -> bool:
    """Whether the first frame of a piece is woven of what is new before it and of the frame of A that it shows."""
    if first == 0 or frame_map[first - 1] >= 0:
        return False
    shown, of_b = seen.pairs(np.array([first]), frame_map[first : first + 1])
    share, fits = mixed(seen.b[first - 1 : first], shown, of_b)
    return bool(fits[0] and _HALF[0] < share[0] < _HALF[1])


def _to_the_ends(frame_map: Map, natural: Ints, seen: Seen, step: int) -> Map:
    """The map with the frame after each piece (step 1), or before it (-1), that is woven of it and of its neighbour."""
    result = frame_map.copy()
    for piece in _pieces(frame_map, natural):
        end = int(piece[-1] if step > 0 else piece[0])
        at, beyond, wanted = end + step, end + 2 * step, int(frame_map[end]) + step
        if not (0 <= beyond < len(frame_map) and 0 <= wanted < len(seen.a)):
            continue
        going_on, of_b = seen.pairs(np.array([at]), np.array([wanted]), like=np.array([end]))
        share, fits = mixed(going_on, seen.b[beyond : beyond + 1], of_b)
        if fits[0] and _HALF[0] < share[0] < _HALF[1]:
            result[at] = wanted
    return result
