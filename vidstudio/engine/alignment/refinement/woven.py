"""Versions whose frames are woven of two: half of the lines show a frame, the other half the next one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.refinement.blends import mixed

Bytes = NDArray[np.uint8]
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
_FAR_LESS = 1.3
_BATCH = 512


def is_woven(frame_map: Map, natural: Ints, seen: Seen) -> bool:
    """Whether B's frames are woven of two. natural: int64 (frames of B,), the frame of A at the time of each."""
    pieces = _pieces(frame_map, natural)
    if not pieces or (np.diff(natural) != 1).any():
        return False
    return _are_woven([_halves(piece, frame_map, seen) for piece in pieces])


def _are_woven(ways: list[tuple[int, int]]) -> bool:
    moving = sum(count for _, count in ways)
    woven = sum(count for way, count in ways if way)
    return woven >= _LEAST_MOVING and woven >= _MOSTLY * moving


def of_two(thumbs: Bytes) -> Bytes:
    """What frames woven of each of these (N, 28, 48) and the next one look like; the last is by itself."""
    result = thumbs.copy()
    for start in range(0, len(thumbs) - 1, _BATCH):
        now = thumbs[start : start + _BATCH + 1].astype(np.uint16)
        result[start : start + len(now) - 1] = (now[:-1] + now[1:] + 1) // 2
    return result


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


def to_the_ends(frame_map: Map, natural: Ints, seen: Seen, by_itself: Seen) -> Map:
    """The map int32 (frames of B,) with frames that are woven of two shots given to the first of them.

    natural: int64 (frames of B,), the frame of A at the time of each. seen: with A's frames woven as well. by_itself:
    with them as they are.
    """
    result = frame_map.copy()
    for piece in _pieces(frame_map, natural):
        first, end = int(piece[0]), int(piece[-1])
        if 0 < first < end and _is_between(first, frame_map, seen) and _begins_new(first, frame_map, by_itself):
            result[first] = -1
        at, beyond, wanted = end + 1, end + 2, int(frame_map[end]) + 1
        if not (beyond < len(frame_map) and wanted < len(by_itself.a)) or not _is_between(at, frame_map, seen):
            continue
        going_on, of_b = by_itself.pairs(np.array([at]), np.array([wanted]), like=np.array([end]))
        share, fits = mixed(going_on, by_itself.b[beyond : beyond + 1], of_b)
        if fits[0] and _HALF[0] < share[0] < _HALF[1]:
            result[at] = wanted
    return _with_the_last(result, seen, by_itself)


def _with_the_last(frame_map: Map, seen: Seen, by_itself: Seen) -> Map:
    """The map with B's last frame, which is woven of nothing that comes after, as the next of A's where it is that."""
    last = np.array([len(frame_map) - 1])
    wanted = frame_map[last - 1] + 1
    if len(frame_map) < 2 or not 0 < wanted[0] < len(by_itself.a) or frame_map[last] not in (-1, wanted - 1):
        return frame_map
    going_on, usual = residuals(by_itself, last, wanted, last - 1), residuals(seen, last - 1, wanted - 1)
    held = residuals(seen, last, wanted - 1, last - 1) if frame_map[last] >= 0 else 0
    if going_on < max(_FAR_LESS * usual, held):
        frame_map[last] = wanted
    return frame_map


def _begins_new(first: int, frame_map: Map, by_itself: Seen) -> bool:
    """Whether the first frame of a piece is woven of what is new before it and of the frame that is shown next."""
    if frame_map[first - 1] >= 0:
        return False
    shown, of_b = by_itself.pairs(np.array([first]), frame_map[first + 1 : first + 2], like=np.array([first + 1]))
    share, fits = mixed(by_itself.b[first - 1 : first], shown, of_b)
    return bool(fits[0] and _HALF[0] < share[0] < _HALF[1])


def _is_between(at: int, frame_map: Map, seen: Seen) -> bool:
    """Whether frame `at` of B is the first after a cut, or new, or far less alike than those beside it."""
    if seen.cuts_b[at] or frame_map[at] < 0:
        return True
    beside = np.array([number for number in (at - 1, at + 1) if frame_map[number] >= 0])
    here, there = (residuals(seen, some, frame_map[some]) for some in (np.array([at]), beside))
    return bool(here[0] > _FAR_LESS * there.max())
