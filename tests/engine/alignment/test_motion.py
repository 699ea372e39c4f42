import numpy as np
import pytest
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.motion import motion_along

FRAMES = 40


def _unrelated(a: np.ndarray, b: np.ndarray, *, expected: bool) -> bool:
    seen = Seen(recoded(a, 1, 0.5), b, [], np.full(len(b), -1, np.int32))
    whole = np.arange(len(b))
    return motion_along(whole.astype(np.int32), seen).unrelated(whole, expected=expected)


def _still() -> np.ndarray:
    return shot(7, 1).repeat(FRAMES, axis=0)


@pytest.mark.parametrize("expected", [True, False])
def test_a_title_that_comes_over_a_still_scene_is_no_movement(expected: bool) -> None:
    b = recoded(_still(), noise=0.5)
    b[15:, 20:26, 4:44] = 240
    assert not _unrelated(_still(), b, expected=expected)


@pytest.mark.parametrize("expected", [True, False])
def test_a_last_frame_woven_of_two_shots_is_no_movement(expected: bool) -> None:
    b = recoded(_still(), noise=0.5)
    b[-1] = (b[-1].astype(int) + shot(3, 1)[0]) // 2
    assert not _unrelated(_still(), b, expected=expected)


@pytest.mark.parametrize("expected", [True, False])
def test_somebody_who_walks_through_a_still_scene_is_movement(expected: bool) -> None:
    b = recoded(_still(), noise=0.5)
    for number in range(FRAMES):
        b[number, 6:24, number : number + 8] = 30
    assert _unrelated(_still(), b, expected=expected)
