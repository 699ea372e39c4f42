"""How both versions are seen before their frames are matched for good: a pass over them, in the way that serves best.

A may have to be turned, cut to what B shows, woven as B is; what lies over B is left aside; A may run at another speed
in it, or in another phase. Each of these is tried where something speaks for it, and kept where more is matched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.alignment.appearance import descriptors, framing, overlays, turns
from vidstudio.engine.alignment.appearance.framing import Framing
from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.pictures import Pictures
from vidstudio.engine.alignment.refinement import woven
from vidstudio.engine.alignment.results import Turn
from vidstudio.engine.alignment.search import cells, exact, pace, phases, seeking
from vidstudio.engine.alignment.search.passes import Pass

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

_LEAST_PAIRS = 20
_SURELY_AS_IT_IS = 0.25
_MUCH_ALIKE = 0.96
_LITTLE, _FAR_BETTER = 0.5, 1.5
_AS_GOOD = 0.999
_BETTER = 0.7
_TRIM = 4
_NEARLY = 0.98
_WINDOW_ROUNDS = 3
_GUESS_OF = 100
_SHOT_US = 3_000_000
_PAIRS = 48
_BESIDE = 7
_SURELY_WHOLE = 0.97
_CLEARLY_BETTER = 0.02


@dataclass(frozen=True, slots=True)
class Approach:
    """Both versions as they are seen, and the last pass over them with what it found.

    turn: how A is turned. framing: what of A's picture B shows all through. by_itself: A as it is, where it is woven
    as B is; else None.
    """

    a: Pictures
    b: Pictures
    turn: Turn
    pass_: Pass
    found: exact.Found
    framing: Framing
    by_itself: Seen | None

    def seen(self) -> Seen:
        """How the pass sees B's frames."""
        return _seen(self.pass_, self.found)


def approach(a: Pictures, b: Pictures, tell: Callable[[float], None]) -> Approach:
    """The way that serves best. `tell` is told the share done, 0..1."""
    a, b, turn, framed = _turned(a, b, _framed(a, b, tell), tell)
    a, framed, by_itself = _beside_woven(a, b, framed, tell)
    a, b, (pass_, found, seen_in) = _without_overlays(a, b, framed, tell)
    found = _in_phase(a, b, pass_, _at_its_speed(a, b, pass_, found))
    return Approach(a, b, turn, pass_, found, seen_in, by_itself)


_Framed = tuple[Pass, exact.Found, Framing]
"""A pass, what it found, and what of A's picture B shows all through."""


def _turned(
    a: Pictures, b: Pictures, plain: _Framed, tell: Callable[[float], None]
) -> tuple[Pictures, Pictures, Turn, _Framed]:
    """A and B as they are seen, how A is turned, and the pass: another where little of B is like A upright."""
    if _worth(plain[1]) < _LITTLE * len(b.thumbs):
        turn = seeking.seek_turn(*_some(a, b))
        if not turn.none:
            of_a, of_b = turns.of_pictures(a, b, turn)
            again = _framed(of_a, of_b, tell)
            if _worth(again[1]) > _worth(plain[1]):
                return of_a, of_b, turn, again
    return a, b, Turn(), plain


def _framed(a: Pictures, b: Pictures, tell: Callable[[float], None]) -> _Framed:
    """The pass, through the part of A's picture that B shows all through, where that is not the whole."""
    pass_, first = _whole(a, b, tell)
    start, reframed = Framing(), pass_.reframed
    if reframed or _as_it_is(first, pass_.tracks) < _SURELY_AS_IT_IS:
        guess = seeking.seek_framing(*_some(a, b), a.aspect)
        if guess is not None:
            again = Pass(*_through(a, b, guess), lambda share: tell(share / 2))
            found = again.match()
            if _worth(found) > _NEARLY * _worth(first):
                # one window for all explains more than one for each run, even where it fits a little less
                pass_, first, start, reframed = again, found, guess, False
    for _ in range(0 if reframed else _WINDOW_ROUNDS):
        nearer = _common_framing(a, b, first, start)
        if nearer is None or nearer == start:
            break
        again = Pass(*_through(a, b, nearer), lambda share: tell(0.5 + share / 2))
        found = again.match()
        if _worth(found) <= _worth(first):
            break
        pass_, first, start = again, found, nearer
    return pass_, first, start


