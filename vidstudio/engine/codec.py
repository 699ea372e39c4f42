"""Values as bytes: msgpack of the dataclasses in `types`, with arrays and rationals.

An array is a msgpack extension of its dtype, shape and C-ordered bytes; a Fraction is "n/d" text.
Several values in a row are each led by their length (8 bytes, little-endian).
"""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import Any, TypeVar, cast

import msgspec
import numpy as np

T = TypeVar("T")

_ARRAY = 1
_LENGTH = 8
_KINDS = "biufcSU"
"""Kinds of dtype that are plain bytes; objects are refused."""


class Damaged(Exception):
    """Bytes that `encode` or `framed` did not write."""


def encode(value: Any) -> bytes:
    """Bytes of a dataclass (or any plain value) with arrays, Fractions and Spans inside.

    Raises TypeError for what cannot be kept: arrays of objects, instances of ordinary classes.
    """
    return _encoder.encode(value)


def decode(data: bytes | memoryview, kind: type[T]) -> T:
    """The value that `encode` made, as `kind`; arrays are read-only and own their memory.

    Raises Damaged when the bytes are not such a value.
    """
    try:
        return cast(T, _decoder(cast(Hashable, kind)).decode(data))
    except (msgspec.DecodeError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise Damaged(f"not a {getattr(kind, '__name__', kind)}: {error}") from error


def framed(value: Any) -> bytes:
    """`encode` led by its length, so that several can stand in one file."""
    data = encode(value)
    return len(data).to_bytes(_LENGTH, "little") + data


def unframed(data: bytes | memoryview) -> Iterator[memoryview]:
    """The parts of joined `framed` values, without copying. Raises Damaged when the last is cut off."""
    rest = memoryview(data)
    while rest:
        size = int.from_bytes(rest[:_LENGTH], "little")
        if len(rest) < _LENGTH or len(rest) < _LENGTH + size:
            raise Damaged("a value is cut off")
        yield rest[_LENGTH : _LENGTH + size]
        rest = rest[_LENGTH + size :]


def to_json(value: Any) -> bytes:
    """JSON of a dataclass (or any plain value) with Fractions and Spans, without arrays. Raises TypeError."""
    return msgspec.json.encode(value, enc_hook=_to_plain)


def from_json(data: bytes, kind: type[T]) -> T:
    """The value that `to_json` wrote, as `kind`. Raises Damaged when it is not one."""
    try:
        return msgspec.json.decode(data, type=kind, dec_hook=_from_plain)
    except (msgspec.DecodeError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise Damaged(f"not a {getattr(kind, '__name__', kind)}: {error}") from error


def convert(value: Any, kind: type[T]) -> T:
    """Plain values (as they come from JSON) as a dataclass. Raises msgspec.ValidationError when they do not fit."""
    plain = msgspec.to_builtins(value, enc_hook=_to_plain)
    return msgspec.convert(plain, kind, dec_hook=_from_plain)


def _to_plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _KINDS or value.dtype.names is not None:
            raise TypeError(f"arrays of {value.dtype} cannot be kept")
        header = msgspec.msgpack.encode((value.dtype.str, value.shape))
        return msgspec.msgpack.Ext(_ARRAY, len(header).to_bytes(4, "little") + header + value.tobytes())
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a {type(value).__name__} cannot be kept")


def _from_plain(kind: Any, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(value)
    origin = getattr(kind, "__origin__", kind)
    if isinstance(origin, type) and isinstance(value, origin):
        return value
    raise TypeError(f"{type(value).__name__} is not a {kind}")


def _extension(code: int, data: memoryview) -> Any:
    if code != _ARRAY:
        raise ValueError(f"unknown extension {code}")
    size = int.from_bytes(data[:4], "little")
    dtype, shape = msgspec.msgpack.decode(data[4 : 4 + size], type=tuple[str, tuple[int, ...]])
    # a copy, so that a small array does not keep a whole file in memory
    array = np.frombuffer(data[4 + size :], np.dtype(dtype)).reshape(shape).copy()
    array.flags.writeable = False
    return array


_encoder = msgspec.msgpack.Encoder(enc_hook=_to_plain)


@functools.cache
def _decoder(kind: Hashable) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(cast(Any, kind), dec_hook=_from_plain, ext_hook=_extension)
