from dataclasses import replace

import numpy as np
import pytest

from vidstudio.engine.alignment.edits.certainty import elsewhere, of_row
from vidstudio.engine.alignment.edits.stretches import Range
from vidstudio.engine.alignment.results import Alignment, Window


def _found(likeness: float, distinct: float) -> Alignment:
    shape = np.ones(50, np.float32)
    return Alignment(
        np.arange(50, dtype=np.int32), likeness * shape, 0.6, Window(), False, np.zeros(50, bool), distinct * shape
    )


def test_what_has_one_place_and_looks_the_same_is_certain() -> None:
    assert of_row(_found(1.0, 1.0), Range(0, 50), in_order=False) == pytest.approx(1)


def test_what_fits_several_places_is_less_so_and_least_out_of_order() -> None:
    still = _found(1.0, 0.0)
    assert of_row(still, Range(0, 50), in_order=False) < of_row(still, Range(0, 50), in_order=True) < 1


def test_what_is_hardly_alike_is_not_certain() -> None:
    assert of_row(_found(0.6, 1.0), Range(10, 20), in_order=True) == pytest.approx(0, abs=1e-6)


def test_an_overlay_makes_a_long_row_hardly_less_certain() -> None:
    assert of_row(_found(0.8, 1.0), Range(0, 50), in_order=True) > 0.85
    assert of_row(_found(0.8, 1.0), Range(0, 4), in_order=True) < 0.5


def test_part_of_what_fits_elsewhere_fits_there_too() -> None:
    found = replace(_found(1.0, 0.0), others=np.array([[10, 30, 100, 120], [0, 5, 60, 65]], np.int32))
    assert elsewhere(found, Range(10, 30)) == [(100, 120)]
    assert elsewhere(found, Range(12, 20)) == [(102, 110)]
    assert elsewhere(found, Range(0, 30)) == []
