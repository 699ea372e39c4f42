"""`vidstudio jobs`: the durable queue, seen and moved on from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from vidstudio.cli.common import EXIT_CODES, OK, Terminal, error_json, exit_code, words
from vidstudio.cli.studio import Studio, finish_job, open_studio
from vidstudio.engine.errors import EngineError, UsageError
from vidstudio.engine.store.jobs import Job

_STYLES = {"queued": "cyan", "running": "bold", "done": "green", "failed": "red", "cancelled": "dim"}


def add_parser(commands: Any) -> None:
    """Add the command and its own commands."""
    parser = commands.add_parser("jobs", help="list, resume and cancel work", description="The queue of work.")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="verb")
    listing = verbs.add_parser("list", help="what is in the queue, the newest first", epilog=EXIT_CODES)
    resume = verbs.add_parser(
        "resume",
        help="go on with work that was interrupted",
        description="Run what is queued, here and now: jobs named by id (failed and cancelled ones too), or all"
        " that were left by a program that ended. What was already done is not done again.",
        epilog=EXIT_CODES,
    )
    cancel = verbs.add_parser("cancel", help="take work out of the queue, or stop it where it runs", epilog=EXIT_CODES)
    resume.add_argument("ids", nargs="*", metavar="ID", help="job, or the start of its id")
    cancel.add_argument("ids", nargs="+", metavar="ID", help="job, or the start of its id")
    for verb, run in ((listing, run_list), (resume, run_resume), (cancel, run_cancel)):
        verb.add_argument("--json", action="store_true", help="for machines")
        verb.set_defaults(run=run)


def run_list(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Show the queue."""
    with open_studio() as studio:
        studio.store.jobs.requeue_lost()
        jobs = studio.store.jobs.recent()
    if terminal.json:
        terminal.give([job_json(job) for job in jobs])
        return OK
    if not jobs:
        terminal.say("No jobs. `vidstudio compare A B` makes one.")
        return OK
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("id", "what", "state", "done"):
        table.add_column(title)
    for job in jobs:
        state = Text(job.state, style=_STYLES[job.state])
        table.add_row(job.id[:8], words(job.title), state, f"{job.progress.fraction:.0%}")
        if job.error:
            table.add_row("", words(f"{job.error} {job.hint}".strip(), "red"), "", "")
    terminal.say(table)
    return OK


def run_resume(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run queued jobs to their end; one that fails is said and the rest goes on."""
    worst, answers = OK, []
    with open_studio() as studio:
        for job in _to_resume(studio, arguments.ids):
            try:
                finish_job(studio, terminal, job)
            except EngineError as error:
                terminal.complain(error)
                worst = max(worst, exit_code(error))
                answers.append({"id": job.id, "state": "failed", "error": error_json(error)})
            else:
                terminal.say(f"done: {job.title}")
                answers.append({"id": job.id, "state": "done", "title": job.title})
    if terminal.json:
        terminal.give(answers)
    elif not answers:
        terminal.say("Nothing to go on with.")
    return worst


def run_cancel(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Cancel jobs."""
    with open_studio() as studio:
        jobs = [_named(studio, job_id) for job_id in arguments.ids]
        for job in jobs:
            studio.store.jobs.cancel(job.id)
        jobs = [studio.store.jobs.get(job.id) or job for job in jobs]
    for job in jobs:
        terminal.say(f"{job.state}: {job.title}")
    if terminal.json:
        terminal.give([job_json(job) for job in jobs])
    return OK


def job_json(job: Job) -> dict[str, Any]:
    """A job as plain values."""
    return {
        "id": job.id,
        "recipe": job.recipe,
        "title": job.title,
        "project_id": job.project_id,
        "lane": job.lane,
        "state": job.state,
        "done": round(job.progress.fraction, 4),
        "error": job.error,
        "hint": job.hint,
        "attempts": job.attempts,
        "created_us": job.created_us,
        "started_us": job.started_us,
        "finished_us": job.finished_us,
    }


def _to_resume(studio: Studio, ids: Sequence[str]) -> list[Job]:
    jobs = studio.store.jobs
    jobs.requeue_lost()
    if not ids:
        return [job for job in reversed(jobs.recent()) if job.state == "queued"]
    named = [_named(studio, job_id) for job_id in ids]
    for job in named:
        if job.state == "running":
            raise UsageError(f"Job {job.id} is running.", "Wait for it, or cancel it first.")
        if job.state == "done":
            raise UsageError(f"Job {job.id} is done.", "See `vidstudio jobs list`.")
        jobs.retry(job.id)
    return named


def _named(studio: Studio, start: str) -> Job:
    found = [job for job in studio.store.jobs.recent() if job.id.startswith(start)]
    if not found:
        raise UsageError(f"There is no job {start}.", "See `vidstudio jobs list`.")
    if len(found) > 1:
        raise UsageError(f"There are {len(found)} jobs that begin with {start}.", "Write more of the id.")
    return found[0]
