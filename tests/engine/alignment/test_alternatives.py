"""What fits two places in A is said to, and what has one is not."""

import numpy as np
from programmes import recoded, shot

from vidstudio.engine.alignment.match import Pictures, match


def _pictures(*parts: np.ndarray) -> Pictures:
    thumbs = np.concatenate(parts)
    return Pictures(thumbs, np.arange(len(thumbs), dtype=np.int64) * 40_000, 40_000 * len(thumbs), 16 / 9)


def _others(a: Pictures, *parts: np.ndarray) -> list[list[int]]:
    found = match(a, _pictures(*(recoded(part) for part in parts)))
    return found.others.tolist()


X, S, Y, Z = shot(1, 100), shot(2, 60), shot(3, 100), shot(4, 100)


def test_a_shot_that_a_has_twice_fits_both_places() -> None:
    a = _pictures(X, S, Y, S, Z)
    new = shot(5, 50)
    ((first, after, low, high),) = _others(a, new, S, new[::-1])
    assert (first, after) == (50, 110)
    assert (low, high) in {(100, 160), (260, 320)}


def test_between_what_comes_before_and_after_it_it_has_one_place() -> None:
    a = _pictures(X, S, Y, S, Z)
    assert _others(a, X, S, Y, Z) == []
    assert _others(a, X, S, Y, S, Z) == []


def test_a_shot_of_its_own_has_one_place() -> None:
    a = _pictures(X, S, Y, Z)
    assert _others(a, shot(5, 50), S) == []
    assert _others(a, Y, X, S, Z) == []


def test_a_still_does_not_fit_itself_a_little_later() -> None:
    still = S[:1].repeat(80, axis=0)
    assert _others(_pictures(X, still, Y), shot(5, 50), still[:60]) == []
