"""Where each point of B lies in A: small shifts, zooms and turns, followed from frame to frame, and mirrored pictures.

Places are in normalised coordinates: -1..1 from the first to the last edge of the picture, across and down.
"""

from __future__ import annotations

import functools
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.picture.medians import median

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Array = TypeVar("Array", Bytes, Floats)

IDENTITY: Floats = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
"""Every point is where it was."""

PLAIN, MIRRORED, UPSIDE_DOWN, TURNED = 0, 1, 2, 3
"""How A has to be flipped to look like B: not, left to right, top to bottom, both."""
_FLIPS = {MIRRORED: 1, UPSIDE_DOWN: 0, TURNED: -1}

_CORRELATED = 0.75
_BETTER = 0.15
_ALIKE_IN_DETAIL = 0.5
_FARTHEST = 0.35
_LONGEST_STEP = 0.06
_STILL = 1e-3
_RIDGE = 0.01
_RICH_FROM = 0.75
_WORTH = 0.85
_SURE, _STILL_SURE = 0.5, 0.7
"""Less than that share of the error is left where the picture surely moved; once it did, less than that."""
_RETRY_FRAMES = 12
_CALM, _CALM_FRAMES = 6, 3


class Tracker:
    """Follows how A's picture has to be flipped and moved to lie on B's; `sure` says that it clearly has to be.

    usual: where it lies if nothing says otherwise, and from where on it has to be moved; see `rotated`.
    """

    def __init__(self, usual: Floats = IDENTITY) -> None:
        self.usual = usual
        self.place: Floats = usual
        self.flip = PLAIN
        self.sure = False
        self._since = _RETRY_FRAMES
        self._calm = 0
        self._looked = 0

    def follow(self, a: Floats, b: Floats) -> None:
        """Look at the luma (float32, one size) of the next two pictures; `place` and `flip` then hold for them."""
        a, b = (_soft(one) for one in (a, b))
        flip = _best_flip(a, b, self.flip)
        if flip != self.flip:
            self.flip, self.place = flip, self.usual
        if flip != PLAIN:
            a = _flipped(a, flip)
        self._follow(a, b)

    def lay(self, a: Bytes, least: float = _STILL) -> Bytes:
        """A's picture laid on B's as `place` and `flip` say; as it lies if no point moves by more than `least`."""
        a = _flipped(a, self.flip)
        return _moved(a, self.place) if reach(self.place) > least else a

    def _follow(self, a: Floats, b: Floats) -> None:
        before = self.place
        alike = _likeness(_moved(a, before), b)
        if alike < _CORRELATED:
            alike_usual = _likeness(_moved(a, self.usual), b)
            if alike_usual > alike:
                self.place, alike = self.usual, alike_usual
        self._since += 1
        if alike < 0.985 and self._since >= _RETRY_FRAMES:
            self._since = 0
            self._search(a, b, alike)
            return
        self._looked += 1
        if self._calm < _CALM or self._looked % _CALM_FRAMES == 0:
            before = self.place
            self._improve(a, b)
            self._calm = self._calm + 1 if np.abs(self.place - before).max() < _STILL else 0

    def _improve(self, a: Floats, b: Floats) -> None:
        """One step on, if it is for the better; what is hardly better than the usual place is drawn back to it."""
        rich = _rich(b)
        here = _moved(a, self.place)
        error, still = _error(here, b, rich), _error(_moved(a, self.usual), b, rich)
        step = _step(here, b)
        if step is not None:
            place = self._limited(_joined(self.place, step))
            after = _error(_moved(a, place), b, rich)
            if after < error:
                self.place, error = place, after
        self.sure = error < (_STILL_SURE if self.sure else _SURE) * still
        if still <= error:
            self.place = self.usual
        elif error > _WORTH * still:
            self.place = (self.usual + (self.place - self.usual) * np.float32(0.5)).astype(np.float32)

    def _search(self, a: Floats, b: Floats, alike: float) -> None:
        """From coarse to fine; kept only where it makes the pictures clearly more alike."""
        import cv2

        place = self.place
        for shrink, rounds in ((2, 6), (1, 4)):
            size = (a.shape[1] // shrink, a.shape[0] // shrink)
            small_a, small_b = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (a, b))
            for _ in range(rounds):
                step = _step(_moved(small_a, place), small_b)
                if step is None:
                    break
                place = self._limited(_joined(place, step))
        if _likeness(_moved(a, place), b) > alike + (1 - alike) * 0.1:
            self.place = place

    def _limited(self, place: Floats) -> Floats:
        return place if reach(place) < _FARTHEST else self.usual


