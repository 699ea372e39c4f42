"""Windows and turns of A's picture that B shows, on moving shots whose true frames are known."""

import functools

import clips
import cv2
import numpy as np
import pytest
from programmes import pictures

from vidstudio.engine.alignment.appearance import turns
from vidstudio.engine.alignment.appearance.active import Active
from vidstudio.engine.alignment.appearance.descriptors import HEIGHT, WIDTH
from vidstudio.engine.alignment.appearance.looks import Seen
from vidstudio.engine.alignment.appearance.unlike import residuals
from vidstudio.engine.alignment.approach import approach
from vidstudio.engine.alignment.match import Match, match
from vidstudio.engine.alignment.results import Turn, Window
from vidstudio.engine.alignment.search import seeking
from vidstudio.engine.media.picture import turned_on, upright

SIZE = (320, 180)
WHOLE = (0.0, 0.0, 1.0, 1.0)


@functools.cache
def _programme() -> np.ndarray:
    """Six shots that pan there and back, grey (240, 180, 320)."""
    return np.concatenate([_shot(seed)[:: 1 if seed % 2 else -1] for seed in range(20, 26)])


def _shot(seed: int, frames: int = 40) -> np.ndarray:
    return np.stack([cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in clips.shot(seed, frames, SIZE)])


def _thumbs(frames: np.ndarray) -> np.ndarray:
    return np.stack([cv2.resize(one, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for one in frames])


def _recoded(frames: np.ndarray) -> np.ndarray:
    coded = (cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, 50])[1] for one in frames)
    return np.stack([cv2.imdecode(one, cv2.IMREAD_GRAYSCALE) for one in coded])


def _cropped(frames: np.ndarray, window: tuple[float, float, float, float]) -> np.ndarray:
    """Through a window, as large as before."""
    left, top, right, bottom = (round(share * SIZE[at % 2]) for at, share in enumerate(window))
    return np.stack([cv2.resize(one[top:bottom, left:right], SIZE, interpolation=cv2.INTER_CUBIC) for one in frames])


def _matched(b: np.ndarray, aspect: float = 16 / 9) -> Match:
    return match(pictures(_thumbs(_programme())), pictures(_thumbs(_recoded(b)), aspect))


def _right(found: Match, truth: np.ndarray) -> float:
    return float(np.where(truth < 0, found.frame_map < 0, np.abs(found.frame_map - truth) <= 1).mean())


def _sides(window: Window) -> tuple[float, float, float, float]:
    return window.left, window.top, window.right, window.bottom


@pytest.mark.parametrize(
    "window",
    [
        (0.0, 0.0, 0.9, 0.9),
        (0.1, 0.1, 1.0, 1.0),
        (0.05, 0.1, 0.85, 0.9),
        (0.3, 0.02, 0.95, 0.67),
        (0.0, 0.45, 0.55, 1.0),
        (0.22, 0.25, 0.72, 0.75),
        (0.15, 0.0, 0.9, 1.0),
        (0.0, 0.25, 1.0, 1.0),
        (0.05, 0.3, 0.9, 0.95),
    ],
)
def test_any_window_is_found(window: tuple[float, float, float, float]) -> None:
    found = _matched(_cropped(_programme(), window))
    assert _right(found, np.arange(240)) >= 0.99
    assert _sides(found.window) == pytest.approx(window, abs=0.012)
    assert found.turn.none


def test_a_window_is_found_where_frames_are_not_in_step() -> None:
    b = np.concatenate([_shot(90, 60), _programme()[:80], _programme()[120:]])
    window = (0.02, 0.12, 0.82, 0.92)
    found = _matched(_cropped(b, window))
    assert _right(found, np.concatenate([np.full(60, -1), np.arange(80), np.arange(120, 240)])) >= 0.98
    assert _sides(found.window) == pytest.approx(window, abs=0.012)


def test_a_narrower_window_that_stays_is_found() -> None:
    window = (0.2, 0.0, 0.95, 1.0)
    found = _matched(_cropped(_programme(), window), 0.75 * 16 / 9)
    assert _right(found, np.arange(240)) >= 0.99
    assert not found.reframed
    assert _sides(found.window) == pytest.approx(window, abs=0.02)


def test_a_wider_window_is_found() -> None:
    window = (0.0, 0.25, 1.0, 0.95)
    found = _matched(_cropped(_programme(), window), 16 / 9 / 0.7)
    assert _right(found, np.arange(240)) >= 0.99
    assert not found.reframed
    assert _sides(found.window) == pytest.approx(window, abs=0.02)


@pytest.mark.parametrize(
    "turn",
    [Turn(90), Turn(180), Turn(270), Turn(90, mirrored=True), Turn(180, mirrored=True), Turn(270, mirrored=True)],
)
def test_a_turned_picture_is_found(turn: Turn) -> None:
    b = np.stack([np.ascontiguousarray(upright(one, turn.degrees, turn.mirrored)) for one in _programme()])
    found = _matched(b, 16 / 9 if turn.degrees == 180 else 9 / 16)
    assert _right(found, np.arange(240)) >= 0.99
    assert found.turn == turn
    assert found.window.whole
    assert not found.reframed


def test_a_turned_picture_is_found_through_a_window() -> None:
    b = np.stack([np.ascontiguousarray(np.rot90(one, 2)) for one in _programme()])
    found = _matched(_cropped(b, (0.0, 0.0, 0.9, 0.9)))
    assert _right(found, np.arange(240)) >= 0.99
    assert found.turn == Turn(180)
    assert _sides(found.window) == pytest.approx((0.0, 0.0, 0.9, 0.9), abs=0.012)


