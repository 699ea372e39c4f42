"""The benchmark counts what was invented of every kind, and nothing that is true."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from comparisons import span

from vidstudio.engine.time import Span
from vidstudio.engine.types import ChangeKind, Edit, EditKind

sys.path.insert(0, str(Path(__file__).parent))

import compare_pairs

STARTS = np.array([40_000 * n for n in range(200)])
CUT = np.r_[0:50, 100:150]
"""A's frames 50 to 99 were taken out."""
MOVED = np.r_[0:50, 120:150, 50:120]
ADDED = np.r_[0:50, np.full(30, -1), 50:100]


def counted(truth: np.ndarray, kind: EditKind, a: Span | None, b: Span | None, change: tuple[ChangeKind, ...]) -> int:
    edit = Edit(kind, a, b, change)
    return compare_pairs.invented([edit], truth, STARTS[:150], STARTS[: len(truth)])


@pytest.mark.parametrize(
    ("truth", "kind", "a", "b", "change", "wrong"),
    [
        (CUT, "removed", span(50, 100), None, (), 0),
        (CUT, "removed", span(100, 130), None, (), 1),
        (ADDED, "inserted", None, span(50, 80), (), 0),
        (ADDED, "inserted", None, span(60, 120), (), 1),
        (ADDED, "changed", span(50, 60), span(50, 80), ("picture",), 0),
        (ADDED, "changed", span(0, 50), span(0, 50), ("picture",), 1),
        (ADDED, "changed", span(0, 50), span(0, 50), ("local",), 0),
        (MOVED, "moved", span(120, 150), span(50, 80), (), 0),
        (MOVED, "moved", span(0, 30), span(0, 30), (), 1),
        (ADDED, "moved", span(100, 130), span(50, 80), (), 1),
        (np.full(100, -2), "inserted", None, span(0, 100), (), 0),
    ],
)
def test_what_is_invented(
    truth: np.ndarray, kind: EditKind, a: Span | None, b: Span | None, change: tuple[ChangeKind, ...], wrong: int
) -> None:
    assert counted(truth, kind, a, b, change) == wrong
