"""How B's picture lies in A's, as an editor would say it: crop, scale, stretch, turn, bars."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidstudio.engine.types import Comparison, Edit, Transform, VideoInfo

_SCALE, _ROTATION = 0.004, 0.2
_STRETCH, _SHAPE = 0.02, 0.02
_CROP, _EVEN = 0.01, 0.012
_BAR = 0.02


@dataclass(frozen=True, slots=True)
class _Frames:
    """Both videos, and `[x, y, w, h]` of their pictures without bars."""

    a: VideoInfo
    b: VideoInfo
    of_a: tuple[int, int, int, int]
    of_b: tuple[int, int, int, int]

    @classmethod
    def of(cls, comparison: Comparison) -> _Frames:
        a, b = comparison.a, comparison.b
        whole = (0, 0, a.width, a.height), (0, 0, b.width, b.height)
        return cls(a, b, *(comparison.active or whole))


def place_text(edit: Edit, comparison: Comparison) -> str:
    """What of an edit's place is worth saying, or nothing: "mirrored, scale 1.050, cropped 5% on every side"."""
    frames = _Frames.of(comparison)
    said = []
    if transform := edit.transform:
        said += ["mirrored"] if transform.mirrored else []
        if abs(transform.rotation) < _ROTATION:
            said += _sizes(transform, frames) + _crop(transform, frames)
        else:
            said += [*_scale(transform.scale), f"turned {transform.rotation:+.1f}°"]
    if "geometry" in edit.change:
        said += _bars(frames)
    return ", ".join(said)


def reframed(
    transform: Transform, comparison: Comparison, of_a: tuple[int, int, int, int], of_b: tuple[int, int, int, int]
) -> NDArray[np.float64]:
    """A transform between two places `[x, y, w, h]` in which the whole frames of A and of B are shown, (2, 3)."""
    a, b = comparison.a, comparison.b
    place = np.array([[transform.a, transform.b, transform.c], [transform.d, transform.e, transform.f], [0, 0, 1]])
    whole: NDArray[np.float64] = _into(of_a, a) @ place @ np.linalg.inv(_into(of_b, b))
    return whole[:2]


def _into(box: tuple[int, int, int, int], info: VideoInfo) -> NDArray[np.float64]:
    """From pixels of a whole frame to those of the place it is shown in."""
    return np.array([[box[2] / info.width, 0, box[0]], [0, box[3] / info.height, box[1]], [0, 0, 1]])


def _scale(scale: float) -> list[str]:
    return [f"scale {scale:.3f}"] if abs(scale - 1) >= _SCALE else []


def _sizes(transform: Transform, frames: _Frames) -> list[str]:
    """Scale and stretch of what is not turned. The scale is against the frame, so only frames of one shape have it."""
    a, b = frames.a, frames.b
    across = a.width / (b.width * max(abs(transform.a), 1e-6))
    down = a.height / (b.height * max(abs(transform.e), 1e-6))
    # as it is shown: wide pixels of B make what they show wider
    shown = [float(info.width * info.pixel_aspect / info.height) for info in (a, b)]
    one_shape = abs(shown[1] / shown[0] - 1) < _SHAPE
    stretch = across / down * shown[1] / shown[0]
    if abs(stretch - 1) < _STRETCH:
        return _scale(math.sqrt(across * down)) if one_shape else []
    if abs(math.log(across)) >= abs(math.log(down)):
        factor, axis, scale = stretch, "horizontally", down
    else:
        factor, axis, scale = 1 / stretch, "vertically", across
    word = f"stretched {factor:.2f}x" if factor > 1 else f"squeezed to {factor:.2f}x"
    return (_scale(scale) if one_shape else []) + [f"{word} {axis}"]


def _crop(transform: Transform, frames: _Frames) -> list[str]:
    """How much of each side of A's picture is not in B's."""
    x, y, width, height = frames.of_b
    middle = x + width / 2, y + height / 2
    across = sorted(transform.a * one + transform.b * middle[1] + transform.c for one in (x, x + width))
    down = sorted(transform.d * middle[0] + transform.e * one + transform.f for one in (y, y + height))
    x, y, width, height = frames.of_a
    off = {
        "left": (across[0] - x) / width,
        "right": (x + width - across[1]) / width,
        "top": (down[0] - y) / height,
        "bottom": (y + height - down[1]) / height,
    }
    off = {side: share for side, share in off.items() if share >= _CROP}
    if not off:
        return []
    if len(off) == 4 and max(off.values()) - min(off.values()) < _EVEN:
        return [f"cropped {sum(off.values()) / 4:.0%} on every side"]
    return ["cropped " + " and ".join(f"{share:.0%} {side}" for side, share in off.items())]


def _bars(frames: _Frames) -> list[str]:
    """Bars at the sides (pillarbox), above and below (letterbox) that only one of the two has, or has more of."""
    said = []
    for name, size, full in (("pillarbox", 2, "width"), ("letterbox", 3, "height")):
        of_a, of_b = (
            1 - box[size] / getattr(info, full) for box, info in ((frames.of_a, frames.a), (frames.of_b, frames.b))
        )
        if abs(of_b - of_a) >= _BAR:
            said.append(f"{name} bars {'added' if of_b > of_a else 'removed'}")
    return said
