"""Asking before anything is sent to a cloud service, for every command that may do so."""

from __future__ import annotations

import argparse
import sys

from vidstudio.cli.common import Terminal
from vidstudio.cli.studio import Studio
from vidstudio.engine.errors import Cancelled, UsageError
from vidstudio.engine.stage import Call


def add_allow_cloud(parser: argparse.ArgumentParser) -> None:
    """Add the option that says yes beforehand."""
    parser.add_argument(
        "--allow-cloud",
        action="store_true",
        help="agree, without being asked, that the files are sent to the cloud service and that it charges for it",
    )


def ask_for_clouds(studio: Studio, terminal: Terminal, call: Call, allowed: bool) -> None:
    """Have the person agree to what a call would send; nothing is asked when it sends nothing, or was agreed to.

    allowed: --allow-cloud. Raises NotAllowed (a project that is local only), CloudError (no key, a file that the
    service does not take), UsageError where nobody can be asked, Cancelled for a no.
    """
    calls = studio.runner.cloud_calls(call)
    gate = studio.clouds.gate
    offers = gate.open_questions(calls)
    if not offers:
        return
    for offer in offers:
        for line in offer.text.splitlines():
            terminal.note(line)
    if not allowed:
        if terminal.json or not (sys.stdin.isatty() and terminal.err.is_terminal):
            raise UsageError(
                f"Sending to {offers[0].vendor.title} must be agreed to. Nothing was sent.",
                "Add --allow-cloud when you agree.",
            )
        if terminal.err.input("Send it? [y/N] ").strip().lower() not in ("y", "yes"):
            raise Cancelled
    gate.agree(calls, offers)
