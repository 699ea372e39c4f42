"""Of two shots that look alike one is gone: which one."""

import numpy as np
import pytest
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.looks import PLAIN, Seen
from vidstudio.engine.alignment.refinement import shots


def _film() -> np.ndarray:
    """A shot, two of a room in which nothing moves but the light, one after the other, and one more."""
    room = np.repeat(shot(1, 1), 50, axis=0)
    later = np.clip(room[:40].astype(int) + (np.arange(48) < 16) * 3, 0, 255).astype(np.uint8)
    return np.concatenate([shot(0, 60), room, later, shot(2, 60)])


def _seen(a: np.ndarray, b: np.ndarray) -> Seen:
    return Seen(a, b, [PLAIN], np.zeros(len(b), np.int32))


FIRST = np.concatenate([np.arange(60), np.arange(60, 100), np.arange(150, 210)]).astype(np.int32)
SECOND = np.concatenate([np.arange(60), np.arange(110, 150), np.arange(150, 210)]).astype(np.int32)


@pytest.mark.parametrize("told", [FIRST, SECOND])
@pytest.mark.parametrize("truth", [FIRST, SECOND])
def test_the_one_that_is_clearly_more_alike_stays(told: np.ndarray, truth: np.ndarray) -> None:
    a = _film()
    seen = _seen(recoded(a, 1, 0.5), recoded(a[truth], 2, 0.5))
    assert (shots.chosen(told, np.arange(len(told)), seen) == truth).all()


@pytest.mark.parametrize("told", [FIRST, SECOND])
@pytest.mark.parametrize("truth", [FIRST, SECOND])
def test_a_title_does_not_hide_which_it_is(told: np.ndarray, truth: np.ndarray) -> None:
    a = _film()
    b = recoded(a[truth], 2, 0.5)
    b[60:100, 22:26, 6:40] = 230
    assert (shots.chosen(told, np.arange(len(told)), _seen(recoded(a, 1, 0.5), b)) == truth).all()


def test_where_neither_is_what_is_told_stays() -> None:
    a = _film()
    a[110:150] = a[60:100]
    for told in (FIRST, SECOND):
        seen = _seen(recoded(a, 1), recoded(a[FIRST], 2))
        assert (shots.chosen(told, np.arange(len(told)), seen) == told).all()
