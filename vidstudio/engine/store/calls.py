"""Calls as bytes that keep their sharing.

A long job's calls need the same few calls again and again; written out as a tree they would be many
times their size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from vidstudio.engine import codec
from vidstudio.engine.stage import Call, call_name
from vidstudio.engine.time import Span


class _Node(msgspec.Struct, array_like=True, frozen=True):
    """One call; `needs` are numbers of earlier nodes."""

    stage: str
    inputs: tuple[str, ...]
    params: dict[str, Any]
    span: Span | None
    needs: tuple[int, ...]


def each(call: Call) -> Iterator[Call]:
    """The call and all it needs, each object once, needs before what needs them."""
    # not by recursion: the chunks of a long film need one another in a chain
    seen = {id(call)}
    open_calls = [(call, iter(call.needs))]
    while open_calls:
        one, needs = open_calls[-1]
        need = next(needs, None)
        if need is None:
            open_calls.pop()
            yield one
        elif id(need) not in seen:
            seen.add(id(need))
            open_calls.append((need, iter(need.needs)))


def pack(call: Call) -> bytes:
    """Bytes of a call and its needs; equal calls are written once."""
    known: dict[int, str] = {}
    numbers: dict[str, int] = {}
    nodes: list[_Node] = []
    for one in each(call):
        name = call_name(one, known)
        if name not in numbers:
            needs = tuple(numbers[call_name(need, known)] for need in one.needs)
            numbers[name] = len(nodes)
            nodes.append(_Node(one.stage, one.inputs, one.params, one.span, needs))
    return msgspec.json.encode(nodes)


def unpack(data: bytes) -> Call:
    """The call that `pack` wrote, equal calls being one object. Raises codec.Damaged."""
    try:
        nodes = msgspec.json.decode(data, type=list[_Node])
        calls: list[Call] = []
        for number, node in enumerate(nodes):
            if any(not 0 <= need < number for need in node.needs):
                raise codec.Damaged("a call needs one that comes after it")
            needs = tuple(calls[need] for need in node.needs)
            calls.append(Call(node.stage, node.inputs, node.params, node.span, needs))
        if not calls:
            raise codec.Damaged("no calls")
        return calls[-1]
    except (msgspec.DecodeError, RecursionError) as error:
        raise codec.Damaged(f"not a call: {error}") from error
