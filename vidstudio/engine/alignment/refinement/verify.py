"""Second thoughts about a frame map: what only looks like A goes.

Two things tell a frame of A from another take of its scene: how unlike the pictures are once the grade is
taken out, and whether they change alike from frame to frame (grade, coding and overlays hardly touch that).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import changed_alike, motion_along
from vidstudio.engine.alignment.appearance.unlike import calmed, limits, pairs_apart, residuals, share_near
from vidstudio.engine.alignment.refinement.takes import Takes
from vidstudio.engine.alignment.search import exact
from vidstudio.engine.flags import stretches_of

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Map = NDArray[np.int32]

_MOST_UNLIKE_MOVING = 0.3
_MAIN_PIECE = 0.4
_AROUND = 7
_BEHIND_CUT, _BEFORE_CUT = 5, 3  # so far motion over three frames, in a window of seven, has a cut in it
_MOVES = 1.0
_SLOW = 0.4
_ALIKE = 0.8
_MOVES_MUCH = 3.0
_RATHER_ALIKE, _UNLIKE, _OTHERWISE = 0.7, 0.5, 0.2
_SURELY_NEAR, _RATHER_NEAR, _FAR = 0.75, 1.75, 3.0
_SAME_SHOT, _MUCH_TOO_FAR = 25, 5.0
_OVERLAY, _LEAST_NEAR = 2.5, 0.75
_BLENDED, _LEAST_UNBLENDED = 7, 20
_LEAST_ELSEWHERE, _LEAST_OTHERWISE = 8, 12
_LEAST_AMID, _GOES_ON = 8, 3
_BACK = -2
_CHANGED_ALIKE, _SURELY_CHANGED_ALIKE = 0.6, 0.9
_MOST_OF_SHOT, _ROUNDS = 0.75, 4
_AS_NEAR = 1.2


def verified(frame_map: Map, seen: Seen, a_frame_us: float, b_frame_us: float) -> Map:
    """The map without frames that only look like A: other takes of the same scene.

    How unlike most matches of this pair are sets the limits: a tight one for whole pieces, a loose one for frames.
    """
    frame_map = _without_still_takes(frame_map, seen, a_frame_us, b_frame_us)
    matched = np.flatnonzero(frame_map >= 0)
    if not len(matched):
        return frame_map
    doubts = _Doubts(frame_map, matched, seen)
    result = frame_map.copy()
    length = np.zeros(len(frame_map), np.int64)
    for whole in pieces(frame_map, matched, a_frame_us, b_frame_us):
        length[whole] = len(whole)
    parts = pieces(frame_map, matched, a_frame_us, b_frame_us, seen.cuts_b)
    for part, expected in zip(parts, in_order(frame_map, parts), strict=True):
        slow = _slow(frame_map[part], b_frame_us / a_frame_us)
        before = max(0, int(part[0]) - 1)
        if slow and result[before] < 0 <= frame_map[before] and not seen.cuts_b[part[0]]:
            result[part] = exact.NEW  # it stands where it stopped, which was not A's
        elif slow and (since := doubts.of_stop(part)) is not None:
            result[since : part[-1] + 1] = exact.NEW
        elif slow and (not expected or doubts.motion.hurried(part)):
            result[part] = exact.NEW
        elif slow and doubts.overlaid(part):
            continue
        elif len(part) >= _MAIN_PIECE * len(matched):
            result[part[doubts.of_frames(part) | doubts.of_moments(part)]] = exact.NEW
        else:
            drop = doubts.of_piece(part, expected=expected)
            drop |= length[part[0]] < _LEAST_ELSEWHERE and not expected
            result[part[drop]] = exact.NEW
    return _without_islands(result, seen)


class _Doubts:
    """What speaks against frames of B (`matched`) being those of A that they are mapped to."""

    def __init__(self, frame_map: Map, matched: Ints, seen: Seen) -> None:
        self._map, self._seen = frame_map, seen
        self._apart = np.zeros(len(frame_map), np.float32)
        self._apart[matched] = pairs_apart(seen, matched, frame_map[matched])
        self._of_piece, self._of_frame = limits(self._apart[matched])
        self.motion = motion_along(frame_map, seen)
        self._alike, self._moves = self.motion.around()
        self._along = (self._alike >= _ALIKE) & (self._moves >= _MOVES)
        self._takes = Takes(frame_map, seen)
        self._usual = self._takes.usual

    def of_frames(self, part: Ints) -> Bools:
        """Which frames of a piece are too unlike, bool like it."""
        limit = np.where(self._along[part], max(self._of_frame, _MOST_UNLIKE_MOVING), self._of_frame)
        result: Bools = calmed(self._apart[part]) > limit
        return result

    def of_moments(self, part: Ints) -> Bools:
        """Which frames of a piece, many in a row, are far from those of A, which move much, and otherwise."""
        odd = (self._alike[part] < _OTHERWISE) & (self._moves[part] >= _MOVES_MUCH)
        odd &= self._seen.plain(int(part[0]), int(part[-1]) + 1)[part - part[0]]
        odd[odd] = residuals(self._seen, part[odd], self._map[part[odd]]) > _FAR * self._usual
        result = np.zeros(len(part), bool)
        for low, high in stretches_of(odd):
            result[low:high] = high - low >= _LEAST_OTHERWISE
        return result

    def of_piece(self, part: Ints, *, expected: bool) -> Bools:
        """The same, or all of them where the piece as a whole is not what it seems; expected: it is in order."""
        unlike, left = float(np.median(self._apart[part])), residuals(self._seen, part, self._map[part])
        far, amid = float(np.median(left)) / self._usual, self._amid(part)
        moving, much = self._along[amid].mean() > 0.5, np.median(self._moves[amid]) >= _MOVES_MUCH
        rather = expected and much and far <= _RATHER_NEAR and self._rather_alike(part)
        excused = (moving or rather) and unlike < _MOST_UNLIKE_MOVING
        drop = self.of_frames(part)
        if rather and excused and not moving:
            drop &= (calmed(self._apart[part]) > _MOST_UNLIKE_MOVING) & (calmed(left) > _AS_NEAR * self._usual)
        if moving and far <= 1:
            # of little contrast: unlike for the noise there is everywhere
            excused = True
            drop &= (left > _AS_NEAR * self._usual) | (not expected)
        whole = self._seen.are_whole_shots(part, self._map[part])
        likely = expected or far <= _SURELY_NEAR or whole
        alike = max(float(np.median(self._alike[amid])), self.motion.alike(part))
        alike = max(alike, self.motion.alike_but_for_titles(part))
        if whole and alike >= _ALIKE:
            drop[:] = False  # as many frames between the same cuts: there is nothing new among them
        else:
            drop |= self.of_moments(part)
        otherwise = not (whole and far <= _RATHER_NEAR) and all(
            self.motion.unrelated(one, likely=likely) for one in (part, self._without_blends(part))
        )
        if whole and self.motion.not_at_all_alike(part):
            otherwise |= changed_alike(self._seen, part, self._map[part]) < _CHANGED_ALIKE
        strange = expected and far > _FAR and alike < (_UNLIKE if much else _OTHERWISE)
        strange = strange and bool(much or not (whole or self.overlaid(part)))
        otherwise |= self._takes.is_other(part, self._map[part], self.motion)
        drop[:] |= otherwise or strange or (unlike > self._of_piece and not excused)
        return drop

    def _rather_alike(self, part: Ints) -> bool:
        """Whether B moves much as A does from frame to frame, or has done so in the end."""
        if self.motion.alike(part) >= _RATHER_ALIKE:
            return True
        return changed_alike(self._seen, part, self._map[part]) >= _SURELY_CHANGED_ALIKE

    def _amid(self, part: Ints) -> Ints:
        """The piece without what is so near a cut of B that how it moves is the cut: those are alike in any take."""
        cuts = np.pad(self._seen.cuts_b, (_BEHIND_CUT, _BEFORE_CUT))
        near = np.any([cuts[part + by] for by in range(_BEHIND_CUT + _BEFORE_CUT + 1)], axis=0)
        return part if near.all() else part[~near]

    def _without_blends(self, part: Ints) -> Ints:
        """The piece without its ends where there is no cut: there it may be blended with something else."""
        cuts = self._seen.cuts_b
        low = 0 if part[0] == 0 or cuts[part[0]] else _BLENDED
        high = 0 if part[-1] + 1 == len(cuts) or cuts[part[-1] + 1] else _BLENDED
        return part[low : len(part) - high] if len(part) >= _LEAST_UNBLENDED + low + high else part

    def of_stop(self, part: Ints) -> int | None:
        """Where a cut of B was, if what is far from the frame that A stands at came with it; None if not.

        That is where A has no cut and did not stand before: another take, not something laid over what is held.
        """
        cut = int(np.append(0, np.flatnonzero(self._seen.cuts_b[: part[0] + 1]))[-1])
        if cut < 2 or part[0] - cut > _AROUND or (self._map[cut - 2 : cut] < 0).any():
            return None
        before, last, stop = self._map[[cut - 2, cut - 1, part[0]]].astype(np.int64)
        if before == last or abs(stop - last) > _SAME_SHOT or not self._seen.one_shot_of_a(np.array([last, stop])):
            return None
        far = residuals(self._seen, part, self._map[part]).min() > _MUCH_TOO_FAR * self._usual
        return cut if far else None

    def overlaid(self, part: Ints) -> bool:
        """Whether in each of these frames most of the picture is as near as everything else, whatever lies over it."""
        near = share_near(self._seen, part, self._map[part], _OVERLAY * self._usual)
        return bool((near >= _LEAST_NEAR).all())


def _without_still_takes(frame_map: Map, seen: Seen, a_frame_us: float, b_frame_us: float) -> Map:
    """The map without shots of B that seem to hold a frame of A and are another take; of the rest some is in order."""
    for _ in range(_ROUNDS):
        matched = np.flatnonzero(frame_map >= 0)
        if not len(matched):
            break
        takes, result = Takes(frame_map, seen), frame_map.copy()
        for part in pieces(frame_map, matched, a_frame_us, b_frame_us, seen.cuts_b):
            if _slow(frame_map[part], b_frame_us / a_frame_us):
                low, high = _still_take(part, frame_map, takes, seen)
                result[low:high] = exact.NEW
        if np.array_equal(result, frame_map):
            break
        frame_map = result
    return frame_map


def _still_take(part: Ints, frame_map: Map, takes: Takes, seen: Seen) -> tuple[int, int]:
    """First and one past the last frame of the shot of B that a stop is most of, if it only looks like what it holds.

    As many as none if it is that, or goes on from what was shown before.
    """
    first, after, held = int(part[0]), int(part[-1]) + 1, int(frame_map[part[0]])
    cuts = np.flatnonzero(seen.cuts_b)
    low = int(np.append(0, cuts[cuts <= first])[-1])
    high = int(np.append(cuts[cuts >= after], len(frame_map))[0])
    if not low or frame_map[low - 1] == held or (frame_map[low:first] != held).any():
        return low, low
    if after - low < _MOST_OF_SHOT * (high - low):
        return low, low
    again = bool((np.abs(np.delete(frame_map, np.arange(low, high)) - held) <= 1).any())
    return low, high if takes.is_none(part, frame_map[part], again=again) else low


def _without_islands(frame_map: Map, seen: Seen) -> Map:
    """The map without moments of A in a shot of B that is not A's: a glance that is much like it.

    They are in its midst, or at one end of it, and the shot goes on without a cut.
    """
    result = frame_map.copy()
    known = np.pad(frame_map >= 0, _LEAST_AMID * _GOES_ON)
    for first, after in _by_shot(stretches_of(frame_map >= 0), seen.cuts_b):
        count = after - first
        cut_before, cut_behind = (_cut_beside(seen.cuts_b, at) for at in (first, after))
        if count >= _LEAST_AMID or (cut_before and cut_behind):
            continue
        before, behind = first + _LEAST_AMID * _GOES_ON, after + _LEAST_AMID * _GOES_ON  # in the padded array
        goes_on = cut_before and not known[behind : behind + _GOES_ON * count].any()
        came_from = cut_behind and not known[before - _GOES_ON * count : before].any()
        if not (cut_before or cut_behind) or goes_on or came_from:
            result[first:after] = exact.NEW
    return result


def _by_shot(stretches: Iterable[tuple[int, int]], cuts: Bools) -> Iterator[tuple[int, int]]:
    """The stretches, first and one past the last frame, cut where B is."""
    for first, after in stretches:
        yield from itertools.pairwise([first, *(first + 1 + np.flatnonzero(cuts[first + 1 : after])).tolist(), after])


def _cut_beside(cuts: Bools, at: int) -> bool:
    """Whether a frame of B is the first of a shot, or one beside it is; so are those at the ends of B."""
    return at in (0, len(cuts)) or bool(cuts[max(0, at - 1) : at + 2].any())


def in_order(frame_map: Map, parts: list[Ints]) -> list[bool]:
    """Whether each piece runs forward and belongs to the chain of pieces rising in A that holds most frames."""
    lows = np.array([int(frame_map[part].min()) for part in parts])
    highs = np.array([int(frame_map[part].max()) for part in parts])
    lengths = np.array([len(part) if frame_map[part[-1]] >= frame_map[part[0]] else 0.1 for part in parts])
    best, link = np.zeros(len(parts)), np.full(len(parts), -1)
    for i in range(len(parts)):
        fits = np.flatnonzero(highs[:i] <= lows[i] + 2)
        if len(fits):
            link[i] = fits[np.argmax(best[fits])]
        best[i] = lengths[i] + (best[link[i]] if link[i] >= 0 else 0)
    result = [False] * len(parts)
    at = int(np.argmax(best)) if len(parts) else -1
    while at >= 0:
        result[at] = bool(lengths[at] >= 1)
        at = int(link[at])
    return result


def _slow(shown: Map, rate: float) -> bool:
    """Whether A hardly goes on along a piece; rate: frames of A in the time of a frame of B."""
    return len(shown) >= _AROUND and abs(int(shown[-1]) - int(shown[0])) < _SLOW * rate * len(shown)


def pieces(
    frame_map: Map, matched: Ints, a_frame_us: float, b_frame_us: float, cut: NDArray[np.bool_] | None = None
) -> list[Ints]:
    """Matched frames of B in stretches without a jump; where A stands still is a stretch of its own.

    cut: bool (frames of B,), where a stretch ends too.
    """
    shown = frame_map[matched]
    rate = b_frame_us / max(a_frame_us, 1e-3)
    back = int(np.ceil(2 / max(rate, 1e-3))) + 2
    still = np.zeros(len(matched), bool)
    still[back:] = (shown[back:] == shown[:-back]) & (matched[back:] - matched[:-back] == back)
    step = np.diff(shown)
    jump = (np.diff(matched) > 1) | (np.abs(step) > np.ceil(rate) + 1) | (still[1:] != still[:-1])
    jump[1:] |= (step[:-1] > 0) & (step[1:] <= _BACK)
    if cut is not None:
        jump |= cut[matched[1:]]
    return np.split(matched, np.flatnonzero(jump) + 1)
