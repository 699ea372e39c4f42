from __future__ import annotations

import contextlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from vidstudio.engine import codec
from vidstudio.engine.time import Span
from vidstudio.engine.types import Edit, FrameTimes


@dataclass(frozen=True, slots=True)
class Inner:
    rate: Fraction
    span: Span | None
    kind: Literal["x", "y"]


@dataclass(frozen=True, slots=True)
class Outer:
    array: NDArray[Any]
    maybe: NDArray[Any] | None
    inner: tuple[Inner, ...]
    by_name: dict[str, int]
    text: str
    number: float | None


arrays = hnp.arrays(
    st.sampled_from(["u1", "i4", "i8", "f4", "f8", "?", ">i2", "c8", "U3"]),
    hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)
fractions = st.fractions(max_denominator=2**40)
spans = st.tuples(st.integers(-(2**62), 2**62), st.integers(0, 2**61)).map(lambda t: Span(t[0], t[0] + t[1]))
inners = st.builds(Inner, fractions, st.none() | spans, st.sampled_from(["x", "y"]))
outers = st.builds(
    Outer,
    arrays,
    st.none() | arrays,
    st.lists(inners, max_size=3).map(tuple),
    st.dictionaries(st.text(max_size=5), st.integers(-(2**63), 2**64 - 1), max_size=3),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.none() | st.floats(allow_nan=False),
)


def same(a: NDArray[Any] | None, b: NDArray[Any] | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@given(outers)
def test_round_trip(value: Outer) -> None:
    back = codec.decode(codec.encode(value), Outer)
    assert same(back.array, value.array)
    assert same(back.maybe, value.maybe)
    assert (back.inner, back.by_name, back.text, back.number) == (value.inner, value.by_name, value.text, value.number)


@given(st.lists(inners, max_size=4))
def test_framed_values_in_a_row(values: list[Inner]) -> None:
    data = b"".join(codec.framed(value) for value in values)
    assert [codec.decode(part, Inner) for part in codec.unframed(data)] == values
    for cut in range(1, len(data)):
        parts = []
        try:
            parts = [codec.decode(part, Inner) for part in codec.unframed(data[:cut])]
        except codec.Damaged:
            continue
        # cut exactly between two
        assert parts == values[: len(parts)]
        assert len(parts) < len(values)


def test_not_contiguous_and_read_only() -> None:
    whole = np.arange(24, dtype=np.int64).reshape(4, 6)
    times = FrameTimes(whole[::2, 1::2].T.ravel()[::-1], np.array([True, False]), 5)
    back = codec.decode(codec.encode(times), FrameTimes)
    np.testing.assert_array_equal(back.starts_us, [17, 5, 15, 3, 13, 1])
    assert not back.starts_us.flags.writeable
    transposed = codec.decode(codec.encode(whole.T), np.ndarray)
    np.testing.assert_array_equal(transposed, whole.T)


def test_numpy_numbers_are_plain_numbers() -> None:
    edit = Edit("same", Span(0, 1), None, distance=np.float32(0.5), confidence=np.float64(0.25))  # type: ignore[arg-type]
    back = codec.decode(codec.encode(edit), Edit)
    assert (back.distance, back.confidence) == (0.5, 0.25)


@pytest.mark.parametrize("value", [np.array([object()]), {1, object()}, object()])
def test_what_cannot_be_kept(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot be kept"):
        codec.encode(value)


@given(st.binary(max_size=60))
def test_foreign_bytes_are_damaged(data: bytes) -> None:
    for kind in (Outer, FrameTimes, Inner):
        with pytest.raises(codec.Damaged):
            codec.decode(data, kind)


@given(st.data())
def test_flipped_bytes_never_crash(data: st.DataObject) -> None:
    good = bytearray(codec.encode(FrameTimes(np.arange(5), np.ones(5, np.bool_), 100)))
    good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(codec.Damaged):
        codec.decode(bytes(good), FrameTimes)


@given(inners)
def test_json_round_trip(value: Inner) -> None:
    assert codec.from_json(codec.to_json(value), Inner) == value


def test_convert() -> None:
    plain = {"rate": "30000/1001", "span": {"start_us": 1, "end_us": 2}, "kind": "x"}
    value = Inner(Fraction(30000, 1001), Span(1, 2), "x")
    assert codec.convert(plain, Inner) == value
    assert codec.convert({"rate": Fraction(30000, 1001), "span": Span(1, 2), "kind": "x"}, Inner) == value
    with pytest.raises(msgspec.ValidationError):
        codec.convert({**plain, "kind": "z"}, Inner)
