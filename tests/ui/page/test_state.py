"""View state of a comparison: layout on the master axis, threshold, metric, statistics, undo."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
import page_comparisons as compared
import pytest
from PySide6.QtGui import QUndoStack
from pytestqt.qtbot import QtBot

from vidstudio.engine.time import US
from vidstudio.ui.state.compare import CompareState
from vidstudio.ui.state.layout import KIND_ORDER


def test_edits_lie_one_after_the_other(state: CompareState) -> None:
    state.set_comparison(compared.comparison())
    layout = state.layout
    assert (layout.starts / US).tolist() == [0, 10, 14, 18, 20, 24, 28]
    assert (layout.ends / US).tolist() == [10, 14, 18, 20, 24, 28, 36]
    assert [KIND_ORDER[code] for code in layout.codes] == [edit.kind for edit in state.edits]
    assert [layout.edit_at(int(t * US)) for t in (0, 9.999, 10, 19, 35.9)] == [0, 0, 1, 3, 6]
    assert layout.edit_at(36 * US) is None


def test_lanes_hold_only_what_each_side_has(state: CompareState) -> None:
    state.set_comparison(compared.comparison())
    a, b = state.layout.lanes
    assert a.edits.tolist() == [0, 2, 3, 4, 5, 6]
    assert b.edits.tolist() == [0, 1, 2, 4, 5, 6]


def test_moved_material_knows_its_old_place(state: CompareState) -> None:
    """A 26..30 was at the end of A, after what is now shown last."""
    state.set_comparison(compared.comparison())
    assert state.layout.homes.tolist() == [-1, -1, -1, -1, 36 * US, -1, -1]


def test_segments_are_on_the_master_axis(state: CompareState) -> None:
    state.set_comparison(compared.comparison())
    starts, ends, values = state.scores("cosine")
    assert (starts / US).tolist() == list(range(0, 36, 2))
    assert np.abs(ends - starts - 2 * US).max() <= 1
    assert np.isnan(values[[5, 6, 9]]).all()
    over = state.over(0.1)
    assert np.flatnonzero(over).tolist() == [7, 8, 15]


def test_the_threshold_makes_same_material_a_difference(state: CompareState) -> None:
    state.set_comparison(compared.comparison())
    state.set_threshold(0.1)
    assert np.flatnonzero(~state.is_difference()).tolist() == [0]
    state.set_threshold(0.2)
    assert np.flatnonzero(~state.is_difference()).tolist() == [0, 6]


def test_statistics(state: CompareState) -> None:
    state.set_comparison(compared.comparison())
    state.set_threshold(0.1)
    figures = state.statistics()
    assert figures.counts == {"same": 2, "retimed": 1, "moved": 1, "changed": 1, "removed": 1, "inserted": 1}
    assert figures.duration_us == 36 * US
    assert figures.different_us == pytest.approx(20 * US, abs=2)  # 18 s of edits and one segment of 2 s
    assert figures.segments_over == 3
    assert figures.share == pytest.approx(20 / 36, abs=1e-6)


@pytest.mark.parametrize("segments", [1, 2, 7, 500, 501])
def test_the_median_is_that_of_all_known_segments(state: CompareState, segments: int) -> None:
    state.set_comparison(compared.long_comparison(segments))
    distances = [one.cosine for one in state.comparison.segments if one.cosine is not None] if state.comparison else []
    assert state.statistics().median == pytest.approx(statistics.median(distances), abs=1e-6)


def test_a_comparison_is_shown_without_what_numpy_loads_late() -> None:
    """Its masked arrays take 20 ms to load, on the window's thread if a median asks for them there."""
    code = (
        "import sys, page_comparisons\n"
        "from vidstudio.ui.state.compare import CompareState\n"
        "state = CompareState()\n"
        "state.set_comparison(page_comparisons.comparison())\n"
        "assert state.statistics().median is not None\n"
        "assert 'numpy.ma' not in sys.modules\n"
    )
    path = os.pathsep.join([str(Path(compared.__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_another_metric_keeps_the_same_segments_over(state: CompareState) -> None:
    state.set_comparison(compared.long_comparison(500))
    state.set_threshold(0.12)
    before = state.over()
    state.set_metric("euclidean")
    assert state.threshold == pytest.approx(np.sqrt(0.24))
    assert np.array_equal(state.over(), before)
    state.set_metric("cosine")
    assert state.threshold == pytest.approx(0.12)


def test_view_goes_through_json_and_bad_values_are_left_out(state: CompareState) -> None:
    state.set_comparison(compared.comparison())
    state.set_metric("euclidean")
    state.set_threshold(0.37)
    state.select(4)
    kept = json.loads(json.dumps(state.view()))
    other = CompareState()
    other.set_comparison(compared.comparison())
    other.restore(kept)
    assert (other.metric, other.threshold, other.selected) == ("euclidean", 0.37, 4)
    other.restore({"metric": "length", "threshold": "much", "selected": 99})
    assert (other.metric, other.threshold, other.selected) == ("euclidean", 0.37, 4)


def test_a_drag_is_one_undo_step(state: CompareState, undo: QUndoStack) -> None:
    state.set_threshold(0.1)
    state.begin_threshold()
    for value in (0.2, 0.3, 0.4):
        state.set_threshold(value)
    state.end_threshold()
    assert undo.count() == 1
    assert "0.400" in undo.undoText()
    undo.undo()
    assert state.threshold == 0.1
    undo.redo()
    assert state.threshold == 0.4


def test_undo_of_the_metric_brings_the_threshold_back(state: CompareState, undo: QUndoStack) -> None:
    state.set_threshold(0.13)
    state.decide_metric("euclidean")
    undo.undo()
    assert (state.metric, state.threshold) == ("cosine", 0.13)


def test_nothing_is_said_when_nothing_changes(state: CompareState, qtbot: QtBot) -> None:
    state.set_threshold(0.2)
    with qtbot.assertNotEmitted(state.threshold_changed):  # type: ignore[arg-type]
        state.set_threshold(0.2)
    with pytest.raises(ValueError, match="number"):
        state.set_threshold(float("nan"))
    with pytest.raises(IndexError):
        state.select(3)


def test_a_comparison_without_edits_is_shown(state: CompareState) -> None:
    from dataclasses import replace

    state.set_comparison(replace(compared.comparison(), edits=(), segments=()))
    assert state.statistics().share == 0
    assert state.layout.edit_at(5) is None
