"""What lets a piece of work speak to a cloud service. Only the gate (`clouds/gate.py`) makes one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from vidstudio.engine.stage import Env

_MASK = "•••"


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to speak to one vendor with one key, for one call. The key shows in no repr."""

    vendor: str
    key: str = field(repr=False)

    def scrub(self, text: str) -> str:
        """The text without the key: services quote it in their answers."""
        return text.replace(self.key, _MASK) if self.key else text


class Notes(Protocol):
    """What outlives a kill: each is on the disk of the studio when `remember` returns."""

    def recall(self, name: str) -> str | None:
        """What was remembered under a name; None when nothing was."""

    def remember(self, name: str, value: str | None) -> None:
        """Remember a value; None forgets it."""


@runtime_checkable
class CloudEnv(Env, Notes, Protocol):
    """What a stage in the cloud process may use besides `Env`."""

    @property
    def permit(self) -> Permit:
        """The leave that this call was given."""
