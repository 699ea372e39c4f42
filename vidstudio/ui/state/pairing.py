"""Which two files are meant when people say "compare"."""

from __future__ import annotations

from collections.abc import Sequence


def pair_to_compare(
    chosen: Sequence[str], ready: Sequence[str], stage: Sequence[str], reference: str = ""
) -> tuple[str, str] | None:
    """A and B (content ids) for what is chosen in the library; None when there are not two.

    Two that are chosen; one that is chosen with the reference, or with A of the stage; with none, what is on the
    stage, or the first two that are ready. The reference ("" for none) is A wherever it is one of them.
    """
    wanted, others = list(chosen), list(ready)
    if reference in ready:
        others.sort(key=lambda one: one != reference)
        wanted.sort(key=lambda one: one != reference)
        if len(wanted) == 1 and wanted[0] != reference:
            wanted.insert(0, reference)
    if len(stage) == 2 and len(wanted) < 2 and set(wanted) <= set(stage):
        wanted = list(stage)
    elif len(wanted) == 1 and stage and stage[0] != wanted[0]:
        wanted.insert(0, stage[0])
    elif len(wanted) < 2:
        wanted += [one for one in others if one not in wanted]
    return (wanted[0], wanted[1]) if len(wanted) > 1 else None
