import numpy as np
import pytest

from vidstudio.engine.flags import leading, stretches_of


@pytest.mark.parametrize(
    ("flags", "stretches", "first"),
    [
        ("", [], 0),
        ("000", [], 0),
        ("111", [(0, 3)], 3),
        ("0110", [(1, 3)], 0),
        ("1100101", [(0, 2), (4, 5), (6, 7)], 2),
    ],
)
def test_stretches_that_are_set(flags: str, stretches: list[tuple[int, int]], first: int) -> None:
    given = np.array([one == "1" for one in flags], bool)
    assert stretches_of(given) == stretches
    assert leading(given) == first
