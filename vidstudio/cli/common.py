"""What every command shares: exit codes, errors for people and for machines, progress, stopping."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from vidstudio.engine.errors import EngineError, EnvironmentProblem, MissingMedia, UnreadableMedia, UsageError
from vidstudio.engine.paths import is_file
from vidstudio.engine.stage import Progress as Done

OK, DIFFERENT, USAGE, BAD_MEDIA, CANCELLED, ENVIRONMENT = range(6)
BUG = 70
"""Outside the promised codes: never mistaken for a found difference."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

EXIT_CODES = """\
exit codes:
  0  done
  1  differences found, with --fail-on different
  2  the command makes no sense as written
  3  a media or project file is missing or cannot be read
  4  cancelled (Ctrl+C, or an ordinary kill)
  5  the machine is in the way (disk, rights, memory, a missing model)
"""


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would print its usage and exit."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        """Say what was wrong in the one way all errors are said."""
        hint = f"See `{self.prog} --help`."
        if any(one.startswith("-") and is_file(Path(one)) for one in sys.argv[1:]):
            hint += " Names that begin with a dash go to the end, after --."
        raise UsageError(message[:1].upper() + message[1:] + ".", hint)


class BugFound(EngineError):
    """Work ended with an error that is nobody's but ours."""


def exit_code(error: EngineError) -> int:
    """The exit code that an error ends the program with."""
    if isinstance(error, BugFound):
        return BUG
    if isinstance(error, UsageError):
        return USAGE
    if isinstance(error, UnreadableMedia | MissingMedia):
        return BAD_MEDIA
    return ENVIRONMENT


def error_json(error: EngineError) -> dict[str, Any]:
    """An error for machines."""
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "exit_code": exit_code(error),
    }


def words(text: str, style: str = "") -> Text:
    """Text for a terminal, on one line. Control characters in names, which could steer it, are shown as �."""
    return Text(_CONTROL.sub("\ufffd", text), style=style)


@dataclass(slots=True)
class Terminal:
    """Where a command speaks: results on `out`, everything else on `err`; `json` gives results as JSON.

    `stopped` is set by Ctrl+C or SIGTERM while somebody asks it (see `asking`); elsewhere these raise
    KeyboardInterrupt.
    """

    out: Console
    err: Console
    json: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def standard(cls) -> Terminal:
        """The process's own stdout and stderr; nowhere when the caller closed them."""
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:
                setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a name the terminal cannot show must not end the work
        out = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
        if not out.is_terminal:
            out.width = 140  # a log or a pipe has no width of its own
        return cls(out, Console(stderr=True, highlight=False, soft_wrap=True))

    def say(self, value: Any) -> None:
        """A line, a table or another thing for people; nothing when the result is JSON."""
        if not self.json:
            with self._speaking():
                self.out.print(words(value) if isinstance(value, str) else value)
                self.out.file.flush()

    def give(self, plain: Any) -> None:
        """A result as JSON on stdout."""
        with self._speaking():
            print(json.dumps(plain, indent=2, allow_nan=False), flush=True)

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        """A reader that has seen enough (head, less) ends the output, not the work nor its exit code.

        Raises EnvironmentProblem when the output cannot be written (a full disk).
        """
        try:
            yield
        except BrokenPipeError:
            _silence(sys.stdout)
        except OSError as error:
            _silence(sys.stdout)
            message = f"The output cannot be written ({error.strerror})."
            raise EnvironmentProblem(message, "Make room on the disk it goes to.") from error

    def complain(self, error: EngineError) -> None:
        """An error on stderr: what happened, and what to do."""
        self.remark("error: ", "bold red", error.message)
        if error.hint:
            self.remark("hint: ", "bold", error.hint)

    def note(self, text: str) -> None:
        """Something worth knowing, on stderr."""
        self.remark("note: ", "bold yellow", text)

    def remark(self, head: str, style: str, text: str) -> None:
        """A line on stderr. Nobody can be told that it does not take it: then it is lost."""
        try:
            self.err.print(Text.assemble((head, style), words(text)))
        except OSError:
            _silence(sys.stderr)

    @contextlib.contextmanager
    def asking(self) -> Iterator[Callable[[], bool]]:
        """While open Ctrl+C and SIGTERM only set `stopped`; gives the question to be asked often.

        A second Ctrl+C raises KeyboardInterrupt, for the impatient.
        """
        if threading.current_thread() is not threading.main_thread():
            yield self.stopped.is_set
            return

        def stop(_number: int, _frame: FrameType | None) -> None:
            if self.stopped.is_set():
                raise KeyboardInterrupt
            self.stopped.set()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self.stopped.is_set
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def progress(self, what: str) -> Iterator[Callable[[Done], None]]:
        """A bar with the time left on stderr while open, when a person is there to see it."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False, style="dim"),
        )
        shown = self.err.is_terminal
        bar = Progress(*columns, console=self.err, transient=True, disable=not shown, speed_estimate_period=60)
        task = bar.add_task(words(what).plain, total=None, note="")
        last = 0.0

        def progressed(done: Done) -> None:
            nonlocal last
            now = time.monotonic()
            if shown and now - last >= 0.1:
                last = now
                bar.update(task, total=done.total or None, completed=done.done, note=done.note)

        with bar:
            yield progressed


def _silence(stream: TextIO) -> None:
    """Send what is still in its buffer, and all that follows, nowhere: Python would complain again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def on_terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM ends like Ctrl+C."""
    raise KeyboardInterrupt
