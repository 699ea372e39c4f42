from collections.abc import Callable

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from programmes import pictures, recoded, shot

from vidstudio.engine.alignment.appearance.descriptors import cut
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.results import Window
from vidstudio.engine.alignment.search import cells

LENGTHS = (38, 52, 45, 61, 40, 55)


def _programme() -> tuple[np.ndarray, list[tuple[int, int]]]:
    shots = [shot(seed, length) for seed, length in enumerate(LENGTHS)]
    edges = np.cumsum([0, *LENGTHS])
    return np.concatenate(shots), list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def _right(found: np.ndarray, truth: np.ndarray, tolerance: int) -> float:
    return float(np.where(truth < 0, found < 0, (found >= 0) & (np.abs(found - truth) <= tolerance)).mean())


@st.composite
def _edits(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    """What B is made of: ("keep", shot, frames trimmed off its tail) or ("new", seed, frames)."""
    order = list(range(len(LENGTHS)))
    if draw(st.booleans()):
        order.insert(draw(st.integers(0, 5)), order.pop(draw(st.integers(0, 5))))
    parts: list[tuple[str, int, int]] = []
    for number in order:
        what = draw(st.sampled_from(["keep", "keep", "keep", "trim", "drop", "new before", "replace"]))
        if what == "new before":
            parts.append(("new", 100 + number, draw(st.integers(12, 40))))
        if what == "replace":
            parts.append(("new", 200 + number, draw(st.integers(12, 40))))
        elif what != "drop":
            parts.append(("keep", number, draw(st.integers(6, 15)) if what == "trim" else 0))
    return parts if any(kind == "keep" for kind, _, _ in parts) else [("keep", 0, 0), *parts]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(_edits())
def test_a_random_recut_is_mapped_right(parts: list[tuple[str, int, int]]) -> None:
    a, spans = _programme()
    thumbs, truth = [], []
    for kind, number, amount in parts:
        if kind == "new":
            thumbs.append(shot(number, amount))
            truth.append(np.full(amount, -1))
        else:
            low, high = spans[number]
            thumbs.append(a[low : high - amount])
            truth.append(np.arange(low, high - amount))
    found = match(pictures(a), pictures(recoded(np.concatenate(thumbs)))).frame_map
    assert found.dtype == np.int32
    assert _right(found, np.concatenate(truth), 1) >= 0.97
    assert _right(found, np.concatenate(truth), 12) >= 0.99


def test_the_same_video_maps_to_itself() -> None:
    a, _ = _programme()
    assert np.array_equal(match(pictures(a), pictures(recoded(a))).frame_map, np.arange(len(a)))


def test_a_shot_used_twice_is_found_twice() -> None:
    a, spans = _programme()
    low, high = spans[1]
    b = np.concatenate([a, a[low:high]])
    truth = np.concatenate([np.arange(len(a)), np.arange(low, high)])
    assert _right(match(pictures(a), pictures(b)).frame_map, truth, 0) == 1


def test_another_frame_rate_is_followed_by_time() -> None:
    a, _ = _programme()
    shown = np.arange(len(a) * 6 // 5) * 5 // 6  # 25 to 30 frames a second
    found = match(pictures(a), pictures(recoded(a[shown]), frame_us=33_333)).frame_map
    assert _right(found, shown, 1) == 1


def test_a_speed_up_is_followed() -> None:
    a, _ = _programme()
    shown = np.arange(len(a) * 24 // 25) * 25 // 24
    assert _right(match(pictures(a), pictures(recoded(a[shown]))).frame_map, shown, 1) >= 0.99


def test_a_common_crop_is_estimated() -> None:
    a, _ = _programme()
    b = recoded(cut(a, Window(0.06, 0.05, 0.94, 0.95)))
    found = match(pictures(a), pictures(b))
    window = found.window
    assert (window.left, window.top, window.right, window.bottom) == pytest.approx((0.06, 0.05, 0.94, 0.95), abs=0.02)
    assert _right(found.frame_map, np.arange(len(a)), 1) == 1


def test_a_strong_crop_is_found() -> None:
    a, _ = _programme()
    found = match(pictures(a), pictures(recoded(cut(a, Window(0.25, 0.25, 0.75, 0.75)))))
    assert not found.window.whole
    assert _right(found.frame_map, np.arange(len(a)), 1) >= 0.97


def test_a_grade_changes_nothing() -> None:
    a, _ = _programme()
    graded = (255 * (a / 255.0) ** 0.7 * 0.9).astype(np.uint8)
    found = match(pictures(a), pictures(recoded(graded)))
    assert _right(found.frame_map, np.arange(len(a)), 1) == 1


def test_what_a_still_shot_lacks_is_left_out_at_one_of_its_cuts() -> None:
    a = np.concatenate([shot(1, 50), shot(2, 1).repeat(100, axis=0), shot(3, 50), shot(4, 60)])
    shown = np.concatenate([np.arange(50), np.arange(54, len(a))])
    found = match(pictures(a), pictures(recoded(a[shown]))).frame_map
    assert np.flatnonzero(np.diff(found) != 1).tolist() in ([49], [145])
    assert _right(found, shown, 4) == 1


def test_a_panning_window_of_the_picture_is_found() -> None:
    a, _ = _programme()
    parts = []
    for number in range(len(a)):
        left = 0.34 * (1 + np.sin(number / 90))
        parts.append(cut(a[number : number + 1], Window(left, 0, left + 0.316, 1)))
    found = match(pictures(a), pictures(np.concatenate(parts), aspect=9 / 16))
    assert found.reframed
    assert _right(found.frame_map, np.arange(len(a)), 12) >= 0.9


def _with_shot(effect: Callable[[np.ndarray], np.ndarray], numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """B and its truth where the third shot is changed; `numbers` are its frames that are then shown."""
    a, spans = _programme()
    low, high = spans[2]
    b = np.concatenate([a[:low], effect(a[low + numbers]), a[high:]])
    return recoded(b), np.concatenate([np.arange(low), low + numbers, np.arange(high, len(a))])


def test_a_reversed_shot_is_followed_backward() -> None:
    b, truth = _with_shot(lambda part: part, np.arange(45)[::-1])
    assert _right(match(pictures(_programme()[0]), pictures(b)).frame_map, truth, 1) >= 0.99


def test_a_mirrored_shot_is_matched_and_said_to_be() -> None:
    b, truth = _with_shot(lambda part: part[:, :, ::-1], np.arange(45))
    found = match(pictures(_programme()[0]), pictures(b))
    assert _right(found.frame_map, truth, 1) >= 0.99
    low, high = _programme()[1][2]
    assert found.mirrored[low:high].mean() >= 0.95
    assert not found.mirrored[:low].any()
    assert not found.mirrored[high:].any()


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_one_shot_at_another_speed_is_followed(speed: float) -> None:
    b, truth = _with_shot(lambda part: part, (np.arange(int(45 / speed)) * speed).astype(int))
    assert _right(match(pictures(_programme()[0]), pictures(b)).frame_map, truth, 1) >= 0.97


def test_a_frozen_frame_is_held() -> None:
    b, truth = _with_shot(lambda part: part, np.concatenate([np.arange(20), np.full(25, 20), np.arange(20, 45)]))
    assert _right(match(pictures(_programme()[0]), pictures(b)).frame_map, truth, 1) >= 0.97


def test_a_slow_zoom_is_matched() -> None:
    def zoom(part: np.ndarray) -> np.ndarray:
        edges = np.linspace(0, 0.09, len(part)).tolist()
        windows = [Window(edge, edge, 1 - edge, 1 - edge) for edge in edges]
        return np.concatenate([cut(one[None], window) for one, window in zip(part, windows, strict=True)])

    b, truth = _with_shot(zoom, np.arange(45))
    assert _right(match(pictures(_programme()[0]), pictures(b)).frame_map, truth, 3) >= 0.97


@pytest.mark.parametrize("trimmed", [1, 2])
def test_a_trim_of_a_frame_or_two_is_exact(trimmed: int) -> None:
    a, spans = _programme()
    end = spans[2][1]
    truth = np.concatenate([np.arange(end - trimmed), np.arange(end, len(a))])
    assert _right(match(pictures(a), pictures(recoded(a[truth]))).frame_map, truth, 0) == 1


def test_the_whole_at_half_speed_is_followed() -> None:
    a, _ = _programme()
    truth = np.arange(2 * len(a)) // 2
    assert _right(match(pictures(a), pictures(recoded(a[truth]))).frame_map, truth, 1) >= 0.99


def test_what_fits_several_places_is_said_to_be_less_distinct() -> None:
    a, spans = _programme()
    low, high = spans[2]
    twice = np.concatenate([a, a[low:high]])
    found = match(pictures(twice), pictures(recoded(a)))
    assert _right(found.frame_map, np.arange(len(a)), 0) == 1
    assert found.distinct[low + 5 : high - 5].max() < 0.2
    assert np.median(found.distinct[: low - 5]) > 0.8


def test_long_videos_are_aligned_in_longer_cells_of_fewer_dimensions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_MOST", 40)
    monkeypatch.setattr(cells, "_MANY", 30)
    a = np.concatenate([shot(seed, 60) for seed in range(12)])
    truth = np.concatenate([np.arange(180), np.arange(240, 480), np.arange(540, 720), np.arange(480, 540)])
    found = match(pictures(a), pictures(recoded(a[truth]))).frame_map
    assert _right(found, truth, 1) >= 0.99


def test_unrelated_videos_share_nothing() -> None:
    a, _ = _programme()
    b = np.concatenate([shot(seed, 50) for seed in range(300, 304)])
    assert (match(pictures(a), pictures(b)).frame_map == -1).mean() >= 0.97


def test_black_frames_are_new_where_a_has_none() -> None:
    a, spans = _programme()
    cut_at = spans[2][0]
    b = np.concatenate([a[:cut_at], np.full((20, 28, 48), 16, np.uint8), a[cut_at:]])
    truth = np.concatenate([np.arange(cut_at), np.full(20, -1), np.arange(cut_at, len(a))])
    assert _right(match(pictures(a), pictures(b)).frame_map, truth, 0) == 1


@pytest.mark.parametrize(("a_frames", "b_frames"), [(0, 5), (5, 0), (1, 1), (1, 40), (3, 2)])
def test_very_short_videos(a_frames: int, b_frames: int) -> None:
    found = match(pictures(shot(1, 50)[:a_frames]), pictures(shot(1, 50)[:b_frames]))
    assert len(found.frame_map) == b_frames
    assert found.frame_map.max(initial=-1) < max(1, a_frames)


@pytest.mark.parametrize("seconds", [60, 1000])
def test_a_picture_that_is_shown_all_through_is_no_line(seconds: int) -> None:
    """A damaged clock shows the first picture of A for minutes: many cells, of which all are one frame."""
    a = shot(1, 30)
    found = match(pictures(a), pictures(a[:1], frame_us=seconds * 1_000_000)).frame_map
    assert found.shape == (1,)
    assert found[0] in (-1, 0)