def _whole(a: Pictures, b: Pictures, tell: Callable[[float], None]) -> tuple[Pass, exact.Found]:
    """The pass with A's whole picture; where B is of another shape, as one that is cut, or stretched.

    Where little is found, with what each side shows all through left aside.
    """
    pass_ = Pass(a, b, lambda share: tell(share / 2))
    first = pass_.match()
    if pass_.reframed and _as_it_is(first, pass_.tracks) >= _SURELY_AS_IT_IS:
        stretched = Pass(a, replace(b, aspect=a.aspect), lambda share: tell(share / 2))
        found = stretched.match()
        if _worth(found) > _NEARLY * _worth(first):
            return stretched, found
    elif not pass_.reframed and _worth(first) < _LITTLE * len(b.thumbs):
        apart = Pass(a, b, lambda share: tell(share / 2), apart=True)
        found = apart.match()
        if _worth(found) > max(_LITTLE * len(b.thumbs), _FAR_BETTER * _worth(first)):
            return apart, found
    return pass_, first


def _beside_woven(
    a: Pictures, b: Pictures, plain: _Framed, tell: Callable[[float], None]
) -> tuple[Pictures, _Framed, Seen | None]:
    """A and the pass: woven too where B's frames are of two each; and then how A is seen as it is.

    Beside frames that are of two as well, a version like that is as any other.
    """
    pass_, found, _ = plain
    seen = _seen(pass_, found)
    if not woven.is_woven(found.frame_map, pass_.natural, seen):
        return a, plain, None
    of_two = replace(a, thumbs=woven.of_two(a.thumbs))
    return of_two, _framed(of_two, b, tell), seen


def _without_overlays(
    a: Pictures, b: Pictures, plain: _Framed, tell: Callable[[float], None]
) -> tuple[Pictures, Pictures, _Framed]:
    """A, B and the pass: where something lies over B all through, with that filled in on both sides."""
    pass_, found, seen_in = plain
    if pass_.reframed:
        return a, b, plain
    little = _worth(found) < _LITTLE * len(b.thumbs)
    if little:
        points = overlays.maybe_overlaid(pass_.a.thumbs, b.thumbs)
    else:
        points = overlays.overlaid(found.frame_map, _seen(pass_, found))
    if points.any():
        of_a = replace(a, thumbs=overlays.filled_in(a.thumbs, overlays.behind(points, seen_in.window)))
        of_b = replace(b, thumbs=overlays.filled_in(b.thumbs, points))
        again = _framed(of_a, of_b, tell)
        if _worth(again[1]) > (_FAR_BETTER if little else _NEARLY) * _worth(found):
            return of_a, of_b, again
    return a, b, plain


def _through(a: Pictures, b: Pictures, framing: Framing) -> tuple[Pictures, Pictures]:
    """A's pictures cut to what B shows, and as wide, and B's as unsharp as that leaves A's."""
    of_a = replace(a, thumbs=framing.of(a.thumbs, a.aspect), aspect=b.aspect)
    return of_a, replace(b, thumbs=descriptors.softened(b.thumbs, framing.window))


def _some(a: Pictures, b: Pictures) -> tuple[Bytes, Bytes]:
    """Some thumbnails of both: of A so many that every shot is likely to have one."""
    of_a = int(np.clip(a.duration_us / _SHOT_US, _GUESS_OF, _GUESS_OF * 8))
    return cells.some(a.thumbs, of_a), cells.some(b.thumbs, _GUESS_OF)


