"""The command line: `vidstudio COMMAND …`. Composition root; it builds what the commands work with."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from typing import cast

import vidstudio
from vidstudio.cli import cache, common, compare, demo, jobs, keys, models, probe, projects, versions
from vidstudio.cli.common import EXIT_CODES, BugFound, Parser, Terminal
from vidstudio.engine.errors import Cancelled, EngineError, of_the_machine

log = logging.getLogger("vidstudio.cli")

_ABOUT = """\
VidStudio compares, understands and repurposes video on your own machine.
Without a command it opens the studio.
"""

_EXAMPLES = """\
examples:
  vidstudio old.mp4 new.mp4                          open files or folders in the studio
  vidstudio demo                                     see what it does, in a minute
  vidstudio compare old.mp4 new.mp4 --report what-changed.html
  vidstudio compare old.mp4 new.mp4 --fail-on different
  vidstudio probe *.mp4 --json

"""


def parser() -> Parser:
    """All commands and their options. Each command's `run` is in its namespace."""
    root = Parser(prog="vidstudio", description=_ABOUT, epilog=_EXAMPLES + EXIT_CODES)
    root.add_argument("--version", action="version", version=f"VidStudio {vidstudio.__version__}")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", dest="command", parser_class=Parser)
    for module in (compare, versions, demo, probe, projects, jobs, models, cache, keys):
        module.add_parser(commands)
    return root


def main(argv: Sequence[str]) -> int:
    """Run a command line (without the program's name) and return its exit code."""
    terminal = Terminal.standard()
    with _terminated():
        try:
            return _run(list(argv), terminal)
        except EngineError as error:
            return _failed(error, terminal)
        except (Cancelled, KeyboardInterrupt):
            terminal.remark("cancelled", "", "; the same command goes on where it was")
            if terminal.json:
                stop = {"kind": "Cancelled", "message": "Cancelled.", "hint": "", "exit_code": common.CANCELLED}
                terminal.give({"error": stop})
            return common.CANCELLED
        except Exception as error:
            if problem := of_the_machine(error):
                return _failed(problem, terminal)
            log.exception("a bug in %s", argv)
            with contextlib.suppress(OSError):
                terminal.err.print_exception()
            return _failed(
                BugFound("This is a bug in VidStudio.", "The lines above say where; please report them."), terminal
            )


def _failed(error: EngineError, terminal: Terminal) -> int:
    terminal.complain(error)
    if terminal.json:
        # the first error counts, also when it cannot be told
        with contextlib.suppress(EngineError):
            terminal.give({"error": common.error_json(error)})
    return common.exit_code(error)


def _run(argv: list[str], terminal: Terminal) -> int:
    # known before parsing, so that a mistake in the rest is said as JSON too
    terminal.json = _wants_json(argv)
    arguments = parser().parse_args(argv)
    if arguments.command is None:
        parser().print_help()
        return common.USAGE
    return cast(int, arguments.run(arguments, terminal))


def _wants_json(argv: Sequence[str]) -> bool:
    """Whether stdout is for a machine: `--json` alone or `--json -`; `compare … --json FILE` is not."""
    before = list(argv)
    if "--" in before:
        before = before[: before.index("--")]
    if "--json=-" in before:
        return True
    if "--json" not in before:
        return False
    if before[0] not in ("compare", "versions"):
        return True
    rest = before[before.index("--json") + 1 :]
    return not rest or rest[0].startswith("-")


@contextlib.contextmanager
def _terminated() -> Iterator[None]:
    """While open SIGTERM ends the work as Ctrl+C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, common.on_terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
