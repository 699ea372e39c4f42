import numpy as np
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.refinement.nearest import nearest

FRAME_US = 40_000.0
STILL = 40


def _nearest(a: np.ndarray, b: np.ndarray, frame_map: np.ndarray) -> np.ndarray:
    seen = Seen(a, b, [], np.full(len(b), -1, np.int32))
    return nearest(frame_map.astype(np.int32), seen, FRAME_US, FRAME_US)


def _programme() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A, B and what B shows: a room as it was first, left out, and as it was later, with something on the table."""
    room = shot(7, 1).repeat(STILL, axis=0)
    later = room.copy()
    later[:, 14:20, 20:30] = 230
    a = np.concatenate([shot(1, 60), room, later, shot(2, 60)])
    kept = np.delete(np.arange(len(a)), np.arange(60, 60 + STILL))
    return a, recoded(a[kept], noise=0.7), kept


def test_a_still_shot_is_shown_where_a_has_the_very_pictures() -> None:
    a, b, truth = _programme()
    led_astray = truth.copy()
    led_astray[60 : 60 + STILL] -= STILL
    found = _nearest(a, b, led_astray)
    moved = slice(60, 60 + STILL)
    assert np.array_equal(found[:60], truth[:60])
    assert np.array_equal(found[60 + STILL :], truth[60 + STILL :])
    assert ((found[moved] >= 60 + STILL) & (found[moved] < 60 + 2 * STILL)).all()
    assert (np.diff(found[moved]) == 1).all()


def test_what_is_where_it_is_most_alike_stays() -> None:
    a, b, truth = _programme()
    assert np.array_equal(_nearest(a, b, truth), truth)


def test_a_still_shot_that_was_changed_stays_where_it_is() -> None:
    a, b, truth = _programme()
    b[60 : 60 + STILL, 20:26, 4:44] = 240  # a caption, which A has nowhere
    assert np.array_equal(_nearest(a, b, truth), truth)
