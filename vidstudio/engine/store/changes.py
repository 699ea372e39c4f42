"""What kinds of things a write changed, so that each view can decide whether to look again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["projects", "media", "results", "jobs", "settings"]


@dataclass(frozen=True, slots=True)
class Changes:
    """Kinds of things that are not as they were."""

    kinds: frozenset[Kind] = frozenset()

    @classmethod
    def of(cls, *kinds: Kind) -> Changes:
        """Changes of these kinds."""
        return cls(frozenset(kinds))

    def __or__(self, other: Changes) -> Changes:
        return Changes(self.kinds | other.kinds)

    def __bool__(self) -> bool:
        return bool(self.kinds)
