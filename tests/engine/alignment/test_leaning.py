"""To which of two places in A frames of B lean."""

import numpy as np
import pytest
from programmes import recoded, shot

from vidstudio.engine.alignment.appearance.leaning import leaning
from vidstudio.engine.alignment.appearance.looks import Seen

NUMBERS = np.arange(40)


def _seen(a: np.ndarray, b: np.ndarray) -> Seen:
    return Seen(a, b, [], np.full(len(b), -1, np.int32))


@pytest.mark.parametrize("noise", [0.5, 6.0])
@pytest.mark.parametrize(("share", "to"), [(0.0, -1.0), (0.5, 0.0), (1.0, 1.0)])
def test_it_says_how_much_of_either_there_is(noise: float, share: float, to: float) -> None:
    a = shot(3, 50)
    both = (1 - share) * a[NUMBERS] + share * a[NUMBERS + 4]
    b = recoded(np.rint(both).astype(np.uint8), noise=noise)
    found = leaning(_seen(a, b), NUMBERS, NUMBERS, NUMBERS + 4)
    assert found.to == pytest.approx(to, abs=0.1)


def test_a_grade_does_not_count() -> None:
    a = shot(3, 50)
    b = recoded(np.clip(0.7 * a[NUMBERS + 4].astype(float) + 30, 0, 255).astype(np.uint8), noise=0.5)
    assert leaning(_seen(a, b), NUMBERS, NUMBERS, NUMBERS + 4).to == pytest.approx(1, abs=0.15)


def test_it_is_plain_where_the_places_are_far_apart_for_what_is_left() -> None:
    a = shot(3, 50)
    clear, coarse = (
        leaning(_seen(a, recoded(a[NUMBERS], noise=noise)), NUMBERS, NUMBERS, NUMBERS + 4) for noise in (0.5, 20.0)
    )
    assert clear.plain > 2 * coarse.plain


def test_two_places_that_are_one_say_nothing() -> None:
    a = shot(3, 1).repeat(50, axis=0)
    found = leaning(_seen(a, recoded(a[NUMBERS])), NUMBERS, NUMBERS, NUMBERS + 4)
    assert found.to == 0
    assert found.plain == 0
