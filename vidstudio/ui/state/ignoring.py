"""What a person can do about ignored differences: each is one undo step of a CompareState."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QCoreApplication

from vidstudio.engine.ignore.rules import Ignore, Reason, Region, Rule
from vidstudio.engine.time import US, Span
from vidstudio.engine.types import Edit
from vidstudio.ui.state.compare import CompareState

translate = QCoreApplication.translate


class Ignoring:
    """Adds, switches and removes rules of what is ignored in the comparison of a CompareState."""

    def __init__(self, state: CompareState) -> None:
        self._state = state

    def add_region(self, region: Region, name: str = "", span: Span | None = None) -> None:
        """Ignore local changes in a place of B's picture."""
        words = translate("Ignore", "ignore {0}").format(name) if name else translate("Ignore", "ignore region")
        self._add((Rule(secrets.token_hex(4), region, span, name=name),), words)

    def add_span(self, span: Span, side: Literal["a", "b"] = "b") -> None:
        """Ignore everything in a stretch of A or B."""
        self._add((Rule(secrets.token_hex(4), None, span, side),), translate("Ignore", "ignore span"))

    def add_boxes(self, edit: Edit) -> None:
        """Ignore the places that an edit changed, whenever they change."""
        found = self._state.found
        if found is None or not edit.boxes:
            return
        wide, high = found.b.width, found.b.height
        rules = [
            Rule(
                secrets.token_hex(4),
                Region(x / wide, y / high, min(w / wide, 1 - x / wide), min(h / high, 1 - y / high)),
            )
            for x, y, w, h in edit.boxes
        ]
        self._add(tuple(rules), translate("Ignore", "ignore region"))

    def add_edit(self, edit: Edit) -> None:
        """Ignore everything where an edit is: in B, or in A when B has none of it."""
        if edit.b is not None:
            self.add_span(edit.b)
        elif edit.a is not None:
            self.add_span(edit.a, "a")

    def set_reason(self, reason: Reason, on: bool, word: str) -> None:
        """Ignore every difference of one kind, or tell them again. `word` names the kind."""
        now = self._state.ignore
        others = tuple(one for one in now.reasons if one != reason)
        words = translate("Ignore", "ignore {0}") if on else translate("Ignore", "tell {0} again")
        self._decide(replace(now, reasons=(*others, reason) if on else others), words.format(word))

    def set_least(self, seconds: float) -> None:
        """Ignore differences that are shorter."""
        now = self._state.ignore
        words = translate("Ignore", "ignore shorter than {0} s").format(f"{seconds:g}")
        self._decide(replace(now, least_us=round(seconds * US)), words)

    def switch(self, rule_id: str, on: bool) -> None:
        """Let a rule count, or not for now."""
        now = self._state.ignore
        rules = tuple(replace(rule, on=on) if rule.id == rule_id else rule for rule in now.rules)
        self._decide(
            replace(now, rules=rules),
            translate("Ignore", "switch a rule on") if on else translate("Ignore", "switch a rule off"),
        )

    def remove(self, rule_id: str) -> None:
        """Take a rule out."""
        now = self._state.ignore
        rules = tuple(rule for rule in now.rules if rule.id != rule_id)
        self._decide(replace(now, rules=rules), translate("Ignore", "remove a rule"))

    def _add(self, rules: tuple[Rule, ...], words: str) -> None:
        now = self._state.ignore
        self._decide(replace(now, rules=(*now.rules, *rules)), words)

    def _decide(self, ignore: Ignore, words: str) -> None:
        self._state.decide_ignore(ignore, words)