def rotated(degrees: float, aspect: float) -> Floats:
    """Where points of B lie in A if A was turned clockwise by so much. aspect: width over height of the picture."""
    if not degrees:
        return IDENTITY
    angle = -np.deg2rad(degrees)
    sine = float(np.sin(angle))
    across = [float(np.cos(angle)), -sine / aspect, 0]
    down = [sine * aspect, float(np.cos(angle)), 0]
    return np.array([across, down], np.float32)


def _soft(picture: Floats) -> Floats:
    """Half as large, and so soft that moving it by parts of a point makes it no softer."""
    import cv2

    size = (max(16, picture.shape[1] // 2), max(9, picture.shape[0] // 2))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (5, 5), 1.0), np.float32)


def _likeness(a: Floats, b: Floats) -> float:
    """Correlation; flat pictures are like anything."""
    x, y = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / scale if scale > 1.5 * a.size else 1.0


def _rich(picture: Floats) -> NDArray[np.bool_]:
    """The points where the picture changes most: where it can be seen whether another lies on it."""
    import cv2

    steps = np.abs(cv2.Sobel(picture, cv2.CV_32F, 1, 0)) + np.abs(cv2.Sobel(picture, cv2.CV_32F, 0, 1))
    steps *= _inner(picture.shape)
    at = int(_RICH_FROM * steps.size)
    return np.asarray(steps >= max(1.0, float(np.partition(steps.ravel(), at)[at])))


def _error(a: Floats, b: Floats, rich: NDArray[np.bool_]) -> float:
    """How far A's points are from B's at rich places, most of them, whatever the grade."""
    gain, lift = _evened(a, b)
    return median(np.abs(b - a * np.float32(gain) - np.float32(lift))[rich])


def _best_flip(a: Floats, b: Floats, usual: int) -> int:
    score = _likeness(_flipped(a, usual), b)
    if score > _CORRELATED:
        return usual
    others = {flip: _likeness(_flipped(a, flip), b) for flip in (PLAIN, MIRRORED, UPSIDE_DOWN, TURNED) if flip != usual}
    best = max(others, key=lambda flip: others[flip])
    if others[best] <= max(_CORRELATED, score + _BETTER):
        return usual
    # light that falls off to the edges is much the same either way
    detail, detail_b = _detail(a), _detail(b)
    mine, its = (float((_flipped(detail, flip) * detail_b).sum()) for flip in (usual, best))
    least = _ALIKE_IN_DETAIL * float(np.sqrt((detail**2).sum() * (detail_b**2).sum()))
    return best if its > max(mine, least) else usual


def _detail(picture: Floats) -> Floats:
    import cv2

    return np.asarray(picture - cv2.blur(picture, (7, 7)), np.float32)


def _flipped(picture: Array, flip: int) -> Array:
    import cv2

    return picture if flip == PLAIN else cast(Array, cv2.flip(picture, _FLIPS[flip]))


def _moved(picture: Array, place: Floats) -> Array:
    """The picture whose point x is the given one's at `place` of x."""
    if place is IDENTITY:
        return picture
    import cv2

    height, width = picture.shape[:2]
    x_scale, y_scale = 2 / width, 2 / height
    to = np.array([[x_scale, 0, x_scale / 2 - 1], [0, y_scale, y_scale / 2 - 1], [0, 0, 1]])
    matrix = np.linalg.inv(to) @ np.vstack([place, [0, 0, 1]]) @ to
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cast(
        Array, cv2.warpAffine(picture, matrix[:2], (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    )


def _step(a: Floats, b: Floats) -> Floats | None:
    """How B's points have to move on to lie on A's, by one robust Gauss-Newton step; None without texture."""
    import cv2

    x, y = _coordinates(a.shape)
    gain, lift = _evened(a, b)
    a = a * gain + lift
    across, down = cv2.Sobel(a, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(a, cv2.CV_32F, 0, 1, scale=1 / 8)
    # per unit of normalised coordinates, not per point
    across, down = across * np.float32(a.shape[1] / 2), down * np.float32(a.shape[0] / 2)
    error = b - a
    spread = 1.5 * median(np.abs(error).ravel()) + 1.0
    inner = _inner(a.shape)
    trust = inner / (1 + (error / np.float32(spread)) ** 2) ** 2
    columns = np.stack([across * x, across * y, across, down * x, down * y, down], axis=-1).reshape(-1, 6)
    heavy = columns * trust.reshape(-1, 1)
    normal = heavy.T @ columns
    energy = float(np.trace(normal)) / 6
    if energy < 1:
        return None
    solved = np.linalg.solve(normal + np.eye(6) * (_RIDGE * energy), heavy.T @ error.ravel())
    longest = float(np.abs(solved).max())
    if longest > _LONGEST_STEP:
        solved *= _LONGEST_STEP / longest
    result: Floats = (IDENTITY + solved.reshape(2, 3)).astype(np.float32)
    return result


def _evened(a: Floats, b: Floats) -> tuple[float, float]:
    """Gain and lift that give A the brightness and contrast of B, so that a grade is not taken for a move.

    None where most points are nearer as they are: in a sparse picture an overlay moves the levels of the whole.
    """
    some_a, some_b = a[::2, ::2].ravel(), b[::2, ::2].ravel()
    low_a, middle_a, high_a = _levels(some_a)
    low_b, middle_b, high_b = _levels(some_b)
    gain = float(np.clip((high_b - low_b) / (high_a - low_a), 0.3, 3)) if high_a - low_a > 4 else 1.0
    lift = middle_b - gain * middle_a
    plain, evened = np.abs(some_b - some_a), np.abs(some_b - some_a * np.float32(gain) - np.float32(lift))
    return (1.0, 0.0) if median(plain) <= median(evened) else (gain, lift)


def _levels(some: Floats) -> tuple[float, float, float]:
    """The levels that a quarter, half, and three quarters of the points lie below."""
    at = [len(some) // 4, len(some) // 2, 3 * len(some) // 4]
    low, middle, high = np.partition(some, at)[at]
    return float(low), float(middle), float(high)


@functools.cache
def _coordinates(shape: tuple[int, int]) -> tuple[Floats, Floats]:
    height, width = shape
    x = (np.arange(width, dtype=np.float32) + 0.5) * 2 / width - 1
    y = (np.arange(height, dtype=np.float32) + 0.5) * 2 / height - 1
    across, down = np.meshgrid(x, y)
    return across.astype(np.float32), down.astype(np.float32)


@functools.cache
def _inner(shape: tuple[int, int]) -> Floats:
    result = np.zeros(shape, np.float32)
    result[2:-2, 2:-2] = 1
    return result


def _joined(place: Floats, step: Floats) -> Floats:
    """First the step in B, then the place in A."""
    result: Floats = (np.vstack([place, [0, 0, 1]]) @ np.vstack([step, [0, 0, 1]]))[:2].astype(np.float32)
    return result


def reach(place: Floats) -> float:
    """How far the farthest corner lies from where it was, in normalised units."""
    corners = np.array([[-1, -1, 1], [1, -1, 1], [-1, 1, 1], [1, 1, 1]], np.float32)
    return float(np.abs(corners @ (place - IDENTITY).T).max())
