"""`vidstudio cache`: how much room results take on the disk, and making some."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from typing import Any

from vidstudio.cli.common import EXIT_CODES, OK, Terminal
from vidstudio.cli.studio import open_studio
from vidstudio.engine.errors import UsageError
from vidstudio.engine.sizes import size_text
from vidstudio.engine.store.space import Space, clear, space, trim

_GB = 1_000_000_000


def add_parser(commands: Any) -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser(
        "cache",
        help="show and limit the room that results take",
        description="Results are kept so that nothing is worked out twice. What projects show is never taken out.",
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="verb")
    show = verbs.add_parser("show", help="how much there is, and the limit", epilog=EXIT_CODES)
    clearing = verbs.add_parser("clear", help="take out all that no project and no job needs", epilog=EXIT_CODES)
    limit = verbs.add_parser(
        "limit", help="set the limit; beyond it what was used longest ago is taken out", epilog=EXIT_CODES
    )
    limit.add_argument("gigabytes", type=float, metavar="GB", help="0: no limit")
    for verb, run in ((show, run_show), (clearing, run_clear), (limit, run_limit)):
        verb.add_argument("--json", action="store_true", help="for machines")
        verb.set_defaults(run=run)


def run_show(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Say how it is."""
    with open_studio() as studio:
        now = space(studio.store)
    _answer(now, 0, terminal)
    return OK


def run_clear(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Take out what is not needed."""
    with open_studio() as studio:
        freed = clear(studio.store)
        now = space(studio.store)
    _answer(now, freed, terminal)
    return OK


def run_limit(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Set the limit, and keep to it at once."""
    if not (math.isfinite(arguments.gigabytes) and 0 <= arguments.gigabytes <= 1_000_000):
        raise UsageError(f"A limit of {arguments.gigabytes} GB makes no sense.", "Give gigabytes, or 0 for no limit.")
    with open_studio() as studio:
        store = studio.store
        store.settings.save(replace(store.settings.load(), results_limit_bytes=round(arguments.gigabytes * _GB)))
        freed = trim(store)
        now = space(store)
    _answer(now, freed, terminal)
    return OK


def _answer(now: Space, freed: int, terminal: Terminal) -> None:
    if terminal.json:
        terminal.give(
            {
                "used_bytes": now.used_bytes,
                "needed_bytes": now.needed_bytes,
                "limit_bytes": now.limit_bytes,
                "freed_bytes": freed,
            }
        )
        return
    if freed:
        terminal.say(f"freed   {size_text(freed)}")
    terminal.say(f"used    {size_text(now.used_bytes)}, of which projects and jobs need {size_text(now.needed_bytes)}")
    terminal.say(f"limit   {size_text(now.limit_bytes) if now.limit_bytes else 'none'}")