def _at_its_speed(a: Pictures, b: Pictures, pass_: Pass, found: exact.Found) -> exact.Found:
    """The pass again at the speed that most of B has, or at A's own, where that serves: trims may look like a speed."""
    measured = pace.common_speed(found.frame_map, a, b)
    for speed in dict.fromkeys((measured, pace.usual_speed(measured), 1.0)):
        if speed == pass_.speed:
            continue
        before, natural = pass_.state, pass_.natural
        again = _best_phase(a, b, pass_, pass_.match(speed))
        steps, steps_before = _steps(again, pass_.natural), _steps(found, natural)
        as_good = _worth(again) >= _AS_GOOD * _worth(found) and len(steps) <= len(steps_before)
        # what runs at another speed goes on by a frame or two now and then, trims do so at once
        few = speed == 1 and len(steps) * _TRIM <= abs(int(steps.sum()))
        if as_good or (few and _misfit(again) < _BETTER * _misfit(found)):
            found = again
        else:
            pass_.state = before
    return found


def _in_phase(a: Pictures, b: Pictures, pass_: Pass, found: exact.Found) -> exact.Found:
    """The pass again with A's clock ahead by the share of a frame that the pictures ask for, where that serves.

    At the usual speed too that is next to what was measured: trims, and the wrong phase, lead that astray.
    """
    if pass_.reframed:
        return found
    for speed in dict.fromkeys((pass_.speed, pace.usual_speed(pass_.speed))):
        found = _best_phase(a, b, pass_, found, speed)
    return found


def _best_phase(a: Pictures, b: Pictures, pass_: Pass, found: exact.Found, speed: float = 0.0) -> exact.Found:
    """The pass again at a speed, by default its own, and in the phase that the pictures ask for, where that serves."""
    speed = speed or pass_.speed
    phase = phases.phase(found.frame_map, a, b, speed, _seen(pass_, found)) if not pass_.reframed else 0.0
    if not phase:
        return found
    before = pass_.state
    again = pass_.match(speed, phase)
    if _worth(again) > _worth(found):
        return again
    pass_.state = before
    return found


def _seen(pass_: Pass, found: exact.Found) -> Seen:
    """How the pass sees B's frames."""
    return Seen(pass_.a.thumbs, pass_.b.thumbs, [one.look for one in pass_.tracks], found.track)


def _as_it_is(found: exact.Found, tracks: list[exact.Track]) -> float:
    """The share of B that is much like A's whole picture, as it is or mirrored: more than a window could be."""
    whole = np.array([*(one.look.path is None for one in tracks), False])[found.track]
    return float((whole & (found.frame_map >= 0) & (found.likeness > _MUCH_ALIKE)).mean())


def _worth(found: exact.Found) -> float:
    """How much is matched, and how well."""
    return float(found.likeness[found.frame_map >= 0].sum())


def _misfit(found: exact.Found) -> float:
    """How much is not matched, and how badly what is."""
    return len(found.frame_map) - _worth(found)


def _steps(found: exact.Found, natural: Ints) -> Ints:
    """By how many frames what is matched steps aside from A's pace, each time that it does."""
    at = np.flatnonzero(found.frame_map >= 0)
    steps = np.diff(found.frame_map[at] - natural[at])
    result: Ints = steps[steps != 0]
    return result


def _common_framing(a: Pictures, b: Pictures, found: exact.Found, start: Framing) -> Framing | None:
    """The part of A's picture that B shows all through, when that is clearly not the whole."""
    matched = np.flatnonzero(found.frame_map >= 0)
    if len(matched) < _LEAST_PAIRS:
        return None if start.whole else start
    if start.whole and np.median(found.likeness[matched]) > _SURELY_WHOLE:
        return None
    sure = matched[found.likeness[matched] >= np.median(found.likeness[matched])]
    # once there is a window, fewer pairs, and frames of A beside those that were found through it
    pairs, beside, steps = (_PAIRS, 0, framing.STEPS) if start.whole else (_PAIRS // 2, _BESIDE, framing.STEPS[1:])
    chosen = sure[np.linspace(0, len(sure) - 1, pairs).astype(int)]
    shown = found.frame_map[chosen][:, None] + np.arange(-beside, beside + 1)
    of_a = a.thumbs[np.clip(shown, 0, len(a.thumbs) - 1).ravel()]
    near = framing.find_framing(of_a, b.thumbs[chosen], start, a.aspect, steps)
    better = not near.framing.whole and near.likeness > near.before + (_CLEARLY_BETTER if start.whole else 0)
    return near.framing if better else (start if not start.whole else None)