def _rotated(frames: np.ndarray, degrees: float, scale: float) -> np.ndarray:
    """Clockwise about the middle; scaled by 1, black comes in at the corners."""
    matrix = cv2.getRotationMatrix2D(((SIZE[0] - 1) / 2, (SIZE[1] - 1) / 2), -degrees, scale)
    return np.stack([cv2.warpAffine(one, matrix, SIZE, flags=cv2.INTER_CUBIC) for one in frames])


@pytest.mark.parametrize(
    ("degrees", "scale"), [(1, 1.0), (-1.5, 1.04), (2, 1.06), (-3, 1.1), (3, 1.0), (5, 1.16), (-7, 1.22)]
)
def test_a_picture_turned_a_little_is_found(degrees: float, scale: float) -> None:
    found = _matched(_rotated(_programme(), degrees, scale))
    assert _right(found, np.arange(240)) >= 0.99
    assert found.turn.none
    assert not found.reframed


def _still_scene(frames: int) -> np.ndarray:
    """A room that stands still, in which something small moves."""
    room = _shot(31, 1)
    scene = np.repeat(room, frames, axis=0)
    for at, one in enumerate(scene):
        cv2.circle(one, (90 + round(60 * np.sin(at / 17)), 70 + round(25 * np.cos(at / 11))), 14, 235, -1)
    return scene


@pytest.mark.parametrize(
    "effect",
    [
        functools.partial(_rotated, degrees=1, scale=1.0),
        functools.partial(_rotated, degrees=-2, scale=1.07),
        functools.partial(_cropped, window=(0.03, 0.03, 0.97, 0.97)),
        lambda frames: _over(frames, (10, 130, 220, 168)),
    ],
    ids=["turned", "turned and cropped", "cropped", "lower third"],
)
def test_what_a_version_has_all_through_does_not_hide_a_scene_that_stands_still(effect) -> None:
    scene = _still_scene(180)
    truth = np.concatenate([np.arange(70), np.arange(100, 180)])
    b = effect(scene[truth])
    found = match(pictures(_thumbs(scene)), pictures(_thumbs(_recoded(b)), 16 / 9))
    assert _right(found, truth) >= 0.97


def _over(frames: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    frames = frames.copy()
    left, top, right, bottom = box
    frames[:, top:bottom, left:right] = 40
    frames[:, top + 10 : bottom - 10 : 4, left + 10 : right - 10] = 230
    return frames


def _graded(frames: np.ndarray) -> np.ndarray:
    return (255 * (frames / 255.0) ** 0.6 * 0.8 + 20).astype(np.uint8)


def _with_logo(frames: np.ndarray) -> np.ndarray:
    frames = frames.copy()
    frames[:, 12:32, 270:310] = 250
    frames[:, 150:166, 100:220] = 10
    return frames


@pytest.mark.parametrize("effect", [lambda frames: frames, _graded, _with_logo], ids=["recoded", "graded", "logo"])
def test_the_whole_picture_has_no_window_and_no_turn(effect) -> None:
    found = _matched(effect(_programme()))
    assert _right(found, np.arange(240)) == 1
    assert found.window == Window()
    assert found.turn.none


def test_unrelated_pictures_have_no_window_and_no_turn() -> None:
    b = np.stack(
        [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for seed in range(70, 74) for one in clips.shot(seed, 50, SIZE)]
    )
    assert seeking.seek_framing(_thumbs(_programme()[::3]), _thumbs(b[::3]), 16 / 9) is None
    found = _matched(b)
    assert found.turn.none
    assert found.window == Window()
    assert (found.frame_map < 0).mean() >= 0.97


@pytest.mark.parametrize("turn", turns.TURNS)
def test_where_points_go_is_where_the_picture_goes(turn: Turn) -> None:
    picture = np.zeros((30, 50), np.uint8)
    picture[4:9, 12:31] = 1
    shown = upright(picture, turn.degrees, turn.mirrored)
    rows, columns = np.nonzero(shown)
    active = turns.of_active(Active(12, 4, 19, 5, 50, 30), turn)
    assert (active.x, active.y) == (columns.min(), rows.min())
    assert (active.width, active.height) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert (active.full_height, active.full_width) == shown.shape


@pytest.mark.parametrize("turn", turns.TURNS)
@pytest.mark.parametrize("first", turns.TURNS)
def test_one_turn_after_another_is_one_turn(first: Turn, turn: Turn) -> None:
    picture = np.arange(12).reshape(3, 4)
    both = upright(upright(picture, first.degrees, first.mirrored), turn.degrees, turn.mirrored)
    at_once = upright(picture, *turned_on(first.degrees, first.mirrored, turn.degrees, turn.mirrored))
    assert np.array_equal(both, at_once)


def test_what_is_cut_out_of_a_is_held_against_b_as_unsharp() -> None:
    """Else nothing of a cropped version is near, and another take no farther than what is right."""
    window = (0.1, 0.1, 0.7, 0.7)
    b = pictures(_thumbs(_recoded(_cropped(_programme(), window))))
    way = approach(pictures(_thumbs(_programme())), b, lambda share: None)
    numbers = np.arange(len(b.thumbs))
    as_seen, sharp = (residuals(one, numbers, numbers).mean() for one in (
        way.seen(), Seen(way.pass_.a.thumbs, b.thumbs, [], np.full(len(numbers), -1, np.int32))
    ))  # fmt: skip
    assert np.array_equal(way.found.frame_map, numbers)
    assert as_seen < 0.8 * sharp
