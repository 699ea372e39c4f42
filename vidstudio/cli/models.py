"""`vidstudio models`: which weights are on this computer, fetching them, and removing them again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from vidstudio.cli.common import EXIT_CODES, OK, Terminal, words
from vidstudio.cli.studio import open_studio
from vidstudio.engine.errors import Cancelled, UsageError
from vidstudio.engine.models.weights import KNOWN, Weights, find_weights, list_weights, remove_weights
from vidstudio.engine.sizes import size_text
from vidstudio.engine.stage import Progress

if TYPE_CHECKING:
    from vidstudio.engine.models.fetch import WeightsOffer

_STATES = {"here": ("here", "green"), "part": ("in part", "yellow"), "absent": ("not here", "dim")}


def add_parser(commands: Any) -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser(
        "models",
        help="list, fetch and remove the weights of models",
        description="Weights of models. None are needed: the embedder “basic” works without. They are fetched only"
        " when you say so.",
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="verb")
    listing = verbs.add_parser("list", help="what is here, and what is known to work", epilog=EXIT_CODES)
    getting = verbs.add_parser(
        "fetch",
        help="fetch a model's weights",
        description="Fetch a model's weights into the models folder, after size and licence were shown and agreed to."
        " A fetch that was interrupted goes on where it was.",
        epilog=EXIT_CODES,
    )
    getting.add_argument("name", metavar="NAME", help=f"such as {KNOWN[0].name}")
    getting.add_argument("--yes", action="store_true", help="agree to size and licence without being asked")
    removing = verbs.add_parser("remove", help="remove a model's weights from the models folder", epilog=EXIT_CODES)
    removing.add_argument("name", metavar="NAME")
    for verb, run in ((listing, run_list), (getting, run_fetch), (removing, run_remove)):
        verb.add_argument("--json", action="store_true", help="for machines")
        verb.set_defaults(run=run)


def run_list(_arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Show what is here and what could be."""
    with open_studio() as studio:
        folder = studio.store.models_folder
    here = {one.name: one for one in list_weights(folder)}
    rows = [_row(name, here.get(name)) for name in sorted({*here, *(model.name for model in KNOWN)})]
    if terminal.json:
        terminal.give({"folder": str(folder), "models": rows})
        return OK
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("name", "state", "size", "licence", "what it is"):
        table.add_column(title)
    table.add_row(
        "basic", Text("built in", style="green"), "", "", "no weights; how a picture looks, not what it shows"
    )
    for row in rows:
        state, style = _STATES[row["state"]]
        size = size_text(row["size_bytes"] or row["download_bytes"] or 0)
        where = row["about"] or row["path"] or ""
        table.add_row(words(row["name"]), Text(state, style=style), size, row["licence"] or "", words(where))
    terminal.say(table)
    terminal.say("")
    terminal.say(f"models folder: {folder}")
    return OK


def run_fetch(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Ask the hub, ask the person, fetch."""
    from vidstudio.engine.models.fetch import ask, fetch  # what it needs is not loaded for every command

    with open_studio() as studio:
        folder = studio.store.models_folder
    offer = ask(arguments.name)
    licence = offer.licence or "not stated; look at its page before you use it"
    terminal.say(f"{offer.name}: {size_text(offer.size_bytes)}, licence: {licence}")
    if not arguments.yes and not _agreed(terminal):
        raise Cancelled
    with terminal.progress(f"Fetching {offer.name}") as progressed:

        def tell(done: int, total: int) -> None:
            progressed(Progress(done, total, f"{size_text(done)} of {size_text(total)}"))

        where = fetch(offer, folder, agreed=True, progress=tell)
    find_weights(offer.name, folder)
    terminal.say(f"It is in {where}. Use it with: vidstudio compare A B --embedder {offer.name}")
    if terminal.json:
        terminal.give(_offer_json(offer) | {"path": str(where)})
    return OK


def run_remove(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Remove weights; only from the studio's own folder."""
    with open_studio() as studio:
        gone = remove_weights(arguments.name, studio.store.models_folder)
    terminal.say(f"removed {gone.name} ({size_text(gone.size_bytes)})")
    if terminal.json:
        terminal.give({"name": gone.name, "path": str(gone.folder), "size_bytes": gone.size_bytes})
    return OK


def _agreed(terminal: Terminal) -> bool:
    if terminal.json or not (sys.stdin.isatty() and terminal.err.is_terminal):
        raise UsageError("Size and licence must be agreed to.", "Add --yes when you agree.")
    return terminal.err.input("Fetch it? [y/N] ").strip().lower() in ("y", "yes")


def _row(name: str, here: Weights | None) -> dict[str, Any]:
    known = next((model for model in KNOWN if model.name == name), None)
    return {
        "name": name,
        "state": here.state if here else "absent",
        "path": str(here.folder) if here else None,
        "size_bytes": here.size_bytes if here else None,
        "removable": here is not None and here.own,
        "licence": known.licence if known else None,
        "download_bytes": known.size_bytes if known else None,
        "about": known.about if known else None,
    }


def _offer_json(offer: WeightsOffer) -> dict[str, Any]:
    return {
        "name": offer.name,
        "revision": offer.revision,
        "licence": offer.licence,
        "size_bytes": offer.size_bytes,
        "files": [{"name": name, "size_bytes": size, "sha256": sha256} for name, size, sha256 in offer.files],
    }
