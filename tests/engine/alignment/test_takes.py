"""Another take of a room in which hardly anything moves, told from the same one coded coarsely or under a title."""

import numpy as np
import pytest
from numpy.typing import NDArray
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import motion_along
from vidstudio.engine.alignment.refinement.takes import Takes

FIRST, COUNT = 160, 80


def _room(seed: int) -> NDArray[np.uint8]:
    """A take of a room in which a curtain stirs, each time otherwise, in a light that is never quite the same."""
    random = np.random.default_rng(seed)
    light = 6 * np.sin(np.linspace(0, 2, 48) + seed)
    sway = np.cumsum(random.normal(0, 0.5, COUNT))
    room = shot(7, 1).astype(float) + light + np.zeros((COUNT, 1, 1))
    room[:, 4:24, 6:20] += 6 * np.sin(np.linspace(0, 9, 14) + sway[:, None, None])
    return np.clip(room, 0, 255).astype(np.uint8)


def _is_other(a: NDArray[np.uint8], b: NDArray[np.uint8], found: NDArray[np.int32], part: NDArray[np.int64]) -> bool:
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    return Takes(found, seen).is_other(part, found[part], motion_along(found, seen))


TITLE = np.zeros((28, 48), np.uint8)
TITLE[21:26, 4:40] = 120


@pytest.mark.parametrize(
    ("take", "noise", "title", "first", "after", "other"),
    [
        (2, 1.5, 0, 10, 70, True),
        (2, 1.5, 1, 10, 70, True),
        (1, 1.5, 0, 10, 70, False),
        (1, 4.0, 0, 10, 70, False),  # nothing that stirs is left by it, in what is before as well
        (1, 1.5, 1, 10, 70, False),
        (2, 1.5, 0, 0, COUNT, False),  # a whole shot of both
        (2, 1.5, 0, 10, 18, False),  # too short to say
    ],
)
def test_another_take_is_told(take: int, noise: float, title: int, first: int, after: int, other: bool) -> None:
    a = np.concatenate([shot(1, FIRST), _room(1), shot(3, 40)])
    room = _room(take)[first:after]
    shown = np.minimum(room.astype(int) + title * TITLE, 255).astype(np.uint8)
    b = recoded(np.concatenate([a[:FIRST], shown, a[-40:]]), noise=noise)
    part = np.arange(FIRST, FIRST + after - first)
    found = np.full(len(b), -1, np.int32)
    found[:FIRST], found[part] = np.arange(FIRST), part + first
    found[part[-1] + 1 :] = np.arange(FIRST + COUNT, len(a))
    assert _is_other(a, b, found, part) == other


def test_what_stands_still_in_a_is_no_take() -> None:
    a = np.concatenate([shot(1, FIRST), shot(7, 1).repeat(COUNT, axis=0)])
    other = np.clip(a[FIRST : FIRST + 60].astype(int) + 12 * np.sin(np.arange(48)), 0, 255).astype(np.uint8)
    b = recoded(np.concatenate([a[:FIRST], other]))
    found = np.append(np.arange(FIRST), np.arange(FIRST + 10, FIRST + 70)).astype(np.int32)
    assert not _is_other(a, b, found, np.arange(FIRST, FIRST + 60))
