"""Which two files are meant when people say "compare"."""

from __future__ import annotations

import pytest

from vidstudio.ui.state.pairing import pair_to_compare


@pytest.mark.parametrize(
    ("chosen", "stage", "reference", "pair"),
    [
        ("", "", "", "ab"),  # nothing chosen: the first two
        ("", "", "c", "ca"),  # with the reference first
        ("", "ca", "", "ca"),  # what is on the stage
        ("a", "ca", "", "ca"),  # one of the stage is no other pair
        ("bd", "ca", "", "bd"),  # two that are chosen
        ("bd", "", "d", "db"),  # the reference is A
        ("b", "", "d", "db"),
        ("b", "ca", "", "cb"),  # against A of the stage
        ("b", "ca", "d", "db"),  # or against the reference
        ("d", "", "d", "da"),
        ("bcd", "", "", "bc"),  # more than two: the first two
    ],
)
def test_two_are_meant(chosen: str, stage: str, reference: str, pair: str) -> None:
    assert pair_to_compare([*chosen], [*"abcd"], [*stage], reference) == tuple(pair)


@pytest.mark.parametrize("ready", ["", "a"])
def test_one_is_no_pair(ready: str) -> None:
    assert pair_to_compare([*ready], [*ready], [*ready]) is None
