"""Keys of calls: whatever a result depends on changes its key."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from vidstudio.engine.stage import Call, Progress, Warm, call_key
from vidstudio.engine.time import Span

VERSIONS = {"scan": 1, "join": 1}
SCAN = Call("scan", ("a",), {"size": 64, "mode": "gray"}, Span(0, 10))
JOIN = Call("join", ("a", "b"), {}, None, (SCAN,))


def test_every_part_of_a_call_is_in_its_key() -> None:
    variants = [
        SCAN,
        replace(SCAN, stage="join"),
        replace(SCAN, inputs=("b",)),
        replace(SCAN, params={"size": 32, "mode": "gray"}),
        replace(SCAN, span=Span(0, 11)),
        replace(SCAN, span=None),
        replace(SCAN, needs=(JOIN,)),
    ]
    assert len({call_key(call, VERSIONS) for call in variants}) == len(variants)


def test_a_new_version_of_a_need_changes_the_key_of_what_needs_it() -> None:
    assert call_key(JOIN, VERSIONS) != call_key(JOIN, VERSIONS | {"scan": 2})
    assert call_key(JOIN, VERSIONS) == call_key(JOIN, VERSIONS | {"other": 9})


def test_the_order_of_params_does_not_matter() -> None:
    assert call_key(SCAN, VERSIONS) == call_key(replace(SCAN, params={"mode": "gray", "size": 64}), VERSIONS)


def test_a_call_read_back_from_storage_is_the_same_call() -> None:
    stored = msgspec.json.decode(msgspec.json.encode(JOIN), type=Call)
    assert stored == JOIN
    assert hash(stored) == hash(JOIN)
    assert stored != SCAN


def test_progress_is_a_fraction_between_none_and_all() -> None:
    assert [Progress(*p).fraction for p in ((0, 0), (1, 4), (9, 4))] == [0, 0.25, 1]


class Open:
    """Something that can be closed."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_what_is_left_warm_is_one_thing_for_one_name() -> None:
    first, second = Open(), Open()
    warm = Warm()
    assert warm.take("x") is None
    warm.leave("x", first)
    assert warm.take("x") is first
    assert warm.take("x") is None
    warm.leave("x", first)
    warm.leave("y", second)
    assert warm.take("x") is None
    assert (first.closed, second.closed) == (1, 1)
    warm.leave("x", first)
    warm.close()
    warm.close()
    assert first.closed == 2


def test_a_long_chain_of_calls_has_a_key() -> None:
    call = Call("link", ())
    for number in range(5000):
        call = Call("link", (str(number),), needs=(call,))
    assert len(call_key(call, {"link": 1})) == 64
