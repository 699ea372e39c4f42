"""Fonts for what is written into pictures and pages: ours, and for other scripts those of the machine.

Ours (DejaVu Sans) has Latin, Greek, Cyrillic, Arabic, Hebrew and signs, so that what is always written looks
the same everywhere; names of files may hold anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vidstudio.engine.resources import resource

_ENDINGS = {".ttf", ".otf", ".ttc", ".otc"}
_MOST_SEARCHED = 2000
# families that cover whole scripts, so that few files have to be opened
_LIKELY = ("noto", "unicode", "pingfang", "hiragino", "msyh", "yugoth", "malgun", "nirmala", "leelaw", "cjk", "gothic")
_UNLIKELY = ("emoji", "bold", "black", "light", "thin", "italic", "oblique", "mono", "serif")


@dataclass(frozen=True, slots=True)
class Font:
    """One face of a font file."""

    path: Path
    face: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a text, all of it in one font."""

    text: str
    font: Font


def plain_font() -> Font:
    """The font of everything."""
    return Font(resource("fonts/DejaVuSans.ttf"))


def bold_font() -> Font:
    """The font of headings."""
    return Font(resource("fonts/DejaVuSans-Bold.ttf"))


def fonts_for(text: str) -> list[Font]:
    """Fonts that together have the characters of a text: ours first, then as few of the machine's as do.

    A character that no font here has is left to ours, which shows a box.
    """
    missing = frozenset(ord(char) for char in text if char.isprintable()) - characters(plain_font())
    return [plain_font(), *_others(missing)]


@lru_cache(maxsize=256)
def runs(text: str, font: Font) -> tuple[Run, ...]:
    """The text in pieces, each in `font` or, where that lacks characters, in one that has them."""
    known = [font, *(one for one in fonts_for(text) if one != font)]
    result: list[Run] = []
    for char in text:
        # a mark or a space stays with the letter before it when that font has it
        last = [result[-1].font] if result and not char.isalnum() else []
        chosen = next((one for one in [*last, *known] if ord(char) in characters(one)), font)
        if result and result[-1].font == chosen:
            result[-1] = Run(result[-1].text + char, chosen)
        else:
            result.append(Run(char, chosen))
    return tuple(result)


@lru_cache(maxsize=64)
def characters(font: Font) -> frozenset[int]:
    """The code points that a font has pictures for; none when the file is damaged."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(font.path, fontNumber=font.face, lazy=True) as opened:
            return frozenset(opened.getBestCmap() or {})
    except (TTLibError, OSError, ValueError, KeyError, AssertionError, EOFError):
        return frozenset()


@lru_cache(maxsize=32)
def _others(missing: frozenset[int]) -> tuple[Font, ...]:
    chosen: list[Font] = []
    for font in _installed() if missing else ():
        if found := missing & characters(font):
            chosen.append(font)
            missing -= found
        if not missing:
            break
    return tuple(chosen)


@lru_cache(maxsize=1)
def _installed() -> tuple[Font, ...]:
    """Font files of the machine, those that cover much first."""

    def order(path: Path) -> tuple[bool, bool, str]:
        name = path.name.lower()
        return any(word in name for word in _UNLIKELY), not any(word in name for word in _LIKELY), name

    return tuple(Font(path) for path in sorted(_files(), key=order)[:_MOST_SEARCHED])


def _files() -> Iterator[Path]:
    for folder in _folders():
        for root, _, names in os.walk(folder):
            yield from (Path(root) / name for name in names if Path(name).suffix.lower() in _ENDINGS)


def _folders() -> list[Path]:
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.expanduser raises where there is no home
    if sys.platform == "win32":
        windows = Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"
        return [windows, home / "AppData/Local/Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    return [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts"]
