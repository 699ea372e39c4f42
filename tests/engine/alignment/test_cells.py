"""Cells of time: so many of what is shown for long that it counts, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from programmes import FRAME_US, pictures, recoded, shot

from vidstudio.engine.alignment.appearance.pictures import Pictures
from vidstudio.engine.alignment.match import match
from vidstudio.engine.alignment.search.cells import Cells

SECOND_US = 1_000_000


def held(thumbs: np.ndarray, at: int, for_us: int) -> Pictures:
    """A film in which the picture `at` is shown for that long."""
    shown = np.full(len(thumbs), FRAME_US, np.int64)
    shown[at] = for_us
    return Pictures(thumbs, np.append(0, np.cumsum(shown)[:-1]), int(shown.sum()), 16 / 9)


def test_a_picture_that_is_shown_for_an_hour_has_no_more_cells_than_one_of_twenty_seconds() -> None:
    """As a damaged clock has it: thousands of cells that say the same took seconds each time."""
    film = np.concatenate([shot(seed, 60) for seed in (1, 2)])
    a, cell_us = pictures(film), 200_000
    brief, long = (Cells(a, held(recoded(film), 70, for_us), cell_us) for for_us in (20 * SECOND_US, 3600 * SECOND_US))
    assert len(brief.b_at) == len(Cells(a, pictures(film), cell_us).b_at) + 20 * SECOND_US // cell_us
    assert len(long.b_at) <= len(brief.b_at) + 2
    assert set(long.b_at.tolist()) - {70} == set(brief.b_at.tolist()) - {70}
    of_a = Cells(held(film, 70, 3600 * SECOND_US), a, cell_us)
    assert len(of_a.a_frames) <= len(brief.b_at) + 2


@pytest.mark.parametrize(("in_a", "in_b"), [(1, 1), (60, 60), (3600, 3600), (0.04, 3600), (3600, 0.04)])
def test_what_comes_before_and_after_a_picture_that_is_shown_for_long_is_matched(in_a: float, in_b: float) -> None:
    """As a slide is, or an idle screen."""
    one, other, new = shot(1, 80), shot(2, 80), shot(3, 40)
    a = held(np.concatenate([one, other]), 79, round(in_a * SECOND_US))
    b = held(np.concatenate([recoded(one), recoded(new), recoded(other, 1)]), 79, round(in_b * SECOND_US))
    found = match(a, b).frame_map
    assert found.tolist() == [*range(80), *[-1] * 40, *range(80, 160)]
