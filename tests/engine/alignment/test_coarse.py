import numpy as np

from vidstudio.engine.alignment.coarse import runs


def _matrix(rows: int, columns: int, *diagonals: tuple[int, int, int]) -> np.ndarray:
    """Unlike everywhere but on diagonals (row, column, length)."""
    matrix = np.random.default_rng(3).normal(0, 0.08, (rows, columns)).astype(np.float32)
    for row, column, length in diagonals:
        at = np.arange(length)
        matrix[row + at, column + at] = 0.95
    return matrix


def test_each_planted_diagonal_is_a_run() -> None:
    found = runs(_matrix(80, 90, (0, 0, 30), (30, 50, 20), (60, 20, 20)))
    ends = sorted((int(r.rows[0]), int(r.columns[0]), len(r.rows)) for r in found if r.score > 5)
    assert [(a, b) for a, b, _ in ends] == [(0, 0), (30, 50), (60, 20)]
    assert [length for *_, length in ends] == [30, 20, 20]


def test_columns_may_be_used_again() -> None:
    found = runs(_matrix(60, 30, (0, 0, 30), (30, 0, 30)))
    assert sorted(int(run.rows[0]) for run in found if run.score > 5) == [0, 30]


def test_a_gap_splits_a_run() -> None:
    found = runs(_matrix(60, 80, (0, 0, 30), (30, 45, 30)))
    assert all(np.abs(np.diff(run.rows - run.columns)).max(initial=0) <= 1 for run in found)


def test_noise_has_no_long_runs() -> None:
    assert not [run for run in runs(_matrix(70, 70)) if run.score > 2]


def test_a_single_cell() -> None:
    assert runs(np.zeros((1, 1), np.float32)) == []
