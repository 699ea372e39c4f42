import comparisons
import pytest

from vidstudio.engine.order import in_order
from vidstudio.engine.types import Edit


def _edits(*spans: tuple[int, int] | None) -> list[Edit]:
    """Edits one after the other in B, each as long as its frames of A; None is inserted."""
    result, at = [], 0
    for one in spans:
        length = one[1] - one[0] if one else 10
        b = comparisons.span(at, at + length)
        result.append(Edit("same", comparisons.span(*one) if one else None, b))
        at += length
    return result


@pytest.mark.parametrize(
    ("spans", "order"),
    [
        ([(0, 50), None, (50, 90)], [True, False, True]),
        ([(0, 50), (90, 110), (50, 90)], [True, False, True]),
        ([(80, 100), (0, 50), (50, 80)], [False, True, True]),
        ([(90, 110), (110, 120), (0, 50), (50, 90)], [False, False, True, True]),
        ([(0, 10), (0, 50), (50, 90)], [False, True, True]),
        ([], []),
    ],
)
def test_what_runs_in_order_is_most_of_b(spans: list, order: list[bool]) -> None:
    assert in_order(_edits(*spans)) == order


def test_what_an_edit_is_called_has_no_say() -> None:
    edits = _edits((0, 50), (90, 110), (50, 90))
    called = [Edit("moved", edit.a, edit.b) for edit in edits]
    assert in_order(called) == in_order(edits)
