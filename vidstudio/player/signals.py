"""Qt signals whose payload the type checker knows.

`moved = signal(Position)` is a plain Qt signal at run time. The payload travels as a Python object, so
64-bit times arrive whole: Qt's own `int` signals are 32-bit and wrap after 36 minutes of microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast, overload

from PySide6.QtCore import Qt, Signal  # noqa: TID251 - the one door to it

T = TypeVar("T")


class BoundSignal(Protocol[T]):
    """A signal with a payload, as seen on an object."""

    def connect(self, slot: Callable[[T], object], type: Qt.ConnectionType = ...) -> object:  # noqa: A002
        """Call `slot` with each payload."""

    def disconnect(self, slot: Callable[[T], object] | None = None) -> bool:
        """Stop calling `slot`."""

    def emit(self, payload: T) -> None:
        """Tell every slot."""


class BoundNotice(Protocol):
    """A signal without a payload: look again."""

    def connect(self, slot: Callable[[], object], type: Qt.ConnectionType = ...) -> object:  # noqa: A002
        """Call `slot` each time."""

    def disconnect(self, slot: Callable[[], object] | None = None) -> bool:
        """Stop calling `slot`."""

    def emit(self) -> None:
        """Tell every slot."""


class _Signal(Protocol[T]):
    def __get__(self, owner: object, kind: type | None = None) -> BoundSignal[T]: ...


class _Notice(Protocol):
    def __get__(self, owner: object, kind: type | None = None) -> BoundNotice: ...


@overload
def signal() -> _Notice: ...
@overload
def signal(payload: type[T]) -> _Signal[T]: ...
def signal(payload: type[Any] | None = None) -> Any:
    """Declare a signal in a QObject's class body, with its payload's type or with none."""
    return cast("Any", Signal() if payload is None else Signal(object))
