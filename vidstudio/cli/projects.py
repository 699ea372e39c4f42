"""`vidstudio projects`: what the studio keeps, and how it travels to another machine."""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from vidstudio.cli.common import EXIT_CODES, OK, Terminal, words
from vidstudio.cli.studio import Studio, open_studio
from vidstudio.engine.errors import UnreadableMedia, UsageError
from vidstudio.engine.exports.files import check_target, is_film
from vidstudio.engine.paths import is_file, is_there
from vidstudio.engine.store.projects import Project


def add_parser(commands: Any) -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser(
        "projects", help="list, show, export and import projects", description="Projects that the studio keeps."
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="verb")
    listing = verbs.add_parser("list", help="all projects, the last opened first", epilog=EXIT_CODES)
    show = verbs.add_parser("show", help="the media and comparisons of a project", epilog=EXIT_CODES)
    export = verbs.add_parser(
        "export",
        help="write a project into one file",
        description="Write a project with all its results into one file. Media are named in it, not copied.",
        epilog=EXIT_CODES,
    )
    import_ = verbs.add_parser("import", help="read a project from such a file", epilog=EXIT_CODES)
    local = verbs.add_parser(
        "local-only",
        help="never send anything of a project's videos to a cloud service",
        description="Never send anything of a project's videos to a cloud service, whoever asks, in whatever project.",
        epilog=EXIT_CODES,
    )
    allow = verbs.add_parser("allow-cloud", help="take local-only off again; you are still asked", epilog=EXIT_CODES)
    for verb in (show, export, local, allow):
        verb.add_argument("project", metavar="PROJECT", help="its name, or the start of its id")
    for verb in (export, import_):
        verb.add_argument("file", type=Path, metavar="FILE")
    for verb, run in (
        *((listing, run_list), (show, run_show), (export, run_export), (import_, run_import)),
        *((local, run_local_only), (allow, run_local_only)),
    ):
        verb.add_argument("--json", action="store_true", help="for machines")
        verb.set_defaults(run=run)


def run_list(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Show all projects."""
    with open_studio() as studio:
        projects = studio.store.projects.recent(limit=10_000)
        rows = [project_json(project) | {"media": len(studio.store.projects.media(project.id))} for project in projects]
    if terminal.json:
        terminal.give(rows)
    elif not rows:
        terminal.say("No projects yet. The studio makes one when you drop videos into it.")
    else:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        for title in ("id", "name", "media", "last opened"):
            table.add_column(title)
        for row in rows:
            table.add_row(row["id"][:8], words(row["name"]), str(row["media"]), _when(row["opened_us"]))
        terminal.say(table)
    return OK


def run_show(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Show one project."""
    with open_studio() as studio:
        project = _named(studio, arguments.project)
        media = studio.store.projects.media(project.id)
        comparisons = studio.store.projects.comparisons(project.id)
        done = [studio.runner.done(record.call) for record in comparisons]
    names = {one.content_id: one.path for one in media}
    if terminal.json:
        plain = project_json(project)
        plain["media"] = [{"content_id": m.content_id, "path": m.path, "added_us": m.added_us} for m in media]
        plain["comparisons"] = [
            {"id": c.id, "a": c.a, "b": c.b, "created_us": c.created_us, "done": ready}
            for c, ready in zip(comparisons, done, strict=True)
        ]
        terminal.give(plain)
        return OK
    terminal.say(
        f"{project.name} ({project.id[:8]}), last opened {_when(project.opened_us)}"
        + (", local only" if project.local_only else "")
    )
    for one in media:
        there = "" if is_there(Path(one.path)) else "  (missing)"
        terminal.say(f"  media       {one.path}{there}")
    for record, ready in zip(comparisons, done, strict=True):
        sides = [Path(names.get(side, side)).name for side in (record.a, record.b)]
        terminal.say(f"  comparison  {sides[0]} → {sides[1]}{'' if ready else '  (not finished)'}")
    return OK


def run_local_only(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Switch whether anything of a project may be sent to a cloud service."""
    local_only = arguments.verb == "local-only"
    with open_studio() as studio:
        project = _named(studio, arguments.project)
        studio.store.projects.set_local_only(project.id, local_only)
        project = studio.store.projects.get(project.id)
    terminal.say(
        f"{project.name} is local only: nothing of its videos is sent anywhere"
        if local_only
        else f"{project.name} may use cloud services; you are asked each time"
    )
    if terminal.json:
        terminal.give(project_json(project))
    return OK


def run_export(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Write one project into a file."""
    check_target(arguments.file)
    if is_film(arguments.file):
        raise UsageError(f"{arguments.file} would be taken for a video.", "Give it the ending .vidstudio.")
    with open_studio() as studio:
        project = _named(studio, arguments.project)
        studio.store.projects.export(project.id, arguments.file)
    terminal.say(f"wrote {arguments.file}")
    if terminal.json:
        terminal.give(project_json(project) | {"file": str(arguments.file)})
    return OK


def run_import(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Read a project from a file."""
    if not is_file(arguments.file):
        hint = "Give a file that `vidstudio projects export` wrote."
        raise UnreadableMedia(arguments.file, f"There is no file {arguments.file}.", hint)
    with open_studio() as studio:
        project = studio.store.projects.import_(arguments.file)
    terminal.say(f"imported {project.name} ({project.id[:8]})")
    if terminal.json:
        terminal.give(project_json(project))
    return OK


def project_json(project: Project) -> dict[str, Any]:
    """A project as plain values."""
    return {
        "id": project.id,
        "name": project.name,
        "created_us": project.created_us,
        "opened_us": project.opened_us,
        "local_only": project.local_only,
    }


def _named(studio: Studio, wanted: str) -> Project:
    projects = studio.store.projects.recent(limit=10_000)
    found = [p for p in projects if p.name == wanted] or [p for p in projects if p.id.startswith(wanted)]
    if not found:
        raise UsageError(f"There is no project {wanted}.", "See `vidstudio projects list`.")
    if len(found) > 1:
        raise UsageError(f"There are {len(found)} projects called {wanted}.", "Give the id instead.")
    return found[0]


def _when(time_us: int) -> str:
    return datetime.datetime.fromtimestamp(time_us / 1e6).astimezone().strftime("%Y-%m-%d %H:%M")
