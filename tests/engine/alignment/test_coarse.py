import numpy as np

from vidstudio.engine.alignment.search.coarse import Layer, Run, Way, find

FORWARD = (Layer(),)


def _unlike(rows: int, columns: int, *diagonals: tuple[int, int, int, float]) -> np.ndarray:
    """Unlike everywhere but on straight lines (row, column, length, columns for a row)."""
    matrix = np.random.default_rng(3).normal(1, 0.08, (rows, columns)).astype(np.float32)
    for row, column, length, slope in diagonals:
        at = np.arange(length)
        matrix[row + at, column + (at * slope).astype(int)] = 0.05
    return matrix


def _found(*looks: np.ndarray, layers: tuple[Layer, ...] = FORWARD) -> Way:
    return find(*looks[0].shape, layers, lambda low, high: [look[low:high] for look in looks])


def _ends(runs: list[Run]) -> list[tuple[int, int, int]]:
    return [(int(run.rows[0]), int(run.columns[0]), len(run.rows)) for run in runs]


def test_each_planted_diagonal_is_a_run() -> None:
    matrix = _unlike(80, 90, (0, 0, 30, 1), (30, 50, 20, 1), (60, 20, 20, 1))
    way = _found(matrix)
    assert _ends(way.runs) == [(0, 0, 30), (30, 50, 20), (60, 20, 20)]
    assert way.slips == 0


def test_columns_may_be_used_again() -> None:
    assert _ends(_found(_unlike(60, 30, (0, 0, 30, 1), (30, 0, 30, 1))).runs) == [(0, 0, 30), (30, 0, 30)]


def test_a_gap_splits_a_run() -> None:
    found = _found(_unlike(60, 80, (0, 0, 30, 1), (30, 45, 30, 1))).runs
    assert _ends(found) == [(0, 0, 30), (30, 45, 30)]


def test_noise_has_no_runs() -> None:
    assert not _found(_unlike(70, 70)).runs


def test_twice_the_speed_is_one_run_that_slips() -> None:
    way = _found(_unlike(30, 70, (0, 5, 30, 2)))
    assert _ends(way.runs) == [(0, 5, 30)]
    assert way.runs[0].columns[-1] == 63
    assert way.slips == 1


def test_backward_is_found_in_its_layer() -> None:
    layers = (Layer(), Layer(-1))
    found = _found(_unlike(40, 60, (0, 10, 20, 1), (20, 50, 20, -1)), layers=layers).runs
    assert [(run.layer.direction, *end) for run, end in zip(found, _ends(found), strict=True)] == [
        (1, 0, 10, 20),
        (-1, 20, 50, 20),
    ]


def test_another_look_is_found_in_its_layer() -> None:
    plain, mirrored = _unlike(40, 50, (0, 0, 20, 1)), _unlike(40, 50, (20, 20, 20, 1))
    found = _found(plain, mirrored, layers=(Layer(), Layer(1, 1))).runs
    assert [run.layer.look for run in found] == [0, 1]


def test_of_equal_places_the_nearest_ahead_is_taken() -> None:
    matrix = _unlike(50, 200, (0, 40, 20, 1), (25, 20, 25, 1), (25, 65, 25, 1), (25, 150, 25, 1))
    assert _ends(_found(matrix).runs) == [(0, 40, 20), (25, 65, 25)]


def test_a_single_cell_and_none() -> None:
    assert _found(np.ones((1, 1), np.float32)).runs == []
    assert find(0, 5, FORWARD, lambda low, high: []).runs == []
