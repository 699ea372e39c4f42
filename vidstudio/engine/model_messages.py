"""What the parent and the model process say to one another: length-prefixed messages on two pipes.

Values (params, results) travel inside as bytes of `codec`; each side knows their types from the stage table.
"""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from vidstudio.engine import errors
from vidstudio.engine.clouds.permit import Permit
from vidstudio.engine.errors import EngineError
from vidstudio.engine.time import Span

_LENGTH = 4
_MOST = 2**31 - 1


class Run(msgspec.Struct, frozen=True, tag=True):
    """Do a call. `needed` are the encoded results of each of its needs, `stages` the names of their stages.

    permit: what a call of the cloud process may use; it goes through this pipe and nowhere else.
    """

    call: int
    stage: str
    inputs: tuple[str, ...]
    params: bytes
    span: Span | None
    stages: tuple[str, ...]
    needed: tuple[tuple[bytes, ...], ...]
    paths: dict[str, str]
    permit: Permit | None = None


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Stop that call at its next tick."""

    call: int


class Noted(msgspec.Struct, frozen=True, tag=True):
    """The answer to a `Note`: what was noted, or that it is on the disk now."""

    call: int
    value: str | None


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The child has its stage table and waits for calls."""

    pid: int


class Tick(msgspec.Struct, frozen=True, tag=True):
    """How far the call is."""

    call: int
    done: float
    total: float
    note: str


class Result(msgspec.Struct, frozen=True, tag=True):
    """One encoded result."""

    call: int
    value: bytes


class Note(msgspec.Struct, frozen=True, tag=True):
    """Read a note, or (write) keep one; None takes it out. The child waits for `Noted`."""

    call: int
    name: str
    value: str | None
    write: bool


class End(msgspec.Struct, frozen=True, tag=True):
    """The call is over: it gave all results, or was cancelled."""

    call: int
    cancelled: bool


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The call is over with an error: an EngineError by its class's name, or "" for a bug with its traceback.

    fatal: this process can do no further call.
    """

    call: int
    kind: str
    message: str
    hint: str = ""
    extra: dict[str, str] = {}
    traceback: str = ""
    fatal: bool = False


Order = Run | Cancel | Noted
Report = Ready | Tick | Result | Note | End | Failed

_encoder = msgspec.msgpack.Encoder()


def write_message(pipe: BinaryIO, message: Order | Report) -> None:
    """Write one message and flush. Raises OSError when nobody reads, ValueError when the pipe is closed."""
    data = _encoder.encode(message)
    if len(data) > _MOST:
        raise ValueError(f"a message of {len(data)} bytes is too long")
    pipe.write(len(data).to_bytes(_LENGTH, "little") + data)
    pipe.flush()


def read_message(pipe: BinaryIO) -> bytes | None:
    """The next message's bytes, or None at the end of the pipe (also when it was cut off in mid-message)."""
    head = pipe.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "little")
    data = pipe.read(size)
    return data if len(data) == size else None


def failed(call: int, error: EngineError, *, fatal: bool = False) -> Failed:
    """An EngineError as a message."""
    kind = next(cls for cls in type(error).__mro__ if getattr(errors, cls.__name__, None) is cls)
    known = {"message", "hint"}
    extra = {name: value for name, value in vars(error).items() if name not in known and isinstance(value, str)}
    return Failed(call, kind.__name__, error.message, error.hint, extra, fatal=fatal)


def engine_error(message: Failed) -> EngineError:
    """The EngineError that `failed` packed; of its nearest class in `errors`."""
    kind: type[EngineError] = getattr(errors, message.kind)
    wanted = {"path", "content_id", "kind"} & set(kind.__init__.__annotations__)
    extra = {name: value for name, value in message.extra.items() if name in wanted}
    return kind(message=message.message, hint=message.hint, **extra)
