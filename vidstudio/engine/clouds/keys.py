"""Keys of cloud services: from the environment, from the operating system's keyring, or for this session only.

They are kept nowhere else: not in the database, a log, a report or an error text. The keyring may ask the
person to unlock it, so none of this belongs in the GUI thread.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from vidstudio.engine.clouds.vendors import Vendor
from vidstudio.engine.errors import CloudError, EnvironmentProblem, UsageError

Source = Literal["environment", "keyring", "session"]

SERVICE = "VidStudio"
_SHOWN = 4
_LONG_ENOUGH = 12
_MOST = 512
_UNSAFE = ("keyrings.alt", "keyring.backends.fail", "keyring.backends.null")
"""Backends that keep nothing, or keep it in a plain file."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key and where it came from. `value` shows in no repr."""

    value: str = field(repr=False)
    source: Source

    @property
    def masked(self) -> str:
        """Enough of it to tell it from another one."""
        return "••••" + (self.value[-_SHOWN:] if len(self.value) >= _LONG_ENOUGH else "")


class Keys:
    """The keys of this person. May be used from any thread."""

    def __init__(self) -> None:
        self._session: dict[str, str] = {}

    def session(self) -> dict[str, str]:
        """Keys that are only in this program, by vendor: for a process of its own that works for it."""
        return dict(self._session)

    def set_session(self, keys: Mapping[str, str]) -> None:
        """What `session` gave, in that process."""
        self._session = dict(keys)

    def find(self, vendor: Vendor) -> Key | None:
        """The key that would be used: the environment's, else the keyring's, else this session's."""
        for variable in vendor.variables:
            if value := os.environ.get(variable, "").strip():
                return Key(value, "environment")
        if value := self._in_keyring(vendor):
            return Key(value, "keyring")
        if value := self._session.get(vendor.name, ""):
            return Key(value, "session")
        return None

    def need(self, vendor: Vendor) -> Key:
        """As `find`. Raises CloudError(kind="auth") when there is none."""
        key = self.find(vendor)
        if key is None:
            raise CloudError(
                "auth",
                f"There is no key for {vendor.title}.",
                f"Add one with `vidstudio keys set {vendor.name}`, in the window's settings,"
                f" or as {vendor.variables[0]} in the environment.",
            )
        return key

    def set(self, vendor: Vendor, value: str) -> Source:
        """Keep a key in the keyring, or for this session where there is none; says which.

        Raises UsageError for what cannot be a key, EnvironmentProblem when the keyring refuses.
        """
        value = value.strip()
        if not value or len(value) > _MOST or not value.isascii() or not value.isprintable() or " " in value:
            raise UsageError("This is no key.", f"Copy it from {vendor.key_page}.")
        backend = _backend()
        if backend is None:
            self._session[vendor.name] = value
            return "session"
        with _explained():
            backend.set_password(SERVICE, vendor.name, value)
        self._session.pop(vendor.name, None)
        return "keyring"

    def remove(self, vendor: Vendor) -> bool:
        """Take the key out of the keyring and this session; False when there was none. The environment stays."""
        gone = self._session.pop(vendor.name, None) is not None
        backend = _backend()
        if backend is not None and self._in_keyring(vendor):
            with _explained():
                backend.delete_password(SERVICE, vendor.name)
            gone = True
        return gone

    def _in_keyring(self, vendor: Vendor) -> str:
        backend = _backend()
        if backend is None:
            return ""
        with _explained():
            return backend.get_password(SERVICE, vendor.name) or ""


def has_keyring() -> bool:
    """Whether the operating system keeps keys for us. Without one they last for a session."""
    return _backend() is not None


def _backend() -> Any | None:
    """The operating system's keyring; None where there is none that keeps a key safe."""
    import keyring  # here, because hardly anybody asks

    safe = [one for one in _chained(keyring.get_keyring()) if not type(one).__module__.startswith(_UNSAFE)]
    return safe[0] if safe else None


def _chained(backend: Any) -> Iterator[Any]:
    parts = getattr(backend, "backends", None)  # of the chainer, the best first
    if parts is None:
        yield backend
    else:
        yield from parts


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turns what keyrings raise into EnvironmentProblem, without the key."""
    from keyring.errors import KeyringError

    try:
        yield
    except (KeyringError, OSError, RuntimeError) as error:
        raise EnvironmentProblem(
            f"The keyring of the operating system refused ({type(error).__name__}).",
            "Unlock it and try again, or give the key in the environment.",
        ) from None
