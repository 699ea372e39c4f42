"""`vidstudio keys`: the keys of cloud services, in the operating system's keyring."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from rich.table import Table

from vidstudio.cli.common import EXIT_CODES, OK, Terminal
from vidstudio.cli.studio import open_studio
from vidstudio.engine.clouds.keys import Keys, has_keyring
from vidstudio.engine.clouds.vendors import VENDORS, Vendor, vendor_named
from vidstudio.engine.errors import EnvironmentProblem, UsageError


def add_parser(commands: Any) -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser(
        "keys",
        help="list, set, test and remove the keys of cloud services",
        description="Keys of cloud services. None are needed: everything has a way that stays on this computer. They"
        " are kept in the operating system's keyring only; a key in the environment goes before it.",
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="verb")
    names = ", ".join(vendor.name for vendor in VENDORS)
    listing = verbs.add_parser("list", help="which keys there are, masked, and what is sent where", epilog=EXIT_CODES)
    setting = verbs.add_parser(
        "set",
        help="keep a key",
        description="Keep a key in the keyring. It is asked for, or read from what is piped in; never an argument,"
        " which other programs could see.",
        epilog=EXIT_CODES,
    )
    testing = verbs.add_parser("test", help="try a key, at no cost", epilog=EXIT_CODES)
    removing = verbs.add_parser("remove", help="take a key out of the keyring", epilog=EXIT_CODES)
    for verb in (setting, testing, removing):
        verb.add_argument("vendor", metavar="SERVICE", help=names)
    for verb, run in ((listing, run_list), (setting, run_set), (testing, run_test), (removing, run_remove)):
        verb.add_argument("--json", action="store_true", help="for machines")
        verb.set_defaults(run=run)


def run_list(_arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Show which keys there are."""
    keys = Keys()
    rows = [_row(keys, vendor) for vendor in VENDORS]
    if terminal.json:
        terminal.give({"keyring": has_keyring(), "keys": rows})
        return OK
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("service", "key", "from", "what is sent, and where"):
        table.add_column(title)
    for row in rows:
        table.add_row(row["service"], row["key"] or "—", row["source"] or "", f"{row['sent']} ({row['host']})")
    terminal.say(table)
    if not has_keyring():
        terminal.note("This computer has no keyring. Give keys in the environment: " + ", ".join(
            vendor.variables[0] for vendor in VENDORS
        ) + ".")  # fmt: skip
    return OK


def run_set(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Keep a key."""
    vendor = vendor_named(arguments.vendor)
    if not has_keyring():
        raise EnvironmentProblem(
            "This computer has no keyring, so a key cannot be kept safely. Nothing was kept.",
            f"Give it as {vendor.variables[0]} in the environment; the window can keep one while it is open.",
        )
    keys = Keys()
    keys.set(vendor, _asked(vendor, terminal))
    row = _row(keys, vendor)
    terminal.say(f"kept {vendor.title}'s key {row['key']} in the keyring; try it: vidstudio keys test {vendor.name}")
    if row["source"] == "environment":
        terminal.note(f"The key in the environment ({vendor.variables[0]}) goes before it.")
    if terminal.json:
        terminal.give(row)
    return OK


def run_test(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Try a key."""
    vendor = vendor_named(arguments.vendor)
    with open_studio() as studio, terminal.asking() as stopped:
        studio.clouds.test_key(vendor, stopped)
    row = _row(Keys(), vendor)
    terminal.say(f"{vendor.title} takes the key {row['key']} (from the {row['source']}).")
    if terminal.json:
        terminal.give(row | {"works": True})
    return OK


def run_remove(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Take a key out of the keyring."""
    vendor = vendor_named(arguments.vendor)
    keys = Keys()
    if not keys.remove(vendor):
        raise UsageError(f"The keyring has no key of {vendor.title}.", "`vidstudio keys list` shows which there are.")
    terminal.say(f"removed {vendor.title}'s key from the keyring")
    if (left := keys.find(vendor)) is not None:
        terminal.note(f"There is still one in the {left.source}, which is used.")
    if terminal.json:
        terminal.give(_row(keys, vendor))
    return OK


def _asked(vendor: Vendor, terminal: Terminal) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"Key of {vendor.title} (from {vendor.key_page}; it is not shown): ")
    return sys.stdin.readline()


def _row(keys: Keys, vendor: Vendor) -> dict[str, Any]:
    key = keys.find(vendor)
    return {
        "service": vendor.name,
        "key": key.masked if key else None,
        "source": key.source if key else None,
        "sent": vendor.sent,
        "host": vendor.host,
        "variables": list(vendor.variables),
        "testable": vendor.testable,
    }
