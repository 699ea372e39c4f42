"""The options that take differences out of what is told: `--ignore…` and `--min-length`."""

from __future__ import annotations

import argparse
import math
from fractions import Fraction
from typing import Any

from vidstudio.engine.errors import UsageError
from vidstudio.engine.ignore.rules import PRESETS, Ignore, Reason, Region, Rule
from vidstudio.engine.time import US, Span, parse_time

WORDS: dict[str, Reason] = {
    "grade": "colour",
    "sound": "audio",
    "geometry": "geometry",
    "local": "local",
    "moved": "moved",
    "retimed": "retimed",
    "inserted": "inserted",
    "removed": "removed",
}
"""What `--ignore` is given, and the reason it means."""

_ANY_RATE = Fraction(1000)
"""Time codes are first read at a rate at which every one makes sense: B's own is known only later."""


def add_options(parser: Any) -> None:
    """Add the options."""
    group = parser.add_argument_group(
        "what is ignored", "Applied before results are written and judged; scores stay as they are."
    )
    group.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="WHAT",
        help=f"a reason not to be told of, also several with commas: {', '.join(WORDS)}",
    )
    group.add_argument(
        "--ignore-region",
        action="append",
        default=[],
        metavar="X,Y,W,H[@START-END]",
        help="a place in the picture of B whose local changes are ignored, in shares from 0 to 1 from the upper left,"
        f" at any time or from START to END of B; or by name: {', '.join(PRESETS)}",
    )
    group.add_argument(
        "--ignore-span",
        action="append",
        default=[],
        metavar="START-END",
        help="a stretch of B in which all is ignored; with a: before it, of A (12.5-1:02, 00:00:10:00-00:00:12:00)",
    )
    group.add_argument(
        "--min-length", type=float, default=0.0, metavar="S", help="seconds a difference must last to be told"
    )


def asked(arguments: argparse.Namespace, a_rate: Fraction = _ANY_RATE, b_rate: Fraction = _ANY_RATE) -> Ignore:
    """The rules, with time codes at the rates of A and B. Raises UsageError for what makes no sense."""
    least = arguments.min_length
    if not (math.isfinite(least) and 0 <= least <= 3600):
        raise UsageError(f"A least length of {least} s makes no sense.", "Give 0 to 3600 seconds.")
    rules = [_region(text, number, b_rate) for number, text in enumerate(arguments.ignore_region, 1)]
    rules += [_stretch(text, number, a_rate, b_rate) for number, text in enumerate(arguments.ignore_span, 1)]
    words = [word.strip() for text in arguments.ignore for word in text.split(",")]
    for word in words:
        if word not in WORDS:
            raise UsageError(f"“{word}” is nothing that can be ignored.", f"Give {', '.join(WORDS)}.")
    return Ignore(tuple(rules), tuple(dict.fromkeys(WORDS[word] for word in words)), round(least * US))


def said(arguments: argparse.Namespace) -> str:
    """What is ignored, as it was asked for."""
    words = [*arguments.ignore, *arguments.ignore_region, *arguments.ignore_span]
    if arguments.min_length > 0:
        words.append(f"differences shorter than {arguments.min_length:g} s")
    return ", ".join(words) or "nothing"


def _region(text: str, number: int, rate: Fraction) -> Rule:
    where, at, when = text.partition("@")
    region = PRESETS.get(where.strip())
    if region is None:
        try:
            x, y, width, height = (float(part) for part in where.split(","))
            region = Region(x, y, width, height)
        except ValueError as error:
            raise UsageError(
                f"“{where}” is no region of a picture.",
                f"Give X,Y,W,H in shares from 0 to 1, such as 0.8,0.05,0.15,0.1, or {', '.join(PRESETS)}.",
            ) from error
    return Rule(f"region-{number}", region, _span(when, rate) if at else None)


def _stretch(text: str, number: int, a_rate: Fraction, b_rate: Fraction) -> Rule:
    if text.startswith("a:"):
        return Rule(f"span-{number}", None, _span(text[2:], a_rate), "a")
    return Rule(f"span-{number}", None, _span(text.removeprefix("b:"), b_rate))


def _span(text: str, rate: Fraction) -> Span:
    start, _, end = text.partition("-")
    try:
        span = Span(parse_time(start, rate), parse_time(end, rate))
    except ValueError as error:
        raise UsageError(
            f"“{text}” is no stretch of time.", "Write START-END, such as 12.5-14 or 1:02-1:05.5."
        ) from error
    if not span.duration_us:
        raise UsageError(f"“{text}” is of no length.", "The end comes after the start.")
    return span
