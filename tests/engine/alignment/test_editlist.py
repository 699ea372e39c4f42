import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from vidstudio.engine.alignment.edits.editlist import Range, Row, clean_map, rows


def _starts(frames: int, step: int = 40_000) -> np.ndarray:
    return np.arange(frames, dtype=np.int64) * step


def _map(*parts: range | int | np.ndarray) -> np.ndarray:
    """Ranges of A's frames; a number stands for that many new frames."""
    listed = [np.full(p, -1) if isinstance(p, int) else np.array(p) for p in parts]
    return np.concatenate([np.zeros(0), *listed]).astype(np.int32)


def _rows(frame_map: np.ndarray, a_frames: int) -> list[Row]:
    return rows(frame_map, _starts(a_frames), _starts(len(frame_map)))


def test_the_same_is_one_row() -> None:
    assert _rows(_map(range(200)), 200) == [Row("same", Range(0, 200), Range(0, 200))]


def test_one_inserted_stretch() -> None:
    assert _rows(_map(range(100), 30, range(100, 200)), 200) == [
        Row("same", Range(0, 100), Range(0, 100)),
        Row("inserted", None, Range(100, 130)),
        Row("same", Range(100, 200), Range(130, 230)),
    ]


def test_removed_stretches_stand_where_they_were() -> None:
    assert _rows(_map(range(20, 100), range(150, 180)), 200) == [
        Row("removed", Range(0, 20), None),
        Row("same", Range(20, 100), Range(0, 80)),
        Row("removed", Range(100, 150), None),
        Row("same", Range(150, 180), Range(80, 110)),
        Row("removed", Range(180, 200), None),
    ]


def test_new_material_in_place_of_old_is_replaced() -> None:
    assert _rows(_map(range(100), 40, range(150, 200)), 200)[1] == Row("replaced", Range(100, 150), Range(100, 140))


def test_what_is_replaced_is_told_by_time_whatever_the_rates() -> None:
    """A second of A gives way to three of B at twice the rate: in frames that is six times as many."""
    half_rate = _map(np.repeat(range(100), 2), 150, np.repeat(range(125, 225), 2))
    found = rows(half_rate, _starts(225), _starts(len(half_rate), 20_000))
    assert [row for row in found if row.kind != "same"] == [Row("replaced", Range(100, 125), Range(200, 350))]


def test_the_shorter_of_two_swapped_stretches_moved() -> None:
    found = _rows(_map(range(50), range(120, 200), range(50, 80), range(80, 120)), 200)
    assert [row.kind for row in found].count("moved") == 1
    moved = next(row for row in found if row.kind == "moved")
    assert (moved.a, moved.b) == (Range(50, 120), Range(130, 200))
    assert not [row for row in found if row.kind in ("inserted", "removed")]


def test_a_stretch_used_twice_is_moved_and_nothing_is_removed() -> None:
    found = _rows(_map(range(200), range(20, 60)), 200)
    assert [row.kind for row in found] == ["same", "moved"]


def test_even_speed_is_retimed() -> None:
    shown = (np.arange(480) * 25 // 24).astype(np.int32)
    assert [row.kind for row in _rows(shown, 500)] == ["retimed"]


def test_another_frame_rate_is_the_same() -> None:
    shown = (np.arange(240) * 25 // 30).astype(np.int32)
    found = rows(shown, _starts(200), _starts(240, 33_333))
    assert [row.kind for row in found] == ["same"]
    halved = np.arange(0, 200, 2).astype(np.int32)
    assert [row.kind for row in rows(halved, _starts(200), _starts(100, 80_000))] == ["same"]


def test_nothing_in_common() -> None:
    assert _rows(_map(60), 50) == [Row("removed", Range(0, 50), None), Row("inserted", None, Range(0, 60))]
    assert _rows(_map(), 50) == [Row("removed", Range(0, 50), None)]


def test_videos_of_one_frame() -> None:
    assert clean_map(_map(range(1)), _starts(1), _starts(1)).tolist() == [0]
    assert _rows(_map(range(1)), 1) == [Row("same", Range(0, 1), Range(0, 1))]
    assert _rows(_map(1), 1) == [Row("removed", Range(0, 1), None), Row("inserted", None, Range(0, 1))]
    assert [row.kind for row in _rows(_map(80), 1)] == ["removed", "inserted"]


def test_matches_of_a_frame_or_two_are_dropped() -> None:
    shown = _map(range(50), 5, range(90, 92), 5, range(50, 80))
    cleaned = clean_map(shown, _starts(100), _starts(len(shown)))
    assert (cleaned[50:62] == -1).all()
    assert np.array_equal(np.delete(cleaned, slice(50, 62)), np.arange(80))


@st.composite
def _maps(draw: st.DrawFn) -> tuple[np.ndarray, int]:
    a_frames = draw(st.integers(1, 300))
    parts: list[range | int] = []
    for _ in range(draw(st.integers(0, 8))):
        if draw(st.booleans()):
            first = draw(st.integers(0, a_frames - 1))
            parts.append(range(first, min(a_frames, first + draw(st.integers(3, 80)))))
        else:
            parts.append(draw(st.integers(1, 40)))
    return (_map(*parts) if parts else _map()), a_frames


@settings(max_examples=150, deadline=None)
@given(_maps())
def test_rows_tile_b_and_rise_in_a(case: tuple[np.ndarray, int]) -> None:
    frame_map, a_frames = case
    found = _rows(frame_map, a_frames)
    at = 0
    for row in found:
        if row.b:
            assert row.b.first == at < row.b.after
            at = row.b.after
    assert at == len(frame_map)
    reached = 0
    for row in found:
        if row.a:
            assert 0 <= row.a.first < row.a.after <= a_frames
            if row.kind != "moved":
                assert row.a.first >= reached
                reached = row.a.after
    for row in found:
        shown = frame_map[row.b.first : row.b.after] if row.b else np.zeros(0)
        if row.kind in ("inserted", "replaced"):
            assert (shown == -1).all()
        elif row.kind != "removed":
            assert (shown >= 0).all()
    for row in found:
        if row.kind in ("removed", "replaced") and row.a:
            assert not np.isin(np.arange(row.a.first, row.a.after), frame_map).any()
